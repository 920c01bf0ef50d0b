//! Who may call compute at all: billing, and the caller's permissions, refused in compute's words.

use super::refuse;
use crate::call::Call;
use crate::error::ApiError;
use crate::services::roles;
use serde_json::json;

/// Compute checks permissions itself, because it words their refusal in its own way.
pub fn permission(_id: &str) -> Option<&'static str> {
    None
}

/// Refuses what the front of the Compute Engine API refuses.
pub fn check(id: &str, call: &Call) -> Result<(), ApiError> {
    let project = call.project();
    if !call.world.billing_enabled(project) {
        return Err(billing_disabled(&call.project_number()));
    }
    let permission = permission_of(id, &call.route.method.method);
    let key = format!("cloudresourcemanager/projects/{project}");
    if roles::allowed(call.world, call.principal.as_deref(), &key, &permission) {
        return Ok(());
    }
    Err(refuse::forbidden(&permission, &target(call)))
}

/// Google names compute's permissions after resource and verb; verbs that only read are `get` or `list`.
fn permission_of(id: &str, method: &str) -> String {
    let (resource, verb) = id.split_once('.').unwrap_or((id, ""));
    let verb = match verb {
        "insert" => "create",
        "aggregatedList" | "listUsable" | "list" => "list",
        "wait" => "get",
        "patch" => "update",
        _ if method == "GET" => "get",
        other => other,
    };
    let resource = match resource {
        "regionOperations" | "zoneOperations" | "globalOperations" | "regions" | "zones" | "projects" => {
            resource
        }
        other => other,
    };
    format!("compute.{resource}.{verb}")
}

fn target(call: &Call) -> String {
    let path = call.route.method.path.trim_start_matches("compute/v1/");
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part.strip_prefix('{').and_then(|p| p.strip_suffix('}')) {
            Some(name) => parts.push(call.param(name)),
            None => parts.push(part),
        }
    }
    let name = call.text("name");
    match call.route.id.rsplit_once('.').map_or("", |(_, verb)| verb) {
        "insert" if !name.is_empty() => parts.push(name),
        // To list is a right on the project.
        "list" | "aggregatedList" | "listUsable" => parts.truncate(2),
        _ => {}
    }
    parts.join("/")
}

/// 403 with `ErrorInfo` BILLING_DISABLED. The wording is Google's [from error texts that people quote].
fn billing_disabled(number: &str) -> ApiError {
    let url = format!("https://console.developers.google.com/billing/enable?project={number}");
    let message = format!(
        "This API method requires billing to be enabled. Please enable billing on project #{number} by visiting {url} \
         then retry. If you enabled billing for this project recently, wait a few minutes for the action to propagate \
         to our systems and retry."
    );
    let mut error = ApiError::permission_denied(message);
    error.reason = "accessNotConfigured";
    error.detail(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "BILLING_DISABLED", "domain": "googleapis.com",
        "metadata": {"service": "compute.googleapis.com", "consumer": format!("projects/{number}")},
    }))
}
