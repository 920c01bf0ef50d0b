//! A saved plan is carried out as it is, or not at all.

use crate::stage::{Stage, lines};
use serde_json::json;
use support::Finished;

const REDIS: &str = "redis/projects/codementor-dev/locations/us-central1/instances/codementor-cache";
const LARGER: &[&str] = &["redis.memory_gb=2"];

fn path(stage: &Stage) -> String {
    stage.lab.folder().join("plan.json").display().to_string()
}

fn save(stage: &Stage, set: &[&str]) -> Finished {
    stage.run(set, &["plan", "--out", &path(stage)]).expect(0)
}

fn carry_out(stage: &Stage, set: &[&str]) -> Finished {
    stage.run(set, &["--yes", "--plan", &path(stage)])
}

fn text(finished: &Finished) -> String {
    format!("{}{}", finished.stdout, finished.stderr).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_plan_is_carried_out_as_it_is_and_holds_only_once() {
    let stage = Stage::new();
    let said = text(&save(&stage, LARGER));
    assert!(said.contains("deploy-all") && said.contains(&format!("--plan {}", path(&stage))), "{said}");
    let saved = std::fs::read_to_string(path(&stage)).expect("the plan is there");
    let plan: serde_json::Value = serde_json::from_str(&saved).expect("it is JSON");
    let items = plan["items"].as_array().expect("items");
    assert_eq!(lines(items), ["~ redis-instance/codementor-cache memory_gb 1 -> 2"]);
    let update = items.iter().find(|item| item["action"] == "update").expect("one update");
    assert!(update["interrupts"].is_string() && update["data"].is_string(), "{update}");

    let requests = stage.lab.emulator.requests().len();
    carry_out(&stage, LARGER).expect(0);
    assert_eq!(stage.lab.emulator.writes(requests).len(), 1, "one update, and nothing else");
    assert_eq!(stage.lab.emulator.object(REDIS)["memorySizeGb"], 2);
    let again = text(&carry_out(&stage, LARGER).expect(2));
    assert!(
        again.contains("redis-instance/codementor-cache was ~ memory_gb 1 -> 2, is now unchanged"),
        "{again}"
    );
}

/// A plan that nobody could save is not made.
#[test]
fn where_a_plan_cannot_be_saved_it_says_so_before_it_looks() {
    let stage = Stage::new();
    let asked = stage.lab.emulator.requests().len();
    for place in ["/nonexistent/x", "/proc", "/proc/none"] {
        let said = text(&stage.run(&[], &["plan", "--out", place]).expect(2));
        assert!(said.contains(&format!("Error: the plan cannot be saved in {place}")), "{said}");
        assert!(said.contains("what to do") && said.contains("resume with"), "{said}");
    }
    assert_eq!(stage.lab.emulator.requests().len(), asked);
}

/// What is printed to carry it out does that, also in a shell where the variables are not set any more.
#[test]
fn a_plan_under_variables_is_carried_out_with_them() {
    let stage = Stage::new();
    let mut tool = stage.lab.quick_tool(&["plan", "--out", &path(&stage), "--wait-scale", "0"]);
    tool.env("DEPLOY_REDIS__MEMORY_GB", "2");
    let said = text(&support::finish(tool).expect(0));
    assert!(said.contains("with the variables that are set now:"), "{said}");
    assert!(said.contains("$ DEPLOY_REDIS__MEMORY_GB=2 "), "{said}");
}

/// Whatever has moved is named, and nothing is touched.
#[test]
fn a_plan_that_no_longer_holds_is_refused() {
    let stage = Stage::new();
    save(&stage, LARGER);
    let refused = |set: &[&str], says: &[&str]| {
        let requests = stage.lab.emulator.requests().len();
        let said = text(&carry_out(&stage, set).expect(2));
        for part in says {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert_eq!(stage.lab.emulator.writes(requests), Vec::<serde_json::Value>::new());
    };
    refused(&["redis.memory_gb=3"], &["another config", "redis.memory_gb"]);
    refused(&["redis.memory_gb=2", "project.id=codementor-two"], &["another project", "codementor-two"]);

    let mut redis = stage.lab.emulator.object(REDIS);
    redis["memorySizeGb"] = json!(4);
    stage.lab.emulator.arrange(&json!([{"key": REDIS, "data": redis}]));
    refused(
        LARGER,
        &[
            "no longer holds",
            "was ~ memory_gb 1 -> 2, is now ~ memory_gb 4 -> 2",
            "resume with $ deploy-all plan --out",
        ],
    );

    stage.again();
    let rule = "compute/projects/codementor-dev/global/firewalls/codementor-vpc-allow-ssh";
    stage.lab.emulator.arrange(&json!([{"key": rule, "remove": true}]));
    refused(LARGER, &["firewall-rule/codementor-vpc-allow-ssh was unchanged, is now +"]);

    stage.again();
    std::fs::write(path(&stage), "{\"format\": 7}").expect("it is written");
    refused(LARGER, &["format 7"]);
    std::fs::remove_file(path(&stage)).expect("it is gone");
    refused(LARGER, &["plan.json cannot be read"]);
}

/// No secret, though the plan changes some.
#[test]
fn a_plan_in_a_file_holds_no_secret() {
    let stage = Stage::new();
    let key = "secretmanager/projects/codementor-dev/secrets/database-url";
    let mut version = stage.lab.emulator.object(&format!("{key}/versions/1"));
    version["name"] = json!(version["name"].as_str().expect("a name").replace("versions/1", "versions/2"));
    let other = json!({"key": format!("{key}/versions/2"), "data": version, "hidden": {"data": "postgresql://u:hunter2@h/d"}});
    stage.lab.emulator.arrange(&json!([other]));
    save(&stage, &["cloud_run.env.LOG_LEVEL=debug"]);
    let saved = std::fs::read_to_string(path(&stage)).expect("the plan is there");
    assert!(saved.contains("secret/database-url") && saved.contains("(another secret)"));
    let secrets = stage.secrets();
    assert!(!secrets.is_empty());
    for secret in secrets.iter().map(String::as_str).chain(["hunter2"]) {
        assert!(!saved.contains(secret), "a secret is in the plan");
    }
}

/// A run of a plan that was stopped in its middle is gone on with by the same command.
#[test]
fn a_plan_that_was_begun_is_gone_on_with() {
    let stage = Stage::new();
    let set = &["redis.memory_gb=2", "cloud_run.connector.range=10.9.0.0/28"];
    let connector = "vpc-connector/codementor-connector";
    stage.run(set, &["plan", "--out", &path(&stage), "--allow-replace", connector]).expect(0);
    // The connector is deleted, and cannot be made again.
    let refusal = json!({"status": {"code": 403, "status": "PERMISSION_DENIED", "message": "Permission 'vpcaccess.connectors.create' denied"}});
    stage.lab.emulator.fault(json!({"match": "^POST .*/connectors\\?", "action": refusal}));
    carry_out(&stage, set).expect(1);
    stage.lab.emulator.lift_faults();
    assert_eq!(stage.lab.emulator.object(REDIS)["memorySizeGb"], 2);
    carry_out(&stage, set).expect(0);
    let made = "vpcaccess/projects/codementor-dev/locations/us-central1/connectors/codementor-connector";
    assert_eq!(stage.lab.emulator.object(made)["ipCidrRange"], "10.9.0.0/28");
    let (finished, rest) = stage.plan(set);
    assert_eq!((finished.code, rest), (Some(0), vec![]));
}
