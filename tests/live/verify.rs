//! Each acceptance check fails when what it looks at is not so. The world is changed behind the tool's back, and put back
//! after each.

use crate::{deployed, look};
use serde_json::{Value, json};
use support::{Finished, Lab};

const PROJECT: &str = "cloudresourcemanager/projects/codementor-dev";
const SQL: &str = "sqladmin/projects/codementor-dev/instances/codementor-db";
const REDIS: &str = "redis/projects/codementor-dev/locations/us-central1/instances/codementor-cache";
const RUN: &str = "run/projects/codementor-dev/locations/us-central1/services/codementor-backend";
const CONNECTOR: &str =
    "vpcaccess/projects/codementor-dev/locations/us-central1/connectors/codementor-connector";
const FIREWALLS: &str = "compute/projects/codementor-dev/global/firewalls";
const SECRETS: &str = "secretmanager/projects/codementor-dev/secrets";
const ARCHIVE: &str = "storage/b/codementor-logs-codementor-dev";

fn json(finished: &Finished) -> Value {
    serde_json::from_str(&finished.stdout)
        .unwrap_or_else(|e| panic!("{e}: {}{}", finished.stdout, finished.stderr))
}

/// `verdict resource: what`, of the checks that did not pass.
fn complaints(verification: &Value) -> Vec<String> {
    let checks = verification["checks"].as_array().expect("a list").iter();
    let text = |check: &Value, field: &str| check[field].as_str().unwrap_or_default().to_owned();
    checks
        .filter(|check| check["verdict"] != "passed")
        .map(|check| {
            format!("{} {}: {}", text(check, "verdict"), text(check, "resource"), text(check, "what"))
        })
        .collect()
}

/// What is normal in the first hours.
const NOT_YET: &str = "pending log-sink/codementor-logs-archive: delivery";

/// What a fresh deployment has to be said of: Google's own grant.
const WARNED: &str = "warned project/codementor-dev: roles of the default compute account";

/// A change of one field of an object; null removes it.
fn with(lab: &Lab, key: &str, pointer: &str, value: Value) -> Value {
    let mut data = lab.emulator.object(key);
    let (parent, field) = pointer.rsplit_once('/').expect("a pointer");
    data.pointer_mut(parent).unwrap_or_else(|| panic!("{key} has no {parent}"))[field] = value;
    json!({"key": key, "data": data})
}

/// A further binding in a policy.
fn granted(lab: &Lab, key: &str, role: &str, member: &str) -> Value {
    let mut policy = lab.emulator.world()["objects"][key]["policy"].clone();
    policy["bindings"].as_array_mut().expect("bindings").push(json!({"role": role, "members": [member]}));
    json!({"key": key, "policy": policy})
}

/// Makes each change alone, and expects exit 3 and just this complaint among those of a fresh deployment.
fn each_is_seen(lab: &Lab, cases: Vec<(Value, &str)>) {
    let saved = lab.folder().join("saved.json");
    lab.emulator.save(&saved);
    for (change, complaint) in cases {
        let changes = if change.is_array() { change } else { json!([change]) };
        lab.emulator.arrange(&changes);
        let verification =
            json(&lab.deploy_all(&["verify", "--output", "json", "--wait-scale", "0"]).expect(3));
        let complaints = complaints(&verification);
        let expected = format!("failed {complaint}");
        assert!(complaints.contains(&expected), "{expected} in {complaints:#?}");
        let failed = verification["checks"].as_array().expect("a list").iter().find(|check| {
            format!("{}: {}", check["resource"].as_str().unwrap_or(""), check["what"].as_str().unwrap_or(""))
                == complaint
        });
        let failed = failed.expect("it was found before");
        assert_ne!(failed["expected"], failed["found"], "{failed}");
        lab.emulator.load(&saved);
    }
    lab.deploy_all(&["verify", "--wait-scale", "0"]).expect(0);
}

