//! The estimate: a line a resource.

use crate::rates::{self, Rate};
use crate::{Bounds, Price, Region, Traffic, prices};
use config::Config;
use events::Address;
use std::collections::BTreeMap;

/// What one resource uses of one price.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// The price.
    pub price: &'static Price,
    /// How much is used.
    pub quantity: Bounds,
    /// What it costs after what is free.
    pub amount: Bounds,
}

/// One resource.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The step that keeps it.
    pub step: String,
    /// The resource.
    pub resource: Address,
    /// What of it is paid for, in words.
    pub what: String,
    /// US dollars a month, the low one never above the high one.
    pub amount: Bounds,
    /// False where one of the prices that make it up is not confirmed.
    pub sure: bool,
    /// What it is made of.
    pub parts: Vec<Part>,
}

/// All resources of a deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// Where.
    pub region: Region,
    /// What Google charges for, in the order of the steps.
    pub lines: Vec<Line>,
    /// What Google charges nothing for.
    pub free: Vec<Address>,
    /// What has no price here: the total lacks it.
    pub unknown: Vec<Address>,
    /// The sum, US dollars a month.
    pub total: Bounds,
}

impl Estimate {
    /// The sum of one step.
    pub fn of_step(&self, step: &str) -> Bounds {
        sum(self.lines.iter().filter(|line| line.step == step).map(|line| line.amount))
    }
}

