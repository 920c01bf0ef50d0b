//! Compute's operations: started by every change, looked up, listed, waited for.

use super::{link, list, refuse};
use crate::call::{Answer, Call};
use crate::operation::{Effect, Operation, Start};
use crate::services::{compute::place, unserved};
use crate::world::World;
use serde_json::{Value, json};

/// A change of one object, as an operation.
pub struct Change {
    /// `insert`, `delete`, `patch`, `compute.subnetworks.setPrivateIpGoogleAccess` ...
    pub kind: &'static str,
    /// Relative name of the object.
    pub target: String,
    /// How long Google takes.
    pub seconds: f64,
    /// What happens at its end.
    pub effects: Vec<Effect>,
    /// What happens if it fails.
    pub failure_effects: Vec<Effect>,
    /// It will fail.
    pub failure: Option<crate::operation::Failure>,
}

impl Change {
    /// A change that takes a few seconds and does nothing yet.
    pub fn new(kind: &'static str, target: &str, seconds: f64) -> Self {
        Self {
            kind,
            target: target.to_owned(),
            seconds,
            effects: Vec::new(),
            failure_effects: Vec::new(),
            failure: None,
        }
    }

    /// Adds what happens at its end.
    pub fn then(mut self, effects: impl IntoIterator<Item = Effect>) -> Self {
        self.effects.extend(effects);
        self
    }

    /// Puts a new state in the place of the object's shown part.
    pub fn put(self, world: &World, data: Value) -> Self {
        let key = link::key(&self.target);
        let hidden = world.hidden(&key).clone();
        self.then([Effect::Put { key, data, hidden }])
    }

    /// Starts it and answers with the operation.
    pub fn start(self, call: &mut Call) -> Answer {
        Ok(self.begin(call).into())
    }

    /// Starts it; the operation as compute shows it.
    pub fn begin(self, call: &mut Call) -> Value {
        let project = call.project().to_owned();
        let scope = match self.target.split('/').collect::<Vec<_>>()[..] {
            [_, _, "regions", region, ..] => format!("regions/{region}"),
            _ => "global".to_owned(),
        };
        let world = &mut *call.world;
        let millis = world.now.as_millisecond();
        let name = format!("operation-{millis}-{}-{}-{}", world.hex(13), world.hex(8), world.hex(8));
        let target_key = link::key(&self.target);
        let target_id = world.get(&target_key).map_or(Value::Null, |t| t["id"].clone());
        let user =
            call.principal.as_deref().and_then(|p| p.split_once(':')).map_or("owner@example.com", |p| p.1);
        let meta = json!({
            "type": self.kind, "target": self.target, "targetId": target_id, "id": world.digits(19), "user": user,
            "requestId": call.query.iter().find(|(k, _)| k == "requestId").map(|(_, v)| v),
        });
        let key = format!("compute/projects/{project}/{scope}/operations/{name}");
        let operation = world.start(
            &key,
            Start {
                seconds: self.seconds,
                effects: self.effects,
                failure_effects: self.failure_effects,
                failure: self.failure,
                meta,
                response: Value::Null,
            },
        );
        shown(&operation)
    }
}

/// The answer to a request that was made before with the same `requestId`.
pub fn repeated(call: &Call) -> Option<Value> {
    let id = call.query("requestId").filter(|id| !id.is_empty())?;
    let prefix = format!("compute/projects/{}/", call.project());
    call.world.operations(&prefix).into_iter().find(|o| o.meta["requestId"] == id).map(shown)
}

/// Whether an operation on this object still runs.
pub fn running(world: &World, relative: &str) -> bool {
    let project = relative.split('/').nth(1).unwrap_or_default();
    let operations = world.operations(&format!("compute/projects/{project}/"));
    operations.iter().any(|o| !o.done && o.meta["target"] == relative)
}

/// Refuses a change of, or a reference to, an object on which an operation still runs.
pub fn ready(world: &World, relative: &str) -> Result<(), crate::ApiError> {
    if running(world, relative) { Err(refuse::not_ready(relative)) } else { Ok(()) }
}

