//! What Google cannot change in place: replaced only where it is permitted by name, and gone on with wherever it was stopped.

use crate::stage::Stage;
use serde_json::{Value, json};
use support::Running;

const CONNECTOR: &str =
    "vpcaccess/projects/codementor-dev/locations/us-central1/connectors/codementor-connector";
const RUN: &str = "run/projects/codementor-dev/locations/us-central1/services/codementor-backend";
const RANGE: &[&str] = &["cloud_run.connector.range=10.9.0.0/28"];
const PERMIT: &[&str] = &["--yes", "--allow-replace", "vpc-connector/codementor-connector"];

fn revision(stage: &Stage) -> Value {
    stage.lab.emulator.object(RUN)["status"]["latestReadyRevisionName"].clone()
}

/// All is as configured, and another plan finds nothing to do.
fn settled(stage: &Stage) {
    assert_eq!(stage.lab.emulator.object(CONNECTOR)["ipCidrRange"], "10.9.0.0/28");
    assert_eq!(stage.lab.emulator.object(CONNECTOR)["state"], "READY");
    let (finished, rest) = stage.plan(RANGE);
    assert_eq!((finished.code, rest), (Some(0), vec![]));
}

#[test]
fn a_connector_with_another_range_is_made_anew_and_the_service_goes_through_it() {
    let stage = Stage::new();
    let before = revision(&stage);
    let run = stage.run(RANGE, &[PERMIT, &["--output", "json"]].concat()).expect(0);
    let planned = crate::stage::lines(&Stage::planned(&run));
    assert_eq!(
        planned,
        [
            "~ firewall-rule/codementor-vpc-allow-internal source_ranges 10.128.0.0/20,10.8.0.0/28 -> 10.128.0.0/20,10.9.0.0/28",
            "-/+ vpc-connector/codementor-connector range 10.8.0.0/28 -> 10.9.0.0/28",
            "~ run-service/codementor-backend vpc-connector/codementor-connector the old one -> the new one",
        ]
    );
    let replaced =
        Stage::planned(&run).into_iter().find(|item| item["action"] == "replace").expect("a replacement");
    assert!(replaced["interrupts"].as_str().is_some_and(|text| text.contains("neither database nor Redis")));
    assert!(replaced["expected_seconds"].as_u64().is_some_and(|seconds| seconds > 150));
    assert_ne!(revision(&stage), before, "a new revision");
    settled(&stage);
}

/// `kill -9` once this request or operation is in Google's hands.
fn killed_at(stage: &Stage, pattern: &str, point: &str) {
    stage.again();
    stage.lab.emulator.hold_first(pattern, point);
    let run = Running::start(stage.prepared(RANGE, PERMIT));
    stage.lab.emulator.wait_held(pattern);
    run.kill();
    stage.lab.emulator.release();
}

#[test]
fn a_replacement_that_was_killed_is_gone_on_with() {
    let stage = Stage::new();
    let before = revision(&stage);
    // Before it is deleted: the permission is asked for once more.
    killed_at(&stage, "^DELETE .*/connectors/", "request");
    stage.run(RANGE, PERMIT).expect(0);
    settled(&stage);
    // While it is deleted, and between the two: what is gone is made, without a permission.
    for (pattern, point) in [("^DELETE .*/connectors/", "operation"), ("^POST .*/connectors\\?", "request")] {
        killed_at(&stage, pattern, point);
        stage.run(RANGE, &["--yes"]).expect(0);
        settled(&stage);
        assert_ne!(revision(&stage), before, "{pattern}: a new revision");
    }
    // While it is made, which is waited for; and before the service has its new revision.
    for (pattern, point) in
        [("^POST .*/connectors\\?", "operation"), ("^PUT .*/services/codementor-backend", "request")]
    {
        killed_at(&stage, pattern, point);
        stage.run(RANGE, &["--yes"]).expect(0);
        settled(&stage);
        assert_ne!(revision(&stage), before, "{pattern}: a new revision");
    }
}

#[test]
fn a_subnet_that_nothing_is_in_moves() {
    let stage = Stage::new();
    let set = &["network.range=10.130.0.0/20"];
    stage.run(set, &["--yes", "--allow-replace", "subnet/codementor-subnet"]).expect(0);
    let subnet = "compute/projects/codementor-dev/regions/us-central1/subnetworks/codementor-subnet";
    assert_eq!(stage.lab.emulator.object(subnet)["ipCidrRange"], "10.130.0.0/20");
    let (finished, rest) = stage.plan(set);
    assert_eq!((finished.code, rest), (Some(0), vec![]));
}

/// No permission makes this tool delete data; the error says which way there is.
#[test]
fn what_holds_data_is_never_replaced() {
    let stage = Stage::new();
    let cases: &[(&[&str], &str, &str)] = &[
        (&["database.version=POSTGRES_16"], "sql-instance/codementor-db", "--database-version=POSTGRES_16"),
        (
            &["redis.tier=standard"],
            "redis-instance/codementor-cache",
            "gcloud redis instances export gs://BUCKET/codementor-cache.rdb codementor-cache",
        ),
        (
            &["project.region=europe-west1", "project.zone=europe-west1-b"],
            "bucket/codementor-logs-codementor-dev",
            "copy what gs://codementor-logs-codementor-dev holds",
        ),
    ];
    for (set, address, way) in cases {
        let requests = stage.lab.emulator.requests().len();
        let refused = stage.run(set, &["--yes", "--allow-replace", address]).expect(2);
        let said =
            format!("{}{}", refused.stdout, refused.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(way), "{way}: {said}");
        assert!(!said.contains(&format!("made again: --allow-replace {address}")), "{said}");
        assert_eq!(stage.lab.emulator.writes(requests), Vec::<Value>::new());
    }
    let unknown = stage.run(&[], &["--yes", "--allow-replace", "vpc-connector/another"]).expect(2);
    assert!(unknown.stderr.contains("no step keeps a resource of this address"), "{}", unknown.stderr);
    assert_eq!(json!([]), stage.lab.emulator.violations());
}
