//! What is compared of an instance, and which flag changes it.

use config::Config;
use config::model::{Availability, Day, Edition};
use engine::Diff;
use serde_json::Value;

/// One setting: the config's name for it, what the instance has, what the config wants, and the flag of
/// `sql instances patch` that changes it in place. No flag: it cannot be changed, or only by a person.
pub struct Setting {
    pub field: &'static str,
    pub found: String,
    pub wanted: String,
    pub flag: Option<String>,
}

impl Setting {
    pub fn diff(&self) -> Option<Diff> {
        (self.found != self.wanted).then(|| Diff::new(self.field, &self.found, &self.wanted))
    }
}

/// What an instance keeps for life. Its major version could go up, but only offline: that is for a person to begin.
pub const FIXED: &[&str] = &["version", "project.region", "network.name"];

pub fn edition(edition: Edition) -> &'static str {
    match edition {
        Edition::Enterprise => "enterprise",
        Edition::EnterprisePlus => "enterprise-plus",
    }
}

pub fn availability(availability: Availability) -> &'static str {
    match availability {
        Availability::Zonal => "zonal",
        Availability::Regional => "regional",
    }
}

/// As the flag spells it, and as the API counts it.
pub fn day(day: Day) -> (&'static str, u64) {
    match day {
        Day::Monday => ("MON", 1),
        Day::Tuesday => ("TUE", 2),
        Day::Wednesday => ("WED", 3),
        Day::Thursday => ("THU", 4),
        Day::Friday => ("FRI", 5),
        Day::Saturday => ("SAT", 6),
        Day::Sunday => ("SUN", 7),
    }
}

/// As the flag spells what the API counts.
fn day_name(number: u64) -> &'static str {
    const WEEK: [Day; 7] =
        [Day::Monday, Day::Tuesday, Day::Wednesday, Day::Thursday, Day::Friday, Day::Saturday, Day::Sunday];
    WEEK.into_iter().map(day).find(|(_, own)| *own == number).map_or("(none)", |(name, _)| name)
}

/// `--database-flags=a=1,b=2`. A value may hold a comma; then the parts are set apart by `~`, as gcloud allows.
pub fn flags(config: &Config) -> String {
    let flags = &config.database.flags;
    let pairs: Vec<String> = flags.iter().map(|(name, value)| format!("{name}={value}")).collect();
    match flags.values().any(|value| value.contains(',')) {
        true => format!("--database-flags=^~^{}", pairs.join("~")),
        false => format!("--database-flags={}", pairs.join(",")),
    }
}

/// For how many days back the database can be restored to any moment: a week is the most that every edition has, and
/// the backups that the logs start from must be there.
pub fn log_days(config: &Config) -> u32 {
    config.database.retained_backups.clamp(1, 7)
}

fn on(yes: bool) -> String {
    if yes { "on" } else { "off" }.to_owned()
}

fn switch(yes: bool, flag: &str) -> String {
    if yes { format!("--{flag}") } else { format!("--no-{flag}") }
}

