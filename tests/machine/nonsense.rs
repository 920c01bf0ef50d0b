//! Command lines that a deploy really makes, with nonsense in their values, through the stand-in to the emulator: both
//! refuse in an orderly way, and go on.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use std::collections::BTreeSet;
use support::{Lab, program};

/// Values of lists, maps, durations, ranges, rules, filters and files, and what comes near to them.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        // The system takes no zero byte in an argument.
        "\\PC{0,20}",
        "[a-z0-9=,:;^|\"'\\[\\]{}()/. -]{0,24}",
        proptest::sample::select(vec![
            "",
            "-",
            "=",
            ",",
            ",,",
            "a=",
            "=b",
            "a=b=c",
            "^",
            "^^",
            "^|^a|b",
            "^:^a:b=c",
            "-1",
            "1e9",
            "99999999999999999999",
            "0.0.0.0/0",
            "10.0.0.0/33",
            "::/0",
            "tcp",
            "tcp:",
            "tcp:0-65536",
            "tcp:9-1",
            "P1D",
            "1h",
            "12:61",
            "SUNDAY",
            "true",
            "/nonexistent",
            "/dev/null",
            "/proc/self/mem",
            "/",
            "projects/",
            "(((((",
            "NOT",
            "é\u{301}",
            "serviceAccount:",
            "allUsers",
        ])
        .prop_map(str::to_owned),
    ]
}

#[test]
fn nonsense_in_any_place_of_a_real_command_line_is_refused_in_an_orderly_way() {
    let lab = Lab::standin();
    // How far it comes does not matter here: each line that it made is one to be spoilt.
    let _ = lab.deploy_all(&["--yes", "--wait-scale", "0"]);
    let lines: BTreeSet<Vec<String>> = lab.recorded().into_iter().map(|process| process.arguments).collect();
    assert!(lines.len() > 10, "{lines:#?}");
    let lines: Vec<Vec<String>> = lines.into_iter().collect();
    let case = (proptest::sample::select(lines), any::<prop::sample::Index>(), value());
    let mut runner = TestRunner::new(Config { cases: 150, failure_persistence: None, ..Config::default() });
    let result = runner.run(&case, |(mut line, place, value)| {
        let argument = place.get(&line).clone();
        let at = line.iter().position(|a| *a == argument).unwrap_or_default();
        line[at] = match argument.split_once('=') {
            Some((name, _)) => format!("{name}={value}"),
            None => value,
        };
        let mut command = lab.command(&program("gcloud-standin"));
        command.args(&line);
        let ended = support::finish(command);
        prop_assert!(matches!(ended.code, Some(0..=2)), "{line:?}: {ended:?}");
        prop_assert!(!ended.stderr.contains("panicked"), "{line:?}: {ended:?}");
        prop_assert!(ended.code == Some(0) || !ended.stderr.is_empty(), "{line:?}");
        Ok(())
    });
    let log = std::fs::read_to_string(lab.folder().join("emulator.log")).unwrap_or_default();
    assert!(!log.contains("panicked"), "{log}");
    result.unwrap_or_else(|e| panic!("{e}"));
    assert!(lab.emulator.world()["objects"].is_object(), "the emulator still answers");
    assert_eq!(lab.emulator.violations(), serde_json::json!([]), "in Google's shapes");
}
