//! The resources over a scripted gcloud: what is hard to bring about with the real one.

use crate::connector::Connector;
use crate::existing_secret::ExistingSecret;
use crate::service::RunService;
use config::Config;
use config::model::Egress;
use engine::testing::{Gcloud, Reply, reader, writer};
use engine::{Diff, Resource, State, Way};
use serde_json::{Value, json};
use std::sync::Arc;

fn state(resource: &dyn Resource, gcloud: Gcloud) -> State {
    resource.check(&reader(&Arc::new(gcloud))).unwrap()
}

fn update(resource: &dyn Resource, gcloud: &Arc<Gcloud>, diffs: &[Diff]) -> engine::Result<()> {
    resource.update(&writer(gcloud, &resource.address()), diffs)
}

fn connector(state: &str) -> Gcloud {
    let found = json!({"name": "projects/1/locations/us-central1/connectors/codementor-connector", "network": "codementor-vpc",
        "ipCidrRange": "10.8.0.0/28", "machineType": "f1-micro", "minInstances": 2, "maxInstances": 3, "state": state});
    Gcloud::new().on("compute networks vpc-access connectors describe", Reply::json(found))
}

#[test]
fn a_connector_is_waited_for_and_says_why_it_is_broken() {
    let wanted = Connector::new(&Config::default());
    assert_eq!(state(&wanted, connector("READY")), State::Present);
    assert!(matches!(state(&wanted, connector("CREATING")), State::Busy(_)));
    let operation = |id: &str, message: &str| {
        json!({"name": id, "error": {"code": 3, "message": message}, "metadata": {
        "createTime": format!("2026-01-0{id}T00:00:00Z"), "target": "projects/p/locations/us-central1/connectors/codementor-connector"}})
    };
    let rows = json!([
        operation("2", "Operation failed: the second"),
        operation("1", "Operation failed: the first")
    ]);
    let broken = connector("ERROR").on("compute networks vpc-access operations list", Reply::json(rows));
    assert_eq!(state(&wanted, broken), State::Broken("state ERROR: Operation failed: the second".to_owned()));
    let mut config = Config::default();
    config.cloud_run.egress = Egress::Direct;
    let unwanted = Connector::new(&config);
    assert!(!unwanted.wanted());
    assert_eq!(state(&unwanted, connector("ERROR")), State::Present, "it is deleted, whatever it is");
}

#[test]
fn a_connector_grows_in_place_and_does_nothing_else() {
    let mut config = Config::default();
    config.cloud_run.connector.max_instances = 2;
    let wanted = Connector::new(&config);
    let State::Drifted(diffs) = state(&wanted, connector("READY")) else { panic!("it differs") };
    let Way::Replace { why, instead } = wanted.way(&diffs) else { panic!("it is refused") };
    assert!(
        why.contains("never shrink") && instead.contains("connectors delete codementor-connector"),
        "{why} {instead}"
    );
    config.cloud_run.connector.max_instances = 9;
    config.cloud_run.connector.machine_type = "e2-micro".to_owned();
    let wanted = Connector::new(&config);
    let State::Drifted(diffs) = state(&wanted, connector("READY")) else { panic!("it differs") };
    let gcloud = Arc::new(
        connector("READY").on("compute networks vpc-access connectors update", Reply::json(json!({}))),
    );
    update(&wanted, &gcloud, &diffs).unwrap();
    let updates = gcloud.calls_of("compute networks vpc-access connectors update");
    assert!(
        updates[0].contains("--max-instances=9") && updates[0].contains("--machine-type=e2-micro"),
        "{updates:?}"
    );
    config.cloud_run.connector.range = "10.9.0.0/28".parse().unwrap();
    let wanted = Connector::new(&config);
    let State::Drifted(diffs) = state(&wanted, connector("READY")) else { panic!("it differs") };
    assert!(matches!(wanted.way(&diffs), Way::Replace { why, .. } if why.contains("its range")));
}

/// A service as the defaults want it.
fn service(ready: Value, status: Value) -> Value {
    let mut service = json!({
        "metadata": {"generation": 1, "labels": {"app": "codementor", "managed-by": "deploy-all"}},
        "spec": {"template": {
            "metadata": {"annotations": {
                "autoscaling.knative.dev/maxScale": "10",
                "run.googleapis.com/vpc-access-connector": "projects/p/locations/us-central1/connectors/codementor-connector"}},
            "spec": {
                "serviceAccountName": "codementor-run@codementor-dev.iam.gserviceaccount.com",
                "containerConcurrency": 80, "timeoutSeconds": 300,
                "volumes": [{"name": "random-abc", "secret": {"secretName": "redis-ca", "items": [{"key": "latest", "path": "ca.pem"}]}}],
                "containers": [{
                    "image": "from-the-build", "resources": {"limits": {"cpu": "1000m", "memory": "512Mi"}},
                    "volumeMounts": [{"name": "random-abc", "mountPath": "/secrets/redis-ca"}],
                    "env": [
                        {"name": "PGSSLMODE", "value": "require"}, {"name": "REDIS_CA_FILE", "value": "/secrets/redis-ca/ca.pem"},
                        {"name": "DATABASE_URL", "valueFrom": {"secretKeyRef": {"name": "database-url", "key": "latest"}}},
                        {"name": "REDIS_URL", "valueFrom": {"secretKeyRef": {"name": "redis-url", "key": "latest"}}}]}]}}},
        "status": {"observedGeneration": 1, "conditions": [ready], "url": "https://s.run.app"},
    });
    for (key, value) in status.as_object().unwrap() {
        service["status"][key] = value.clone();
    }
    service
}

