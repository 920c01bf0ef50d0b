//! Acceptance: whether what is there does what it is there for. Changes nothing.

use crate::{Address, Engine, Error, Item, Resource, Result, Standing, Step};
use std::collections::BTreeMap;

/// What an acceptance check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// As expected.
    Passed,
    /// Not yet, and that is normal for now.
    Pending,
    /// Works, but deserves attention.
    Warned,
    /// Not as expected.
    Failed,
    /// Could not be found out.
    Unknown,
}

/// One acceptance check: what was expected, what was found. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was looked at, in words: `TLS`.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// What it came to.
    pub verdict: Verdict,
    /// What a person can do about it.
    pub todo: Option<String>,
}

impl Finding {
    /// A check that passed or failed.
    pub fn new(
        what: impl Into<String>,
        expected: impl Into<String>,
        found: impl Into<String>,
        passed: bool,
    ) -> Self {
        Self {
            what: what.into(),
            expected: expected.into(),
            found: found.into(),
            verdict: if passed { Verdict::Passed } else { Verdict::Failed },
            todo: None,
        }
    }

    /// A check that passes where what is found is what is expected.
    pub fn equal(what: &str, expected: &str, found: &str) -> Self {
        Self::new(what, expected, found, expected == found)
    }

    /// Another verdict than that of the comparison.
    pub fn verdict(mut self, verdict: Verdict) -> Self {
        self.verdict = verdict;
        self
    }

    /// What a person can do, where it did not pass.
    pub fn todo(mut self, todo: impl Into<String>) -> Self {
        if self.verdict != Verdict::Passed {
            self.todo = Some(todo.into());
        }
        self
    }
}

/// What was found of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The step that keeps it.
    pub step: String,
    /// The resource.
    pub resource: Address,
    /// Its acceptance checks; none for a resource that has only to be there, and is.
    pub findings: Vec<Finding>,
}

/// What a verification found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Every resource that the config asks for, and that could be looked at.
    pub verified: Vec<Verified>,
    /// Those that could not, because what they need is missing.
    pub unchecked: Vec<Address>,
    /// Those that the config leaves out.
    pub left_out: Vec<Address>,
}

impl Engine {
    /// Looks whether everything is there, and asks each resource for its acceptance checks. Reads with the same argv as the
    /// checks, so that few further processes are started.
    ///
    /// # Errors
    /// Only an interruption.
    pub fn verify(&self, steps: &[Step]) -> Result<Verification> {
        let mut verification = Verification::default();
        let surveyed = self.survey(steps)?;
        let items = steps.iter().flat_map(|step| &step.items);
        let kept = items.filter_map(|item| match item {
            Item::Keep(resource) => Some((resource.address(), resource.as_ref())),
            Item::Skip { .. } => None,
        });
        let kept: BTreeMap<Address, &dyn Resource> = kept.collect();
        for one in surveyed {
            let Some(resource) = kept.get(&one.resource) else {
                verification.left_out.push(one.resource);
                continue;
            };
            let findings = match one.standing {
                Standing::Unchecked(_) => {
                    verification.unchecked.push(one.resource);
                    continue;
                }
                Standing::LeftOut { .. } => {
                    verification.left_out.push(one.resource);
                    continue;
                }
                Standing::Gone => continue,
                Standing::AsConfigured | Standing::Drifted(_) => self.accept(*resource)?,
                Standing::Missing => vec![there("missing")],
                Standing::Busy(doing) => vec![there(&doing)],
                Standing::Broken(why) => vec![there(&format!("broken: {why}"))],
                Standing::Unwanted => {
                    vec![Finding::new("exists", "no", "yes, though the config says that it must not", false)]
                }
                Standing::Unknown(problem) => {
                    // Its own checks may know better what is wrong.
                    let findings = self.accept(*resource)?;
                    let tells = |finding: &Finding| finding.verdict == Verdict::Failed;
                    match findings.iter().any(tells) {
                        true => findings,
                        false => {
                            let said = if problem.said.is_empty() { problem.why } else { problem.said };
                            vec![there(&said).verdict(Verdict::Unknown).todo(problem.todo)]
                        }
                    }
                }
            };
            verification.verified.push(Verified { step: one.step, resource: one.resource, findings });
        }
        Ok(verification)
    }

    fn accept(&self, resource: &dyn Resource) -> Result<Vec<Finding>> {
        let mask = |finding: Finding| Finding {
            found: gcloud::mask(&finding.found),
            todo: finding.todo.map(|todo| gcloud::mask(&todo)),
            ..finding
        };
        match resource.verify(&self.reader()) {
            Ok(findings) => Ok(findings.into_iter().map(mask).collect()),
            Err(Error::Interrupted(signal)) => Err(Error::Interrupted(signal)),
            Err(error) => {
                let problem =
                    error.explain(&self.project, format!("verifying {} failed", resource.address()));
                let said = if problem.said.is_empty() { problem.why } else { problem.said };
                let unknown = Finding::new("can be read", "an answer", said, false).verdict(Verdict::Unknown);
                Ok(vec![mask(unknown.todo(problem.todo))])
            }
        }
    }
}

fn there(found: &str) -> Finding {
    Finding::new("exists", "yes, and is ready", found, false)
}
