//! Log buckets. `_Default` and `_Required` exist because the project does; Google makes no one create them.

use super::is_identifier;
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::mask;
use crate::world::World;
use serde_json::{Value, json};

/// The longest retention, in days (Google's quota page: 3650).
const LONGEST: i64 = 3650;

fn key(project: &str, location: &str, bucket: &str) -> String {
    format!("logging/projects/{project}/locations/{location}/buckets/{bucket}")
}

/// Makes the two buckets that every project has.
pub fn ensure(world: &mut World, project: &str) {
    for (id, days, locked, description) in
        [("_Default", 30, false, "Default bucket"), ("_Required", 400, true, "Audit bucket")]
    {
        let key = key(project, "global", id);
        if !world.has(&key) {
            let mut bucket = json!({
                "name": format!("projects/{project}/locations/global/buckets/{id}"),
                "description": description, "retentionDays": days, "lifecycleState": "ACTIVE",
            });
            if locked {
                bucket["locked"] = json!(true);
            }
            world.put(&key, bucket);
        }
    }
}

fn of(call: &Call) -> String {
    key(call.project(), call.param("locationsId"), call.param("bucketsId"))
}

fn missing(call: &Call) -> ApiError {
    ApiError::not_found(format!(
        "Bucket `{}` does not exist in location {}.",
        call.param("bucketsId"),
        call.param("locationsId")
    ))
}

fn found(call: &Call) -> Result<Value, ApiError> {
    call.world.get(&of(call)).cloned().ok_or_else(|| missing(call))
}

/// `get`
pub fn get(call: &Call) -> Answer {
    Ok(found(call)?.into())
}

/// `list`; location `-` is all of them.
pub fn list(call: &Call) -> Answer {
    let (project, location) = (call.project(), call.param("locationsId"));
    let prefix = format!("logging/projects/{project}/locations/");
    let rows = call
        .world
        .below(&prefix)
        .into_iter()
        .filter(|(key, _)| match key[prefix.len()..].split('/').collect::<Vec<_>>()[..] {
            [place, "buckets", _] => location == "-" || location == place,
            _ => false,
        })
        .map(|(_, bucket)| bucket.clone())
        .collect();
    Ok(call.page("buckets", rows))
}

fn check_retention(bucket: &Value) -> Result<(), ApiError> {
    let days = bucket["retentionDays"].as_i64().unwrap_or(0);
    if (1..=LONGEST).contains(&days) {
        return Ok(());
    }
    // The range is Google's, the wording a guess.
    Err(ApiError::invalid(format!("Retention days must be between 1 and {LONGEST} inclusive, was {days}.")))
}

/// `create`
pub fn create(call: &mut Call) -> Answer {
    let id = call.query("bucketId").unwrap_or("").to_owned();
    if !is_identifier(&id) {
        return Err(ApiError::invalid(format!("Bucket ID `{id}` is invalid.")));
    }
    let key = key(call.project(), call.param("locationsId"), &id);
    if call.world.has(&key) {
        return Err(ApiError::already_exists(format!("Bucket {id} already exists.")));
    }
    let mut bucket = call.input();
    // Zero at creation means the default of 30 days (description).
    if bucket["retentionDays"].as_i64().unwrap_or(0) == 0 {
        bucket["retentionDays"] = json!(30);
    }
    check_retention(&bucket)?;
    let stamp = call.world.stamp();
    bucket["name"] =
        json!(format!("projects/{}/locations/{}/buckets/{id}", call.project(), call.param("locationsId")));
    bucket["createTime"] = json!(stamp);
    bucket["updateTime"] = json!(stamp);
    bucket["lifecycleState"] = json!("ACTIVE");
    call.world.put(&key, bucket.clone());
    Ok(bucket.into())
}

/// `patch`
pub fn patch(call: &mut Call) -> Answer {
    let old = found(call)?;
    let mask = call.query("updateMask").unwrap_or("").to_owned();
    if mask.trim().is_empty() {
        return Err(ApiError::invalid("The update mask must not be empty."));
    }
    if old["lifecycleState"] == "DELETE_REQUESTED" {
        return Err(ApiError::failed_precondition(
            "The bucket is marked for deletion and cannot be updated.",
        ));
    }
    if call.param("bucketsId") == "_Required" {
        return Err(ApiError::invalid("The _Required bucket cannot be modified."));
    }
    let read_only = ["name", "createTime", "updateTime", "lifecycleState"];
    if let Some(field) = mask::paths(&mask).iter().find(|p| p.iter().any(|f| read_only.contains(&f.as_str())))
    {
        return Err(ApiError::invalid(format!("Field {} is output only.", field.join("."))));
    }
    let mut bucket = old.clone();
    let input = call.input();
    mask::apply(call.route.api, "LogBucket", &mut bucket, &input, &mask)?;
    check_retention(&bucket)?;
    if old["locked"] == true {
        if bucket["locked"] != true {
            return Err(ApiError::failed_precondition("A locked bucket cannot be unlocked."));
        }
        if bucket["retentionDays"] != old["retentionDays"] {
            return Err(ApiError::failed_precondition(
                "The retention period of a locked bucket cannot be changed.",
            ));
        }
    }
    if old["analyticsEnabled"] == true && bucket["analyticsEnabled"] != true {
        return Err(ApiError::failed_precondition("Log analytics cannot be disabled once it is enabled."));
    }
    bucket["updateTime"] = json!(call.world.stamp());
    let key = of(call);
    call.world.put(&key, bucket.clone());
    Ok(bucket.into())
}

/// `delete`: the bucket goes after seven days.
pub fn delete(call: &mut Call) -> Answer {
    let mut bucket = found(call)?;
    let id = call.param("bucketsId");
    if matches!(id, "_Default" | "_Required") {
        return Err(ApiError::invalid(format!("The {id} bucket cannot be deleted.")));
    }
    bucket["lifecycleState"] = json!("DELETE_REQUESTED");
    let key = of(call);
    call.world.put(&key, bucket);
    Ok(Reply::empty())
}

/// `undelete`
pub fn undelete(call: &mut Call) -> Answer {
    let mut bucket = found(call)?;
    if bucket["lifecycleState"] != "DELETE_REQUESTED" {
        return Err(ApiError::failed_precondition("The bucket is not marked for deletion."));
    }
    bucket["lifecycleState"] = json!("ACTIVE");
    let key = of(call);
    call.world.put(&key, bucket);
    Ok(Reply::empty())
}
