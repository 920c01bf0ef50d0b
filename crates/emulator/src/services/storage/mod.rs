//! Cloud Storage JSON API. It decides by itself on projects, APIs and rights, since a bucket's path names no project.

mod access;
mod bucket;
mod media;
mod object;
mod settings;
mod upload;

use super::{roles, unserved};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use serde_json::Value;

/// The permission that a method asks for: each looks at the bucket's own policy.
pub fn permission(_id: &str) -> Option<&'static str> {
    None
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    match id {
        "buckets.insert" => bucket::insert(call),
        "buckets.list" => bucket::list(call),
        "buckets.get" => bucket::get(call),
        "buckets.getStorageLayout" => bucket::layout(call),
        "managedFolders.list" => bucket::managed_folders(call),
        "buckets.patch" => bucket::change(call, false),
        "buckets.update" => bucket::change(call, true),
        "buckets.delete" => bucket::delete(call),
        "buckets.getIamPolicy" => access::get(call),
        "buckets.setIamPolicy" => access::set(call),
        "buckets.testIamPermissions" => access::test(call),
        "objects.insert" => upload::insert(call),
        "objects.list" => object::list(call),
        "objects.get" => object::get(call),
        "objects.delete" => object::delete(call),
        _ => unserved(id),
    }
}

/// A refusal in the shape of Cloud Storage, whose errors have a reason and no `status`.
fn refuse(code: u16, reason: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::new(code, "", reason, message)
}

fn invalid(message: impl Into<String>) -> ApiError {
    refuse(400, "invalid", message)
}

/// A precondition (`ifMetagenerationMatch`, an etag) that does not hold.
fn stale() -> ApiError {
    refuse(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")
}

/// 204: what a deletion answers.
fn nothing() -> Reply {
    Reply {
        status: 204,
        body: Value::Null,
        media: Some(("text/plain".to_owned(), Vec::new())),
        headers: Vec::new(),
    }
}

/// A project that is there, pays, and has the API on.
fn project(call: &Call, id_or_number: &str, permission: &str) -> Result<String, ApiError> {
    let who = caller(call);
    let denied = || {
        refuse(
            403,
            "forbidden",
            format!(
                "{who} does not have {permission} access to the Google Cloud project. Permission '{permission}' denied on resource \
                 (or it may not exist)."
            ),
        )
    };
    let id = call.world.project_id(id_or_number).ok_or_else(denied)?;
    let key = format!("cloudresourcemanager/projects/{id}");
    let active = call.world.get(&key).is_some_and(|p| p["lifecycleState"] == "ACTIVE");
    if !active || !roles::allowed(call.world, call.principal.as_deref(), &key, permission) {
        return Err(denied());
    }
    api_is_on(call, &id)?;
    Ok(id)
}

fn api_is_on(call: &Call, project: &str) -> Result<(), ApiError> {
    let apis = ["storage.googleapis.com", "storage-api.googleapis.com"];
    if apis.iter().any(|api| call.world.api_enabled(project, api)) {
        return Ok(());
    }
    let number = call.world.project_number(project).unwrap_or_default();
    Err(ApiError {
        status: "",
        ..ApiError::service_disabled("Cloud Storage JSON API", "storage-api.googleapis.com", &number)
    })
}

fn caller(call: &Call) -> String {
    let who = call.principal.as_deref().unwrap_or(roles::OWNER);
    who.split_once(':').map_or(who, |(_, name)| name).to_owned()
}

/// A bucket that is there and that the caller has this permission on.
fn bucket_for(call: &Call, permission: &str) -> Result<(String, Value), ApiError> {
    let name = call.param("bucket");
    let key = format!("storage/b/{name}");
    let Some(found) = call.world.get(&key).cloned() else {
        return Err(refuse(404, "notFound", "The specified bucket does not exist."));
    };
    let project = found["projectNumber"].as_str().and_then(|n| call.world.project_id(n));
    if let Some(project) = &project {
        api_is_on(call, project)?;
    }
    // A bucket of a project that is not in this world is somebody else's.
    if project.is_none() || !roles::allowed(call.world, call.principal.as_deref(), &key, permission) {
        return Err(refuse(
            403,
            "forbidden",
            format!(
                "{} does not have {permission} access to the Google Cloud Storage bucket. Permission '{permission}' denied on \
                 resource (or it may not exist).",
                caller(call)
            ),
        ));
    }
    Ok((key, found))
}

/// `ifMetagenerationMatch` and its like. `current` is `0` where there is nothing.
fn preconditions(call: &Call, kind: &str, current: &str) -> Result<(), ApiError> {
    let holds = call.query(&format!("if{kind}Match")).is_none_or(|wanted| wanted == current)
        && call.query(&format!("if{kind}NotMatch")).is_none_or(|other| other != current);
    if holds { Ok(()) } else { Err(stale()) }
}

#[cfg(test)]
mod tests;
