//! The build's scripts, run by bash with docker, gcloud and python replaced by recorders.

use config::Config;
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

const IMAGE: &str = "us-central1-docker.pkg.dev/codementor-dev/codementor/codementor-backend";

/// What Cloud Build would do with one step: fill in `env`, run the script.
struct Ran {
    works: bool,
    calls: Vec<String>,
    printed: String,
}

/// Runs a step; each recorder fails for the command lines that begin with one of `failing`.
fn run(id: &str, commit: &str, failing: &[&str]) -> Ran {
    let build: Value =
        yaml_serde::from_str(&step_ci_cd::cloudbuild_yaml(&Config::default())).expect("it works");
    let step = build["steps"].as_array().into_iter().flatten().find(|s| s["id"] == id).expect("the step");
    let folder = tempfile::tempdir().expect("it works");
    let (bin, log) = (folder.path().join("bin"), folder.path().join("log"));
    std::fs::create_dir(&bin).expect("it works");
    let patterns: String = failing.iter().map(|text| format!("  '{text}'*) exit 1 ;;\n")).collect();
    for program in ["docker", "gcloud", "python"] {
        let text = format!(
            "#!/bin/sh\nline=\"{program} $*\"\necho \"$line\" >>'{}'\ncase \"$line\" in\n{patterns}esac\n",
            log.display()
        );
        let path = bin.join(program);
        std::fs::write(&path, text).expect("it works");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("it works");
    }
    let script = folder.path().join("script");
    std::fs::write(&script, step["script"].as_str().expect("text")).expect("it works");
    let output = Command::new("bash")
        .arg(&script)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
        .envs(environment(&build, step, commit))
        .output()
        .expect("it works");
    let mut printed = String::from_utf8(output.stdout).expect("text");
    printed.push_str(&String::from_utf8(output.stderr).expect("text"));
    Ran { works: output.status.success(), calls: lines(&log), printed }
}

fn lines(path: &Path) -> Vec<String> {
    std::fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
}

fn environment(build: &Value, step: &Value, commit: &str) -> BTreeMap<String, String> {
    let own = build["substitutions"].as_object().expect("a map");
    let own = own.iter().map(|(key, value)| (key.as_str(), value.as_str().expect("text")));
    let built_in = [("COMMIT_SHA", commit), ("BUILD_ID", "b-1"), ("PROJECT_ID", "codementor-dev")];
    let known: Vec<(&str, &str)> = own.chain(built_in).collect();
    let entries = step["env"].as_array().into_iter().flatten().filter_map(Value::as_str);
    entries
        .map(|entry| {
            let (name, value) = entry.split_once('=').expect("NAME=value");
            let wanted = value.strip_prefix('$').unwrap_or_else(|| panic!("{entry} is not a substitution"));
            let found = known.iter().find(|(key, _)| *key == wanted);
            let (_, value) = found.unwrap_or_else(|| panic!("nobody sets {wanted}"));
            (name.to_owned(), (*value).to_owned())
        })
        .collect()
}

#[test]
fn tests_run_with_coverage_and_their_failure_stops_the_build() {
    let ran = run("test", "abc", &[]);
    assert!(ran.works, "{}", ran.printed);
    assert_eq!(ran.calls.len(), 2);
    assert!(ran.calls[0].contains("-m pip install") && ran.calls[0].contains("requirements.txt"));
    assert_eq!(ran.calls[1], "python -m pytest --cov=. --cov-report=term-missing");
    assert!(!run("test", "abc", &["python -m pytest"]).works);
    let without = run("test", "abc", &["python -m pip"]);
    assert!(!without.works && without.calls.len() == 1, "no tests without what they need");
}

#[test]
fn an_image_is_built_from_the_layers_of_the_latest() {
    let ran = run("build", "abc", &[]);
    assert!(ran.works, "{}", ran.printed);
    assert_eq!(ran.calls[0], format!("docker pull --quiet {IMAGE}:latest"));
    let expected = format!(
        "docker build --cache-from={IMAGE}:latest --build-arg=BUILDKIT_INLINE_CACHE=1 --tag={IMAGE}:abc --tag={IMAGE}:latest ."
    );
    assert_eq!(ran.calls[1..], [expected]);
}

#[test]
fn the_first_image_is_built_without() {
    let ran = run("build", "abc", &["docker pull"]);
    assert!(ran.works, "{}", ran.printed);
    assert!(ran.printed.contains("no image to take layers from"));
    assert!(ran.calls[1].starts_with("docker build --build-arg"), "{:?}", ran.calls);
    assert!(!run("build", "abc", &["docker build"]).works);
}

#[test]
fn both_tags_are_pushed() {
    let ran = run("push", "abc", &[]);
    assert!(ran.works, "{}", ran.printed);
    assert_eq!(ran.calls, [format!("docker push {IMAGE}:abc"), format!("docker push {IMAGE}:latest")]);
    let refused = run("push", "abc", &["docker push"]);
    assert!(!refused.works && refused.calls.len() == 1, "latest is not moved to what is not there");
}

#[test]
fn only_the_image_is_deployed() {
    let ran = run("deploy", "abc", &[]);
    assert!(ran.works, "{}", ran.printed);
    let expected = format!(
        "gcloud run deploy codementor-backend --image={IMAGE}:abc --region=us-central1 --project=codementor-dev --quiet"
    );
    assert_eq!(ran.calls, [expected]);
    assert!(!run("deploy", "abc", &["gcloud"]).works);
}

#[test]
fn a_build_that_no_push_began_has_a_tag_all_the_same() {
    for (step, tagged) in [("build", 1), ("push", 0), ("deploy", 0)] {
        let ran = run(step, "", &[]);
        assert!(ran.works && ran.calls[tagged].contains(&format!("{IMAGE}:b-1")), "{step}: {:?}", ran.calls);
    }
}
