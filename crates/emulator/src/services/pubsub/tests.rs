use crate::testing::Testing;
use serde_json::{Value, json};

const HOST: &str = "pubsub.googleapis.com";
const TOPICS: &str = "/v1/projects/p/topics";
const SUBSCRIPTIONS: &str = "/v1/projects/p/subscriptions";

fn with_topic() -> Testing {
    let mut t = Testing::new();
    t.ok(
        "PUT",
        HOST,
        &format!("{TOPICS}/news"),
        json!({"name": "projects/p/topics/news", "labels": {"app": "x"}}),
    );
    t
}

fn subscribed() -> Testing {
    let mut t = with_topic();
    t.ok("PUT", HOST, &format!("{SUBSCRIPTIONS}/reader"), json!({"topic": "projects/p/topics/news"}));
    t
}

fn publish(t: &mut Testing, message: Value) -> String {
    let answer = t.ok("POST", HOST, &format!("{TOPICS}/news:publish"), json!({"messages": [message]}));
    answer["messageIds"][0].as_str().unwrap().to_owned()
}

fn pull(t: &mut Testing) -> Vec<Value> {
    let answer = t.ok("POST", HOST, &format!("{SUBSCRIPTIONS}/reader:pull"), json!({"maxMessages": 10}));
    answer["receivedMessages"].as_array().cloned().unwrap_or_default()
}

#[test]
fn a_topic_lives_and_dies() {
    let mut t = with_topic();
    let shown = json!({"name": "projects/p/topics/news", "labels": {"app": "x"}});
    assert_eq!(t.ok("GET", HOST, &format!("{TOPICS}/news"), Value::Null), shown);
    // By the project's number too; the name that is answered has the id.
    assert_eq!(t.ok("GET", HOST, "/v1/projects/111/topics/news", Value::Null), shown);
    assert_eq!(t.ok("GET", HOST, TOPICS, Value::Null), json!({ "topics": [shown] }));
    assert_eq!(
        t.refused("PUT", HOST, &format!("{TOPICS}/news"), json!({})),
        (409, "Resource already exists in the project (resource=news).".into())
    );
    t.ok("DELETE", HOST, &format!("{TOPICS}/news"), Value::Null);
    let missing = (404, "Resource not found (resource=news).".to_owned());
    for (method, path) in [("GET", ""), ("DELETE", ""), ("GET", ":getIamPolicy"), ("GET", "/subscriptions")] {
        assert_eq!(
            t.refused(method, HOST, &format!("{TOPICS}/news{path}"), Value::Null),
            missing,
            "{method} {path}"
        );
    }
    let message = json!({"messages": [{"data": "YQ=="}]});
    assert_eq!(t.refused("POST", HOST, &format!("{TOPICS}/news:publish"), message), missing);
    assert_eq!(t.ok("GET", HOST, TOPICS, Value::Null), json!({}));
}

#[test]
fn names_have_a_form() {
    let mut t = Testing::new();
    for id in ["ab", "1abc", "goog-x", "a!b", &"a".repeat(256)] {
        let (status, text) = t.refused("PUT", HOST, &format!("{TOPICS}/{id}"), json!({}));
        assert!(
            status == 400 && text.starts_with("Invalid resource name given (name=projects/p/topics/"),
            "{text}"
        );
        let body = json!({"topic": "projects/p/topics/news"});
        assert_eq!(t.refused("PUT", HOST, &format!("{SUBSCRIPTIONS}/{id}"), body).0, 400, "{id}");
    }
    for id in ["abc", "a-_.~+%25b", &"a".repeat(255)] {
        t.ok("PUT", HOST, &format!("{TOPICS}/{id}"), json!({}));
    }
}

