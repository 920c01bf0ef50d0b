//! Changing and removing an instance.

use super::create::{network, set_relative, tidy};
use super::operations::{self, Change};
use super::{idle, invalid, rules};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::Effect;
use crate::world::merge;
use serde_json::{Value, json};

/// Merges what is given.
pub fn patch(call: &mut Call) -> Answer {
    let (key, current) = idle(call)?;
    let body = call.input();
    let mut wanted = current.clone();
    merge(&mut wanted["settings"], &body["settings"]);
    if body["settings"].is_null() {
        wanted["settings"] = current["settings"].clone();
    }
    apply(call, &key, &current, wanted, &body)
}

/// Replaces the settings; the version that they were read with is required [description].
pub fn update(call: &mut Call) -> Answer {
    let (key, current) = idle(call)?;
    let body = call.input();
    if body["settings"]["settingsVersion"].is_null() {
        return Err(invalid("settings.settingsVersion is required"));
    }
    let mut wanted = current.clone();
    wanted["settings"] = body["settings"].clone();
    apply(call, &key, &current, wanted, &body)
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn apply(call: &mut Call, key: &str, current: &Value, mut wanted: Value, body: &Value) -> Answer {
    let given = number(&body["settings"]["settingsVersion"]);
    let version = number(&current["settings"]["settingsVersion"]).unwrap_or(1);
    if given.is_some_and(|given| given != version) {
        return Err(ApiError::new(412, "FAILED_PRECONDITION", "staleData", "Condition does not match."));
    }
    for field in ["name", "region", "project", "instanceType"] {
        if body[field].as_str().is_some_and(|text| !text.is_empty() && current[field] != text) {
            return Err(invalid(format!("The {field} of an instance cannot be changed")));
        }
    }
    if let Some(asked) = body["databaseVersion"].as_str()
        && current["databaseVersion"] != asked
    {
        upgrade(current["databaseVersion"].as_str().unwrap_or_default(), asked)?;
        wanted["databaseVersion"] = json!(asked);
        wanted["databaseInstalledVersion"] = json!(format!("{asked}_13"));
    }
    fixed(&current["settings"], &wanted["settings"])?;
    tidy(&mut wanted["settings"]);
    rules::settings(&wanted["settings"], wanted["databaseVersion"].as_str().unwrap_or_default())?;
    let (name, region) = (call.param("instance").to_owned(), current["region"].as_str().unwrap_or_default());
    set_relative(call, &mut wanted["settings"]);
    let kept = wanted["settings"]["ipConfiguration"]["privateNetwork"]
        == current["settings"]["ipConfiguration"]["privateNetwork"];
    let address = match kept {
        true => private_address(current),
        false => network(call, &wanted["settings"], key, &name, region)?,
    };
    addresses(&mut wanted, address);
    wanted["settings"]["settingsVersion"] = json!((version + 1).to_string());
    wanted["etag"] = json!(call.world.hex(32));
    let restarts = wanted["settings"]["tier"] != current["settings"]["tier"];
    let seconds = if restarts { 180.0 } else { 45.0 };
    let hidden = call.world.hidden(key).clone();
    let effects = vec![Effect::Put { key: key.to_owned(), data: wanted, hidden }];
    operations::start(
        call,
        Change { instance: &name, kind: "UPDATE", seconds, effects, failure_effects: Vec::new() },
    )
}

fn private_address(instance: &Value) -> Option<String> {
    let addresses = instance["ipAddresses"].as_array()?;
    addresses.iter().find(|a| a["type"] == "PRIVATE")?["ipAddress"].as_str().map(str::to_owned)
}

fn addresses(wanted: &mut Value, private: Option<String>) {
    let public = wanted["settings"]["ipConfiguration"]["ipv4Enabled"] == true;
    let had = wanted["ipAddresses"].as_array().cloned().unwrap_or_default();
    let mut list: Vec<Value> = had.into_iter().filter(|a| public && a["type"] == "PRIMARY").collect();
    if public && list.is_empty() {
        list.push(json!({"type": "PRIMARY", "ipAddress": "203.0.113.251"}));
    }
    list.extend(private.map(|ip| json!({"type": "PRIVATE", "ipAddress": ip})));
    wanted["ipAddresses"] = Value::Array(list);
}

/// In place, to a newer major version of the same database only.
fn upgrade(from: &str, to: &str) -> Result<(), ApiError> {
    let parse = |text: &str| {
        let (kind, number) = text.split_once('_')?;
        Some((kind.to_owned(), number.split('_').next()?.parse::<u32>().ok()?))
    };
    match (parse(from), parse(to)) {
        (Some((kind, old)), Some((wanted, new))) if kind == wanted && new > old => Ok(()),
        _ => Err(invalid(format!("The database version cannot be changed from {from} to {to}"))),
    }
}

/// What cannot be changed, or only in one direction.
fn fixed(current: &Value, wanted: &Value) -> Result<(), ApiError> {
    if rules::disk_size(wanted) < rules::disk_size(current) {
        return Err(invalid(format!(
            "The disk size cannot be decreased from {} GB to {} GB",
            rules::disk_size(current),
            rules::disk_size(wanted)
        )));
    }
    if wanted["dataDiskType"] != current["dataDiskType"] {
        return Err(invalid("The storage type cannot be changed after the instance was created"));
    }
    // Can be updated, but not removed once it is set [description].
    if current["ipConfiguration"]["privateNetwork"].is_string()
        && !wanted["ipConfiguration"]["privateNetwork"].is_string()
    {
        return Err(invalid("The private network cannot be removed"));
    }
    Ok(())
}

pub fn restart(call: &mut Call) -> Answer {
    let (_, current) = idle(call)?;
    if current["state"] != "RUNNABLE" {
        return Err(invalid("Invalid request since instance is not running"));
    }
    let name = call.param("instance").to_owned();
    let change = Change {
        instance: &name,
        kind: "RESTART",
        seconds: 60.0,
        effects: Vec::new(),
        failure_effects: Vec::new(),
    };
    operations::start(call, change)
}

/// Its name is free at once (gcloud-facts, faults.md).
pub fn delete(call: &mut Call) -> Answer {
    let (key, current) = idle(call)?;
    if current["settings"]["deletionProtectionEnabled"] == true {
        return Err(ApiError::invalid(
            "The instance is protected. Please disable the deletion protection and try again. To disable deletion \
             protection, update the instance settings with deletionProtectionEnabled set to false.",
        ));
    }
    let name = call.param("instance").to_owned();
    let patch = json!({"state": "PENDING_DELETE"});
    call.world.apply(Effect::Merge { key: key.clone(), patch });
    let failure_effects = vec![Effect::Merge { key: key.clone(), patch: json!({"state": current["state"]}) }];
    let effects = vec![Effect::Remove { key }];
    operations::start(
        call,
        Change { instance: &name, kind: "DELETE", seconds: 90.0, effects, failure_effects },
    )
}
