//! What holds for anything that a gcloud may print.

use crate::classify::classify;
use crate::essence::essence;
use crate::testing::{Reply, Script};
use crate::{Command, Failure, Info, Kind, Run as _};
use proptest::prelude::*;
use serde_json::Value;

/// What gcloud really says, in pieces, among anything else.
fn stderr() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        proptest::collection::vec(any::<char>(), 0..40).prop_map(String::from_iter),
        proptest::sample::select(include_str!("samples.txt").lines().collect::<Vec<_>>())
            .prop_map(str::to_owned),
        proptest::sample::select(vec![
            "ERROR: ",
            "(gcloud.",
            ") ",
            "\n",
            "instance [",
            "] not found",
            "/apis/api/",
            "service: ",
            "description: ",
            "- ",
            "WARNING: Some requests",
            "gcloud crashed (",
            "é\u{301}",
            "\r",
            "\u{1b}[31m",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn command() -> impl Strategy<Value = Command> {
    proptest::sample::select(vec![
        "redis instances create x",
        "redis instances describe x",
        "compute networks list",
        "projects add-iam-policy-binding p",
        "",
    ])
    .prop_map(Command::new)
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let names = prop_oneof![
        2 => any::<String>(),
        5 => proptest::sample::select(vec![
            "basic", "version", "config", "properties", "core", "project", "account", "paths", "value", "source",
            "installation", "components", "env_proxy", "address", "port", "name", "global_config_dir",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 60, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            proptest::collection::vec((names.clone(), inner), 0..8)
                .prop_map(|f| Value::Object(f.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_it_says_has_a_meaning_that_can_be_told(
        text in stderr(), status in proptest::option::of(-1i32..260), command in command()
    ) {
        let kind = classify(status, &text, &command);
        match status {
            None => prop_assert_eq!(&kind, &Kind::Ambiguous),
            Some(2) => prop_assert_eq!(&kind, &Kind::Usage),
            Some(_) => {}
        }
        let said = essence(&text).unwrap_or_default();
        prop_assert!(!said.contains('\n') && said.len() < 2000, "{said:?}");
        let explained = Failure { kind, command: "gcloud x".into(), status, said }.explain("p-one");
        prop_assert!(!explained.why.is_empty() && !explained.todo.is_empty());
    }

    /// No rule knows a word of these letters, in whatever order.
    #[test]
    fn an_unknown_text_is_neither_transient_nor_absence(text in "[qxzjvk0-9 \\n:'\\[\\]().-]{0,300}", command in command()) {
        for text in [text.clone(), format!("ERROR: (gcloud.qx.zj) {text}\n")] {
            prop_assert_eq!(classify(Some(1), &text, &command), Kind::Unknown);
        }
    }

    /// An answer is one only if the exit code says so, and it is JSON; and then it is that JSON.
    #[test]
    fn an_answer_is_json_or_none(
        stdout in prop_oneof![any::<String>(), json().prop_map(|v| v.to_string()), json().prop_map(|v| {
            let text = v.to_string();
            let end = (0..text.len() / 2 + 1).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
            text[..end].to_owned()
        })],
        status in 0i32..3,
        stderr in stderr(),
    ) {
        let command = Command::new("things describe x");
        let reply = Reply { status: Some(status), stdout: stdout.clone(), stderr: stderr.clone() };
        let answer = Script::new().on("things", reply).run(&command, &mut ()).read(&command);
        match answer {
            Ok(value) => {
                prop_assert_eq!(status, 0);
                prop_assert_eq!(value, serde_json::from_str::<Value>(&stdout).unwrap());
            }
            Err(failure) if status == 0 && !stderr.contains("Some requests did not succeed") => {
                prop_assert_eq!(failure.kind, Kind::Answer);
                prop_assert!(serde_json::from_str::<Value>(&stdout).is_err());
            }
            Err(_) => {}
        }
    }

    #[test]
    fn whatever_info_says_is_read_or_refused(value in json()) {
        if let Ok(info) = Info::parse(&value) {
            prop_assert!(!info.version.is_empty());
            let _ = info.major();
            prop_assert!(info.properties.iter().all(|p| p.variable().starts_with("CLOUDSDK_")));
            let _ = crate::Redirections::find(&info, Vec::new());
        }
    }
}
