//! Operations of Cloud SQL, and waiting for them.

use super::{HOST, link, list, project};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use crate::print::Answer;
use crate::surfaces::unknown;
use serde_json::Value;
use std::io::Write as _;

/// How long most commands wait, in seconds.
pub(super) const PATIENCE: f64 = 600.0;
/// A refused look at an operation is passed over this long.
const FORGIVING: f64 = 2.0;
/// Seconds between two looks: at first, and at most.
const PAUSES: (f64, f64) = (2.0, 20.0);

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "list" => {
            call.takes(&["--instance"])?;
            let request = Request::new("GET", HOST, format!("{}/operations", project(call)?))
                .with("instance", call.one("--instance").unwrap_or_default())
                .with("maxResults", "100");
            list(call, &request)
        }
        "describe" => {
            call.takes(&[])?;
            Ok(Answer::Value(call.message(&look(call, call.word("OPERATION"))?)?))
        }
        _ => Err(unknown(call)),
    }
}

fn look(call: &Call, name: &str) -> Result<Request, Failure> {
    Ok(Request::new("GET", HOST, format!("{}/operations/{name}", project(call)?)))
}

fn name(operation: &Value) -> &str {
    operation["name"].as_str().unwrap_or_default()
}

/// What `--async` prints: one look at the operation.
pub(super) fn glance(call: &Call, operation: &Value) -> Result<Answer, Failure> {
    Ok(Answer::Value(call.message(&look(call, name(operation))?)?))
}

/// Waits until the operation is done. No operation is done at once, gcloud thinks: it sleeps before its first look.
pub(super) fn wait(call: &Call, operation: &Value, message: &str, patience: f64) -> Result<(), Failure> {
    call.say(&format!("{message}..."));
    let done = watch(call, name(operation), patience);
    call.say(if done.is_ok() { "done." } else { "failed." });
    done
}

fn watch(call: &Call, name: &str, patience: f64) -> Result<(), Failure> {
    call.google.pause(1.0);
    // Time is counted in gcloud's seconds, however fast they go by here.
    let (mut passed, mut pause) = (0.0, PAUSES.0);
    loop {
        let _ = std::io::stderr().write_all(b".");
        match call.google.send(&look(call, name)?) {
            Ok(operation) => {
                if let Some(error) = failed(&operation) {
                    return Err(error);
                }
                if operation["status"] == "DONE" {
                    return Ok(());
                }
            }
            Err(Trouble::Refused(_)) if passed <= FORGIVING => {}
            Err(trouble) => return Err(trouble.into()),
        }
        let next = pause + rand::random_range(0.0..1.0);
        if passed + next > patience {
            let (project, link) = (call.project()?, link(&look(call, name)?.path));
            return Err(Failure::Said(format!(
                "Operation {link} is taking longer than expected. You can continue waiting for the operation by \
                 running `gcloud beta sql operations wait --project {project} {name}`"
            )));
        }
        call.google.pause(next);
        passed += next;
        pause = (pause * 2.0).min(PAUSES.1);
    }
}

/// The first error of an operation.
fn failed(operation: &Value) -> Option<Failure> {
    let error = operation["error"]["errors"].as_array()?.first()?;
    let code = error["code"].as_str().unwrap_or_default();
    let text = match error["message"].as_str() {
        Some(message) if !message.is_empty() => format!("[{code}] {message}"),
        _ => format!("[{code}]"),
    };
    Some(Failure::Said(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_operation_s_first_error_is_said_with_its_code() {
        let operation =
            json!({ "status": "DONE", "error": { "errors": [{ "code": "ERROR_RDBMS", "message": "M" }] } });
        assert!(matches!(failed(&operation), Some(Failure::Said(text)) if text == "[ERROR_RDBMS] M"));
        assert!(failed(&json!({ "status": "DONE" })).is_none());
    }
}
