//! What is compared of an instance, and how it is changed.

use config::Config;
use config::model::{Day, RedisTier};
use engine::{Diff, Impact};
use serde_json::Value;

/// How an instance is connected to the network: not a key of the config.
pub const CONNECT_MODE: &str = "connect mode";

/// How a setting is changed.
pub enum Change {
    /// By these flags of `redis instances update`.
    Flags(Vec<String>),
    /// By `redis instances upgrade`.
    Upgrade,
    /// Not at all.
    Fixed,
}

/// One setting: the config's name for it, what the instance has, what the config wants.
pub struct Setting {
    pub field: String,
    pub found: String,
    pub wanted: String,
    pub change: Change,
}

impl Setting {
    fn new(field: &str, found: impl ToString, wanted: impl ToString, change: Change) -> Self {
        Self { field: field.to_owned(), found: found.to_string(), wanted: wanted.to_string(), change }
    }

    pub fn diff(&self) -> Option<Diff> {
        (self.found != self.wanted).then(|| Diff::new(&self.field, &self.found, &self.wanted))
    }
}

/// As the flag spells it.
pub fn tier(tier: RedisTier) -> &'static str {
    match tier {
        RedisTier::Basic => "basic",
        RedisTier::Standard => "standard",
    }
}

/// As the flag and the API spell it.
pub fn day(day: Day) -> &'static str {
    match day {
        Day::Monday => "MONDAY",
        Day::Tuesday => "TUESDAY",
        Day::Wednesday => "WEDNESDAY",
        Day::Thursday => "THURSDAY",
        Day::Friday => "FRIDAY",
        Day::Saturday => "SATURDAY",
        Day::Sunday => "SUNDAY",
    }
}

/// `redis_7_0`, as the flags spell `REDIS_7_0`.
pub fn version(config: &Config) -> String {
    config.redis.version.to_lowercase()
}

/// The flags for snapshots.
pub fn snapshots(config: &Config) -> Vec<String> {
    match &config.redis.rdb_snapshot_period {
        Some(period) => vec!["--persistence-mode=rdb".to_owned(), format!("--rdb-snapshot-period={period}")],
        None => vec!["--persistence-mode=disabled".to_owned()],
    }
}

/// The config's word for what the API calls it.
fn period(persistence: &Value) -> &str {
    if persistence["persistenceMode"] != "RDB" {
        return "(none)";
    }
    match persistence["rdbSnapshotPeriod"].as_str().unwrap_or_default() {
        "ONE_HOUR" => "1h",
        "SIX_HOURS" => "6h",
        "TWELVE_HOURS" => "12h",
        "TWENTY_FOUR_HOURS" => "24h",
        other => other,
    }
}

fn on(yes: bool) -> &'static str {
    if yes { "on" } else { "off" }
}

/// Everything that the config says of an instance that is there.
pub fn settings(config: &Config, found: &Value) -> Vec<Setting> {
    let wanted = &config.redis;
    let text = |field: &str| found[field].as_str().unwrap_or("(none)");
    let flags = |flag: String| Change::Flags(vec![flag]);
    let window = &found["maintenancePolicy"]["weeklyMaintenanceWindow"][0];
    let (want_day, hour) = (day(wanted.maintenance.day), wanted.maintenance.hour);
    // Both, whichever differs: a window is a day and an hour.
    let maintenance = || {
        Change::Flags(vec![
            format!("--maintenance-window-day={want_day}"),
            format!("--maintenance-window-hour={hour}"),
        ])
    };
    let found_tier = match text("tier") {
        "BASIC" => "basic",
        "STANDARD_HA" => "standard",
        other => other,
    };
    let auth = if wanted.auth { "--enable-auth" } else { "--no-enable-auth" };
    let network = text("authorizedNetwork");
    let network = network.find("projects/").map_or(network, |start| &network[start..]);
    let mut list = vec![
        Setting::new("tier", found_tier, tier(wanted.tier), Change::Fixed),
        Setting::new("network.name", network, config.network_path(), Change::Fixed),
        Setting::new(CONNECT_MODE, text("connectMode"), "PRIVATE_SERVICE_ACCESS", Change::Fixed),
        Setting::new(
            "tls",
            on(found["transitEncryptionMode"] == "SERVER_AUTHENTICATION"),
            on(wanted.tls),
            Change::Fixed,
        ),
        Setting::new(
            "version",
            text("redisVersion"),
            &wanted.version,
            upgrade(text("redisVersion"), &wanted.version),
        ),
        Setting::new(
            "memory_gb",
            found["memorySizeGb"].as_u64().unwrap_or(0),
            wanted.memory_gb,
            flags(format!("--size={}", wanted.memory_gb)),
        ),
        Setting::new("auth", on(found["authEnabled"] == true), on(wanted.auth), flags(auth.to_owned())),
        Setting::new(
            "rdb_snapshot_period",
            period(&found["persistenceConfig"]),
            wanted.rdb_snapshot_period.as_deref().unwrap_or("(none)"),
            Change::Flags(snapshots(config)),
        ),
        Setting::new("maintenance.day", window["day"].as_str().unwrap_or("(none)"), want_day, maintenance()),
        Setting::new(
            "maintenance.hour",
            // The API leaves a zero away.
            window["startTime"]["hours"].as_u64().unwrap_or(0),
            hour,
            maintenance(),
        ),
    ];
    list.extend(labels(config, found));
    list
}

