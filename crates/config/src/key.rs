//! Every key of the config: its kind, its bounds and its meaning, in one table.
//!
//! Loading, the reference and the generic part of the validation all read this table; a test holds it against the model.

use crate::kind::{Entries, Kind};

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// `redis.memory_gb`
    pub path: &'static str,
    /// What its value may be.
    pub kind: Kind,
    /// Whether it may be unset.
    pub optional: bool,
    /// One sentence for the reference.
    pub meaning: &'static str,
}

const fn key(path: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key { path, kind, optional: false, meaning }
}

const fn optional(path: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key { path, kind, optional: true, meaning }
}

const fn whole(least: i64, most: i64) -> Kind {
    Kind::Whole { least, most }
}

const DAYS: Kind =
    Kind::Choice(&["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]);

/// The versions that `gcloud sql instances create --database-version` offers.
const POSTGRES: Kind = Kind::Choice(&[
    "POSTGRES_9_6",
    "POSTGRES_10",
    "POSTGRES_11",
    "POSTGRES_12",
    "POSTGRES_13",
    "POSTGRES_14",
    "POSTGRES_15",
    "POSTGRES_16",
    "POSTGRES_17",
]);

/// The versions that `gcloud redis instances create --redis-version` offers.
const REDIS: Kind =
    Kind::Choice(&["REDIS_3_2", "REDIS_4_0", "REDIS_5_0", "REDIS_6_X", "REDIS_7_0", "REDIS_7_2"]);

/// The machine types that the Cloud Build messages of gcloud 528 know.
const BUILDERS: Kind =
    Kind::Choice(&["E2_MEDIUM", "E2_HIGHCPU_8", "E2_HIGHCPU_32", "N1_HIGHCPU_8", "N1_HIGHCPU_32"]);

/// Secret Manager takes periods from an hour to 100 years.
const ROTATION_DAYS: Kind = whole(1, 36_500);

const TEXT: Kind = Kind::Text;
const SWITCH: Kind = Kind::Switch;

/// All keys, in the order of the model.
pub static KEYS: &[Key] = &[
    key("project.id", TEXT, "Id of the project, unique in the world and never reusable."),
    key("project.name", TEXT, "Display name of the project."),
    optional("project.organization", TEXT, "Number of the organization to create the project under."),
    optional("project.folder", TEXT, "Number of the folder to create the project under."),
    optional("project.billing_account", TEXT, "Who pays; unset: the one open account that the login sees."),
    optional("project.account", TEXT, "The login to use; unset: gcloud's own."),
    key("project.region", TEXT, "Region of everything regional."),
    key("project.zone", TEXT, "Zone, for what is zonal."),
    key("project.labels", Kind::Map(Entries::LowerCase), "Labels of every resource that can carry them."),
    optional(
        "budget.monthly_amount",
        whole(1, 1_000_000_000),
        "Whole units a month; unset: no budget alert.",
    ),
    optional("budget.currency", TEXT, "ISO 4217 code; unset: the billing account's."),
    key(
        "budget.thresholds",
        Kind::Wholes { least: 1, most: 1000 },
        "Percents of the amount that send an alert.",
    ),
    key("network.name", TEXT, "Name of the VPC network."),
    key("network.subnet", TEXT, "Name of the subnet."),
    key("network.range", Kind::Range, "Range of the subnet."),
    key("network.services_range", Kind::Range, "Range of Google's services: Cloud SQL, Memorystore."),
    key("network.ssh_source_ranges", Kind::Ranges, "Ranges that may reach tcp:22."),
    key("network.allow_ssh_from_anywhere", SWITCH, "Permits 0.0.0.0/0 in ssh_source_ranges."),
    key("database.instance", TEXT, "Name of the Cloud SQL instance."),
    key("database.version", POSTGRES, "PostgreSQL version."),
    key("database.edition", Kind::Choice(&["enterprise", "enterprise-plus"]), "Cloud SQL edition."),
    key("database.tier", TEXT, "Machine type."),
    key("database.storage_gb", whole(10, 65_536), "SSD size at creation; it grows by itself."),
    key("database.availability", Kind::Choice(&["zonal", "regional"]), "One zone, or a standby in another."),
    key("database.backup_start", TEXT, "Start of the daily backup window, UTC."),
    key("database.retained_backups", whole(1, 365), "How many automatic backups are kept."),
    key("database.pitr", SWITCH, "Point-in-time recovery."),
    key("database.maintenance.day", DAYS, "Day of the weekly maintenance window."),
    key("database.maintenance.hour", whole(0, 23), "Hour of the weekly maintenance window, UTC."),
    key("database.flags", Kind::Map(Entries::LowerCase), "PostgreSQL flags."),
    key("database.deletion_protection", SWITCH, "Refuse deletion of the instance."),
    key(
        "database.pool_per_instance",
        whole(1, 10_000),
        "Connections that one application instance may hold.",
    ),
    key("database.name", TEXT, "Name of the database."),
    key("database.user", TEXT, "Name of the application's user."),
    key("redis.instance", TEXT, "Name of the Memorystore instance."),
    key("redis.version", REDIS, "Redis version."),
    key("redis.tier", Kind::Choice(&["basic", "standard"]), "One node, or a primary and a replica."),
    key("redis.memory_gb", whole(1, 300), "Memory in GB."),
    key("redis.auth", SWITCH, "Ask clients for the AUTH string."),
    key("redis.tls", SWITCH, "Encrypt connections."),
    optional(
        "redis.rdb_snapshot_period",
        Kind::Choice(&["1h", "6h", "12h", "24h"]),
        "Time between snapshots; unset: none.",
    ),
    key("redis.maintenance.day", DAYS, "Day of the weekly maintenance window."),
    key("redis.maintenance.hour", whole(0, 23), "Hour of the weekly maintenance window, UTC."),
    key("cloud_run.service", TEXT, "Name of the service."),
    key("cloud_run.image", TEXT, "Image that the service starts with, until CI deploys another."),
    key("cloud_run.cpu", TEXT, "vCPUs of one instance."),
    key("cloud_run.memory", TEXT, "Memory of one instance."),
    key("cloud_run.min_instances", whole(0, 1000), "Instances kept when idle."),
    key("cloud_run.max_instances", whole(1, 1000), "Upper bound of instances."),
    key("cloud_run.concurrency", whole(1, 1000), "Requests that one instance takes at once."),
    key("cloud_run.timeout", whole(1, 3600), "Request timeout in seconds."),
    key("cloud_run.public", SWITCH, "Whether anyone may call the service."),
    key("cloud_run.egress", Kind::Choice(&["connector", "direct"]), "How the service reaches the VPC."),
    key("cloud_run.connector.name", TEXT, "Name of the connector."),
    key("cloud_run.connector.range", Kind::Range, "Range of the connector, a /28."),
    key(
        "cloud_run.connector.machine_type",
        Kind::Choice(&["f1-micro", "e2-micro", "e2-standard-4"]),
        "Machine type of the connector.",
    ),
    key("cloud_run.connector.min_instances", whole(2, 9), "Least machines of the connector."),
    key("cloud_run.connector.max_instances", whole(3, 10), "Most machines of the connector."),
    key(
        "cloud_run.env",
        Kind::Map(Entries::AsWritten),
        "Plain environment variables, added to the tool's own.",
    ),
    key("cloud_run.secrets", Kind::Map(Entries::AsWritten), "Variables that are read from further secrets."),
    key("ci_cd.repository", TEXT, "Artifact Registry repository."),
    key("ci_cd.image", TEXT, "Name of the image in it."),
    optional("ci_cd.github.owner", TEXT, "Owner of the GitHub repository."),
    optional("ci_cd.github.name", TEXT, "Name of the GitHub repository."),
    optional("ci_cd.connection", TEXT, "Repository of a 2nd generation connection, instead of `github`."),
    key("ci_cd.branch", TEXT, "The branch whose pushes build and deploy."),
    key("ci_cd.included_files", Kind::Texts, "Only changes to these files build; empty: all."),
    key("ci_cd.machine_type", BUILDERS, "Cloud Build machine type."),
    key("ci_cd.timeout", whole(1, 86_400), "Build timeout in seconds."),
    key("monitoring.log_retention_days", whole(1, 3650), "Days that log entries stay searchable."),
    key("monitoring.archive_days", whole(1, 36_500), "Days that archived log entries are kept."),
    optional("monitoring.notification_email", TEXT, "Who is told of alerts; unset: nobody is mailed."),
    key("monitoring.alerts.error_ratio", Kind::Ratio, "Share of requests answered 5xx that raises an alert."),
    key(
        "monitoring.alerts.latency_p95_ms",
        whole(1, 3_600_000),
        "95th percentile latency that raises an alert.",
    ),
    key(
        "monitoring.alerts.db_connections_ratio",
        Kind::Ratio,
        "Share of max_connections that raises an alert.",
    ),
    key("monitoring.uptime_path", TEXT, "Path of the uptime check."),
    optional(
        "rotation.db_password_days",
        ROTATION_DAYS,
        "Days between rotations of the database password; unset: no schedule.",
    ),
    optional(
        "rotation.redis_url_days",
        ROTATION_DAYS,
        "Days between rotations of the Redis AUTH string; unset: no schedule.",
    ),
    key("rotation.topic", TEXT, "Pub/Sub topic that is told when a rotation is due."),
];

/// What a dotted path means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A table of keys, `redis`.
    Table,
    /// A key, `redis.memory_gb`.
    Key(Target),
    /// Nothing that is known.
    Unknown,
}

/// A place that takes one value: a key, or an entry of a map.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub key: &'static Key,
    pub entry: Option<String>,
}

