//! Secret Manager API, global secrets. Regional secrets (`projects.locations.secrets`) live on other hosts and are not
//! served.

mod events;
mod rotation;
mod rules;
mod secrets;
#[cfg(test)]
mod tests;
mod topics;
mod versions;

pub use rotation::rotate_due;

use super::{locations, roles, unserved};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::policy;
use crate::world::World;
use serde_json::{Value, json};

/// The permission that a method asks for on the project. All else is asked for on the secret, which may have a policy
/// of its own.
pub fn permission(id: &str) -> Option<&'static str> {
    match id {
        "projects.secrets.create" => Some("secretmanager.secrets.create"),
        "projects.secrets.list" => Some("secretmanager.secrets.list"),
        "projects.locations.list" | "projects.locations.get" => Some("secretmanager.locations.list"),
        _ => None,
    }
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    match id {
        "projects.locations.list" => locations::list(call),
        "projects.locations.get" => locations::get(call),
        "projects.secrets.create" => secrets::create(call),
        "projects.secrets.list" => secrets::list(call),
        "projects.secrets.get" => {
            let key = secret(call, "secretmanager.secrets.get")?;
            Ok(call.world.get(&key).cloned().unwrap_or_default().into())
        }
        "projects.secrets.patch" => secrets::patch(call),
        "projects.secrets.delete" => secrets::delete(call),
        "projects.secrets.addVersion" => versions::add(call),
        "projects.secrets.versions.list" => versions::list(call),
        "projects.secrets.versions.get" => versions::get(call),
        "projects.secrets.versions.access" => versions::access(call),
        "projects.secrets.versions.enable" => versions::switch(call, "ENABLED"),
        "projects.secrets.versions.disable" => versions::switch(call, "DISABLED"),
        "projects.secrets.versions.destroy" => versions::destroy(call),
        "projects.secrets.getIamPolicy" => {
            policy::get(call, &secret(call, "secretmanager.secrets.getIamPolicy")?)
        }
        "projects.secrets.setIamPolicy" => {
            let key = secret(call, "secretmanager.secrets.setIamPolicy")?;
            policy::set(call, &key)
        }
        // An absent secret gives no permissions instead of an error [description].
        "projects.secrets.testIamPermissions" if !call.world.has(&key(call)) => Ok(json!({}).into()),
        "projects.secrets.testIamPermissions" => policy::test(call, &key(call)),
        _ => unserved(id),
    }
}

/// The world's key of the secret in the path.
fn key(call: &Call) -> String {
    format!("secretmanager/projects/{}/secrets/{}", call.project(), call.param("secretsId"))
}

/// The secret's name as Google writes it in answers and errors: with the project's number.
fn name(call: &Call) -> String {
    format!("projects/{}/secrets/{}", call.project_number(), call.param("secretsId"))
}

/// Refuses a caller who lacks a permission on an object. The text is the one that gcloud-facts (faults.md) quotes.
fn permit(call: &Call, key: &str, name: &str, permission: &str) -> Result<(), ApiError> {
    if roles::allowed(call.world, call.principal.as_deref(), key, permission) {
        return Ok(());
    }
    Err(ApiError::permission_denied(format!(
        "Permission '{permission}' denied for resource '{name}' (or it may not exist)."
    )))
}

/// The key of a secret that is there and on which the caller has this permission.
fn secret(call: &Call, permission: &str) -> Result<String, ApiError> {
    let (key, name) = (key(call), name(call));
    permit(call, &key, &name, permission)?;
    if call.world.has(&key) {
        Ok(key)
    } else {
        Err(ApiError::not_found(format!("Secret [{name}] not found.")))
    }
}

/// An etag as Secret Manager writes them, with quotes inside.
fn etag(world: &mut World) -> Value {
    json!(format!("\"{}\"", world.hex(14)))
}

/// Refuses an etag that is not the current one [the status is a guess].
fn check_etag(current: &Value, given: &str) -> Result<(), ApiError> {
    let bare = |text: &str| text.trim_matches('"').to_owned();
    if given.is_empty() || bare(given) == bare(current["etag"].as_str().unwrap_or_default()) {
        return Ok(());
    }
    Err(ApiError::failed_precondition(format!(
        "The etag provided ({given}) does not match the current etag ({}).",
        current["etag"].as_str().unwrap_or_default()
    )))
}
