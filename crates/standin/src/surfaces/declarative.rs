//! Long operations as gcloud's declarative commands (those that are made of YAML files: Memorystore, VPC Access,
//! Artifact Registry) wait for them.

use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::longrunning;
use crate::print::Answer;

/// What is done to a resource.
pub(super) struct Change<'a> {
    /// `redis.googleapis.com`.
    pub host: &'a str,
    /// `Create`, `Update`, `Delete`, or something of its own: `Create request issued for: [N]`.
    pub verb: &'a str,
    /// The resource's short name.
    pub name: &'a str,
    /// What the resource is called in `Created … [N].`: `instance`.
    pub kind: &'a str,
    /// The resource's path, read when the change is done; `None` where it is gone then.
    pub result: Option<String>,
}

impl Change<'_> {
    /// Sends the request; with `--async` the operation is the answer, else it is waited for and the resource is.
    pub(super) fn carry_out(&self, call: &Call, request: &Request) -> Result<Answer, Failure> {
        let begun = call.message(request)?;
        let issued = match self.verb {
            "Create" | "Delete" => format!("{} request", self.verb),
            _ => "Request".to_owned(),
        };
        call.say(&format!("{issued} issued for: [{}]", self.name));
        if call.on("--async") == Some(true) {
            let operation = begun["name"].as_str().unwrap_or_default();
            call.say(&format!("Check operation [{operation}] for status."));
            // gcloud says so of an update although nobody knows yet.
            if self.verb == "Update" {
                self.done(call);
            }
            return Ok(Answer::Value(begun));
        }
        let done = longrunning::wait(call, self.host, begun)?;
        let answer = match &self.result {
            Some(path) => call.message(&Request::new("GET", self.host, path.clone()))?,
            None => done,
        };
        self.done(call);
        Ok(Answer::Value(answer))
    }

    fn done(&self, call: &Call) {
        let past = match self.verb {
            "Create" => "Created",
            "Update" => "Updated",
            "Delete" => "Deleted",
            // Of other changes nothing is said.
            _ => return,
        };
        call.say(&format!("{past} {} [{}].", self.kind, self.name));
    }
}
