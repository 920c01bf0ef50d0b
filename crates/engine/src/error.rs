use crate::checkpoint::CheckpointError;
use crate::{Action, Address, Diff, Need};
use events::Refusal;
use gcloud::{Failure, Kind};

/// Why a check or a change failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The cloud is in a state that only a person can resolve.
    #[error("{what}: {why}")]
    Person {
        /// What failed.
        what: String,
        /// Why.
        why: String,
        /// What to do.
        todo: String,
    },
    /// It cannot be made before a person has done something elsewhere (connected a repository). Nothing was changed, and
    /// nothing else needs it: the run says so, leaves it out and goes on; the next run tries again.
    #[error("{what}: {why}")]
    Later {
        /// What is left out.
        what: String,
        /// Why.
        why: String,
        /// What to do.
        todo: String,
        /// What the person can run, where there is a command.
        command: Option<String>,
    },
    /// Only a person can resolve it, and by another command: the same one would fail again.
    #[error("{what}: {why}")]
    Instead {
        /// What failed.
        what: String,
        /// Why.
        why: String,
        /// What to do.
        todo: String,
        /// The command for that.
        command: String,
    },
    /// gcloud printed something that its documentation does not lead one to expect.
    #[error("{command}: {problem}")]
    Answer {
        /// The command, masked.
        command: String,
        /// What is wrong with the answer.
        problem: String,
    },
    /// A gcloud command failed.
    #[error(transparent)]
    Gcloud(Box<Failure>),
    /// A signal asked the run to stop.
    #[error("interrupted by signal {0}")]
    Interrupted(i32),
    /// What a step needs is missing, and the step that makes it is not part of this run.
    #[error("{resource} needs {need}, which {step} makes")]
    Prerequisite {
        /// What cannot be made.
        resource: Address,
        /// What is missing.
        need: Need,
        /// The step that makes it.
        step: String,
    },
    /// What the config asks for cannot be done, or only with a permission that was not given.
    #[error("{}", refused_what(.0))]
    Refused(Vec<Refused>),
    /// The checkpoint cannot be written: without it, a change must not be made.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// A change that is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What would be changed.
    pub resource: Address,
    /// What it would take.
    pub action: Action,
    /// The fields that keep it from being changed.
    pub fields: Vec<Diff>,
    /// Why, and which way there is.
    pub refusal: Refusal,
    /// The command that must come to its end first, where that is the way.
    pub first: Option<String>,
}

fn refused_what(refused: &[Refused]) -> String {
    let deletions = refused.iter().all(|one| one.action == Action::Delete);
    let waits = refused.iter().all(|refused| refused.first.is_some());
    match refused {
        [Refused { resource, .. }] if deletions => format!("{resource} is protected against deletion"),
        several if deletions => format!("{} resources are protected against deletion", several.len()),
        [Refused { resource, .. }] if waits => format!("{resource} cannot be changed now"),
        several if waits => format!("{} resources cannot be changed now", several.len()),
        [Refused { resource, fields, .. }] => {
            let fields = fields.iter().map(|Diff { field, old, new }| format!("{field} is {old}, not {new}"));
            format!("{resource} cannot be changed in place: {}", fields.collect::<Vec<_>>().join("; "))
        }
        several => format!("{} resources cannot be changed in place", several.len()),
    }
}

/// One paragraph for each, with its name where there are several that do not say the same.
fn each(refused: &[Refused], part: impl Fn(&Refusal) -> &str) -> String {
    let first = refused.first().map(|r| part(&r.refusal)).unwrap_or_default();
    if refused.iter().all(|r| part(&r.refusal) == first) {
        return first.to_owned();
    }
    let line = |r: &Refused| format!("{}: {}", r.resource, part(&r.refusal));
    refused.iter().map(line).collect::<Vec<_>>().join("\n")
}

impl Error {
    /// Only a person can resolve it: what failed, why, what to do.
    pub fn person(what: impl Into<String>, why: impl Into<String>, todo: impl Into<String>) -> Self {
        Self::Person { what: what.into(), why: why.into(), todo: todo.into() }
    }

    /// A person must do something elsewhere first, and the run can go on without it.
    pub fn later(
        what: impl Into<String>,
        why: impl Into<String>,
        todo: impl Into<String>,
        command: Option<String>,
    ) -> Self {
        Self::Later { what: what.into(), why: why.into(), todo: todo.into(), command }
    }

    /// An answer that makes no sense; the command as one would name it (`redis instances describe`).
    pub fn answer(command: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Answer { command: command.into(), problem: problem.into() }
    }

    /// The command that is the way on, where it is not the same one again.
    pub fn instead(&self) -> Option<String> {
        match self {
            Self::Instead { command, .. } => Some(command.clone()),
            Self::Refused(refused) => refused.iter().find_map(|refused| refused.first.clone()),
            Self::Checkpoint(error) => error.instead(),
            _ => None,
        }
    }

    /// gcloud's failure, if this is one.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Gcloud(failure) => Some(failure),
            _ => None,
        }
    }

    /// The kind of gcloud's failure, if this is one.
    pub fn kind(&self) -> Option<&Kind> {
        self.failure().map(|failure| &failure.kind)
    }
}

/// An error, for the person who must resolve it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What failed.
    pub what: String,
    /// What gcloud said; empty where it was not asked.
    pub said: String,
    /// Why.
    pub why: String,
    /// What to do.
    pub todo: String,
}

impl Error {
    /// What it means to a person who deploys to this project; `what` says what was being done.
    pub fn explain(&self, project: &str, what: String) -> Problem {
        let problem =
            |what: String, why: String, todo: String| Problem { what, said: String::new(), why, todo };
        match self {
            Self::Person { what, why, todo } | Self::Later { what, why, todo, .. } | Self::Instead { what, why, todo, .. } => {
                problem(what.clone(), why.clone(), todo.clone())
            }
            Self::Gcloud(failure) => {
                let gcloud::Explanation { said, why, todo } = failure.explain(project);
                Problem { what, said, why, todo }
            }
            Self::Answer { command, problem } => Problem {
                what,
                said: problem.clone(),
                why: format!("`{command}` printed something that this tool does not understand"),
                todo: "run it by hand and look at what it prints; see that gcloud is not far newer than this tool".to_owned(),
            },
            Self::Interrupted(_) => problem(
                "interrupted".to_owned(),
                "the run was asked to stop; operations that Google had begun go on there".to_owned(),
                "run the command again: it goes on from what is there".to_owned(),
            ),
            Self::Prerequisite { resource, need, step } => problem(
                format!("{resource} needs {need}, which is not there"),
                format!("it is made by {step}, which is not part of this run"),
                format!("run `deploy-all` first, or `step {step}` alone"),
            ),
            Self::Refused(refused) => problem(
                refused_what(refused),
                each(refused, |refusal| &refusal.why),
                each(refused, |refusal| &refusal.todo),
            ),
            Self::Checkpoint(error) => problem(
                "the checkpoint cannot be used".to_owned(),
                error.to_string(),
                error.remedy(),
            ),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure.kind {
            Kind::Interrupted(signal) => Self::Interrupted(signal),
            _ => Self::Gcloud(Box::new(failure)),
        }
    }
}
