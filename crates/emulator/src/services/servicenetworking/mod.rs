//! Service Networking API: private connections between a network and Google's services.

mod connection;
#[cfg(test)]
mod tests;

use super::unserved;
use crate::ApiError;
use crate::call::{Answer, Call, Reply};
use crate::operation::Operation;
use serde_json::{Value, json};

/// The rights are those on the project of the network, which is in the body.
pub fn permission(_id: &str) -> Option<&'static str> {
    None
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    match id {
        "services.connections.create" => connection::create(call),
        "services.connections.list" => connection::list(call),
        "services.connections.patch" => connection::patch(call),
        "services.connections.deleteConnection" => connection::delete(call),
        "operations.get" => Ok(shown(found(call)?).into()),
        "operations.list" => {
            let rows =
                call.world.operations("servicenetworking/operations/").into_iter().map(shown).collect();
            Ok(call.page("operations", rows))
        }
        // Best effort [description]: none here stops before its end.
        "operations.cancel" => {
            found(call)?;
            Ok(Reply::empty())
        }
        _ => unserved(id),
    }
}

fn found<'w>(call: &'w Call) -> Result<&'w Operation, ApiError> {
    let key = format!("servicenetworking/operations/{}", call.param("operationsId"));
    let missing =
        || ApiError::not_found(format!("Operation not found: operations/{}", call.param("operationsId")));
    call.world.operation(&key).ok_or_else(missing)
}

fn shown(operation: &Operation) -> Value {
    let metadata = operation.meta["metadata"].as_str().map_or(
        Value::Null,
        |kind| json!({ "@type": format!("type.googleapis.com/google.cloud.servicenetworking.v1.{kind}") }),
    );
    operation.longrunning(metadata)
}
