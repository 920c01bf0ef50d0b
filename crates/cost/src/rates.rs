//! What each kind of resource uses of what Google charges for.

use crate::sizes::{cpus, gib, redis_capacity, sql_machine};
use crate::{Bounds, Traffic, prices};
use config::model::{Availability, Edition, RedisTier};
use config::{Config, names};
use events::Address;

/// So much of what a price is for.
pub struct Use {
    pub price: String,
    pub quantity: Bounds,
}

/// What is known of a resource's cost.
pub enum Rate {
    /// It uses this.
    Uses {
        /// In words.
        what: String,
        /// Of each price.
        uses: Vec<Use>,
    },
    /// Google charges nothing for it.
    Free,
    /// It is not known here.
    Unknown,
}

/// Kinds that Google charges nothing for by themselves.
const FREE: [&str; 23] = [
    "project",
    "billing-link",
    "apis",
    "service-agents",
    "budget",
    "network",
    "subnet",
    "firewall-rule",
    "address-range",
    "peering",
    "sql-database",
    "sql-user",
    "service-account",
    "iam-binding",
    // Some messages a month; and the page of Secret Manager's prices knows versions and accesses only.
    "pubsub-topic",
    "rotation-schedule",
    "build-file",
    "log-sink",
    "notification-channel",
    "dashboard",
    "leftover-alert-policies",
    "leftover-uptime-checks",
    "leftover-dashboards",
];

/// The uptime check asks from this many places, each minute.
const UPTIME_PLACES: f64 = 3.0;
/// An alert's condition is evaluated so often an hour, and returns one time series each time.
const EVALUATIONS: f64 = 120.0;
/// The sink writes an object an hour for each of about so many logs.
const EXPORTED_LOGS: f64 = 4.0;

/// What this resource uses.
pub fn of(config: &Config, resource: &Address, traffic: &Traffic) -> Rate {
    let hours = prices().hours_a_month;
    let rate = match resource.kind() {
        "sql-instance" => sql(config, traffic, hours),
        "redis-instance" => redis(config, hours),
        "run-service" => service(config, traffic, hours * 3600.0),
        "vpc-connector" => connector(config, hours),
        "secret" => secret(resource, traffic),
        "image-repository" => one("images, ten of each kept", "images", traffic.get("images_gb")),
        "build-trigger" => {
            let minutes = |builds: f64, minutes: f64| builds * minutes;
            let minutes = traffic.get("builds").with(traffic.get("build_minutes"), minutes);
            let machine = &config.ci_cd.machine_type;
            // Google offers the older machines at the price of the newer ones.
            one(&format!("builds on {machine}"), &format!("build-{}", machine.replace("N1_", "E2_")), minutes)
        }
        "log-bucket" => logs(config, traffic),
        "bucket" if resource.name() == config.logs_bucket() => archive(config, traffic, hours),
        // What `gcloud builds submit` uploads: some megabytes.
        "bucket" => return Rate::Free,
        "log-metric" => one("a metric of the application's errors", "metric", traffic.get("metric_mib")),
        "uptime-check" => {
            one("every minute from 3 places", "uptime-check", Bounds::same(UPTIME_PLACES * 60.0 * hours))
        }
        "alert-policy" => Some(alert(hours)),
        kind if FREE.contains(&kind) || kind == "leftover-notification-channels" => return Rate::Free,
        _ => None,
    };
    match rate {
        Some((what, uses)) => Rate::Uses { what, uses },
        None => Rate::Unknown,
    }
}

type Known = Option<(String, Vec<Use>)>;

fn used(price: impl Into<String>, quantity: Bounds) -> Use {
    Use { price: price.into(), quantity }
}

fn one(what: &str, price: &str, quantity: Bounds) -> Known {
    Some((what.to_owned(), vec![used(price, quantity)]))
}

fn sql(config: &Config, traffic: &Traffic, hours: f64) -> Known {
    let database = &config.database;
    // A standby is a second machine with a second disk.
    let (copies, availability) = match database.availability {
        Availability::Zonal => (1.0, "zonal"),
        Availability::Regional => (2.0, "regional (a standby: twice)"),
    };
    let mut uses = match database.tier.as_str() {
        "db-f1-micro" => vec![used("sql-f1-micro", Bounds::same(hours * copies))],
        "db-g1-small" => vec![used("sql-g1-small", Bounds::same(hours * copies))],
        tier => {
            let (cpus, gb) = sql_machine(tier)?;
            let edition = if database.edition == Edition::EnterprisePlus { "sql-plus" } else { "sql" };
            vec![
                used(format!("{edition}-vcpu"), Bounds::same(cpus * hours * copies)),
                used(format!("{edition}-memory"), Bounds::same(gb * hours * copies)),
            ]
        }
    };
    let data = traffic.get("database_gb");
    // The disk grows with the data.
    uses.push(used("sql-ssd", data.map(|gb| gb.max(f64::from(database.storage_gb)) * copies)));
    let further = f64::from(database.retained_backups.saturating_sub(1));
    let backups = data.with(traffic.get("backup_share"), |gb, share| gb * (1.0 + share * further));
    if database.retained_backups > 0 {
        uses.push(used("sql-backup", backups));
    }
    let (tier, gb, kept) = (&database.tier, database.storage_gb, database.retained_backups);
    Some((format!("{tier}, {availability}, {gb} GB SSD, {kept} backups"), uses))
}

