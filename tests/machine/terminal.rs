//! The three streams and the signals: a terminal that vanishes, streams that are closed, a person in a hurry.

use super::{PROJECT, says, words};
use nix::sys::signal::Signal;
use std::fs::{File, read_to_string};
use std::path::Path;
use std::process::{Command, Stdio};
use support::{Fake, Lab, Running, Terminal};

/// Says that it is there, and then does not end; with a child of its own, as a gcloud behind a wrapper has.
const HANGS: &str = "echo here > $HOME/here; sleep 300 & wait";
const STUBBORN: &str = "trap '' INT TERM HUP; echo here > $HOME/here; sleep 300 & wait; wait";
const DENIED: &str = "echo 'ERROR: (gcloud.x) PERMISSION_DENIED: no' >&2; exit 1";

/// Waits until the script says that it is there.
fn there(pipe: &Path) {
    assert_eq!(read_to_string(pipe).expect("the script writes"), "here\n");
}

#[test]
fn a_second_signal_ends_everything_at_once() {
    let machine = Fake::new(STUBBORN);
    let pipe = machine.pipe("here");
    let run = Running::start(machine.tool(PROJECT));
    there(&pipe);
    run.signal(Signal::SIGINT);
    run.signal(Signal::SIGTERM);
    run.finish().expect(143);
    assert_eq!(machine.survivors(), Vec::<i32>::new(), "what gcloud has started is ended too");
}

#[test]
fn a_signal_in_the_preflight_is_an_interruption_not_a_bad_gcloud() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let machine = Fake::new("exit 1");
        machine.gcloud(HANGS);
        let pipe = machine.pipe("here");
        let run = Running::start(machine.tool(PROJECT));
        there(&pipe);
        run.signal(signal);
        let said = run.finish().expect(code);
        says(&said.stderr, &["Interrupted. Nothing was changed."]);
        assert_eq!(machine.survivors(), Vec::<i32>::new());
        assert!(!machine.at("state/dev/checkpoint.toml").exists());
    }
}

#[test]
fn a_terminal_that_vanishes_ends_the_run_in_good_order() {
    let machine = Fake::new(HANGS);
    let pipe = machine.pipe("here");
    for term in ["xterm-256color", "dumb"] {
        let mut command = machine.tool(PROJECT);
        command.env("TERM", term);
        let terminal = Terminal::start(&command);
        there(&pipe);
        assert_eq!(terminal.vanish(), Some(129), "{term}");
        assert_eq!(machine.survivors(), Vec::<i32>::new());
    }
}

#[test]
fn a_terminal_that_vanishes_in_a_change_leaves_a_good_checkpoint_and_the_same_command_goes_on() {
    let lab = Lab::standin();
    let pattern = "POST cloudresourcemanager.googleapis.com/";
    lab.emulator.hold(pattern, "answer");
    let mut command = lab.tool("deploy-all", PROJECT);
    command.env("TERM", "xterm-256color");
    let terminal = Terminal::start(&command);
    lab.emulator.wait_held(pattern);
    assert_eq!(terminal.vanish(), Some(129));
    assert_eq!(lab.survivors(), Vec::<i32>::new());
    lab.emulator.release();
    let checkpoint = read_to_string(lab.state().join("dev/checkpoint.toml")).expect("a checkpoint");
    assert!(checkpoint.contains("stopped = ") && checkpoint.contains("projects create"), "{checkpoint}");
    lab.deploy_all(PROJECT).expect(0);
    let created = |r: &&serde_json::Value| r["path"] == "/v1/projects";
    let writes = lab.emulator.writes(0);
    assert_eq!(writes.iter().filter(created).count(), 1, "one project");
}

#[test]
fn who_starts_it_with_nohup_keeps_it_when_the_terminal_goes() {
    let machine = Fake::new(&format!(
        "[ -p $HOME/here ] && echo here > $HOME/here && rm $HOME/here && cat $HOME/go; {DENIED}"
    ));
    let (here, go) = (machine.pipe("here"), machine.pipe("go"));
    let tool = machine.tool(PROJECT);
    let run = Running::start(through_bash("trap '' HUP; exec \"$@\"", &tool));
    there(&here);
    run.signal(Signal::SIGHUP);
    drop(File::options().write(true).open(go).expect("the script reads"));
    says(&run.finish().expect(1).stderr, &["PERMISSION_DENIED"]);
}

