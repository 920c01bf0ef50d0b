use super::{AGENT, HOST, SECRETS, TOPIC, create, listen};
use crate::testing::Testing;
use serde_json::{Value, json};

fn set(t: &mut Testing, topics: Value) -> (u16, Value) {
    t.call("PATCH", HOST, &format!("{SECRETS}/s?updateMask=topics"), json!({ "topics": topics }))
}

fn message(answer: &Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or_default()
}

fn denied() -> String {
    format!(
        "Permission 'pubsub.topics.publish' denied for {AGENT} for pubsub topic: {TOPIC} or the topic doesn't exist. Grant the \
         'pubsub.topic.publish' permission (or 'roles/pubsub.publisher') on this topic to {AGENT}."
    )
}

#[test]
fn a_topic_must_be_there_and_open_to_secret_managers_own_account() {
    let mut t = Testing::new();
    let topics = json!([{"name": TOPIC}]);
    let (status, answer) = create(&mut t, "s", json!({ "topics": topics }));
    assert_eq!((status, &answer["error"]["status"]), (404, &json!("NOT_FOUND")));
    assert_eq!(message(&answer), "Topic [projects/p/topics/news] not found.");
    t.ok("PUT", "pubsub.googleapis.com", "/v1/projects/p/topics/news", json!({}));
    let (status, answer) = create(&mut t, "s", json!({ "topics": topics }));
    assert_eq!((status, &answer["error"]["status"]), (400, &json!("FAILED_PRECONDITION")));
    assert_eq!(message(&answer), denied());
    listen_without_topic(&mut t);
    assert_eq!(create(&mut t, "s", json!({ "topics": topics })).1["topics"], topics);
}

/// The project's policy lets the account publish to every topic.
fn listen_without_topic(t: &mut Testing) {
    let path = "/v1beta1/projects/p/services/secretmanager.googleapis.com:generateServiceIdentity";
    t.ok("POST", "serviceusage.googleapis.com", path, Value::Null);
    let project = "cloudresourcemanager/projects/p";
    assert!(!t.world().policy(project).to_string().contains(AGENT), "it gets no role by itself");
    crate::policy::grant(
        &mut t.world(),
        project,
        "roles/pubsub.publisher",
        &format!("serviceAccount:{AGENT}"),
    );
}

#[test]
fn topics_are_looked_at_only_when_they_are_sent() {
    let mut t = Testing::new();
    listen(&mut t);
    create(&mut t, "s", json!({"topics": [{"name": TOPIC}]}));
    t.world().set_policy("pubsub/projects/p/topics/news", json!({"etag": "ACAB"}));
    t.ok("PATCH", HOST, &format!("{SECRETS}/s?updateMask=labels"), json!({"labels": {"a": "b"}}));
    let (status, answer) = set(&mut t, json!([{"name": TOPIC}]));
    assert_eq!((status, message(&answer)), (400, denied().as_str()));
    let cleared = set(&mut t, Value::Null);
    assert!(cleared.0 == 200 && cleared.1.get("topics").is_none(), "{cleared:?}");
}

#[test]
fn a_list_of_topics_has_limits() {
    let mut t = Testing::new();
    listen(&mut t);
    create(&mut t, "s", json!({}));
    let many: Vec<Value> = (0..11).map(|n| json!({"name": format!("projects/p/topics/t{n}")})).collect();
    for (topics, text) in [
        (json!(many), "No more than 10 topics can be configured on a secret."),
        (json!([{"name": TOPIC}, {"name": TOPIC}]), "Topics must have distinct names."),
        (json!([{"name": "news"}]), "Failed to Publish to topic [news], got an error from Pub/Sub."),
        (
            json!([{"name": "projects/p/topics/"}]),
            "Failed to Publish to topic [projects/p/topics/], got an error from Pub/Sub.",
        ),
    ] {
        let (status, answer) = set(&mut t, topics);
        assert_eq!((status, &answer["error"]["status"]), (400, &json!("INVALID_ARGUMENT")), "{text}");
        assert_eq!(message(&answer), text);
    }
}

#[test]
fn a_right_that_was_just_given_may_not_be_known_yet() {
    let mut t = Testing::new();
    listen(&mut t);
    t.script(json!({"name": "publisher-not-effective", "times": 2}));
    let (_, answer) = create(&mut t, "s", json!({"topics": [{"name": TOPIC}]}));
    assert_eq!(message(&answer), denied());
    assert_eq!(create(&mut t, "s", json!({})).0, 200, "it has no topic");
    assert_eq!(set(&mut t, json!([{"name": TOPIC}])).0, 200);
}