#[test]
fn a_fresh_deployment_is_accepted() {
    let lab = deployed();
    let (finished, processes) = look(&lab, &["verify", "--output", "json"]);
    let verification = json(&finished.expect(0));
    assert_eq!(complaints(&verification), [WARNED, NOT_YET]);
    assert_eq!(verification["unchecked"], json!([]));
    assert_eq!(verification["gcloud_commands"], processes as u64);
    let passed: Vec<String> = verification["checks"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|check| check["what"].as_str().unwrap_or_default().to_owned())
        .collect();
    for what in
        ["APIs", "SSH", "TLS", "backups", "AUTH", "holds", "ready", "GET /health", "writer", "password"]
    {
        assert!(passed.contains(&what.to_owned()), "{what} in {passed:?}");
    }
    assert_eq!(lab.emulator.violations(), json!([]));
    let words = lab.deploy_all(&["verify", "--wait-scale", "0"]).expect(0).stdout;
    assert!(words.contains("Accepted."), "{words}");
}

#[test]
fn the_projects_checks() {
    let lab = deployed();
    let run = "serviceAccount:codementor-run@codementor-dev.iam.gserviceaccount.com";
    let number = lab.emulator.object(PROJECT)["projectNumber"].as_str().expect("a number").to_owned();
    let compute = format!("serviceAccount:{number}-compute@developer.gserviceaccount.com");
    let accounts = "project/codementor-dev: roles of the deployment's accounts on the project";
    let billing = "cloudbilling/projects/codementor-dev/billingInfo";
    let cases = vec![
        (granted(&lab, PROJECT, "roles/editor", run), accounts),
        (granted(&lab, PROJECT, "roles/secretmanager.secretAccessor", run), accounts),
        (granted(&lab, PROJECT, "roles/owner", &compute), accounts),
        (
            granted(&lab, PROJECT, "roles/viewer", "allUsers"),
            "project/codementor-dev: roles of the public on the project",
        ),
        (
            with(&lab, billing, "/billingEnabled", json!(false)),
            "billing-link/codementor-dev: billing account",
        ),
        (
            json!({"key": "serviceusage/projects/codementor-dev/services/cloudtrace.googleapis.com", "remove": true}),
            "apis/required: APIs",
        ),
    ];
    each_is_seen(&lab, cases);

    let mut policy = lab.emulator.world()["objects"][PROJECT]["policy"].clone();
    policy["bindings"].as_array_mut().expect("bindings").retain(|binding| binding["role"] != "roles/editor");
    lab.emulator.arrange(&json!([{"key": PROJECT, "policy": policy}]));
    let verification = json(&lab.deploy_all(&["verify", "--output", "json", "--wait-scale", "0"]).expect(0));
    assert_eq!(complaints(&verification), [NOT_YET], "without Google's grant nothing is left to say");
}

