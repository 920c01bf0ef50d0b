//! A checkpoint that cannot be what a run wrote: it stops the run before anything is asked, and is never replaced.

use super::{PROJECT, says};
use std::path::PathBuf;
use support::{Fake, Lab, contents};

/// A machine with this checkpoint, and the file.
fn with(checkpoint: &[u8]) -> (Fake, PathBuf) {
    let machine = Fake::new("exit 1");
    let file = machine.at("state/dev/checkpoint.toml");
    std::fs::create_dir_all(machine.at("state/dev")).expect("a folder");
    std::fs::write(&file, checkpoint).expect("it is written");
    (machine, file)
}

/// Every program and command that reads it refuses it in the same way.
fn refused(checkpoint: &[u8], parts: &[&str]) {
    let (machine, file) = with(checkpoint);
    let calls: &[(&str, &[&str])] = &[
        ("deploy-all", PROJECT),
        ("deploy-all", &["plan"]),
        ("step", &["03", "--yes"]),
        ("step", &["list"]),
    ];
    for (program, arguments) in calls {
        let said = support::finish(machine.tool_with(program, arguments, &machine.at("state"))).expect(2);
        says(&said.stderr, parts);
        says(&said.stderr, &["checkpoint.toml", "deploy-all reset"]);
    }
    assert_eq!(machine.calls(), Vec::<String>::new(), "gcloud was not asked anything");
    assert_eq!(std::fs::read(&file).expect("it is there"), checkpoint, "it is as it was");
    assert!(!machine.at("state/dev/runs").exists(), "there was no run");
}

#[test]
fn one_that_was_cut_is_refused_wherever_it_was_cut() {
    let lab = Lab::standin();
    lab.deploy_all(PROJECT).expect(0);
    let whole = std::fs::read(lab.state().join("dev/checkpoint.toml")).expect("a checkpoint");
    assert!(whole.len() > 1000);
    // Every byte is tried beside the code that reads it; here the ends, and some between.
    let cuts =
        [0, 1, 2, whole.len() / 3, whole.len() / 2, whole.len() - 25, whole.len() - 2, whole.len() - 1];
    for cut in cuts {
        refused(&whole[..cut], &["cannot be read"]);
    }
}

#[test]
fn one_of_a_newer_tool_is_refused_and_named() {
    refused(b"format = 2\nshape = \"unknown\"\n", &["has format 2; this tool knows 1", "the newer version"]);
    // A number that no version of this tool will reach is still a newer one, not a broken file.
    refused(b"format = 99999999999\n", &["has format 99999999999"]);
}

#[test]
fn one_that_is_no_text_is_refused() {
    refused(b"\xff\xfe\x00", &["cannot be read"]);
}

#[test]
fn a_folder_in_its_place_is_told() {
    let machine = Fake::new("exit 1");
    std::fs::create_dir_all(machine.at("state/dev/checkpoint.toml")).expect("a folder");
    let said = machine.deploy_all(PROJECT).expect(2);
    says(&said.stderr, &["checkpoint.toml cannot be read", "directory"]);
    assert_eq!(machine.calls(), Vec::<String>::new());
}

#[test]
fn reset_forgets_a_broken_one_and_the_next_run_checks_everything() {
    let lab = Lab::standin();
    lab.deploy_all(PROJECT).expect(0);
    let file = lab.state().join("dev/checkpoint.toml");
    let whole = std::fs::read(&file).expect("a checkpoint");
    std::fs::write(&file, &whole[..whole.len() / 2]).expect("it is cut");
    let before = contents(&lab.state());
    let requests = lab.emulator.requests().len();
    lab.deploy_all(PROJECT).expect(2);
    assert_eq!(contents(&lab.state()), before, "nothing was touched");
    lab.deploy_all(&["reset"]).expect(0);
    assert!(!file.exists());
    lab.deploy_all(PROJECT).expect(0);
    assert_eq!(lab.emulator.writes(requests), Vec::<serde_json::Value>::new(), "everything was there");
    assert!(lab.emulator.requests().len() > requests, "it was looked at");
}
