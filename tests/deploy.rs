//! The main job: a fresh world, for each environment, and the same again.
//!
//! What must exist is asserted from the emulator's world, never from what the tool prints.

mod expected;

use support::Lab;

/// Everything of one environment is there, as configured; a second run changes nothing.
fn deploys(env: &str) {
    let Some(lab) = Lab::new() else { return };
    lab.deploy_all(&["--env", env, "--yes", "--wait-scale", "0"]).expect(0);
    expected::assert_deployed(&lab, env);
    assert_eq!(
        lab.emulator.violations(),
        serde_json::json!([]),
        "answers that Google's descriptions do not know"
    );
    let first = lab.recorded().len();

    let (requests, world) = (lab.emulator.requests().len(), support::normalised(&lab.emulator.world()));
    let again = lab.deploy_all(&["--env", env, "--yes", "--wait-scale", "0", "--output", "json"]).expect(0);
    assert_eq!(lab.emulator.writes(requests), Vec::<serde_json::Value>::new(), "a rerun writes nothing");
    assert_eq!(support::normalised(&lab.emulator.world()), world);
    let end = again.stdout.lines().last().unwrap_or_default();
    let end: serde_json::Value = serde_json::from_str(end).expect("the last event");
    assert_eq!(end["type"], "run_finished");
    for change in ["created", "updated", "replaced", "deleted", "adopted", "failed"] {
        assert_eq!(end["counts"][change], 0, "{change}");
    }
    let second = lab.recorded().len() - first;
    assert_eq!(end["gcloud_commands"], second, "the tool counts its processes");
    eprintln!("{env}: {first} gcloud processes, {second} of a rerun");
    assert!(second < 38, "the bash scripts needed 38 for a rerun, this needs {second}");
}

#[test]
fn dev() {
    deploys("dev");
}

#[test]
fn staging() {
    deploys("staging");
}

#[test]
fn prod() {
    deploys("prod");
}

#[test]
fn each_step_alone_gives_the_same_world() {
    let Some(steps) = Lab::new() else { return };
    let whole = Lab::standin();
    whole.deploy_all(&["--yes", "--wait-scale", "0"]).expect(0);
    let missing = steps.step(&["03-redis", "--yes", "--wait-scale", "0"]).expect(5);
    assert!(missing.stderr.contains("step 00-project"), "says which step to run first: {}", missing.stderr);
    for step in ["00-project", "01", "database", "03-redis", "cloud-run", "05", "monitoring"] {
        steps.step(&[step, "--yes", "--wait-scale", "0"]).expect(0);
    }
    assert_eq!(support::normalised(&steps.emulator.world()), support::normalised(&whole.emulator.world()));
}

#[test]
fn an_existing_project_without_any_api_plans_and_deploys() {
    let Some(lab) = Lab::new() else { return };
    lab.gcloud(&["projects", "create", "codementor-dev", "--no-enable-cloud-apis", "--quiet"]);
    let before = lab.emulator.requests().len();
    let plan = lab.deploy_all(&["plan", "--wait-scale", "0"]).expect(0);
    assert!(plan.stdout.contains("redis-instance/codementor-cache"), "{}", plan.stdout);
    assert_eq!(lab.emulator.writes(before), Vec::<serde_json::Value>::new(), "a plan writes nothing");
    lab.deploy_all(&["plan", "--exit-code", "--wait-scale", "0"]).expect(3);
    lab.deploy_all(&["--yes", "--wait-scale", "0"]).expect(0);
    expected::assert_deployed_into_existing(&lab, "dev");
    lab.deploy_all(&["plan", "--exit-code", "--wait-scale", "0"]).expect(0);
}
