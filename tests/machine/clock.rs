//! What the checkpoint says no longer fits: the clock has jumped, or somebody has edited the config.

use super::{PROJECT, says, words};
use serde_json::{Value, json};
use support::Lab;

const UNTIL: &[&str] = &["--yes", "--until", "01-network", "--wait-scale", "0"];
const NETWORK: &str = "POST compute.googleapis.com/compute/v1/projects/[^/]+/global/networks";

/// A deploy that was refused after its first step.
fn unfinished() -> Lab {
    let lab = Lab::standin();
    let action = json!({"status": {"code": 403, "status": "PERMISSION_DENIED", "message": "Required 'compute.networks.create' permission for 'projects/codementor-dev'"}});
    lab.emulator.fault(json!({"match": NETWORK, "action": action}));
    lab.deploy_all(UNTIL).expect(1);
    assert!(lab.emulator.faults()[0]["fired"].as_u64() >= Some(1), "the fault struck");
    lab.emulator.lift_faults();
    lab
}

/// Moves every time in the checkpoint to another year.
fn move_to(lab: &Lab, year: &str) {
    let file = lab.state().join("dev/checkpoint.toml");
    let text = std::fs::read_to_string(&file).expect("a checkpoint");
    let times = regex::Regex::new(r#""\d{4}(-\d\d-\d\dT)"#).expect("a pattern");
    let moved = times.replace_all(&text, format!("\"{year}$1"));
    assert!(moved != text, "there are times: {text}");
    std::fs::write(file, moved.as_bytes()).expect("it is written");
}

/// Runs on; what it asked gcloud, as lines.
fn go_on(lab: &Lab, arguments: &[&str]) -> (support::Finished, Vec<String>) {
    let before = lab.recorded().len();
    let finished = lab.deploy_all(arguments).expect(0);
    let asked = lab.recorded().into_iter().skip(before).map(|r| r.arguments.join(" ")).collect();
    assert_eq!(lab.survivors(), Vec::<i32>::new());
    (finished, asked)
}

/// Whether the first step was looked at.
fn looked_at_the_first(asked: &[String]) -> bool {
    asked.iter().any(|line| line.contains("billing projects describe"))
}

#[test]
fn undisturbed_it_skips_what_is_finished() {
    let lab = unfinished();
    let (finished, asked) = go_on(&lab, UNTIL);
    assert!(!looked_at_the_first(&asked), "{asked:#?}");
    assert!(!words(&finished.stdout).contains("checked again"), "{}", finished.stdout);
}

#[test]
fn a_clock_that_jumped_has_everything_checked_and_nothing_made_twice() {
    for (year, why) in [("2999", "is dated in the future"), ("1999", "hours ago"), ("9999", "in the future")]
    {
        let lab = unfinished();
        move_to(&lab, year);
        let requests = lab.emulator.requests().len();
        let (finished, asked) = go_on(&lab, UNTIL);
        says(&finished.stdout, &["Everything is checked again", why]);
        assert!(looked_at_the_first(&asked), "{asked:#?}");
        let again = lab.emulator.writes(requests);
        let of_the_first = |r: &&Value| r["path"] == "/v1/projects";
        assert_eq!(again.iter().filter(of_the_first).count(), 0, "{again:#?}");
        let (finished, _) = go_on(&lab, UNTIL);
        says(&finished.stdout, &["Nothing to do"]);
    }
}

#[test]
fn an_intent_from_another_time_is_adopted_all_the_same() {
    for year in ["2999", "1999"] {
        let lab = Lab::standin();
        let pattern = "POST cloudresourcemanager.googleapis.com/";
        lab.emulator.hold(pattern, "answer");
        let run = lab.start(PROJECT);
        lab.emulator.wait_held(pattern);
        run.kill();
        lab.emulator.release();
        move_to(&lab, year);
        go_on(&lab, PROJECT);
        let writes = lab.emulator.writes(0);
        assert_eq!(writes.iter().filter(|r| r["path"] == "/v1/projects").count(), 1, "one project");
    }
}

#[test]
fn a_config_edited_between_failure_and_resume_is_named_key_by_key_and_everything_is_checked() {
    let lab = unfinished();
    let edited = [UNTIL, &["--set", "redis.memory_gb=2", "--set", "project.labels.team=blue"]].concat();
    let (finished, asked) = go_on(&lab, &edited);
    says(
        &finished.stdout,
        &["the config has changed since the unfinished run", "redis.memory_gb", "project.labels"],
    );
    assert!(looked_at_the_first(&asked), "{asked:#?}");

    let lab = unfinished();
    let file = lab.folder().join("mine.toml");
    let text = std::fs::read_to_string(support::top().join("configs/dev.toml")).expect("the config");
    std::fs::write(&file, text.replace("memory_gb = 1", "memory_gb = 3")).expect("it is written");
    let edited = [UNTIL, &["--config", file.to_str().expect("a path")]].concat();
    let (finished, asked) = go_on(&lab, &edited);
    says(&finished.stdout, &["the config has changed since the unfinished run: redis.memory_gb."]);
    assert!(looked_at_the_first(&asked), "{asked:#?}");

    // Another file that says the same is no change.
    let lab = unfinished();
    let same = lab.folder().join("same.toml");
    std::fs::copy(support::top().join("configs/dev.toml"), &same).expect("it is copied");
    let (_, asked) = go_on(&lab, &[UNTIL, &["--config", same.to_str().expect("a path")]].concat());
    assert!(!looked_at_the_first(&asked), "{asked:#?}");
}
