use super::{Act, Family, all, arrange, find, parse};
use crate::testing::Testing;
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const REDIS: &str = "redis.googleapis.com";
const INSTANCES: &str = "/v1/projects/p/locations/us-central1/instances?instanceId=x";

fn instance() -> Value {
    json!({"tier": "BASIC", "memorySizeGb": 1, "redisVersion": "REDIS_7_0"})
}

#[test]
fn every_entry_is_whole() {
    let names: BTreeSet<&str> = all().map(|fault| fault.name).collect();
    assert_eq!(names.len(), all().count(), "each name once");
    for fault in all() {
        let name = fault.name;
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "{name}");
        assert!(!fault.about.ends_with('.') && fault.about.len() > 20 && fault.source.len() > 8, "{name}");
        Regex::new(fault.on).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(arrange::is_known(name), matches!(fault.act, Act::Arrange), "{name}");
        assert!((1..=5).contains(&fault.requests), "{name}");
        match fault.act {
            Act::Refuse(code, _, text, detail) | Act::RefuseForAWhile(code, _, text, detail) => {
                assert!((400..600).contains(&code) && !text.is_empty(), "{name}");
                assert!(
                    detail.is_empty() || serde_json::from_str::<Value>(detail).unwrap()["@type"].is_string()
                );
            }
            Act::Unseen(keys) => {
                keys.iter().for_each(|key| drop(Regex::new(key).unwrap_or_else(|e| panic!("{name}: {e}"))));
            }
            _ => {}
        }
    }
    for family in [Family::Transient, Family::Propagation, Family::Ambiguous, Family::State, Family::Human] {
        assert!(all().filter(|fault| fault.family == family).count() >= 5, "{}", family.name());
    }
}

#[test]
fn a_fault_is_asked_for_by_name_and_may_strike_elsewhere() {
    let one = |value: Value| parse(value).unwrap().remove(0);
    let once = one(json!({"name": "unavailable", "times": 1}));
    assert_eq!((once.name.as_str(), once.times), ("unavailable", Some(5)), "gcloud tries five times");
    assert_eq!(one(json!({"name": "unavailable"})).times, None);
    assert_eq!(one(json!({"name": "unavailable", "times": 2, "requests": 1})).times, Some(2));
    let elsewhere = one(json!({"name": "unavailable", "match": "POST x", "nth": 2, "times": null}));
    assert_eq!((elsewhere.pattern.as_str(), elsewhere.nth), ("POST x", 2));
    let written_out = json!([{"match": "POST", "action": {"drop_before": {}}}, {"name": "reset"}]);
    assert_eq!(parse(written_out).unwrap().len(), 2);
    assert!(parse(json!({"name": "no-such-thing"})).unwrap_err().contains("no-such-thing"));
    assert!(parse(json!({"name": "reset", "tmies": 1})).is_err());
    assert!(find("redis-quota").is_some());
}

#[test]
fn a_refusal_names_the_project_the_host_and_the_metric() {
    let mut t = Testing::new();
    t.script(json!([{"name": "rate-limit", "times": 1}, {"name": "metric-not-visible", "times": 1}]));
    let (status, answer) = t.call("POST", REDIS, INSTANCES, instance());
    assert_eq!(status, 429);
    assert!(
        answer["error"]["message"]
            .as_str()
            .unwrap()
            .ends_with("of service 'redis.googleapis.com' for consumer 'project_number:111'.")
    );
    assert_eq!(answer["error"]["details"][0]["metadata"]["consumer"], "projects/111");
    let condition =
        json!({"conditionThreshold": {"filter": "metric.type=\"run.googleapis.com/request_count\""}});
    let policy = json!({"conditions": [condition]});
    let (_, text) = t.refused("POST", "monitoring.googleapis.com", "/v3/projects/p/alertPolicies", policy);
    assert!(text.contains("type = \"run.googleapis.com/request_count\". If"), "{text}");
}

#[test]
fn a_server_that_has_not_heard_of_the_api_yet_says_that_it_is_off() {
    let mut t = Testing::new();
    t.script(json!({"name": "api-not-visible", "times": 1}));
    let (status, text) = t.refused("POST", REDIS, INSTANCES, instance());
    assert!(status == 403 && text.contains("has not been used in project 111 before"), "{text}");
    let (_, text) = t.refused("POST", REDIS, INSTANCES, instance());
    assert!(!text.contains("has not been used"), "the next server knows: {text}");
    assert!(t.world().api_enabled("p", REDIS), "nothing is lost");
}

#[test]
fn an_operation_that_is_only_reported_as_failed_has_done_its_work() {
    let mut t = Testing::new();
    t.script(json!({"name": "made-but-reported-failed", "match": "POST vpcaccess", "times": 1}));
    t.world().put("compute/projects/p/global/networks/default", json!({"name": "default"}));
    let host = "vpcaccess.googleapis.com";
    let body = json!({"network": "default", "ipCidrRange": "10.8.0.0/28"});
    let base = "/v1/projects/p/locations/us-central1/connectors";
    let operation = t.ok("POST", host, &format!("{base}?connectorId=one-two"), body);
    assert_eq!(operation["error"]["message"], "an internal error has occurred");
    assert_eq!(t.ok("GET", host, &format!("{base}/one-two"), Value::Null)["state"], "READY");
}

