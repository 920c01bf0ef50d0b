//! Artifact Registry API.

mod contents;
mod repository;

use super::{locations, unserved};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::{Operation, Start};
use crate::policy;
use serde_json::{Value, json};

/// Locations that hold more than one region.
const MULTI_REGIONS: &[&str] = &["asia", "europe", "us"];

/// The permission that a method asks for.
pub fn permission(id: &str) -> Option<&'static str> {
    Some(match id {
        "projects.locations.repositories.create" => "artifactregistry.repositories.create",
        "projects.locations.repositories.delete" => "artifactregistry.repositories.delete",
        "projects.locations.repositories.get" => "artifactregistry.repositories.get",
        "projects.locations.repositories.list" => "artifactregistry.repositories.list",
        "projects.locations.repositories.patch" => "artifactregistry.repositories.update",
        "projects.locations.repositories.getIamPolicy" => "artifactregistry.repositories.getIamPolicy",
        "projects.locations.repositories.setIamPolicy" => "artifactregistry.repositories.setIamPolicy",
        "projects.locations.repositories.dockerImages.list" => "artifactregistry.dockerimages.list",
        "projects.locations.repositories.packages.list" => "artifactregistry.packages.list",
        "projects.locations.list" => "artifactregistry.locations.list",
        "projects.locations.get" => "artifactregistry.locations.get",
        _ => return None,
    })
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    if let Some(rest) = id.strip_prefix("projects.locations.repositories.")
        && let Some((kind, verb)) = rest.rsplit_once('.')
    {
        return contents::handle(kind, verb, call);
    }
    match id {
        "projects.locations.repositories.create" => repository::create(call),
        "projects.locations.repositories.get" => repository::get(call),
        "projects.locations.repositories.list" => repository::list(call),
        "projects.locations.repositories.patch" => repository::patch(call),
        "projects.locations.repositories.delete" => repository::delete(call),
        "projects.locations.repositories.getIamPolicy" => policy::get(call, &repository::find(call)?.0),
        "projects.locations.repositories.setIamPolicy" => {
            let key = repository::find(call)?.0;
            policy::set(call, &key)
        }
        "projects.locations.repositories.testIamPermissions" => {
            policy::test(call, &repository::find(call)?.0)
        }
        "projects.locations.operations.get" => operation(call),
        "projects.locations.operations.cancel" => Ok(crate::Reply::empty()),
        "projects.locations.list" => places(call),
        "projects.locations.get" => {
            check_location(call)?;
            Ok(locations::show(call.project(), call.param("locationsId")).into())
        }
        _ => unserved(id),
    }
}

fn check_location(call: &Call) -> Result<(), ApiError> {
    let location = call.param("locationsId");
    if MULTI_REGIONS.contains(&location) { Ok(()) } else { locations::check(call) }
}

fn places(call: &Call) -> Answer {
    let all = MULTI_REGIONS.iter().chain(locations::REGIONS);
    let rows = all.map(|location| locations::show(call.project(), location)).collect();
    Ok(call.page("locations", rows))
}

/// Google's words for anything that is missing.
fn missing() -> ApiError {
    ApiError::not_found("Requested entity was not found.")
}

/// Starts an operation and answers with it.
fn start(call: &mut Call, seconds: f64, start: Start) -> Answer {
    let id = call.world.uuid();
    let key = format!(
        "artifactregistry/projects/{}/locations/{}/operations/{id}",
        call.project(),
        call.param("locationsId")
    );
    let operation = call.world.start(&key, Start { seconds, ..start });
    Ok(show(&operation).into())
}

fn show(operation: &Operation) -> Value {
    operation.longrunning(
        json!({"@type": "type.googleapis.com/google.devtools.artifactregistry.v1.OperationMetadata"}),
    )
}

fn operation(call: &Call) -> Answer {
    let key = format!(
        "artifactregistry/projects/{}/locations/{}/operations/{}",
        call.project(),
        call.param("locationsId"),
        call.param("operationsId")
    );
    call.world.operation(&key).map(|operation| show(operation).into()).ok_or_else(missing)
}

#[cfg(test)]
mod tests;
