//! Step 06-monitoring: log retention, log archive, error metric, notification channel, uptime check, alert policies,
//! dashboard.

pub mod adopt;
mod alert_policy;
mod archive_bucket;
mod compare;
mod dashboard;
mod email_channel;
mod error_metric;
mod former;
mod leftovers;
mod log_retention;
mod log_sink;
mod ours;
mod policies;
mod template;
mod uptime_check;
mod uptime_invoker;

use archive_bucket::ArchiveBucket;
use config::Config;
use dashboard::Dashboard;
use email_channel::EmailChannel;
use engine::{Address, Former, Need, Step};
use error_metric::ErrorMetric;
use leftovers::Leftovers;
use log_retention::LogRetention;
use log_sink::LogSink;
use resources::IamBinding;
use uptime_check::UptimeCheck;
use uptime_invoker::UptimeInvoker;

const LOGGING: Need = Need::Api("logging.googleapis.com");
const MONITORING: Need = Need::Api("monitoring.googleapis.com");
const STORAGE: Need = Need::Api("storage.googleapis.com");

/// A resource of this step that was kept for a service of another name, or that the config leaves out now. `None`: none of this
/// step's, or under a fixed name.
pub fn former(config: &Config, address: &Address) -> Option<Former> {
    let former = Former::of(former::FormerObject::of(config, address)?);
    // Without an address to mail to, a channel mails to the old one.
    let mails = address.kind() == ours::CHANNEL.name;
    Some(if mails { former.if_left_out() } else { former })
}

/// What this step keeps.
pub fn step(config: &Config) -> Step {
    let bucket = config.logs_bucket();
    let sink_writer = IamBinding::on_bucket(&bucket, "", log_sink::WRITER_ROLE)
        .member_from("log-sink-writer", log_sink::writer_identity)
        .needs([Need::Resource(archive_bucket::address(config)), Need::Resource(log_sink::address())]);

    let mut step = Step::new("06-monitoring", "Logs, checks, alerts")
        .keep(LogRetention::new(config))
        .keep(ArchiveBucket::new(config))
        .keep(LogSink::new(config))
        .keep(sink_writer)
        .keep(ErrorMetric::new(config));

    step = match &config.monitoring.notification_email {
        Some(_) => step.keep(EmailChannel::new(config)),
        None => step.skip(
            email_channel::address(config),
            "no address is configured, so alerts are raised but mailed to nobody",
            Some("deploy-all --set monitoring.notification_email=oncall@yourcompany.com".to_owned()),
        ),
    };

    step = step.keep(UptimeInvoker::new(config)).keep(UptimeCheck::new(config));
    let mut watched: Vec<Address> = Vec::new();
    for policy in policies::all(config) {
        step = match policy {
            Ok(policy) => {
                watched.push(policy.address());
                step.keep(policy)
            }
            Err(policies::LeftOut { address, why, command }) => step.skip(address, why, Some(command)),
        };
    }
    step = step
        .keep(Dashboard::new(config))
        .keep(Leftovers::alert_policies(config, &watched))
        .keep(Leftovers::uptime_checks(config, &watched))
        .keep(Leftovers::dashboards(config));
    if config.monitoring.notification_email.is_some() {
        step = step.keep(Leftovers::channels(config, &watched));
    }
    step
}

#[cfg(test)]
mod scripted;
#[cfg(test)]
mod tests;

/// The Cloud Run service, which step 04 keeps.
fn run_service(config: &Config) -> Need {
    Need::Resource(Address::new("run-service", &config.cloud_run.service))
}
