use engine::{Address, Error, Reader, Result};
use gcloud::{Command, gcloud};
use serde_json::Value;
use std::collections::BTreeSet;

/// The read that tells everything of the Cloud Run service.
pub fn describe_run_service(region: &str, service: &str) -> Command {
    gcloud!["run services describe", service, "--region={region}"]
}

/// The Cloud Run service as `run services describe` shows it. `None`: there is none.
pub fn run_service(cloud: &Reader, region: &str, service: &str) -> Result<Option<Value>> {
    cloud.find(describe_run_service(region, service))
}

/// The host of the service's own URL. `None`: there is no service yet, or it has no URL yet.
pub fn service_host(cloud: &Reader, region: &str, service: &str) -> Result<Option<String>> {
    let described = run_service(cloud, region, service)?;
    let url = described.as_ref().and_then(|service| service["status"]["url"].as_str());
    Ok(url.and_then(|url| url.strip_prefix("https://")).map(|host| host.trim_end_matches('/').to_owned()))
}

/// A revision that serves and is not the newest: because somebody chose it, or because the newest does not start. `None`: all
/// that serves is the newest.
pub fn older_revision_that_serves(service: &Value) -> Option<String> {
    let status = &service["status"];
    let newest = &status["latestCreatedRevisionName"];
    let serves = |target: &&Value| target["percent"].as_u64() > Some(0) || target["tag"].is_string();
    let served = status["traffic"].as_array().map_or(&[][..], Vec::as_slice).iter().filter(serves);
    let mut older = served.filter_map(|target| target["revisionName"].as_str()).filter(|name| newest != name);
    older.next().map(str::to_owned)
}

/// Refuses, for now, to take away what an older revision of the service reaches by the URL that its instances began with.
///
/// # Errors
/// [`Error::Later`] while an older revision serves.
pub fn outlived_by(cloud: &Reader, region: &str, service: &str, what: &Address) -> Result<()> {
    let described = run_service(cloud, region, service)?;
    let Some(older) = described.as_ref().and_then(older_revision_that_serves) else { return Ok(()) };
    Err(Error::later(
        format!("{what} is left over"),
        format!("{older} still serves, and may have its URL"),
        "once it does not, run the command again",
        Some(format!("gcloud run services update-traffic {service} --to-latest --region={region}")),
    ))
}

/// Whether the newest revision of the service is ready.
pub fn is_ready(service: &Value) -> bool {
    let conditions = service["status"]["conditions"].as_array().map_or(&[][..], Vec::as_slice);
    conditions.iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// The versions of a secret that revisions of the service name by their number. A revision that is kept to go back to
/// starts only while they are enabled; `latest` names none.
pub fn named_versions(cloud: &Reader, region: &str, service: &str, secret: &str) -> Result<BTreeSet<String>> {
    let revisions = cloud.list(gcloud!["run revisions list", "--service={service}", "--region={region}"])?;
    Ok(revisions.iter().flat_map(|revision| named(&revision["spec"], secret)).collect())
}

fn named(spec: &Value, secret: &str) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let containers = list(&spec["containers"]).into_iter();
    let variables = containers.flat_map(|container| list(&container["env"])).filter_map(|variable| {
        let reference = &variable["valueFrom"]["secretKeyRef"];
        (reference["name"] == secret).then(|| reference["key"].clone())
    });
    let volumes = list(&spec["volumes"]).into_iter().map(|volume| volume["secret"].clone());
    let files = volumes
        .filter(|volume| volume["secretName"] == secret)
        .flat_map(|volume| list(&volume["items"]))
        .map(|item| item["key"].clone());
    let keys = variables.chain(files).filter_map(|key| key.as_str().map(str::to_owned));
    keys.filter(|key| key.bytes().all(|byte| byte.is_ascii_digit())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_older_revision_serves_where_somebody_chose_it() {
        let service =
            |traffic: Value| json!({"status": {"latestCreatedRevisionName": "s-2", "traffic": traffic}});
        let newest = json!([{"revisionName": "s-2", "percent": 100, "latestRevision": true}, {"revisionName": "s-1", "percent": 0}]);
        assert_eq!(older_revision_that_serves(&service(newest)), None);
        for older in
            [json!([{"revisionName": "s-1", "percent": 1}]), json!([{"revisionName": "s-1", "tag": "old"}])]
        {
            assert_eq!(older_revision_that_serves(&service(older)).as_deref(), Some("s-1"));
        }
    }

    #[test]
    fn versions_are_named_by_variables_and_by_files() {
        let spec = json!({
            "containers": [{"env": [
                {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "3"}}},
                {"name": "B", "valueFrom": {"secretKeyRef": {"name": "s", "key": "latest"}}},
                {"name": "C", "valueFrom": {"secretKeyRef": {"name": "other", "key": "1"}}},
                {"name": "D", "value": "7"},
            ]}],
            "volumes": [{"name": "v", "secret": {"secretName": "s", "items": [{"key": "2", "path": "f"}]}}, {"name": "w"}],
        });
        assert_eq!(named(&spec, "s"), ["3", "2"]);
        assert!(named(&json!({}), "s").is_empty());
    }
}
