//! Cloud Run Admin API, version 1: services in the shape of Knative, on `REGION-run.googleapis.com`; IAM and lists across
//! regions on `run.googleapis.com`.

mod access;
mod depends;
mod derived;
pub mod front;
mod limits;
mod operations;
mod revision;
mod service;
mod template;

use super::{locations, unserved};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use serde_json::{Value, json};

/// The permission that a method asks for.
pub fn permission(id: &str) -> Option<&'static str> {
    Some(match id {
        "namespaces.services.create" | "projects.locations.services.create" => "run.services.create",
        "namespaces.services.replaceService" | "projects.locations.services.replaceService" => {
            "run.services.update"
        }
        "namespaces.services.get" | "projects.locations.services.get" => "run.services.get",
        "namespaces.services.list" | "projects.locations.services.list" => "run.services.list",
        "namespaces.services.delete" | "projects.locations.services.delete" => "run.services.delete",
        "projects.locations.services.getIamPolicy" => "run.services.getIamPolicy",
        "projects.locations.services.setIamPolicy" => "run.services.setIamPolicy",
        "namespaces.revisions.get" => "run.revisions.get",
        "namespaces.revisions.list" => "run.revisions.list",
        "namespaces.revisions.delete" => "run.revisions.delete",
        "namespaces.configurations.get" => "run.configurations.get",
        "namespaces.configurations.list" => "run.configurations.list",
        "namespaces.routes.get" => "run.routes.get",
        "namespaces.routes.list" => "run.routes.list",
        "projects.locations.list" => "run.locations.list",
        "projects.locations.operations.get" | "projects.locations.operations.wait" => "run.operations.get",
        "projects.locations.operations.list" => "run.operations.list",
        _ => return None,
    })
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    let (kind, verb) = id.rsplit_once('.').unwrap_or((id, ""));
    match (kind, verb) {
        ("namespaces.services" | "projects.locations.services", "create") => service::create(call),
        ("namespaces.services" | "projects.locations.services", "replaceService") => service::replace(call),
        ("namespaces.services" | "projects.locations.services", "get") => service::get(call),
        ("namespaces.services" | "projects.locations.services", "list") => service::list(call),
        ("namespaces.services" | "projects.locations.services", "delete") => service::delete(call),
        ("projects.locations.services", "getIamPolicy") => access::get(call),
        ("projects.locations.services", "setIamPolicy") => access::set(call),
        ("projects.locations.services", "testIamPermissions") => access::test(call),
        ("namespaces.revisions", "get") => revision::get(call),
        ("namespaces.revisions", "list") => revision::list(call),
        ("namespaces.revisions", "delete") => revision::delete(call),
        ("namespaces.configurations" | "namespaces.routes", "get") => derived::get(call, kind),
        ("namespaces.configurations" | "namespaces.routes", "list") => derived::list(call, kind),
        ("projects.locations.operations", "get" | "wait") => operations::get(call),
        ("projects.locations.operations", "list") => operations::list(call),
        ("projects.locations", "list") => locations::list(call),
        _ => unserved(id),
    }
}

/// The region of a request: from its path, or from its host.
fn region(call: &Call) -> Result<String, ApiError> {
    let in_path = call.param("locationsId");
    if !in_path.is_empty() {
        return Ok(in_path.to_owned());
    }
    let in_host = call.host.strip_suffix("-run.googleapis.com").unwrap_or("");
    if locations::is_region(in_host) {
        return Ok(in_host.to_owned());
    }
    // The global host has no Knative paths; gcloud then asks for the locations.
    Err(ApiError::not_found("The requested URL was not found on this server."))
}

/// A refusal that names a field. gcloud prints `FIELD: DESCRIPTION` and nothing else of it.
fn violation(field: &str, description: impl Into<String>) -> ApiError {
    let description = description.into();
    ApiError::invalid(format!("The request has errors. {field}: {description}")).detail(json!({
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{"field": field, "description": description}],
    }))
}

/// The objects of a list that match `labelSelector`: `key = value`, comma-separated.
fn selected(call: &Call, rows: Vec<Value>) -> Vec<Value> {
    let selector = call.query("labelSelector").unwrap_or("").to_owned();
    let wanted: Vec<(&str, &str)> = selector
        .split(',')
        .filter_map(|term| term.split_once('='))
        .map(|(k, v)| (k.trim(), v.trim_start_matches('=').trim()))
        .collect();
    rows.into_iter()
        .filter(|row| wanted.iter().all(|(key, value)| row["metadata"]["labels"][*key] == **value))
        .collect()
}

/// A list in the shape of Knative, cut at `limit`.
fn listing(call: &Call, kind: &str, rows: Vec<Value>) -> Answer {
    let limit = call.query("limit").and_then(|n| n.parse::<usize>().ok()).filter(|n| *n > 0);
    let from = call.query("continue").and_then(|t| t.parse::<usize>().ok()).unwrap_or(0).min(rows.len());
    let to = limit.map_or(rows.len(), |n| (from + n).min(rows.len()));
    let mut body = json!({"apiVersion": "serving.knative.dev/v1", "kind": kind, "metadata": {}, "items": rows[from..to]});
    if to < rows.len() {
        body["metadata"]["continue"] = json!(to.to_string());
    }
    Ok(body.into())
}

#[cfg(test)]
mod tests;
