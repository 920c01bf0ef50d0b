//! The steps, in order. A new one is a crate and a line here.

use crate::args::Options;
use crate::exit::{Stop, USAGE};
use config::Config;
use engine::{Address, Former, Item, Resource, Step};
use std::collections::BTreeSet;

/// All steps of a deployment.
pub fn all(config: &Config) -> Vec<Step> {
    vec![
        step_project::step(config),
        step_network::step(config),
        step_database::step(config),
        step_redis::step(config),
        step_cloud_run::step(config),
        step_ci_cd::step(config),
        step_monitoring::step(config),
    ]
}

/// A resource under a name that the config names no more, and the number of its step. `None`: it is nothing of which a change
/// of the config makes a second one.
pub fn former(config: &Config, address: &Address) -> Option<(usize, Former)> {
    let all = [
        step_project::former,
        step_network::former,
        step_database::former,
        step_redis::former,
        step_cloud_run::former,
        step_ci_cd::former,
        step_monitoring::former,
    ];
    all.iter().enumerate().find_map(|(step, of)| Some((step, of(config, address)?)))
}

/// All steps, where the Redis instance stays what it was found to be (`adopt`).
pub fn keeping_redis(config: &Config) -> Vec<Step> {
    let keep = |step: Step| if step.id == "03-redis" { step_redis::step_keeping(config) } else { step };
    all(config).into_iter().map(keep).collect()
}

/// Every resource that the steps keep.
pub fn kept(steps: &[Step]) -> impl Iterator<Item = &dyn Resource> {
    steps.iter().flat_map(|step| &step.items).filter_map(|item| match item {
        Item::Keep(resource) => Some(resource.as_ref()),
        Item::Skip { .. } => None,
    })
}

/// The addresses of `--allow-replace`: a misspelled one would otherwise permit nothing, silently. What this tool made and keeps
/// no more can be named too.
pub fn replaceable(
    steps: &[Step],
    options: &Options,
    made: impl IntoIterator<Item = Address>,
) -> Result<BTreeSet<Address>, Stop> {
    let kept = kept(steps).map(|resource| resource.address());
    let known: BTreeSet<Address> = kept.chain(made).collect();
    let allowed = options.allow_replace.iter().map(|text| {
        let found = known.iter().find(|address| address.as_str() == text);
        found.cloned().ok_or_else(|| {
            let what = format!("--allow-replace {text}: no step keeps a resource of this address.");
            Stop::say(USAGE, format!("{what} `deploy-all plan` shows the addresses."))
        })
    });
    allowed.collect()
}

/// Finds a step by what a person calls it: `03-redis`, `03`, `3` or `redis`.
pub fn find(steps: &[Step], name: &str) -> Result<usize, Stop> {
    let wanted = name.trim().to_ascii_lowercase();
    let fits = |step: &Step| {
        let (number, rest) = step.id.split_once('-').unwrap_or((step.id, ""));
        let same_number = number.parse::<u8>().is_ok_and(|number| wanted.parse() == Ok(number));
        step.id == wanted || rest == wanted || same_number
    };
    steps.iter().position(fits).ok_or_else(|| {
        let ids: Vec<&str> = steps.iter().map(|step| step.id).collect();
        Stop::say(USAGE, format!("There is no step {name:?}. The steps are {}.", ids.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_has_three_names() {
        let steps = all(&Config::default());
        for (name, index) in
            [("03-redis", 3), ("03", 3), ("redis", 3), ("3", 3), ("0", 0), ("00-project", 0), ("CI-CD", 5)]
        {
            assert_eq!(find(&steps, name).unwrap(), index, "{name}");
        }
        assert!(find(&steps, "").is_err() && find(&steps, "07").is_err());
    }
}
