//! Roles: Google's, and a project's own.

use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::mask;
use crate::services::roles::{self, PREDEFINED, Role};
use crate::services::unserved;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Every permission that some role names in full.
fn universe() -> BTreeSet<&'static str> {
    PREDEFINED.iter().flat_map(|role| role.permissions).copied().filter(|p| !p.ends_with('*')).collect()
}

fn shown(role: &Role, full: bool) -> Value {
    let mut shown = json!({"name": role.name, "title": role.title, "stage": "GA", "etag": "AA=="});
    if full {
        let permissions: Vec<&str> = universe().into_iter().filter(|p| role.permits(p)).collect();
        shown["includedPermissions"] = json!(permissions);
    }
    shown
}

pub(super) fn predefined(call: &Call) -> Answer {
    let name = format!("roles/{}", call.param("rolesId"));
    match roles::find(&name) {
        Some(role) => Ok(shown(role, true).into()),
        None => Err(not_found(&name)),
    }
}

fn not_found(name: &str) -> ApiError {
    ApiError::not_found(format!("The role named {name} was not found."))
}

pub(super) fn list_predefined(call: &Call) -> Answer {
    let full = call.query("view") == Some("FULL");
    Ok(call.page("roles", PREDEFINED.iter().map(|role| shown(role, full)).collect()))
}

pub(super) fn grantable(call: &Call) -> Answer {
    let name = call.text("fullResourceName").to_owned();
    let (host, path) = name.trim_start_matches("//").split_once('/').unwrap_or(("", ""));
    let service = host.split('.').next().unwrap_or("");
    let key = format!("{service}/{}", call.world.relative_name(path));
    let fitting = PREDEFINED.iter().filter(|role| roles::supported(call.world, &key, role.name));
    Ok(json!({"roles": fitting.map(|role| shown(role, false)).collect::<Vec<_>>()}).into())
}

pub(super) fn testable(_call: &Call) -> Answer {
    let rows: Vec<Value> = universe().into_iter().map(|p| json!({"name": p, "stage": "GA"})).collect();
    Ok(json!({ "permissions": rows }).into())
}

/// A project's own roles.
pub(super) fn handle(id: &str, call: &mut Call) -> Answer {
    let project = call.project().to_owned();
    let collection = format!("iam/projects/{project}/roles");
    let name = format!("projects/{project}/roles/{}", call.param("rolesId"));
    let key = format!("iam/{name}");
    match id {
        "projects.roles.create" => {
            let role = call.text("roleId").to_owned();
            let sound = (3..=64).contains(&role.len())
                && role.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
            if !sound {
                return Err(ApiError::invalid(format!(
                    "The role_id must be of length between 3 and 64 and match [a-zA-Z0-9_.]: {role}"
                )));
            }
            let key = format!("{collection}/{role}");
            if call.world.has(&key) {
                return Err(ApiError::already_exists(format!(
                    "A role named {role} in projects/{project} already exists."
                )));
            }
            let mut made = call.input()["role"].clone();
            if !made.is_object() {
                made = json!({});
            }
            made["name"] = json!(format!("projects/{project}/roles/{role}"));
            made["etag"] = json!("BwYAAAAAAAE=");
            call.world.put(&key, made.clone());
            Ok(made.into())
        }
        "projects.roles.list" => {
            let deleted = call.query("showDeleted") == Some("true");
            let rows = call.world.list(&collection);
            let rows = rows.into_iter().map(|(_, r)| r.clone()).filter(|r| deleted || r["deleted"] != true);
            Ok(call.page("roles", rows.collect()))
        }
        "projects.roles.get" => call.world.get(&key).cloned().map(Into::into).ok_or_else(|| not_found(&name)),
        "projects.roles.patch" => {
            let mut role = call.world.get(&key).cloned().ok_or_else(|| not_found(&name))?;
            let mask =
                call.query("updateMask").unwrap_or("title,description,includedPermissions,stage").to_owned();
            let body = call.input();
            mask::apply(call.route.api, "Role", &mut role, &body, &mask)?;
            role["name"] = json!(name);
            call.world.put(&key, role.clone());
            Ok(role.into())
        }
        "projects.roles.delete" | "projects.roles.undelete" => {
            let role = call.world.get_mut(&key).ok_or_else(|| not_found(&name))?;
            if id.ends_with(".delete") {
                role["deleted"] = json!(true);
            } else {
                role.as_object_mut().map(|map| map.remove("deleted"));
            }
            Ok(role.clone().into())
        }
        _ => unserved(id),
    }
}