#[test]
fn the_networks_checks() {
    let lab = deployed();
    let ours = format!("{FIREWALLS}/codementor-vpc-allow-ssh");
    let mut another = lab.emulator.object(&ours);
    another["name"] = json!("somebody-elses");
    another["sourceRanges"] = json!(["203.0.113.0/24"]);
    another["allowed"] = json!([{"IPProtocol": "all"}]);
    let ssh = "network/codementor-vpc: SSH";
    let addresses = "network/codementor-vpc: public addresses of the project";
    let cases = vec![
        (with(&lab, &ours, "/sourceRanges", json!(["0.0.0.0/0"])), ssh),
        (json!({"key": format!("{FIREWALLS}/somebody-elses"), "data": another}), ssh),
        (
            json!({"key": "compute/projects/codementor-dev/global/addresses/front", "data": {
                "name": "front", "address": "203.0.113.9", "addressType": "EXTERNAL", "status": "RESERVED",
            }}),
            addresses,
        ),
        (
            json!({"key": "compute/projects/codementor-dev/regions/europe-west1/addresses/nat", "data": {
                "name": "nat", "address": "203.0.113.10", "addressType": "EXTERNAL", "status": "IN_USE",
                "region": "https://www.googleapis.com/compute/v1/projects/codementor-dev/regions/europe-west1",
            }}),
            addresses,
        ),
        (
            json!({"key": "compute/projects/codementor-dev/global/forwardingRules/web", "data": {
                "name": "web", "IPAddress": "203.0.113.11", "loadBalancingScheme": "EXTERNAL_MANAGED",
            }}),
            addresses,
        ),
        (
            json!({"key": "compute/projects/codementor-dev/zones/us-central1-a/instances/jump", "data": {
                "name": "jump", "status": "RUNNING",
                "zone": "https://www.googleapis.com/compute/v1/projects/codementor-dev/zones/us-central1-a",
                "networkInterfaces": [{"networkIP": "10.128.0.9", "accessConfigs": [{"type": "ONE_TO_ONE_NAT", "natIP": "203.0.113.12"}]}],
            }}),
            addresses,
        ),
    ];
    each_is_seen(&lab, cases);
    // What is inside is nobody's business.
    lab.emulator.arrange(&json!([
        {"key": "compute/projects/codementor-dev/regions/us-central1/forwardingRules/inside", "data": {
            "name": "inside", "IPAddress": "10.128.0.10", "loadBalancingScheme": "INTERNAL",
            "region": "https://www.googleapis.com/compute/v1/projects/codementor-dev/regions/us-central1",
        }},
        {"key": "compute/projects/codementor-dev/zones/us-central1-a/instances/worker", "data": {
            "name": "worker", "status": "RUNNING",
            "zone": "https://www.googleapis.com/compute/v1/projects/codementor-dev/zones/us-central1-a",
            "networkInterfaces": [{"networkIP": "10.128.0.9"}],
        }},
    ]));
    lab.deploy_all(&["verify", "--wait-scale", "0"]).expect(0);
    assert_eq!(lab.emulator.violations(), json!([]));
}

#[test]
fn the_databases_checks() {
    let lab = deployed();
    let instance = |what: &str| -> &'static str { format!("sql-instance/codementor-db: {what}").leak() };
    let public = json!([{"type": "PRIMARY", "ipAddress": "203.0.113.7"}, {"type": "PRIVATE", "ipAddress": "10.20.0.2"}]);
    let settings = "/settings/ipConfiguration";
    let backups = "/settings/backupConfiguration";
    let password = format!("{SECRETS}/db-password");
    let newest = format!("{password}/versions/1");
    let cases = vec![
        (with(&lab, SQL, "/state", json!("ONLINE_MAINTENANCE")), instance("state")),
        (with(&lab, SQL, "/state", json!("FAILED")), instance("exists")),
        (with(&lab, SQL, "/ipAddresses", public), instance("address")),
        (with(&lab, SQL, &format!("{settings}/ipv4Enabled"), json!(true)), instance("address")),
        (with(&lab, SQL, "/ipAddresses", json!([])), instance("address")),
        (
            with(&lab, SQL, &format!("{settings}/sslMode"), json!("ALLOW_UNENCRYPTED_AND_ENCRYPTED")),
            instance("TLS"),
        ),
        (with(&lab, SQL, &format!("{backups}/enabled"), json!(false)), instance("backups")),
        (
            with(&lab, SQL, &format!("{backups}/pointInTimeRecoveryEnabled"), json!(false)),
            instance("point-in-time recovery"),
        ),
        (with(&lab, &newest, "/state", json!("DISABLED")), "secret/db-password: value"),
        (json!({"key": newest, "remove": true}), "secret/db-password: value"),
        (json!({"key": newest, "hidden": {"data": "another"}}), "secret/database-url: holds"),
        (
            json!({"key": format!("{SECRETS}/database-url/versions/1"), "hidden": {"data": "postgresql://elsewhere"}}),
            "secret/database-url: holds",
        ),
        (with(&lab, &password, "/annotations", json!({})), "sql-user/codementor: password"),
        (
            json!({"key": format!("{SQL}/databases/codementor"), "remove": true}),
            "sql-database/codementor: exists",
        ),
    ];
    each_is_seen(&lab, cases);
    let protected =
        ["verify", "--set", "database.deletion_protection=true", "--output", "json", "--wait-scale", "0"];
    let complaints = complaints(&json(&lab.deploy_all(&protected).expect(3)));
    assert!(complaints.contains(&format!("failed {}", instance("deletion protection"))), "{complaints:?}");
}

