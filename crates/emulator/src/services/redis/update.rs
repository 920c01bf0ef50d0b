//! Changing and removing an instance.

use super::create::{maintenance, persistence, tidy};
use super::operations::{self, Change};
use super::rules::{self, refuse};
use super::{find, name};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::mask;
use crate::operation::Effect;
use serde_json::{Value, json};

/// What an update can name [description of `updateMask`; gcloud's update command sends the others].
const UPDATABLE: &[&str] = &[
    "displayName",
    "labels",
    "memorySizeGb",
    "redisConfigs",
    "redisConfig",
    "replicaCount",
    "readReplicasMode",
    "secondaryIpRange",
    "maintenancePolicy",
    "maintenanceVersion",
    "authEnabled",
    "persistenceConfig",
];

/// Refuses a change while another one runs [guess].
fn idle(instance: &Value) -> Result<(), ApiError> {
    let state = instance["state"].as_str().unwrap_or_default();
    if state == "READY" {
        return Ok(());
    }
    Err(ApiError::failed_precondition(format!(
        "The instance is in state {state}. Operation failed because another operation was already in progress. Try again later."
    )))
}

pub fn patch(call: &mut Call) -> Answer {
    let (key, current) = find(call)?;
    let asked = call.query("updateMask").unwrap_or_default().to_owned();
    let paths = mask::paths(&asked);
    if paths.is_empty() {
        return Err(ApiError::invalid("update_mask must be specified."));
    }
    for path in &paths {
        let field = path.first().map_or("", String::as_str);
        if !UPDATABLE.contains(&field) {
            return Err(refuse(field, &path.join("."), format!("Field {field} cannot be updated.")));
        }
    }
    idle(&current)?;
    let body = call.input();
    let mut instance = current.clone();
    // Only what the mask names: gcloud's body always says "authEnabled": false.
    mask::apply(call.route.api, "Instance", &mut instance, &body, &asked)?;
    exclusive(&current, &instance, &paths)?;
    let now = call.world.now;
    if instance["maintenancePolicy"] != current["maintenancePolicy"] {
        if let Some(created) = current["maintenancePolicy"]["createTime"].as_str()
            && instance["maintenancePolicy"].is_object()
        {
            instance["maintenancePolicy"]["createTime"] = json!(created);
        }
        maintenance(&mut instance["maintenancePolicy"], now);
    }
    if instance["persistenceConfig"] != current["persistenceConfig"] {
        persistence(&mut instance["persistenceConfig"], now);
    }
    rules::instance(&instance)?;
    let mut hidden = call.world.hidden(&key).clone();
    if instance["authEnabled"] != true {
        hidden = Value::Null;
    } else if current["authEnabled"] != true {
        hidden = json!({"authString": call.world.uuid()});
    }
    tidy(&mut instance);
    instance["state"] = json!("READY");
    let seconds = if instance["memorySizeGb"] == current["memorySizeGb"] { 30.0 } else { 300.0 };
    let effects = vec![Effect::Put { key: key.clone(), data: instance, hidden }];
    change(call, &key, "update", seconds, effects)
}

/// Read replicas cannot be switched off, and not together with anything else [gcloud's help].
fn exclusive(current: &Value, instance: &Value, paths: &[Vec<String>]) -> Result<(), ApiError> {
    if current["readReplicasMode"] == instance["readReplicasMode"] {
        return Ok(());
    }
    if current["readReplicasMode"] == "READ_REPLICAS_ENABLED" {
        let text = "Read replicas cannot be disabled once they are enabled.";
        return Err(refuse("read_replicas_mode", "READ_REPLICAS_DISABLED", text));
    }
    let alone = |path: &Vec<String>| {
        ["readReplicasMode", "secondaryIpRange", "replicaCount"]
            .iter()
            .any(|field| path.first().is_some_and(|p| p == field))
    };
    if paths.iter().all(alone) {
        return Ok(());
    }
    Err(refuse("read_replicas_mode", "", "Enabling read replicas cannot be combined with other updates."))
}

/// Only to a newer version.
pub fn upgrade(call: &mut Call) -> Answer {
    let (key, instance) = find(call)?;
    idle(&instance)?;
    let wanted = call.text("redisVersion").to_owned();
    let rank = |version: &str| rules::VERSIONS.iter().position(|known| *known == version);
    let current = instance["redisVersion"].as_str().unwrap_or_default();
    if rank(&wanted).is_none() || rank(&wanted) <= rank(current) {
        let text = format!("Cannot upgrade from {current} to {wanted}: the version must be a newer one.");
        return Err(refuse("redis_version", &wanted, text));
    }
    let patch = json!({"redisVersion": wanted, "state": "READY"});
    let effects = vec![Effect::Merge { key: key.clone(), patch }];
    change(call, &key, "upgrade", 600.0, effects)
}

pub fn failover(call: &mut Call) -> Answer {
    let (key, instance) = find(call)?;
    if instance["tier"] != "STANDARD_HA" {
        return Err(ApiError::failed_precondition(
            "Failover is only supported for STANDARD_HA tier instances.",
        ));
    }
    idle(&instance)?;
    let effects = vec![Effect::Merge { key: key.clone(), patch: json!({"state": "READY"}) }];
    change(call, &key, "failover", 60.0, effects)
}

fn change(call: &mut Call, key: &str, verb: &str, seconds: f64, effects: Vec<Effect>) -> Answer {
    let failure_effects = vec![Effect::Merge { key: key.to_owned(), patch: json!({"state": "READY"}) }];
    let state = if verb == "failover" { "FAILING_OVER" } else { "UPDATING" };
    call.world.apply(Effect::Merge { key: key.to_owned(), patch: json!({ "state": state }) });
    let target = name(call);
    operations::start(call, Change { target: &target, verb, seconds, effects, failure_effects })
}

pub fn delete(call: &mut Call) -> Answer {
    let (key, instance) = find(call)?;
    idle(&instance)?;
    call.world.apply(Effect::Merge { key: key.clone(), patch: json!({"state": "DELETING"}) });
    let effects = vec![Effect::Remove { key: key.clone() }];
    let failure_effects = vec![Effect::Merge { key, patch: json!({"state": "READY"}) }];
    let target = name(call);
    operations::start(
        call,
        Change { target: &target, verb: "delete", seconds: 120.0, effects, failure_effects },
    )
}
