use crate::{deployed, look};
use serde_json::{Value, json};
use support::{Finished, Lab};

const REDIS: &str = "redis/projects/codementor-dev/locations/us-central1/instances/codementor-cache";

fn json(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}{}", finished.stdout, finished.stderr))
}

/// How the resources stand that are not present or left out.
fn others(status: &Value) -> Vec<String> {
    let rows = status["resources"].as_array().expect("a list").iter();
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let dull = ["present", "absent", "left_out"];
    rows.filter(|row| !dull.iter().any(|state| row["state"] == *state))
        .map(|row| format!("{} {}", text(row, "state"), text(row, "resource")))
        .collect()
}

#[test]
fn right_after_a_deploy_everything_is_present() {
    let lab = deployed();
    let (finished, processes) = look(&lab, &["status", "--output", "json"]);
    let status = json(&finished.expect(0));
    assert_eq!(others(&status), Vec::<String>::new());
    assert_eq!(status["last_run"]["kind"], "deploy");
    assert_eq!(status["last_run"]["outcome"], "succeeded");
    assert!(status["lock"].is_null());
    assert!(status["outputs"]["service.url"].is_string());
    assert_eq!(status["gcloud_commands"], processes as u64);
    let (plan, same) = look(&lab, &["plan"]);
    plan.expect(0);
    assert_eq!(processes, same, "as many processes as a plan");
}

#[test]
fn each_thing_that_happened_behind_the_tools_back_is_told_as_what_it_is() {
    let lab = deployed();
    let mut redis = lab.emulator.object(REDIS);
    redis["memorySizeGb"] = json!(3);
    let service = "run/projects/codementor-dev/locations/us-central1/services/codementor-backend";
    lab.emulator.arrange(&json!([
        {"key": REDIS, "data": redis},
        {"key": "compute/projects/codementor-dev/global/firewalls/codementor-vpc-allow-ssh", "remove": true},
        {"key": service, "remove": true},
    ]));
    lab.emulator.fault(json!({
        "match": "GET logging.*/sinks", "times": 100,
        "action": {"status": {"code": 403, "status": "PERMISSION_DENIED", "message": "not you"}},
    }));
    let (finished, _) = look(&lab, &["status", "--output", "json"]);
    let status = json(&finished.expect(3));
    let others = others(&status);
    for expected in [
        "missing firewall-rule/codementor-vpc-allow-ssh",
        "drifted redis-instance/codementor-cache",
        "missing run-service/codementor-backend",
        "unchecked iam-binding/run-service/codementor-backend/run.invoker/allUsers",
        "unknown log-sink/codementor-logs-archive",
        "unchecked uptime-check/codementor-backend",
    ] {
        assert!(others.contains(&expected.to_owned()), "{expected} in {others:#?}");
    }
    let row = |resource: &str| {
        let rows = status["resources"].as_array().expect("a list");
        rows.iter().find(|row| row["resource"] == resource).cloned().unwrap_or_default()
    };
    let drift = json!([{"field": "memory_gb", "old": "3", "new": "1"}]);
    assert_eq!(row("redis-instance/codementor-cache")["fields"], drift);
    assert!(
        row("log-sink/codementor-logs-archive")["why"].as_str().is_some_and(|why| why.contains("not you"))
    );
    assert_eq!(row("uptime-check/codementor-backend")["why"], "run-service/codementor-backend is missing");
    assert!(status["outputs"]["service.url"].is_null(), "what is gone tells nothing");
}

