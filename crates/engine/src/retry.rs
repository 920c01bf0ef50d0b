//! Which failures are answered by another try, when, and for how long.

use crate::clock::Backoff;
use crate::core::Core;
use crate::{Error, Result};
use gcloud::{Failure, Kind};
use std::time::Duration;

/// How failures of one class are retried.
struct Policy {
    class: &'static str,
    why: String,
    backoff: Backoff,
    /// Waits of this class may take this long together.
    budget: Duration,
}

/// The tries of one command.
pub(crate) struct Retry<'a> {
    core: &'a Core,
    /// A change whose outcome is unknown is not repeated: the resource is looked at first.
    mutating: bool,
    /// Whether it is waited for what this tool has just made.
    patient: bool,
    attempt: u32,
    /// The class of the last failure, how many there were in a row, and how long they were waited for.
    class: &'static str,
    in_class: u32,
    waited: Duration,
    budget: Duration,
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

impl<'a> Retry<'a> {
    pub fn new(core: &'a Core, mutating: bool) -> Self {
        Self {
            core,
            mutating,
            patient: true,
            attempt: 0,
            class: "",
            in_class: 0,
            waited: Duration::ZERO,
            budget: Duration::ZERO,
        }
    }

    /// Takes a refusal for an answer, also where it may be that what this tool has just made is not visible yet.
    pub fn impatient(mut self) -> Self {
        self.patient = false;
        self
    }

    /// Waits for the next try, or gives the failure back where another try is wrong or the budget is used up.
    pub fn after(&mut self, failure: Failure) -> Result<()> {
        self.attempt += 1;
        let Some(policy) = self.policy(&failure) else { return Err(failure.into()) };
        if policy.class != self.class {
            (self.class, self.in_class, self.waited) = (policy.class, 0, Duration::ZERO);
            self.budget = policy.budget;
        }
        self.in_class += 1;
        let left = self.budget.saturating_sub(self.waited);
        if left.is_zero() {
            return Err(failure.into());
        }
        let wait = policy.backoff.wait(self.in_class).min(left);
        self.waited += wait;
        let why = format!("{}: {}", policy.why, failure.said);
        self.core.retrying(self.attempt, why, wait);
        self.core.wait(wait, &policy.why)
    }

    fn policy(&self, failure: &Failure) -> Option<Policy> {
        let policy = |class, why: &str, first, factor, longest, budget| {
            let backoff = Backoff { first: seconds(first), factor, longest: seconds(longest) };
            Some(Policy { class, why: why.to_owned(), backoff, budget: seconds(budget) })
        };
        match &failure.kind {
            Kind::RateLimited => policy("rate", "Google asks for fewer requests", 2, 2.0, 60, 300),
            Kind::Conflict => {
                policy("conflict", "somebody else changed it at the same time", 1, 2.0, 16, 120)
            }
            Kind::InProgress => policy("busy", "another operation on it still runs", 5, 1.5, 30, 1800),
            Kind::Ambiguous if !self.mutating => {
                policy("lost", "Google or the network failed", 2, 2.0, 30, 60)
            }
            kind => {
                let lag = kind.lag().filter(|_| self.patient)?;
                // Only where this tool made the cause: anybody else's missing right does not come by waiting.
                let age = self.core.journal.age(&lag)?;
                let budget = lag.limit().checked_sub(age)?;
                let backoff = Backoff { first: seconds(5), factor: 1.3, longest: seconds(20) };
                Some(Policy { class: "lag", why: lag.waiting_for().to_owned(), backoff, budget })
            }
        }
    }
}

/// The tries of one resource, whose change ended in a way that leaves open what is there now.
pub(crate) struct Rounds {
    left: u32,
    attempt: u32,
}

impl Rounds {
    pub fn new() -> Self {
        Self { left: 5, attempt: 0 }
    }

    /// Waits before the resource is looked at again. Gives the error back when there were enough rounds.
    pub fn next(&mut self, core: &Core, error: Error) -> Result<()> {
        if self.left == 0 {
            return Err(error);
        }
        self.left -= 1;
        self.attempt += 1;
        let backoff = Backoff { first: seconds(2), factor: 2.0, longest: seconds(30) };
        let wait = backoff.wait(self.attempt);
        let said = error.failure().map_or_else(|| error.to_string(), |failure| failure.said.clone());
        core.retrying(self.attempt, format!("looking what is there, because: {said}"), wait);
        core.wait(wait, "looking what is there")
    }
}