#[test]
fn an_update_changes_what_its_mask_names() {
    let mut t = with_topic();
    let target = format!("{TOPICS}/news");
    let body = json!({"topic": {"labels": {"a": "b"}, "messageRetentionDuration": "86400.0s"}, "updateMask": "labels"});
    let changed = t.ok("PATCH", HOST, &target, body);
    assert_eq!(changed, json!({"name": "projects/p/topics/news", "labels": {"a": "b"}}));
    let body = json!({"topic": {"messageRetentionDuration": "86400.0s"}, "updateMask": "message_retention_duration"});
    assert_eq!(t.ok("PATCH", HOST, &target, body)["messageRetentionDuration"], "86400s");
    let cleared = t.ok("PATCH", HOST, &target, json!({"topic": {"labels": {}}, "updateMask": "labels"}));
    assert!(cleared.get("labels").is_none(), "{cleared}");
    let (status, text) = t.refused("PATCH", HOST, &target, json!({"topic": {"labels": {"a": "b"}}}));
    assert_eq!(
        (status, text.as_str()),
        (
            400,
            "The update_mask in the UpdateTopicRequest must be set, and must contain a non-empty paths list."
        )
    );
    for (topic, mask) in [
        (json!({"name": "projects/p/topics/other"}), "name"),
        (json!({}), "colour"),
        (json!({"labels": {"App": "x"}}), "labels"),
        (json!({"messageRetentionDuration": "599s"}), "messageRetentionDuration"),
        (json!({"messageRetentionDuration": "32d"}), "messageRetentionDuration"),
        (json!({"messageRetentionDuration": "2678401s"}), "messageRetentionDuration"),
        (json!({"schemaSettings": {"schema": "x"}}), "schemaSettings"),
    ] {
        let (status, _) = t.refused("PATCH", HOST, &target, json!({"topic": topic, "updateMask": mask}));
        assert_eq!(status, 400, "{mask}");
    }
}

#[test]
fn a_subscription_has_googles_defaults_and_outlives_its_topic() {
    let mut t = subscribed();
    publish(&mut t, json!({"data": "YQ=="}));
    let mut shown = json!({"name": "projects/p/subscriptions/reader", "topic": "projects/p/topics/news",
        "ackDeadlineSeconds": 10, "messageRetentionDuration": "604800s", "expirationPolicy": {"ttl": "2678400s"},
        "pushConfig": {}, "state": "ACTIVE"});
    let target = format!("{SUBSCRIPTIONS}/reader");
    assert_eq!(t.ok("GET", HOST, &target, Value::Null), shown);
    assert_eq!(t.ok("GET", HOST, SUBSCRIPTIONS, Value::Null), json!({ "subscriptions": [shown] }));
    assert_eq!(
        t.ok("GET", HOST, &format!("{TOPICS}/news/subscriptions"), Value::Null),
        json!({"subscriptions": ["projects/p/subscriptions/reader"]})
    );
    assert_eq!(t.refused("PUT", HOST, &target, json!({"topic": "projects/p/topics/news"})).0, 409);
    t.ok("DELETE", HOST, &format!("{TOPICS}/news"), Value::Null);
    shown["topic"] = json!("_deleted-topic_");
    assert_eq!(t.ok("GET", HOST, &target, Value::Null), shown);
    // A new topic of the same name is another one.
    t.ok("PUT", HOST, &format!("{TOPICS}/news"), json!({}));
    publish(&mut t, json!({"data": "Yg=="}));
    assert_eq!(pull(&mut t).len(), 1);
    t.ok("DELETE", HOST, &target, Value::Null);
    assert_eq!(
        t.refused("POST", HOST, &format!("{target}:pull"), json!({"maxMessages": 1})),
        (404, "Resource not found (resource=reader).".into())
    );
}

#[test]
fn what_a_subscription_cannot_be() {
    let mut t = with_topic();
    let target = format!("{SUBSCRIPTIONS}/reader");
    for (body, part) in [
        (json!({"topic": "news"}), "Invalid resource name given (topic=news)"),
        (json!({"topic": "projects/p/topics/nope"}), "Resource not found (resource=nope)."),
        (
            json!({"topic": "projects/p/topics/news", "ackDeadlineSeconds": 9}),
            "Invalid ack deadline given (ack_deadline=9).",
        ),
        (json!({"topic": "projects/p/topics/news", "ackDeadlineSeconds": 601}), "between 10 and 600 seconds"),
        (json!({"topic": "projects/p/topics/news", "messageRetentionDuration": "60s"}), "too small"),
        (json!({"topic": "projects/p/topics/news", "expirationPolicy": {"ttl": "3600s"}}), "too small"),
        (
            json!({"topic": "projects/p/topics/news", "pushConfig": {"pushEndpoint": "https://x"}}),
            "not served",
        ),
        (json!({"topic": "projects/p/topics/news", "filter": "attributes:x"}), "not served"),
    ] {
        let (_, text) = t.refused("PUT", HOST, &target, body);
        assert!(text.contains(part), "{part}: {text}");
    }
    let never = json!({"topic": "projects/p/topics/news", "expirationPolicy": {}, "ackDeadlineSeconds": 60});
    assert_eq!(t.ok("PUT", HOST, &target, never)["expirationPolicy"], json!({}));
    let body =
        json!({"subscription": {"ackDeadlineSeconds": 20, "topic": "x"}, "updateMask": "ackDeadlineSeconds"});
    assert_eq!(t.ok("PATCH", HOST, &target, body)["ackDeadlineSeconds"], 20);
    assert_eq!(t.refused("PATCH", HOST, &target, json!({"subscription": {}, "updateMask": "topic"})).0, 400);
}

