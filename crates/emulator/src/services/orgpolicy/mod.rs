//! Organization Policy API, v2, and the same policies through Cloud Resource Manager v1.
//!
//! Kept in the v2 shape under `orgpolicy/PARENT/policies/CONSTRAINT`. What they forbid is in [`enforce`].

mod constraints;
mod creates;
mod enforce;
mod v1;

pub use constraints::{CONSTRAINTS, Constraint, Kind};
pub use creates::check_request;
pub use enforce::{check, denied_all, enforced, member_permitted, permits};
pub use v1::handle as handle_v1;

use super::{roles, unserved};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::mask;
use crate::world::World;
use serde_json::{Value, json};

/// The permission that a method asks for: this API checks for itself.
pub fn permission(_id: &str) -> Option<&'static str> {
    None
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    let project = project(call, permission_of(id))?;
    match id {
        "projects.constraints.list" => {
            let number = call.world.project_number(&project).unwrap_or_default();
            let rows = constraints::CONSTRAINTS.iter().map(|c| c.shown_v2(&number)).collect();
            Ok(call.page("constraints", rows))
        }
        "projects.policies.list" => {
            let rows = call.world.list(&format!("orgpolicy/projects/{project}/policies"));
            let rows = rows.into_iter().map(|(_, policy)| policy.clone()).collect();
            Ok(call.page("policies", rows))
        }
        "projects.policies.get" => {
            let key = key(call, &project)?;
            call.world.get(&key).cloned().map(Reply::from).ok_or_else(not_found)
        }
        "projects.policies.getEffectivePolicy" => {
            let constraint = constraint(call.param("policiesId"))?;
            let number = call.world.project_number(&project).unwrap_or_default();
            let mut policy = json!({"name": format!("projects/{number}/policies/{}", constraint.name)});
            policy["spec"] = effective(call.world, &project, constraint);
            Ok(policy.into())
        }
        "projects.policies.create" => create(call, &project),
        "projects.policies.patch" => patch(call, &project),
        "projects.policies.delete" => {
            let key = key(call, &project)?;
            call.world.remove(&key).map(|_| Reply::empty()).ok_or_else(not_found)
        }
        _ => unserved(id),
    }
}

fn permission_of(id: &str) -> &'static str {
    match id {
        "projects.constraints.list" => "orgpolicy.constraints.list",
        "projects.policies.list" => "orgpolicy.policies.list",
        "projects.policies.get" | "projects.policies.getEffectivePolicy" => "orgpolicy.policy.get",
        "projects.policies.create" => "orgpolicy.policies.create",
        "projects.policies.delete" => "orgpolicy.policies.delete",
        _ => "orgpolicy.policies.update",
    }
}

fn not_found() -> ApiError {
    ApiError::not_found("Requested entity was not found.")
}

/// The project in the path. The API must be on there, or in the project that the request is charged to.
fn project(call: &Call, permission: &str) -> Result<String, ApiError> {
    let denied = || {
        ApiError::permission_denied(format!(
            "Permission '{permission}' denied on resource (or it may not exist)."
        ))
    };
    let project = call.world.project_id(call.param("projectsId")).ok_or_else(denied)?;
    let who = call.principal.as_deref();
    if !roles::allowed(call.world, who, &format!("cloudresourcemanager/projects/{project}"), permission) {
        return Err(denied());
    }
    let charged = call.headers.get("x-goog-user-project").and_then(|p| call.world.project_id(p));
    let charged = charged.unwrap_or_else(|| project.clone());
    if !call.world.api_enabled(&charged, "orgpolicy.googleapis.com") {
        let number = call.world.project_number(&charged).unwrap_or_default();
        return Err(ApiError::service_disabled(
            "Organization Policy API",
            "orgpolicy.googleapis.com",
            &number,
        ));
    }
    Ok(project)
}

/// A constraint by its name, with or without `constraints/`.
fn constraint(name: &str) -> Result<&'static Constraint, ApiError> {
    let short = name.strip_prefix("constraints/").unwrap_or(name);
    constraints::CONSTRAINTS
        .iter()
        .find(|c| c.name == short)
        .ok_or_else(|| ApiError::not_found(format!("Constraint constraints/{short} was not found."))) // guess
}

