//! An instance's settings, as flags give them.

use crate::call::Call;
use crate::failure::Failure;
use serde_json::{Map, Value, json};

/// What `create` and `patch` take.
pub(super) const FLAGS: &[&str] = &[
    "--activation-policy",
    "--assign-ip",
    "--async",
    "--availability-type",
    "--backup-start-time",
    "--database-flags",
    "--database-version",
    "--deletion-protection",
    "--edition",
    "--enable-google-private-path",
    "--enable-point-in-time-recovery",
    "--maintenance-window-day",
    "--maintenance-window-hour",
    "--network",
    "--retained-backups-count",
    "--retained-transaction-log-days",
    "--ssl-mode",
    "--storage-auto-increase",
    "--storage-size",
    "--tier",
];
/// What only `create` takes.
pub(super) const OF_CREATION: &[&str] = &["--region", "--root-password", "--storage-type", "--timeout"];
/// What only `patch` takes.
pub(super) const OF_PATCH: &[&str] = &["--clear-database-flags"];

const DAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

/// The settings of a new instance.
pub(super) fn of_creation(call: &Call) -> Result<Value, Failure> {
    let mut settings = common(call)?;
    settings.insert("pricingPlan".to_owned(), "PER_USE".into());
    settings.insert("replicationType".to_owned(), "SYNCHRONOUS".into());
    if let Some(kind) = call.one("--storage-type") {
        let kind = match kind.to_uppercase().as_str() {
            "SSD" => "PD_SSD".to_owned(),
            "HDD" => "PD_HDD".to_owned(),
            other => other.to_owned(),
        };
        settings.insert("dataDiskType".to_owned(), kind.into());
    }
    if let Some(backups) = backups(call, None)? {
        settings.insert("backupConfiguration".to_owned(), backups);
    }
    Ok(settings.into())
}

/// The settings that a patch sends. gcloud writes the new backup configuration into the instance that it has read, and
/// later shows that as the old one: so `before` changes too.
pub(super) fn of_patch(call: &Call, before: &mut Value) -> Result<Value, Failure> {
    let mut settings = common(call)?;
    let present = before["settings"].get("backupConfiguration").cloned();
    if let Some(backups) = backups(call, present)? {
        if before["settings"]["backupConfiguration"].is_object() {
            before["settings"]["backupConfiguration"] = backups.clone();
        }
        settings.insert("backupConfiguration".to_owned(), backups);
    }
    if call.on("--clear-database-flags") == Some(true) {
        settings.insert("databaseFlags".to_owned(), json!([]));
    }
    Ok(settings.into())
}

/// What a flag's form refuses.
pub(super) fn check(call: &Call) -> Result<(), Failure> {
    call.one("--storage-size").map_or(Ok(()), |size| gigabytes(size).map(drop))
}

fn common(call: &Call) -> Result<Map<String, Value>, Failure> {
    let mut settings = Map::new();
    let mut set = |field: &str, value: Option<Value>| {
        if let Some(value) = value {
            settings.insert(field.to_owned(), value);
        }
    };
    let upper = |flag: &str| call.one(flag).map(|value| Value::from(value.to_uppercase().replace('-', "_")));
    set("kind", Some("sql#settings".into()));
    set("tier", call.one("--tier").map(Value::from));
    set("edition", upper("--edition"));
    set("activationPolicy", upper("--activation-policy"));
    set("availabilityType", upper("--availability-type"));
    set("dataDiskSizeGb", call.one("--storage-size").map(gigabytes).transpose()?.map(Value::from));
    set("storageAutoResize", call.on("--storage-auto-increase").map(Value::from));
    set("deletionProtectionEnabled", call.on("--deletion-protection").map(Value::from));
    set("ipConfiguration", addresses(call)?);
    set("maintenanceWindow", maintenance(call)?);
    set("databaseFlags", flags(call));
    Ok(settings)
}

fn addresses(call: &Call) -> Result<Option<Value>, Failure> {
    let mut configuration = Map::new();
    if let Some(on) = call.on("--assign-ip") {
        configuration.insert("ipv4Enabled".to_owned(), on.into());
    }
    if let Some(on) = call.on("--enable-google-private-path") {
        configuration.insert("enablePrivatePathForGoogleCloudServices".to_owned(), on.into());
    }
    if let Some(network) = call.one("--network") {
        let path = match network {
            path if path.starts_with("projects/") => path.to_owned(),
            link if link.starts_with("https://") => link.to_owned(),
            short => format!("projects/{}/global/networks/{short}", call.project()?),
        };
        let link = if path.starts_with("https://") {
            path
        } else {
            format!("https://compute.googleapis.com/compute/v1/{path}")
        };
        configuration.insert("privateNetwork".to_owned(), link.into());
    }
    if let Some(mode) = call.one("--ssl-mode") {
        configuration.insert("sslMode".to_owned(), mode.to_uppercase().into());
    }
    Ok(if configuration.is_empty() { None } else { Some(configuration.into()) })
}

