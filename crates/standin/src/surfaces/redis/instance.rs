//! An instance, as flags give it.

use crate::call::Call;
use crate::failure::Failure;
use crate::labels;
use serde_json::{Map, Value, json};

/// What `create` and `update` take.
pub(super) const FLAGS: &[&str] = &[
    "--region",
    "--async",
    "--display-name",
    "--enable-auth",
    "--maintenance-window-day",
    "--maintenance-window-hour",
    "--persistence-mode",
    "--rdb-snapshot-period",
    "--size",
];
/// What only `create` takes.
pub(super) const OF_CREATION: &[&str] = &[
    "--connect-mode",
    "--labels",
    "--network",
    "--redis-config",
    "--redis-version",
    "--reserved-ip-range",
    "--tier",
    "--transit-encryption-mode",
];
/// What only `update` takes.
pub(super) const OF_UPDATE: &[&str] = &[
    "--clear-labels",
    "--remove-labels",
    "--remove-redis-config",
    "--update-labels",
    "--update-redis-config",
];

/// A choice as the API spells it.
pub(super) fn choice(call: &Call, flag: &str) -> Option<Value> {
    call.one(flag).map(|value| value.to_uppercase().replace('-', "_").into())
}

/// A new instance.
pub(super) fn new(call: &Call) -> Result<Value, Failure> {
    let network = match call.one("--network").unwrap_or("default") {
        path if path.starts_with("projects/") => path.to_owned(),
        short => format!("projects/{}/global/networks/{short}", call.project()?),
    };
    let standard = call.one("--tier").is_some_and(|tier| tier.eq_ignore_ascii_case("standard"));
    let mut body = json!({
        "authorizedNetwork": network,
        "tier": if standard { "STANDARD_HA" } else { "BASIC" },
        "memorySizeGb": 1,
    });
    let choices = [
        ("--connect-mode", "connectMode"),
        ("--redis-version", "redisVersion"),
        ("--transit-encryption-mode", "transitEncryptionMode"),
    ];
    for (flag, field) in choices {
        if let Some(value) = choice(call, flag) {
            body[field] = value;
        }
    }
    if let Some(range) = call.one("--reserved-ip-range") {
        body["reservedIpRange"] = range.into();
    }
    for (flag, field) in [("--labels", "labels"), ("--redis-config", "redisConfigs")] {
        if let Some(pairs) = call.dict(flag) {
            body[field] = object(pairs);
        }
    }
    overlay(call, &mut body);
    Ok(body)
}

fn object(pairs: Vec<(String, String)>) -> Value {
    Value::Object(pairs.into_iter().map(|(key, value)| (key, value.into())).collect::<Map<_, _>>())
}

/// Writes what flags say over an instance.
fn overlay(call: &Call, body: &mut Value) {
    if let Some(name) = call.one("--display-name") {
        body["displayName"] = name.into();
    }
    if let Some(size) = call.one("--size").and_then(|size| size.parse::<u32>().ok()) {
        body["memorySizeGb"] = size.into();
    }
    // The flag's default stands in every request, an update of something else too.
    body["authEnabled"] = (call.on("--enable-auth") == Some(true)).into();
    if let Some(day) = choice(call, "--maintenance-window-day") {
        window(body)["day"] = day;
    }
    if let Some(hour) = call.one("--maintenance-window-hour").and_then(|hour| hour.parse::<u32>().ok()) {
        window(body)["startTime"]["hours"] = hour.into();
    }
    if let Some(mode) = choice(call, "--persistence-mode") {
        body["persistenceConfig"]["persistenceMode"] = mode;
    }
    if let Some(period) = call.one("--rdb-snapshot-period") {
        let period = match period {
            "1h" => "ONE_HOUR",
            "6h" => "SIX_HOURS",
            "12h" => "TWELVE_HOURS",
            _ => "TWENTY_FOUR_HOURS",
        };
        body["persistenceConfig"]["rdbSnapshotPeriod"] = period.into();
    }
}

/// The first maintenance window, made where there is none.
fn window(body: &mut Value) -> &mut Value {
    let windows = &mut body["maintenancePolicy"]["weeklyMaintenanceWindow"];
    if windows.as_array().is_none_or(Vec::is_empty) {
        *windows = json!([{}]);
    }
    &mut windows[0]
}

/// Whether an update says anything.
pub(super) fn any(call: &Call) -> bool {
    let places = ["--region", "--async"];
    let flags = FLAGS.iter().chain(OF_UPDATE).filter(|flag| !places.contains(flag));
    flags.into_iter().any(|flag| call.one(flag).is_some() || call.on(flag).is_some())
}

/// Changes the whole instance as it was read; the fields that count, in gcloud's order.
pub(super) fn change(call: &Call, whole: &mut Value) -> Vec<&'static str> {
    let mut mask = Vec::new();
    let mut counts = |flags: &[&str], field: &'static str| {
        let given = flags.iter().any(|flag| call.one(flag).is_some() || call.on(flag).is_some());
        if given && !mask.contains(&field) {
            mask.push(field);
        }
    };
    counts(&["--display-name"], "display_name");
    counts(&["--size"], "memory_size_gb");
    if whole["redisConfigs"].is_object() {
        counts(&["--remove-redis-config"], "redis_configs");
    }
    counts(&["--maintenance-window-day", "--maintenance-window-hour"], "maintenance_policy");
    counts(&["--update-redis-config"], "redis_configs");
    counts(&["--enable-auth"], "auth_enabled");
    counts(&["--persistence-mode", "--rdb-snapshot-period"], "persistence_config");
    if let Some(new) = labels::changed(call, "labels", &whole["labels"]) {
        whole["labels"] = new;
        mask.insert(0, "labels");
    }
    overlay(call, whole);
    if let Some(configs) = whole["redisConfigs"].as_object_mut() {
        call.list("--remove-redis-config").iter().flatten().for_each(|key| drop(configs.remove(key)));
    }
    for (key, value) in call.dict("--update-redis-config").unwrap_or_default() {
        whole["redisConfigs"][key] = value.into();
    }
    // What was absent stays absent.
    if let Value::Object(fields) = whole {
        fields.retain(|_, value| !value.is_null());
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maintenance_window_keeps_what_is_not_named() {
        let mut body = json!({ "maintenancePolicy": { "weeklyMaintenanceWindow": [{ "day": "SUNDAY", "duration": "3600s" }] } });
        window(&mut body)["day"] = "MONDAY".into();
        let windows = &body["maintenancePolicy"]["weeklyMaintenanceWindow"];
        assert_eq!(windows, &json!([{ "day": "MONDAY", "duration": "3600s" }]));
        let mut empty = json!({});
        window(&mut empty)["startTime"]["hours"] = 5.into();
        assert_eq!(
            empty["maintenancePolicy"]["weeklyMaintenanceWindow"],
            json!([{ "startTime": { "hours": 5 } }])
        );
    }
}
