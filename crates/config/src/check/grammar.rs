//! Small grammars that several tables share. Each says what is wrong with a text, or nothing.

/// Google's usual names: `[a-z]([-a-z0-9]*[a-z0-9])?`, within a length.
pub(super) fn name(text: &str, least: usize, most: usize) -> Option<String> {
    length(text, least, most)
        .or_else(|| strange(text, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
        .or_else(|| (!text.starts_with(|c: char| c.is_ascii_lowercase())).then(|| first(text)))
        .or_else(|| text.ends_with('-').then(|| "ends with a hyphen".to_owned()))
}

/// What is allowed, for the message that goes with [`name`].
pub(super) fn name_rule(least: usize, most: usize) -> String {
    format!("{least} to {most} of a-z, 0-9 and -, first a letter, last no hyphen")
}

pub(super) fn length(text: &str, least: usize, most: usize) -> Option<String> {
    let n = text.chars().count();
    if n < least {
        Some(format!("is {n} characters long, shorter than {least}"))
    } else if n > most {
        Some(format!("is {n} characters long, longer than {most}"))
    } else {
        None
    }
}

/// The first character that does not belong.
pub(super) fn strange(text: &str, allowed: impl Fn(char) -> bool) -> Option<String> {
    text.chars().find(|c| !allowed(*c)).map(|c| format!("holds {}", named(c)))
}

/// What a text begins with, where that is what is wrong.
pub(super) fn first(text: &str) -> String {
    match text.chars().next() {
        Some(c) => format!("begins with {}", named(c)),
        None => "is empty".into(),
    }
}

fn named(c: char) -> String {
    match c {
        ' ' => "a space".into(),
        'A'..='Z' => format!("the capital letter {c}"),
        c => format!("\"{}\"", c.escape_default()),
    }
}

/// Whether a text is only digits, and has one.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

/// An address of a person or a service account.
pub(super) fn email(text: &str) -> Option<String> {
    let Some((local, domain)) = text.split_once('@') else { return Some("has no \"@\"".into()) };
    let local_char = |c: char| c.is_ascii_alphanumeric() || ".!#$%&'*+/=?^_`{|}~-".contains(c);
    let domain_char = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    if local.is_empty() || local.len() > 64 {
        return Some("has no proper name before its \"@\"".into());
    }
    let strange = strange(local, local_char).or_else(|| strange(domain, domain_char));
    if strange.is_some() {
        return strange;
    }
    let labels: Vec<&str> = domain.split('.').collect();
    let sound = |label: &&str| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-');
    if labels.len() < 2 || !labels.iter().all(sound) {
        return Some("has no proper domain after its \"@\"".into());
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_on_both_sides_of_each_bound() {
        for good in ["a", "ab", "a-1", "a1234567"] {
            assert_eq!(name(good, 1, 8), None, "{good}");
        }
        let cases = [
            ("", "is 0 characters long, shorter than 1"),
            ("a12345678", "is 9 characters long, longer than 8"),
            ("aB", "holds the capital letter B"),
            ("a_b", "holds \"_\""),
            ("a b", "holds a space"),
            ("é", "holds \"\\u{e9}\""),
            ("1a", "begins with \"1\""),
            ("-a", "begins with \"-\""),
            ("a-", "ends with a hyphen"),
        ];
        for (text, what) in cases {
            assert_eq!(name(text, 1, 8).as_deref(), Some(what), "{text}");
        }
    }

    #[test]
    fn emails() {
        for good in ["a@b.de", "first.last+tag@sub.acme.io", "x@y-z.co"] {
            assert_eq!(email(good), None, "{good}");
        }
        for bad in
            ["", "a", "@b.de", "a@", "a@b", "a@.de", "a@b.", "a@-b.de", "a b@c.de", "a@b@c.de", "a@b..de"]
        {
            assert!(email(bad).is_some(), "{bad}");
        }
    }
}
