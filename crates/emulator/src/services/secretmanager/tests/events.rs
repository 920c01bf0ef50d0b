use super::{HOST, SECRETS, TOPIC, add, create, heard, kinds, listen};
use crate::testing::Testing;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

fn listening() -> Testing {
    let mut t = Testing::new();
    listen(&mut t);
    let (status, answer) = create(&mut t, "s", json!({"topics": [{"name": TOPIC}]}));
    assert_eq!(status, 200, "{answer}");
    t
}

fn data(message: &Value) -> Value {
    serde_json::from_slice(&STANDARD.decode(message["data"].as_str().unwrap()).unwrap()).unwrap()
}

#[test]
fn new_topics_are_tried_out_and_told_of_the_secret() {
    let mut t = listening();
    let told = heard(&mut t);
    assert_eq!(told[0]["attributes"]["eventType"], "TOPIC_CONFIGURED");
    assert!(told[0].get("data").is_none(), "{}", told[0]);
    assert_eq!(told[1]["attributes"]["eventType"], "SECRET_CREATE");
    assert_eq!(data(&told[1]), t.ok("GET", HOST, &format!("{SECRETS}/s"), Value::Null));
    create(&mut t, "other", json!({}));
    assert!(heard(&mut t).is_empty(), "it has no topic");
    let topics = json!({"topics": [{"name": TOPIC}]});
    t.ok("PATCH", HOST, &format!("{SECRETS}/other?updateMask=topics"), topics.clone());
    assert_eq!(kinds(&mut t), ["TOPIC_CONFIGURED", "SECRET_UPDATE"]);
    t.ok("PATCH", HOST, &format!("{SECRETS}/other?updateMask=topics"), topics);
    assert_eq!(kinds(&mut t), ["SECRET_UPDATE"], "they are the same");
    t.ok("PATCH", HOST, &format!("{SECRETS}/other?updateMask=topics"), json!({}));
    assert!(heard(&mut t).is_empty(), "nobody is left to be told");
}

#[test]
fn what_happens_to_versions_is_told_without_their_values() {
    let mut t = listening();
    heard(&mut t);
    let version = add(&mut t, "the-value-itself");
    let told = heard(&mut t);
    let attributes = &told[0]["attributes"];
    assert_eq!(attributes["eventType"], "SECRET_VERSION_ADD");
    assert_eq!(attributes["secretId"], "projects/111/secrets/s");
    assert_eq!(attributes["versionId"], "projects/111/secrets/s/versions/1");
    assert_eq!(data(&told[0]), version);
    for verb in ["disable", "enable", "destroy"] {
        t.ok("POST", HOST, &format!("{SECRETS}/s/versions/1:{verb}"), json!({}));
    }
    assert_eq!(kinds(&mut t), ["SECRET_VERSION_DISABLE", "SECRET_VERSION_ENABLE", "SECRET_VERSION_DESTROY"]);
    let later = json!({"versionDestroyTtl": "86400s"});
    t.ok("PATCH", HOST, &format!("{SECRETS}/s?updateMask=versionDestroyTtl"), later);
    add(&mut t, "the-value-itself");
    t.ok("POST", HOST, &format!("{SECRETS}/s/versions/2:destroy"), json!({}));
    t.ok("GET", HOST, &format!("{SECRETS}/s/versions/2"), Value::Null);
    let told = heard(&mut t);
    assert_eq!(told.last().unwrap()["attributes"]["eventType"], "SECRET_VERSION_DESTROY_SCHEDULED");
    assert_eq!(told.len(), 3, "reading is not told");
    let all = t.world().shown().to_string();
    let value = STANDARD.encode("the-value-itself");
    assert!(!all.contains("the-value-itself") && !all.contains(&value));
}

#[test]
fn a_deletion_is_told() {
    let mut t = listening();
    heard(&mut t);
    t.ok("DELETE", HOST, &format!("{SECRETS}/s"), Value::Null);
    let told = heard(&mut t);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["attributes"]["eventType"], "SECRET_DELETE");
    assert_eq!(told[0]["attributes"]["deleteType"], "REQUESTED");
    assert_eq!(data(&told[0])["name"], "projects/111/secrets/s");
}

#[test]
fn who_may_not_publish_any_more_tells_nothing() {
    let mut t = listening();
    heard(&mut t);
    t.world().set_policy("pubsub/projects/p/topics/news", json!({"etag": "ACAB"}));
    add(&mut t, "v");
    assert!(heard(&mut t).is_empty());
}
