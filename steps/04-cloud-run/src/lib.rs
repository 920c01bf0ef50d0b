//! Step 04-cloud-run: the service, the account that it runs as, what that account may read, and its way into the network.

mod acceptance;
pub mod adopt;
mod connector;
mod existing_secret;
mod revision;
mod service;
mod settings;
#[cfg(test)]
mod tests;
mod wanted;

use connector::Connector;
pub use revision::NewRevision;

use config::model::Egress;
use config::{Config, names};
use engine::{Address, Former, Need, Resource as _, Step};
use resources::{IamBinding, SecretValue, ServiceAccount};
use std::collections::BTreeSet;

/// Service accounts and connectors cannot carry labels: this description is the owner's mark.
const MARK: &str = "Managed by deploy-all";

/// A resource of this step under a name that the config names no more. `None`: none of this step's, or under a fixed name, or
/// a right that goes with what it is on.
pub fn former(config: &Config, address: &Address) -> Option<Former> {
    match address.kind() {
        "run-service" => Some(Former::of(service::RunService::former(config, address.name()))),
        "vpc-connector" => Some(Former::of(Connector::former(config, address.name()))),
        // The service names the secret no more.
        "iam-binding" => {
            let (secret, _) = address.name().strip_prefix("secret/")?.split_once('/')?;
            let former = access(config, secret);
            (former.address() == *address).then(|| Former::of(former))
        }
        _ => None,
    }
}

/// What this step keeps.
pub fn step(config: &Config) -> Step {
    let project = &config.project.id;
    let runtime = ServiceAccount::new(project, names::RUN_ACCOUNT, "CodeMentor service", MARK);
    let mut step = Step::new("04-cloud-run", "Cloud Run service").keep(runtime);
    for secret in foreign_secrets(config) {
        step = step.keep(existing_secret::ExistingSecret::new(&secret));
    }
    for secret in secrets(config) {
        step = step.keep(access(config, &secret));
    }
    let connector = Connector::new(config);
    let service = service::RunService::new(config);
    let public = public(config);
    match config.cloud_run.egress {
        Egress::Connector => step.keep(connector).keep(service).keep(public),
        // With direct egress a connector is of no use, and costs: it goes once the service has left it.
        Egress::Direct => step.keep(service).keep(connector).keep(public),
    }
}

/// The secrets that the service reads: exactly these, each by itself, not all of the project.
fn secrets(config: &Config) -> BTreeSet<String> {
    wanted::secret_variables(config).into_values().chain(wanted::mounts(config).into_values()).collect()
}

/// Those of them that no step makes.
fn foreign_secrets(config: &Config) -> BTreeSet<String> {
    let made = [names::DB_PASSWORD, names::DATABASE_URL, names::REDIS_URL, names::REDIS_CA];
    secrets(config).into_iter().filter(|secret| !made.contains(&secret.as_str())).collect()
}

fn access(config: &Config, secret: &str) -> IamBinding {
    let member = format!("serviceAccount:{}", config.run_account_email());
    IamBinding::on_secret(secret, member, "roles/secretmanager.secretAccessor").needs([
        Need::Resource(SecretValue::address_of(secret)),
        Need::Resource(ServiceAccount::address_of(names::RUN_ACCOUNT)),
    ])
}

/// Everybody may call the service, if and only if the config says so. By itself, since `run deploy --allow-unauthenticated`
/// hides its failure behind exit 0.
fn public(config: &Config) -> IamBinding {
    let (service, region) = (&config.cloud_run.service, &config.project.region);
    IamBinding::on_run_service(service, region, "allUsers", "roles/run.invoker")
        .wanted(config.cloud_run.public)
        .needs([Need::Resource(service::address(config))])
}
