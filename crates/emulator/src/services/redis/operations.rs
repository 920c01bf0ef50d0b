//! `google.longrunning.Operation`s of Memorystore.

use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::{Effect, Operation, Start};
use crate::world::World;
use serde_json::{Value, json};

/// What a change of an instance starts.
pub struct Change<'a> {
    /// The instance, `projects/P/locations/L/instances/I`.
    pub target: &'a str,
    /// `create`, `update`, `upgrade`, `failover`, `delete`.
    pub verb: &'a str,
    /// How long Google takes.
    pub seconds: f64,
    /// What happens at its end.
    pub effects: Vec<Effect>,
    /// What happens if it fails.
    pub failure_effects: Vec<Effect>,
}

/// Starts an operation; its first answer.
pub fn start(call: &mut Call, change: Change) -> Answer {
    let place = change.target.split("/instances/").next().unwrap_or_default();
    let millis = call.world.now.as_millisecond();
    let id = format!("operation-{millis}-{}-{}", call.world.hex(13), call.world.hex(8));
    let created = call.world.stamp();
    let operation = call.world.start(
        &format!("redis/{place}/operations/{id}"),
        Start {
            seconds: change.seconds,
            effects: change.effects,
            failure_effects: change.failure_effects,
            meta: json!({"target": change.target, "verb": change.verb, "createTime": created}),
            ..Start::default()
        },
    );
    Ok(show(call.world, &operation).into())
}

fn show(world: &World, operation: &Operation) -> Value {
    let meta = &operation.meta;
    let mut metadata = json!({
        "@type": "type.googleapis.com/google.cloud.redis.v1.OperationMetadata",
        "createTime": meta["createTime"],
        "target": meta["target"],
        "verb": meta["verb"],
        "apiVersion": "v1",
    });
    if operation.done {
        metadata["endTime"] = json!(format!("{:.6}", operation.ends));
    }
    let mut shown = operation.longrunning(metadata);
    let target = world.get(&format!("redis/{}", meta["target"].as_str().unwrap_or_default()));
    if let Some(target) = target
        && shown.get("response").is_some()
        && meta["verb"] != "delete"
    {
        shown["response"] = target.clone();
        shown["response"]["@type"] = json!("type.googleapis.com/google.cloud.redis.v1.Instance");
    }
    shown
}

pub fn get(call: &Call) -> Answer {
    let name = format!(
        "projects/{}/locations/{}/operations/{}",
        call.project(),
        call.param("locationsId"),
        call.param("operationsId")
    );
    match call.world.operation(&format!("redis/{name}")) {
        Some(operation) => Ok(show(call.world, operation).into()),
        None => Err(ApiError::not_found(format!("Resource '{name}' was not found"))),
    }
}

pub fn list(call: &Call) -> Answer {
    let location = call.param("locationsId");
    let mut prefix = format!("redis/projects/{}/locations/", call.project());
    if location != "-" {
        prefix = format!("{prefix}{location}/");
    }
    let mut rows: Vec<Value> =
        call.world.operations(&prefix).into_iter().map(|o| show(call.world, o)).collect();
    rows.reverse();
    Ok(call.page("operations", rows))
}
