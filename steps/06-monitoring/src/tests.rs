//! The step through gcloud (the stand-in unless `TEST_GCLOUD` names another), against the emulator.

use crate::step;
use config::Config;
use engine::{Address, Step};
use resources::lab::{Lab, PROJECT, Run, given};
use serde_json::{Value, json};

const APIS: &[&str] = &[
    "compute.googleapis.com",
    "iam.googleapis.com",
    "run.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "storage.googleapis.com",
];
const RUN: &str = "us-central1-run.googleapis.com";
const MONITORING: &str = "monitoring.googleapis.com";
const LOGGING: &str = "logging.googleapis.com";

/// What step 04 keeps.
fn earlier() -> Step {
    given([Address::new("run-service", "codementor-backend")])
}

fn config() -> Config {
    let mut config = Config::default();
    config.project.id = PROJECT.to_owned();
    config.monitoring.notification_email = Some("oncall@example.com".to_owned());
    config
}

/// An emulator with the Cloud Run service.
fn lab() -> Lab {
    let lab = Lab::new(APIS);
    let service = json!({
        "apiVersion": "serving.knative.dev/v1", "kind": "Service",
        "metadata": {"name": "codementor-backend", "namespace": PROJECT},
        "spec": {"template": {"spec": {"containers": [{"image": "us-docker.pkg.dev/cloudrun/container/hello"}]}}},
    });
    lab.ok("POST", RUN, &format!("/apis/serving.knative.dev/v1/namespaces/{PROJECT}/services"), service);
    lab
}

fn apply(lab: &Lab, config: &Config) -> Run {
    lab.apply(&[earlier(), step(config)]).well()
}

fn plan(lab: &Lab, config: &Config) -> Run {
    lab.plan(&[earlier(), step(config)]).well()
}

fn below(lab: &Lab, prefix: &str) -> Vec<Value> {
    let world = lab.world();
    let found = world.as_object().unwrap().iter().filter(|(key, _)| {
        key.strip_prefix(prefix).is_some_and(|rest| !rest.trim_start_matches('/').contains('/'))
    });
    found.map(|(_, object)| object["data"].clone()).collect()
}

fn monitoring(lab: &Lab, collection: &str) -> Vec<Value> {
    below(lab, &format!("monitoring/projects/{PROJECT}/{collection}"))
}

fn policy<'a>(policies: &'a [Value], key: &str) -> &'a Value {
    policies.iter().find(|p| p["userLabels"]["deploy-all-key"] == key).unwrap()
}

const SERVICE: &str = "run/projects/proj-one/locations/us-central1/services/codementor-backend";

/// One after the other in one world, since a process of gcloud costs most of a second.
#[test]
fn the_step_keeps_what_the_config_says() {
    let lab = lab();
    let mut config = config();
    config.cloud_run.public = false;

    // The answer to a create is lost: gcloud repeats it by itself, and Google makes two.
    for path in ["alertPolicies", "uptimeCheckConfigs", "dashboards"] {
        lab.fault(
            json!({"match": format!("^POST monitoring.googleapis.com/v[13]/projects/{PROJECT}/{path}"),
                         "times": 1, "action": {"status_after": {"code": 503, "message": "try again"}}}),
        );
    }
    let first = apply(&lab, &config);
    lab.faults_struck();
    assert_eq!(
        first.notes().iter().filter(|note| note.contains("taken its place")).count(),
        3,
        "{:?}",
        first.notes()
    );
    lab.no_violations();
    logs_are_kept_and_archived(&lab);
    alerts_watch_and_reach_someone(&lab);
    a_private_service_is_probed_with_a_token(&lab);

    disturb(&lab);
    config.monitoring.uptime_path = "/healthz".to_owned();
    let mended = apply(&lab, &config);
    assert_eq!(
        mended.plan(),
        [
            "~ log-bucket/_Default monitoring.log_retention_days",
            "~ bucket/codementor-logs-proj-one lifecycle_config",
            "~ log-sink/codementor-logs-archive disabled filter",
            "~ log-metric/codementor-app-errors description filter",
            "~ notification-channel/codementor-backend-email enabled",
            "~ uptime-check/codementor-backend displayName httpCheck.path userLabels.app",
            "~ alert-policy/codementor-backend-error-ratio conditions[0].conditionThreshold.thresholdValue",
            "~ alert-policy/codementor-backend-uptime conditions[0].displayName documentation.content",
            "~ dashboard/codementor-backend mosaicLayout.tiles",
        ]
    );
    logs_are_kept_and_archived(&lab);
    alerts_watch_and_reach_someone(&lab);
    a_private_service_is_probed_with_a_token(&lab);

    let mut service = lab.object(SERVICE);
    service["status"]["url"] = json!("https://elsewhere-xyz-uc.a.run.app");
    lab.arrange(json!([{"key": SERVICE, "data": service}]));
    config.cloud_run.public = true;
    let moved = apply(&lab, &config);
    assert_eq!(
        moved.plan(),
        [
            "- iam-binding/run-service/codementor-backend/run.invoker/monitoring-agent",
            "+ uptime-check/codementor-backend",
            // It watches the new check, whose id is known once that is there.
            "~ alert-policy/codementor-backend-uptime conditions[0].conditionThreshold.filter",
            "- leftover-uptime-checks/codementor-backend",
        ]
    );
    alerts_watch_and_reach_someone(&lab);
    another_host_got_another_check(&lab);

    let again = plan(&lab, &config);
    assert_eq!(again.plan(), [""; 0]);
    // The service; log bucket, buckets, the archive's policy, sink, metric; channels, the service's policy, uptime checks,
    // alert policies, dashboards.
    assert_eq!(again.processes, 11);
    lab.no_violations();
}