#[test]
fn a_message_is_handed_out_until_it_is_acknowledged() {
    let mut t = with_topic();
    publish(&mut t, json!({"data": "YQ=="}));
    t.ok("PUT", HOST, &format!("{SUBSCRIPTIONS}/reader"), json!({"topic": "projects/p/topics/news"}));
    assert!(pull(&mut t).is_empty(), "it came before the subscription");
    let first = publish(&mut t, json!({"data": "YQ==", "attributes": {"k": "v"}}));
    let second = publish(&mut t, json!({"attributes": {"k": "w"}}));
    let got = pull(&mut t);
    let ids: Vec<&Value> = got.iter().map(|received| &received["message"]["messageId"]).collect();
    assert_eq!(ids, [&json!(first), &json!(second)]);
    let message = &got[0]["message"];
    assert_eq!((&message["data"], &message["attributes"]), (&json!("YQ=="), &json!({"k": "v"})));
    assert!(message["publishTime"].as_str().unwrap().ends_with('Z'));
    assert!(pull(&mut t).is_empty(), "they are out");
    let target = format!("{SUBSCRIPTIONS}/reader");
    t.ok("POST", HOST, &format!("{target}:acknowledge"), json!({"ackIds": [got[0]["ackId"]]}));
    t.advance(11);
    let again = pull(&mut t);
    assert_eq!(again.len(), 1, "the other one was acknowledged");
    assert_eq!(again[0]["message"]["messageId"], json!(second));
    // A deadline that is modified to nothing gives it back at once, a longer one keeps it.
    let modify = |t: &mut Testing, seconds: i64| {
        let body = json!({"ackIds": [again[0]["ackId"]], "ackDeadlineSeconds": seconds});
        t.ok("POST", HOST, &format!("{target}:modifyAckDeadline"), body);
    };
    modify(&mut t, 0);
    assert_eq!(pull(&mut t).len(), 1);
    modify(&mut t, 600);
    t.advance(599);
    assert!(pull(&mut t).is_empty());
    t.advance(2);
    assert_eq!(pull(&mut t).len(), 1);
    t.advance(604_800);
    assert!(pull(&mut t).is_empty(), "nothing is kept for longer than a week");
    assert!(t.world().list("pubsub/projects/p/subscriptions/reader/messages").is_empty());
}

#[test]
fn what_cannot_be_published_pulled_or_acknowledged() {
    let mut t = subscribed();
    let many: Vec<Value> = (0..1001).map(|_| json!({"data": "YQ=="})).collect();
    for (messages, part) in [
        (
            json!([]),
            "The value for message_count is too small. You passed 0 in the request, but the minimum value is 1.",
        ),
        (json!(many), "The value for message_count is too large. You passed 1001 in the request"),
        (json!([{}]), "One or more messages in the publish request is empty."),
        (json!([{"data": "?"}]), "Base64"),
        (json!([{"attributes": {"googx": "v"}}]), "Invalid attribute"),
    ] {
        let (status, text) =
            t.refused("POST", HOST, &format!("{TOPICS}/news:publish"), json!({ "messages": messages }));
        assert!(status == 400 && text.contains(part), "{part}: {text}");
    }
    let target = format!("{SUBSCRIPTIONS}/reader");
    for (verb, body, part) in [
        (
            "pull",
            json!({"maxMessages": 0}),
            "You have passed an invalid argument to the service (argument=max_messages).",
        ),
        ("acknowledge", json!({}), "You have not specified an ack ID in the request."),
        (
            "acknowledge",
            json!({"ackIds": ["x"]}),
            "You have passed an invalid ack ID to the service (ack_id=x).",
        ),
        (
            "modifyAckDeadline",
            json!({"ackIds": ["x"], "ackDeadlineSeconds": 601}),
            "must be between 0 and 600 seconds.",
        ),
    ] {
        let (status, text) = t.refused("POST", HOST, &format!("{target}:{verb}"), body);
        assert!(status == 400 && text.contains(part), "{part}: {text}");
    }
}

