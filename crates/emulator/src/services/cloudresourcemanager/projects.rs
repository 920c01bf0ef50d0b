//! Projects: made, listed, changed, marked for deletion.

use super::{denied, filter, project, rendered};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::operation::{Effect, Start};
use crate::policy;
use crate::services::roles;
use serde_json::{Value, json};

pub(super) fn create(call: &mut Call) -> Answer {
    let body = call.input();
    let id = body["projectId"].as_str().unwrap_or("").to_owned();
    check_id(&id)?;
    check_name(&body)?;
    check_labels(&body)?;
    let parent = parent(call, &body["parent"])?;
    // An id stays taken for ever: by a project, by one that is being made, by one that was deleted.
    let reserved = format!("cloudresourcemanager/reserved/{id}");
    if call.world.project_id(&id).is_some() || call.world.has(&reserved) {
        return Err(ApiError::already_exists("Requested entity already exists"));
    }
    call.world.put(&reserved, json!({ "projectId": id }));
    let stamp = call.world.stamp();
    let mut project = json!({
        "projectId": id, "projectNumber": call.world.digits(12), "lifecycleState": "ACTIVE",
        "name": body["name"].as_str().filter(|n| !n.is_empty()).unwrap_or(&id), "createTime": stamp,
    });
    if let Some(parent) = parent {
        project["parent"] = parent;
    }
    if body["labels"].as_object().is_some_and(|labels| !labels.is_empty()) {
        project["labels"] = body["labels"].clone();
    }
    let mut response = project.clone();
    response["@type"] = json!("type.googleapis.com/google.cloudresourcemanager.v1.Project");
    let key = format!("cloudresourcemanager/projects/{id}");
    let number = call.world.digits(19);
    let operation = call.world.start(
        &format!("cloudresourcemanager/operations/cp.{number}"),
        Start {
            seconds: 4.0,
            effects: vec![
                Effect::Put { key: key.clone(), data: project, hidden: Value::Null },
                // [facts] the creator owns the new project
                Effect::Grant {
                    key,
                    role: "roles/owner".to_owned(),
                    member: call.principal.clone().unwrap_or_else(|| roles::OWNER.to_owned()),
                },
            ],
            failure_effects: vec![Effect::Remove { key: reserved }],
            meta: json!({ "createTime": stamp }),
            response,
            ..Start::default()
        },
    );
    Ok(rendered(&operation).into())
}

fn check_id(id: &str) -> Result<(), ApiError> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = (6..=30).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.chars().all(letters);
    if good {
        return Ok(());
    }
    // Wording: guess, after the field violations that gcloud shows for projects create.
    Err(ApiError::invalid(format!(
        "field [project_id] has issue [project_id must be at least 6 characters long and at most 30, start with a \
         lowercase letter, and hold only lowercase letters, digits and hyphens: {id}]"
    )))
}

/// 4 to 30 of letters, digits, `-'" !` [description]
fn check_name(body: &Value) -> Result<(), ApiError> {
    let Some(name) = body["name"].as_str().filter(|n| !n.is_empty()) else { return Ok(()) };
    let good = (4..=30).contains(&name.chars().count())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-'\" !".contains(c));
    if good {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "field [display_name] has issue [display_name must be between 4 and 30 characters of letters, numbers, \
         single quotes, hyphens, spaces or exclamation points: {name}]"
    )))
}

fn check_labels(body: &Value) -> Result<(), ApiError> {
    let sound = |text: &str| {
        text.len() <= 63
            && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
    };
    for (key, value) in body["labels"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or("");
        if !key.starts_with(|c: char| c.is_ascii_lowercase()) || !sound(key) || !sound(value) {
            return Err(ApiError::invalid(format!("field [labels] has issue [invalid label {key}={value}]")));
        }
    }
    Ok(())
}

/// The parent, checked. The owner of everything is in every organization, so that one that is named appears.
fn parent(call: &mut Call, parent: &Value) -> Result<Option<Value>, ApiError> {
    if parent.is_null() || parent["id"].as_str().unwrap_or("").is_empty() {
        return Ok(None);
    }
    let (kind, id) = (parent["type"].as_str().unwrap_or(""), parent["id"].as_str().unwrap_or(""));
    let collection = match kind {
        "organization" => "organizations",
        "folder" => "folders",
        _ => return Err(ApiError::invalid(format!("field [parent] has issue [unknown parent type {kind}]"))),
    };
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_digit()) {
        return Err(ApiError::invalid(format!("field [parent] has issue [invalid {kind} id {id}]")));
    }
    let key = format!("cloudresourcemanager/{collection}/{id}");
    let who = call.principal.clone();
    if who.is_some() && !call.world.has(&key) {
        return Err(denied());
    }
    if !roles::allowed(call.world, who.as_deref(), &key, "resourcemanager.projects.create") {
        return Err(denied());
    }
    if !call.world.has(&key) {
        let name = format!("{collection}/{id}");
        call.world.put(
            &key,
            json!({"name": name, "displayName": format!("{kind}-{id}.example.com"), "lifecycleState": "ACTIVE"}),
        );
    }
    Ok(Some(json!({"type": kind, "id": id})))
}

