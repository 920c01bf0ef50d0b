//! The main job: a fresh world, for each environment, and the same again.
//!
//! What must exist is asserted from the emulator's world, never from what the tool prints.

mod expected;
mod secrecy;

use support::{Finished, Lab};

/// How many gcloud processes a rerun of the bash scripts took.
const SCRIPTS: u64 = 38;

/// Everything of one environment is there, as configured.
fn assert_as_configured(lab: &Lab, env: &str) {
    expected::assert_deployed(lab, env);
    assert_eq!(
        lab.emulator.violations(),
        serde_json::json!([]),
        "answers that Google's descriptions do not know"
    );
}

/// A second run changes nothing. What it printed, and the processes that it says it started.
fn changes_nothing(lab: &Lab, env: &str, run: impl Fn(&[&str]) -> Finished) -> (Finished, u64) {
    let (requests, world) = (lab.emulator.requests().len(), support::normalised(&lab.emulator.world()));
    let again = run(&["--env", env, "--yes", "--wait-scale", "0", "--output", "json"]).expect(0);
    assert_eq!(lab.emulator.writes(requests), Vec::<serde_json::Value>::new(), "a rerun writes nothing");
    assert_eq!(support::normalised(&lab.emulator.world()), world);
    let end = again.stdout.lines().last().unwrap_or_default();
    let end: serde_json::Value = serde_json::from_str(end).expect("the last event");
    assert_eq!(end["type"], "run_finished");
    for change in ["created", "updated", "replaced", "deleted", "adopted", "failed"] {
        assert_eq!(end["counts"][change], 0, "{change}");
    }
    let processes = end["gcloud_commands"].as_u64().expect("a number");
    (again, processes)
}

#[test]
fn dev() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("world.json");
    let Some(lab) = Lab::with_arguments(&["--state", &state.display().to_string()]) else { return };
    lab.gcloud(&["config", "set", "survey/disable_prompts", "true", "--quiet"]);
    let configuration = secrecy::gcloud_configuration(&lab);
    let before = lab.recorded().len();
    // All that can be printed is printed: no secret may be in it.
    let deployed = lab.deploy_all(&["--yes", "-v", "--show-commands", "--wait-scale", "0"]).expect(0);
    assert_as_configured(&lab, "dev");

    let first = lab.recorded().len();
    let (again, processes) = changes_nothing(&lab, "dev", |arguments| lab.deploy_all(arguments));
    assert_eq!(processes, (lab.recorded().len() - first) as u64, "the tool counts its processes");
    assert!(processes < SCRIPTS, "the bash scripts needed {SCRIPTS} for a rerun, this needs {processes}");
    eprintln!("dev: {} gcloud processes, {processes} of a rerun", first - before);

    assert_eq!(
        secrecy::gcloud_configuration(&lab),
        configuration,
        "the user's configuration is read, never written"
    );
    secrecy::assert_no_secret_left(&lab, &state, &[&deployed, &again]);
}

#[test]
fn staging() {
    let lab = Lab::standin();
    lab.deploy_all(&["--env", "staging", "--yes", "--wait-scale", "0"]).expect(0);
    assert_as_configured(&lab, "staging");
    let (_, processes) = changes_nothing(&lab, "staging", |arguments| lab.deploy_all(arguments));
    // The stand-in, which has no installation to know it by, is asked for its version each time.
    assert!(processes - 1 < SCRIPTS, "the bash scripts needed {SCRIPTS} for a rerun, this needs {processes}");
}

#[test]
fn prod() {
    let Some(lab) = Lab::new() else { return };
    lab.deploy_all(&["--env", "prod", "--yes", "--wait-scale", "0"]).expect(0);
    assert_as_configured(&lab, "prod");
    let (_, processes) = changes_nothing(&lab, "prod", |arguments| lab.quick(arguments));
    // Another gcloud than that of the first run is asked for its version once more.
    assert!(processes - 1 < SCRIPTS, "the bash scripts needed {SCRIPTS} for a rerun, this needs {processes}");
}

#[test]
fn each_step_alone_gives_the_same_world() {
    let (steps, whole) = (Lab::standin(), Lab::standin());
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
    lab.quick(&["plan", "--exit-code", "--wait-scale", "0"]).expect(3);
    lab.quick(&["--yes", "--wait-scale", "0"]).expect(0);
    expected::assert_deployed_into_existing(&lab, "dev");
    lab.quick(&["plan", "--exit-code", "--wait-scale", "0"]).expect(0);
}
