//! A second connector, a second Redis instance: made beside the first, which goes once nothing uses it any more. The service is
//! never without one.

use crate::stage::{Stage, lines};
use serde_json::{Value, json};
use support::Running;

const PLACE: &str = "projects/codementor-dev/locations/us-central1";
const FIRST: &str = "- vpc-connector/codementor-connector";
const CACHE: &str = "redis-instance/codementor-cache";

/// Fewer instances, which no connector can be brought to, under another name.
const SMALLER: &[&str] = &[
    "cloud_run.connector.name=second",
    "cloud_run.connector.range=10.9.0.0/28",
    "cloud_run.connector.max_instances=3",
];
/// Another tier, under another name.
const STANDARD: &[&str] = &["redis.instance=second-cache", "redis.tier=standard"];

fn there(stage: &Stage, key: &str) -> bool {
    stage.lab.emulator.world()["objects"][key].is_object()
}

fn connector(name: &str) -> String {
    format!("vpcaccess/{PLACE}/connectors/{name}")
}

fn cache(name: &str) -> String {
    format!("redis/{PLACE}/instances/{name}")
}

/// The changes of connectors and of the service, in their order.
fn history(stage: &Stage, from: usize) -> Vec<String> {
    let kinds = ["/connectors", "/services/codementor-backend", "/instances"];
    let told = |request: Value| {
        let path = request["path"].as_str().unwrap_or_default().to_owned();
        let kind = kinds.iter().find(|kind| path.contains(*kind) && !path.contains("/sql/"))?;
        let end = path.split(kind).nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
        Some(format!("{} {kind}{end}", request["method"].as_str().unwrap_or_default()))
    };
    stage.lab.emulator.writes(from).into_iter().filter_map(told).collect()
}

/// All is as configured, and another plan finds nothing to do.
fn settled(stage: &Stage, set: &[&str]) {
    let (finished, rest) = stage.plan(set);
    assert_eq!((finished.code, rest), (Some(0), vec![]));
    assert_eq!(json!([]), stage.lab.emulator.violations());
}

#[test]
fn a_smaller_connector_is_made_beside_the_first_which_goes_last() {
    let stage = Stage::new();
    let before = stage.lab.emulator.requests().len();
    let run = stage.run(SMALLER, &["--yes", "--output", "json"]).expect(0);
    let planned = lines(&Stage::planned(&run));
    assert_eq!(
        planned,
        [
            "~ firewall-rule/codementor-vpc-allow-internal source_ranges 10.128.0.0/20,10.8.0.0/28 -> 10.128.0.0/20,10.9.0.0/28",
            "+ vpc-connector/second",
            "~ run-service/codementor-backend egress through codementor-connector -> through second",
            FIRST,
        ]
    );
    assert_eq!(
        history(&stage, before),
        ["POST /connectors", "PUT /services/codementor-backend", "DELETE /connectors/codementor-connector",]
    );
    assert!(!there(&stage, &connector("codementor-connector")));
    assert_eq!(stage.lab.emulator.object(&connector("second"))["maxInstances"], 3);
    settled(&stage, SMALLER);
}

#[test]
fn killed_at_every_change_it_goes_on_and_the_service_is_never_without_a_connector() {
    let stage = Stage::new();
    for (pattern, point) in [
        ("^POST .*/connectors\\?", "request"),
        ("^POST .*/connectors\\?", "operation"),
        ("^PUT .*/services/codementor-backend", "request"),
        ("^PUT .*/services/codementor-backend", "answer"),
        ("^DELETE .*/connectors/", "request"),
        ("^DELETE .*/connectors/", "operation"),
    ] {
        stage.again();
        stage.lab.emulator.hold_first(pattern, point);
        let run = Running::start(stage.prepared(SMALLER, &["--yes"]));
        stage.lab.emulator.wait_held(pattern);
        run.kill();
        stage.lab.emulator.release();
        stage.run(SMALLER, &["--yes"]).expect(0);
        let history = history(&stage, 0);
        let at = |line: &str| history.iter().position(|told| told == line);
        let gone = at("DELETE /connectors/codementor-connector");
        assert!(at("POST /connectors") < at("PUT /services/codementor-backend"), "{pattern}: {history:?}");
        assert!(at("PUT /services/codementor-backend") < gone && gone.is_some(), "{pattern}: {history:?}");
        assert!(!history.iter().any(|told| told == "DELETE /connectors/second"), "{history:?}");
        assert!(!there(&stage, &connector("codementor-connector")), "{pattern} {point}");
        settled(&stage, SMALLER);
    }
}

/// A deployment of which the journal knows nothing: somebody else's, as far as this tool can tell.
#[test]
fn a_connector_that_nothing_says_we_made_stays_and_is_told_of() {
    let stage = Stage::new();
    stage.run(&[], &["reset", "--yes"]).expect(0);
    let run = stage.run(SMALLER, &["--yes"]).expect(0);
    let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("codementor-connector stays when the service has left it"), "{said}");
    assert!(said.contains("vpc-access connectors delete codementor-connector"), "{said}");
    assert!(there(&stage, &connector("codementor-connector")));
    settled(&stage, SMALLER);
}