#[test]
fn rights_come_from_the_topic_or_the_project() {
    let mut t = subscribed();
    let refused = (403, "User not authorized to perform this action.".to_owned());
    let message = json!({"messages": [{"data": "YQ=="}]});
    let send = format!("{TOPICS}/news:publish");
    t.principal = Some("a@example.com".to_owned());
    assert_eq!(t.refused("POST", HOST, &send, message.clone()), refused);
    // It is not told whether something is there.
    assert_eq!(t.refused("GET", HOST, &format!("{TOPICS}/nope"), Value::Null), refused);
    assert_eq!(t.refused("GET", HOST, TOPICS, Value::Null), refused);
    assert_eq!(t.refused("PUT", HOST, &format!("{TOPICS}/other"), json!({})), refused);
    t.principal = None;
    let bindings = json!([{"role": "roles/pubsub.publisher", "members": ["user:a@example.com"]}]);
    let policy = t.ok(
        "GET",
        HOST,
        &format!("{TOPICS}/news:getIamPolicy?options.requestedPolicyVersion=3"),
        Value::Null,
    );
    assert_eq!(policy, json!({"etag": "ACAB"}));
    let body = |etag: &str| json!({"policy": {"bindings": bindings, "etag": etag}});
    t.ok("POST", HOST, &format!("{TOPICS}/news:setIamPolicy"), body("ACAB"));
    assert_eq!(t.refused("POST", HOST, &format!("{TOPICS}/news:setIamPolicy"), body("ACAB")).0, 409, "stale");
    t.principal = Some("a@example.com".to_owned());
    t.ok("POST", HOST, &send, message);
    assert_eq!(t.refused("DELETE", HOST, &format!("{TOPICS}/news"), Value::Null), refused);
    let asked = json!({"permissions": ["pubsub.topics.publish", "pubsub.topics.delete"]});
    let held = t.ok("POST", HOST, &format!("{TOPICS}/news:testIamPermissions"), asked);
    assert_eq!(held, json!({"permissions": ["pubsub.topics.publish"]}));
    assert_eq!(
        t.refused("POST", HOST, &format!("{SUBSCRIPTIONS}/reader:pull"), json!({"maxMessages": 1})),
        refused
    );
    for (role, may) in
        [("roles/pubsub.subscriber", true), ("roles/pubsub.viewer", false), ("roles/pubsub.editor", true)]
    {
        let project = "cloudresourcemanager/projects/p";
        t.world()
            .set_policy(project, json!({"bindings": [{"role": role, "members": ["user:a@example.com"]}]}));
        let (status, _) =
            t.call("POST", HOST, &format!("{SUBSCRIPTIONS}/reader:pull"), json!({"maxMessages": 1}));
        assert_eq!(status == 200, may, "{role}");
    }
}

#[test]
fn a_role_of_something_else_cannot_be_given_on_a_topic() {
    let mut t = with_topic();
    let set = |t: &mut Testing, role: &str, member: &str| {
        let body = json!({"policy": {"bindings": [{"role": role, "members": [member]}]}});
        t.refused("POST", HOST, &format!("{TOPICS}/news:setIamPolicy"), body)
    };
    let (status, text) = set(&mut t, "roles/run.invoker", "user:a@example.com");
    assert_eq!((status, text.as_str()), (400, "Role roles/run.invoker is not supported for this resource."));
    let agent = "service-111@gcp-sa-secretmanager.iam.gserviceaccount.com";
    let (status, text) = set(&mut t, "roles/pubsub.publisher", &format!("serviceAccount:{agent}"));
    assert_eq!((status, text), (400, format!("Service account {agent} does not exist.")));
}

#[test]
fn it_must_be_enabled() {
    let mut t = Testing::new();
    t.world().remove("serviceusage/projects/p/services/pubsub.googleapis.com");
    let (status, text) = t.refused("PUT", HOST, &format!("{TOPICS}/news"), json!({}));
    assert!(
        status == 403 && text.starts_with("Cloud Pub/Sub API has not been used in project 111 before"),
        "{text}"
    );
}

#[test]
fn what_is_not_served_says_so() {
    let mut t = subscribed();
    let (status, text) = t.refused(
        "POST",
        HOST,
        &format!("{SUBSCRIPTIONS}/reader:seek"),
        json!({"time": "2026-01-01T00:00:00Z"}),
    );
    assert!(status == 404 && text.contains("not served"), "{text}");
}