/// Labels of others are left alone.
fn labels(config: &Config, found: &Value) -> Vec<Setting> {
    // One flag for all of them, since the update is one command.
    let all: Vec<String> =
        config.project.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let setting = |(key, value): (&String, &String)| {
        let had = found["labels"][key].as_str().unwrap_or("(none)");
        Setting::new(
            &format!("labels.{key}"),
            had,
            value,
            Change::Flags(vec![format!("--update-labels={}", all.join(","))]),
        )
    };
    config.project.labels.iter().map(setting).collect()
}

/// What an instance keeps for life.
pub fn is_fixed(diff: &Diff) -> bool {
    match diff.field.as_str() {
        "tier" | "network.name" | CONNECT_MODE | "tls" => true,
        "version" => matches!(upgrade(&diff.old, &diff.new), Change::Fixed),
        _ => false,
    }
}

/// How the config is set back to what a field that is fixed was, as the file takes it. `None`: no key says it.
pub fn back(config: &Config, diff: &Diff) -> Option<String> {
    let old = &diff.old;
    match diff.field.as_str() {
        "tls" => Some(format!("redis.tls back to {}", old == "on")),
        "network.name" => config.network_name(old).map(|name| format!("network.name back to \"{name}\"")),
        field @ ("tier" | "version") => Some(format!("redis.{field} back to \"{old}\"")),
        _ => None,
    }
}

/// What an update means for those who use the instance: Google's "About scaling instances", "About upgrading the version" and "AUTH
/// feature overview". Google's pages of different ages disagree on whether a basic instance keeps its data while it
/// is resized: so it is at risk.
pub fn impact(config: &Config, diffs: &[Diff]) -> Impact {
    let has = |field: &str| diffs.iter().any(|diff| diff.field == field);
    let rebuilt = has("memory_gb") || has("version");
    let impact = match () {
        () if rebuilt => Impact::takes(300).interrupting("connections break off, for up to some minutes"),
        () if has("auth") => Impact::takes(60).interrupting(
            "new connections to the cache with the old redis-url are refused: those of the service until its new revision serves",
        ),
        () => Impact::takes(60),
    };
    let data = match (config.redis.tier, rebuilt) {
        (RedisTier::Basic, true) => Some("a basic instance may lose what it holds"),
        (RedisTier::Standard, true) => Some("writes of the last moment before the replica takes over"),
        (_, false) => None,
    };
    match data {
        Some(data) => impact.risking(data),
        None => impact,
    }
}

/// Redis is upgraded in place; it is never taken back. The versions' names sort by age.
fn upgrade(found: &str, wanted: &str) -> Change {
    if found.to_uppercase() < wanted.to_uppercase() { Change::Upgrade } else { Change::Fixed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_fixed_is_set_back_in_the_configs_own_words() {
        let config = Config::default();
        let back = |field: &str, old: &str| back(&config, &Diff::new(field, old, "another"));
        assert_eq!(back("tls", "on").as_deref(), Some("redis.tls back to true"));
        assert_eq!(back("tls", "off").as_deref(), Some("redis.tls back to false"));
        assert_eq!(back("tier", "basic").as_deref(), Some("redis.tier back to \"basic\""));
        assert_eq!(back("version", "REDIS_7_2").as_deref(), Some("redis.version back to \"REDIS_7_2\""));
        let path = config.network_path();
        let name = &config.network.name;
        assert_eq!(back("network.name", &path), Some(format!("network.name back to \"{name}\"")));
        assert_eq!(back("network.name", "projects/host/global/networks/shared"), None, "no name of ours");
        assert_eq!(back("connect mode", "DIRECT_PEERING"), None, "no key says it");
    }

    #[test]
    fn a_version_goes_up_only() {
        let versions = ["REDIS_3_2", "REDIS_4_0", "REDIS_5_0", "REDIS_6_X", "REDIS_7_0", "REDIS_7_2"];
        for pair in versions.windows(2) {
            assert!(matches!(upgrade(pair[0], pair[1]), Change::Upgrade), "{pair:?}");
            assert!(matches!(upgrade(pair[1], pair[0]), Change::Fixed), "{pair:?}");
        }
    }
}