pub(super) fn list(call: &Call) -> Answer {
    let filter = filter::parse(call.query("filter").unwrap_or(""))?;
    let who = call.principal.as_deref();
    let rows = call
        .world
        .list("cloudresourcemanager/projects")
        .into_iter()
        .filter(|(key, _)| roles::allowed(call.world, who, key, "resourcemanager.projects.get"))
        .filter(|(_, project)| filter.matches(project))
        .map(|(_, project)| project.clone())
        .collect();
    Ok(call.page("projects", rows))
}

fn active(call: &Call, key: &str) -> Result<(), ApiError> {
    if call.world.get(key).is_some_and(|p| p["lifecycleState"] == "ACTIVE") {
        return Ok(());
    }
    Err(ApiError::failed_precondition("Project is not in the ACTIVE lifecycle state.")) // guess
}

/// The whole project is sent; name, labels and parent can change.
pub(super) fn update(call: &mut Call) -> Answer {
    let key = project(call, "projectId", "resourcemanager.projects.update")?;
    active(call, &key)?;
    let body = call.input();
    check_name(&body)?;
    check_labels(&body)?;
    let parent = parent(call, &body["parent"])?;
    let Some(current) = call.world.get_mut(&key) else { return Err(denied()) };
    if let Some(name) = body["name"].as_str() {
        current["name"] = json!(name);
    }
    match body["labels"].as_object().filter(|labels| !labels.is_empty()) {
        Some(_) => current["labels"] = body["labels"].clone(),
        None => {
            current.as_object_mut().map(|map| map.remove("labels"));
        }
    }
    if let Some(parent) = parent {
        current["parent"] = parent;
    }
    Ok(current.clone().into())
}

pub(super) fn delete(call: &mut Call) -> Answer {
    let key = project(call, "projectId", "resourcemanager.projects.delete")?;
    active(call, &key)?;
    if let Some(project) = call.world.get_mut(&key) {
        project["lifecycleState"] = json!("DELETE_REQUESTED");
    }
    Ok(Reply::empty())
}

pub(super) fn undelete(call: &mut Call) -> Answer {
    let key = project(call, "projectId", "resourcemanager.projects.undelete")?;
    let Some(project) = call.world.get_mut(&key) else { return Err(denied()) };
    if project["lifecycleState"] != "DELETE_REQUESTED" {
        return Err(ApiError::failed_precondition("Project is not in the DELETE_REQUESTED lifecycle state.")); // guess
    }
    project["lifecycleState"] = json!("ACTIVE");
    Ok(Reply::empty())
}

pub(super) fn ancestry(call: &Call, key: &str) -> Value {
    let project = call.world.get(key).cloned().unwrap_or(Value::Null);
    let mut ancestors = vec![json!({"resourceId": {"type": "project", "id": project["projectId"]}})];
    if project["parent"].is_object() {
        ancestors.push(json!({ "resourceId": project["parent"] }));
    }
    json!({ "ancestor": ancestors })
}

/// A project's policy: everyone cannot be let in here [description: setIamPolicy].
pub(super) fn set_policy(call: &mut Call) -> Answer {
    let key = project(call, "resource", "resourcemanager.projects.setIamPolicy")?;
    active(call, &key)?;
    let bindings = call.body["policy"]["bindings"].as_array().cloned().unwrap_or_default();
    for member in bindings.iter().flat_map(|b| b["members"].as_array().into_iter().flatten()) {
        if member == "allUsers" || member == "allAuthenticatedUsers" {
            let member = member.as_str().unwrap_or("");
            return Err(ApiError::invalid(format!(
                "Policy member {member} is not allowed in the policy of a project." // guess
            )));
        }
    }
    keeps_an_owner(call, &key, &bindings)?;
    policy::set(call, &key)
}

/// A project outside of any organization must not lose its last owner [description: setIamPolicy].
fn keeps_an_owner(call: &Call, key: &str, bindings: &[Value]) -> Result<(), ApiError> {
    let owned = |bindings: &[Value]| {
        let owners = bindings.iter().filter(|b| b["role"] == "roles/owner");
        owners.flat_map(|b| b["members"].as_array().into_iter().flatten()).next().is_some()
    };
    let before = call.world.policy(key)["bindings"].as_array().cloned().unwrap_or_default();
    let alone = call.world.get(key).is_some_and(|project| project["parent"].is_null());
    if !alone || !owned(&before) || owned(bindings) {
        return Ok(());
    }
    // The detail is from reports of gcloud's users.
    Err(ApiError::invalid("Request contains an invalid argument.").detail(json!({
        "@type": "type.googleapis.com/google.cloudresourcemanager.projects.v1beta1.ProjectIamPolicyError",
        "type": "SOLO_REQUIRE_TOS_ACCEPTOR", "role": "roles/owner",
    })))
}
