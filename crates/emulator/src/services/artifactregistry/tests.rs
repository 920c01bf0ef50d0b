use crate::testing::Testing;
use serde_json::{Value, json};

const HOST: &str = "artifactregistry.googleapis.com";
const AT: &str = "/v1/projects/p/locations/us-central1/repositories";

fn body() -> Value {
    json!({"name": "projects/p/locations/us-central1/repositories/app", "format": "DOCKER", "mode": "MODE_UNSPECIFIED",
           "labels": {"app": "x"}})
}

fn made() -> Testing {
    let mut t = Testing::new();
    t.ok("POST", HOST, &format!("{AT}?repositoryId=app"), body());
    t
}

#[test]
fn a_repository_lives_and_dies() {
    let mut t = made();
    let found = t.ok("GET", HOST, &format!("{AT}/app"), Value::Null);
    assert_eq!(
        (&found["mode"], &found["registryUri"]),
        (&json!("STANDARD_REPOSITORY"), &json!("us-central1-docker.pkg.dev/p/app"))
    );
    assert_eq!(
        t.refused("POST", HOST, &format!("{AT}?repositoryId=app"), body()),
        (409, "the repository already exists".into())
    );
    assert_eq!(t.ok("GET", HOST, AT, Value::Null)["repositories"].as_array().unwrap().len(), 1);
    assert_eq!(t.ok("GET", HOST, &format!("{AT}/app/dockerImages"), Value::Null), json!({}));
    let places = t.ok("GET", HOST, "/v1beta2/projects/p/locations", Value::Null);
    assert!(places["locations"].as_array().unwrap().iter().any(|l| l["locationId"] == "us-central1"));
    t.ok("DELETE", HOST, &format!("{AT}/app"), Value::Null);
    assert_eq!(t.refused("GET", HOST, &format!("{AT}/app"), Value::Null).0, 404);
}

#[test]
fn cleanup_policies_are_patched_in_gclouds_spelling() {
    let mut t = made();
    let target = format!("{AT}/app?updateMask=cleanupPolicies,cleanupPolicyDryRun");
    let policies = json!({"cleanupPolicies": {
        "keep": {"id": "keep", "action": "Keep", "mostRecentVersions": {"keepCount": 10}},
        "old": {"id": "old", "action": "Delete", "condition": {"tagState": "untagged", "olderThan": "2592000.0s"}}}});
    let found = t.ok("PATCH", HOST, &target, policies);
    assert_eq!(found["cleanupPolicies"]["keep"]["action"], "KEEP");
    assert_eq!(
        found["cleanupPolicies"]["old"]["condition"],
        json!({"tagState": "UNTAGGED", "olderThan": "2592000s"})
    );
    assert_eq!(found["labels"]["app"], "x");
    for (policy, wanted) in [
        (
            json!({"action": "Delete", "mostRecentVersions": {"keepCount": 1}}),
            "only be specified with a Keep",
        ),
        (json!({"action": "Keep", "mostRecentVersions": {}}), "at least 1"),
        (json!({"action": "Keep"}), "exactly one"),
        (json!({"condition": {}}), "action"),
        (json!({"action": "Delete", "condition": {"olderThan": "30d"}}), "duration"),
    ] {
        let (status, text) = t.refused("PATCH", HOST, &target, json!({"cleanupPolicies": {"x": policy}}));
        assert!(status == 400 && text.contains(wanted), "{wanted}: {text}");
    }
}

#[test]
fn what_google_refuses() {
    let mut t = made();
    for id in ["", "Bad_Name", "1a", "a-", &"a".repeat(64)] {
        assert_eq!(t.refused("POST", HOST, &format!("{AT}?repositoryId={id}"), body()).0, 400, "{id}");
    }
    let target = format!("{AT}?repositoryId=other");
    assert!(t.refused("POST", HOST, &target, json!({})).1.contains("format"));
    assert!(
        t.refused("POST", HOST, &target, json!({"format": "DOCKER", "labels": {"A": "b"}}))
            .1
            .contains("label")
    );
    assert_eq!(t.refused("POST", HOST, &target.replace("us-central1", "moon"), body()).0, 403);
    assert!(
        t.refused("PATCH", HOST, &format!("{AT}/app?updateMask=format"), json!({"format": "NPM"}))
            .1
            .contains("immutable")
    );
    assert_eq!(t.refused("GET", HOST, &format!("{AT}/gone:getIamPolicy"), Value::Null).0, 404);
}

#[test]
fn a_binding_needs_its_account() {
    let mut t = made();
    let policy = |member: &str| json!({"policy": {"bindings": [{"role": "roles/artifactregistry.writer", "members": [member]}]}});
    let target = format!("{AT}/app:setIamPolicy");
    assert_eq!(t.refused("POST", HOST, &target, policy("serviceAccount:b@p.iam.gserviceaccount.com")).0, 400);
    t.world().put("iam/projects/p/serviceAccounts/b@p.iam.gserviceaccount.com", json!({}));
    t.ok("POST", HOST, &target, policy("serviceAccount:b@p.iam.gserviceaccount.com"));
}

#[test]
fn the_name_is_taken_while_the_repository_is_still_being_made() {
    let mut t = Testing::slow();
    let target = format!("{AT}?repositoryId=app");
    t.ok("POST", HOST, &target, body());
    assert_eq!(t.refused("GET", HOST, &format!("{AT}/app"), Value::Null).0, 404, "it does not show yet");
    assert_eq!(t.refused("POST", HOST, &target, body()).0, 409);
}
