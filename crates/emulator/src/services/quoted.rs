//! A quoted piece of a filter, in the languages of logging and of monitoring.

/// What stands in quotes that open at `open`, and where the text goes on; `None` where they do not close.
pub(super) fn quoted(chars: &[char], open: usize) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut at = open + 1;
    while at < chars.len() {
        match chars[at] {
            '\\' => {
                value.push(*chars.get(at + 1)?);
                at += 2;
            }
            c if c == chars[open] => return Some((value, at + 1)),
            c => {
                value.push(c);
                at += 1;
            }
        }
    }
    None
}
