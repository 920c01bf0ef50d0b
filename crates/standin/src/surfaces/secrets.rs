//! `gcloud secrets …` (Secret Manager, v1).

mod bindings;
mod rotation;
mod update;
mod versions;

use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::pages;
use crate::print::Answer;
use serde_json::{Map, Value, json};

const HOST: &str = "secretmanager.googleapis.com";

pub(super) fn handle(call: &Call, rest: &[&str]) -> Result<Answer, Failure> {
    match rest {
        ["create"] => create(call),
        ["update"] => update::update(call),
        ["delete"] => delete(call),
        ["describe"] => describe(call),
        ["list"] => list(call),
        ["get-iam-policy"] => bindings::show(call),
        ["add-iam-policy-binding"] => bindings::add(call),
        ["remove-iam-policy-binding"] => bindings::remove(call),
        ["versions", verb] => versions::handle(call, verb),
        _ => Err(unknown(call)),
    }
}

/// `/v1/projects/p/secrets`.
fn collection(call: &Call) -> Result<String, Failure> {
    Ok(format!("/v1/projects/{}/secrets", call.project()?))
}

/// The path of the secret that the command names.
fn path(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/{}", collection(call)?, call.word("SECRET")))
}

fn create(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[
        "--replication-policy",
        "--locations",
        "--labels",
        "--set-annotations",
        "--data-file",
        "--topics",
        "--next-rotation-time",
        "--rotation-period",
    ])?;
    let topics = call.distinct("--topics")?.unwrap_or_default();
    let name = call.word("SECRET");
    let data = call.one("--data-file").map(versions::read).transpose()?;
    let pairs = |flag: &str| call.dict(flag).map(|pairs| Value::Object(object(pairs)));
    let mut body = json!({
        "annotations": pairs("--set-annotations").unwrap_or_else(|| json!({})),
        "replication": replication(call)?,
    });
    if let Some(labels) = pairs("--labels") {
        body["labels"] = labels;
    }
    rotation::put(&mut body, &topics, rotation::schedule(call));
    let request = Request::new("POST", HOST, collection(call)?).with("secretId", name).body(body);
    let secret = call.message(&request)?;
    match data {
        Some(data) if !data.is_empty() => versions::store(call, &path(call)?, &data).map(drop)?,
        _ => call.say(&format!("Created secret [{name}].")),
    }
    Ok(Answer::Value(secret))
}

fn replication(call: &Call) -> Result<Value, Failure> {
    let locations = call.list("--locations").unwrap_or_default();
    match call.one("--replication-policy") {
        None | Some("automatic") if locations.is_empty() => Ok(json!({ "automatic": {} })),
        Some("user-managed") if !locations.is_empty() => {
            let replicas: Vec<Value> = locations.iter().map(|place| json!({ "location": place })).collect();
            Ok(json!({ "userManaged": { "replicas": replicas } }))
        }
        _ => Err(Failure::Said(
            "gcloud-standin knows automatic secrets, and user-managed ones with locations".into(),
        )),
    }
}

fn object(pairs: Vec<(String, String)>) -> Map<String, Value> {
    pairs.into_iter().map(|(key, value)| (key, Value::String(value))).collect()
}

fn delete(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[])?;
    let (name, path) = (call.word("SECRET"), path(call)?);
    // gcloud counts the versions first, for the question that --quiet answers.
    versions::of(call, &path)?;
    let done = call.message(&Request::new("DELETE", HOST, path))?;
    call.say(&format!("Deleted secret [{name}]."));
    Ok(Answer::Value(done))
}

fn describe(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[])?;
    Ok(Answer::Value(call.message(&Request::new("GET", HOST, path(call)?))?))
}

fn list(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[])?;
    if call.settings.project.is_none() {
        let text = "Missing required argument [project]: Please set a project with `--project` flag or `gcloud config \
                    set project PROJECT_ID`.";
        return Err(Failure::Said(text.to_owned()));
    }
    let request = Request::new("GET", HOST, collection(call)?).with("pageSize", "100");
    pages::all(call, &request, "secrets").map(Answer::List)
}
