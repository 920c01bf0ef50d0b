//! `gcloud sql instances …`.

use super::operations::{self, PATIENCE};
use super::{HOST, link, list, project, settings};
use crate::call::Call;
use crate::failure::{self, Failure};
use crate::google::{Request, Trouble};
use crate::print::Answer;
use crate::surfaces::unknown;
use crate::typed;
use serde_json::{Value, json};

/// How long `create` waits unless `--timeout` says otherwise, in seconds.
const CREATION: f64 = 3600.0;

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "create" => create(call),
        "patch" => patch(call),
        "delete" => delete(call),
        "describe" => describe(call),
        "list" => {
            call.takes(&[])?;
            list(call, &Request::new("GET", HOST, collection(call)?).with("maxResults", "1000"))
        }
        _ => Err(unknown(call)),
    }
}

fn collection(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/instances", project(call)?))
}

fn path(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/{}", collection(call)?, call.word("INSTANCE")))
}

fn get(path: &str) -> Request {
    Request::new("GET", HOST, path)
}

fn describe(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[])?;
    let path = path(call)?;
    match call.google.send(&get(&path)) {
        Ok(mut instance) => {
            typed::settle(&mut instance, &[]);
            Ok(Answer::Value(instance))
        }
        // The reason is lost here.
        Err(Trouble::Refused(refusal)) if refusal.code == 403 && !refusal.is_of_api() => {
            Err(Failure::Said(format!(
                "There was no instance found at projects/{}/instances/{} or you are not authorized to access it.",
                call.project()?,
                call.word("INSTANCE")
            )))
        }
        Err(other) => Err(failure::caught(other)),
    }
}

fn create(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[settings::FLAGS, settings::OF_CREATION].concat())?;
    let Some(version) = call.one("--database-version") else {
        return Err(Failure::Said(
            "gcloud-standin makes an instance of a named --database-version only".to_owned(),
        ));
    };
    let mut body = json!({
        "kind": "sql#instance",
        "name": call.word("INSTANCE"),
        "project": call.project()?,
        "databaseVersion": version,
        "settings": settings::of_creation(call)?,
    });
    for (flag, field) in [("--region", "region"), ("--root-password", "rootPassword")] {
        if let Some(value) = call.one(flag) {
            body[field] = value.into();
        }
    }
    let operation = call.message(&Request::new("POST", HOST, collection(call)?).body(body))?;
    if call.on("--async") == Some(true) {
        return operations::glance(call, &operation);
    }
    let patience = call.one("--timeout").and_then(|seconds| seconds.parse().ok()).unwrap_or(CREATION);
    operations::wait(call, &operation, &format!("Creating Cloud SQL instance for {version}"), patience)?;
    let path = path(call)?;
    call.say(&format!("Created [{}].", link(&path)));
    Ok(Answer::Value(call.message(&get(&path))?))
}

fn patch(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[settings::FLAGS, settings::OF_PATCH].concat())?;
    let path = path(call)?;
    // Before anything is asked, so that a bad size is refused without a request.
    settings::check(call)?;
    let mut old = call.message(&get(&path))?;
    let settings = settings::of_patch(call, &mut old)?;
    let mut body = json!({
        "kind": "sql#instance",
        "name": call.word("INSTANCE"),
        "project": call.project()?,
        "settings": settings,
    });
    if let Some(version) = call.one("--database-version") {
        body["databaseVersion"] = version.into();
    }
    call.say("The following message will be used for the patch API method.");
    call.say(&one_line(&without_kinds(&body)));
    let operation = call.message(&Request::new("PATCH", HOST, path.clone()).body(body))?;
    if call.on("--async") == Some(true) {
        return operations::glance(call, &operation);
    }
    operations::wait(call, &operation, "Patching Cloud SQL instance", PATIENCE)?;
    call.say(&format!("Updated [{}].", link(&path)));
    let new = call.message(&get(&path))?;
    Ok(Answer::Value(json!({ "new": new, "old": old })))
}

fn without_kinds(value: &Value) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .filter(|(key, _)| *key != "kind")
            .map(|(key, value)| (key.clone(), without_kinds(value)))
            .collect(),
        Value::Array(items) => items.iter().map(without_kinds).collect(),
        other => other.clone(),
    }
}

/// JSON as Python writes it in one line, keys sorted.
fn one_line(value: &Value) -> String {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            let parts: Vec<String> =
                entries.into_iter().map(|(key, value)| format!("\"{key}\": {}", one_line(value))).collect();
            format!("{{{}}}", parts.join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(one_line).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

fn delete(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--async"])?;
    let path = path(call)?;
    // gcloud looks whether backups stay, for its question; a refusal does not matter, unless the API is off.
    match call.google.send(&get(&path)) {
        Err(Trouble::Refused(refusal)) if !refusal.is_of_api() => {}
        other => _ = other?,
    }
    let operation = call.message(&Request::new("DELETE", HOST, path.clone()))?;
    if call.on("--async") == Some(true) {
        return operations::glance(call, &operation);
    }
    operations::wait(call, &operation, "Deleting Cloud SQL instance", PATIENCE)?;
    call.say(&format!("Deleted [{}].", link(&path)));
    Ok(Answer::List(Vec::new()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patch_is_shown_in_one_line_without_kinds() {
        let body = json!({ "name": "i", "kind": "k", "settings": { "kind": "s", "flags": [], "a": true } });
        assert_eq!(one_line(&without_kinds(&body)), r#"{"name": "i", "settings": {"a": true, "flags": []}}"#);
    }
}
