//! The old scripts' export of logs: a sink whose writer was never let into its bucket, and a bucket that deletes what it
//! holds after the days that logs are searchable anyway.

use config::{Config, names};
use engine::{Address, Reader, Result};
use gcloud::gcloud;
use resources::Decision;
use serde_json::Value;

const STORAGE: &str = "storage.googleapis.com/";

/// Other sinks into buckets, and buckets that they fill and that delete what they hold. One process: the list of sinks.
///
/// # Errors
/// Sinks or buckets cannot be listed.
pub fn decisions(cloud: &Reader, config: &Config) -> Result<Vec<Decision>> {
    let project = &config.project.id;
    let buckets = resources::buckets(cloud)?;
    let mut decisions = Vec::new();
    for sink in cloud.list(gcloud!["logging sinks list"])? {
        let name = sink["name"].as_str().unwrap_or_default();
        let target = sink["destination"].as_str().and_then(|target| target.strip_prefix(STORAGE));
        let Some(bucket) = target.filter(|bucket| name != names::SINK && *bucket != config.logs_bucket())
        else {
            continue;
        };
        decisions.push(Decision {
            step: "06-monitoring",
            about: Address::new("log-sink", name),
            text: format!(
                "exports logs to gs://{bucket} beside {}; the old scripts never let its writer into the bucket, so that nothing \
                 arrives there",
                names::SINK
            ),
            command: format!("gcloud logging sinks delete {name} --project={project}"),
        });
        let days = buckets.iter().find(|found| found["name"] == bucket).and_then(days);
        if let Some(days) = days {
            decisions.push(Decision {
                step: "06-monitoring",
                about: Address::new("bucket", bucket),
                text: format!(
                    "deletes what it holds after {days} days, so that nothing in it is for the long term; gs://{} keeps logs for \
                     {} days",
                    config.logs_bucket(),
                    config.monitoring.archive_days
                ),
                command: format!("gcloud storage buckets update gs://{bucket} --clear-lifecycle --project={project}"),
            });
        }
    }
    Ok(decisions)
}

/// After how many days a bucket deletes what it holds.
fn days(bucket: &Value) -> Option<u64> {
    let rules = bucket["lifecycle_config"]["rule"].as_array()?;
    rules
        .iter()
        .filter(|rule| rule["action"]["type"] == "Delete")
        .find_map(|rule| rule["condition"]["age"].as_u64())
}
