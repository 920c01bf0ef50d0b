mod events;
mod rotation;
mod topics;

use crate::testing::Testing;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const HOST: &str = "secretmanager.googleapis.com";
const SECRETS: &str = "/v1/projects/p/secrets";
const TOPIC: &str = "projects/p/topics/news";
const AGENT: &str = "service-111@gcp-sa-secretmanager.iam.gserviceaccount.com";

fn create(t: &mut Testing, id: &str, extra: Value) -> (u16, Value) {
    let mut body = json!({"replication": {"automatic": {}}});
    crate::world::merge(&mut body, &extra);
    t.call("POST", HOST, &format!("{SECRETS}?secretId={id}"), body)
}

fn add(t: &mut Testing, value: &str) -> Value {
    let body = json!({"payload": {"data": STANDARD.encode(value), "dataCrc32c": crc32c::crc32c(value.as_bytes()).to_string()}});
    t.ok("POST", HOST, &format!("{SECRETS}/s:addVersion"), body)
}

/// Makes a topic that Secret Manager may publish to, and a subscription that has all it publishes.
fn listen(t: &mut Testing) {
    let pubsub = "pubsub.googleapis.com";
    t.ok("PUT", pubsub, "/v1/projects/p/topics/news", json!({}));
    t.ok("PUT", pubsub, "/v1/projects/p/subscriptions/reader", json!({"topic": TOPIC}));
    let path = "/v1beta1/projects/p/services/secretmanager.googleapis.com:generateServiceIdentity";
    t.ok("POST", "serviceusage.googleapis.com", path, Value::Null);
    let binding = json!({"role": "roles/pubsub.publisher", "members": [format!("serviceAccount:{AGENT}")]});
    let body = json!({"policy": {"bindings": [binding]}});
    t.ok("POST", pubsub, "/v1/projects/p/topics/news:setIamPolicy", body);
}

/// What was published since the last time: the messages, acknowledged.
fn heard(t: &mut Testing) -> Vec<Value> {
    let (pubsub, reader) = ("pubsub.googleapis.com", "/v1/projects/p/subscriptions/reader");
    let answer = t.ok("POST", pubsub, &format!("{reader}:pull"), json!({"maxMessages": 1000}));
    let received = answer["receivedMessages"].as_array().cloned().unwrap_or_default();
    let acks: Vec<&Value> = received.iter().map(|message| &message["ackId"]).collect();
    if !acks.is_empty() {
        t.ok("POST", pubsub, &format!("{reader}:acknowledge"), json!({ "ackIds": acks }));
    }
    received.iter().map(|received| received["message"].clone()).collect()
}

/// What kinds of events were published since the last time.
fn kinds(t: &mut Testing) -> Vec<String> {
    heard(t).iter().map(|message| message["attributes"]["eventType"].as_str().unwrap().to_owned()).collect()
}

/// So many seconds from the emulator's now.
fn ahead(t: &mut Testing, seconds: i64) -> String {
    let mut world = t.world();
    world.catch_up();
    let at = world.now.checked_add(jiff::SignedDuration::from_secs(seconds)).unwrap();
    format!("{at:.0}")
}

fn access(t: &mut Testing, version: &str) -> (u16, Value) {
    t.call("GET", HOST, &format!("{SECRETS}/s/versions/{version}:access"), Value::Null)
}

#[test]
fn a_value_comes_back_and_latest_is_the_newest() {
    let mut t = Testing::new();
    assert_eq!(create(&mut t, "s", json!({"labels": {"app": "x"}})).0, 200);
    let (status, text) = t.refused("GET", HOST, &format!("{SECRETS}/s/versions/latest:access"), Value::Null);
    assert_eq!(
        (status, text.as_str()),
        (404, "Secret [projects/111/secrets/s] not found or has no versions.")
    );
    assert_eq!(add(&mut t, "one")["name"], "projects/111/secrets/s/versions/1");
    for _ in 0..9 {
        add(&mut t, "more");
    }
    assert_eq!(add(&mut t, "pä/ss")["name"], "projects/111/secrets/s/versions/11");
    let (_, answer) = access(&mut t, "latest");
    assert_eq!(answer["name"], "projects/111/secrets/s/versions/11");
    assert_eq!(answer["payload"]["data"], STANDARD.encode("pä/ss"));
    assert_eq!(answer["payload"]["dataCrc32c"], crc32c::crc32c("pä/ss".as_bytes()).to_string());
    let listed = t.ok("GET", HOST, &format!("{SECRETS}/s/versions?pageSize=0"), Value::Null);
    assert_eq!(listed["totalSize"], 11);
    assert_eq!(listed["versions"][0]["name"], "projects/111/secrets/s/versions/11");
    let world = t.world();
    let shown = world.shown();
    let hidden = &shown["objects"]["secretmanager/projects/p/secrets/s/versions/11"]["hidden"]["data"];
    assert_eq!(hidden, &json!(world.digest("pä/ss")));
}