#[test]
fn the_caches_checks() {
    let lab = deployed();
    let instance = |what: &str| -> &'static str { format!("redis-instance/codementor-cache: {what}").leak() };
    let cases = vec![
        (with(&lab, REDIS, "/state", json!("MAINTENANCE")), instance("exists")),
        (with(&lab, REDIS, "/authEnabled", json!(false)), instance("AUTH")),
        (with(&lab, REDIS, "/transitEncryptionMode", json!("DISABLED")), instance("TLS")),
        (with(&lab, REDIS, "/host", json!("203.0.113.8")), instance("address")),
        (with(&lab, REDIS, "/connectMode", json!("DIRECT_PEERING")), instance("connected by")),
        (with(&lab, REDIS, "/host", json!("10.20.9.9")), "secret/redis-url: holds"),
        (
            json!({"key": format!("{SECRETS}/redis-ca/versions/1"), "hidden": {"data": "another"}}),
            "secret/redis-ca: holds",
        ),
        (json!({"key": format!("{SECRETS}/redis-url"), "remove": true}), "secret/redis-url: exists"),
    ];
    each_is_seen(&lab, cases);
}

#[test]
fn the_services_and_the_archives_checks() {
    let lab = deployed();
    let service = |what: &str| -> &'static str { format!("run-service/codementor-backend: {what}").leak() };
    let unready = json!([{"type": "Ready", "status": "False", "message": "it does not start"}]);
    let account = "/spec/template/spec/serviceAccountName";
    let nobody = json!({"bindings": [], "etag": "AAAAAAAAAAE=", "version": 1});
    let mut inside = lab.emulator.object(RUN);
    inside["metadata"]["annotations"]["run.googleapis.com/ingress"] = json!("internal");
    let cases = vec![
        (
            with(&lab, CONNECTOR, "/state", json!("STATE_UNSPECIFIED")),
            "vpc-connector/codementor-connector: state",
        ),
        (with(&lab, CONNECTOR, "/state", json!("ERROR")), "vpc-connector/codementor-connector: exists"),
        (with(&lab, RUN, "/status/conditions", unready), service("ready")),
        (with(&lab, RUN, account, json!("1-compute@developer.gserviceaccount.com")), service("runs as")),
        (json!({"key": RUN, "policy": nobody}), service("GET /health")),
        (json!({"key": RUN, "data": inside}), service("GET /health")),
        (
            with(&lab, ARCHIVE, "/iamConfiguration/publicAccessPrevention", json!("inherited")),
            "bucket/codementor-logs-codementor-dev: public access",
        ),
        (json!({"key": ARCHIVE, "policy": nobody}), "log-sink/codementor-logs-archive: writer"),
    ];
    each_is_seen(&lab, cases);
}

#[test]
fn delivery_is_seen_or_not_yet_and_late_after_three_hours() {
    let lab = deployed();
    let delivery = || {
        let verification =
            json(&lab.deploy_all(&["verify", "--output", "json", "--wait-scale", "0"]).expect(0));
        let checks = verification["checks"].as_array().expect("a list").clone();
        checks.into_iter().find(|check| check["what"] == "delivery").expect("it was looked at")
    };
    assert_eq!(delivery()["verdict"], "pending");
    let sink = "logging/projects/codementor-dev/sinks/codementor-logs-archive";
    lab.emulator.arrange(&json!([with(&lab, sink, "/createTime", json!("2026-01-02T03:04:05Z"))]));
    assert_eq!(delivery()["verdict"], "warned");
    let name = "run.googleapis.com/stdout/2026/01/02/03:00:00_03:59:59_S0.json";
    let object =
        json!({"name": name, "bucket": "codementor-logs-codementor-dev", "generation": "1", "size": "2"});
    lab.emulator.arrange(&json!([{"key": format!("{ARCHIVE}/o/{name}"), "data": object}]));
    let seen = delivery();
    assert_eq!((&seen["verdict"], &seen["found"]), (&json!("passed"), &json!(name)));
}