fn logs_are_kept_and_archived(lab: &Lab) {
    let project = format!("projects/{PROJECT}");
    let bucket = lab.object(&format!("logging/{project}/locations/global/buckets/_Default"));
    assert_eq!(bucket["retentionDays"], 30);
    let archive = format!("storage/b/codementor-logs-{PROJECT}");
    let bucket = lab.object(&archive);
    assert_eq!(bucket["iamConfiguration"]["uniformBucketLevelAccess"]["enabled"], true);
    assert_eq!(bucket["iamConfiguration"]["publicAccessPrevention"], "enforced");
    let rule = json!([{"action": {"type": "Delete"}, "condition": {"age": 365}}]);
    assert_eq!(
        (&bucket["lifecycle"]["rule"], &bucket["labels"]["managed-by"]),
        (&rule, &json!("deploy-all"))
    );
    let sink = lab.object(&format!("logging/{project}/sinks/codementor-logs-archive"));
    assert_eq!(sink["destination"], format!("storage.googleapis.com/codementor-logs-{PROJECT}"));
    assert!(sink["filter"].as_str().unwrap().starts_with("resource.type=(") && sink["disabled"] != true);
    let policy = lab.world()[&archive]["policy"].clone();
    let bindings = policy["bindings"].as_array().unwrap();
    let writer = bindings.iter().find(|b| b["role"] == "roles/storage.objectCreator").unwrap();
    assert_eq!(writer["members"], json!([sink["writerIdentity"]]));
    let metric = lab.object(&format!("logging/{project}/metrics/codementor-app-errors"));
    assert!(metric["filter"].as_str().unwrap().ends_with("severity>=ERROR"));
}

fn alerts_watch_and_reach_someone(lab: &Lab) {
    let channels = monitoring(lab, "notificationChannels");
    assert_eq!((channels.len(), &channels[0]["enabled"]), (1, &json!(true)));
    assert_eq!(channels[0]["labels"]["email_address"], "oncall@example.com");
    let checks = monitoring(lab, "uptimeCheckConfigs");
    assert_eq!(checks.len(), 1);
    assert!(checks[0]["httpCheck"]["path"].as_str().unwrap().starts_with("/health"));
    assert_eq!(
        (&checks[0]["userLabels"]["deploy-all-key"], &checks[0]["period"]),
        (&json!("uptime"), &json!("60s"))
    );

    let policies = monitoring(lab, "alertPolicies");
    assert_eq!(policies.len(), 5);
    for policy in &policies {
        assert_eq!(policy["notificationChannels"], json!([channels[0]["name"]]));
        assert!(!policy.to_string().contains("${"), "{policy}");
    }
    let threshold = |key: &str| policy(&policies, key)["conditions"][0]["conditionThreshold"].clone();
    assert_eq!(threshold("error-ratio")["thresholdValue"], 0.05);
    assert_eq!(threshold("latency")["thresholdValue"].as_f64(), Some(1000.0));
    assert_eq!(threshold("db-connections")["thresholdValue"].as_f64(), Some(80.0));
    assert_eq!(threshold("db-connections")["aggregations"][0]["crossSeriesReducer"], "REDUCE_SUM");
    assert!(threshold("uptime").to_string().contains(id(&checks[0])));
    assert!(policy(&policies, "quota")["conditions"][0]["conditionPrometheusQueryLanguage"].is_object());
    let dashboards = monitoring(lab, "dashboards");
    assert_eq!((dashboards.len(), dashboards[0].to_string().contains("${")), (1, false));
    assert_eq!(dashboards[0]["mosaicLayout"]["tiles"].as_array().map(Vec::len), Some(10));
}

