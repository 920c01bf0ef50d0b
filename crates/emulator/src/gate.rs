//! What every request passes before its service sees it: the project, its APIs, the caller's rights.

use crate::call::Call;
use crate::error::ApiError;
use crate::services::{Service, orgpolicy, roles};
use serde_json::json;

/// Refuses a request that Google's front end refuses.
pub fn pass(call: &Call, service: &Service) -> Result<(), ApiError> {
    orgpolicy::check_request(call)?;
    let project = call.project().to_owned();
    if project.is_empty() || project == "-" || service.own_gate {
        return Ok(());
    }
    let permission = (service.permission)(call.route.id);
    let denied = || {
        let what = permission.unwrap_or("resourcemanager.projects.get");
        ApiError::permission_denied(format!(
            "Permission '{what}' denied on resource '//cloudresourcemanager.googleapis.com/projects/{project}' (or it may not exist)."
        ))
    };
    match call.world.get(&format!("cloudresourcemanager/projects/{project}")) {
        Some(found) if found["lifecycleState"] == "ACTIVE" => {}
        Some(_) => return Err(deleted(call)),
        None => return Err(denied()),
    }
    if let Some(api) = service.required_api
        && !call.world.api_enabled(&project, api)
    {
        return Err(ApiError::service_disabled(service.title, api, &call.project_number()));
    }
    if let Some(permission) = permission
        && !roles::allowed(
            call.world,
            call.principal.as_deref(),
            &format!("cloudresourcemanager/projects/{project}"),
            permission,
        )
    {
        return Err(denied());
    }
    Ok(())
}

/// What a project that is marked for deletion answers [as Google's users report it; the reason: `google.api.ErrorReason`].
fn deleted(call: &Call) -> ApiError {
    let number = call.project_number();
    let consumer = format!("projects/{number}");
    ApiError::permission_denied(format!("Project #{number} has been deleted.")).detail(json!({
        "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "CONSUMER_INVALID", "domain": "googleapis.com",
        "metadata": {"consumer": consumer}}))
}
