//! `gcloud secrets …-iam-policy…`.

use super::{HOST, path};
use crate::call::Call;
use crate::failure::{self, Failure};
use crate::google::{Request, Trouble};
use crate::policy;
use crate::print::Answer;
use serde_json::{Value, json};

/// The version of policies that gcloud asks for and writes: the one that knows conditions.
const VERSION: u32 = 3;

pub(super) fn show(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[])?;
    Ok(Answer::Value(call.message(&get(call)?)?))
}

pub(super) fn add(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--member", "--role", "--condition", "--condition-from-file"])?;
    change(call, policy::add)
}

pub(super) fn remove(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--member", "--role", "--condition", "--condition-from-file", "--all"])?;
    change(call, policy::remove)
}

fn get(call: &Call) -> Result<Request, Failure> {
    let request = Request::new("GET", HOST, format!("{}:getIamPolicy", path(call)?));
    Ok(request.with("options.requestedPolicyVersion", VERSION.to_string()))
}

fn change(call: &Call, edit: fn(&Call, &mut Value) -> Result<(), Failure>) -> Result<Answer, Failure> {
    let mut policy = call.google.send(&get(call)?).map_err(refused)?;
    edit(call, &mut policy)?;
    policy["version"] = VERSION.into();
    if policy["bindings"].as_array().is_some_and(Vec::is_empty) {
        // What is empty is left out of a message.
        policy.as_object_mut().map(|policy| policy.remove("bindings"));
    }
    let request = Request::new("POST", HOST, format!("{}:setIamPolicy", path(call)?));
    let after = call.google.send(&request.body(json!({ "policy": policy }))).map_err(refused)?;
    policy::say_updated(call, "secret", call.word("SECRET"));
    Ok(Answer::Value(after))
}

/// The commands that change bindings have a rendering of their own.
fn refused(trouble: Trouble) -> Failure {
    match trouble {
        Trouble::Refused(refusal) if !refusal.is_of_api() => {
            Failure::Said(format!("Status code: {}. {}.", refusal.code, failure::status_message(&refusal)))
        }
        other => other.into(),
    }
}