/// Estimates these resources, each with the step that keeps it.
pub fn estimate<'a>(
    config: &Config,
    resources: impl IntoIterator<Item = (&'a str, &'a Address)>,
    traffic: &Traffic,
) -> Estimate {
    let region = Region::of(&config.project.region);
    let mut free_left: BTreeMap<String, Bounds> = BTreeMap::new();
    let (mut lines, mut free, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for (step, resource) in resources {
        let (what, uses) = match rates::of(config, resource, traffic) {
            Rate::Uses { what, uses } => (what, uses),
            Rate::Free => {
                free.push(resource.clone());
                continue;
            }
            Rate::Unknown => {
                unknown.push(resource.clone());
                continue;
            }
        };
        let found: Option<Vec<(&'static Price, Bounds)>> = uses
            .into_iter()
            .map(|used| Some((prices().get(&used.price, region.run_tier)?, used.quantity)))
            .collect();
        let Some(found) = found else {
            unknown.push(resource.clone());
            continue;
        };
        let parts: Vec<Part> = found
            .into_iter()
            .map(|(price, quantity)| {
                // What is free is free once, however many resources use it.
                let left = free_left.entry(price.id.clone()).or_insert(Bounds::same(price.free_worth()));
                let gross = quantity.map(|quantity| quantity * price.usd);
                let given = gross.with(*left, f64::min);
                *left = left.with(given, |left, given| left - given);
                Part { price, quantity, amount: gross.with(given, |gross, given| gross - given) }
            })
            .collect();
        let parts = cheaper_first(parts);
        lines.push(Line {
            step: step.to_owned(),
            resource: resource.clone(),
            what,
            amount: sum(parts.iter().map(|part| part.amount)),
            sure: parts.iter().all(|part| part.price.sure || part.amount.high < 0.005),
            parts,
        });
    }
    let total = sum(lines.iter().map(|line| line.amount));
    Estimate { region, lines, free, unknown, total }
}

/// An instance that is kept warm costs less while it works on what is free: then more traffic is the cheaper end. The parts stay
/// together, so that each column remains a sum.
fn cheaper_first(parts: Vec<Part>) -> Vec<Part> {
    let whole = sum(parts.iter().map(|part| part.amount));
    if whole.low <= whole.high {
        return parts;
    }
    let turned = |part: Part| Part { quantity: part.quantity.turned(), amount: part.amount.turned(), ..part };
    parts.into_iter().map(turned).collect()
}

fn sum(amounts: impl Iterator<Item = Bounds>) -> Bounds {
    amounts.fold(Bounds::same(0.0), |sum, amount| sum.with(amount, |a, b| a + b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use config::model::{Availability, Egress, RedisTier};
    use proptest::prelude::*;

    fn near(found: Bounds, low: f64, high: f64) {
        assert!(
            (found.low - low).abs() < 0.005 && (found.high - high).abs() < 0.005,
            "{found:?} {low} {high}"
        );
    }

    fn cost(config: &Config, kind: &str, name: &str, traffic: &Traffic) -> Bounds {
        estimate(config, [("x", &Address::new(kind, name))], traffic).total
    }

    fn traffic(set: &[&str]) -> Traffic {
        let mut traffic = Traffic::default();
        set.iter().for_each(|text| traffic.set(text).unwrap());
        traffic
    }

    #[test]
    fn a_standby_doubles_machine_and_disk_but_not_backups() {
        let traffic = traffic(&["database_gb=0"]);
        let mut config = Config::default();
        near(cost(&config, "sql-instance", "a", &traffic), 7.665 + 1.7, 7.665 + 1.7);
        config.database.availability = Availability::Regional;
        near(cost(&config, "sql-instance", "a", &traffic), 2.0 * 9.365, 2.0 * 9.365);
        config.database.tier = "db-custom-2-7680".into();
        // The amounts that infracost has for this machine: 120.60 + 76.65 + 3.40.
        near(cost(&config, "sql-instance", "a", &traffic), 200.646, 200.646);
    }

    #[test]
    fn the_disk_grows_with_the_data_and_backups_with_both() {
        let traffic = traffic(&["database_gb=100", "backup_share=0.1"]);
        let config = Config::default();
        near(cost(&config, "sql-instance", "a", &traffic), 7.665 + 17.0 + 0.08 * 160.0, 37.465);
    }

    #[test]
    fn redis_is_cheaper_by_the_gigabyte_when_larger() {
        let mut config = Config::default();
        let all = Traffic::default();
        for (gb, basic, standard) in
            [(1, 35.77, 46.72), (5, 98.55, 197.10), (25, 419.75, 839.50), (105, 1226.40, 2299.50)]
        {
            config.redis.memory_gb = gb;
            config.redis.tier = RedisTier::Basic;
            near(cost(&config, "redis-instance", "a", &all), basic, basic);
            config.redis.tier = RedisTier::Standard;
            near(cost(&config, "redis-instance", "a", &all), standard, standard);
        }
    }

    #[test]
    fn a_service_pays_what_is_beyond_the_free_tier_in_its_region() {
        let mut config = Config::default();
        let small = traffic(&["requests=900000", "request_seconds=0.2", "at_once=1", "egress_gib=1"]);
        near(cost(&config, "run-service", "a", &small), 0.0, 0.0);
        let large = traffic(&["requests=9000000", "request_seconds=0.2", "at_once=1", "egress_gib=11"]);
        // 1 800 000 CPU-seconds, 900 000 GiB-seconds: infracost has 60.48 and 3.15 for them in tier 2.
        let (free_cpu, free_memory) = (180_000.0 * 0.000024, 360_000.0 * 0.0000025);
        config.project.region = "europe-west3".into();
        let tier_2 = 60.48 - free_cpu + 3.15 - free_memory + 2.8 + 1.2;
        near(cost(&config, "run-service", "a", &large), tier_2, tier_2);
        config.project.region = "us-east1".into();
        let tier_1 = 43.2 - free_cpu + 2.25 - free_memory + 2.8 + 1.2;
        near(cost(&config, "run-service", "a", &large), tier_1, tier_1);
    }

    #[test]
    fn a_warm_instance_costs_its_idle_time() {
        let mut config = Config::default();
        config.cloud_run.min_instances = 1;
        let none = traffic(&["requests=0", "egress_gib=0"]);
        near(cost(&config, "run-service", "a", &none), 2_628_000.0 * 0.00000375, 9.855);
    }

    #[test]
    fn one_number_for_both_columns_gives_one_amount_and_more_at_once_is_cheaper() {
        let config = Config::default();
        let service = |set: &[&str]| cost(&config, "run-service", "a", &traffic(set));
        let one = service(&["requests=30000000", "egress_gib=1"]);
        assert_eq!(one.low, one.high);
        let between = service(&["requests=30000000", "egress_gib=1", "at_once=1..4"]);
        let ends =
            ["at_once=4", "at_once=1"].map(|end| service(&["requests=30000000", "egress_gib=1", end]).low);
        assert_eq!([between.low, between.high], ends);
        assert!(between.low < one.low && one.high < between.high);
    }

    proptest! {
        #[test]
        fn low_is_never_above_high(
            requests in range(1e12), seconds in range(10.0), at_once in range(100.0), egress in range(1e6),
            database in range(1e4), share in range(2.0), logs in range(1e5), warm in 0_u32..4, days in 1_u32..400,
        ) {
            let mut traffic = Traffic::default();
            for (key, (low, high)) in [
                ("requests", requests), ("request_seconds", seconds), ("egress_gib", egress),
                ("at_once", (at_once.0 + 1.0, at_once.1 + 1.0)), ("database_gb", database),
                ("backup_share", share), ("log_gib", logs),
            ] {
                traffic.set(&format!("{key}={low}..{high}")).unwrap();
            }
            let mut config = Config::default();
            config.cloud_run.min_instances = warm;
            config.monitoring.log_retention_days = days;
            let kinds = ["run-service", "sql-instance", "secret", "log-bucket", "vpc-connector"];
            let kept = kinds.map(|kind| Address::new(kind, "a"));
            let estimate = estimate(&config, kept.iter().map(|address| ("x", address)), &traffic);
            for amount in estimate.lines.iter().map(|line| line.amount).chain([estimate.total]) {
                prop_assert!(0.0 <= amount.low && amount.low <= amount.high, "{amount:?}");
            }
        }
    }

    /// Two numbers in order, as often equal as not.
    fn range(most: f64) -> impl Strategy<Value = (f64, f64)> {
        let number = 0.0..most;
        prop_oneof![
            number.clone().prop_map(|n| (n, n)),
            (number.clone(), number).prop_map(|(a, b)| (a.min(b), a.max(b)))
        ]
    }

    #[test]
    fn what_is_free_is_free_once() {
        let config = Config::default();
        let all = traffic(&["starts=0"]);
        let secrets: Vec<Address> = (0..8).map(|n| Address::new("secret", format!("s{n}"))).collect();
        let estimate = estimate(&config, secrets.iter().map(|secret| ("x", secret)), &all);
        near(estimate.total, 0.12, 0.12);
        near(estimate.lines[5].amount, 0.0, 0.0);
        near(estimate.lines[6].amount, 0.06, 0.06);
    }

    #[test]
    fn what_is_not_known_is_not_nothing() {
        let config = Config::default();
        let (known, strange) = (Address::new("peering", "a"), Address::new("satellite", "a"));
        let estimate = estimate(&config, [("x", &known), ("x", &strange)], &Traffic::default());
        assert_eq!((estimate.free, estimate.unknown), (vec![known], vec![strange]));
    }

    #[test]
    fn an_archive_costs_what_it_holds_when_it_is_full() {
        let mut config = Config::default();
        config.monitoring.archive_days = 300;
        let logs = traffic(&["log_gib=100"]);
        near(cost(&config, "bucket", &config.logs_bucket(), &logs), 20.0 + 0.0146, 20.0146);
        near(cost(&config, "bucket", &config.source_bucket(), &logs), 0.0, 0.0);
        config.monitoring.log_retention_days = 60;
        near(cost(&config, "log-bucket", "_Default", &logs), 25.0 + 1.0, 26.0);
    }

    #[test]
    fn a_connector_costs_its_machines() {
        let mut config = Config::default();
        near(cost(&config, "vpc-connector", "a", &Traffic::default()), 11.096, 16.644);
        config.cloud_run.egress = Egress::Direct;
        config.cloud_run.connector.machine_type = "e2-micro".into();
        let line =
            &estimate(&config, [("x", &Address::new("vpc-connector", "a"))], &Traffic::default()).lines[0];
        assert!(!line.sure, "the price of an e2-micro is not confirmed");
    }
}
