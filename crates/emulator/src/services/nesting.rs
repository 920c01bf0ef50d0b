//! How deep a filter may be nested. The parsers call themselves for every level, and their stack ends.

/// Far more than a person writes; Google's own bound is not documented.
const DEEPEST: usize = 100;

/// Whether a filter has more levels than the parsers take.
pub(super) fn too_deep(text: &str) -> bool {
    let mut open: usize = 0;
    let mut deepest = 0;
    for char in text.chars() {
        match char {
            '(' => open += 1,
            ')' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest > DEEPEST || text.matches("NOT").count() > DEEPEST || text.contains(&"-".repeat(DEEPEST))
}
