//! Bad input and a machine that will not do: one clear message, the right exit code, nothing touched.

use serde_json::Value;
use std::process::Command;
use support::{Lab, program, top};

struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    touched: bool,
}

/// Runs a program without any gcloud on its PATH.
fn bare(name: &str, arguments: &[&str], environment: &[(&str, &str)]) -> Said {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state");
    let output = Command::new(program(name))
        .args(arguments)
        .arg("--state-dir")
        .arg(&state)
        .current_dir(top())
        .env_clear()
        .env("PATH", "/nonexistent")
        .env("HOME", folder.path())
        .envs(environment.iter().copied())
        .output()
        .expect("it starts");
    Said {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        touched: state.exists(),
    }
}

#[test]
fn every_error_of_a_config_is_told_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mine.toml");
    let text = "[project]\nid = \"X\"\n[redis]\nmemry_gb = 2\nmemory_gb = \"big\"\n[network]\nrange = \"10.20.1.0/20\"\n";
    std::fs::write(&file, text).expect("it is written");
    let said = bare("deploy-all", &["--yes", "--config", &file.display().to_string()], &[]);
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    for part in ["project.id", "redis.memry_gb", "memory_gb", "network.range", "mine.toml:2"] {
        assert!(said.stderr.contains(part), "{part} in {}", said.stderr);
    }
    assert!(!said.touched && said.stdout.is_empty());
}

#[test]
fn an_unknown_step_is_told_the_known_ones() {
    let said = bare("step", &["07-frontend", "--yes"], &[]);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("03-redis") && !said.touched, "{}", said.stderr);
    let said = bare("deploy-all", &["--from", "03", "--until", "01", "--yes"], &[]);
    assert_eq!(said.code, Some(2), "{}", said.stderr);
}

#[test]
fn without_gcloud_it_says_what_is_needed() {
    let said = bare("deploy-all", &["--yes"], &[]);
    assert_eq!(said.code, Some(5));
    assert!(
        said.stderr.contains("Google Cloud SDK") && said.stderr.contains("deploy-all --yes"),
        "{}",
        said.stderr
    );
}

