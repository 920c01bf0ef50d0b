//! `gcloud sql users …`.

use super::operations::{self, PATIENCE};
use super::{HOST, instance, list_at_once};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::print::Answer;
use crate::surfaces::unknown;
use serde_json::{Value, json};

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "create" => create(call),
        "set-password" => set_password(call),
        "delete" => delete(call),
        "list" => {
            call.takes(&["--instance"])?;
            list_at_once(call, collection(call)?)
        }
        _ => Err(unknown(call)),
    }
}

fn collection(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/users", instance(call)?))
}

/// The user as it is sent.
fn user(call: &Call) -> Result<Value, Failure> {
    let mut user = json!({
        "name": call.word("USERNAME"),
        "instance": call.one("--instance"),
        "project": call.project()?,
    });
    for field in ["host", "password"] {
        if let Some(value) = call.one(&format!("--{field}")) {
            user[field] = value.into();
        }
    }
    Ok(user)
}

fn create(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--instance", "--password", "--host", "--type", "--async"])?;
    let name = call.word("USERNAME");
    let mut made = user(call)?;
    if let Some(kind) = call.one("--type") {
        made["type"] = kind.to_uppercase().into();
    }
    let mut body = made.clone();
    body["kind"] = "sql#user".into();
    let operation = call.message(&Request::new("POST", HOST, collection(call)?).body(body))?;
    if call.on("--async") == Some(true) {
        let answer = operations::glance(call, &operation)?;
        call.say(&format!("Create in progress for user [{name}]."));
        return Ok(answer);
    }
    operations::wait(call, &operation, "Creating Cloud SQL user", PATIENCE)?;
    call.say(&format!("Created user [{name}]."));
    // It prints what it has sent, the password too.
    Ok(Answer::List(vec![made]))
}

/// A user goes into the query: a name may hold an `@`.
fn named(call: &Call, method: &'static str) -> Result<Request, Failure> {
    let request = Request::new(method, HOST, collection(call)?).with("name", call.word("USERNAME"));
    Ok(match call.one("--host") {
        Some(host) => request.with("host", host),
        None => request,
    })
}

fn set_password(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--instance", "--password", "--host", "--async"])?;
    let operation = call.message(&named(call, "PUT")?.body(user(call)?))?;
    finish(call, &operation, "Updating Cloud SQL user")
}

fn delete(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--instance", "--host", "--async"])?;
    let operation = call.message(&named(call, "DELETE")?)?;
    finish(call, &operation, "Deleting Cloud SQL user")
}

fn finish(call: &Call, operation: &Value, message: &str) -> Result<Answer, Failure> {
    if call.on("--async") == Some(true) {
        return operations::glance(call, operation);
    }
    operations::wait(call, operation, message, PATIENCE)?;
    Ok(Answer::List(Vec::new()))
}
