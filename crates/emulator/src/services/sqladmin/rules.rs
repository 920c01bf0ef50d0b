//! What an instance may be. Where a text was seen, the place is named; the others are guesses in its style.

use super::{catalogue, invalid};
use crate::error::ApiError;
use crate::services::locations::is_region;
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))
}

/// A letter, then letters, digits, hyphens; with the project 98 characters at most.
pub fn name(project: &str, name: &str) -> Result<(), ApiError> {
    if matches("^[a-z]([a-z0-9-]*[a-z0-9])?$", name) && project.len() + 1 + name.len() <= 98 {
        return Ok(());
    }
    Err(invalid(format!("instance name ({name})")))
}

pub fn region(region: &str) -> Result<(), ApiError> {
    if is_region(region) {
        return Ok(());
    }
    Err(invalid(format!("Invalid region ({region})")))
}

/// Everything that the settings alone can tell.
pub fn settings(settings: &Value, version: &str) -> Result<(), ApiError> {
    let edition = settings["edition"].as_str().unwrap_or_default();
    tier(settings["tier"].as_str().unwrap_or_default(), edition, version)?;
    disk(settings)?;
    backups(&settings["backupConfiguration"], edition)?;
    if settings["availabilityType"] == "REGIONAL" && settings["backupConfiguration"]["enabled"] != true {
        return Err(invalid(
            "Automated backups must be enabled for an instance with availability type REGIONAL",
        ));
    }
    let window = &settings["maintenanceWindow"];
    let fits = |field: &str, from: i64, to: i64| {
        window[field].is_null() || window[field].as_i64().is_some_and(|n| (from..=to).contains(&n))
    };
    if !fits("day", 0, 7) || !fits("hour", 0, 23) {
        return Err(invalid("Invalid maintenance window"));
    }
    ip(&settings["ipConfiguration"])?;
    flags(&settings["databaseFlags"], version)
}

/// Which machine types an edition and a database have.
fn tier(tier: &str, edition: &str, version: &str) -> Result<(), ApiError> {
    if tier.is_empty() {
        return Err(invalid("Tier is required"));
    }
    let shared = ["db-f1-micro", "db-g1-small"].contains(&tier);
    let custom = tier.strip_prefix("db-custom-");
    let optimized = tier.starts_with("db-perf-optimized-N-") || tier.starts_with("db-c4a-highmem-");
    if edition == "ENTERPRISE_PLUS" {
        if optimized {
            return Ok(());
        }
        // Seen in GoogleCloudPlatform/cloud-foundation-fabric#2946.
        return Err(invalid(format!(
            "Invalid Tier ({tier}) for (ENTERPRISE_PLUS) Edition. Use a predefined Tier like db-perf-optimized-N-* instead. Learn more at https://cloud.google.com/sql/docs/postgres/create-instance#machine-types"
        )));
    }
    if optimized {
        return Err(invalid(format!("Invalid Tier ({tier}) for (ENTERPRISE) Edition")));
    }
    if let Some(custom) = custom {
        return machine(tier, custom);
    }
    if tier.starts_with("db-n1-") && version.starts_with("POSTGRES") {
        // Seen in serverpod/serverpod#2373.
        return Err(invalid(
            "Only custom or shared-core instance Billing Tier type allowed for PostgreSQL database",
        ));
    }
    if shared || tier.starts_with("db-n1-") {
        return Ok(());
    }
    // Seen in terraform-google-modules/terraform-google-sql-db#256.
    Err(invalid(format!("Tier ({tier})")))
}

/// `CPUS-MEGABYTES`: one CPU or an even number up to 96, 3.75 GB at least in all, 0.9 to 6.5 GB a CPU, in steps of 256 MB.
fn machine(tier: &str, custom: &str) -> Result<(), ApiError> {
    let numbers =
        custom.split_once('-').and_then(|(c, m)| Some((c.parse::<u64>().ok()?, m.parse::<u64>().ok()?)));
    let Some((cpus, memory)) = numbers else { return Err(invalid(format!("Tier ({tier})"))) };
    let even = cpus == 1 || (cpus.is_multiple_of(2) && (2..=96).contains(&cpus));
    let enough = memory >= 3840 && memory * 10 >= cpus * 9 * 1024 && memory * 10 <= cpus * 65 * 1024;
    if even && enough && memory.is_multiple_of(256) {
        return Ok(());
    }
    Err(invalid(format!("Invalid custom machine type in Tier ({tier})")))
}

