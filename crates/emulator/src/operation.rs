//! Long-running operations, as data: their end is a stored instant, their effects are stored changes, so that a
//! restart in the middle loses nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A change of the world that happens when an operation ends.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Sets an object, shown and hidden part.
    Put {
        /// Key in the world.
        key: String,
        /// What Google shows.
        data: Value,
        /// What it does not.
        hidden: Value,
    },
    /// Merges into an object's shown part (RFC 7396: null removes). Nothing happens if the object is gone.
    Merge {
        /// Key in the world.
        key: String,
        /// The patch.
        patch: Value,
    },
    /// Removes an object.
    Remove {
        /// Key in the world.
        key: String,
    },
    /// Adds a member to a role in an object's policy, as Google does for its own agents.
    Grant {
        /// Key in the world.
        key: String,
        /// `roles/editor`
        role: String,
        /// With its prefix.
        member: String,
    },
}

/// Why an operation failed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    /// `google.rpc.Code` number, e.g. 9 for FAILED_PRECONDITION.
    pub code: i32,
    /// A service's own code (`ERROR_RDBMS`, `QUOTA_EXCEEDED`), where it has one.
    #[serde(default)]
    pub name: String,
    /// The text.
    pub message: String,
}

/// One operation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Operation {
    /// Key in the world: `redis/projects/p/locations/l/operations/o`.
    pub key: String,
    /// When it was started.
    pub started: Timestamp,
    /// When it ends.
    pub ends: Timestamp,
    /// A test keeps it from ending.
    #[serde(default)]
    pub held: bool,
    /// It has ended and its effects are applied.
    #[serde(default)]
    pub done: bool,
    /// It ends badly.
    #[serde(default)]
    pub failure: Option<Failure>,
    /// What happens at a good end.
    #[serde(default)]
    pub effects: Vec<Effect>,
    /// What happens at a bad end.
    #[serde(default)]
    pub failure_effects: Vec<Effect>,
    /// What the service needs to render it: type, target, metadata.
    #[serde(default)]
    pub meta: Value,
    /// `response` of a `google.longrunning.Operation`. Where null, it is read from `meta.target` (a key) when it is asked for.
    #[serde(default)]
    pub response: Value,
}

impl Operation {
    /// The name without the service: `projects/p/locations/l/operations/o`.
    pub fn name(&self) -> &str {
        self.key.split_once('/').map_or(&self.key, |(_, name)| name)
    }

    /// As a `google.longrunning.Operation`. `metadata` must carry its `@type`.
    pub fn longrunning(&self, metadata: Value) -> Value {
        let mut body = json!({"name": self.name(), "done": self.done});
        if !metadata.is_null() {
            body["metadata"] = metadata;
        }
        if self.done {
            match &self.failure {
                Some(failure) => body["error"] = json!({"code": failure.code, "message": failure.message}),
                None if self.response.is_null() => {
                    body["response"] = json!({"@type": "type.googleapis.com/google.protobuf.Empty"})
                }
                None => body["response"] = self.response.clone(),
            }
        }
        body
    }
}

/// What a service says when it starts an operation.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// How long Google takes, in seconds.
    pub seconds: f64,
    /// What happens at its end.
    pub effects: Vec<Effect>,
    /// What happens if it fails.
    pub failure_effects: Vec<Effect>,
    /// It will fail.
    pub failure: Option<Failure>,
    /// For rendering.
    pub meta: Value,
    /// `response`, with its `@type`.
    pub response: Value,
}