#[test]
fn a_private_service_refuses_strangers_and_that_is_right() {
    let lab = Lab::standin();
    let private = ["--set", "cloud_run.public=false", "--wait-scale", "0"];
    lab.deploy_all(&[&["--yes"], &private[..]].concat()).expect(0);
    let verification =
        json(&lab.deploy_all(&[&["verify", "--output", "json"], &private[..]].concat()).expect(0));
    let checks = verification["checks"].as_array().expect("a list").clone();
    let asked = checks.iter().find(|check| check["what"] == "GET /health").expect("it was asked");
    assert_eq!((&asked["found"], &asked["verdict"]), (&json!("403"), &json!("passed")));
    let public = lab.deploy_all(&["verify", "--output", "json", "--wait-scale", "0"]).expect(3);
    assert!(
        complaints(&json(&public)).contains(&"failed run-service/codementor-backend: GET /health".to_owned())
    );
}

#[test]
fn a_service_that_answers_with_an_error_is_not_accepted_and_one_that_does_not_answer_is_unknown() {
    let lab = deployed();
    let health = "GET codementor-backend-.*run.app/health";
    lab.emulator.fault(json!({"match": health, "times": 1, "action": {"status": {"code": 500}}}));
    let failed = json(&lab.deploy_all(&["verify", "--output", "json", "--wait-scale", "0"]).expect(3));
    let asked = |verdict: &str| format!("{verdict} run-service/codementor-backend: GET /health");
    assert!(complaints(&failed).contains(&asked("failed")), "{failed}");
    lab.emulator.fault(json!({"match": health, "times": 1, "action": {"drop_before": {}}}));
    let unknown = json(&lab.deploy_all(&["verify", "--output", "json", "--wait-scale", "0"]).expect(1));
    assert!(complaints(&unknown).contains(&asked("unknown")), "{unknown}");
}

#[test]
fn a_budget_is_accepted_only_as_configured() {
    let lab = Lab::standin();
    let budget = ["--set", "budget.monthly_amount=100", "--wait-scale", "0"];
    lab.deploy_all(&[&["--yes"], &budget[..]].concat()).expect(0);
    let verify = |budget: &[&str], code| {
        let finished = lab.deploy_all(&[&["verify", "--output", "json"], budget].concat()).expect(code);
        complaints(&json(&finished))
    };
    assert_eq!(verify(&budget, 0), [WARNED, NOT_YET]);
    let other = ["--set", "budget.monthly_amount=70", "--wait-scale", "0"];
    assert_eq!(verify(&other, 3), [WARNED, "failed budget/codementor-dev: budget", NOT_YET]);
}

#[test]
fn what_could_not_be_read_is_unknown_and_what_is_missing_hides_what_needs_it() {
    let lab = deployed();
    lab.emulator.fault(json!({
        "match": "GET logging.*/sinks", "times": 100,
        "action": {"status": {"code": 403, "status": "PERMISSION_DENIED", "message": "not you"}},
    }));
    let unknown = json(&lab.deploy_all(&["verify", "--output", "json", "--wait-scale", "0"]).expect(1));
    assert!(
        complaints(&unknown).contains(&"unknown log-sink/codementor-logs-archive: exists".to_owned()),
        "{:?}",
        complaints(&unknown)
    );
    let empty = Lab::standin();
    let missing = json(&empty.deploy_all(&["verify", "--output", "json", "--wait-scale", "0"]).expect(3));
    assert_eq!(complaints(&missing)[0], "failed project/codementor-dev: exists");
    assert!(missing["unchecked"].as_array().is_some_and(|list| list.len() > 40), "{missing}");
}
