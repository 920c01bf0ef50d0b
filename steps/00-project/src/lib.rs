//! Step 00-project: the project, its billing, its APIs, Google's service agents in it, a budget alert.

mod apis;
mod billing;
mod budget;
pub mod doctor;
mod project;
mod rights;
mod rotation_topic;
mod service_agents;

use config::Config;
use engine::{Address, Former, Step};

pub use apis::REQUIRED;
pub use billing::{BillingAccount, billing_accounts};

/// A resource of this step under a name that the config names no more, or that it leaves out now. `None`: none of this step's,
/// or under a fixed name.
pub fn former(config: &Config, address: &Address) -> Option<Former> {
    match address.kind() {
        "pubsub-topic" => Some(Former::of(rotation_topic::RotationTopic::former(config, address.name()))),
        // Without an amount, it tells of the old one.
        "budget" if *address == budget::Budget::address_of(config) => {
            Some(Former::of(budget::Budget::former(config)).if_left_out())
        }
        _ => None,
    }
}

/// What this step keeps.
pub fn step(config: &Config) -> Step {
    let mut step = Step::new("00-project", "Project, billing, APIs")
        .keep(project::Project::new(config))
        .keep(billing::BillingLink::new(config))
        .keep(apis::Apis::new(config))
        .keep(service_agents::ServiceAgents::new(config));
    if config.rotation.is_scheduled() {
        step = step
            .keep(rotation_topic::RotationTopic::new(config))
            .keep(rotation_topic::RotationPublisher::new(config));
    }
    match budget::Budget::new(config) {
        Some(budget) => step.keep(budget),
        None => step.skip(
            budget::Budget::address_of(config),
            "no amount is configured, so nobody is told when it gets expensive",
            Some("deploy-all --set budget.monthly_amount=100".to_owned()),
        ),
    }
}

#[cfg(test)]
mod tests;
