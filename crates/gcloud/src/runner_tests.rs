//! Real processes: a shell script stands in for gcloud.

use super::*;
use crate::{Cause, Failure, Kind, Secret, gcloud, process};
use nix::sys::stat::Mode;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command as Process, Stdio};
use tempfile::TempDir;

/// A folder with a program in it, and a pipe by which the program can tell that it is there, and, by dying, that it is
/// not any more.
struct Place {
    folder: TempDir,
    interrupt: Interrupt,
}

impl Place {
    fn with(script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("gcloud");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        nix::unistd::mkfifo(&folder.path().join("pipe"), Mode::S_IRWXU).unwrap();
        Self { folder, interrupt: Interrupt::new() }
    }

    fn gcloud(&self) -> Gcloud {
        let variables = std::env::vars_os().filter(|(name, _)| name == "PATH");
        let pipe = ("PIPE".to_owned(), self.folder.path().join("pipe").display().to_string());
        let environment = Environment::from_variables(variables, [pipe]);
        let files = self.folder.path().join("files");
        let path = self.folder.path().join("gcloud");
        Gcloud {
            grace: Duration::from_millis(50),
            ..Gcloud::new(path, environment, self.interrupt.clone(), files)
        }
    }

    fn run(&self, command: &Command) -> Answer {
        self.gcloud().run(command, &mut ())
    }

    fn failure(&self, command: &Command) -> Failure {
        self.run(command).json(command).unwrap_err()
    }

    /// Waits until the program has written a line; then it holds the pipe open for as long as it lives.
    fn wait_for_line(&self) -> (String, BufReader<File>) {
        let mut pipe = BufReader::new(File::open(self.folder.path().join("pipe")).unwrap());
        let mut line = String::new();
        pipe.read_line(&mut line).unwrap();
        (line.trim().to_owned(), pipe)
    }
}

fn it_dies(mut pipe: BufReader<File>) {
    let mut rest = String::new();
    pipe.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
}

/// Prints its arguments, its environment and its stdin as JSON.
const MIRROR: &str = r#"
printf '{"args": ['; for a in "$@"; do printf '"%s",' "$a"; done; printf '""], "env": ['
env | cut -d= -f1 | while read n; do printf '"%s",' "$n"; done; printf '""], "stdin": "'; cat; printf '"}'"#;

fn strings(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().filter_map(Value::as_str).filter(|text| !text.is_empty()).collect()
}

#[test]
fn every_child_gets_the_same_flags_and_a_small_environment() {
    let place = Place::with(MIRROR);
    let gcloud = place.gcloud().project("p-one").account(Some("ada@example.com".to_owned()));
    let command = gcloud!["redis instances list", "--region=us-central1"];
    let answer = gcloud.run(&command, &mut ());
    let said = answer.json(&command).unwrap();
    let expected = [
        "redis",
        "instances",
        "list",
        "--region=us-central1",
        "--project=p-one",
        "--account=ada@example.com",
        "--quiet",
        "--format=json",
    ];
    assert_eq!(strings(&said["args"]), expected);
    assert_eq!(said["stdin"], "", "stdin is closed");
    assert_eq!(answer.line, format!("gcloud {}", expected.join(" ")));
    let names = strings(&said["env"]);
    assert!(names.contains(&"CLOUDSDK_CORE_DISABLE_FILE_LOGGING") && names.contains(&"PIPE"));
    assert!(
        !names.iter().any(|name| ["USER", "CARGO_PKG_NAME", "REQUESTS_CA_BUNDLE"].contains(name)),
        "{names:?}"
    );

    let plain = gcloud!["info"].without_project().without_format();
    let args = gcloud.run(&plain, &mut ()).secret(&plain).unwrap();
    let args: Value = serde_json::from_str(args.expose()).unwrap();
    assert_eq!(strings(&args["args"]), ["info", "--account=ada@example.com", "--quiet"]);
}

#[test]
fn a_secret_goes_to_stdin_and_nowhere_else() {
    let place = Place::with(&format!(
        "echo \"WARNING: got $(cat /dev/stdin | tee \"$0.in\")\" >&2; < \"$0.in\" {}",
        MIRROR.trim().replace("cat;", "cat \"$0.in\";")
    ));
    let value = "correct-horse/battery+staple";
    let command = gcloud!["secrets versions add", "s", "--data-file=-"].stdin(Secret::new(value));
    let answer = place.run(&command);
    let said = answer.json(&command).unwrap();
    assert_eq!(said["stdin"], value);
    assert!(answer.line.ends_with("# reads a secret on stdin"));
    assert!(answer.stderr.contains("got (secret)"), "{}", answer.stderr);
    assert!(!said["args"].to_string().contains(value) && !answer.line.contains(value));
}

