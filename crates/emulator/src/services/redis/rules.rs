//! What an instance may be: the limits of the API's description and of Google's pages. The texts are guesses where they are
//! not said to be seen.

use crate::error::ApiError;
use crate::services::labels::{is_key, is_value};
use regex::Regex;
use serde_json::{Value, json};

pub const VERSIONS: &[&str] = &["REDIS_3_2", "REDIS_4_0", "REDIS_5_0", "REDIS_6_X", "REDIS_7_0", "REDIS_7_2"];

/// From the description of `redisConfigs`, and `timeout`, which gcloud's help has.
const CONFIGS: &[&str] = &[
    "maxmemory-policy",
    "notify-keyspace-events",
    "activedefrag",
    "lfu-decay-time",
    "lfu-log-factor",
    "maxmemory-gb",
    "stream-node-max-bytes",
    "stream-node-max-entries",
    "timeout",
];

const POLICIES: &[&str] = &[
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
];

/// A refusal that names the field, in the shape that is seen in hashicorp/terraform-provider-google#15792.
pub fn refuse(field: &str, value: &str, message: impl Into<String>) -> ApiError {
    let violation =
        json!({"field": format!("instance.{field}"), "description": format!("Invalid value: {value}")});
    ApiError::invalid(message)
        .detail(json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}))
}

/// 1 to 40 of `a-z0-9-`, a letter first, no hyphen last [description].
pub fn id(id: &str) -> Result<(), ApiError> {
    if Regex::new("^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$").is_ok_and(|regex| regex.is_match(id)) {
        return Ok(());
    }
    Err(refuse(
        "instance_id",
        id,
        "Invalid instance ID. It must contain only lowercase letters, numbers, and hyphens, start with a letter, be between 1-40 characters and end with a number or a letter.",
    ))
}

/// Everything that one object can tell.
pub fn instance(instance: &Value) -> Result<(), ApiError> {
    let tier = instance["tier"].as_str().unwrap_or("TIER_UNSPECIFIED");
    if tier == "TIER_UNSPECIFIED" {
        return Err(refuse("tier", tier, "You must specify a service tier."));
    }
    let version = instance["redisVersion"].as_str().unwrap_or_default();
    if !VERSIONS.contains(&version) {
        return Err(refuse("redis_version", version, format!("Redis version {version} is not supported.")));
    }
    let memory = instance["memorySizeGb"].as_i64().unwrap_or(0);
    if !(1..=300).contains(&memory) {
        let text = "The memory size must be between 1 GiB and 300 GiB.";
        return Err(refuse("memory_size_gb", &memory.to_string(), text));
    }
    replicas(instance, tier, memory)?;
    if instance["transitEncryptionMode"] == "SERVER_AUTHENTICATION" && old(version) {
        let text = "In-transit encryption needs Redis version 4.0 or newer.";
        return Err(refuse("transit_encryption_mode", "SERVER_AUTHENTICATION", text));
    }
    if instance["authEnabled"] == true && old(version) {
        return Err(refuse("auth_enabled", "true", "AUTH needs Redis version 4.0 or newer."));
    }
    labels(&instance["labels"])?;
    configs(&instance["redisConfigs"], memory)?;
    persistence(&instance["persistenceConfig"])?;
    maintenance(&instance["maintenancePolicy"])
}

fn old(version: &str) -> bool {
    version == "REDIS_3_2"
}

