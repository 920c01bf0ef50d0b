//! A gcloud that is not what it should be.

use super::{PROJECT, says};
use serde_json::Value;
use support::{Fake, Lab, contents};

/// Much more than any answer: 100 MB, in lines.
const FLOOD: &str = "head -c 100000000 /dev/zero | tr '\\0' 'x' | fold -w 4000";

/// A plan and a deploy stop at the first answer that is none, and nothing is written.
fn stops_at_the_first_read(body: &str, parts: &[&str]) {
    let machine = Fake::new(body);
    for arguments in [PROJECT, &["plan", "--wait-scale", "0"]] {
        let said = machine.deploy_all(arguments).expect(1);
        says(&said.stderr, &["checking project/codementor-dev failed", "gcloud said", "what to do"]);
        says(&said.stderr, parts);
    }
    let changes = ["create", "enable", "link", "update", "add-iam-policy-binding"];
    let asked = machine.calls();
    assert!(!asked.iter().any(|line| changes.iter().any(|verb| line.contains(verb))), "{asked:#?}");
    assert!(!machine.at("state/dev/checkpoint.toml").exists(), "there is no run to resume");
    assert_eq!(machine.survivors(), Vec::<i32>::new());
}

/// A gcloud whose `info` is of no use ends everything at the preflight.
fn stops_at_the_preflight(gcloud: &str, parts: &[&str]) {
    let machine = Fake::new("exit 1");
    machine.gcloud(gcloud);
    let said = machine.deploy_all(PROJECT).expect(5);
    says(&said.stderr, &["gcloud cannot be used", "what to do", "gcloud info"]);
    says(&said.stderr, parts);
    assert_eq!(machine.calls().len(), 1, "it was asked once: {:?}", machine.calls());
    assert!(!machine.at("state/dev/checkpoint.toml").exists(), "there is no run to resume");
    assert!(said.stderr.len() < 4000, "the person can read it: {} bytes", said.stderr.len());
    assert_eq!(machine.survivors(), Vec::<i32>::new());
}

#[test]
fn garbage_is_no_answer() {
    stops_at_the_first_read("printf 'Hello \\xff\\x00 {'", &["not JSON"]);
    stops_at_the_preflight("printf '\\x7fELF\\xff\\x00'", &["not JSON"]);
    stops_at_the_preflight("echo '[1, 2]'", &["no version"]);
    stops_at_the_preflight("printf '%0200000d' 0 | tr 0 '['", &["not JSON"]);
}

#[test]
fn nothing_with_exit_code_0_is_no_answer_either() {
    stops_at_the_first_read("exit 0", &["printed nothing"]);
    stops_at_the_preflight("exit 0", &[]);
}

#[test]
fn a_hundred_megabytes_are_no_answer() {
    stops_at_the_first_read(FLOOD, &["far too long"]);
    stops_at_the_preflight(FLOOD, &["far too long"]);
}

#[test]
fn of_a_hundred_megabytes_of_errors_the_end_is_kept_and_the_person_sees_one_line() {
    let body = format!("{FLOOD} >&2; echo 'ERROR: (gcloud.projects.describe) the last word' >&2; exit 1");
    let machine = Fake::new(&body);
    let said = machine.deploy_all(PROJECT).expect(1);
    says(&said.stderr, &["the last word", "this tool does not know that message"]);
    assert!(said.stderr.len() < 4000, "{} bytes", said.stderr.len());
    let kept: usize = contents(&machine.at("state")).iter().map(|(_, content)| content.len()).sum();
    assert!(kept < 1 << 20, "the run's files hold its end only: {kept} bytes");
}

#[test]
fn a_gcloud_killed_by_the_system_is_named_as_such() {
    stops_at_the_first_read("kill -9 $$", &["gcloud was killed"]);
    stops_at_the_preflight("kill -9 $$", &["gcloud was killed"]);
}

#[test]
fn one_that_cannot_be_started_is_told() {
    let machine = Fake::new("exit 1");
    std::fs::write(machine.at("bin/gcloud"), "#!/nonexistent/python\n").expect("it is written");
    let said = machine.deploy_all(PROJECT).expect(5);
    says(&said.stderr, &["gcloud cannot be used", "cannot run", "what to do"]);
    assert!(!machine.at("state/dev/checkpoint.toml").exists());
}

#[test]
fn one_that_waits_for_its_standard_input_gets_its_end_at_once() {
    let machine = Fake::new(&format!("cat > {}; echo '[]'", "$HOME/read"));
    let mut command = machine.tool(PROJECT);
    // Somebody's pipe that never says anything and never ends.
    let (_writer, reader) = {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        (writer, reader)
    };
    command.stdin(reader);
    let output = command.output().expect("it ends");
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read(machine.at("home/read")).expect("it read to the end"), b"");
    assert_eq!(machine.survivors(), Vec::<i32>::new());
}

#[test]
fn a_change_whose_answer_is_garbage_was_still_made_and_is_found_by_the_next_run() {
    for answer in ["printf '{\"half'", "true", FLOOD] {
        let lab = Lab::standin();
        lab.intercept(&format!(
            "if [ \"$1 $2\" = 'projects create' ]; then $GCLOUD \"$@\" >/dev/null || exit; {answer}; exit 0; fi"
        ));
        let first = lab.deploy_all(PROJECT);
        assert!(matches!(first.code, Some(0 | 1)), "{first:?}");
        if first.code == Some(1) {
            says(&first.stderr, &["project/codementor-dev", "what to do", "resume with"]);
        }
        lab.deploy_all(PROJECT).expect(0);
        let created: Vec<Value> = lab.emulator.writes(0);
        let created = created.iter().filter(|r| r["method"] == "POST" && r["path"] == "/v1/projects").count();
        assert_eq!(created, 1, "one project, and nobody tried to make another ({answer})");
    }
}

#[test]
fn an_upgrade_between_two_runs_is_noticed_and_a_downgrade_below_the_oldest_is_refused() {
    let machine = Fake::new("echo 'ERROR: (gcloud.x) PERMISSION_DENIED: no' >&2; exit 1");
    let infos = || machine.calls().iter().filter(|line| line.starts_with("info")).count();
    machine.deploy_all(PROJECT).expect(1);
    machine.deploy_all(PROJECT).expect(1);
    assert_eq!(infos(), 1, "what has not changed is remembered");
    machine.version("531.0.0");
    machine.deploy_all(PROJECT).expect(1);
    assert_eq!(infos(), 2, "another version is asked again");
    machine.version("412.0.0");
    let before = machine.calls().len();
    let refused = machine.deploy_all(PROJECT).expect(5);
    says(&refused.stderr, &["gcloud is version 412.0.0", "500.0.0 or later", "gcloud components update"]);
    assert_eq!(
        machine.calls()[before..].len(),
        1,
        "nothing but its version was asked: {:?}",
        machine.calls()
    );
    machine.version("528.0.0");
    machine.deploy_all(PROJECT).expect(1);
}
