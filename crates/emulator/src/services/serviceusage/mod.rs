//! Service Usage API: which APIs a project has, and the accounts that Google's services use in it.

pub mod catalogue;
mod enable;
pub mod identity;

use super::{roles, unserved};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use catalogue::Api;
use serde_json::{Value, json};

/// The permission that a method asks for: this API checks for itself.
pub fn permission(_id: &str) -> Option<&'static str> {
    None
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    match id {
        "operations.get" => operation(call),
        "operations.delete" => Ok(Reply::empty()),
        "services.get" => get(call),
        "services.list" => list(call),
        "services.batchGet" => batch_get(call),
        "services.enable" => enable::one(call),
        "services.batchEnable" => enable::many(call),
        "services.disable" => enable::disable(call),
        "services.generateServiceIdentity" => identity::generate(call),
        _ => unserved(id),
    }
}

/// A service as this API shows it.
pub fn shown(project_number: &str, api: &Api, state: &str) -> Value {
    json!({"name": format!("projects/{project_number}/services/{}", api.name), "state": state,
           "parent": format!("projects/{project_number}"),
           "config": {"name": api.name, "title": api.title,
                      "documentation": {}, "usage": {"requirements": ["serviceusage.googleapis.com/tos/cloud"]}}})
}

/// The consumer in the path.
struct Consumer {
    project: String,
    number: String,
}

impl Consumer {
    /// The project in the path, if it is there, active, and the caller has the permission on it.
    fn of(call: &Call, permission: &str) -> Result<Self, ApiError> {
        let (kind, id) = ["v1", "v1beta1"]
            .iter()
            .map(|v| (call.param(&format!("{v}Id")), call.param(&format!("{v}Id1"))))
            .find(|(kind, _)| !kind.is_empty())
            .unwrap_or(("", ""));
        if kind != "projects" {
            return Err(ApiError::invalid(format!("The consumer {kind}/{id} is not a project.")));
        }
        let known = call.world.project_id(id).filter(|project| {
            call.world
                .get(&format!("cloudresourcemanager/projects/{project}"))
                .is_some_and(|p| p["lifecycleState"] == "ACTIVE")
        });
        let Some(project) = known else {
            // [guess, after messages that people report]
            return Err(ApiError::permission_denied(format!("Project '{id}' not found or permission denied.")).detail(
                json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RESOURCES_NOT_FOUND",
                       "domain": "serviceusage.googleapis.com", "metadata": {"resource": format!("projects/{id}")}}),
            ));
        };
        let number = call.world.project_number(&project).unwrap_or_default();
        let key = format!("cloudresourcemanager/projects/{project}");
        if !roles::allowed(call.world, call.principal.as_deref(), &key, permission) {
            let verb = permission.rsplit('.').next().unwrap_or("get");
            let what = match (verb, call.param("servicesId")) {
                ("list", _) | (_, "") => {
                    format!("Permission denied to {verb} services for consumer container [projects/{number}]")
                }
                (verb, api) => format!("Permission denied to {verb} service [{api}]"),
            };
            return Err(ApiError::permission_denied(what).detail(
                json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "AUTH_PERMISSION_DENIED",
                       "domain": "serviceusage.googleapis.com"}),
            ));
        }
        Ok(Self { project, number })
    }

    fn key(&self, api: &str) -> String {
        format!("serviceusage/projects/{}/services/{api}", self.project)
    }

    fn state(&self, call: &Call, api: &Api) -> Value {
        let stored = call.world.get(&self.key(api.name)).cloned();
        stored.unwrap_or_else(|| shown(&self.number, api, "DISABLED"))
    }
}

/// What Google says of services that do not exist or that the caller may not see.
fn unknown(names: &[&str]) -> ApiError {
    let names = names.join(",");
    ApiError::permission_denied(format!("Not found or permission denied for service(s): {names}."))
        .detail(json!({"@type": "type.googleapis.com/google.rpc.PreconditionFailure", "violations": [
            {"type": "googleapis.com", "subject": format!("?error_code=220002&services={names}")}]}))
        .detail(json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "SERVICE_CONFIG_NOT_FOUND_OR_PERMISSION_DENIED", "domain": "serviceusage.googleapis.com",
            "metadata": {"services": names}}))
}

fn operation(call: &Call) -> Answer {
    let name = call.param("operationsId");
    if name.ends_with("DONE_OPERATION") {
        return Ok(enable::noop(Value::Null).into());
    }
    let found = call.world.operation(&format!("serviceusage/operations/{name}"));
    let operation =
        found.ok_or_else(|| ApiError::not_found(format!("Operation operations/{name} not found.")))?;
    Ok(enable::rendered(operation).into())
}

fn get(call: &Call) -> Answer {
    let consumer = Consumer::of(call, "serviceusage.services.get")?;
    let name = call.param("servicesId");
    let api = catalogue::find(name).ok_or_else(|| unknown(&[name]))?;
    Ok(consumer.state(call, api).into())
}

fn list(call: &Call) -> Answer {
    let consumer = Consumer::of(call, "serviceusage.services.list")?;
    let wanted = match call.query("filter").unwrap_or("") {
        "" => None,
        "state:ENABLED" => Some("ENABLED"),
        "state:DISABLED" => Some("DISABLED"),
        other => return Err(ApiError::invalid(format!("Invalid filter: {other}"))),
    };
    if call.query("pageSize").and_then(|n| n.parse::<usize>().ok()).is_some_and(|n| n > 200) {
        return Err(ApiError::invalid("Requested page size cannot exceed 200.")); // [description]
    }
    let rows = catalogue::APIS
        .iter()
        .map(|api| consumer.state(call, api))
        .filter(|service| wanted.is_none_or(|wanted| service["state"] == wanted))
        .collect();
    Ok(call.page("services", rows))
}

fn batch_get(call: &Call) -> Answer {
    let consumer = Consumer::of(call, "serviceusage.services.get")?;
    let names: Vec<&str> = call.query.iter().filter(|(k, _)| k == "names").map(|(_, v)| v.as_str()).collect();
    if names.len() > 30 {
        return Err(ApiError::invalid("A single request can get a maximum of 30 services at a time.")); // [description]
    }
    let mut services = Vec::new();
    for name in names {
        let short = name.rsplit('/').next().unwrap_or(name);
        let api = catalogue::find(short).ok_or_else(|| unknown(&[short]))?;
        services.push(consumer.state(call, api));
    }
    Ok(json!({ "services": services }).into())
}

#[cfg(test)]
mod tests;
