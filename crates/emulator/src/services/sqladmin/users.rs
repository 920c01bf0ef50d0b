//! Users. Passwords are hidden: no answer shows them.

use super::operations::{self, Change};
use super::{instance, invalid, serving};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::Effect;
use crate::world::merge;
use serde_json::{Value, json};

/// A user as it is shown.
pub fn object(project: &str, instance: &str, name: &str, kind: &str) -> Value {
    let mut user =
        json!({"kind": "sql#user", "name": name, "instance": instance, "project": project, "host": ""});
    if kind != "BUILT_IN" {
        user["type"] = json!(kind);
    }
    user
}

fn password(call: &Call) -> Option<String> {
    call.body["password"].as_str().filter(|password| !password.is_empty()).map(str::to_owned)
}

pub fn insert(call: &mut Call) -> Answer {
    let (key, _) = serving(call)?;
    let (project, instance) = (call.project().to_owned(), call.param("instance").to_owned());
    let name = call.text("name").to_owned();
    if name.is_empty() || name.len() > 63 || name.contains(['/', '\0']) {
        return Err(invalid(format!("Invalid user name ({name})")));
    }
    let path = format!("{key}/users/{name}");
    if call.world.has(&path) {
        // In the style of what Google passes on from PostgreSQL for a database [guess].
        return Err(invalid(format!(
            "failed to create user {name}. Detail: pq: role \"{name}\" already exists"
        )));
    }
    let kind = match call.text("type") {
        "" => "BUILT_IN",
        kind => kind,
    };
    if kind != "BUILT_IN" && call.body["password"].is_string() {
        return Err(invalid("A password cannot be set for an IAM user"));
    }
    let hidden = password(call).map_or(Value::Null, |password| json!({ "password": password }));
    let data = object(&project, &instance, &name, kind);
    start(call, &instance, "CREATE_USER", vec![Effect::Put { key: path, data, hidden }])
}

fn start(call: &mut Call, instance: &str, kind: &str, effects: Vec<Effect>) -> Answer {
    operations::start(call, Change { instance, kind, seconds: 3.0, effects, failure_effects: Vec::new() })
}

fn find(call: &Call, name: &str) -> Result<(String, Value), ApiError> {
    let (key, _) = instance(call)?;
    let path = format!("{key}/users/{name}");
    match call.world.get(&path) {
        Some(user) => Ok((path, user.clone())),
        None => {
            Err(ApiError::not_found(format!("user \"{name}\" does not exist.")).reason("userDoesNotExist"))
        }
    }
}

fn asked(call: &Call) -> Result<String, ApiError> {
    match call.query("name") {
        Some(name) if !name.is_empty() => Ok(name.to_owned()),
        _ => Err(invalid("Missing parameter: name")),
    }
}

pub fn get(call: &Call) -> Answer {
    Ok(find(call, call.param("name"))?.1.into())
}

pub fn list(call: &Call) -> Answer {
    let (key, _) = instance(call)?;
    let rows: Vec<Value> =
        call.world.list(&format!("{key}/users")).into_iter().map(|(_, row)| row.clone()).collect();
    let mut body = json!({"kind": "sql#usersList"});
    if !rows.is_empty() {
        body["items"] = Value::Array(rows);
    }
    Ok(body.into())
}

/// A body without a password changes nothing and is no error (gcloud-facts, data-and-run.md, 3.3).
pub fn update(call: &mut Call) -> Answer {
    serving(call)?;
    let (path, user) = find(call, &asked(call)?)?;
    let mut hidden = call.world.hidden(&path).clone();
    if let Some(password) = password(call) {
        // What it is a member of stays.
        merge(&mut hidden, &json!({ "password": password }));
    }
    let instance = call.param("instance").to_owned();
    start(call, &instance, "UPDATE_USER", vec![Effect::Put { key: path, data: user, hidden }])
}

pub fn delete(call: &mut Call) -> Answer {
    serving(call)?;
    let (path, _) = find(call, &asked(call)?)?;
    let instance = call.param("instance").to_owned();
    start(call, &instance, "DELETE_USER", vec![Effect::Remove { key: path }])
}
