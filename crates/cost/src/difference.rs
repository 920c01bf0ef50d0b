//! What a plan does to the month's bill.

use crate::{Bounds, Traffic, estimate};
use config::Config;
use config::model::{Availability, Edition, RedisTier};
use events::{Action, Address, Diff, PlanItem};

/// What changes for one resource, US dollars a month.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The resource.
    pub resource: Address,
    /// More, or less where negative; the least of it first.
    pub amount: Bounds,
}

/// What changes for all of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Resources whose cost changes.
    pub changes: Vec<Change>,
    /// The sum, the least of it first.
    pub total: Bounds,
    /// Resources whose change cannot be told.
    pub unknown: Vec<Address>,
}

/// Less than this is no difference.
const NOTHING: f64 = 0.005;

/// The monthly difference that carrying out this plan makes. `config` is what the plan leads to; what is there now is told by
/// the fields of the plan's items.
pub fn difference(config: &Config, items: &[PlanItem], traffic: &Traffic) -> Difference {
    let kept = items.iter().filter(|item| item.skipped.is_none());
    let (mut before, mut unknown) = (config.clone(), Vec::new());
    for item in kept.clone().filter(|item| item.action != Action::Create) {
        if item.fields.iter().any(|diff| take_back(&mut before, item.resource.kind(), diff).is_none()) {
            unknown.push(item.resource.clone());
        }
    }
    let deleted = kept.clone().filter(|item| item.action == Action::Delete);
    unknown
        .extend(deleted.map(|item| &item.resource).filter(|resource| is_former(config, resource)).cloned());
    let named = |wanted: fn(Action) -> bool| {
        kept.clone().filter(move |item| wanted(item.action)).map(|item| (item.step.as_str(), &item.resource))
    };
    let old = estimate(&before, named(|action| action != Action::Create), traffic);
    let new = estimate(config, named(|action| action != Action::Delete), traffic);
    // What stays as it is costs what it did, whatever that is.
    let changes = |resource: &&Address| {
        items.iter().any(|item| item.resource == **resource && item.action != Action::None)
    };
    unknown.extend(new.unknown.iter().chain(&old.unknown).filter(changes).cloned());
    unknown.sort();
    unknown.dedup();

    let amount = |lines: &[crate::Line], resource: &Address| {
        let line = lines.iter().find(|line| line.resource == *resource);
        line.map_or(Bounds::same(0.0), |line| line.amount)
    };
    let changes: Vec<Change> = kept
        .filter(|item| !unknown.contains(&item.resource))
        .map(|item| {
            let (is, will) = (amount(&old.lines, &item.resource), amount(&new.lines, &item.resource));
            Change { resource: item.resource.clone(), amount: will.with(is, |will, is| will - is) }
        })
        .filter(|change| change.amount.low.abs() >= NOTHING || change.amount.high.abs() >= NOTHING)
        .collect();
    // A sum is of one and the same traffic; only then its ends are put in order. What is saved is the more the more there was.
    let total = changes.iter().fold(Bounds::same(0.0), |sum, change| sum.with(change.amount, |a, b| a + b));
    let ordered = |change: Change| Change { amount: change.amount.ordered(), ..change };
    Difference { changes: changes.into_iter().map(ordered).collect(), total: total.ordered(), unknown }
}

/// Whether it is one that the config named before: its size is not the config's, and what that was is not known here.
fn is_former(config: &Config, resource: &Address) -> bool {
    match resource.kind() {
        "vpc-connector" => resource.name() != config.cloud_run.connector.name,
        "redis-instance" => resource.name() != config.redis.instance,
        _ => false,
    }
}

