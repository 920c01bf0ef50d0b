//! Cloud SQL's own shape of operations (gcloud-facts, data-and-run.md, 3.2).

use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::{Effect, Failure, Operation, Start};
use jiff::SignedDuration;
use serde_json::{Value, json};

const HOST: &str = "https://sqladmin.googleapis.com/sql/v1beta4";

/// The URL of an instance.
pub fn link(project: &str, instance: &str) -> String {
    format!("{HOST}/projects/{project}/instances/{instance}")
}

/// What a change starts.
pub struct Change<'a> {
    /// The instance.
    pub instance: &'a str,
    /// `CREATE`, `UPDATE_USER` ...
    pub kind: &'a str,
    /// How long Google takes.
    pub seconds: f64,
    /// What happens at its end.
    pub effects: Vec<Effect>,
    /// What happens if it fails.
    pub failure_effects: Vec<Effect>,
}

/// Starts an operation; its first answer.
pub fn start(call: &mut Call, change: Change) -> Answer {
    start_or_fail(call, change, None)
}

/// Starts an operation that will fail for this reason, if there is one; its first answer.
pub fn start_or_fail(call: &mut Call, change: Change, failure: Option<Failure>) -> Answer {
    let project = call.project().to_owned();
    let name = call.world.uuid();
    let user =
        call.principal.as_deref().and_then(|p| p.split_once(':')).map_or("owner@example.com", |(_, u)| u);
    let meta = json!({"type": change.kind, "instance": change.instance, "user": user});
    let operation = call.world.start(
        &format!("sqladmin/projects/{project}/operations/{name}"),
        Start {
            seconds: change.seconds,
            effects: change.effects,
            failure_effects: change.failure_effects,
            failure,
            meta,
            ..Start::default()
        },
    );
    Ok(show(call, &operation).into())
}

fn show(call: &Call, operation: &Operation) -> Value {
    let project = operation.key.split('/').nth(2).unwrap_or_default();
    let name = operation.key.rsplit('/').next().unwrap_or_default();
    let instance = operation.meta["instance"].as_str().unwrap_or_default();
    let started = format!("{:.3}", operation.started);
    let fresh = call.world.now.duration_since(operation.started) < SignedDuration::from_millis(500);
    let status = match operation.done {
        true => "DONE",
        false if fresh => "PENDING",
        false => "RUNNING",
    };
    let mut shown = json!({
        "kind": "sql#operation",
        "name": name,
        "status": status,
        "operationType": operation.meta["type"],
        "targetId": instance,
        "targetProject": project,
        "targetLink": link(project, instance),
        "selfLink": format!("{HOST}/projects/{project}/operations/{name}"),
        "insertTime": started,
        "user": operation.meta["user"],
    });
    if status != "PENDING" {
        shown["startTime"] = json!(started);
    }
    if operation.done {
        shown["endTime"] = json!(format!("{:.3}", operation.ends));
    }
    if let Some(failure) = operation.failure.as_ref().filter(|_| operation.done) {
        let code = if failure.name.is_empty() { "INTERNAL_ERROR" } else { &failure.name };
        shown["error"] = json!({"kind": "sql#operationErrors", "errors": [
            {"kind": "sql#operationError", "code": code, "message": failure.message}]});
    }
    shown
}

fn prefix(call: &Call) -> String {
    format!("sqladmin/projects/{}/operations/", call.project())
}

/// Whether something is being done to an instance.
pub fn running(call: &Call, instance: &str) -> bool {
    call.world.operations(&prefix(call)).iter().any(|o| !o.done && o.meta["instance"] == instance)
}

pub fn get(call: &Call) -> Answer {
    match call.world.operation(&format!("{}{}", prefix(call), call.param("operation"))) {
        Some(operation) => Ok(show(call, operation).into()),
        None => Err(ApiError::not_found("The Cloud SQL instance operation does not exist.")
            .reason("operationDoesNotExist")),
    }
}

/// The newest first.
pub fn list(call: &Call) -> Answer {
    let operations = call.world.operations(&prefix(call));
    let asked = call.query("instance");
    let mut rows: Vec<Value> = operations
        .into_iter()
        .filter(|operation| asked.is_none_or(|instance| operation.meta["instance"] == instance))
        .map(|operation| show(call, operation))
        .collect();
    rows.reverse();
    let mut reply = call.page("items", rows);
    reply.body["kind"] = json!("sql#operationsList");
    Ok(reply)
}
