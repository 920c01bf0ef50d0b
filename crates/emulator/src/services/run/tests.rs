use crate::policy;
use crate::testing::Testing;
use serde_json::{Value, json};

const HOST: &str = "us-central1-run.googleapis.com";
const AT: &str = "/apis/serving.knative.dev/v1/namespaces/p/services";
const IAM: &str = "/v1/projects/p/locations/us-central1/services/api";
const ACCOUNT: &str = "app@p.iam.gserviceaccount.com";

/// A world with an account, a connector, and a secret that the account may read.
fn ready(mut t: Testing) -> Testing {
    {
        let mut w = t.world();
        w.put(&format!("iam/projects/p/serviceAccounts/{ACCOUNT}"), json!({"email": ACCOUNT}));
        w.put("vpcaccess/projects/p/locations/us-central1/connectors/c", json!({"state": "READY"}));
        w.put("secretmanager/projects/p/secrets/url", json!({"name": "projects/111/secrets/url"}));
        w.put("secretmanager/projects/p/secrets/url/versions/1", json!({"state": "ENABLED"}));
        policy::grant(
            &mut w,
            "secretmanager/projects/p/secrets/url",
            "roles/secretmanager.secretAccessor",
            &format!("serviceAccount:{ACCOUNT}"),
        );
    }
    t
}

fn service() -> Value {
    json!({
        "apiVersion": "serving.knative.dev/v1", "kind": "Service",
        "metadata": {"name": "api", "namespace": "p", "annotations": {"run.googleapis.com/client-name": "gcloud"}},
        "spec": {"template": {
            "metadata": {"annotations": {"run.googleapis.com/vpc-access-connector": "c",
                                         "run.googleapis.com/vpc-access-egress": "private-ranges-only"},
                         "labels": {"client.knative.dev/nonce": "a"}},
            "spec": {"serviceAccountName": ACCOUNT, "containers": [{
                "image": "us-docker.pkg.dev/cloudrun/container/hello",
                "env": [{"name": "A", "value": "1"},
                        {"name": "URL", "valueFrom": {"secretKeyRef": {"name": "url", "key": "latest"}}}],
                "resources": {"limits": {"cpu": "1", "memory": "512Mi"}},
                "volumeMounts": [{"name": "v", "mountPath": "/secrets"}]}],
                "volumes": [{"name": "v", "secret": {"secretName": "url", "items": [{"key": "latest", "path": "u"}]}}]}}},
    })
}

/// The service, with one place changed.
fn with(pointer: &str, value: Value) -> Value {
    let mut service = service();
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let place = service.pointer_mut(parent).unwrap();
    match last.parse::<usize>() {
        Ok(index) if place.is_array() => place[index] = value,
        _ => place[&last.replace("~1", "/")] = value,
    }
    service
}

fn condition(service: &Value, kind: &str) -> Value {
    let list = service["status"]["conditions"].as_array().unwrap();
    list.iter().find(|c| c["type"] == kind).cloned().unwrap()
}

#[test]
fn a_service_comes_up_with_what_google_fills_in() {
    let mut t = ready(Testing::new());
    let made = t.ok("POST", HOST, AT, service());
    assert_eq!(condition(&made, "Ready")["status"], "True");
    assert_eq!(made["status"]["observedGeneration"], made["metadata"]["generation"]);
    assert_eq!(made["status"]["url"], "https://api-111.us-central1.run.app");
    assert_eq!(made["metadata"]["namespace"], "111");
    let revision = made["status"]["latestReadyRevisionName"].as_str().unwrap();
    assert!(revision.starts_with("api-00001-"), "{revision}");
    assert_eq!(made["status"]["traffic"][0]["revisionName"], revision);
    let spec = &made["spec"]["template"]["spec"];
    assert_eq!((&spec["containerConcurrency"], &spec["timeoutSeconds"]), (&json!(80), &json!(300)));
    let urls = made["metadata"]["annotations"]["run.googleapis.com/urls"].as_str().unwrap();
    assert!(urls.contains("-uc.a.run.app"), "{urls}");
    let at = format!("/apis/serving.knative.dev/v1/namespaces/111/revisions/{revision}");
    let found = t.ok("GET", HOST, &at, Value::Null);
    assert!(found["status"]["imageDigest"].as_str().unwrap().contains("hello@sha256:"));
    let listed = t.ok(
        "GET",
        HOST,
        "/apis/serving.knative.dev/v1/namespaces/p/revisions?labelSelector=serving.knative.dev%2Fservice%20%3D%20api",
        Value::Null,
    );
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    for kind in ["configurations", "routes"] {
        let view =
            t.ok("GET", HOST, &format!("/apis/serving.knative.dev/v1/namespaces/p/{kind}/api"), Value::Null);
        assert_eq!(condition(&view, "Ready")["status"], "True");
    }
}

