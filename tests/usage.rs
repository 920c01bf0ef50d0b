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
