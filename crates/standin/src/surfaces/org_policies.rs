//! `gcloud resource-manager org-policies …` (Resource Manager, v1).

use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::print::Answer;
use serde_json::json;

const HOST: &str = "cloudresourcemanager.googleapis.com";

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "describe" => describe(call),
        _ => Err(unknown(call)),
    }
}

fn describe(call: &Call) -> Result<Answer, Failure> {
    if call.one("--folder").is_some() || call.one("--organization").is_some() {
        return Err(unknown(call));
    }
    let constraint = call.word("ORG_POLICY_ID").trim_start_matches("constraints/");
    let method = if call.on("--effective") == Some(true) { "getEffectiveOrgPolicy" } else { "getOrgPolicy" };
    let request = Request::new("POST", HOST, format!("/v1/projects/{}:{method}", call.project()?))
        .body(json!({ "constraint": format!("constraints/{constraint}") }));
    Ok(Answer::Value(call.send(&request)?))
}
