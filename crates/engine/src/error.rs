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
}

impl Error {
    /// Only a person can resolve it: what failed, why, what to do.
    pub fn person(what: impl Into<String>, why: impl Into<String>, todo: impl Into<String>) -> Self {
        Self::Person { what: what.into(), why: why.into(), todo: todo.into() }
    }

    /// An answer that makes no sense; the command as one would name it (`redis instances describe`).
    pub fn answer(command: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Answer { command: command.into(), problem: problem.into() }
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

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure.kind {
            Kind::Interrupted(signal) => Self::Interrupted(signal),
            _ => Self::Gcloud(Box::new(failure)),
        }
    }
}