#[test]
fn an_operation_can_outlast_its_client() {
    let mut t = Testing::new();
    let host = "vpcaccess.googleapis.com";
    let base = "/v1/projects/p/locations/us-central1/connectors";
    t.script(
        json!({"match": "POST vpcaccess", "action": {"outlast": {"look": "GET .*/connectors/", "looks": 2}}}),
    );
    t.world().put("compute/projects/p/global/networks/default", json!({"name": "default"}));
    let body = json!({"network": "default", "ipCidrRange": "10.8.0.0/28"});
    let operation = t.ok("POST", host, &format!("{base}?connectorId=one-two"), body);
    let wait = format!("/v1/{}", operation["name"].as_str().unwrap());
    let state = |t: &mut Testing| t.ok("GET", host, &format!("{base}/one-two"), Value::Null)["state"].clone();
    assert_eq!(t.ok("GET", host, &wait, Value::Null)["done"], false);
    assert_eq!(state(&mut t), "CREATING");
    assert_eq!(t.ok("GET", host, &wait, Value::Null)["done"], false, "only looks at the connector count");
    assert_eq!(state(&mut t), "READY");
}

#[test]
fn a_login_that_expired_is_refused_everywhere_until_it_is_renewed() {
    let mut t = Testing::new();
    t.script(json!({"name": "login-expired", "match": "POST redis", "times": 1}));
    assert_eq!(t.refused("POST", REDIS, INSTANCES, instance()).0, 401);
    let list = "/v1/projects/p/secrets";
    assert_eq!(t.refused("GET", "secretmanager.googleapis.com", list, Value::Null).0, 401);
    t.lift();
    t.ok("GET", "secretmanager.googleapis.com", list, Value::Null);
}

#[test]
fn who_may_only_look_is_refused_by_the_rules_of_each_api() {
    let mut t = Testing::new();
    t.script(json!({"name": "permission", "times": 1}));
    let host = "secretmanager.googleapis.com";
    t.ok("GET", host, "/v1/projects/p/secrets", Value::Null);
    let body = json!({"replication": {"automatic": {}}});
    let (status, text) = t.refused("POST", host, "/v1/projects/p/secrets?secretId=s", body.clone());
    assert!(status == 403 && text.contains("secretmanager.secrets.create"), "{text}");
    t.lift();
    t.ok("POST", host, "/v1/projects/p/secrets?secretId=s", body);
    let policy = t.world().policy("cloudresourcemanager/projects/p");
    assert!(!policy.to_string().contains("colleague"), "{policy}");
}

#[test]
fn a_policy_that_somebody_else_wrote_meanwhile_is_refused_by_its_etag() {
    let hosts = [
        ("cloudresourcemanager.googleapis.com", "/v1/projects/p", "cloudresourcemanager/projects/p"),
        ("secretmanager.googleapis.com", "/v1/projects/p/secrets/s", "secretmanager/projects/p/secrets/s"),
    ];
    for (host, path, key) in hosts {
        let mut t = Testing::new();
        t.world().put("secretmanager/projects/p/secrets/s", json!({"name": "projects/111/secrets/s"}));
        t.script(json!({"name": "policy-conflict", "times": 1}));
        let etag = t.world().policy(key)["etag"].clone();
        let body = |etag: Value| json!({"policy": {"etag": etag, "bindings": []}});
        let target = format!("{path}:setIamPolicy");
        let (status, text) = t.refused("POST", host, &target, body(etag));
        assert!(status == 409 && text.starts_with("There were concurrent policy changes"), "{text}");
        let etag = t.world().policy(key)["etag"].clone();
        t.ok("POST", host, &target, body(etag));
    }
}

#[test]
fn what_a_person_puts_right_is_right() {
    let mut t = Testing::new();
    t.script(json!([
        {"name": "billing-disabled", "match": "services\\?", "times": 1},
        {"name": "project-deleted", "match": "GET cloudresourcemanager", "times": 1},
        {"name": "organization-policy-region", "times": 1},
    ]));
    let usage = "serviceusage.googleapis.com";
    t.call("GET", usage, "/v1/projects/p/services?filter=state:ENABLED", Value::Null);
    assert!(!t.world().billing_enabled("p"));
    let (_, text) = t.refused("POST", REDIS, INSTANCES, instance());
    assert!(text.contains("constraints/gcp.resourceLocations"), "{text}");
    let describe = "/v1/projects/p";
    let crm = "cloudresourcemanager.googleapis.com";
    assert_eq!(t.ok("GET", crm, describe, Value::Null)["lifecycleState"], "DELETE_REQUESTED");
    t.lift();
    assert!(t.world().billing_enabled("p"));
    assert_eq!(t.ok("GET", crm, describe, Value::Null)["lifecycleState"], "ACTIVE");
    let (_, text) = t.refused("POST", REDIS, INSTANCES, instance());
    assert!(!text.contains("constraints"), "{text}");
}

#[test]
fn a_bucket_of_somebody_else_can_neither_be_made_nor_read() {
    let mut t = Testing::new();
    t.script(json!({"name": "bucket-name-taken", "times": 1}));
    let host = "storage.googleapis.com";
    let body = json!({"name": "codementor-logs-p", "location": "US"});
    let (status, text) = t.refused("POST", host, "/storage/v1/b?project=p", body);
    assert!(status == 409 && text.starts_with("The requested bucket name is not available"), "{text}");
    assert_eq!(t.refused("GET", host, "/storage/v1/b/codementor-logs-p", Value::Null).0, 403);
    t.lift();
    assert_eq!(t.refused("GET", host, "/storage/v1/b/codementor-logs-p", Value::Null).0, 404);
}
