//! What the config names no more: added to the steps as resources like any other, not wanted.

use crate::steps::former;
use config::Config;
use engine::checkpoint::Checkpoint;
use engine::{Address, Former, Item, Resource, Step};
use std::collections::{BTreeMap, BTreeSet};

/// Where it goes in a deploy, at the earliest: after the service, which may still go through it or hold its URL.
const SERVICE: usize = 4;

/// Where a former service goes: once builds no longer deploy to it, which would make it again.
const BUILDS: usize = 5;

/// What an address says of a resource that is on another one, and ends with it.
const RIGHT: &str = "iam-binding";

/// Adds what the journal remembers and the config names no more: another one took its place, or the config leaves it out. In a
/// deploy it goes after all that may still use it; a destroy, which works backwards, takes it in the step that kept it, once that
/// step's own is gone. Where no step knows it any more, it is told of: nothing that this tool made is forgotten.
///
/// Gives back what no step knows.
pub fn add(steps: &mut [Step], config: &Config, journal: &Checkpoint, destroying: bool) -> Vec<Address> {
    // A rotation has steps of its own, and takes nothing away.
    if steps.get(SERVICE).is_none_or(|step| step.id != "04-cloud-run") {
        return Vec::new();
    }
    let kept = addresses(steps, false);
    let left_out: BTreeSet<Address> = addresses(steps, true).difference(&kept).cloned().collect();
    let mut found: Vec<(usize, Former)> = Vec::new();
    let mut unknown = Vec::new();
    for address in journal.remembered().filter(|address| !kept.contains(address)) {
        match former(config, address) {
            // A step that leaves something out says what becomes of what is there.
            Some((_, former)) if !destroying && left_out.contains(address) && !former.goes_if_left_out() => {}
            Some((step, former)) => found.push((step, former.needing_of(&kept))),
            None if journal.made.contains_key(address)
                && address.kind() != RIGHT
                && !left_out.contains(address) =>
            {
                unknown.push(address.clone());
            }
            None => {}
        }
    }
    // What was made last goes first.
    let orders: Vec<BTreeMap<String, usize>> = steps.iter().map(order).collect();
    found.sort_by_key(|(step, former)| {
        let made = orders[*step].get(former.address().kind()).copied().unwrap_or(usize::MAX);
        (std::cmp::Reverse((*step, made)), former.address())
    });
    let service = found.iter().any(|(_, former)| former.address().kind() == "run-service");
    let earliest = if service { BUILDS } else { SERVICE };
    if destroying {
        for (step, former) in found {
            // Backwards, each comes after those that stand behind it.
            steps[step].items.insert(0, Item::Keep(Box::new(former)));
        }
    } else {
        for (step, former) in found {
            let address = former.address();
            steps.iter_mut().for_each(|step| {
                step.items.retain(|item| !matches!(item, Item::Skip { address: own, .. } if *own == address));
            });
            steps[step.max(earliest)].items.push(Item::Keep(Box::new(former)));
        }
    }
    if let Some(last) = steps.last_mut() {
        let why = || "this tool made it, and the config names it no more; it stays".to_owned();
        let skip = |address: &Address| Item::Skip { address: address.clone(), why: why(), command: None };
        last.items.extend(unknown.iter().map(skip));
    }
    unknown
}

/// What the steps keep, and, where that is asked for, what they visibly leave out.
fn addresses(steps: &[Step], left_out: bool) -> BTreeSet<Address> {
    let items = steps.iter().flat_map(|step| &step.items).filter_map(|item| match item {
        Item::Keep(resource) => Some(resource.address()),
        Item::Skip { address, .. } => left_out.then(|| address.clone()),
    });
    items.collect()
}