/// Everything that the config says of an instance that is there.
pub fn settings(config: &Config, instance: &Value) -> Vec<Setting> {
    let wanted = &config.database;
    let found = &instance["settings"];
    let text = |value: &Value| match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text.to_lowercase(),
        other => other.to_string(),
    };
    let setting =
        |field, found: String, wanted: String, flag: Option<String>| Setting { field, found, wanted, flag };
    let (day_flag, _) = day(wanted.maintenance.day);
    let (window, ip, backups) =
        (&found["maintenanceWindow"], &found["ipConfiguration"], &found["backupConfiguration"]);
    let day_found = window["day"].as_u64().unwrap_or(0);
    let hour = wanted.maintenance.hour;
    let mut list = vec![
        setting("version", text(&instance["databaseVersion"]).to_uppercase(), wanted.version.clone(), None),
        setting("project.region", text(&instance["region"]), config.project.region.clone(), None),
        setting("network.name", network(&ip["privateNetwork"]), config.network_path(), None),
        setting(
            "edition",
            text(&found["edition"]).replace('_', "-"),
            edition(wanted.edition).to_owned(),
            Some(format!("--edition={}", edition(wanted.edition))),
        ),
        setting(
            "tier",
            found["tier"].as_str().unwrap_or("(none)").to_owned(),
            wanted.tier.clone(),
            Some(format!("--tier={}", wanted.tier)),
        ),
        storage(found, wanted.storage_gb),
        setting(
            "availability",
            text(&found["availabilityType"]),
            availability(wanted.availability).to_owned(),
            Some(format!("--availability-type={}", availability(wanted.availability))),
        ),
        setting(
            "backup_start",
            if backups["enabled"] == true { text(&backups["startTime"]) } else { "(no backups)".to_owned() },
            wanted.backup_start.clone(),
            Some(format!("--backup-start-time={}", wanted.backup_start)),
        ),
        setting(
            "retained_backups",
            text(&backups["backupRetentionSettings"]["retainedBackups"]),
            wanted.retained_backups.to_string(),
            Some(format!("--retained-backups-count={}", wanted.retained_backups)),
        ),
        setting(
            "pitr",
            on(backups["pointInTimeRecoveryEnabled"] == true),
            on(wanted.pitr),
            Some(switch(wanted.pitr, "enable-point-in-time-recovery")),
        ),
        setting(
            "maintenance.day",
            day_name(day_found).to_owned(),
            day_flag.to_owned(),
            Some(format!("--maintenance-window-day={day_flag}")),
        ),
        setting(
            "maintenance.hour",
            // The API leaves a zero away.
            window["hour"].as_u64().unwrap_or(0).to_string(),
            hour.to_string(),
            Some(format!("--maintenance-window-hour={hour}")),
        ),
        setting(
            "deletion_protection",
            on(found["deletionProtectionEnabled"] == true),
            on(wanted.deletion_protection),
            Some(switch(wanted.deletion_protection, "deletion-protection")),
        ),
        setting(
            "public address",
            on(ip["ipv4Enabled"] == true),
            on(false),
            Some("--no-assign-ip".to_owned()),
        ),
        setting(
            "TLS",
            text(&ip["sslMode"]).to_uppercase(),
            "ENCRYPTED_ONLY".to_owned(),
            Some("--ssl-mode=ENCRYPTED_ONLY".to_owned()),
        ),
        setting(
            "storage growth",
            on(found["storageAutoResize"] == true),
            on(true),
            Some("--storage-auto-increase".to_owned()),
        ),
    ];
    if wanted.pitr {
        let days = log_days(config);
        let found = text(&backups["transactionLogRetentionDays"]);
        let flag = format!("--retained-transaction-log-days={days}");
        list.push(setting("pitr days", found, days.to_string(), Some(flag)));
    }
    list.push(database_flags(config, found));
    list
}

/// Storage grows by itself and never shrinks: more than the config says is as it should be.
fn storage(found: &Value, wanted: u32) -> Setting {
    let size = &found["dataDiskSizeGb"];
    let size = size.as_u64().or_else(|| size.as_str()?.parse().ok()).unwrap_or(0);
    Setting {
        field: "storage_gb",
        found: size.to_string(),
        wanted: size.max(u64::from(wanted)).to_string(),
        flag: Some(format!("--storage-size={wanted}GB")),
    }
}

fn listed(flags: &[String]) -> String {
    if flags.is_empty() { "(none)".to_owned() } else { flags.join(",") }
}

fn database_flags(config: &Config, found: &Value) -> Setting {
    let list = found["databaseFlags"].as_array().into_iter().flatten();
    let mut have: Vec<String> = list
        .map(|flag| {
            let text = |field: &str| flag[field].as_str().unwrap_or_default().to_owned();
            format!("{}={}", text("name"), text("value"))
        })
        .collect();
    have.sort();
    let want: Vec<String> =
        config.database.flags.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let clear = config.database.flags.is_empty();
    Setting {
        field: "flags",
        found: listed(&have),
        wanted: listed(&want),
        flag: Some(if clear { "--clear-database-flags".to_owned() } else { flags(config) }),
    }
}

/// gcloud builds the network's URL from whatever endpoint it talks to: only the part from `projects/` on counts.
fn network(url: &Value) -> String {
    let Some(url) = url.as_str() else { return "(none)".to_owned() };
    url.find("projects/").map_or(url, |start| &url[start..]).to_owned()
}
