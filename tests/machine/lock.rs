//! The lock: the kernel holds it, the file only says who.

use super::{PROJECT, says};
use std::fs::File;
use std::path::PathBuf;
use support::Fake;

const ELSEWHERE: &str = "host = \"build-7\"\nuser = \"grace\"\npid = 4711\ncommand = \"deploy-all --env dev --yes\"\nsince = \"2026-01-02T03:04:05Z\"\n";

/// A machine whose lock file says this.
fn with(text: &[u8]) -> (Fake, PathBuf) {
    let machine = Fake::new("echo 'ERROR: (gcloud.x) PERMISSION_DENIED: no' >&2; exit 1");
    std::fs::create_dir_all(machine.at("state/dev")).expect("a folder");
    let file = machine.at("state/dev/lock");
    std::fs::write(&file, text).expect("it is written");
    (machine, file)
}

/// Holds the lock as another host's run does through a shared folder: with the kernel, not with a process here.
fn hold(file: &PathBuf) -> File {
    let held = File::options().read(true).write(true).open(file).expect("it can be opened");
    held.try_lock().expect("it is free");
    held
}

#[test]
fn what_a_dead_run_left_in_the_file_stops_nobody() {
    let (machine, _) = with(ELSEWHERE.as_bytes());
    let free = machine.deploy_all(&["unlock"]).expect(0);
    says(&free.stdout, &["Nobody holds the lock"]);
    let run = machine.deploy_all(PROJECT).expect(1);
    says(&run.stderr, &["PERMISSION_DENIED"]);
    assert!(machine.calls().len() > 1, "it went as far as asking Google: {:?}", machine.calls());
}

#[test]
fn a_lock_that_another_host_holds_names_it_and_says_where_to_stop_it() {
    let (machine, file) = with(ELSEWHERE.as_bytes());
    let _held = hold(&file);
    let refused = machine.deploy_all(PROJECT).expect(4);
    says(&refused.stderr, &["grace@build-7", "pid 4711", "deploy-all --env dev --yes", "deploy-all unlock"]);
    let step = support::finish(machine.tool_with("step", &["03", "--yes"], &machine.at("state"))).expect(4);
    says(&step.stderr, &["grace@build-7"]);
    let who = machine.deploy_all(&["unlock"]).expect(4);
    // A process id means nothing on another host, and may be another process here.
    says(&who.stderr, &["grace@build-7", "on build-7", "kill -TERM 4711"]);
    let reset = machine.deploy_all(&["reset"]).expect(4);
    says(&reset.stderr, &["grace@build-7"]);
    assert_eq!(machine.calls(), Vec::<String>::new(), "gcloud was not asked anything");
    assert_eq!(std::fs::read_to_string(&file).expect("it is there"), ELSEWHERE, "it is as it was");
    // What changes nothing needs no lock.
    machine.deploy_all(&["plan"]).expect(1);
    assert!(!machine.calls().is_empty());
}

#[test]
fn a_held_lock_that_says_nothing_is_still_held() {
    for text in [&b""[..], b"\xff\x00", b"host = 7"] {
        let (machine, file) = with(text);
        let _held = hold(&file);
        let refused = machine.deploy_all(PROJECT).expect(4);
        says(&refused.stderr, &["another run holds the lock"]);
        assert_eq!(machine.calls(), Vec::<String>::new());
    }
}

#[test]
fn a_folder_in_its_place_is_told() {
    let machine = Fake::new("exit 1");
    std::fs::create_dir_all(machine.at("state/dev/lock")).expect("a folder");
    let said = machine.deploy_all(PROJECT).expect(1);
    says(&said.stderr, &["cannot use the lock", "--state-dir"]);
    says(&machine.deploy_all(&["unlock"]).expect(1).stderr, &["cannot use the lock"]);
    assert_eq!(machine.calls(), Vec::<String>::new());
}
