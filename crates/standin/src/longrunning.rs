//! Operations in Google's common shape (`name`, `done`, `error`, `response`), as gcloud's common waiter takes them.

use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::print;
use serde_json::Value;
use std::io::Write as _;

/// Seconds before the first look; then before the second, each further one taking `GROWTH` times as long.
const FIRST: f64 = 1.0;
const SECOND: f64 = 2.0;
const GROWTH: f64 = 1.4;
/// How long gcloud waits, in seconds.
const PATIENCE: f64 = 1800.0;

/// Waits until the operation is done, and gives it as it is then.
pub(crate) fn wait(call: &Call, host: &str, begun: Value) -> Result<Value, Failure> {
    if begun["done"] == true {
        return done(begun);
    }
    let name = begun["name"].as_str().unwrap_or_default();
    call.say(&format!("Waiting for operation [{name}] to complete..."));
    let ended = watch(call, host, name).and_then(done);
    call.say(if ended.is_ok() { "done." } else { "failed." });
    ended
}

fn watch(call: &Call, host: &str, name: &str) -> Result<Value, Failure> {
    call.google.pause(FIRST);
    // Time is counted in gcloud's seconds, however fast they go by here.
    let (mut passed, mut pause) = (FIRST, SECOND);
    loop {
        let _ = std::io::stderr().write_all(b"..");
        let operation = call.message(&Request::new("GET", host, format!("/v1/{name}")))?;
        if operation["done"] == true {
            return Ok(operation);
        }
        if passed > PATIENCE {
            return Err(Failure::Said(format!(
                "Operation {name} has not finished in {PATIENCE:.0} seconds. The operations may still be underway \
                 remotely and may still succeed; use gcloud list and describe commands or \
                 https://console.developers.google.com/ to check resource state."
            )));
        }
        call.google.pause(pause);
        passed += pause;
        pause *= GROWTH;
    }
}

/// An error is shown as JSON.
fn done(operation: Value) -> Result<Value, Failure> {
    match &operation["error"] {
        Value::Null => Ok(operation),
        error => Err(Failure::Said(print::json(error).trim_end().to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_error_is_shown_as_json() {
        let failed = json!({ "name": "o", "done": true, "error": { "code": 3, "message": "M" } });
        assert!(
            matches!(done(failed), Err(Failure::Said(text)) if text == "{\n  \"code\": 3,\n  \"message\": \"M\"\n}")
        );
        assert!(done(json!({ "done": true })).is_ok());
    }
}
