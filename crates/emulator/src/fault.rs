//! Scripted faults, holds and waits.

use crate::error::ApiError;
use crate::faults::Scene;
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
    /// Answers with the page that Google's front end shows when it reaches no server of the API; the change is not made.
    Page {
        /// HTTP status.
        code: u16,
    },
    /// The operation that the request starts fails.
    FailOperation(Failure),
    /// The operation that the request starts does its work, and is reported as failed all the same.
    ReportFailed(Failure),
    /// The operation that the request starts ends only once its object was looked at so often, whoever waits for the
    /// operation itself.
    Outlast {
        /// A regular expression on `METHOD host/path?query`: what counts as a look.
        look: String,
        /// How many looks it takes; null: it never ends.
        #[serde(default)]
        looks: Option<u64>,
    },
    /// The server that answers has not heard yet of what these regular expressions match: keys of the world, and
    /// `policy KEY` for what a policy grants.
    Unseen {
        /// What it has not heard of.
        keys: Vec<String>,
    },
    /// The world is changed in this way (`faults/arrange.rs`) just before the request is served.
    Arrange(String),
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
    /// Its name in the catalogue; empty for one that a test has written out.
    #[serde(default)]
    pub name: String,
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

/// All scripted faults, and what they leave behind.
#[derive(Debug, Default)]
pub struct Faults {
    list: Vec<(Regex, Fault)>,
    next: u64,
    arranged: Vec<(String, Scene)>,
    outlasting: Vec<Outlasting>,
}

/// An operation that goes on until its object was looked at often enough.
#[derive(Debug)]
struct Outlasting {
    operation: String,
    look: Regex,
    left: Option<u64>,
}

/// What must be put right in the world when faults are lifted.
#[derive(Debug, Default)]
pub struct Lifted {
    /// Arrangements, by name, and where they were made.
    pub arranged: Vec<(String, Scene)>,
    /// Operations that were kept from ending.
    pub operations: Vec<String>,
}

impl Faults {
    /// Adds one; its id.
    pub fn add(&mut self, mut fault: Fault) -> Result<u64, regex::Error> {
        let regex = Regex::new(&fault.pattern)?;
        match &fault.action {
            Action::Outlast { look, .. } => drop(Regex::new(look)?),
            Action::Unseen { keys } => keys.iter().try_for_each(|key| Regex::new(key).map(drop))?,
            _ => {}
        }
        self.next += 1;
        fault.id = self.next;
        fault.since = Timestamp::now();
        self.list.push((regex, fault));
        Ok(self.next)
    }

    /// Forgets all. What they left in the world is the caller's to put right.
    pub fn clear(&mut self) -> Lifted {
        self.list.clear();
        let operations = std::mem::take(&mut self.outlasting).into_iter().map(|o| o.operation).collect();
        Lifted { arranged: std::mem::take(&mut self.arranged), operations }
    }

    /// Forgets one.
    pub fn remove(&mut self, id: u64) -> Lifted {
        let Some(place) = self.list.iter().position(|(_, fault)| fault.id == id) else {
            return Lifted::default();
        };
        let mut lifted = Lifted::default();
        if let Action::Arrange(name) = self.list.remove(place).1.action {
            let (undone, kept) = self.arranged.drain(..).partition(|(arranged, _)| *arranged == name);
            (lifted.arranged, self.arranged) = (undone, kept);
        }
        lifted
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

    /// Remembers what was arranged, so that it can be undone.
    pub fn arranged(&mut self, name: &str, scene: Scene) {
        self.arranged.push((name.to_owned(), scene));
    }

    /// Keeps an operation from ending until its object was looked at so often.
    pub fn outlast(&mut self, operation: String, look: &str, looks: Option<u64>) {
        if let Ok(look) = Regex::new(look) {
            self.outlasting.push(Outlasting { operation, look, left: looks });
        }
    }

    /// Counts a look; the operations that may end now.
    pub fn looked(&mut self, subject: &str) -> Vec<String> {
        let mut ending = Vec::new();
        self.outlasting.retain_mut(|outlasting| {
            let Some(left) = outlasting.left.as_mut().filter(|_| outlasting.look.is_match(subject)) else {
                return true;
            };
            *left = left.saturating_sub(1);
            if *left == 0 {
                ending.push(outlasting.operation.clone());
            }
            *left > 0
        });
        ending
    }
}

/// The error that a `Status` action means, as this host answers.
pub fn error(host: &str, code: u16, status: &str, message: &str, details: &[serde_json::Value]) -> ApiError {
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
    // Compute's and Cloud Storage's own refusals carry none, which changes how gcloud prints them.
    let own = code < 429 && ["compute.", "storage."].iter().any(|service| host.starts_with(service));
    let message = if message.is_empty() { "The service is currently unavailable." } else { message };
    let mut error = ApiError::new(code, if own { "" } else { name }, reason, message);
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

impl Hold {
    /// Whether it has held as many as it is to hold.
    pub fn full(&self) -> bool {
        self.times.is_some_and(|times| self.held >= times)
    }
}