#[test]
fn a_stale_version_is_refused_and_only_a_new_template_makes_a_revision() {
    let mut t = ready(Testing::new());
    let mut made = t.ok("POST", HOST, AT, service());
    let (status, body) = t.call("POST", HOST, AT, service());
    assert_eq!((status, &body["error"]["status"]), (409, &json!("ALREADY_EXISTS")));
    let target = format!("{AT}/api");
    let first = made["status"]["latestCreatedRevisionName"].clone();
    let mut same = made.clone();
    same["spec"]["traffic"] = json!([{"revisionName": first, "percent": 100}]);
    let second = t.ok("PUT", HOST, &target, same);
    assert_eq!(second["status"]["latestCreatedRevisionName"], first);
    assert_eq!(second["metadata"]["generation"], 2);
    made["spec"]["template"]["metadata"]["labels"]["client.knative.dev/nonce"] = json!("b");
    let (status, body) = t.call("PUT", HOST, &target, made.clone());
    assert_eq!((status, &body["error"]["status"]), (409, &json!("ABORTED")));
    made["metadata"]["resourceVersion"] = second["metadata"]["resourceVersion"].clone();
    let third = t.ok("PUT", HOST, &target, made.clone());
    assert_ne!(third["status"]["latestCreatedRevisionName"], first);
    made["metadata"]["resourceVersion"] = third["metadata"]["resourceVersion"].clone();
    made["spec"]["traffic"] = json!([{"revisionName": "api-99999-zzz", "percent": 100}]);
    assert_eq!(t.refused("PUT", HOST, &target, made).0, 400);
}

#[test]
fn a_revision_that_may_not_read_its_secret_fails_and_the_old_one_goes_on() {
    let mut t = ready(Testing::new());
    t.world().set_policy("secretmanager/projects/p/secrets/url", json!({"etag": "ACAB"}));
    let failed = t.ok("POST", HOST, AT, service());
    let ready = condition(&failed, "Ready");
    assert_eq!((&ready["status"], &ready["reason"]), (&json!("False"), &json!("SecretsAccessCheckFailed")));
    let text = ready["message"].as_str().unwrap();
    assert!(
        text.contains("Permission denied on secret: projects/111/secrets/url/versions/latest for Revision service account app@p"),
        "{text}"
    );
    assert!(failed["status"]["latestReadyRevisionName"].is_null());
    let id =
        failed["metadata"]["annotations"]["run.googleapis.com/operation-id"].as_str().unwrap().to_owned();
    let op =
        t.ok("POST", HOST, &format!("/v1/projects/p/locations/us-central1/operations/{id}:wait"), json!({}));
    assert_eq!((&op["done"], &op["response"]["metadata"]["name"]), (&json!(true), &json!("api")));

    let mut t = ready_service();
    t.world().put("secretmanager/projects/p/secrets/url/versions/1", json!({"state": "DISABLED"}));
    let mut next = service();
    next["spec"]["template"]["metadata"]["labels"]["client.knative.dev/nonce"] = json!("b");
    let failed = t.ok("PUT", HOST, &format!("{AT}/api"), next);
    assert_eq!(condition(&failed, "Ready")["status"], "False");
    assert_eq!(condition(&failed, "RoutesReady")["status"], "True");
    assert!(failed["status"]["latestReadyRevisionName"].as_str().unwrap().starts_with("api-00001-"));
}