/// Puts back what one field was. A field that costs nothing changes nothing; `None`: its old value is not understood.
fn take_back(config: &mut Config, kind: &str, diff: &Diff) -> Option<()> {
    let old = diff.old.as_str();
    let number = || old.parse::<u32>().ok();
    let (database, redis, run) = (&mut config.database, &mut config.redis, &mut config.cloud_run);
    match (kind, diff.field.as_str()) {
        ("sql-instance", "tier") => database.tier = old.to_owned(),
        ("sql-instance", "edition") => {
            database.edition = match old {
                "enterprise" => Edition::Enterprise,
                "enterprise-plus" => Edition::EnterprisePlus,
                _ => return None,
            }
        }
        ("sql-instance", "availability") => {
            database.availability = match old {
                "zonal" => Availability::Zonal,
                "regional" => Availability::Regional,
                _ => return None,
            }
        }
        ("sql-instance", "storage_gb") => database.storage_gb = number()?,
        ("sql-instance", "retained_backups") => database.retained_backups = number()?,
        ("redis-instance", "tier") => {
            redis.tier = match old {
                "basic" => RedisTier::Basic,
                "standard" => RedisTier::Standard,
                _ => return None,
            }
        }
        ("redis-instance", "memory_gb") => redis.memory_gb = number()?,
        ("run-service", "cpu") => run.cpu = old.to_owned(),
        ("run-service", "memory") => run.memory = old.to_owned(),
        ("run-service", "min_instances") => run.min_instances = number()?,
        ("vpc-connector", "machine_type") => run.connector.machine_type = old.to_owned(),
        ("vpc-connector", "min_instances") => run.connector.min_instances = number()?,
        ("vpc-connector", "max_instances") => run.connector.max_instances = number()?,
        ("log-bucket", "monitoring.log_retention_days") => config.monitoring.log_retention_days = number()?,
        // The archive bucket's only rule.
        ("bucket", field) if field.ends_with("condition.age") => config.monitoring.archive_days = number()?,
        _ => {}
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: &str, action: Action, fields: Vec<Diff>) -> PlanItem {
        PlanItem { fields, ..PlanItem::new("x", Address::new(kind, "a"), action) }
    }

    fn of(config: &Config, items: &[PlanItem]) -> (Vec<(String, f64, f64)>, Vec<String>) {
        let found = difference(config, items, &Traffic::default());
        let round = |amount: f64| (amount * 100.0).round() / 100.0;
        let changes = found
            .changes
            .iter()
            .map(|c| (c.resource.kind().to_owned(), round(c.amount.low), round(c.amount.high)));
        (changes.collect(), found.unknown.iter().map(|address| address.kind().to_owned()).collect())
    }

    #[test]
    fn a_new_resource_costs_all_of_it_and_one_that_goes_saves_it() {
        let config = Config::default();
        let (created, _) = of(&config, &[item("redis-instance", Action::Create, vec![])]);
        assert_eq!(created, [("redis-instance".to_owned(), 35.77, 35.77)]);
        let connector = Address::new("vpc-connector", &config.cloud_run.connector.name);
        let (deleted, _) = of(&config, &[PlanItem::new("x", connector, Action::Delete)]);
        assert_eq!(deleted, [("vpc-connector".to_owned(), -16.64, -11.1)]);
        let former = of(&config, &[item("vpc-connector", Action::Delete, vec![])]);
        assert_eq!(former, (vec![], vec!["vpc-connector".to_owned()]));
    }

    #[test]
    fn a_change_costs_the_difference_of_its_fields() {
        let mut config = Config::default();
        config.redis.memory_gb = 5;
        config.database.tier = "db-custom-2-7680".into();
        let items = [
            item(
                "redis-instance",
                Action::Update,
                vec![Diff::new("memory_gb", 1, 5), Diff::new("auth", "off", "on")],
            ),
            item("sql-instance", Action::Update, vec![Diff::new("tier", "db-f1-micro", "db-custom-2-7680")]),
            item("run-service", Action::None, vec![]),
            item("peering", Action::Create, vec![]),
        ];
        let (changes, unknown) = of(&config, &items);
        assert_eq!(
            changes,
            [("redis-instance".to_owned(), 62.78, 62.78), ("sql-instance".to_owned(), 90.96, 90.96)]
        );
        assert!(unknown.is_empty());
    }

    /// A disk that has grown with the data already costs nothing more when the config makes it as large.
    #[test]
    fn a_range_is_in_order() {
        let mut config = Config::default();
        config.database.storage_gb = 20;
        let grown = item("sql-instance", Action::Update, vec![Diff::new("storage_gb", 10, 20)]);
        let (changes, _) = of(&config, &[grown]);
        assert_eq!(changes, [("sql-instance".to_owned(), 0.0, 1.7)]);
    }

    #[test]
    fn what_stays_or_is_left_out_changes_nothing() {
        let mut skipped = item("build-trigger", Action::None, vec![]);
        skipped.skipped = Some("no repository".into());
        let strange = item("satellite", Action::None, vec![]);
        let found = of(&Config::default(), &[item("sql-instance", Action::None, vec![]), skipped, strange]);
        assert_eq!(found, (vec![], vec![]));
    }

    #[test]
    fn an_old_value_that_is_not_understood_is_said_and_not_guessed() {
        let items = [
            item("redis-instance", Action::Update, vec![Diff::new("memory_gb", "(none)", 1)]),
            item("sql-instance", Action::Update, vec![Diff::new("tier", "db-n1-standard-1", "db-f1-micro")]),
        ];
        let (changes, unknown) = of(&Config::default(), &items);
        assert!(changes.is_empty());
        assert_eq!(unknown, ["redis-instance", "sql-instance"]);
    }
}