impl PartialEq for Target {
    fn eq(&self, other: &Self) -> bool {
        self.key.path == other.key.path && self.entry == other.entry
    }
}

impl Eq for Target {}

impl Target {
    /// The path as a person writes it.
    pub fn path(&self) -> String {
        match &self.entry {
            Some(entry) => format!("{}.{entry}", self.key.path),
            None => self.key.path.to_owned(),
        }
    }

    /// What may stand here: an entry of a map is text.
    pub fn kind(&self) -> Kind {
        if self.entry.is_some() { Kind::Text } else { self.key.kind }
    }
}

/// Looks a path up.
///
/// What follows a map's path is the entry's name, dots included, so that `database.flags.cloudsql.logical_decoding` works.
pub(crate) fn find(path: &str) -> Meaning {
    for key in KEYS {
        if key.path == path {
            return Meaning::Key(Target { key, entry: None });
        }
        let Some(rest) = path.strip_prefix(key.path).and_then(|rest| rest.strip_prefix('.')) else {
            continue;
        };
        if matches!(key.kind, Kind::Map(_)) && !rest.is_empty() {
            return Meaning::Key(Target { key, entry: Some(rest.to_owned()) });
        }
    }
    let within = format!("{path}.");
    if KEYS.iter().any(|key| key.path.starts_with(&within)) { Meaning::Table } else { Meaning::Unknown }
}

