//! `gcloud services …` (Service Usage).

use super::service_operation::{self, USAGE};
use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use crate::pages;
use crate::print::Answer;
use serde_json::json;

pub(super) fn handle(call: &Call, words: &[&str]) -> Result<Answer, Failure> {
    match words {
        ["enable"] => enable(call),
        ["disable"] => disable(call),
        ["list"] => list(call),
        ["identity", "create"] => create_identity(call),
        _ => Err(unknown(call)),
    }
}

fn enable(call: &Call) -> Result<Answer, Failure> {
    let project = call.project()?;
    let mut request = match call.words("SERVICE") {
        [one] => service_operation::enable(project, one),
        many => Request::new("POST", USAGE, format!("/v1/projects/{project}/services:batchEnable"))
            .body(json!({ "serviceIds": many })),
    };
    request.repeats_429 = true;
    let begun = call.send(&request)?;
    // What has failed at once, gcloud does not look at.
    if begun["done"] == true {
        return Ok(Answer::List(Vec::new()));
    }
    if call.on("--async") == Some(true) {
        let name = begun["name"].as_str().unwrap_or_default();
        call.say(&format!(
            "Asynchronous operation is in progress... Use the following command to wait for its completion:\n gcloud \
             beta services operations wait {name}"
        ));
    } else {
        service_operation::finish(call, USAGE, &begun)?;
    }
    Ok(Answer::List(Vec::new()))
}

fn disable(call: &Call) -> Result<Answer, Failure> {
    let project = call.project()?;
    let force = call.on("--force") == Some(true);
    for service in call.words("SERVICE") {
        let path = format!("/v1/projects/{project}/services/{service}:disable");
        let mut request = Request::new("POST", USAGE, path).body(json!({
            "checkIfServiceHasUsage": if force { "SKIP" } else { "CHECK" },
            "disableDependentServices": force,
        }));
        request.repeats_429 = true;
        let begun = call.google.send(&request).inspect_err(|trouble| {
            if matches!(trouble, Trouble::Refused(refusal) if refusal.code == 400) {
                call.say("Provide the --force flag if you wish to force disable services.");
            }
        })?;
        if call.on("--async") == Some(true) {
            let name = begun["name"].as_str().unwrap_or_default();
            call.say(&format!(
                "Asynchronous operation is in progress... Use the following command to wait for its completion:\n \
                 gcloud beta services operations wait {name}"
            ));
        } else {
            service_operation::finish(call, USAGE, &begun)?;
        }
    }
    Ok(Answer::List(Vec::new()))
}

fn list(call: &Call) -> Result<Answer, Failure> {
    let project = call.project()?;
    let mut request = Request::new("GET", USAGE, format!("/v1/projects/{project}/services"));
    if call.on("--available") != Some(true) {
        request = request.with("filter", "state:ENABLED");
    }
    let mut request = request.with("pageSize", call.one("--page-size").unwrap_or("200"));
    request.repeats_429 = true;
    Ok(Answer::List(pages::all(call, &request, "services")?))
}

fn create_identity(call: &Call) -> Result<Answer, Failure> {
    let project = call.project()?;
    let service = call.one("--service").unwrap_or_default();
    let path = format!("/v1beta1/projects/{project}/services/{service}:generateServiceIdentity");
    let mut request = Request::new("POST", USAGE, path);
    request.repeats_429 = true;
    let operation = call.send(&request)?;
    // It is not waited for: what the answer lacks yet is not there.
    let mut identity = operation["response"].as_object().cloned().unwrap_or_default();
    identity.remove("@type");
    match identity.get("email").and_then(|email| email.as_str()) {
        Some(email) => call.say(&format!("Service identity created: {email}")),
        None => call.say("Service identity created"),
    }
    Ok(Answer::Value(identity.into()))
}
