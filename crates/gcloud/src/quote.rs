//! Command lines as one can paste them into a shell.

/// One argument, quoted only where a shell would not take it as it is.
pub fn quote(argument: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_=./:,@%+".contains(char);
    if !argument.is_empty() && argument.chars().all(plain) {
        return argument.to_owned();
    }
    // `--flag='a b'` is easier to read than `'--flag=a b'`.
    match argument.split_once('=') {
        Some((flag, value)) if flag.starts_with("--") && flag.chars().all(plain) && !value.is_empty() => {
            format!("{flag}={}", single(value))
        }
        _ => single(argument),
    }
}

fn single(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Several arguments, with a blank between them.
pub fn line<'a>(arguments: impl IntoIterator<Item = &'a str>) -> String {
    arguments.into_iter().map(quote).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_needs_it_is_quoted() {
        assert_eq!(
            line(["gcloud", "--filter=a=1 AND b", "it's", ""]),
            r"gcloud --filter='a=1 AND b' 'it'\''s' ''"
        );
        assert_eq!(quote("--region=us-central1"), "--region=us-central1");
        assert_eq!(quote("~root"), "'~root'");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn a_shell_reads_back_what_was_quoted(arguments in prop::collection::vec("[^\0]{0,12}", 0..5)) {
            let script = format!("for a in {}; do printf '%s\\0' \"$a\"; done", line(arguments.iter().map(String::as_str)));
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            let read: Vec<u8> = arguments.iter().flat_map(|argument| [argument.as_bytes(), b"\0"].concat()).collect();
            prop_assert_eq!(output.stdout, read);
        }
    }
}
