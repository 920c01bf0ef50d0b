//! Cloud Build API: builds and triggers (v1), connections to repositories (v2).

mod build;
pub(crate) mod connection;
mod grammar;
mod source;
mod substitution;
mod trigger;

use super::{locations, unserved};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::Operation;
use serde_json::{Value, json};

/// The permission that a method asks for.
pub fn permission(id: &str) -> Option<&'static str> {
    let (kind, verb) = id.rsplit_once('.').unwrap_or((id, ""));
    Some(match (kind.rsplit('.').next().unwrap_or(""), verb) {
        ("builds", "create" | "retry") => "cloudbuild.builds.create",
        ("builds", "get") => "cloudbuild.builds.get",
        ("builds", "list") => "cloudbuild.builds.list",
        ("builds", "cancel") => "cloudbuild.builds.update",
        // Triggers have no permissions of their own [Google's documentation].
        ("triggers", "create" | "run") => "cloudbuild.builds.create",
        ("triggers", "get") => "cloudbuild.builds.get",
        ("triggers", "list") => "cloudbuild.builds.list",
        ("triggers", "patch" | "delete") => "cloudbuild.builds.update",
        ("connections", "create") => "cloudbuild.connections.create",
        ("connections", "get") => "cloudbuild.connections.get",
        ("connections", "list") => "cloudbuild.connections.list",
        ("connections", "delete") => "cloudbuild.connections.delete",
        ("repositories", "create") => "cloudbuild.repositories.create",
        ("repositories", "get") => "cloudbuild.repositories.get",
        ("repositories", "list") => "cloudbuild.repositories.list",
        ("repositories", "delete") => "cloudbuild.repositories.delete",
        _ => return None,
    })
}

/// Answers a method. The methods without a location are those of the location `global`.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    let (kind, verb) = id.rsplit_once('.').unwrap_or((id, ""));
    match (kind, verb) {
        ("projects.builds" | "projects.locations.builds", _) => build::handle(verb, call),
        ("projects.triggers" | "projects.locations.triggers", _) => trigger::handle(verb, call),
        ("projects.locations.connections", _) => connection::handle(verb, call),
        ("projects.locations.connections.repositories", _) => connection::repositories(verb, call),
        ("projects.locations", "getDefaultServiceAccount") => Ok(default_account(call).into()),
        ("projects.locations", "list") => locations::list(call),
        ("projects.locations", "get") => locations::get(call),
        ("projects.locations.operations", "get") => operation(call),
        _ => unserved(id),
    }
}

/// The location of a request.
fn location(call: &Call) -> Result<String, ApiError> {
    let location = call.param("locationsId");
    match location {
        "" | "global" => Ok("global".to_owned()),
        _ if locations::is_region(location) => Ok(location.to_owned()),
        _ => Err(ApiError::invalid(format!("invalid location \"{location}\""))),
    }
}

/// Google's words for anything that is missing.
fn missing() -> ApiError {
    ApiError::not_found("Requested entity was not found.")
}

/// What builds run as when they name no account: for projects made since 2024 that of Compute Engine.
fn default_account(call: &Call) -> Value {
    let name =
        format!("projects/{}/locations/{}/defaultServiceAccount", call.project(), call.param("locationsId"));
    let email = format!("{}-compute@developer.gserviceaccount.com", call.project_number());
    json!({"name": name, "serviceAccountEmail": format!("projects/{}/serviceAccounts/{email}", call.project())})
}

fn show(operation: &Operation) -> Value {
    operation.longrunning(operation.meta["metadata"].clone())
}

fn operation(call: &Call) -> Answer {
    let key = format!(
        "cloudbuild/projects/{}/locations/{}/operations/{}",
        call.project(),
        call.param("locationsId"),
        call.param("operationsId")
    );
    call.world.operation(&key).map(|operation| show(operation).into()).ok_or_else(missing)
}

#[cfg(test)]
mod tests;
