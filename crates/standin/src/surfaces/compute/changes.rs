//! Requests that make operations, and waiting for them.

use super::batch;
use super::failures::{self, Problem};
use super::{HOST, once};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use serde_json::Value;
use std::collections::BTreeSet;

/// How often a look at an operation is repeated when the service is not there.
const LOOKS: u32 = 3;
/// Seconds between two looks, at most.
const LONGEST_PAUSE: u32 = 5;

/// One change of one resource.
pub(super) struct Change {
    /// What begins it.
    pub request: Request,
    /// `/compute/v1/projects/p/regions/r/subnetworks`: where the resource is.
    pub collection: String,
}

/// One operation that is not over.
struct Pending {
    operation: Value,
    collection: String,
    looks: u32,
}

/// Sends the changes, waits for their operations and reads what came of them (of deletions: nothing).
///
/// A round sends the reads of what is done, then the looks at what is not; `tick` is called once a round.
pub(super) fn make(call: &Call, changes: Vec<Change>, tick: &dyn Fn()) -> Result<Vec<Value>, Failure> {
    let (mut problems, mut found, mut warnings) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut pending = Vec::new();
    let (requests, collections): (Vec<Request>, Vec<String>) =
        changes.into_iter().map(|change| (change.request, change.collection)).unzip();
    for (answer, collection) in batch::send(call, &requests).into_iter().zip(collections) {
        match answer {
            Ok(operation) => pending.push(Pending { operation, collection, looks: LOOKS }),
            Err(trouble) => problems.push(Problem::of(trouble)?),
        }
    }
    let mut pause = 0;
    while !pending.is_empty() {
        tick();
        let (done, running): (Vec<Pending>, Vec<Pending>) =
            pending.into_iter().partition(|pending| pending.operation["status"] == "DONE");
        let mut requests: Vec<Request> = Vec::new();
        for done in &done {
            warnings.extend(texts(&done.operation["warnings"]));
            problems.extend(Problem::in_operation(&done.operation));
            requests.extend(finished(call, done));
        }
        let reads = requests.len();
        requests.extend(running.iter().map(|one| once("POST", wait_path(&one.collection, &one.operation))));
        let mut answers = batch::send(call, &requests);
        let looks = answers.split_off(reads);
        for answer in answers {
            match answer {
                Ok(resource) => found.push(resource),
                Err(trouble) => problems.push(Problem::of(trouble)?),
            }
        }
        let (next, lost) = seen(running, looks)?;
        problems.extend(lost);
        pending = next;
        if pending.iter().any(|pending| pending.operation["status"] != "DONE") {
            pause = (pause + 1).min(LONGEST_PAUSE);
            call.google.pause(f64::from(pause));
        }
    }
    if !warnings.is_empty() {
        let lines: String = warnings.iter().map(|text| format!(" - {text}\n")).collect();
        call.say(&format!("WARNING: Some requests generated warnings:\n{lines}"));
    }
    if problems.is_empty() { Ok(found) } else { Err(failures::raise(&problems)) }
}

fn texts(warnings: &Value) -> Vec<String> {
    let list = warnings.as_array().into_iter().flatten();
    list.filter_map(|warning| warning["message"].as_str().map(str::to_owned)).collect()
}

/// Says that an operation has ended well; the request for what it was about, unless it was a deletion.
fn finished(call: &Call, done: &Pending) -> Option<Request> {
    let operation = &done.operation;
    let code = operation["httpErrorStatusCode"].as_u64().unwrap_or(200);
    if code != 200 || operation["error"].is_object() {
        return None;
    }
    let kind = operation["operationType"].as_str().unwrap_or_default();
    let target = operation["targetLink"].as_str().unwrap_or_default();
    call.say(&format!("{} [{target}].", past(kind)));
    let name = target.rsplit('/').next().unwrap_or_default();
    let is_deletion = kind == "delete" || kind.ends_with(".delete");
    (!is_deletion).then(|| once("GET", format!("{}/{name}", done.collection)))
}

fn past(kind: &str) -> &'static str {
    match kind {
        kind if kind.ends_with("insert") => "Created",
        kind if kind.ends_with("delete") => "Deleted",
        _ => "Updated",
    }
}

/// What the looks at operations have shown: which are to be looked at again, and which are lost.
fn seen(
    running: Vec<Pending>,
    looks: Vec<Result<Value, Trouble>>,
) -> Result<(Vec<Pending>, Vec<Problem>), Failure> {
    let (mut next, mut problems) = (Vec::new(), Vec::new());
    for (Pending { operation, collection, looks }, answer) in running.into_iter().zip(looks) {
        match answer {
            Ok(operation) => next.push(Pending { operation, collection, looks: LOOKS }),
            Err(Trouble::Refused(refusal)) if refusal.code == 503 && looks > 1 => {
                next.push(Pending { operation, collection, looks: looks - 1 });
            }
            Err(trouble) => problems.push(Problem::of(trouble)?),
        }
    }
    Ok((next, problems))
}

/// `…/global/operations/o/wait`; an operation lives where its resource does.
fn wait_path(collection: &str, operation: &Value) -> String {
    let scope = collection.rsplit_once('/').map_or(collection, |(scope, _)| scope);
    format!("{scope}/operations/{}/wait", operation["name"].as_str().unwrap_or_default())
}

/// Waits for an operation as the newer commands do: with retries, and one failure for all.
pub(super) fn wait_for(call: &Call, scope: &str, operation: &Value) -> Result<(), Failure> {
    let path = format!("{scope}/operations/{}/wait", operation["name"].as_str().unwrap_or_default());
    let mut pause = 1.0;
    loop {
        call.google.pause(pause);
        let seen = call.google.send(&Request::new("POST", HOST, path.clone())).map_err(super::refused)?;
        if seen["error"].is_object() {
            let texts: Vec<String> = Problem::in_operation(&seen).into_iter().map(|p| p.text).collect();
            return Err(Failure::Said(texts.join(", ")));
        }
        if seen["status"] == "DONE" {
            return Ok(());
        }
        pause *= 1.4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_operation_is_looked_for_where_its_resource_is() {
        let operation = json!({ "name": "o1" });
        assert_eq!(
            wait_path("/compute/v1/projects/p/global/networks", &operation),
            "/compute/v1/projects/p/global/operations/o1/wait"
        );
        assert_eq!(
            wait_path("/compute/v1/projects/p/regions/r/subnetworks", &operation),
            "/compute/v1/projects/p/regions/r/operations/o1/wait"
        );
        assert_eq!(
            [past("insert"), past("delete"), past("setPrivateIpGoogleAccess")],
            ["Created", "Deleted", "Updated"]
        );
    }
}
