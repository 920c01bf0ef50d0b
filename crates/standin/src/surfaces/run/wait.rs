//! Waiting until a service is ready, or will never be.

use super::progress::{Progress, Stage};
use super::{Place, found};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::typed;
use serde_json::{Value, json};

/// gcloud gives up after half an hour.
const LIMIT_SECONDS: f64 = 1800.0;

/// Where the state of a deployment is asked: its operation, or the service where Google names none.
struct Source<'a> {
    call: &'a Call,
    place: &'a Place,
    name: &'a str,
    operation: Option<String>,
}

impl Source<'_> {
    fn get(&self) -> Result<Option<Value>, Failure> {
        let Some(operation) = &self.operation else {
            return found(self.call, &self.place.knative("GET", &format!("services/{}", self.name)));
        };
        let Place { project, region } = self.place;
        let path = format!("/v1/projects/{project}/locations/{region}/operations/{operation}:wait");
        let request = Request::new("POST", &self.place.host(), path).body(json!({"timeout": "30s"}));
        let (mut seconds, mut waited) = (2.0, 0.0);
        loop {
            let Some(mut operation) = found(self.call, &request)? else { return Ok(None) };
            if operation["done"] == true {
                if let Some(error) = operation.get("error") {
                    let text = error["message"].as_str().unwrap_or_default();
                    return Err(Failure::Said(text.to_owned()));
                }
                let mut service = operation["response"].take();
                typed::settle(&mut service, &[]);
                return Ok(Some(service));
            }
            waited += pause(self.call, seconds, waited)?;
            seconds = (seconds * 1.4).min(180.0);
        }
    }
}

/// Waits; refuses to where it has been long enough.
fn pause(call: &Call, seconds: f64, waited: f64) -> Result<f64, Failure> {
    if waited > LIMIT_SECONDS {
        return Err(timed_out());
    }
    let seconds = seconds + rand::random_range(0.0..1.0);
    call.google.pause(seconds);
    Ok(seconds)
}

fn condition<'a>(service: &'a Value, kind: &str) -> &'a Value {
    conditions(service).find(|condition| condition["type"] == kind).unwrap_or(&Value::Null)
}

fn conditions(service: &Value) -> impl Iterator<Item = &Value> {
    service["status"]["conditions"].as_array().into_iter().flatten()
}

/// Whether Google has looked at the newest generation, and if so, what came of it.
fn outcome(service: &Value) -> Option<bool> {
    let status = &service["status"];
    let seen = &status["observedGeneration"];
    if !seen.is_null() && *seen != service["metadata"]["generation"] {
        return None;
    }
    match condition(service, "Ready")["status"].as_str()?.to_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

/// Whether there is nothing to wait for.
pub(super) fn is_ready(service: &Value) -> bool {
    outcome(service) == Some(true)
}

/// Waits for what was sent. gcloud asks twice more once it is ready: for the conditions, and for the service.
pub(super) fn until_ready(
    call: &Call,
    place: &Place,
    name: &str,
    sent: &Value,
    progress: &mut Progress,
) -> Result<Value, Failure> {
    let operation = sent["metadata"]["annotations"]["run.googleapis.com/operation-id"].as_str();
    let source = Source { call, place, name, operation: operation.map(str::to_owned) };
    progress.start(Stage::Revision);
    // Where no revision is made, traffic is all there is to wait for.
    progress.start(Stage::Traffic);
    let mut waited = 0.0;
    loop {
        if let Some(service) = source.get()? {
            look(&service, progress)?;
            if outcome(&service) == Some(true) {
                break;
            }
        }
        call.google.pause(1.0);
        waited += 1.0;
        if waited > LIMIT_SECONDS {
            return Err(timed_out());
        }
    }
    let conditions = source.get()?.unwrap_or_default();
    for warning in warnings(&conditions) {
        progress.warn(warning);
    }
    Ok(source.get()?.unwrap_or_default())
}

/// Carries what a fresh look says over to the stages.
fn look(service: &Value, progress: &mut Progress) -> Result<(), Failure> {
    let status = &service["status"];
    if !status["observedGeneration"].is_null()
        && status["observedGeneration"] != service["metadata"]["generation"]
    {
        return Ok(());
    }
    let mut again = true;
    while again {
        again = false;
        for condition in conditions(service).filter(|condition| is_terminal(condition)) {
            let Some(stage) = condition["type"].as_str().and_then(Stage::of_condition) else { continue };
            match condition["status"].as_str().unwrap_or_default().to_lowercase().as_str() {
                "true" if progress.is_running(stage) => {
                    progress.end("done");
                    progress.start(Stage::Traffic);
                    again = true;
                }
                "false" if progress.has(stage) => return Err(said(condition)),
                _ => {}
            }
        }
    }
    if outcome(service) == Some(false) {
        return Err(said(condition(service, "Ready")));
    }
    Ok(())
}

fn said(condition: &Value) -> Failure {
    Failure::Said(condition["message"].as_str().unwrap_or("None").to_owned())
}

fn is_terminal(condition: &Value) -> bool {
    condition["type"] != "Ready" && matches!(condition["severity"].as_str(), None | Some("" | "Error"))
}

/// What Google says of conditions that do not count.
fn warnings(service: &Value) -> Vec<String> {
    let told = conditions(service).filter(|condition| {
        condition["type"] != "Ready" && !matches!(condition["severity"].as_str(), None | Some("" | "Error"))
    });
    told.filter_map(|condition| {
        let kind = condition["type"].as_str().unwrap_or_default();
        match (condition["message"].as_str(), condition["severity"].as_str()) {
            (Some(text), _) => Some(format!("{kind}: {text}")),
            (None, Some("Warning")) => Some(format!("{kind}: Unknown Warning.")),
            _ => None,
        }
    })
    .collect()
}

fn timed_out() -> Failure {
    Failure::Said(format!("Retry limit of {LIMIT_SECONDS} seconds exceeded."))
}