#[test]
fn ctrl_c_at_the_question_is_an_answer() {
    let lab = Lab::standin();
    let mut terminal = Terminal::start(&lab.tool("deploy-all", &PROJECT[1..]));
    terminal.wait_for("[y/N]");
    terminal.type_in("\u{3}");
    let (code, printed) = terminal.finish();
    assert_eq!(code, Some(130), "{printed}");
    assert!(printed.contains("Nothing was changed."), "{printed}");
    let mut terminal = Terminal::start(&lab.tool("deploy-all", &PROJECT[1..]));
    terminal.wait_for("[y/N]");
    assert_eq!(terminal.vanish(), Some(129));
    assert_eq!(lab.emulator.writes(0), Vec::<serde_json::Value>::new());
    assert!(!lab.state().join("dev/checkpoint.toml").exists(), "there is no run to resume");
}

#[test]
fn at_the_question_no_is_no_and_yes_is_yes() {
    let lab = Lab::standin();
    for (answer, code) in [("n\r", 2), ("\r", 2), ("\u{4}", 2), ("y\r", 0)] {
        let mut terminal = Terminal::start(&lab.tool("deploy-all", &PROJECT[1..]));
        terminal.wait_for("[y/N]");
        assert_eq!(lab.emulator.writes(0), Vec::<serde_json::Value>::new());
        terminal.type_in(answer);
        let (ended, printed) = terminal.finish();
        assert_eq!(ended, Some(code), "{answer:?}: {printed}");
    }
}

/// Nothing is drawn over a question, so that nobody answers blindly.
#[test]
fn a_question_has_the_screen_for_itself() {
    let lab = Lab::standin();
    lab.quick(&["--yes", "--wait-scale", "0"]).expect(0);
    let live = |arguments: &[&str]| {
        let mut command = lab.quick_tool(&[arguments, &["--wait-scale", "0"]].concat());
        command.env("TERM", "xterm-256color");
        Terminal::start(&command)
    };
    let bigger = ["--set", "redis.memory_gb=2"];
    for arguments in [&bigger[..], &[&["adopt"], &bigger[..]].concat(), &["rotate", "redis"]] {
        let mut terminal = live(arguments);
        let question = terminal.wait_for_question("? [y/N] ");
        assert!(question.starts_with("Make "), "{arguments:?}: {question:?}");
        terminal.type_in("n\r");
        let (code, printed) = terminal.finish();
        assert_eq!(code, Some(2), "{arguments:?}: {printed}");
    }
    // Another laptop, which asks about what has no mark, before the plan is known.
    std::fs::remove_file(lab.state().join("dev/checkpoint.toml")).expect("it was there");
    let mut terminal = live(&["destroy"]);
    for (address, end) in [
        ("vpc-connector/codementor-connector", "? [y/N] "),
        ("sql-instance/codementor-db", "and their backups? [y/N] "),
    ] {
        terminal.wait_for(&format!("made {address}"));
        terminal.wait_for_question(end);
        terminal.type_in("y\r");
    }
    terminal.wait_for("Data will be lost. To go on, type");
    terminal.wait_for_question("(codementor-dev): ");
    terminal.type_in("\u{3}");
    let (code, printed) = terminal.finish();
    assert_eq!(code, Some(130), "{printed}");
    assert!(printed.ends_with("Nothing was changed.\r\n"), "{printed}");
}

/// The same program with the same arguments and environment, started by bash in its own way.
fn through_bash(script: &str, tool: &Command) -> Command {
    let mut command = Command::new("bash");
    command.args(["-c", script, "bash"]).arg(tool.get_program()).args(tool.get_args()).env_clear();
    command.envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.current_dir(support::top());
    command
}