/// 0 on basic, 1 on standard, 1 to 5 with read replicas, which want 5 GiB [description, gcloud's help].
fn replicas(instance: &Value, tier: &str, memory: i64) -> Result<(), ApiError> {
    let reads = instance["readReplicasMode"] == "READ_REPLICAS_ENABLED";
    let count = instance["replicaCount"].as_i64();
    let allowed = match (tier, reads) {
        ("BASIC", true) => {
            let text = "Read replicas are only supported for STANDARD_HA tier instances.";
            return Err(refuse("read_replicas_mode", "READ_REPLICAS_ENABLED", text));
        }
        ("BASIC", false) => 0..=0,
        (_, false) => 1..=1,
        (_, true) if memory < 5 => {
            let text = "Read replicas need a memory size of at least 5 GiB.";
            return Err(refuse("memory_size_gb", &memory.to_string(), text));
        }
        (_, true) => 1..=5,
    };
    match count {
        Some(count) if !allowed.contains(&count) => Err(refuse(
            "replica_count",
            &count.to_string(),
            format!("The replica count must be between {} and {}.", allowed.start(), allowed.end()),
        )),
        _ => Ok(()),
    }
}

fn labels(labels: &Value) -> Result<(), ApiError> {
    let labels = labels.as_object().cloned().unwrap_or_default();
    if labels.len() > 64 {
        return Err(refuse("labels", "", "No more than 64 labels can be assigned to a given resource."));
    }
    for (name, text) in &labels {
        let text = text.as_str().unwrap_or_default();
        if !is_key(name) || !is_value(text) {
            return Err(refuse("labels", name, format!("Label {name}={text} is invalid.")));
        }
    }
    Ok(())
}

fn configs(configs: &Value, memory: i64) -> Result<(), ApiError> {
    for (name, value) in configs.as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default();
        let number = value.parse::<f64>().ok();
        let good = match name.as_str() {
            "maxmemory-policy" => POLICIES.contains(&value),
            "activedefrag" => ["yes", "no"].contains(&value),
            "notify-keyspace-events" => value.chars().all(|c| "KEg$lshzxetdmnA".contains(c)),
            "maxmemory-gb" => number.is_some_and(|n| n > 0.0 && n <= memory as f64),
            known if CONFIGS.contains(&known) => number.is_some_and(|n| n >= 0.0 && n.fract() == 0.0),
            _ => {
                let text = format!("Redis configuration parameter {name} is not supported.");
                return Err(refuse("redis_configs", name, text));
            }
        };
        if !good {
            let text = format!("Value {value} of Redis configuration parameter {name} is invalid.");
            return Err(refuse("redis_configs", name, text));
        }
    }
    Ok(())
}

fn persistence(config: &Value) -> Result<(), ApiError> {
    if config["rdbSnapshotPeriod"].is_string() && config["persistenceMode"] != "RDB" {
        let text = "An RDB snapshot period can only be set when the persistence mode is RDB.";
        return Err(refuse("persistence_config", "rdb_snapshot_period", text));
    }
    Ok(())
}

/// One window of one hour, with a day [description].
fn maintenance(policy: &Value) -> Result<(), ApiError> {
    let Some(policy) = policy.as_object() else { return Ok(()) };
    if policy.get("description").and_then(Value::as_str).is_some_and(|text| text.chars().count() > 512) {
        return Err(refuse("maintenance_policy", "description", "The description is longer than 512."));
    }
    let windows =
        policy.get("weeklyMaintenanceWindow").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let [window] = windows else {
        let text = "Exactly one weekly maintenance window must be specified.";
        return Err(refuse("maintenance_policy", &windows.len().to_string(), text));
    };
    let day = window["day"].as_str().unwrap_or("DAY_OF_WEEK_UNSPECIFIED");
    if day == "DAY_OF_WEEK_UNSPECIFIED" {
        return Err(refuse(
            "maintenance_policy",
            day,
            "The day of the maintenance window must be specified.",
        ));
    }
    let start = &window["startTime"];
    let fits = |field: &str, below: i64| {
        start[field].is_null() || start[field].as_i64().is_some_and(|n| (0..below).contains(&n))
    };
    if fits("hours", 24) && fits("minutes", 60) && fits("seconds", 60) && fits("nanos", 1_000_000_000) {
        return Ok(());
    }
    Err(refuse("maintenance_policy", "start_time", "The start time of the maintenance window is invalid."))
}
