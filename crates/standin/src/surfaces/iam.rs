//! `gcloud iam service-accounts …`

use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::print::Answer;
use crate::{pages, policy};
use serde_json::json;

const HOST: &str = "iam.googleapis.com";

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "create" => create(call),
        "describe" => Ok(Answer::Value(call.send(&Request::new("GET", HOST, anywhere(call)))?)),
        "list" => list(call),
        "update" => update(call),
        "delete" => {
            call.send(&Request::new("DELETE", HOST, anywhere(call)))?;
            call.say(&format!("deleted service account [{}]", call.word("SERVICE_ACCOUNT")));
            Ok(Answer::List(Vec::new()))
        }
        "enable" | "disable" => {
            let path = format!("{}:{verb}", here(call)?);
            call.send(&Request::new("POST", HOST, path).body(json!({})))?;
            let done = if verb == "enable" { "Enabled" } else { "Disabled" };
            call.say(&format!("{done} service account [{}].", email(call)));
            Ok(Answer::List(Vec::new()))
        }
        "get-iam-policy" => Ok(Answer::Value(call.send(&read_policy(&anywhere(call)))?)),
        "add-iam-policy-binding" | "remove-iam-policy-binding" => {
            let path = here(call)?;
            let set = Request::new("POST", HOST, format!("{path}:setIamPolicy"));
            Ok(Answer::Value(policy::declared(
                call,
                "serviceAccount",
                email(call),
                &read_policy(&path),
                set,
            )?))
        }
        _ => Err(unknown(call)),
    }
}

fn email(call: &Call) -> &str {
    call.word("SERVICE_ACCOUNT").rsplit('/').next().unwrap_or_default()
}

/// Commands written by hand leave it to Google which project an account belongs to ...
fn anywhere(call: &Call) -> String {
    format!("/v1/projects/-/serviceAccounts/{}", email(call))
}

/// ... and those made from declarations name it.
fn here(call: &Call) -> Result<String, Failure> {
    Ok(format!("/v1/projects/{}/serviceAccounts/{}", call.project()?, email(call)))
}

fn read_policy(path: &str) -> Request {
    Request::new("POST", HOST, format!("{path}:getIamPolicy")).with("options.requestedPolicyVersion", "3")
}

fn create(call: &Call) -> Result<Answer, Failure> {
    let name = call.word("NAME");
    let mut account = json!({});
    for (flag, field) in [("--display-name", "displayName"), ("--description", "description")] {
        if let Some(text) = call.one(flag) {
            account[field] = json!(text);
        }
    }
    let request = Request::new("POST", HOST, format!("/v1/projects/{}/serviceAccounts", call.project()?))
        .body(json!({"accountId": name, "serviceAccount": account}));
    let made = call.send(&request)?;
    call.say(&format!("Created service account [{name}]."));
    Ok(Answer::Value(made))
}

fn list(call: &Call) -> Result<Answer, Failure> {
    let path = format!("/v1/projects/{}/serviceAccounts", call.project()?);
    let mut accounts =
        pages::all(call, &Request::new("GET", HOST, path).with("pageSize", "100"), "accounts")?;
    for account in &mut accounts {
        // Google leaves it out where it is false; gcloud's list has a column for it.
        if account["disabled"].is_null() {
            account["disabled"] = json!(false);
        }
    }
    Ok(Answer::List(accounts))
}

fn update(call: &Call) -> Result<Answer, Failure> {
    let mut account = json!({});
    let mut mask = Vec::new();
    for (flag, field) in [("--description", "description"), ("--display-name", "displayName")] {
        if let Some(text) = call.one(flag) {
            account[field] = json!(text);
            mask.push(field);
        }
    }
    if mask.is_empty() {
        return Err(unknown(call));
    }
    let request = Request::new("PATCH", HOST, here(call)?)
        .body(json!({"serviceAccount": account, "updateMask": mask.join(",")}));
    let updated = call.send(&request)?;
    call.say(&format!("Updated serviceAccount [{}].", email(call)));
    Ok(Answer::Value(updated))
}
