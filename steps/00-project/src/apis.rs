//! The APIs that the deployment calls.

use crate::billing::BillingLink;
use config::Config;
use engine::{Address, AtDestroy, Diff, Finding, Need, Reader, Resource, Result, State, Writer};
use gcloud::{Command, gcloud};
use resources::project_address;
use std::time::Duration;

/// What must be enabled in every project.
pub const REQUIRED: &[&str] = &[
    "artifactregistry.googleapis.com",
    "billingbudgets.googleapis.com",
    "cloudbuild.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudtrace.googleapis.com",
    "compute.googleapis.com",
    "iam.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "redis.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "servicenetworking.googleapis.com",
    "serviceusage.googleapis.com",
    "sqladmin.googleapis.com",
    "storage.googleapis.com",
    "vpcaccess.googleapis.com",
];

/// What a schedule of rotations tells its topic through.
const PUBSUB: &str = "pubsub.googleapis.com";

/// What must be enabled for this config.
pub(crate) fn required(config: &Config) -> Vec<&'static str> {
    let pubsub = config.rotation.is_scheduled().then_some(PUBSUB);
    REQUIRED.iter().copied().chain(pubsub).collect()
}

/// Google takes no more in one request, and none of them if there are more.
const AT_ONCE: usize = 20;

/// All required APIs, as one resource: one list tells of all of them.
pub(crate) struct Apis {
    project: String,
    required: Vec<&'static str>,
}

impl Apis {
    pub(crate) fn new(config: &Config) -> Self {
        Self { project: config.project.id.clone(), required: required(config) }
    }

    pub(crate) fn address() -> Address {
        Address::new("apis", "required")
    }
}

/// The command that lists what is enabled.
pub(crate) fn enabled_command() -> Command {
    gcloud!["services list", "--enabled"]
}

/// The names of the APIs that are enabled in the project.
pub(crate) fn enabled(cloud: &Reader) -> Result<Vec<String>> {
    let rows = cloud.list(enabled_command())?;
    Ok(rows.iter().filter_map(|row| row["config"]["name"].as_str().map(str::to_owned)).collect())
}

fn enable(cloud: &Writer, apis: &[&str]) -> Result<()> {
    for batch in apis.chunks(AT_ONCE) {
        let command = batch.iter().fold(Command::new("services enable"), |command, api| command.arg(*api));
        // It waits for the operation, which takes Google some 20 s and up to some minutes.
        cloud.change(command.deadline(Duration::from_secs(900)))?;
    }
    Ok(())
}

impl Resource for Apis {
    fn address(&self) -> Address {
        Self::address()
    }

    fn needs(&self) -> Vec<Need> {
        vec![
            Need::Resource(project_address(&self.project)),
            // Most of them cannot be enabled in a project that nobody pays for.
            Need::Resource(BillingLink::address_of(&self.project)),
        ]
    }

    fn provides(&self) -> Vec<Need> {
        self.required.iter().map(|api| Need::Api(api)).collect()
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let enabled = enabled(cloud)?;
        let missing: Vec<Diff> = self
            .required
            .iter()
            .filter(|api| !enabled.iter().any(|name| name == *api))
            .map(|api| Diff::new(*api, "off", "on"))
            .collect();
        cloud.learn_apis(enabled);
        Ok(if missing.len() == self.required.len() { State::Absent } else { State::from_diffs(missing) })
    }

    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let enabled = enabled(cloud)?;
        let off: Vec<&str> =
            self.required.iter().copied().filter(|api| !enabled.iter().any(|name| name == api)).collect();
        let expected = format!("{} are enabled", self.required.len());
        let found = if off.is_empty() { expected.clone() } else { format!("off: {}", off.join(", ")) };
        Ok(vec![Finding::new("APIs", expected, found, off.is_empty())])
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        enable(cloud, &self.required)
    }

    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let missing: Vec<&str> = diffs.iter().map(|diff| diff.field.as_str()).collect();
        enable(cloud, &missing)
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::Kept("what else in the project uses them cannot be known")
    }

    /// They stay: what else in the project uses them cannot be known.
    fn delete(&self, _cloud: &Writer) -> Result<()> {
        Ok(())
    }

    /// `services enable` exits 0 also where the operation failed, and what it enabled shows a little later.
    fn verify_after(&self) -> bool {
        true
    }

    fn expected_seconds(&self) -> Option<u32> {
        Some(45)
    }
}