/// What ends with which code when all is well, in each way in which the streams can be missing.
fn ends_as_ever(script: &str) {
    let machine = Fake::new(DENIED);
    let state = machine.at("state");
    let wrong = Path::new("/proc/none");
    let calls: &[(&str, &[&str], &Path, i32)] = &[
        ("deploy-all", PROJECT, &state, 1),
        ("deploy-all", &["plan"], &state, 1),
        ("deploy-all", &["--until", "00-project"], &state, 1),
        ("deploy-all", &["--yes", "--output", "json"], &state, 1),
        ("deploy-all", &["--yes", "--set", "redis.memory_gb=none"], &state, 2),
        ("deploy-all", &["--yes"], wrong, 1),
        ("deploy-all", &["unlock"], &state, 0),
        ("deploy-all", &["reset"], &state, 0),
        ("step", &["list"], &state, 0),
        ("step", &["nothing", "--yes"], &state, 2),
    ];
    for (program, arguments, state, code) in calls {
        let mut command = through_bash(script, &machine.tool_with(program, arguments, state));
        // The readers of these two are gone before anything is printed.
        let gone = || Stdio::from(std::io::pipe().expect("a pipe").1);
        command.stdin(Stdio::null()).stdout(gone()).stderr(gone());
        let status = command.status().expect("it starts");
        assert_eq!(status.code(), Some(*code), "{script}: {program} {arguments:?}");
    }
    assert_eq!(machine.survivors(), Vec::<i32>::new());
}

#[test]
fn a_pipe_whose_reader_is_gone_changes_no_exit_code() {
    ends_as_ever("exec \"$@\"");
}

#[test]
fn closed_streams_change_no_exit_code() {
    ends_as_ever("exec \"$@\" <&-");
    ends_as_ever("exec \"$@\" <&- >&- 2>&-");
}

/// A deploy goes on where nobody can read of it; what is there for what it prints says that it is not whole.
#[test]
fn a_full_device_for_the_output_fails_what_prints_and_nothing_else() {
    let lab = Lab::standin();
    let full = |program: &str, arguments: &[&str]| {
        let mut tool = lab.tool(program, arguments);
        tool.env("PATH", lab.quick_path());
        support::finish(through_bash("exec \"$@\" >/dev/full", &tool))
    };
    full("deploy-all", PROJECT).expect(0);
    let project = ["--until", "00-project", "--wait-scale", "0"];
    let products: &[(&str, &[&str])] = &[
        ("deploy-all", &["plan"]),
        ("deploy-all", &["plan", "--script"]),
        ("deploy-all", &["plan", "--output", "json"]),
        ("deploy-all", &["outputs", "--output", "env"]),
        ("deploy-all", &["status", "--markdown"]),
        ("deploy-all", &["status", "--output", "json"]),
        ("deploy-all", &["doctor"]),
        ("deploy-all", &["cost"]),
        ("step", &["list"]),
    ];
    for (program, arguments) in products {
        let plans = arguments.first() == Some(&"plan");
        let arguments = [*arguments, if plans { &project[..] } else { &[] }].concat();
        let said = full(program, &arguments).expect(1);
        says(&said.stderr, &["standard output could not be written", "No space left", "what to do"]);
    }
    full("deploy-all", &[PROJECT, &["--output", "json"]].concat()).expect(1);
    let folder = tempfile::tempdir().expect("a folder");
    let mut init = lab.command(&support::program("deploy-all"));
    init.args(["init", "--project-id", "acme-dev-1", "--config"]).arg(folder.path().join("dev.toml"));
    says(
        &support::finish(through_bash("exec \"$@\" >/dev/full", &init)).expect(1).stderr,
        &["standard output"],
    );
}

#[test]
fn a_reader_that_has_read_enough_is_no_error() {
    let lab = Lab::standin();
    for arguments in [&["cost"][..], &["plan", "--script"], &["status", "--output", "json"]] {
        let mut tool = lab.tool("deploy-all", arguments);
        tool.env("PATH", lab.quick_path());
        let script = "\"$@\" | head -c1 >/dev/null; exit ${PIPESTATUS[0]}";
        let said = support::finish(through_bash(script, &tool));
        assert!(matches!(said.code, Some(0 | 3)), "{arguments:?}: {:?} {}", said.code, said.stderr);
        assert!(!said.stderr.contains("standard output"), "{}", said.stderr);
    }
}

#[test]
fn with_its_input_closed_it_asks_nobody() {
    let lab = Lab::standin();
    let said =
        support::finish(through_bash("exec \"$@\" <&-", &lab.tool("deploy-all", &PROJECT[1..]))).expect(2);
    assert!(words(&said.stderr).contains("there is no terminal to ask on"), "{}", said.stderr);
    assert_eq!(lab.emulator.writes(0), Vec::<serde_json::Value>::new());
    support::finish(through_bash("exec \"$@\" <&-", &lab.tool("deploy-all", PROJECT))).expect(0);
}
