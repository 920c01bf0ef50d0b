//! `gcloud projects …` (Resource Manager, v1).

use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::print::Answer;

const HOST: &str = "cloudresourcemanager.googleapis.com";

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "describe" => describe(call),
        _ => Err(unknown(call)),
    }
}

fn describe(call: &Call) -> Result<Answer, Failure> {
    let id = call.word("PROJECT_ID_OR_NUMBER");
    Ok(Answer::Value(call.send(&Request::new("GET", HOST, format!("/v1/projects/{id}")))?))
}
