//! Scripted faults, holds and waits.

use crate::error::ApiError;
use crate::operation::Failure;
use jiff::Timestamp;
use regex::Regex;
use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Action {
    /// Answers with this error; the change is not made.
    Status {
        /// HTTP status.
        code: u16,
        /// `google.rpc.Code` name; found from the code where it is missing.
        #[serde(default)]
        status: String,
        /// The text.
        #[serde(default)]
        message: String,
        /// `google.rpc` detail messages.
        #[serde(default)]
        details: Vec<serde_json::Value>,
        /// Further headers, e.g. `Retry-After`.
        #[serde(default)]
        headers: Vec<(String, String)>,
    },
    /// Makes the change, then answers with this error.
    StatusAfter {
        /// HTTP status.
        code: u16,
        /// The text.
        #[serde(default)]
        message: String,
    },
    /// Closes the connection; the change is not made.
    DropBefore {},
    /// Makes the change and closes the connection without an answer.
    DropAfter {},
    /// Answers late.
    Slow {
        /// Real seconds.
        seconds: f64,
    },
    /// The operation that the request starts fails.
    FailOperation(Failure),
}

impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code && self.message == other.message
    }
}

/// One scripted fault.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Given by the emulator.
    #[serde(default)]
    pub id: u64,
    /// A regular expression on `METHOD host/path?query`.
    #[serde(rename = "match")]
    pub pattern: String,
    /// The first matching request that it strikes, from 1.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many it strikes; null: all from there on.
    #[serde(default)]
    pub times: Option<u64>,
    /// It strikes only during the first so many seconds after it was set.
    #[serde(default)]
    pub seconds: Option<f64>,
    /// What happens.
    pub action: Action,
    /// How many matching requests came.
    #[serde(default)]
    pub seen: u64,
    /// How many it struck.
    #[serde(default)]
    pub fired: u64,
    /// When it was set.
    #[serde(default = "Timestamp::now")]
    pub since: Timestamp,
}

fn one() -> u64 {
    1
}

/// All scripted faults.
#[derive(Debug, Default)]
pub struct Faults {
    list: Vec<(Regex, Fault)>,
    next: u64,
}

impl Faults {
    /// Adds one; its id.
    pub fn add(&mut self, mut fault: Fault) -> Result<u64, regex::Error> {
        let regex = Regex::new(&fault.pattern)?;
        self.next += 1;
        fault.id = self.next;
        fault.since = Timestamp::now();
        self.list.push((regex, fault));
        Ok(self.next)
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.list.clear();
    }

    /// Forgets one.
    pub fn remove(&mut self, id: u64) {
        self.list.retain(|(_, f)| f.id != id);
    }

    /// All, with what they did.
    pub fn all(&self) -> Vec<Fault> {
        self.list.iter().map(|(_, f)| f.clone()).collect()
    }

    /// The actions that strike this request, in the order in which they were set.
    pub fn strike(&mut self, subject: &str) -> Vec<Action> {
        let mut actions = Vec::new();
        for (regex, fault) in &mut self.list {
            if !regex.is_match(subject) {
                continue;
            }
            fault.seen += 1;
            let early = fault.seen < fault.nth;
            let over = fault.times.is_some_and(|times| fault.fired >= times);
            let late =
                fault.seconds.is_some_and(|s| Timestamp::now().duration_since(fault.since).as_secs_f64() > s);
            if !early && !over && !late {
                fault.fired += 1;
                actions.push(fault.action.clone());
            }
        }
        actions
    }
}

/// The error that a `Status` action means.
pub fn error(code: u16, status: &str, message: &str, details: &[serde_json::Value]) -> ApiError {
    let (name, reason) = match code {
        400 => ("INVALID_ARGUMENT", "badRequest"),
        401 => ("UNAUTHENTICATED", "authError"),
        403 => ("PERMISSION_DENIED", "forbidden"),
        404 => ("NOT_FOUND", "notFound"),
        409 => ("ALREADY_EXISTS", "conflict"),
        412 => ("FAILED_PRECONDITION", "conditionNotMet"),
        429 => ("RESOURCE_EXHAUSTED", "rateLimitExceeded"),
        500 => ("INTERNAL", "backendError"),
        504 => ("DEADLINE_EXCEEDED", "backendError"),
        _ => ("UNAVAILABLE", "backendError"),
    };
    let known = [
        "ABORTED",
        "FAILED_PRECONDITION",
        "OUT_OF_RANGE",
        "CANCELLED",
        "RESOURCE_EXHAUSTED",
        "PERMISSION_DENIED",
        "INVALID_ARGUMENT",
    ];
    let name = known.into_iter().find(|k| *k == status).unwrap_or(name);
    let message = if message.is_empty() { "The service is currently unavailable." } else { message };
    let mut error = ApiError::new(code, name, reason, message);
    error.details = details.to_vec();
    error
}

/// What a hold stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// The request, before it is served.
    Request,
    /// The answer, after the change was made.
    Answer,
    /// The end of the operation that it starts.
    Operation,
}

/// A request to hold something until it is released.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Given by the emulator.
    #[serde(default)]
    pub id: u64,
    /// A regular expression on `METHOD host/path?query`.
    #[serde(rename = "match")]
    pub pattern: String,
    /// What is held.
    pub point: Point,
    /// How many requests (or operations) it holds, the first that come; null: all.
    #[serde(default)]
    pub times: Option<u64>,
    /// How many requests (or operations) it holds now or has held.
    #[serde(default)]
    pub held: u64,
    /// The operations that it holds.
    #[serde(default)]
    pub operations: Vec<String>,
}