#[test]
fn a_disabled_latest_is_refused_and_a_destroyed_one_is_gone() {
    let mut t = Testing::new();
    create(&mut t, "s", json!({}));
    add(&mut t, "one");
    add(&mut t, "two");
    let versions = format!("{SECRETS}/s/versions");
    t.ok("POST", HOST, &format!("{versions}/2:disable"), json!({}));
    let (status, answer) = access(&mut t, "latest");
    assert_eq!((status, &answer["error"]["status"]), (400, &json!("FAILED_PRECONDITION")));
    assert_eq!(
        answer["error"]["message"],
        "Secret Version [projects/111/secrets/s/versions/2] is in DISABLED state."
    );
    t.ok("POST", HOST, &format!("{versions}/2:enable"), json!({}));
    assert_eq!(access(&mut t, "latest").0, 200);
    let gone = t.ok("POST", HOST, &format!("{versions}/2:destroy"), json!({}));
    assert_eq!(gone["state"], "DESTROYED");
    assert_eq!(t.refused("POST", HOST, &format!("{versions}/2:enable"), json!({})).0, 400);
    assert_eq!(access(&mut t, "2").0, 400);
    assert!(t.world().hidden("secretmanager/projects/p/secrets/s/versions/2").is_null());
    assert_eq!(t.refused("GET", HOST, &format!("{versions}/9:access"), Value::Null).0, 404);
}

#[test]
fn what_google_refuses() {
    let mut t = Testing::new();
    assert_eq!(create(&mut t, "a.b", json!({})).0, 400);
    assert_eq!(create(&mut t, "s", json!({"replication": {"automatic": null}})).0, 400, "no replication");
    assert_eq!(create(&mut t, "s", json!({"labels": {"App": "x"}})).0, 400, "upper case label");
    assert_eq!(create(&mut t, "s", json!({"annotations": {"-x": "y"}})).0, 400);
    assert_eq!(create(&mut t, "s", json!({})).0, 200);
    let (status, answer) = create(&mut t, "s", json!({}));
    assert_eq!((status, &answer["error"]["status"]), (409, &json!("ALREADY_EXISTS")));
    let wrong = json!({"payload": {"data": "YQ==", "dataCrc32c": "1"}});
    assert_eq!(t.refused("POST", HOST, &format!("{SECRETS}/s:addVersion"), wrong).0, 400, "checksum");
    let big = json!({"payload": {"data": STANDARD.encode(vec![b'a'; 64 * 1024 + 1])}});
    assert_eq!(t.refused("POST", HOST, &format!("{SECRETS}/s:addVersion"), big).0, 400, "size");
    assert_eq!(t.refused("POST", HOST, &format!("{SECRETS}/s:addVersion"), json!({})).0, 400, "no payload");
    let (status, text) = t.refused("GET", HOST, &format!("{SECRETS}/nope"), Value::Null);
    assert_eq!((status, text.as_str()), (404, "Secret [projects/111/secrets/nope] not found."));
}

#[test]
fn an_update_honours_its_mask_and_the_etag() {
    let mut t = Testing::new();
    let (_, made) = create(&mut t, "s", json!({"labels": {"app": "x"}}));
    let target = format!("{SECRETS}/s?updateMask=annotations");
    let body = json!({"annotations": {"set-from": "1"}, "labels": {"app": "other"}, "etag": made["etag"]});
    let changed = t.ok("PATCH", HOST, &target, body.clone());
    assert_eq!(changed["annotations"], json!({"set-from": "1"}));
    assert_eq!(changed["labels"], json!({"app": "x"}), "not in the mask");
    assert_eq!(t.refused("PATCH", HOST, &target, body).0, 400, "stale etag");
    assert_eq!(t.refused("PATCH", HOST, &format!("{SECRETS}/s"), json!({})).0, 400, "no mask");
    let fixed = t.refused("PATCH", HOST, &format!("{SECRETS}/s?updateMask=replication"), json!({}));
    assert_eq!(fixed.0, 400);
    let alias = json!({"versionAliases": {"stable": "7"}});
    let aliases = format!("{SECRETS}/s?updateMask=version_aliases");
    assert_eq!(t.refused("PATCH", HOST, &aliases, alias).0, 400, "no such version");
    add(&mut t, "one");
    t.ok("PATCH", HOST, &aliases, json!({"versionAliases": {"stable": "1"}}));
    assert_eq!(access(&mut t, "stable").0, 200);
}

#[test]
fn a_secret_that_is_deleted_takes_its_versions_along() {
    let mut t = Testing::new();
    create(&mut t, "s", json!({}));
    add(&mut t, "one");
    t.ok("DELETE", HOST, &format!("{SECRETS}/s"), Value::Null);
    create(&mut t, "s", json!({}));
    assert_eq!(access(&mut t, "latest").0, 404);
    assert_eq!(add(&mut t, "two")["name"], "projects/111/secrets/s/versions/1");
}

#[test]
fn regional_secrets_are_not_served() {
    let mut t = Testing::new();
    let (status, _) = t.refused("GET", HOST, "/v1/projects/p/locations/us-central1/secrets", Value::Null);
    assert_eq!(status, 404);
}

#[test]
fn a_caller_without_rights_is_told_which() {
    let mut t = Testing::new();
    create(&mut t, "s", json!({}));
    add(&mut t, "one");
    t.principal = Some("nobody@example.com".to_owned());
    let (status, text) = t.refused("GET", HOST, &format!("{SECRETS}/s/versions/latest:access"), Value::Null);
    assert_eq!(status, 403);
    assert_eq!(
        text,
        "Permission 'secretmanager.versions.access' denied for resource 'projects/111/secrets/s/versions/latest' (or it may not exist)."
    );
}
