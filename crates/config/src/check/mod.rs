//! What Google and this tool ask of a config beyond the kinds of its values. Pure functions, one file a table.

mod budget;
mod ci_cd;
mod cloud_run;
mod connector;
mod cpu_memory;
mod database;
mod fault;
mod generic;
mod grammar;
mod image;
mod monitoring;
mod network;
mod overlap;
mod project;
mod ranges;
mod redis;
mod rotation;
mod tier;

pub(crate) use fault::{Fault, Faults};

use crate::Config;
use crate::warning::Warning;

/// What the checks say.
pub(crate) struct Findings {
    pub faults: Vec<Fault>,
    pub warnings: Vec<Warning>,
}

/// Runs every check.
pub(crate) fn findings(config: &Config) -> Findings {
    let mut faults = Faults::default();
    generic::check(config, &mut faults);
    // What is not even proper text would only fail its grammar in a less telling way.
    let spoiled = faults.keys();
    project::check(&config.project, &mut faults);
    budget::check(&config.budget, &mut faults);
    network::check(config, &mut faults);
    overlap::check(config, &mut faults);
    database::check(config, &mut faults);
    redis::check(&config.redis, &mut faults);
    cloud_run::check(&config.cloud_run, &mut faults);
    connector::check(&config.cloud_run, &mut faults);
    ci_cd::check(config, &mut faults);
    monitoring::check(&config.monitoring, &mut faults);
    rotation::check(config, &mut faults);
    let mut warnings = Vec::new();
    database::warn(config, &mut warnings);
    connector::warn(&config.cloud_run, &mut warnings);
    cloud_run::warn(&config.cloud_run, &mut warnings);
    Findings { faults: faults.without_repeats(&spoiled), warnings }
}