#[test]
fn a_secret_that_nobody_reads_does_not_hang() {
    let place = Place::with("exec true");
    let command =
        gcloud!["secrets versions add", "s", "--data-file=-"].stdin(Secret::new("x".repeat(1 << 20)));
    assert_eq!(place.run(&command).json(&command).unwrap(), Value::Null);
}

#[test]
fn exit_codes_and_texts_become_failures() {
    let kind = |script: &str| place_kind(script, &gcloud!["redis instances describe", "c"]);
    assert_eq!(kind("echo 'ERROR: (gcloud.x) NOT_FOUND: gone' >&2; echo []; exit 1"), Kind::NotFound);
    assert_eq!(kind("echo 'ERROR: (gcloud.x) unrecognized arguments' >&2; exit 2"), Kind::Usage);
    assert_eq!(kind("kill -9 $$"), Kind::Ambiguous);
    assert_eq!(kind("echo 'not json'"), Kind::Answer);
    assert_eq!(kind("head -c 17000000 /dev/zero"), Kind::Answer);
    assert_eq!(kind("exit 1"), Kind::Unknown);
    assert_eq!(
        kind("echo '[]'; printf 'WARNING: Some requests did not succeed.\\n - Rate Limit Exceeded\\n' >&2"),
        Kind::RateLimited
    );
}

fn place_kind(script: &str, command: &Command) -> Kind {
    Place::with(script).failure(command).kind
}

#[test]
fn a_gcloud_that_cannot_be_started_is_said() {
    let place = Place::with("");
    fs::remove_file(place.folder.path().join("gcloud")).unwrap();
    let failure = place.failure(&gcloud!["info"]);
    assert_eq!(failure.kind, Kind::Person(Cause::Installation));
    assert!(failure.said.contains("cannot run"), "{}", failure.said);
    assert!(Gcloud::find(Some(&place.folder.path().join("gcloud"))).is_err());
}

#[test]
fn of_much_stderr_the_end_is_kept() {
    let place = Place::with(
        "yes 'a line that says nothing' | head -c 900000 >&2; echo 'ERROR: (gcloud.x) ABORTED: late' >&2; exit 1",
    );
    let answer = place.run(&gcloud!["x"]);
    assert!(answer.stderr.len() <= 256 << 10 && answer.stderr.starts_with("a line"));
    assert_eq!(answer.succeeded(&gcloud!["x"]).unwrap_err().kind, Kind::Conflict);
}

#[test]
fn grandchildren_that_hold_the_pipes_are_ended_with_the_child() {
    let place =
        Place::with("(exec 3>$PIPE; echo here >&3; exec sleep 1000) & read x < $PIPE.go; echo '{\"a\": 1}'");
    nix::unistd::mkfifo(&place.folder.path().join("pipe.go"), Mode::S_IRWXU).unwrap();
    let gcloud = place.gcloud();
    let running = std::thread::spawn(move || gcloud.run(&gcloud!["x"], &mut ()).json(&gcloud!["x"]));
    let (line, pipe) = place.wait_for_line();
    assert_eq!(line, "here");
    fs::write(place.folder.path().join("pipe.go"), "go\n").unwrap();
    assert_eq!(running.join().unwrap().unwrap(), json!({"a": 1}));
    it_dies(pipe);
}

#[test]
fn at_the_deadline_the_whole_group_is_ended() {
    let place = Place::with("trap '' TERM; (exec 3>$PIPE; echo here >&3; exec sleep 1000) & wait");
    let gcloud = place.gcloud();
    let running = std::thread::spawn(move || {
        let command = gcloud!["x"].deadline(Duration::from_millis(300));
        gcloud.run(&command, &mut ()).json(&command)
    });
    let (_, pipe) = place.wait_for_line();
    let failure = running.join().unwrap().unwrap_err();
    assert_eq!(failure.kind, Kind::Ambiguous);
    assert!(failure.said.contains("no answer"));
    it_dies(pipe);
}

