//! Cloud SQL Admin API.

mod catalogue;
mod change;
mod create;
mod databases;
mod import;
mod operations;
mod rules;
mod statement;
#[cfg(test)]
mod tests;
mod users;

use super::unserved;
use crate::call::{Answer, Call};
use crate::error::ApiError;
use serde_json::{Value, json};

/// The permission that a method asks for.
pub fn permission(id: &str) -> Option<&'static str> {
    Some(match id {
        "instances.insert" => "cloudsql.instances.create",
        "instances.list" => "cloudsql.instances.list",
        "instances.get" | "operations.get" | "operations.list" => "cloudsql.instances.get",
        "instances.listServerCas" => "cloudsql.instances.listServerCas",
        "instances.patch" | "instances.update" => "cloudsql.instances.update",
        "instances.restart" => "cloudsql.instances.restart",
        "instances.delete" => "cloudsql.instances.delete",
        "instances.import" => "cloudsql.instances.import",
        "connect.get" => "cloudsql.instances.connect",
        "backupRuns.list" => "cloudsql.backupRuns.list",
        "databases.insert" => "cloudsql.databases.create",
        "databases.get" => "cloudsql.databases.get",
        "databases.list" => "cloudsql.databases.list",
        "databases.patch" | "databases.update" => "cloudsql.databases.update",
        "databases.delete" => "cloudsql.databases.delete",
        "users.insert" => "cloudsql.users.create",
        "users.get" => "cloudsql.users.get",
        "users.list" => "cloudsql.users.list",
        "users.update" => "cloudsql.users.update",
        "users.delete" => "cloudsql.users.delete",
        _ => return None,
    })
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    match id {
        "instances.insert" => create::insert(call),
        "instances.list" => list(call),
        "instances.get" => Ok(instance(call)?.1.into()),
        "instances.patch" => change::patch(call),
        "instances.update" => change::update(call),
        "instances.restart" => change::restart(call),
        "instances.delete" => change::delete(call),
        "instances.import" => import::import(call),
        "instances.listServerCas" => {
            let (_, instance) = instance(call)?;
            Ok(json!({"kind": "sql#instancesListServerCas", "certs": [instance["serverCaCert"]],
                      "activeVersion": instance["serverCaCert"]["sha1Fingerprint"]})
            .into())
        }
        "connect.get" => connect(call),
        "backupRuns.list" => {
            instance(call)?;
            Ok(json!({"kind": "sql#backupRunsList"}).into())
        }
        "databases.insert" => databases::insert(call),
        "databases.list" => databases::list(call),
        "databases.get" => Ok(databases::find(call)?.1.into()),
        "databases.delete" => databases::delete(call),
        "users.insert" => users::insert(call),
        "users.list" => users::list(call),
        "users.get" => users::get(call),
        "users.update" => users::update(call),
        "users.delete" => users::delete(call),
        "operations.get" => operations::get(call),
        "operations.list" => operations::list(call),
        "flags.list" => Ok(catalogue::flags(call)),
        "tiers.list" => Ok(catalogue::tiers()),
        _ => unserved(id),
    }
}

/// 400 with the words before it that Cloud SQL puts there.
fn invalid(message: impl std::fmt::Display) -> ApiError {
    ApiError::invalid(format!("Invalid request: {message}."))
}

fn key(call: &Call) -> String {
    format!("sqladmin/projects/{}/instances/{}", call.project(), call.param("instance"))
}

/// The key and the object of the instance in the path.
fn instance(call: &Call) -> Result<(String, Value), ApiError> {
    let key = key(call);
    match call.world.get(&key) {
        Some(instance) => Ok((key, instance.clone())),
        None => {
            Err(ApiError::not_found("The Cloud SQL instance does not exist.").reason("instanceDoesNotExist"))
        }
    }
}

/// An instance that nothing else is being done to: Cloud SQL runs one operation at a time.
fn idle(call: &Call) -> Result<(String, Value), ApiError> {
    let found = instance(call)?;
    if operations::running(call, call.param("instance")) {
        return Err(ApiError::aborted(
            "Operation failed because another operation was already in progress. Try your request after the current \
             operation is complete.",
        )
        .reason("operationInProgress"));
    }
    Ok(found)
}

/// An idle instance whose database serves.
fn serving(call: &Call) -> Result<(String, Value), ApiError> {
    let found = idle(call)?;
    if found.1["state"] == "RUNNABLE" && found.1["settings"]["activationPolicy"] != "NEVER" {
        return Ok(found);
    }
    Err(invalid("Invalid request since instance is not running"))
}

fn list(call: &Call) -> Answer {
    let collection = format!("sqladmin/projects/{}/instances", call.project());
    let filter = call.query("filter").unwrap_or_default();
    let rows = call.world.list(&collection).into_iter().map(|(_, row)| row.clone());
    let mut reply = call.page("items", rows.filter(|row| matches_filter(row, filter)).collect());
    reply.body["kind"] = json!("sql#instancesList");
    Ok(reply)
}

/// `field:value` and `settings.userLabels.key:value`, joined by blanks or `AND` [description].
fn matches_filter(row: &Value, filter: &str) -> bool {
    filter.split_whitespace().filter(|term| *term != "AND").all(|term| {
        let Some((field, wanted)) = term.split_once([':', '=']) else { return true };
        let found = field.split('.').fold(row, |value, key| &value[key]);
        found.as_str().map_or_else(|| found.to_string(), str::to_owned) == wanted.trim_matches('"')
    })
}

fn connect(call: &Call) -> Answer {
    let (_, instance) = instance(call)?;
    let mut settings = json!({"kind": "sql#connectSettings"});
    for field in ["backendType", "databaseVersion", "ipAddresses", "region", "serverCaCert", "connectionName"]
    {
        if !instance[field].is_null() {
            settings[field] = instance[field].clone();
        }
    }
    Ok(settings.into())
}
