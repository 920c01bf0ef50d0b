//! `gcloud sql databases …`.

use super::operations::{self, PATIENCE};
use super::{HOST, instance, list_at_once};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::print::Answer;
use crate::surfaces::unknown;
use serde_json::json;

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "create" => create(call),
        "delete" => delete(call),
        "describe" => {
            call.takes(&["--instance"])?;
            Ok(Answer::Value(call.message(&Request::new("GET", HOST, path(call)?))?))
        }
        "list" => {
            call.takes(&["--instance"])?;
            list_at_once(call, collection(call)?)
        }
        _ => Err(unknown(call)),
    }
}

fn collection(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/databases", instance(call)?))
}

fn path(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/{}", collection(call)?, call.word("DATABASE")))
}

fn create(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--instance", "--charset", "--collation", "--async"])?;
    let name = call.word("DATABASE");
    let mut made = json!({ "name": name, "instance": call.one("--instance"), "project": call.project()? });
    for field in ["charset", "collation"] {
        if let Some(value) = call.one(&format!("--{field}")) {
            made[field] = value.into();
        }
    }
    let mut body = made.clone();
    body["kind"] = "sql#database".into();
    let operation = call.message(&Request::new("POST", HOST, collection(call)?).body(body))?;
    if call.on("--async") == Some(true) {
        let answer = operations::glance(call, &operation)?;
        call.say(&format!("Create in progress for database [{name}]."));
        return Ok(answer);
    }
    operations::wait(call, &operation, "Creating Cloud SQL database", PATIENCE)?;
    call.say(&format!("Created database [{name}]."));
    // It prints what it has sent.
    Ok(Answer::Value(made))
}

fn delete(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--instance"])?;
    let operation = call.message(&Request::new("DELETE", HOST, path(call)?))?;
    operations::wait(call, &operation, "Deleting Cloud SQL database", PATIENCE)?;
    call.say(&format!("Deleted database [{}].", call.word("DATABASE")));
    Ok(Answer::List(Vec::new()))
}
