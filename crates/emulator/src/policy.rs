//! IAM policies: the same rules for every kind of object.

use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::world::World;
use base64::Engine as _;
use serde_json::{Value, json};

/// Answers `getIamPolicy` for an object of the world.
pub fn get(call: &Call, key: &str) -> Answer {
    Ok(call.world.policy(key).into())
}

/// Answers `setIamPolicy`: refuses a stale etag, unknown members, malformed roles.
pub fn set(call: &mut Call, key: &str) -> Answer {
    let policy = call.body["policy"].clone();
    let stored = store(call.world, key, policy)?;
    Ok(stored.into())
}

/// Answers `testIamPermissions`: those of the asked permissions that the caller has.
pub fn test(call: &Call, key: &str) -> Answer {
    let asked = call.body["permissions"].as_array().cloned().unwrap_or_default();
    let held: Vec<Value> = asked
        .into_iter()
        .filter(|p| {
            p.as_str().is_some_and(|p| {
                crate::services::roles::allowed(call.world, call.principal.as_deref(), key, p)
            })
        })
        .collect();
    Ok(if held.is_empty() { json!({}) } else { json!({ "permissions": held }) }.into())
}

/// Checks and stores a policy; the stored one has a new etag.
pub fn store(world: &mut World, key: &str, policy: Value) -> Result<Value, ApiError> {
    let current = world.policy(key);
    // An absent etag overwrites blindly, as Google documents; a stale one is a conflict.
    if let Some(etag) = policy["etag"].as_str()
        && !etag.is_empty()
        && etag.trim_end_matches('=') != current["etag"].as_str().unwrap_or("").trim_end_matches('=')
    {
        return Err(ApiError::aborted(
            "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff. \
             The request's ETag did not match the current policy's ETag.",
        ));
    }
    let mut bindings = Vec::new();
    for binding in policy["bindings"].as_array().into_iter().flatten() {
        let role = binding["role"].as_str().unwrap_or("");
        if !crate::services::roles::supported(world, key, role) {
            return Err(ApiError::invalid(format!("Role {role} is not supported for this resource.")));
        }
        let mut members = Vec::new();
        for member in binding["members"].as_array().into_iter().flatten() {
            let member = member.as_str().unwrap_or("");
            crate::services::roles::check_member(world, key, member)?;
            if !members.contains(&json!(member)) {
                members.push(json!(member));
            }
        }
        if members.is_empty() {
            continue;
        }
        let mut kept = binding.clone();
        kept["members"] = Value::Array(members);
        bindings.push(kept);
    }
    let etag = new_etag(world);
    let mut stored = json!({"version": policy["version"].as_i64().unwrap_or(1).max(1), "etag": etag});
    if !bindings.iter().any(|b| b.get("condition").is_some_and(|c| !c.is_null())) {
        stored["version"] = json!(1);
    }
    if !bindings.is_empty() {
        stored["bindings"] = Value::Array(bindings);
    }
    world.set_policy(key, stored.clone());
    Ok(stored)
}

/// Adds a member to a role, as Google does by itself for its own agents.
pub fn grant(world: &mut World, key: &str, role: &str, member: &str) {
    let mut policy = world.policy(key);
    if !policy["bindings"].is_array() {
        policy["bindings"] = json!([]);
    }
    if let Some(bindings) = policy["bindings"].as_array_mut() {
        let place = bindings.iter_mut().find(|b| b["role"] == role && b.get("condition").is_none());
        match place.and_then(|b| b["members"].as_array_mut()) {
            Some(members) if members.contains(&json!(member)) => return,
            Some(members) => members.push(json!(member)),
            None => bindings.push(json!({"role": role, "members": [member]})),
        }
    }
    policy["etag"] = json!(new_etag(world));
    policy["version"] = json!(1);
    world.set_policy(key, policy);
}

/// A policy etag is a bytes field: it must be valid base64 or gcloud crashes.
fn new_etag(world: &mut World) -> String {
    let number = world.count("policy-etag");
    base64::engine::general_purpose::STANDARD.encode(number.to_be_bytes())
}

/// Gives a policy a new etag, as a write by somebody else does.
pub fn renew(world: &mut World, key: &str) {
    let mut policy = world.policy(key);
    policy["etag"] = json!(new_etag(world));
    world.set_policy(key, policy);
}

/// Takes a member out of all of a policy's bindings.
pub fn revoke(world: &mut World, key: &str, member: &str) {
    let mut policy = world.policy(key);
    for binding in policy["bindings"].as_array_mut().into_iter().flatten() {
        if let Some(members) = binding["members"].as_array_mut() {
            members.retain(|found| found != member);
        }
    }
    if let Some(bindings) = policy["bindings"].as_array_mut() {
        bindings.retain(|binding| binding["members"].as_array().is_some_and(|members| !members.is_empty()));
    }
    policy["etag"] = json!(new_etag(world));
    world.set_policy(key, policy);
}

/// Whether a policy gives a role to a member, without a condition.
pub fn has(world: &World, key: &str, role: &str, member: &str) -> bool {
    world.policy(key)["bindings"].as_array().is_some_and(|bindings| {
        bindings.iter().any(|b| {
            b["role"] == role
                && b.get("condition").is_none()
                && b["members"].as_array().is_some_and(|m| m.iter().any(|m| m == member))
        })
    })
}