fn described(service: &Value) -> Gcloud {
    Gcloud::new().on("run services describe", Reply::json(service.clone()))
}

#[test]
fn a_service_is_ready_deployed_or_has_never_come_up() {
    let wanted = RunService::new(&Config::default());
    let ready = json!({"type": "Ready", "status": "True"});
    assert_eq!(state(&wanted, described(&service(ready.clone(), json!({})))), State::Present);
    assert!(matches!(
        state(&wanted, described(&service(ready, json!({"observedGeneration": 0})))),
        State::Busy(_)
    ));
    let unknown = json!({"type": "Ready", "status": "Unknown"});
    assert!(matches!(state(&wanted, described(&service(unknown, json!({})))), State::Busy(_)));
    let failed = json!({"type": "Ready", "status": "False", "message": "Permission denied on secret"});
    let State::Drifted(diffs) = state(&wanted, described(&service(failed.clone(), json!({})))) else {
        panic!("it failed")
    };
    assert_eq!((diffs[0].field.as_str(), diffs[0].old.as_str()), ("ready", "Permission denied on secret"));
    // An older revision serves: the image that does not start is the build's matter.
    let served = service(failed, json!({"latestReadyRevisionName": "s-00001-abc"}));
    assert_eq!(state(&wanted, described(&served)), State::Present);
    let error = Gcloud::new().on("run services describe", Reply::error("PERMISSION_DENIED: no"));
    assert!(wanted.check(&reader(&Arc::new(error))).is_err(), "a read that fails is no absence");
    let absent = Gcloud::new().on("run services describe", Reply::error("Cannot find service [s]"));
    assert_eq!(state(&wanted, absent), State::Absent);
}

#[test]
fn an_update_names_the_image_that_is_there_now() {
    let wanted = RunService::new(&Config::default());
    let ready = json!({"type": "Ready", "status": "True"});
    let mut direct = service(ready, json!({}));
    let marks = &mut direct["spec"]["template"]["metadata"]["annotations"];
    *marks =
        json!({"run.googleapis.com/network-interfaces": "[{\"network\": \"n\", \"subnetwork\": \"s\"}]"});
    let mut later = direct.clone();
    later["spec"]["template"]["spec"]["containers"][0]["image"] = json!("from-a-later-build");
    let gcloud = Gcloud::new()
        .in_turn("run services describe", [Reply::json(direct), Reply::json(later)])
        .on("run services update", Reply::json(json!({})));
    let gcloud = Arc::new(gcloud);
    let cloud = writer(&gcloud, &wanted.address());
    let State::Drifted(diffs) = wanted.check(&cloud).unwrap() else { panic!("it differs") };
    assert_eq!(diffs[0], Diff::new("max_instances", "(none)", "10"));
    assert_eq!(diffs[1], Diff::new("egress", "directly into s", "through codementor-connector"));
    wanted.update(&cloud, &diffs).unwrap();
    let updates = gcloud.calls_of("run services update");
    assert!(updates[0].contains("--image=from-a-later-build --clear-network "), "{updates:?}");
    assert!(!updates[0].contains("allow-unauthenticated"), "{updates:?}");
}

#[test]
fn a_secret_of_the_application_must_be_there() {
    let mut config = Config::default();
    config.cloud_run.secrets.insert("SECRET_KEY".to_owned(), "app-key".to_owned());
    let addresses: Vec<String> = crate::step(&config)
        .items
        .iter()
        .map(|item| match item {
            engine::Item::Keep(resource) => resource.address().to_string(),
            engine::Item::Skip { address, .. } => address.to_string(),
        })
        .collect();
    assert_eq!(addresses[1], "secret/app-key");
    assert!(addresses.iter().any(|a| a.starts_with("iam-binding/secret/app-key/")), "{addresses:?}");
    let secret = ExistingSecret::new("app-key");
    let list = |rows: Value| Gcloud::new().on("secrets list", Reply::json(rows));
    assert_eq!(state(&secret, list(json!([{"name": "projects/1/secrets/app-key"}]))), State::Present);
    let missing = secret.check(&reader(&Arc::new(list(json!([]))))).unwrap_err();
    assert!(missing.to_string().contains("there is no secret app-key"), "{missing}");
}
