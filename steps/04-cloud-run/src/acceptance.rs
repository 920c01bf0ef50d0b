//! Whether the service serves, to those to whom it is meant to.

use config::Config;
use engine::{Finding, Reached, Reader, Verdict};
use serde_json::Value;

/// The acceptance checks of a service, out of its description and by asking it.
pub fn findings(cloud: &Reader, config: &Config, service: &Value, ready: &Value) -> Vec<Finding> {
    let why = ready["message"].as_str().map(|message| format!(": {message}")).unwrap_or_default();
    let found = match ready["status"].as_str() {
        Some("True") => "yes".to_owned(),
        Some("False") => format!("no{why}"),
        _ => format!("not yet{why}"),
    };
    let is_ready = ready["status"] == "True";
    let account = service["spec"]["template"]["spec"]["serviceAccountName"].as_str().unwrap_or("(default)");
    vec![
        Finding::new("ready", "yes", found, is_ready),
        Finding::equal("runs as", &config.run_account_email(), account),
        answers(cloud, config, service["status"]["url"].as_str()),
    ]
}

/// A request to its health path, as anybody on the internet sends it.
fn answers(cloud: &Reader, config: &Config, url: Option<&str>) -> Finding {
    let path = &config.monitoring.uptime_path;
    let what = format!("GET {path}");
    // Without a login: no token has to be had, kept or shown. A private service's own answer is the uptime check's business.
    let expected = match config.cloud_run.public {
        true => "200",
        false => "403 for whoever has no token",
    };
    let Some(url) = url else { return Finding::new(what, expected, "it has no URL yet", false) };
    let address = format!("{}{path}", url.trim_end_matches('/'));
    match cloud.reach(&address) {
        Reached::Answered(status) => {
            let passed = if config.cloud_run.public { status == 200 } else { status == 403 };
            let todo = format!(
                "look at its logs: `gcloud run services logs read {} --region={}`",
                config.cloud_run.service, config.project.region
            );
            Finding::new(what, expected, status.to_string(), passed).todo(todo)
        }
        Reached::Nothing(why) => {
            Finding::new(what, expected, format!("no answer: {why}"), false).verdict(Verdict::Unknown)
        }
    }
}