fn ready_service() -> Testing {
    let mut t = ready(Testing::new());
    t.ok("POST", HOST, AT, service());
    t
}

#[test]
fn what_keeps_a_revision_from_starting() {
    let annotation = |name: &str| format!("/spec/template/metadata/annotations/run.googleapis.com~1{name}");
    let image = "/spec/template/spec/containers/0/image";
    let cases = [
        (with("/spec/template/spec/volumes/0/secret/secretName", json!("gone")).clone(), "was not found"),
        (with(image, json!("us-central1-docker.pkg.dev/p/none/app:1")), "Image 'us-central1"),
        (with(image, json!("gcr.io/p/app")), "Image 'gcr.io/p/app' not found."),
        (
            with(&annotation("vpc-access-connector"), json!("gone")),
            "does not exist, or Cloud Run does not have",
        ),
    ];
    for (body, wanted) in cases {
        let mut t = ready(Testing::new());
        let made = t.ok("POST", HOST, AT, body);
        let text = condition(&made, "Ready")["message"].as_str().unwrap_or_default().to_owned();
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
    let mut t = ready(Testing::new());
    t.world().put("vpcaccess/projects/p/locations/us-central1/connectors/c", json!({"state": "ERROR"}));
    let made = t.ok("POST", HOST, AT, service());
    assert!(condition(&made, "Ready")["message"].as_str().unwrap().contains("not ready yet"));
}

#[test]
fn what_google_refuses_at_once() {
    let container = "/spec/template/spec/containers/0";
    let annotations = "/spec/template/metadata/annotations";
    let cases = [
        (with("/apiVersion", json!("v9")), "Expected value"),
        (with("/metadata/name", json!("Bad_Name")), "lowercase"),
        (with("/metadata/namespace", json!("other")), "namespace"),
        (with(&format!("{container}/image"), json!("example.com/app")), "Expected an image path"),
        (
            with(&format!("{container}/image"), json!("us-central1-docker.pkg.dev/p/app:")),
            "Expected an image path",
        ),
        (
            with(&format!("{container}/resources"), json!({"limits": {"cpu": "3"}})),
            "Invalid value specified for cpu",
        ),
        (
            with(&format!("{container}/resources"), json!({"limits": {"cpu": "1", "memory": "8Gi"}})),
            "between 128Mi and 4Gi",
        ),
        (
            with(&format!("{container}/resources"), json!({"limits": {"cpu": "0.5"}})),
            "cpu < 1 is not supported",
        ),
        (with(&format!("{container}/env/0"), json!({"name": "PORT", "value": "1"})), "reserved env names"),
        (
            with(&format!("{container}/volumeMounts/0"), json!({"name": "x", "mountPath": "/x"})),
            "not defined",
        ),
        (with(&format!("{container}/volumeMounts/0"), json!({"name": "v", "mountPath": "x"})), "absolute"),
        (with("/spec/template/spec/timeoutSeconds", json!(3601)), "timeout"),
        (with("/spec/template/spec/containerConcurrency", json!(1001)), "concurrency"),
        (with(&format!("{annotations}/autoscaling.knative.dev~1maxScale"), json!("0")), "at least 1"),
        (with(&format!("{annotations}/run.googleapis.com~1bogus"), json!("0")), "not supported"),
        (
            with(&format!("{annotations}/run.googleapis.com~1vpc-access-egress"), json!("some")),
            "expected one of",
        ),
        (
            with(&format!("{annotations}/run.googleapis.com~1network-interfaces"), json!("[{}]")),
            "one and only one",
        ),
        (with("/metadata/annotations/run.googleapis.com~1ingress", json!("none")), "expected one of all"),
        (with("/spec/traffic", json!([{"latestRevision": true, "percent": 90}])), "sum to 100"),
        (with("/spec/template/spec/bogus", json!(1)), "Cannot find field"),
        (with("/spec/template/spec/serviceAccountName", json!("no@p.iam.gserviceaccount.com")), "actAs"),
    ];
    let mut t = ready(Testing::new());
    for (body, wanted) in cases {
        let (status, text) = t.refused("POST", HOST, AT, body);
        assert!(text.contains(wanted), "{wanted}: {status} {text}");
    }
    assert_eq!(t.refused("POST", "run.googleapis.com", AT, service()).0, 404);
    assert!(t.world().below("run/").is_empty());
}

#[test]
fn direct_egress_needs_its_network_and_a_large_enough_subnet() {
    let mut body = service();
    body["spec"]["template"]["metadata"]["annotations"] = json!({
        "run.googleapis.com/network-interfaces": "[{\"network\": \"vpc\", \"subnetwork\": \"sub\"}]",
        "run.googleapis.com/vpc-access-egress": "private-ranges-only"});
    let mut t = ready(Testing::new());
    let made = t.ok("POST", HOST, AT, body.clone());
    let text = condition(&made, "Ready")["message"].as_str().unwrap().to_owned();
    assert!(
        text.contains("network projects/p/global/networks/vpc does not exist") && text.contains("subnetwork")
    );
    for (range, ok) in [("10.0.0.0/27", false), ("10.0.0.0/26", true)] {
        let mut t = ready(Testing::new());
        t.world().put("compute/projects/p/global/networks/vpc", json!({}));
        t.world().put(
            "compute/projects/p/regions/us-central1/subnetworks/sub",
            json!({"ipCidrRange": range, "network": "projects/p/global/networks/vpc"}),
        );
        let made = t.ok("POST", HOST, AT, body.clone());
        assert_eq!(condition(&made, "Ready")["status"] == "True", ok, "{made}");
    }
}

#[test]
fn who_may_call_it() {
    let mut t = ready_service();
    let grant = json!({"policy": {"bindings": [{"role": "roles/run.invoker", "members": ["allUsers"]}]}});
    t.ok("POST", "run.googleapis.com", &format!("{IAM}:setIamPolicy"), grant.clone());
    let policy = t.ok(
        "GET",
        "run.googleapis.com",
        &format!("{IAM}:getIamPolicy?options.requestedPolicyVersion=3"),
        Value::Null,
    );
    assert_eq!(policy["bindings"][0]["members"][0], "allUsers");
    let gone = IAM.replace("api", "gone");
    assert_eq!(t.refused("POST", "run.googleapis.com", &format!("{gone}:setIamPolicy"), grant).0, 404);
    let asked = json!({"permissions": ["run.services.setIamPolicy"]});
    t.ok("POST", HOST, &format!("{gone}:testIamPermissions"), asked);
}

#[test]
fn roll_out_and_deletion_take_time() {
    let mut t = ready(Testing::slow());
    let made = t.ok("POST", HOST, AT, service());
    assert_eq!(condition(&made, "Ready")["status"], "Unknown");
    t.finish();
    assert_eq!(condition(&t.ok("GET", HOST, &format!("{AT}/api"), Value::Null), "Ready")["status"], "True");
    assert_eq!(
        t.ok("GET", "run.googleapis.com", "/v1/projects/p/locations/-/services", Value::Null)["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    t.ok("DELETE", HOST, &format!("{AT}/api"), Value::Null);
    t.ok("GET", HOST, &format!("{AT}/api"), Value::Null);
    t.finish();
    let (status, text) = t.refused("GET", HOST, &format!("{AT}/api"), Value::Null);
    assert_eq!(status, 404);
    assert!(text.starts_with(
        "Resource 'api' of kind 'SERVICE' in region 'us-central1' in project 'p' does not exist"
    ));
}
