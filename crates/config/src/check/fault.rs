//! A rule that a config breaks, before it is known where the value came from.

use crate::draft::{Draft, lookup};
use crate::problem::{Origin, Problem, shown};
use std::collections::BTreeSet;

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub key: String,
    /// The other key, where two do not go together; its value and place end the sentence.
    pub other: Option<String>,
    /// Whether the sentence is as true from the other key's side.
    pub mutual: bool,
    pub what: String,
    pub allowed: String,
    pub remedy: String,
}

impl Fault {
    /// Finds the place; none when the key's own value was not understood, so that this is about a default.
    pub fn locate(self, draft: &Draft) -> Option<Problem> {
        let failed = |path: &str| {
            let bare = path.split('[').next().unwrap_or(path);
            draft.failed.contains(path) || draft.failed.contains(bare)
        };
        if failed(&self.key) || self.other.as_deref().is_some_and(failed) {
            return None;
        }
        let (mut key, mut other) = (self.key, self.other);
        if let Some(second) = &mut other
            && self.mutual
            && later(&draft.origin(second), &draft.origin(&key))
        {
            std::mem::swap(&mut key, second);
        }
        let value = |path: &str| lookup(&draft.table, path).map(shown);
        let mut what = self.what;
        if let Some(other) = &other {
            what.push(' ');
            what.push_str(other);
            if let Some(value) = value(other) {
                what.push_str(&format!(" = {value}"));
            }
            what.push_str(&format!(" ({})", draft.origin(other)));
        }
        let (allowed, remedy) = (self.allowed, self.remedy);
        Some(Problem { origin: draft.origin(&key), value: value(&key), key, what, allowed, remedy })
    }
}

/// Whether a value at `a` was written over one at `b`: that is the one to point at.
fn later(a: &Origin, b: &Origin) -> bool {
    let layer = |origin: &Origin| match origin {
        Origin::Default => 0,
        Origin::File { .. } => 1,
        Origin::Environment(_) => 2,
        Origin::Set { .. } => 3,
    };
    (layer(a), a) > (layer(b), b)
}

/// The broken rules so far.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    /// A value that breaks a rule of its own.
    pub fn add(
        &mut self,
        key: impl Into<String>,
        what: impl Into<String>,
        allowed: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        let (key, what, allowed, remedy) = (key.into(), what.into(), allowed.into(), remedy.into());
        self.0.push(Fault { key, other: None, mutual: false, what, allowed, remedy });
    }

    /// A value that does not go with another. `what` ends where the other key's name follows.
    pub fn against(&mut self, key: &str, what: &str, other: &str, allowed: &str, remedy: &str) {
        self.add(key, what, allowed, remedy);
        if let Some(fault) = self.0.last_mut() {
            fault.other = Some(other.to_owned());
        }
    }

    /// Two values that do not go together, whichever of them is looked at.
    pub fn mutual(&mut self, key: &str, what: &str, other: &str, allowed: &str, remedy: &str) {
        self.against(key, what, other, allowed, remedy);
        if let Some(fault) = self.0.last_mut() {
            fault.mutual = true;
        }
    }

    /// The keys with a fault.
    pub fn keys(&self) -> BTreeSet<String> {
        self.0.iter().map(|fault| fault.key.clone()).collect()
    }

    /// All faults, but for each of these keys only its first.
    pub fn without_repeats(self, keys: &BTreeSet<String>) -> Vec<Fault> {
        let mut told = BTreeSet::new();
        self.0
            .into_iter()
            .filter(|fault| !keys.contains(&fault.key) || told.insert(fault.key.clone()))
            .collect()
    }

    /// `key: what` of each fault, for tests.
    #[cfg(test)]
    pub fn lines(&self) -> Vec<String> {
        let line = |fault: &Fault| match &fault.other {
            Some(other) => format!("{}: {} {other}", fault.key, fault.what),
            None => format!("{}: {}", fault.key, fault.what),
        };
        self.0.iter().map(line).collect()
    }
}