fn redis(config: &Config, hours: f64) -> Known {
    let redis = &config.redis;
    let (tier, words) = match redis.tier {
        RedisTier::Basic => ("basic", "basic"),
        RedisTier::Standard => ("standard", "standard (with a replica)"),
    };
    let capacity = redis_capacity(redis.memory_gb);
    let what = format!("{words}, {} GB ({})", redis.memory_gb, capacity.to_uppercase());
    let quantity = Bounds::same(f64::from(redis.memory_gb) * hours);
    Some((what, vec![used(format!("redis-{tier}-{capacity}"), quantity)]))
}

fn service(config: &Config, traffic: &Traffic, seconds_a_month: f64) -> Known {
    let run = &config.cloud_run;
    let (cpus, gib) = (cpus(&run.cpu)?, gib(&run.memory)?);
    let requests = traffic.get("requests");
    let at_once = traffic.get("at_once").map(|many| many.clamp(1.0, f64::from(run.concurrency.max(1))));
    let busy = requests
        .with(traffic.get("request_seconds"), |requests, seconds| requests * seconds)
        // The more it does at once, the less time is paid for.
        .with(at_once.turned(), |seconds, many| seconds / many);
    // Instances that are kept warm cost less while they wait.
    let warm = f64::from(run.min_instances) * seconds_a_month;
    let idle = busy.map(|busy| (warm - busy).max(0.0));
    let mut uses = vec![
        used("run-cpu", busy.map(|seconds| seconds * cpus)),
        used("run-memory", busy.map(|seconds| seconds * gib)),
        used("run-requests", requests),
    ];
    if run.min_instances > 0 {
        uses.push(used("run-idle-cpu", idle.map(|seconds| seconds * cpus)));
        uses.push(used("run-idle-memory", idle.map(|seconds| seconds * gib)));
    }
    uses.push(used("egress", traffic.get("egress_gib")));
    let (cpu, memory, least, most) = (&run.cpu, &run.memory, run.min_instances, run.max_instances);
    Some((format!("{cpu} CPU, {memory}, {least} to {most} instances; traffic to the internet"), uses))
}

fn connector(config: &Config, hours: f64) -> Known {
    let connector = &config.cloud_run.connector;
    let (least, most) = (connector.min_instances, connector.max_instances);
    let machines = Bounds { low: f64::from(least), high: f64::from(most) };
    let what = format!("{least} to {most} machines {}", connector.machine_type);
    let price = format!("vm-{}", connector.machine_type);
    Some((what, vec![used(price, machines.map(|machines| machines * hours))]))
}

fn secret(resource: &Address, traffic: &Traffic) -> Known {
    let mut uses = vec![used("secret-version", Bounds::same(1.0))];
    // The service never reads the password itself.
    let read = resource.name() != names::DB_PASSWORD;
    if read {
        uses.push(used("secret-access", traffic.get("starts")));
    }
    let what = if read { "1 version, read at each start" } else { "1 version" };
    Some((what.to_owned(), uses))
}

fn logs(config: &Config, traffic: &Traffic) -> Known {
    let days = config.monitoring.log_retention_days;
    let beyond = f64::from(days.saturating_sub(30)) / 30.0;
    let mut uses = vec![used("log-ingestion", traffic.get("log_gib"))];
    if beyond > 0.0 {
        uses.push(used("log-retention", traffic.get("log_gib").map(|gib| gib * beyond)));
    }
    Some((format!("logs, kept for {days} days"), uses))
}

/// Once it is full: what comes in a month is then what goes.
fn archive(config: &Config, traffic: &Traffic, hours: f64) -> Known {
    let days = config.monitoring.archive_days;
    let months = f64::from(days) / 30.0;
    let uses = vec![
        used("storage-standard", traffic.get("log_gib").map(|gib| gib * months)),
        used("storage-class-a", Bounds::same(EXPORTED_LOGS * hours)),
    ];
    Some((format!("logs of {days} days, once they are there"), uses))
}

/// One condition. Announced, and not yet known to be charged: nothing in the low column.
fn alert(hours: f64) -> (String, Vec<Use>) {
    let uses = vec![
        used("alert-condition", Bounds { low: 0.0, high: 1.0 }),
        used("alert-series", Bounds { low: 0.0, high: EVALUATIONS * hours }),
    ];
    ("1 condition, if Google charges for it".to_owned(), uses)
}
