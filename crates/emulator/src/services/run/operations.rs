//! Operations, as `google.longrunning` shows them: what `run.googleapis.com/operation-id` names.

use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::Operation;
use crate::world::World;
use serde_json::{Value, json};

/// Where an operation is kept.
pub fn key(project: &str, region: &str, id: &str) -> String {
    format!("run/projects/{project}/locations/{region}/operations/{id}")
}

/// Answers `get` and `wait`. `wait` does not wait: it may answer before the time that was asked for, and gcloud asks again.
pub fn get(call: &Call) -> Answer {
    let id = call.param("operationsId");
    match call.world.operation(&key(call.project(), call.param("locationsId"), id)) {
        Some(operation) => Ok(show(call.world, operation).into()),
        None => Err(ApiError::not_found(format!("Operation '{id}' does not exist."))),
    }
}

pub fn list(call: &Call) -> Answer {
    let prefix = key(call.project(), call.param("locationsId"), "");
    let rows = call.world.operations(&prefix).into_iter().map(|o| show(call.world, o)).collect();
    Ok(call.page("operations", rows))
}

/// The response is the service as it is when it is asked for, also where its revision failed: the failure stands in the
/// service's conditions [seen by gcloud's handling of it, facts 6.1].
fn show(world: &World, operation: &Operation) -> Value {
    let mut body = operation.longrunning(Value::Null);
    let target = operation.meta["target"].as_str().unwrap_or("");
    if operation.done
        && let Some(service) = world.get(target)
    {
        let mut response = service.clone();
        response["@type"] = json!("type.googleapis.com/google.cloud.run.v1.Service");
        body["response"] = response;
        if let Some(map) = body.as_object_mut() {
            map.remove("error");
        }
    }
    body
}