#[test]
fn an_interrupt_is_passed_on_and_waited_for() {
    let place =
        Place::with("exec 3>$PIPE; trap 'echo stopping >&2; exit 1' TERM; echo here >&3; sleep 1000 & wait");
    let mut gcloud = place.gcloud();
    gcloud.grace = Duration::from_secs(60);
    let running = std::thread::spawn(move || gcloud.run(&gcloud!["x"], &mut ()));
    let (_, pipe) = place.wait_for_line();
    place.interrupt.trigger(15);
    let answer = running.join().unwrap();
    assert_eq!((answer.ended, answer.stderr.as_str()), (Ended::Interrupted(15), "stopping\n"));
    it_dies(pipe);
    // Nothing is started any more.
    let answer = place.run(&gcloud!["x"]);
    assert_eq!((answer.ended, answer.seconds), (Ended::Interrupted(15), 0.0));
}

#[test]
fn a_child_that_ignores_an_interrupt_is_ended() {
    let place = Place::with("trap '' INT TERM; exec 3>$PIPE; echo here >&3; while :; do sleep 1000; done");
    let gcloud = place.gcloud();
    let running = std::thread::spawn(move || gcloud.run(&gcloud!["x"], &mut ()));
    let (_, pipe) = place.wait_for_line();
    place.interrupt.trigger(2);
    assert_eq!(running.join().unwrap().ended, Ended::Interrupted(2));
    it_dies(pipe);
}

#[test]
fn the_child_is_named_by_id_and_start() {
    struct Seen(std::sync::mpsc::Sender<(u32, Option<u64>)>);
    impl Watch for Seen {
        fn started(&mut self, pid: u32, start: Option<u64>) {
            self.0.send((pid, start)).unwrap();
        }
    }
    let place = Place::with("exec 3>$PIPE; echo $$ >&3; sleep 1000");
    let gcloud = place.gcloud();
    let (send, named) = std::sync::mpsc::channel();
    let running = std::thread::spawn(move || gcloud.run(&gcloud!["x"], &mut Seen(send)).ended);
    let (pid, pipe) = place.wait_for_line();
    let pid = pid.parse().unwrap();
    let start = process::start_time(pid).unwrap();
    // It is named before it is ended: what is gone has no start.
    assert_eq!(named.recv().unwrap(), (pid, Some(start)));
    assert!(process::end_group_of(pid, start), "as after a crash of the tool");
    assert_eq!(running.join().unwrap(), Ended::Exited(None));
    it_dies(pipe);
}

/// Not a test of its own: what [`a_child_dies_with_the_tool`] starts and kills.
#[test]
fn helper_that_runs_a_child_until_it_is_killed() {
    if let Some(folder) = std::env::var_os("DEPLOY_TEST_FOLDER") {
        let folder = PathBuf::from(folder);
        let pipe = ("PIPE".to_owned(), folder.join("pipe").display().to_string());
        let variables = std::env::vars_os().filter(|(name, _)| name == "PATH");
        let environment = Environment::from_variables(variables, [pipe]);
        let gcloud = Gcloud::new(folder.join("gcloud"), environment, Interrupt::new(), folder);
        gcloud.run(&gcloud!["x"], &mut ());
        panic!("the child ended before the tool was killed");
    }
}

#[test]
fn a_child_dies_with_the_tool() {
    let place = Place::with("exec 3>$PIPE; echo $$ >&3; exec sleep 1000");
    let mut tool = Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "runner::tests::helper_that_runs_a_child_until_it_is_killed"])
        .env("DEPLOY_TEST_FOLDER", place.folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let (pid, pipe) = place.wait_for_line();
    assert!(process::start_time(pid.parse().unwrap()).is_some());
    tool.kill().unwrap();
    it_dies(pipe);
    tool.wait().unwrap();
}

#[test]
fn files_stay_for_the_person_to_look_at() {
    let place = Place::with(MIRROR);
    let command = |content: &str| gcloud!["monitoring create"].file("--config", "policy.json", content);
    let one = place.run(&command("{}"));
    let path = place.folder.path().join("files/policy.json");
    assert_eq!(fs::read_to_string(&path).unwrap(), "{}");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(one.line.contains(&format!("--config={}", path.display())));
    assert_eq!(place.run(&command("{}")).line, one.line);
    assert!(place.run(&command("[]")).line.contains("policy-2.json"));
    assert_eq!(fs::read_to_string(&path).unwrap(), "{}", "a printed line keeps its meaning");
}