fn key(call: &Call, project: &str) -> Result<String, ApiError> {
    Ok(format!("orgpolicy/projects/{project}/policies/{}", constraint(call.param("policiesId"))?.name))
}

fn create(call: &mut Call, project: &str) -> Answer {
    let name = call.text("name").rsplit('/').next().unwrap_or("").to_owned();
    let constraint = constraint(&name)?;
    let key = format!("orgpolicy/projects/{project}/policies/{}", constraint.name);
    if call.world.has(&key) {
        return Err(ApiError::already_exists("Requested entity already exists"));
    }
    let spec = call.input()["spec"].clone();
    Ok(store(call.world, &key, project, constraint, spec)?.into())
}

fn patch(call: &mut Call, project: &str) -> Answer {
    let key = key(call, project)?;
    let constraint = constraint(call.param("policiesId"))?;
    let mut current = call.world.get(&key).cloned().ok_or_else(not_found)?;
    stale(&call.body["spec"]["etag"], &current["spec"]["etag"])?;
    let mask = call.query("updateMask").filter(|m| !m.is_empty() && *m != "*").unwrap_or("spec").to_owned();
    let body = call.input();
    mask::apply(call.route.api, "GoogleCloudOrgpolicyV2Policy", &mut current, &body, &mask)?;
    let spec = current["spec"].clone();
    Ok(store(call.world, &key, project, constraint, spec)?.into())
}

fn stale(sent: &Value, current: &Value) -> Result<(), ApiError> {
    match sent.as_str() {
        Some(etag) if !etag.is_empty() && sent != current => {
            Err(ApiError::aborted("The etag does not match that of the current policy."))
        }
        _ => Ok(()),
    }
}

/// Checks and stores a policy.
fn store(
    world: &mut World,
    key: &str,
    project: &str,
    constraint: &Constraint,
    mut spec: Value,
) -> Result<Value, ApiError> {
    for rule in spec["rules"].as_array().into_iter().flatten() {
        let listed = ["values", "allowAll", "denyAll"].iter().any(|f| !rule[f].is_null());
        let fits = match constraint.kind {
            Kind::Boolean => !listed,
            Kind::List => rule["enforce"].is_null(),
        };
        if !fits {
            return Err(ApiError::invalid(format!(
                "The rules of the policy do not fit the type of constraints/{}.", // guess
                constraint.name
            )));
        }
    }
    spec["etag"] = json!(world.hex(16));
    spec["updateTime"] = json!(world.stamp());
    let number = world.project_number(project).unwrap_or_default();
    let policy = json!({"name": format!("projects/{number}/policies/{}", constraint.name), "spec": spec});
    world.put(key, policy.clone());
    Ok(policy)
}

/// The rules that hold in a project: its own, else those of what it lies in, else the constraint's default.
fn effective(world: &World, project: &str, constraint: &Constraint) -> Value {
    let parent = world
        .get(&format!("cloudresourcemanager/projects/{project}"))
        .map_or(Value::Null, |p| p["parent"].clone());
    let mut places = vec![format!("projects/{project}")];
    if let (Some(kind), Some(id)) = (parent["type"].as_str(), parent["id"].as_str()) {
        places.push(format!("{kind}s/{id}"));
    }
    let mut rules = Vec::new();
    for place in places {
        let Some(policy) = world.get(&format!("orgpolicy/{place}/policies/{}", constraint.name)) else {
            continue;
        };
        let spec = &policy["spec"];
        if spec["reset"] == true {
            break;
        }
        rules.extend(spec["rules"].as_array().into_iter().flatten().cloned());
        if spec["inheritFromParent"] != true {
            return json!({ "rules": rules });
        }
    }
    if rules.is_empty() {
        rules.push(constraint.default_rule());
    }
    json!({ "rules": rules })
}

#[cfg(test)]
mod tests;
