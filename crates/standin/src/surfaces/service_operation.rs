//! Operations of Service Usage and Service Networking, which gcloud waits for in the same way.

use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use serde_json::{Value, json};

/// Service Usage.
pub(super) const USAGE: &str = "serviceusage.googleapis.com";

/// Seconds between the first two looks; each further one comes a tenth later, up to ten seconds.
const FIRST: f64 = 2.0;

/// Enables one API.
pub(super) fn enable(project: &str, api: &str) -> Request {
    Request::new("POST", USAGE, format!("/v1/projects/{project}/services/{api}:enable")).body(json!({}))
}

/// Waits for an operation that was begun, and says how it ended.
pub(super) fn finish(call: &Call, host: &str, begun: &Value) -> Result<(), Failure> {
    let name = begun["name"].as_str().unwrap_or_default();
    let request = Request::new("GET", host, format!("/v1/{name}"));
    let mut seconds = FIRST;
    let operation = loop {
        let operation = call.send(&request)?;
        if operation["done"] == true {
            break operation;
        }
        call.google.pause(seconds);
        seconds = (seconds * 1.1).min(10.0);
    };
    match operation["error"]["message"].as_str() {
        Some(message) => Err(Failure::Said(format!(
            "The operation \"{name}\" resulted in a failure \"{message}\".\nDetails: \"[]\"."
        ))),
        None if operation["error"].is_object() => Err(Failure::Said(format!(
            "The operation \"{name}\" resulted in a failure \"None\".\nDetails: \"[]\"."
        ))),
        None => {
            call.say(&format!("Operation \"{name}\" finished successfully."));
            Ok(())
        }
    }
}