/// Which kind a step makes first, second, ...
fn order(step: &Step) -> BTreeMap<String, usize> {
    let kinds = step.items.iter().enumerate().map(|(number, item)| match item {
        Item::Keep(resource) => (resource.address().kind().to_owned(), number),
        Item::Skip { address, .. } => (address.kind().to_owned(), number),
    });
    kinds.fold(BTreeMap::new(), |mut order, (kind, number)| {
        order.entry(kind).or_insert(number);
        order
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::steps::{all, kept};

    const RENAMED: [(&str, &str); 12] = [
        ("alert-policy", "old-uptime"),
        ("dashboard", "old"),
        ("iam-binding", "run-service/old/run.invoker/allUsers"),
        ("notification-channel", "old-email"),
        ("pubsub-topic", "old"),
        ("redis-instance", "old"),
        ("run-service", "old"),
        ("sql-database", "old"),
        ("sql-instance", "old"),
        ("uptime-check", "old"),
        ("vpc-connector", "old"),
        ("widget", "old"),
    ];

    fn added(renamed: &[(&str, &str)], destroying: bool) -> Vec<(String, Vec<String>)> {
        let config = Config::default();
        let mut steps = all(&config);
        let before = addresses(&steps, true);
        let renamed = renamed.iter().map(|(kind, name)| Address::new(kind, name));
        add(&mut steps, &config, &journal(renamed.chain(before.clone())), destroying);
        let new = |step: Step| {
            let items = step.items.into_iter().map(|item| match item {
                Item::Keep(resource) => resource.address(),
                Item::Skip { address, .. } => address,
            });
            let new = items.filter(|address| !before.contains(address)).map(|address| address.to_string());
            (step.id.to_owned(), new.collect::<Vec<_>>())
        };
        steps.into_iter().map(new).filter(|(_, new)| !new.is_empty()).collect()
    }

    fn journal(made: impl Iterator<Item = Address>) -> Checkpoint {
        let text = "format = 1\ntool = \"1\"\nproject = \"p\"\nkind = \"deploy\"\nrun = \"r\"\nstarted = \"2026-01-01T00:00:00Z\"\n";
        let mut journal: Checkpoint = toml::from_str(text).expect("a checkpoint");
        journal.made.extend(made.map(|address| (address, journal.started)));
        journal
    }

    fn of(step: &str, addresses: &[&str]) -> (String, Vec<String>) {
        (step.to_owned(), addresses.iter().map(|address| (*address).to_owned()).collect())
    }

    #[test]
    fn a_deploy_takes_it_after_all_that_may_still_use_it() {
        let gone = [
            "run-service/old",
            "vpc-connector/old",
            "redis-instance/old",
            "sql-database/old",
            "sql-instance/old",
            "pubsub-topic/old",
        ];
        let watched = [
            "dashboard/old",
            "alert-policy/old-uptime",
            "uptime-check/old",
            "notification-channel/old-email",
        ];
        let last = [&watched[..], &["widget/old"]].concat();
        assert_eq!(added(&RENAMED, false), [of("05-ci-cd", &gone), of("06-monitoring", &last)]);
        // The same service: nothing waits for the builds.
        assert_eq!(added(&[("vpc-connector", "old")], false), [of("04-cloud-run", &["vpc-connector/old"])]);
    }

    #[test]
    fn a_destroy_takes_it_in_its_own_step_backwards() {
        let steps = added(&RENAMED, true);
        assert_eq!(steps[0], of("00-project", &["pubsub-topic/old"]));
        assert_eq!(steps[1], of("02-database", &["sql-instance/old", "sql-database/old"]));
        assert_eq!(steps[3], of("04-cloud-run", &["vpc-connector/old", "run-service/old"]));
    }

    /// Every kind whose name comes from the config: renamed, it has a way to go, and needs nothing that no step keeps.
    #[test]
    fn whatever_the_config_names_has_a_way_to_go() {
        let fixed = [
            "apis",
            "billing-link",
            "bucket",
            "build-file",
            "default-network",
            "leftover-alert-policies",
            "leftover-dashboards",
            "leftover-notification-channels",
            "leftover-uptime-checks",
            "log-bucket",
            "log-metric",
            "log-sink",
            "project",
            "rotation-schedule",
            "secret",
            "service-account",
            "service-agents",
        ];
        let mut config = Config::default();
        config.budget.monthly_amount = Some(1);
        config.monitoring.notification_email = Some("a@b.c".to_owned());
        config.rotation.db_password_days = Some(30);
        let steps = all(&config);
        for resource in kept(&steps) {
            let address = resource.address();
            if address.kind() == RIGHT {
                continue;
            }
            assert_eq!(former(&config, &address).is_none(), fixed.contains(&address.kind()), "{address}");
            if let Some((_, former)) = former(&config, &address) {
                assert_eq!(former.address(), address);
            }
        }
    }
}
