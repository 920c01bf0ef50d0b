//! Long operations as gcloud's declarative commands (those that are made of YAML files: Memorystore, VPC Access,
//! Artifact Registry) wait for them.

use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::print::{self, Answer};
use serde_json::Value;

/// What is done to a resource.
pub(super) struct Change<'a> {
    /// `redis.googleapis.com`.
    pub host: &'a str,
    /// `Create`, `Update`, `Delete`: `Create request issued for: [N]`.
    pub verb: &'a str,
    /// The resource's short name.
    pub name: &'a str,
    /// What the resource is called in `Created … [N].`: `instance`.
    pub kind: &'a str,
    /// The resource's path, read when the change is done; `None` where it is gone then.
    pub result: Option<String>,
}

/// Seconds of the first wait, and how the further ones grow (gcloud's `waiter.WaitFor`).
const FIRST: f64 = 2.0;
const GROWTH: f64 = 1.4;
const LONGEST: f64 = 180.0;

impl Change<'_> {
    /// Sends the request; with `--async` the operation is the answer, else it is waited for and the resource is.
    pub(super) fn carry_out(&self, call: &Call, request: &Request) -> Result<Answer, Failure> {
        let begun = call.send(request)?;
        let asynchronous = call.on("--async") == Some(true);
        let operation = begun["name"].as_str().unwrap_or_default();
        let issued =
            if self.verb == "Update" { "Request".to_owned() } else { format!("{} request", self.verb) };
        call.say(&format!("{issued} issued for: [{}]", self.name));
        if asynchronous {
            call.say(&format!("Check operation [{operation}] for status."));
            // gcloud says so of an update although nobody knows yet.
            if self.verb == "Update" {
                self.done(call);
            }
            return Ok(Answer::Value(begun));
        }
        let done = self.wait(call, &begun)?;
        self.done(call);
        match &self.result {
            Some(path) => Ok(Answer::Value(call.send(&Request::new("GET", self.host, path.clone()))?)),
            None => Ok(Answer::Value(done)),
        }
    }

    fn done(&self, call: &Call) {
        let past = match self.verb {
            "Create" => "Created",
            "Update" => "Updated",
            _ => "Deleted",
        };
        call.say(&format!("{past} {} [{}].", self.kind, self.name));
    }

    /// Looks at the operation until it is done; of one that was done at once nothing is said.
    fn wait(&self, call: &Call, begun: &Value) -> Result<Value, Failure> {
        let name = begun["name"].as_str().unwrap_or_default();
        let request = Request::new("GET", self.host, format!("/v1/{name}"));
        let mut operation = begun.clone();
        let mut seconds = FIRST;
        let at_once = operation["done"] == true;
        if !at_once {
            call.google.pause(1.0);
            operation = call.send(&request)?;
        }
        while operation["done"] != true {
            call.google.pause(seconds + rand::random_range(0.0..1.0));
            seconds = (seconds * GROWTH).min(LONGEST);
            operation = call.send(&request)?;
        }
        let failed = operation["error"].is_object();
        if !at_once {
            let ending = if failed { "failed." } else { "done." };
            call.say(&format!("Waiting for operation [{name}] to complete...{ending}"));
        }
        if failed {
            Err(Failure::Said(print::json(&operation["error"]).trim_end().to_owned()))
        } else {
            Ok(operation)
        }
    }
}