/// What runs is told to run, though something that it needs is gone.
#[test]
fn a_running_service_whose_secrets_are_gone_is_not_told_to_be_missing() {
    let lab = deployed();
    lab.step(&["03-redis", "--destroy", "--confirm", "codementor-dev", "--wait-scale", "0"]).expect(0);
    let (finished, processes) = look(&lab, &["status", "--output", "json"]);
    let status = json(&finished.expect(3));
    assert_eq!(
        others(&status),
        [
            "missing redis-instance/codementor-cache",
            "missing secret/redis-url",
            "missing secret/redis-ca",
            "unchecked iam-binding/secret/redis-ca/secretmanager.secretAccessor/codementor-run",
            "unchecked iam-binding/secret/redis-url/secretmanager.secretAccessor/codementor-run",
        ]
    );
    assert!(status["outputs"]["service.url"].is_string());
    let (plan, same) = look(&lab, &["plan"]);
    plan.expect(0);
    assert_eq!(processes, same, "as many processes as a plan");
}

#[test]
fn what_could_not_be_read_is_not_taken_for_a_difference() {
    let lab = deployed();
    lab.emulator.fault(json!({
        "match": "GET logging.*/sinks", "times": 100,
        "action": {"status": {"code": 403, "status": "PERMISSION_DENIED", "message": "not you"}},
    }));
    let (finished, _) = look(&lab, &["status"]);
    let finished = finished.expect(1);
    assert!(finished.stdout.contains("unknown    log-sink/codementor-logs-archive"), "{}", finished.stdout);
    assert!(finished.stdout.contains("not everything could be read"), "{}", finished.stdout);
}

#[test]
fn a_run_at_work_is_named_and_not_waited_for() {
    let lab = Lab::standin();
    lab.emulator.hold("POST redis.*/instances", "operation");
    let deploy = lab.start(&["--yes", "--wait-scale", "0"]);
    lab.emulator.wait_held("POST redis.*/instances");
    let status = lab.deploy_all(&["status", "--output", "json", "--wait-scale", "0"]);
    let status = json(&status.expect(3));
    assert!(
        status["lock"].as_str().is_some_and(|who| who.contains("deploy-all --yes")),
        "{}",
        status["lock"]
    );
    assert_eq!(status["last_run"]["outcome"], "at work");
    let others = others(&status);
    assert!(others.contains(&"busy redis-instance/codementor-cache".to_owned()), "{others:#?}");
    lab.emulator.release();
    deploy.finish().expect(0);
}

#[test]
fn a_run_that_stopped_and_one_that_was_killed_are_told() {
    let lab = Lab::standin();
    lab.emulator.fault(json!({"name": "redis-quota", "times": 1}));
    lab.deploy_all(&["--yes", "--wait-scale", "0"]).expect(1);
    let outcome = || {
        let (finished, _) = look(&lab, &["status", "--output", "json"]);
        json(&finished.expect(3))["last_run"]["outcome"].clone()
    };
    assert_eq!(outcome(), "stopped before its end");
    lab.emulator.lift_faults();
    lab.emulator.hold("POST redis.*/instances", "operation");
    let deploy = lab.start(&["--yes", "--wait-scale", "0"]);
    lab.emulator.wait_held("POST redis.*/instances");
    deploy.kill();
    assert_eq!(outcome(), "died");
    lab.emulator.release();
}

#[test]
fn the_page_names_every_resource() {
    let lab = deployed();
    let (page, _) = look(&lab, &["status", "--markdown"]);
    let page = page.expect(0).stdout;
    assert!(page.starts_with("# Deployment status: codementor-dev (dev)\n"), "{page}");
    for part in
        ["| `redis-instance/codementor-cache` | present |", "## 06-monitoring", "| service.url | <https://"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
}

#[test]
fn of_a_new_project_everything_is_missing_and_nothing_is_asked_twice() {
    let lab = Lab::standin();
    let (finished, processes) = look(&lab, &["status", "--output", "json"]);
    let status = json(&finished.expect(3));
    let others = others(&status);
    assert_eq!(others[0], "missing project/codementor-dev");
    assert!(
        others.iter().skip(1).all(|one| one.starts_with("unchecked ") || one.contains("build-file")),
        "{others:#?}"
    );
    assert_eq!(status["last_run"], Value::Null);
    assert_eq!(processes, 4);
}