/// The size of the disk, in GB.
pub fn disk_size(settings: &Value) -> i64 {
    let size = &settings["dataDiskSizeGb"];
    size.as_i64().or_else(|| size.as_str()?.parse().ok()).unwrap_or(0)
}

fn disk(settings: &Value) -> Result<(), ApiError> {
    let size = disk_size(settings);
    let shared = ["db-f1-micro", "db-g1-small"].iter().any(|tier| settings["tier"] == *tier);
    let most = if shared { 3062 } else { 65536 };
    if (10..=most).contains(&size) {
        return Ok(());
    }
    Err(invalid(format!("Disk size ({size} GB) must be between 10 GB and {most} GB")))
}

fn backups(backups: &Value, edition: &str) -> Result<(), ApiError> {
    if !matches("^([01][0-9]|2[0-3]):[0-5][0-9]$", backups["startTime"].as_str().unwrap_or_default()) {
        return Err(invalid("Invalid backup start time"));
    }
    if backups["pointInTimeRecoveryEnabled"] == true && backups["enabled"] != true {
        return Err(invalid("Point-in-time recovery requires automated backups to be enabled"));
    }
    let retained = backups["backupRetentionSettings"]["retainedBackups"].as_i64().unwrap_or(7);
    if !(1..=365).contains(&retained) {
        return Err(invalid("The number of retained backups must be between 1 and 365"));
    }
    let days = backups["transactionLogRetentionDays"].as_i64().unwrap_or(7);
    let most = if edition == "ENTERPRISE_PLUS" { 35 } else { 7 };
    if !(1..=most).contains(&days) {
        // Seen in langfuse/langfuse-terraform-gcp#8.
        return Err(invalid(format!(
            "The number of transaction log retention days must be between 1 and {most}"
        )));
    }
    if backups["pointInTimeRecoveryEnabled"] == true && days > retained {
        return Err(invalid(
            "The number of transaction log retention days must not exceed the number of retained backups",
        ));
    }
    Ok(())
}

fn ip(ip: &Value) -> Result<(), ApiError> {
    if ip["ipv4Enabled"] != true && !ip["privateNetwork"].is_string() && ip["pscConfig"]["pscEnabled"] != true
    {
        return Err(invalid("At least one of Public IP or Private IP or PSC connectivity must be enabled"));
    }
    let networks = ip["authorizedNetworks"].as_array().map_or(&[][..], Vec::as_slice);
    for network in networks {
        let value = network["value"].as_str().unwrap_or_default();
        if value.parse::<ipnet::Ipv4Net>().is_err() && value.parse::<std::net::Ipv4Addr>().is_err() {
            return Err(invalid(format!("Invalid authorized network ({value})")));
        }
    }
    Ok(())
}

fn flags(flags: &Value, version: &str) -> Result<(), ApiError> {
    let mut seen = BTreeSet::new();
    for flag in flags.as_array().into_iter().flatten() {
        let name = flag["name"].as_str().unwrap_or_default();
        if !seen.insert(name) {
            return Err(
                ApiError::invalid("Flag requested is specified more than once.").reason("invalidFlagName")
            );
        }
        let value = flag["value"].as_str().unwrap_or_default();
        let Some(known) = catalogue::flag(name).filter(|_| version.starts_with("POSTGRES")) else {
            if version.starts_with("POSTGRES") {
                return Err(ApiError::invalid("Flag requested cannot be set.").reason("invalidFlagName"));
            }
            continue;
        };
        if !known.takes(value) {
            // Seen in google/exposure-notifications-server#746.
            return Err(ApiError::invalid("Value requested is not valid.").reason("invalidFlagValue"));
        }
    }
    Ok(())
}
