//! What a build runs as, and where its sources lie.

use crate::call::Call;
use crate::error::ApiError;
use crate::services::roles;
use serde_json::Value;

/// The e-mail address in `projects/P/serviceAccounts/EMAIL`, if that account is there and the caller may act as it.
pub fn account(call: &Call, name: &str) -> Result<Option<String>, ApiError> {
    if name.is_empty() {
        return Ok(None);
    }
    let parts: Vec<&str> = name.split('/').collect();
    let ["projects", project, "serviceAccounts", email] = parts[..] else {
        return Err(ApiError::invalid(format!(
            "invalid service account \"{name}\": it must be of the format projects/{{PROJECT_ID}}/serviceAccounts/{{ACCOUNT}}"
        )));
    };
    let project = if project == "-" { call.project() } else { project };
    let key = format!("iam/projects/{project}/serviceAccounts/{email}");
    if email.ends_with("@developer.gserviceaccount.com") && !call.world.has(&key) {
        return Ok(Some(email.to_owned()));
    }
    if !call.world.has(&key) {
        // [guess]
        return Err(ApiError::invalid(format!("service account {email} does not exist")));
    }
    if !roles::allowed(call.world, call.principal.as_deref(), &key, "iam.serviceAccounts.actAs") {
        return Err(ApiError::permission_denied("caller does not have permission to act as service account"));
    }
    Ok(Some(email.to_owned()))
}

/// Sources in Cloud Storage must be there, and the build's account must be able to read them.
pub fn readable(call: &Call, build: &Value, email: Option<&str>) -> Result<(), ApiError> {
    let source = &build["source"]["storageSource"];
    let (Some(bucket), Some(object)) = (source["bucket"].as_str(), source["object"].as_str()) else {
        return Ok(());
    };
    let key = format!("storage/b/{bucket}");
    if !call.world.has(&format!("{key}/o/{object}")) {
        return Err(ApiError::invalid(format!(
            "could not resolve source: googleapi: Error 404: No such object: {bucket}/{object}, notFound"
        )));
    }
    let Some(email) = email else { return Ok(()) };
    let member = format!("serviceAccount:{email}");
    if roles::allowed(call.world, Some(&member), &key, "storage.objects.get") {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "could not resolve source: googleapi: Error 403: {email} does not have storage.objects.get access to the Google Cloud \
         Storage object. Permission 'storage.objects.get' denied on resource (or it may not exist)., forbidden"
    )))
}