/// Whether a table as a whole may be unset: it is when each of its keys may be.
pub(crate) fn is_optional_table(path: &str) -> bool {
    let within = format!("{path}.");
    let mut inside = KEYS.iter().filter(|key| key.path.starts_with(&within)).peekable();
    inside.peek().is_some() && inside.all(|key| key.optional) && path.contains('.')
}

/// The closest known path to one that is not known.
pub(crate) fn suggestion(path: &str) -> Option<String> {
    let (parent, last) = path.rsplit_once('.').unwrap_or(("", path));
    let mut best: Option<(f64, String)> = None;
    for key in KEYS {
        for candidate in prefixes(key.path) {
            let (its_parent, its_last) = candidate.rsplit_once('.').unwrap_or(("", candidate));
            // A right name in a wrong table is as likely a slip as a wrong letter in a right table.
            let score = match (its_parent == parent, its_last == last) {
                (_, true) => 0.9 + strsim::jaro_winkler(its_parent, parent) / 10.0,
                (true, _) => strsim::jaro_winkler(its_last, last),
                _ => strsim::normalized_damerau_levenshtein(candidate, path),
            };
            if score > 0.78 && best.as_ref().is_none_or(|(top, _)| score > *top) {
                best = Some((score, candidate.to_owned()));
            }
        }
    }
    best.map(|(_, path)| path)
}

fn prefixes(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.match_indices('.').map(|(end, _)| &path[..end]).chain([path])
}

