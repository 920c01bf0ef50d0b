//! A disk that is full, and a folder that cannot be written. A limit on the size of files does what a full disk does, also
//! for root.

use super::{PROJECT, says};
use std::path::Path;
use std::process::Command;
use support::{Fake, Lab, contents};

/// The same program where no file can grow beyond so many bytes.
fn limited(tool: &Command, bytes: u64) -> Command {
    let mut command = Command::new("bash");
    // Without the trap the system ends the program instead of refusing the write.
    command.args(["-c", "trap '' XFSZ; exec prlimit --fsize=\"$0\" \"$@\""]).arg(bytes.to_string());
    command.arg(tool.get_program()).args(tool.get_args()).env_clear().current_dir(support::top());
    command.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}

fn creations(lab: &Lab) -> usize {
    lab.emulator.writes(0).iter().filter(|r| r["method"] == "POST" && r["path"] == "/v1/projects").count()
}

#[test]
fn a_disk_that_is_full_from_the_start_keeps_the_old_checkpoint_and_touches_nothing() {
    let lab = Lab::standin();
    lab.deploy_all(PROJECT).expect(0);
    let file = lab.state().join("dev/checkpoint.toml");
    let old = std::fs::read(&file).expect("a checkpoint");
    let requests = lab.emulator.requests().len();
    for bytes in [0, 700] {
        let tool = lab.tool(
            "deploy-all",
            &["--yes", "--until", "00-project", "--wait-scale", "0", "--set", "project.name=Other"],
        );
        let said = support::finish(limited(&tool, bytes)).expect(1);
        says(&said.stderr, &["File too large", "what to do", "Make room", "--state-dir"]);
        assert_eq!(std::fs::read(&file).expect("it is there"), old, "the old one survives");
        assert_eq!(
            lab.emulator.writes(requests),
            Vec::<serde_json::Value>::new(),
            "no change without a checkpoint"
        );
        assert_eq!(lab.survivors(), Vec::<i32>::new());
    }
    let said = lab.deploy_all(PROJECT).expect(0);
    says(&said.stdout, &["Nothing to do"]);
}

#[test]
fn a_disk_that_fills_up_on_the_way_stops_the_run_and_the_same_command_goes_on() {
    let whole = {
        let lab = Lab::standin();
        lab.deploy_all(PROJECT).expect(0);
        std::fs::metadata(lab.state().join("dev/checkpoint.toml")).expect("a checkpoint").len()
    };
    let mut in_the_middle = 0;
    for less in [1, 100, 200, 400, 700] {
        let lab = Lab::standin();
        let said = support::finish(limited(&lab.tool("deploy-all", PROJECT), whole - less)).expect(1);
        says(&said.stderr, &["File too large", "Make room", "resume with", "--until 00-project"]);
        assert_eq!(lab.survivors(), Vec::<i32>::new());
        let changes = lab.emulator.writes(0).len();
        let file = lab.state().join("dev/checkpoint.toml");
        if file.exists() {
            in_the_middle += usize::from(changes > 0);
        } else {
            assert_eq!(changes, 0, "no change without a checkpoint");
        }
        lab.deploy_all(PROJECT).expect(0);
        assert_eq!(creations(&lab), 1, "one project");
    }
    assert!(in_the_middle > 0, "at least one of them struck between two changes");
}

#[test]
fn a_folder_that_cannot_be_written_is_told_before_anything_is_asked() {
    let machine = Fake::new("exit 1");
    std::fs::write(machine.at("file"), "somebody's").expect("it is written");
    let before = contents(&machine.at("file"));
    for state in [machine.at("file/below"), Path::new("/proc/none").into(), Path::new("/sys/none").into()] {
        for (program, arguments) in [("deploy-all", PROJECT), ("step", &["03", "--yes"][..])] {
            let said = support::finish(machine.tool_with(program, arguments, &state)).expect(1);
            says(&said.stderr, &["cannot use the lock", "Make", "writable", "--state-dir", "resume with"]);
            let rehearsal = [arguments, &["--rehearse"]].concat();
            let said = support::finish(machine.tool_with(program, &rehearsal, &state)).expect(1);
            says(&said.stderr, &["cannot use the lock", "--state-dir"]);
        }
        assert!(!state.exists());
    }
    assert_eq!(machine.calls(), Vec::<String>::new(), "gcloud was not asked anything");
    assert_eq!(contents(&machine.at("file")), before);
}

#[test]
fn what_changes_nothing_needs_no_folder() {
    let lab = Lab::standin();
    std::fs::write(lab.folder().join("file"), "somebody's").expect("it is written");
    for state in [lab.folder().join("file/below"), Path::new("/proc/none").into()] {
        for arguments in [&["plan", "--until", "00-project"][..], &["unlock"], &["reset"]] {
            let mut tool = lab.command(&support::program("deploy-all"));
            tool.args(arguments).arg("--state-dir").arg(&state);
            support::finish(tool).expect(0);
        }
        let mut list = lab.command(&support::program("step"));
        list.args(["list", "--state-dir"]).arg(&state);
        support::finish(list).expect(0);
    }
    assert_eq!(lab.emulator.writes(0), Vec::<serde_json::Value>::new());
}
