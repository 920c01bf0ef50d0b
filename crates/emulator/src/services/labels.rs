//! Keys and values of labels, as most of Google's APIs have them: `[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}` and
//! `[\p{Ll}\p{Lo}\p{N}_-]{0,63}`. By hand, since a regular expression over so much of Unicode takes longer to compile
//! than a whole deploy.

const LONGEST: usize = 63;

/// A letter that is no capital one.
fn letter(c: char) -> bool {
    c.is_lowercase() || (c.is_alphabetic() && !c.is_uppercase())
}

/// A key.
pub(super) fn is_key(text: &str) -> bool {
    text.starts_with(letter) && is_value(text)
}

/// A value.
pub(super) fn is_value(text: &str) -> bool {
    text.chars().count() <= LONGEST && text.chars().all(|c| letter(c) || c.is_numeric() || "_-".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_label_may_be() {
        assert!(
            is_key("managed-by") && is_key("größe_2") && is_key("名前") && is_value("") && is_value("2-a")
        );
        assert!(!is_key("") && !is_key("2nd") && !is_key("App") && !is_key("a.b") && !is_value("A"));
        assert!(is_key(&"a".repeat(63)) && !is_key(&"a".repeat(64)) && !is_value(&"a".repeat(64)));
    }
}