fn id(row: &Value) -> &str {
    row["name"].as_str().unwrap().rsplit('/').next().unwrap()
}

fn a_private_service_is_probed_with_a_token(lab: &Lab) {
    let check = &monitoring(lab, "uptimeCheckConfigs")[0];
    assert_eq!(check["httpCheck"]["serviceAgentAuthentication"]["type"], "OIDC_TOKEN");
    let host = check["monitoredResource"]["labels"]["host"].as_str().unwrap();
    assert!(host.starts_with("codementor-backend-") && host.ends_with(".run.app"), "{host}");
    let project = lab.object(&format!("cloudresourcemanager/projects/{PROJECT}"));
    let agent = format!(
        "serviceAccount:service-{}@gcp-sa-monitoring-notification.iam.gserviceaccount.com",
        project["projectNumber"].as_str().unwrap()
    );
    let bindings = lab.world()[SERVICE]["policy"]["bindings"].clone();
    assert_eq!(bindings, json!([{"role": "roles/run.invoker", "members": [agent]}]));
}

fn another_host_got_another_check(lab: &Lab) {
    let check = &monitoring(lab, "uptimeCheckConfigs")[0];
    assert_eq!(check["monitoredResource"]["labels"]["host"], "elsewhere-xyz-uc.a.run.app");
    assert!(check["httpCheck"]["serviceAgentAuthentication"].is_null(), "the service is public now");
    assert!(lab.world()[SERVICE]["policy"]["bindings"].is_null());
}

/// Changes something of every object behind the tool's back.
fn disturb(lab: &Lab) {
    let path = |row: &Value, version: &str| format!("/{version}/{}", row["name"].as_str().unwrap());
    let mut loose = policy(&monitoring(lab, "alertPolicies"), "error-ratio").clone();
    loose["conditions"][0]["conditionThreshold"]["thresholdValue"] = json!(0.5);
    lab.ok("PATCH", MONITORING, &path(&loose, "v3"), loose.clone());
    let channel = &monitoring(lab, "notificationChannels")[0];
    let off = format!("{}?updateMask=enabled", path(channel, "v3"));
    lab.ok("PATCH", MONITORING, &off, json!({"enabled": false}));
    let mut check = monitoring(lab, "uptimeCheckConfigs")[0].clone();
    check["userLabels"].as_object_mut().unwrap().remove("app");
    lab.ok("PATCH", MONITORING, &path(&check, "v3"), check.clone());
    let mut bare = monitoring(lab, "dashboards")[0].clone();
    bare["mosaicLayout"]["tiles"].as_array_mut().unwrap().pop();
    lab.ok("PATCH", MONITORING, &path(&bare, "v1"), bare.clone());

    let logging = format!("/v2/projects/{PROJECT}");
    let retention = format!("{logging}/locations/global/buckets/_Default?updateMask=retentionDays");
    lab.ok("PATCH", LOGGING, &retention, json!({"retentionDays": 7}));
    let sink = format!("{logging}/sinks/codementor-logs-archive?updateMask=disabled,filter");
    lab.ok("PATCH", LOGGING, &sink, json!({"disabled": true, "filter": "severity>=ERROR"}));
    let metric = json!({"name": "codementor-app-errors", "filter": "severity>=INFO"});
    lab.ok("PUT", LOGGING, &format!("{logging}/metrics/codementor-app-errors"), metric);
    let bucket = format!("/storage/v1/b/codementor-logs-{PROJECT}");
    lab.ok("PATCH", "storage.googleapis.com", &bucket, json!({"lifecycle": null}));
}
