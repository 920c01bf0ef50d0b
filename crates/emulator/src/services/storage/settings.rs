//! What a bucket may be set to, and what Google fills in.

use super::invalid;
use crate::error::ApiError;
use crate::services::locations;
use serde_json::{Value, json};

const MULTI_REGIONS: &[&str] = &["US", "EU", "ASIA"];
const DUAL_REGIONS: &[&str] = &["NAM4", "EUR4", "EUR5", "EUR7", "EUR8", "ASIA1"];
const CLASSES: &[&str] = &[
    "STANDARD",
    "NEARLINE",
    "COLDLINE",
    "ARCHIVE",
    "MULTI_REGIONAL",
    "REGIONAL",
    "DURABLE_REDUCED_AVAILABILITY",
];

/// The documented grammar; the sentence is Google's.
pub fn check_name(name: &str) -> Result<(), ApiError> {
    let bytes = name.as_bytes();
    let edge = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let letters =
        bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.'));
    let parts = name.split('.').all(|part| !part.is_empty() && part.len() <= 63);
    let length = (3..=if name.contains('.') { 222 } else { 63 }).contains(&bytes.len());
    let address = name.parse::<std::net::Ipv4Addr>().is_ok();
    let reserved = name.starts_with("goog") || name.contains("google");
    if !letters || !parts || !length || !edge(bytes.first()) || !edge(bytes.last()) || address || reserved {
        return Err(invalid(format!("Invalid bucket name: '{name}'")));
    }
    if name.contains('.') {
        // A name with a dot is a domain, which its owner must have proven.
        return Err(super::refuse(
            403,
            "forbidden",
            "The bucket you tried to create is a domain name owned by another user.",
        ));
    }
    Ok(())
}

/// Fills in location, class, access and soft deletion of a new bucket.
pub fn fill(bucket: &mut Value, now: &str) -> Result<(), ApiError> {
    let location = bucket["location"].as_str().filter(|l| !l.is_empty()).unwrap_or("US").to_uppercase();
    let kind = if MULTI_REGIONS.contains(&location.as_str()) {
        "multi-region"
    } else if DUAL_REGIONS.contains(&location.as_str()) {
        "dual-region"
    } else if locations::is_region(&location.to_lowercase()) {
        "region"
    } else {
        return Err(invalid("The specified location constraint is not valid."));
    };
    bucket["location"] = json!(location);
    bucket["locationType"] = json!(kind);
    if bucket["storageClass"].is_null() {
        bucket["storageClass"] = json!("STANDARD");
    }
    if bucket["softDeletePolicy"].is_null() {
        bucket["softDeletePolicy"] = json!({"retentionDurationSeconds": "604800"});
    }
    bucket["softDeletePolicy"]["effectiveTime"] = json!(now);
    if kind != "region" {
        bucket["rpo"] = json!("DEFAULT");
    }
    Ok(())
}

/// Checks and completes what can be set at any time.
pub fn check(bucket: &mut Value, now: &str) -> Result<(), ApiError> {
    let class = bucket["storageClass"].as_str().unwrap_or("STANDARD").to_uppercase();
    if !CLASSES.contains(&class.as_str()) {
        return Err(invalid(format!("Invalid argument: storage class {class}.")));
    }
    bucket["storageClass"] = json!(class);
    access(bucket, now)?;
    lifecycle(bucket)?;
    let labels = bucket["labels"].as_object().into_iter().flatten();
    for (key, value) in labels {
        let fits = |text: &str| text.chars().count() <= 63 && !text.chars().any(char::is_uppercase);
        if key.is_empty() || !fits(key) || !value.as_str().is_some_and(fits) {
            return Err(invalid(format!("Invalid label '{key}'.")));
        }
    }
    for field in ["labels", "lifecycle", "versioning"] {
        let empty = bucket[field].as_object().is_some_and(serde_json::Map::is_empty);
        if empty && let Some(map) = bucket.as_object_mut() {
            map.remove(field);
        }
    }
    Ok(())
}

fn access(bucket: &mut Value, now: &str) -> Result<(), ApiError> {
    let settings = &mut bucket["iamConfiguration"];
    let prevention = settings["publicAccessPrevention"].as_str().unwrap_or("inherited");
    let prevention = match prevention {
        "enforced" => "enforced",
        "inherited" | "unspecified" => "inherited",
        other => return Err(invalid(format!("Invalid value for publicAccessPrevention: {other}"))),
    };
    let uniform = settings["uniformBucketLevelAccess"]["enabled"] == true
        || (settings["uniformBucketLevelAccess"].is_null()
            && settings["bucketPolicyOnly"]["enabled"] == true);
    let locked = settings["uniformBucketLevelAccess"]["lockedTime"].clone();
    let mut shown = json!({ "enabled": uniform });
    if uniform {
        // 90 days later it cannot be switched off again.
        shown["lockedTime"] = if locked.is_string() { locked } else { json!(later(now)) };
    }
    *settings = json!({"publicAccessPrevention": prevention, "uniformBucketLevelAccess": shown, "bucketPolicyOnly": shown});
    Ok(())
}

fn later(now: &str) -> String {
    let days = jiff::SignedDuration::from_hours(24 * 90);
    now.parse::<jiff::Timestamp>()
        .ok()
        .and_then(|t| t.checked_add(days).ok())
        .map_or_else(|| now.to_owned(), |t| format!("{t:.3}"))
}

/// [the rules are documented, the sentences are guesses]
fn lifecycle(bucket: &mut Value) -> Result<(), ApiError> {
    let rules = bucket["lifecycle"]["rule"].as_array().cloned().unwrap_or_default();
    if rules.is_empty() {
        if let Some(map) = bucket.as_object_mut() {
            map.remove("lifecycle");
        }
        return Ok(());
    }
    if rules.len() > 100 {
        return Err(invalid("A lifecycle configuration may have at most 100 rules."));
    }
    for rule in &rules {
        match rule["action"]["type"].as_str() {
            Some("Delete" | "AbortIncompleteMultipartUpload") => {}
            Some("SetStorageClass") => {
                let class = rule["action"]["storageClass"].as_str().unwrap_or("");
                if !CLASSES.contains(&class) {
                    return Err(invalid(format!("Invalid storage class '{class}' in a lifecycle rule.")));
                }
            }
            other => {
                return Err(invalid(format!(
                    "Invalid action type '{}' in a lifecycle rule.",
                    other.unwrap_or("")
                )));
            }
        }
        if rule["condition"].as_object().is_none_or(serde_json::Map::is_empty) {
            return Err(invalid("A lifecycle rule must have at least one condition."));
        }
        for number in ["age", "numNewerVersions", "daysSinceNoncurrentTime", "daysSinceCustomTime"] {
            if rule["condition"][number].as_i64().is_some_and(|n| n < 0) {
                return Err(invalid(format!("{number} must not be negative.")));
            }
        }
    }
    Ok(())
}
