//! A bucket as flags ask for it, as Google wants it back, and as gcloud shows it.

use crate::call::Call;
use crate::failure::Failure;
use serde_json::{Map, Value, json};

/// The bucket with what the flags say.
pub(super) fn asked(call: &Call, mut bucket: Value) -> Result<Value, Failure> {
    if let Some(on) = call.on("--public-access-prevention").or_else(|| call.on("--pap")) {
        bucket["iamConfiguration"]["publicAccessPrevention"] =
            json!(if on { "enforced" } else { "inherited" });
    }
    if call.on("--clear-public-access-prevention").or_else(|| call.on("--clear-pap")) == Some(true) {
        bucket["iamConfiguration"]["publicAccessPrevention"] = json!("inherited");
    }
    if let Some(on) = call.on("--uniform-bucket-level-access") {
        bucket["iamConfiguration"]["uniformBucketLevelAccess"] = json!({ "enabled": on });
    }
    if let Some(class) = call.one("--default-storage-class") {
        bucket["storageClass"] = json!(class.to_uppercase());
    }
    if let Some(on) = call.on("--versioning") {
        bucket["versioning"] = json!({ "enabled": on });
    }
    if call.on("--clear-lifecycle") == Some(true) {
        bucket["lifecycle"] = Value::Null;
    }
    if let Some(file) = call.one("--lifecycle-file") {
        bucket["lifecycle"] = lifecycle(file)?;
    }
    if changes_labels(call) {
        bucket["labels"] = labels(call, bucket["labels"].as_object());
    }
    Ok(bucket)
}

/// Whether the flags name labels.
pub(super) fn changes_labels(call: &Call) -> bool {
    call.one("--update-labels").is_some() || call.one("--remove-labels").is_some()
}

fn labels(call: &Call, before: Option<&Map<String, Value>>) -> Value {
    let mut labels = before.cloned().unwrap_or_default();
    for key in call.list("--remove-labels").unwrap_or_default() {
        // Google takes away what is null.
        labels.insert(key, Value::Null);
    }
    for (key, value) in call.dict("--update-labels").unwrap_or_default() {
        labels.insert(key, json!(value));
    }
    labels.into()
}

fn lifecycle(path: &str) -> Result<Value, Failure> {
    let text =
        crate::args::read(path).map_err(|e| Failure::Said(format!("Unable to read file [{path}]: {e}")))?;
    let invalid = |_| Failure::Said("Found invalid JSON/YAML for the lifecycle rule".to_owned());
    let mut value: Value = yaml_serde::from_str(&text).map_err(invalid)?;
    let rules = match value.get_mut("lifecycle") {
        Some(inner) => inner.take(),
        None => value,
    };
    let empty = rules.as_object().is_none_or(Map::is_empty);
    Ok(if empty { Value::Null } else { rules })
}

/// What was read, as gcloud writes it into a request: times as Python prints them.
pub(super) fn for_sending(mut bucket: Value) -> Value {
    times_in(&mut bucket);
    bucket
}

fn times_in(value: &mut Value) {
    for (key, value) in value.as_object_mut().into_iter().flatten() {
        let is_time = key.ends_with("Time") || key == "timeCreated" || key == "updated";
        match value {
            Value::String(text) if is_time => *text = python_time(text),
            other => times_in(other),
        }
    }
}

/// `2026-01-02T03:04:05.678Z` as Python's `isoformat` writes it: six digits or none, and the offset.
fn python_time(text: &str) -> String {
    let Some(local) = text.strip_suffix('Z') else { return text.to_owned() };
    let (seconds, fraction) = local.split_once('.').unwrap_or((local, ""));
    let micros: String = fraction.chars().chain("000000".chars()).take(6).collect();
    if micros == "000000" { format!("{seconds}+00:00") } else { format!("{seconds}.{micros}+00:00") }
}