fn number(call: &Call, flag: &str) -> Result<Option<u64>, Failure> {
    let refuse =
        |text: &str| Failure::Usage(format!("argument {flag}: Value must be an integer; received: {text}"));
    call.one(flag).map(|text| text.parse().map_err(|_| refuse(text))).transpose()
}

fn maintenance(call: &Call) -> Result<Option<Value>, Failure> {
    let day = call.one("--maintenance-window-day").map(str::to_uppercase);
    let day = day.and_then(|day| DAYS.iter().position(|known| *known == day)).map(|index| index + 1);
    let hour = number(call, "--maintenance-window-hour")?;
    if day.is_none() && hour.is_none() {
        return Ok(None);
    }
    let mut window = json!({ "kind": "sql#maintenanceWindow" });
    if let Some(day) = day {
        window["day"] = day.into();
    }
    if let Some(hour) = hour {
        window["hour"] = hour.into();
    }
    Ok(Some(window))
}

fn flags(call: &Call) -> Option<Value> {
    let mut flags = call.dict("--database-flags")?;
    flags.sort();
    Some(flags.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect())
}

/// The whole backup configuration, if anything of it is to be changed.
fn backups(call: &Call, present: Option<Value>) -> Result<Option<Value>, Failure> {
    let start = call.one("--backup-start-time");
    let count = number(call, "--retained-backups-count")?;
    let days = number(call, "--retained-transaction-log-days")?;
    let recovery = call.on("--enable-point-in-time-recovery");
    if start.is_none() && count.is_none() && days.is_none() && recovery.is_none() {
        return Ok(None);
    }
    let fresh = || json!({ "kind": "sql#backupConfiguration", "startTime": "00:00", "enabled": true });
    let mut backups = present.filter(Value::is_object).unwrap_or_else(fresh);
    if let Some(start) = start {
        backups["startTime"] = start.into();
    }
    if let Some(count) = count {
        backups["backupRetentionSettings"]["retentionUnit"] = "COUNT".into();
        backups["backupRetentionSettings"]["retainedBackups"] = count.into();
    }
    if let Some(days) = days {
        backups["transactionLogRetentionDays"] = days.into();
    }
    if start.is_some() || count.is_some() || days.is_some() {
        backups["enabled"] = true.into();
    }
    if let Some(on) = recovery {
        backups["pointInTimeRecoveryEnabled"] = on.into();
        if !backups["replicationLogArchivingEnabled"].is_null() {
            backups["replicationLogArchivingEnabled"] = on.into();
        }
    }
    Ok(Some(backups))
}

/// `10GB`, or `10`: gigabytes, between what gcloud thinks of as the smallest and the largest disk.
fn gigabytes(size: &str) -> Result<String, Failure> {
    let refuse = |text: String| Failure::Usage(format!("argument --storage-size: {text}"));
    let digits = size.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = size[digits.len()..].to_uppercase();
    let gigabytes = match (digits.parse::<u64>(), unit.as_str()) {
        (Ok(count), "" | "G" | "GB" | "GIB") => count,
        (Ok(count), "T" | "TB" | "TIB") => count.saturating_mul(1024),
        _ => {
            return Err(refuse(format!(
                "given value must be of the form INTEGER[UNIT] where units can be one of GB; received: {size}"
            )));
        }
    };
    match gigabytes {
        ..10 => Err(refuse(format!("value must be greater than or equal to 10GB; received: {size}"))),
        65_537.. => Err(refuse(format!("value must be less than or equal to 65536GB; received: {size}"))),
        fits => Ok(fits.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_gigabytes() {
        assert_eq!(gigabytes("10GB").unwrap(), "10");
        assert_eq!(gigabytes("20").unwrap(), "20");
        assert_eq!(gigabytes("1TB").unwrap(), "1024");
        let Failure::Usage(text) = gigabytes("5GB").unwrap_err() else { panic!() };
        assert_eq!(
            text,
            "argument --storage-size: value must be greater than or equal to 10GB; received: 5GB"
        );
    }
}