#[test]
fn step_list_asks_nobody() {
    let said = bare("step", &["list"], &[]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    for part in ["00-project", "redis-instance/codementor-cache", "06-monitoring", "not finished yet"] {
        assert!(said.stdout.contains(part), "{part} in {}", said.stdout);
    }
    assert!(!said.touched);
}

#[test]
fn an_option_that_a_command_does_not_follow_is_refused() {
    let wrong: &[(&str, &[&str], &str)] = &[
        ("deploy-all", &["--yes", "--exit-code"], "--exit-code belongs to what only looks"),
        ("deploy-all", &["cost", "--from", "03"], "--from does not belong to deploy-all cost"),
        ("deploy-all", &["cost", "--until", "03"], "--until does not belong"),
        ("deploy-all", &["status", "--fresh"], "--fresh does not belong"),
        ("deploy-all", &["init", "--project-id", "acme-dev-1", "--dry-run"], "--dry-run does not belong"),
        ("deploy-all", &["reset", "--dry-run"], "--dry-run does not belong"),
        ("deploy-all", &["rotate", "redis", "--until", "03"], "A rotation has an order of its own"),
        ("deploy-all", &["rotate", "redis", "--script"], "--script belongs to a plan"),
        ("deploy-all", &["--plan", "x.json", "--dry-run"], "cannot be used with"),
        ("deploy-all", &["status", "--markdown", "--output", "json"], "a status has one form"),
        ("deploy-all", &["init", "--output", "json"], "no --output json"),
        ("deploy-all", &["unlock", "--output", "json"], "no --output json"),
        ("deploy-all", &["reset", "--output", "json"], "no --output json"),
        (
            "step",
            &["redis", "--yes", "--confirm", "codementor-dev"],
            "--confirm and --also belong to a destroy",
        ),
        ("step", &["redis", "--yes", "--also", "x/y"], "--confirm and --also belong to a destroy"),
        ("step", &["list", "--destroy"], "destroys nothing"),
    ];
    for (program, arguments, says) in wrong {
        let said = bare(program, arguments, &[]);
        assert_eq!(said.code, Some(2), "{arguments:?}: {}", said.stderr);
        assert!(said.stderr.contains(says), "{arguments:?}: {}", said.stderr);
        assert!(!said.touched && said.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn the_steps_are_told_to_a_program_too() {
    let said = bare("step", &["list", "--output", "json"], &[]);
    let steps: Value = serde_json::from_str(&said.stdout).expect("one object");
    assert_eq!((&steps["type"], &steps["env"]), (&"steps".into(), &"dev".into()));
    assert_eq!(
        (&steps["steps"][3]["step"], &steps["steps"][3]["finished"]),
        (&"03-redis".into(), &Value::Null)
    );
    assert_eq!(steps["steps"][3]["keeps"][0], "redis-instance/codementor-cache");
}

/// What reads the stream of a run learns how it ended, also where it ends before anything is changed.
#[test]
fn a_run_that_ends_at_the_question_ends_its_stream() {
    let lab = Lab::standin();
    let json = ["--wait-scale", "0", "--output", "json"];
    let stream = |arguments: &[&str]| -> Vec<Value> {
        let said = lab.quick(&[arguments, &json].concat()).expect(2);
        assert_eq!(said.stderr.matches("Error: ").count(), 1, "{}", said.stderr);
        said.stdout.lines().map(|line| serde_json::from_str(line).expect("an event")).collect()
    };
    let ends = |events: &[Value], what: &str| {
        let [.., error, finished] = events else { panic!("{events:?}") };
        assert_eq!((&error["type"], &finished["type"]), (&"error".into(), &"run_finished".into()));
        assert!(error["what"].as_str().is_some_and(|said| said.contains(what)), "{error}");
        assert_eq!(finished["outcome"], "failed");
    };
    ends(&stream(&[]), "no terminal to ask on");
    ends(&stream(&["adopt"]), "nothing to adopt");
    lab.quick(&["--yes", "--wait-scale", "0"]).expect(0);
    ends(&stream(&["destroy", "--confirm", "wrong"]), "--confirm says wrong");
    ends(&stream(&["destroy", "--yes"]), "data will be lost");
    ends(&stream(&["rotate", "redis"]), "no terminal to ask on");
    // The run's files tell the same.
    let mut runs: Vec<_> = std::fs::read_dir(lab.state().join("dev/runs")).expect("runs").flatten().collect();
    runs.sort_by_key(std::fs::DirEntry::path);
    for run in runs {
        let events = std::fs::read_to_string(run.path().join("events.ndjson")).expect("events");
        assert!(events.lines().last().expect("a line").contains("run_finished"), "{events}");
    }
}

#[test]
fn quiet_leaves_the_last_line() {
    let lab = Lab::standin();
    lab.quick(&["--yes", "--wait-scale", "0"]).expect(0);
    let quiet =
        |arguments: &[&str]| lab.quick(&[arguments, &["--quiet", "--wait-scale", "0"]].concat()).stdout;
    assert_eq!(quiet(&["status"]), "Everything is as the config wants it. 46 present, 3 left out.\n");
    assert!(quiet(&["verify"]).starts_with("Accepted. ") && quiet(&["verify"]).lines().count() == 1);
    assert_eq!(quiet(&["doctor"]), "Nothing stands in the way of a deploy.\n");
    let outputs = quiet(&["outputs"]);
    assert!(outputs.starts_with("project\n") && !outputs.contains("gcloud processes"), "{outputs}");
    let doctor = lab.quick(&["doctor", "--output", "json"]).expect(0).stdout;
    let doctor: Value = serde_json::from_str(&doctor).expect("one object");
    assert_eq!((&doctor["type"], &doctor["counts"]["fail"]), (&"doctor".into(), &0.into()));
    assert_eq!(doctor["findings"][0]["what"], "gcloud");
    // The gcloud on this PATH says itself that it is none.
    let redirection =
        doctor["findings"].as_array().expect("a list").iter().find(|f| f["what"] == "redirection");
    let found = redirection.and_then(|finding| finding["found"].as_str()).expect("a redirection");
    assert!(found.starts_with("not on Google: the stand-in for gcloud, against 127.0.0.1:"), "{found}");
}

#[test]
fn a_redirection_off_this_machine_is_refused() {
    let Some(lab) = Lab::new() else { return };
    let mut command = lab.tool("deploy-all", &["--yes", "--wait-scale", "0"]);
    command.env("CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER", "http://203.0.113.7/");
    let refused = support::finish(command).expect(5);
    assert!(refused.stderr.contains("203.0.113.7"), "{}", refused.stderr);
    assert!(lab.emulator.requests().is_empty(), "nothing was asked");
}

#[test]
fn nobody_to_ask_means_that_nothing_changes() {
    let Some(lab) = Lab::new() else { return };
    let finished = lab.deploy_all(&["--wait-scale", "0"]).expect(2);
    assert!(finished.stderr.contains("--yes"), "{}", finished.stderr);
    assert!(
        finished.stdout.contains("redis-instance/codementor-cache"),
        "the plan is shown: {}",
        finished.stdout
    );
    assert_eq!(lab.emulator.writes(0), Vec::<Value>::new());
    assert!(!lab.state().join("dev/checkpoint.toml").exists(), "there is no run to resume");
}

#[test]
fn a_checkpoint_of_another_project_is_refused() {
    let Some(lab) = Lab::new() else { return };
    let until = ["--yes", "--until", "00-project", "--wait-scale", "0"];
    lab.deploy_all(&until).expect(0);
    let requests = lab.emulator.requests().len();
    let other = [&until[..], &["--set", "project.id=codementor-other"]].concat();
    let refused = lab.deploy_all(&other).expect(2);
    assert!(refused.stderr.contains("codementor-dev"), "{}", refused.stderr);
    assert_eq!(lab.emulator.writes(requests), Vec::<Value>::new());
}
