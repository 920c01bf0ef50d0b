//! Serverless VPC Access API.

mod connector;
mod ranges;

use super::{locations, unserved};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::{Operation, Start};
use serde_json::{Value, json};

/// The permission that a method asks for.
pub fn permission(id: &str) -> Option<&'static str> {
    Some(match id {
        "projects.locations.connectors.create" => "vpcaccess.connectors.create",
        "projects.locations.connectors.delete" => "vpcaccess.connectors.delete",
        "projects.locations.connectors.get" => "vpcaccess.connectors.get",
        "projects.locations.connectors.list" => "vpcaccess.connectors.list",
        "projects.locations.connectors.patch" => "vpcaccess.connectors.update",
        "projects.locations.operations.get" => "vpcaccess.operations.get",
        "projects.locations.operations.list" => "vpcaccess.operations.list",
        "projects.locations.list" => "vpcaccess.locations.list",
        _ => return None,
    })
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    match id {
        "projects.locations.connectors.create" => connector::create(call),
        "projects.locations.connectors.get" => connector::get(call),
        "projects.locations.connectors.list" => connector::list(call),
        "projects.locations.connectors.patch" => connector::patch(call),
        "projects.locations.connectors.delete" => connector::delete(call),
        "projects.locations.operations.get" => operation(call),
        "projects.locations.operations.list" => operations(call),
        "projects.locations.list" => locations::list(call),
        _ => unserved(id),
    }
}

/// Starts an operation on a connector and answers with it.
fn start(call: &mut Call, verb: &str, target: &str, start: Start) -> Answer {
    let (project, location) = (call.project().to_owned(), call.param("locationsId").to_owned());
    let id = call.world.uuid();
    let meta = json!({"method": format!("google.cloud.vpcaccess.v1.VpcAccessService.{verb}"), "target": target,
                      "createTime": call.world.stamp()});
    let key = format!("vpcaccess/projects/{project}/locations/{location}/operations/{id}");
    let operation = call.world.start(&key, Start { meta, ..start });
    Ok(show(&operation).into())
}

fn show(operation: &Operation) -> Value {
    let mut metadata = operation.meta.clone();
    metadata["@type"] = json!("type.googleapis.com/google.cloud.vpcaccess.v1.OperationMetadata");
    if operation.done {
        metadata["endTime"] = json!(format!("{:.6}", operation.ends));
    }
    operation.longrunning(metadata)
}

fn operation(call: &Call) -> Answer {
    let name = format!(
        "projects/{}/locations/{}/operations/{}",
        call.project(),
        call.param("locationsId"),
        call.param("operationsId")
    );
    match call.world.operation(&format!("vpcaccess/{name}")) {
        Some(operation) => Ok(show(operation).into()),
        None => Err(ApiError::not_found(format!("Resource '{name}' was not found"))),
    }
}

fn operations(call: &Call) -> Answer {
    let prefix =
        format!("vpcaccess/projects/{}/locations/{}/operations/", call.project(), call.param("locationsId"));
    let rows = call.world.operations(&prefix).into_iter().map(show).collect();
    Ok(call.page("operations", rows))
}

#[cfg(test)]
mod tests;
