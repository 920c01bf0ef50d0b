//! What holds for any request: an answer of Google's shape, and no panic.

use crate::testing::Testing;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::cell::RefCell;

/// Places that parse text: filters, field masks, page tokens, order, member and binding grammars.
const TARGETS: &[(&str, &str, &str)] = &[
    ("GET", "cloudresourcemanager.googleapis.com", "/v1/projects?filter="),
    ("GET", "compute.googleapis.com", "/compute/v1/projects/p/global/networks?filter="),
    ("GET", "compute.googleapis.com", "/compute/v1/projects/p/global/firewalls?orderBy="),
    ("GET", "compute.googleapis.com", "/compute/v1/projects/p/aggregated/subnetworks?filter="),
    ("GET", "secretmanager.googleapis.com", "/v1/projects/p/secrets?filter="),
    ("GET", "secretmanager.googleapis.com", "/v1/projects/p/secrets?pageToken="),
    ("GET", "monitoring.googleapis.com", "/v3/projects/p/alertPolicies?filter="),
    ("GET", "monitoring.googleapis.com", "/v3/projects/p/timeSeries?filter="),
    ("GET", "logging.googleapis.com", "/v2/projects/p/sinks?pageToken="),
    ("GET", "serviceusage.googleapis.com", "/v1/projects/p/services?filter="),
    ("PATCH", "redis.googleapis.com", "/v1/projects/p/locations/us-central1/instances/i?updateMask="),
    ("PATCH", "logging.googleapis.com", "/v2/projects/p/locations/global/buckets/_Default?updateMask="),
    ("PATCH", "secretmanager.googleapis.com", "/v1/projects/p/secrets/s?updateMask="),
    ("PUT", "pubsub.googleapis.com", "/v1/projects/p/topics/"),
    ("PUT", "pubsub.googleapis.com", "/v1/projects/p/subscriptions/sub?x="),
    ("POST", "pubsub.googleapis.com", "/v1/projects/p/topics/news:publish?x="),
    ("GET", "pubsub.googleapis.com", "/v1/projects/p/topics?pageToken="),
    ("POST", "logging.googleapis.com", "/v2/entries:list?x="),
    ("POST", "secretmanager.googleapis.com", "/v1/projects/p/secrets?secretId="),
    ("POST", "compute.googleapis.com", "/compute/v1/projects/p/global/networks?requestId="),
    ("POST", "logging.googleapis.com", "/v2/projects/p/metrics?x="),
    ("POST", "logging.googleapis.com", "/v2/projects/p/sinks?x="),
    ("POST", "monitoring.googleapis.com", "/v3/projects/p/alertPolicies?x="),
    ("POST", "cloudresourcemanager.googleapis.com", "/v1/projects/p:setIamPolicy?x="),
    ("POST", "sqladmin.googleapis.com", "/sql/v1beta4/projects/p/instances?x="),
    ("POST", "cloudbuild.googleapis.com", "/v1/projects/p/triggers?x="),
];

/// Something like a filter.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        3 => proptest::sample::select(vec![
            "name", "eq", "ne", "=", "!=", ":", ">=", "AND", "OR", "NOT", "-", "(", ")", "\"", "'", "*", "a.b", "labels.x",
            "resource.type", "metric.type", "one_of(", "starts_with(\"", "LOG_ID(", "=~", "timestamp", ",", "\\", "\\\"", ".",
            "2026-01-01T00:00:00Z", "severity", "ERROR", "[", "[a-", "(?", "{1000}{1000}", "%", "é", "state:ENABLED",
        ])
        .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    proptest::collection::vec(word, 0..10)
        .prop_flat_map(|words| prop_oneof![Just(words.join(" ")), Just(words.concat())])
}

fn body() -> impl Strategy<Value = Value> {
    let name = prop_oneof![
        5 => proptest::sample::select(vec![
            "name", "filter", "resourceNames", "policy", "bindings", "members", "role", "etag", "settings", "tier", "labels",
            "replication", "automatic", "conditions", "combiner", "displayName", "conditionThreshold", "aggregations",
            "destination", "metricDescriptor", "build", "steps", "databaseVersion", "ipConfiguration", "autoCreateSubnetworks",
            "retentionDays", "memorySizeGb", "displayName", "version", "condition", "expression", "duration", "args",
            "topic", "topics", "rotation", "nextRotationTime", "rotationPeriod", "messages", "attributes", "data",
        ])
        .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|x| json!(x)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            1 => proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            3 => proptest::collection::vec((name.clone(), inner), 0..6).prop_map(|f| Value::Object(f.into_iter().collect())),
        ]
    })
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

thread_local! {
    // Certificates are made once, not for each case.
    static WORLD: RefCell<Testing> = RefCell::new(Testing::new());
}

fn ask(method: &str, host: &str, target: &str, body: Value) -> (u16, Value) {
    WORLD.with(|world| world.borrow_mut().call(method, host, target, body))
}

proptest! {
    #[test]
    fn any_text_in_a_query_is_answered((method, host, target) in proptest::sample::select(TARGETS), text in text()) {
        let (status, answer) = ask(method, host, &format!("{target}{}", encoded(&text)), json!({}));
        prop_assert!((200..500).contains(&status) || status == 501, "{status}: {answer}");
        prop_assert!(status == 200 || answer["error"]["message"].is_string() || answer["error"].is_array(), "{answer}");
    }

    #[test]
    fn any_body_is_answered((method, host, target) in proptest::sample::select(TARGETS), body in body()) {
        let (status, answer) = ask(method, host, target, body);
        prop_assert!((200..500).contains(&status) || status == 501, "{status}: {answer}");
    }

    #[test]
    fn any_path_is_answered(
        method in "GET|POST|PUT|PATCH|DELETE|HEAD|[A-Z]{1,8}",
        (_, host, target) in proptest::sample::select(TARGETS),
        tail in "[a-zA-Z0-9/:._%?&=-]{0,40}",
    ) {
        let path = target.split('?').next().unwrap_or_default();
        let (status, _) = ask(&method, host, &format!("{path}{tail}"), Value::Null);
        prop_assert!((200..500).contains(&status) || status == 501, "{status}");
    }
}

/// As deep as a request line, or the longest filter in a body, can be: the parsers call themselves for every level.
#[test]
fn a_deep_nest_is_refused_and_ends_nothing() {
    for (method, host, target) in TARGETS.iter().filter(|(_, _, target)| target.ends_with("filter=")) {
        for opening in ["(", "NOT ", "-(", "a AND (", "NOT("] {
            let text = opening.repeat(20_000 / opening.len());
            let (status, _) = ask(method, host, &format!("{target}{}", encoded(&text)), Value::Null);
            assert!(status < 500, "{host} {opening}");
        }
    }
    let filter = "(".repeat(19_999);
    for (host, target, body) in [
        (
            "logging.googleapis.com",
            "/v2/entries:list",
            json!({"resourceNames": ["projects/p"], "filter": filter}),
        ),
        ("logging.googleapis.com", "/v2/projects/p/metrics", json!({"name": "m", "filter": filter})),
    ] {
        assert!(ask("POST", host, target, body).0 < 500);
    }
}