/// As `describe` and `list` show it, without `--raw`.
pub(super) fn shown(bucket: &Value) -> Value {
    let name = bucket["name"].as_str().unwrap_or_default();
    let second = |field: &str| {
        let seconds = bucket[field].as_str()?.split(['.', 'Z']).next()?;
        Some(json!(format!("{seconds}+0000")))
    };
    let number = |field: &str| Some(json!(bucket[field].as_str()?.parse::<u64>().ok()?));
    let policies = |field: &str| {
        let mut value = bucket.get(field)?.clone();
        times_in(&mut value);
        Some(value)
    };
    let plain = |pointer: &str| bucket.pointer(pointer).cloned();
    let fields: [(&str, Option<Value>); 30] = [
        ("storage_url", Some(json!(format!("gs://{name}/")))),
        ("name", Some(json!(name))),
        ("acl", plain("/acl")),
        ("autoclass", policies("autoclass")),
        ("autoclass_enabled_time", second("/autoclass/toggleTime")),
        ("cors_config", plain("/cors")),
        ("creation_time", second("timeCreated")),
        (
            "default_acl",
            plain("/defaultObjectAcl").filter(|acl| acl.as_array().is_some_and(|acl| !acl.is_empty())),
        ),
        ("default_event_based_hold", plain("/defaultEventBasedHold").filter(|on| on == true)),
        ("default_kms_key", plain("/encryption/defaultKmsKeyName")),
        ("default_storage_class", plain("/storageClass")),
        ("generation", number("generation")),
        ("hard_delete_time", second("hardDeleteTime")),
        ("ip_filter_config", plain("/ipFilter")),
        ("labels", plain("/labels")),
        ("lifecycle_config", plain("/lifecycle")),
        ("location", plain("/location")),
        ("location_type", plain("/locationType")),
        ("logging_config", plain("/logging")),
        ("metageneration", number("metageneration")),
        ("per_object_retention", plain("/objectRetention")),
        ("public_access_prevention", plain("/iamConfiguration/publicAccessPrevention")),
        ("requester_pays", plain("/billing/requesterPays")),
        ("retention_policy", policies("retentionPolicy")),
        ("rpo", plain("/rpo")),
        ("soft_delete_policy", policies("softDeletePolicy")),
        ("uniform_bucket_level_access", plain("/iamConfiguration/uniformBucketLevelAccess/enabled")),
        ("update_time", second("updated")),
        ("versioning_enabled", plain("/versioning/enabled")),
        ("website_config", plain("/website")),
    ];
    let present = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    present.collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_python_writes_them() {
        assert_eq!(python_time("2026-01-02T03:04:05.678Z"), "2026-01-02T03:04:05.678000+00:00");
        assert_eq!(python_time("2026-01-02T03:04:05.000Z"), "2026-01-02T03:04:05+00:00");
        let sent = for_sending(
            json!({"updated": "2026-01-02T03:04:05Z", "softDeletePolicy": {"effectiveTime": "2026-01-02T03:04:05.1Z"}}),
        );
        assert_eq!(sent["softDeletePolicy"]["effectiveTime"], "2026-01-02T03:04:05.100000+00:00");
        assert_eq!(sent["updated"], "2026-01-02T03:04:05+00:00");
    }

    #[test]
    fn a_bucket_is_shown_in_gclouds_words() {
        let bucket = json!({
            "name": "b", "generation": "12", "timeCreated": "2026-01-02T03:04:05.678Z", "storageClass": "STANDARD",
            "iamConfiguration": {"publicAccessPrevention": "enforced", "uniformBucketLevelAccess": {"enabled": true}},
            "etag": "CAI=", "selfLink": "x",
        });
        assert_eq!(
            shown(&bucket),
            json!({
                "name": "b", "storage_url": "gs://b/", "generation": 12, "creation_time": "2026-01-02T03:04:05+0000",
                "default_storage_class": "STANDARD", "public_access_prevention": "enforced",
                "uniform_bucket_level_access": true,
            })
        );
    }
}