/// The names that may stand directly in a table, for the list in an error.
pub(crate) fn names_in(table: &str) -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for key in KEYS {
        let rest = if table.is_empty() {
            Some(key.path)
        } else {
            key.path.strip_prefix(table).and_then(|rest| rest.strip_prefix('.'))
        };
        if let Some(name) = rest.and_then(|rest| rest.split('.').next())
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Config;
    use crate::model::GitHub;
    use crate::resolved::plain;
    use std::collections::BTreeSet;
    use toml::{Table, Value};

    fn full() -> Config {
        let mut config = Config::default();
        config.project.organization = Some("1".into());
        config.project.folder = Some("1".into());
        config.project.billing_account = Some("x".into());
        config.project.account = Some("x".into());
        config.budget.monthly_amount = Some(1);
        config.budget.currency = Some("USD".into());
        config.ci_cd.github = Some(GitHub { owner: "a".into(), name: "b".into() });
        config.ci_cd.connection = Some("x".into());
        config.monitoring.notification_email = Some("x".into());
        config.rotation.db_password_days = Some(1);
        config.rotation.redis_url_days = Some(1);
        config
    }

    fn leaves(prefix: &str, table: &Table, into: &mut BTreeSet<String>) {
        for (name, value) in table {
            let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
            match (find(&path), value) {
                (Meaning::Table, Value::Table(inner)) => leaves(&path, inner, into),
                _ => drop(into.insert(path)),
            }
        }
    }

    #[test]
    fn the_table_lists_exactly_the_keys_of_the_model() {
        let mut of_model = BTreeSet::new();
        leaves("", &plain(&full()), &mut of_model);
        let listed: BTreeSet<String> = KEYS.iter().map(|key| key.path.to_owned()).collect();
        assert_eq!(of_model, listed);
        assert_eq!(listed.len(), KEYS.len(), "a key is listed twice");
    }

    #[test]
    fn a_key_is_optional_where_the_model_can_leave_it_out() {
        let full = plain(&full());
        for key in KEYS.iter().filter(|key| !key.path.starts_with("ci_cd.github.")) {
            let mut table = full.clone();
            let (parents, last) = key.path.rsplit_once('.').expect("every key is in a table");
            let mut at = &mut table;
            for part in parents.split('.') {
                at = at.get_mut(part).and_then(Value::as_table_mut).expect(key.path);
            }
            at.remove(last);
            let config: Config = match table.clone().try_into() {
                Ok(config) => config,
                // A structure without defaults does not load without its field: then it must not be optional.
                Err(_) => {
                    assert!(!key.optional, "{}", key.path);
                    continue;
                }
            };
            let left_out = plain(&config) == table;
            assert_eq!(left_out, key.optional, "{}", key.path);
        }
    }

    #[test]
    fn paths_are_found() {
        let target = |path: &str| match find(path) {
            Meaning::Key(target) => Some((target.key.path, target.entry)),
            _ => None,
        };
        assert_eq!(target("redis.memory_gb"), Some(("redis.memory_gb", None)));
        let entry = Some("cloudsql.logical_decoding".to_owned());
        assert_eq!(target("database.flags.cloudsql.logical_decoding"), Some(("database.flags", entry)));
        assert_eq!(find("redis"), Meaning::Table);
        assert_eq!(find("cloud_run.connector"), Meaning::Table);
        for unknown in ["", ".", "redis.", "redis.memory_gb.x", "redi", "database.flags."] {
            assert_eq!(find(unknown), Meaning::Unknown, "{unknown}");
        }
    }

    #[test]
    fn slips_get_a_suggestion() {
        let cases = [
            ("redis.memory_bg", Some("redis.memory_gb")),
            ("redis.memroy_gb", Some("redis.memory_gb")),
            ("rediss", Some("redis")),
            ("memory_gb", Some("redis.memory_gb")),
            ("database.memory_gb", Some("redis.memory_gb")),
            ("cloud-run", Some("cloud_run")),
            ("cloudrun.image", Some("cloud_run.image")),
            ("cloud_run.connector.maxinstances", Some("cloud_run.connector.max_instances")),
            ("project.billingaccount", Some("project.billing_account")),
            ("kubernetes", None),
            ("redis.zzz", None),
        ];
        for (wrong, right) in cases {
            assert_eq!(suggestion(wrong).as_deref(), right, "{wrong}");
        }
    }

    #[test]
    fn only_a_table_of_options_may_be_unset() {
        assert!(is_optional_table("ci_cd.github"));
        for table in ["ci_cd", "budget", "redis.maintenance", "nothing"] {
            assert!(!is_optional_table(table), "{table}");
        }
    }
}
