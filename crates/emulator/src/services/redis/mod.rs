//! Memorystore for Redis API: instances and their operations.

mod create;
mod operations;
mod rules;
#[cfg(test)]
mod tests;
mod update;

use super::{locations, unserved};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use serde_json::{Value, json};

/// The permission that a method asks for.
pub fn permission(id: &str) -> Option<&'static str> {
    Some(match id.strip_prefix("projects.locations.")? {
        "list" => "redis.locations.list",
        "get" => "redis.locations.get",
        "instances.create" => "redis.instances.create",
        "instances.list" => "redis.instances.list",
        "instances.get" => "redis.instances.get",
        "instances.getAuthString" => "redis.instances.getAuthString",
        "instances.patch" => "redis.instances.update",
        "instances.upgrade" => "redis.instances.upgrade",
        "instances.failover" => "redis.instances.failover",
        "instances.rescheduleMaintenance" => "redis.instances.rescheduleMaintenance",
        "instances.delete" => "redis.instances.delete",
        "operations.list" => "redis.operations.list",
        "operations.get" => "redis.operations.get",
        "operations.delete" | "operations.cancel" => "redis.operations.cancel",
        _ => return None,
    })
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    match id {
        "projects.locations.list" => locations::list(call),
        "projects.locations.get" => locations::get(call),
        "projects.locations.instances.create" => create::create(call),
        "projects.locations.instances.list" => list(call),
        "projects.locations.instances.get" => Ok(find(call)?.1.into()),
        "projects.locations.instances.getAuthString" => auth_string(call),
        "projects.locations.instances.patch" => update::patch(call),
        "projects.locations.instances.upgrade" => update::upgrade(call),
        "projects.locations.instances.failover" => update::failover(call),
        "projects.locations.instances.rescheduleMaintenance" => {
            find(call)?;
            Err(ApiError::failed_precondition("There is no maintenance scheduled for this instance."))
        }
        "projects.locations.instances.delete" => update::delete(call),
        "projects.locations.operations.list" => operations::list(call),
        "projects.locations.operations.get" => operations::get(call),
        "projects.locations.operations.delete" => Err(ApiError::new(
            501,
            "UNIMPLEMENTED",
            "notImplemented",
            "Operation is not implemented, or supported, or enabled.",
        )),
        _ => unserved(id),
    }
}

/// The relative name of the instance in the path.
fn name(call: &Call) -> String {
    format!(
        "projects/{}/locations/{}/instances/{}",
        call.project(),
        call.param("locationsId"),
        call.param("instancesId")
    )
}

/// The key and the object of the instance in the path.
fn find(call: &Call) -> Result<(String, Value), ApiError> {
    let name = name(call);
    let key = format!("redis/{name}");
    match call.world.get(&key) {
        Some(instance) => Ok((key, instance.clone())),
        None => Err(ApiError::not_found(format!("Resource '{name}' was not found"))),
    }
}

fn list(call: &Call) -> Answer {
    let location = call.param("locationsId");
    if location != "-" {
        locations::check(call)?;
    }
    let below = format!("redis/projects/{}/locations/", call.project());
    let rows = call.world.below(&below).into_iter().filter(|(key, _)| {
        let mut rest = key[below.len()..].split('/');
        let place = rest.next().unwrap_or_default();
        (location == "-" || location == place) && rest.next() == Some("instances")
    });
    let rows = rows.map(|(_, instance)| instance.clone()).collect();
    Ok(call.page("instances", rows))
}

/// Empty where AUTH is off [description].
fn auth_string(call: &Call) -> Answer {
    let (key, instance) = find(call)?;
    if instance["authEnabled"] != true {
        return Ok(json!({}).into());
    }
    Ok(json!({"authString": call.world.hidden(&key)["authString"]}).into())
}
