//! How compute's commands say that something failed: Google's sentences in a list, without a status.

use crate::call::Call;
use crate::failure::{self, Failure};
use crate::google::Trouble;
use serde_json::Value;
use std::collections::BTreeSet;

/// One thing that went wrong.
#[derive(Debug)]
pub(super) struct Problem {
    /// Google's sentence.
    pub text: String,
}

impl Problem {
    /// What was refused; a lost connection or an API that is off ends the command instead.
    pub(super) fn of(trouble: Trouble) -> Result<Self, Failure> {
        match trouble {
            Trouble::Refused(refusal) if refusal.is_of_api() => {
                Err(Failure::Said(failure::explained(&refusal)))
            }
            Trouble::Refused(refusal) => {
                let message = refusal.message();
                let text = if message.is_empty() { refusal.text.clone() } else { message.to_owned() };
                Ok(Self { text })
            }
            lost => Err(lost.into()),
        }
    }

    /// What an operation ended with.
    pub(super) fn in_operation(operation: &Value) -> Vec<Self> {
        let errors = operation["error"]["errors"].as_array().into_iter().flatten();
        let text = |error: &Value| error["message"].as_str().unwrap_or_default().to_owned();
        errors.map(|error| Self { text: text(error) }).collect()
    }
}

/// The end of a command on single resources.
pub(super) fn raise(problems: &[Problem]) -> Failure {
    Failure::Said(list("Could not fetch resource:", problems))
}

/// The same for a single request.
pub(super) fn fetch(trouble: Trouble) -> Failure {
    Problem::of(trouble).map_or_else(|failure| failure, |problem| raise(&[problem]))
}

/// The end of a list that fails as a whole.
pub(super) fn raise_listing(problem: Problem) -> Failure {
    Failure::Said(list("Some requests did not succeed:", &[problem]))
}

/// The warning of a list that goes on with what it has: the command succeeds.
pub(super) fn warn_listing(call: &Call, problem: Problem) {
    call.say(&format!("WARNING: {}", list("Some requests did not succeed.", &[problem])));
}

/// Each sentence once, in order.
fn list(title: &str, problems: &[Problem]) -> String {
    let sentences: BTreeSet<&str> = problems.iter().map(|problem| problem.text.as_str()).collect();
    let lines: String = sentences.iter().map(|sentence| format!(" - {sentence}\n")).collect();
    format!("{title}\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_sorted_and_said_once() {
        let problem = |text: &str| Problem { text: text.to_owned() };
        let Failure::Said(text) = raise(&[problem("b"), problem("a"), problem("b")]) else { panic!() };
        assert_eq!(text, "Could not fetch resource:\n - a\n - b\n");
    }
}
