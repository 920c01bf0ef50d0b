//! `gcloud projects …` (Resource Manager, v1).

use super::{service_operation, unknown};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use crate::print::Answer;
use crate::{pages, policy};
use serde_json::{Map, Value, json};

const HOST: &str = "cloudresourcemanager.googleapis.com";

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "create" => create(call),
        "describe" => Ok(Answer::Value(get(call, call.word("PROJECT_ID_OR_NUMBER"))?)),
        "list" => list(call),
        "update" => update(call),
        "delete" => delete(call),
        "undelete" => undelete(call),
        "get-iam-policy" => {
            let id = call.word("PROJECT_ID_OR_NUMBER");
            Ok(Answer::Value(call.send(&read_policy(id))?))
        }
        "add-iam-policy-binding" | "remove-iam-policy-binding" => {
            let id = call.word("PROJECT_ID");
            let set = Request::new("POST", HOST, format!("/v1/projects/{id}:setIamPolicy"));
            Ok(Answer::Value(policy::declared(call, "project", id, &read_policy(id), set)?))
        }
        _ => Err(unknown(call)),
    }
}

fn get(call: &Call, id: &str) -> Result<Value, Failure> {
    call.send(&Request::new("GET", HOST, format!("/v1/projects/{id}")))
}

/// The number of a project, for the APIs that want numbers.
pub(super) fn number(call: &Call) -> Result<String, Failure> {
    let project = get(call, call.project()?)?;
    Ok(project["projectNumber"].as_str().unwrap_or_default().to_owned())
}

fn read_policy(id: &str) -> Request {
    Request::new("POST", HOST, format!("/v1/projects/{id}:getIamPolicy"))
        .body(json!({"options": {"requestedPolicyVersion": 3}}))
}

fn link(id: &str) -> String {
    format!("https://{HOST}/v1/projects/{id}")
}

const IDS: &str = "Project IDs are immutable and can be set only during project creation. They must start with a lowercase \
                   letter and can have lowercase ASCII letters, digits or hyphens. Project IDs must be between 6 and 30 \
                   characters.";