/// Answers a method of the three collections of operations.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    let project = call.project().to_owned();
    let (collection, verb) = id.split_once('.').unwrap_or((id, ""));
    let scope = match collection {
        "regionOperations" => format!("regions/{}", call.param("region")),
        "zoneOperations" => format!("zones/{}", call.param("zone")),
        _ => "global".to_owned(),
    };
    let known = match scope.split_once('/') {
        Some(("regions", region)) => place::is_region(region),
        Some(("zones", zone)) => place::is_zone(zone),
        _ => true,
    };
    if !known {
        return Err(refuse::missing(&format!("projects/{project}/{scope}")));
    }
    let parent = format!("projects/{project}/{scope}/operations");
    let relative = format!("{parent}/{}", call.param("operation"));
    let found = |call: &Call| {
        call.world.operation(&link::key(&relative)).map(shown).ok_or_else(|| refuse::missing(&relative))
    };
    match verb {
        // Google's wait answers after two minutes at the latest, done or not; clients repeat it. Here it answers at
        // once, since the world must not stand still.
        "get" | "wait" => Ok(found(call)?.into()),
        "list" => {
            let prefix = format!("compute/{parent}/");
            let rows = call.world.operations(&prefix).into_iter().map(shown).collect();
            list::reply(call, "operation", &parent, rows)
        }
        "aggregatedList" => {
            let prefix = format!("compute/projects/{project}/");
            let rows: Vec<Value> = call.world.operations(&prefix).into_iter().map(shown).collect();
            list::aggregated(call, "operation", "operations", list::scopes(), rows)
        }
        _ => unserved(id),
    }
}

/// An operation as compute shows it. The same in every answer but for its progress: gcloud looks operations up by
/// their `selfLink`.
pub fn shown(operation: &Operation) -> Value {
    let name = operation.name();
    let text = |field: &str| operation.meta[field].as_str().unwrap_or_default();
    let scope: Vec<&str> = name.split('/').collect();
    let mut body = json!({
        "kind": "compute#operation", "id": text("id"), "name": link::last(name), "user": text("user"),
        "operationType": text("type"), "targetLink": link::url(text("target")), "selfLink": link::url(name),
        "insertTime": link::pacific(operation.started), "startTime": link::pacific(operation.started),
        "status": if operation.done { "DONE" } else { "RUNNING" }, "progress": if operation.done { 100 } else { 0 },
    });
    for optional in ["targetId", "requestId"] {
        if let Some(value) = operation.meta[optional].as_str() {
            let field = if optional == "requestId" { "clientOperationId" } else { optional };
            body[field] = json!(value);
        }
    }
    if scope.get(2) == Some(&"regions") {
        body["region"] = json!(link::url(&scope[..4].join("/")));
    }
    if operation.done {
        body["endTime"] = json!(link::pacific(operation.ends));
        if let Some(failure) = &operation.failure {
            let code = if failure.name.is_empty() { code_of(failure.code) } else { &failure.name };
            body["error"] = json!({"errors": [{"code": code, "message": failure.message}]});
            let (status, phrase) = http_of(code);
            body["httpErrorStatusCode"] = json!(status);
            body["httpErrorMessage"] = json!(phrase);
        }
    }
    body
}

fn code_of(code: i32) -> &'static str {
    match code {
        3 => "INVALID_FIELD_VALUE",
        5 => "RESOURCE_NOT_FOUND",
        6 => "RESOURCE_ALREADY_EXISTS",
        7 => "PERMISSIONS_ERROR",
        8 => "QUOTA_EXCEEDED",
        9 => "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE",
        14 => "SERVICE_UNAVAILABLE",
        _ => "INTERNAL_ERROR",
    }
}

fn http_of(code: &str) -> (u16, &'static str) {
    match code {
        "RESOURCE_NOT_FOUND" => (404, "NOT FOUND"),
        "RESOURCE_ALREADY_EXISTS" => (409, "CONFLICT"),
        "QUOTA_EXCEEDED" | "PERMISSIONS_ERROR" => (403, "FORBIDDEN"),
        "SERVICE_UNAVAILABLE" => (503, "SERVICE UNAVAILABLE"),
        "INTERNAL_ERROR" => (500, "INTERNAL ERROR"),
        _ => (400, "BAD REQUEST"),
    }
}
