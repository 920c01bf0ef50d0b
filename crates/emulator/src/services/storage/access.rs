//! A bucket's IAM policy: read with GET, replaced with PUT, guarded by its etag with 412.

use super::{bucket_for, refuse, stale};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::{policy, services::roles};
use serde_json::{Value, json};

fn shown(call: &Call, mut policy: Value) -> Value {
    policy["kind"] = json!("storage#policy");
    policy["resourceId"] = json!(format!("projects/_/buckets/{}", call.param("bucket")));
    policy
}

pub fn get(call: &Call) -> Answer {
    let (key, _) = bucket_for(call, "storage.buckets.getIamPolicy")?;
    let policy = call.world.policy(&key);
    Ok(shown(call, policy).into())
}

pub fn set(call: &mut Call) -> Answer {
    let (key, bucket) = bucket_for(call, "storage.buckets.setIamPolicy")?;
    let mut wanted = call.body.clone();
    if let Some(map) = wanted.as_object_mut() {
        map.retain(|field, _| matches!(field.as_str(), "bindings" | "etag" | "version"));
    }
    if bucket["iamConfiguration"]["publicAccessPrevention"] == "enforced" {
        check_public(&wanted)?;
    }
    let stored = policy::store(call.world, &key, wanted).map_err(|error| match error.code {
        409 => stale(),
        _ => ApiError { status: "", ..error },
    })?;
    Ok(shown(call, stored).into())
}

/// Under public access prevention nothing may be public.
pub fn check_public(policy: &Value) -> Result<(), ApiError> {
    let members =
        policy["bindings"].as_array().into_iter().flatten().filter_map(|b| b["members"].as_array()).flatten();
    if members.into_iter().any(|m| m == "allUsers" || m == "allAuthenticatedUsers") {
        return Err(refuse(
            412,
            "conditionNotMet",
            "The member bindings allUsers and allAuthenticatedUsers are not allowed since public access prevention is enforced.",
        ));
    }
    Ok(())
}

pub fn test(call: &Call) -> Answer {
    let (key, _) = bucket_for(call, "storage.buckets.get")?;
    let asked = call.query.iter().filter(|(name, _)| name == "permissions").map(|(_, value)| value);
    let held: Vec<&String> =
        asked.filter(|p| roles::allowed(call.world, call.principal.as_deref(), &key, p)).collect();
    let mut body = json!({"kind": "storage#testIamPermissionsResponse"});
    if !held.is_empty() {
        body["permissions"] = json!(held);
    }
    Ok(body.into())
}
