//! What holds for any command line.

use crate::args::parse;
use proptest::prelude::*;
use std::sync::LazyLock;

/// Every word and flag of the grammar.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut words = Vec::new();
    for line in include_str!("grammar.ndjson").lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        words.push(line["command"].as_str().unwrap_or_default().to_owned());
        words.extend(line["flags"].as_object().into_iter().flatten().map(|(name, _)| name.clone()));
    }
    words
});

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-z0-9=,:;^|\"'\\[\\]{} -]{0,20}",
        proptest::sample::select(vec![
            "",
            "-",
            "--",
            "=",
            "--=",
            "-=",
            "---",
            "9223372036854775808",
            "^",
            "^^",
            "^|^a"
        ])
        .prop_map(str::to_owned),
    ]
}

fn argument() -> impl Strategy<Value = String> {
    let flag = proptest::sample::select(&WORDS[..]);
    prop_oneof![
        value(),
        flag.clone().prop_map(|name| name.clone()),
        (flag, value()).prop_map(|(name, value)| format!("{name}={value}")),
    ]
    // Standard input and files of this machine are not what is tried here.
    .prop_filter("reads a file", |argument| !argument.starts_with("--flags-file"))
}

/// A command that there is, mostly.
fn line() -> impl Strategy<Value = Vec<String>> {
    let command = prop_oneof![
        8 => proptest::sample::select(&WORDS[..]).prop_map(|words| words.split(' ').map(str::to_owned).collect::<Vec<_>>()),
        1 => proptest::collection::vec(value(), 0..3),
    ];
    (command, proptest::collection::vec(argument(), 0..8))
        .prop_map(|(command, rest)| [command, rest].concat())
}

proptest! {
    #[test]
    fn any_command_line_is_taken_or_refused_with_a_word(argv in line()) {
        match parse(&argv) {
            Ok(parsed) => {
                // Nothing is lost on the way: every word is somewhere.
                let words = parsed.positionals.values().flatten().chain(parsed.flags.values().flatten());
                prop_assert!(words.count() <= argv.len());
                prop_assert!(argv.join(" ").starts_with(&parsed.command));
            }
            Err(failure) => prop_assert!(!failure.text().trim().is_empty()),
        }
    }

    #[test]
    fn any_flags_file_is_taken_or_refused(
        bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..100),
            "(--[a-z-]{1,12}: [a-z0-9\"'\\[\\]{},:&*!-]{0,12}\n){0,5}".prop_map(String::into_bytes),
            (0usize..300).prop_map(|deep| "[".repeat(deep).into_bytes()),
            (0usize..300).prop_map(|deep| format!("--password: {}", "{a: ".repeat(deep)).into_bytes()),
        ]
    ) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("flags.yaml");
        std::fs::write(&file, bytes).unwrap();
        let argv = ["sql", "users", "create", "u", "--instance=i", &format!("--flags-file={}", file.display())];
        let argv: Vec<String> = argv.into_iter().map(str::to_owned).collect();
        if let Err(failure) = parse(&argv) {
            prop_assert!(failure.text().starts_with("(gcloud.sql.users.create)"), "{}", failure.text());
        }
    }
}