fn is_id(id: &str) -> bool {
    (6..=30).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn create(call: &Call) -> Result<Answer, Failure> {
    let id = call.word("PROJECT_ID");
    if id.is_empty() {
        return Err(Failure::Said(
            "Missing required argument [PROJECT_ID]: an ID or a name must be provided for the new project"
                .to_owned(),
        ));
    }
    if !is_id(id) {
        return Err(Failure::Usage(format!("argument PROJECT_ID: Bad value [{id}]: {IDS}")));
    }
    let mut body = json!({"projectId": id, "name": call.one("--name").unwrap_or(id)});
    for kind in ["organization", "folder"] {
        if let Some(number) = call.one(&format!("--{kind}")) {
            body["parent"] = json!({"type": kind, "id": number});
        }
    }
    if let Some(labels) = call.dict("--labels") {
        body["labels"] =
            labels.into_iter().map(|(key, value)| (key, json!(value))).collect::<Map<_, _>>().into();
    }
    let begun = call.google.send(&Request::new("POST", HOST, "/v1/projects").body(body)).map_err(|trouble| match trouble {
        Trouble::Refused(refusal) if refusal.code == 409 => Failure::Said(
            "Project creation failed. The project ID you specified is already in use by another project. Please try an \
             alternative ID."
                .to_owned(),
        ),
        other => other.into(),
    })?;
    call.say(&format!("Create in progress for [{}].", link(id)));
    let name = begun["name"].as_str().unwrap_or_default().to_owned();
    let done = wait(call, &name)?;
    if call.on("--enable-cloud-apis") != Some(false) {
        call.say(&format!("Enabling service [cloudapis.googleapis.com] on project [{id}]..."));
        let begun = call.send(&service_operation::enable(id, "cloudapis.googleapis.com"))?;
        if begun["done"] != true {
            service_operation::finish(call, service_operation::USAGE, &begun)?;
        }
    }
    Ok(Answer::Value(done["response"].clone()))
}

/// Looks at an operation until it is done; the first time after a second, done or not.
fn wait(call: &Call, name: &str) -> Result<Value, Failure> {
    call.say(&format!("Waiting for [{name}] to finish..."));
    call.google.pause(1.0);
    let mut seconds = 2.0;
    let request = Request::new("GET", HOST, format!("/v1/{name}"));
    loop {
        call.tell(".");
        let operation = call.send(&request).inspect_err(|_| call.say("failed."))?;
        if operation["done"] == true {
            if let Some(error) = operation["error"].as_object() {
                call.say("failed.");
                let id = name.trim_start_matches("operations/");
                let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
                return Err(Failure::Said(format!("Operation [{id}] failed: {}: {message}", error["code"])));
            }
            call.say("done.");
            return Ok(operation);
        }
        call.google.pause(seconds);
        seconds = (seconds * 2.0).min(20.0);
    }
}

fn list(call: &Call) -> Result<Answer, Failure> {
    let filter = match call.one("--filter") {
        None => "lifecycleState:ACTIVE".to_owned(),
        Some(text) => match text
            .strip_prefix("projectId=")
            .filter(|id| id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'))
        {
            Some(id) => format!("lifecycleState:ACTIVE AND (id={id})"),
            None => {
                return Err(Failure::Said(format!(
                    "gcloud-standin knows --filter=projectId=ID only, not {text}"
                )));
            }
        },
    };
    let request = Request::new("GET", HOST, "/v1/projects").with("filter", filter).with("pageSize", "500");
    Ok(Answer::List(pages::all(call, &request, "projects")?))
}

fn update(call: &Call) -> Result<Answer, Failure> {
    let alpha = call.command.starts_with("alpha");
    let id = call.word(if alpha { "PROJECT_ID_OR_NUMBER" } else { "PROJECT_ID" });
    let mut project = get(call, id)?;
    if let Some(name) = call.one("--name") {
        project["name"] = json!(name);
    }
    let mut labels = project["labels"].as_object().cloned().unwrap_or_default();
    let before = labels.clone();
    if call.on("--clear-labels") == Some(true) {
        labels.clear();
    }
    for key in call.list("--remove-labels").unwrap_or_default() {
        labels.remove(&key);
    }
    labels.extend(
        call.dict("--update-labels").unwrap_or_default().into_iter().map(|(key, value)| (key, json!(value))),
    );
    if labels != before {
        project["labels"] = labels.into();
    }
    let updated = call.send(&Request::new("PUT", HOST, format!("/v1/projects/{id}")).body(project))?;
    call.say(&format!("Updated [{}].", link(id)));
    Ok(Answer::Value(updated))
}

fn delete(call: &Call) -> Result<Answer, Failure> {
    let id = call.word("PROJECT_ID_OR_NUMBER");
    call.send(&Request::new("DELETE", HOST, format!("/v1/projects/{id}")))?;
    call.say(&format!(
        "Deleted [{}].\n\nYou can undo this operation for a limited period by running the command below.\n    $ gcloud \
         projects undelete {id}\n\nSee https://cloud.google.com/resource-manager/docs/creating-managing-projects for \
         information on shutting down projects.",
        link(id)
    ));
    Ok(Answer::List(vec![json!({ "projectId": id })]))
}

fn undelete(call: &Call) -> Result<Answer, Failure> {
    let id = call.word("PROJECT_ID_OR_NUMBER");
    call.send(&Request::new("POST", HOST, format!("/v1/projects/{id}:undelete")).body(json!({})))?;
    call.say(&format!("Restored [{}].", link(id)));
    Ok(Answer::List(vec![json!({ "projectId": id })]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_six_to_thirty_small_letters_digits_and_hyphens() {
        assert!(is_id("proj-1") && is_id("a2345-"));
        assert!(!is_id("Proj-1") && !is_id("p") && !is_id("1abcde") && !is_id(&"a".repeat(31)));
    }
}
