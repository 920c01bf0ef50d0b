use engine::{Reader, Result};
use gcloud::{Command, gcloud};
use serde_json::Value;

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