#[test]
fn a_connector_that_something_still_goes_through_is_left_over() {
    let stage = Stage::new();
    let service = format!("run/{PLACE}/services/codementor-backend");
    let old = stage.lab.emulator.object(&service)["status"]["latestReadyRevisionName"].clone();
    // Somebody chose the revision that serves, by which the new one does not.
    let mut world = stage.lab.emulator.world()["objects"][&service].clone();
    for place in ["spec", "status"] {
        world["data"][place]["traffic"] = json!([{"revisionName": old, "percent": 100}]);
    }
    stage.lab.emulator.arrange(&json!([{"key": service, "data": world["data"]}]));
    let run = stage.run(SMALLER, &["--yes"]).expect(0);
    let said = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(&format!("{} still serves", old.as_str().expect("a name"))), "{said}");
    assert!(said.contains("gcloud run services update-traffic codementor-backend --to-latest"), "{said}");
    assert!(there(&stage, &connector("codementor-connector")));
    let mut data = stage.lab.emulator.object(&service);
    let newest = data["status"]["latestReadyRevisionName"].clone();
    assert_ne!(newest, old);
    data["spec"]["traffic"] = json!([{"latestRevision": true, "percent": 100}]);
    data["status"]["traffic"] = json!([{"latestRevision": true, "percent": 100, "revisionName": newest}]);
    stage.lab.emulator.arrange(&json!([{"key": service, "data": data}]));
    // Another service went through it.
    let mut other = data.clone();
    let template = &mut other["spec"]["template"]["metadata"]["annotations"];
    template["run.googleapis.com/vpc-access-connector"] = json!("codementor-connector");
    other["metadata"]["name"] = json!("other");
    let other_key = format!("run/{PLACE}/services/other");
    stage.lab.emulator.arrange(&json!([{"key": other_key, "data": other}]));
    let run = stage.run(SMALLER, &["--yes"]).expect(0);
    assert!(run.stdout.contains("the service other goes through it"), "{}", run.stdout);
    assert!(there(&stage, &connector("codementor-connector")));
    stage.lab.emulator.arrange(&json!([{"key": other_key, "remove": true}]));
    stage.run(SMALLER, &["--yes"]).expect(0);
    assert!(!there(&stage, &connector("codementor-connector")));
    settled(&stage, SMALLER);
}

#[test]
fn a_second_cache_takes_over_and_the_first_goes_where_that_is_permitted() {
    let stage = Stage::new();
    let before = stage.lab.emulator.requests().len();
    stage.run(STANDARD, &["--yes"]).expect(0);
    // The new instance, and then a revision that reads its URL.
    assert_eq!(history(&stage, before), ["POST /instances", "PUT /services/codementor-backend"]);
    assert_eq!(stage.lab.emulator.object(&cache("second-cache"))["tier"], "STANDARD_HA");
    // It holds data: it stays, and is told of, and no difference.
    let (finished, rest) = stage.plan(STANDARD);
    assert_eq!((finished.code, rest), (Some(0), vec![]));
    assert!(finished.stdout.contains(&format!("--allow-replace {CACHE}")), "{}", finished.stdout);
    let status = stage.run(STANDARD, &["status", "-v"]).expect(0);
    assert!(status.stdout.contains(CACHE), "{}", status.stdout);
    let before = stage.lab.emulator.requests().len();
    let permit = ["--yes", "--allow-replace", CACHE, "--output", "json"];
    let run = stage.run(STANDARD, &permit).expect(0);
    let items = Stage::planned(&run);
    assert_eq!(lines(&items), [format!("- {CACHE}")]);
    let item = items.iter().find(|item| item["action"] == "delete").expect("a deletion");
    assert!(item["data"].as_str().is_some_and(|text| text.contains("lost")), "{item}");
    assert_eq!(history(&stage, before), ["DELETE /instances/codementor-cache"]);
    assert!(!there(&stage, &cache("codementor-cache")));
    settled(&stage, STANDARD);
    // Gone, it can be named no more.
    let unknown = stage.run(STANDARD, &["--yes", "--allow-replace", CACHE]).expect(2);
    assert!(unknown.stderr.contains("no step keeps a resource of this address"), "{}", unknown.stderr);
}

#[test]
fn a_second_cache_is_gone_on_with_until_the_service_reads_it() {
    let stage = Stage::new();
    for (pattern, point) in [
        ("^POST .*/instances\\?", "operation"),
        ("^POST .*/secrets/redis-url:addVersion", "answer"),
        ("^PUT .*/services/codementor-backend", "request"),
    ] {
        stage.again();
        stage.lab.emulator.hold_first(pattern, point);
        let run = Running::start(stage.prepared(STANDARD, &["--yes"]));
        stage.lab.emulator.wait_held(pattern);
        run.kill();
        stage.lab.emulator.release();
        stage.run(STANDARD, &["--yes"]).expect(0);
        let history = history(&stage, 0);
        assert_eq!(history.last().map(String::as_str), Some("PUT /services/codementor-backend"), "{pattern}");
        settled(&stage, STANDARD);
    }
}

#[test]
fn a_destroy_takes_former_ones_too() {
    let stage = Stage::new();
    stage.run(STANDARD, &["--yes"]).expect(0);
    // Stopped before the service has left the first connector: both are there.
    let pattern = "^PUT .*/services/codementor-backend";
    stage.lab.emulator.hold_first(pattern, "request");
    let set = [STANDARD, SMALLER].concat();
    let run = Running::start(stage.prepared(&set, &["--yes"]));
    stage.lab.emulator.wait_held(pattern);
    run.kill();
    stage.lab.emulator.release();
    stage.run(&set, &["destroy", "--yes", "--confirm", "codementor-dev"]).expect(0);
    let world = stage.lab.emulator.world();
    let left = world["objects"].as_object().expect("objects").keys();
    let kinds = ["/connectors/", "/instances/", "/networks/codementor-vpc"];
    let left: Vec<&String> = left.filter(|key| kinds.iter().any(|kind| key.contains(kind))).collect();
    assert!(left.is_empty(), "{left:?}");
}
