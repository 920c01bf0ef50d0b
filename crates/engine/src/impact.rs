//! How a resource comes to be as configured, and what that means for those who use the deployment.

use crate::core::Core;
use crate::{Action, Address, Diff, Error, Refused, Resource, Result};
use events::{PlanItem, Refusal};

/// How fields that differ come to be as configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// By an update.
    InPlace,
    /// Google cannot change it in place. It holds nothing that would be lost, so it can be deleted and made again, where a
    /// person allows that by name.
    Replace {
        /// Why not in place, and what does not work meanwhile.
        why: String,
        /// A way that keeps the service up, step by step, or another one; in words.
        instead: String,
    },
    /// This tool does not do it.
    Never {
        /// Why.
        why: String,
        /// What a person can do.
        todo: String,
    },
}

/// What a change means for those who use the deployment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// How long Google usually takes, in seconds. For what takes more than a few.
    pub seconds: Option<u32>,
    /// What does not work meanwhile.
    pub interrupts: Option<String>,
    /// Which data is at risk.
    pub data: Option<String>,
}

impl Impact {
    /// Nothing but time.
    pub fn takes(seconds: u32) -> Self {
        Self { seconds: Some(seconds), ..Self::default() }
    }

    /// Adds what does not work meanwhile.
    pub fn interrupting(mut self, what: impl Into<String>) -> Self {
        self.interrupts = Some(what.into());
        self
    }

    /// Adds which data is at risk.
    pub fn risking(mut self, what: impl Into<String>) -> Self {
        self.data = Some(what.into());
        self
    }
}

/// The change that fields which differ ask for.
pub(crate) fn change(core: &Core, resource: &dyn Resource, diffs: &[Diff]) -> Result<Action> {
    let address = resource.address();
    let (action, refusal) = match resource.way(diffs) {
        Way::InPlace => return Ok(Action::Update),
        Way::Replace { .. } if core.may_replace.contains(&address) => return Ok(Action::Replace),
        Way::Replace { why, instead } => {
            let todo = format!("{instead}; or have it deleted and made again: --allow-replace {address}");
            (Action::Replace, Refusal { why, todo })
        }
        Way::Never { why, todo } => (Action::Update, Refusal { why, todo }),
    };
    Err(Error::Refused(vec![Refused { resource: address, action, fields: diffs.to_vec(), refusal }]))
}

/// What a resource must let go of, of what it holds on to.
pub(crate) fn renewed_by(resource: &dyn Resource, anew: impl Fn(&Address) -> bool) -> Option<Address> {
    resource.renewed_by().into_iter().find(anew)
}

/// Why something that must not be there is left alone, and the command that deletes it.
pub(crate) fn staying(address: &Address) -> (String, String) {
    let why = "the config does not name it any more; it stays, since it holds data".to_owned();
    (why, format!("--allow-replace {address}"))
}

/// Why something that is as configured is updated all the same.
pub(crate) fn renewal(by: &Address) -> Vec<Diff> {
    vec![Diff::new(by.kind(), "the old one", "the new one")]
}

/// Says what a planned change means.
pub(crate) fn tell(resource: &dyn Resource, planned: &mut PlanItem) {
    if planned.action == Action::None {
        return;
    }
    let impact = resource.impact(planned.action, &planned.fields);
    let creation = resource.expected_seconds();
    let usual = match planned.action {
        Action::Create | Action::Adopt => creation,
        // It is deleted first, which takes about half as long again.
        Action::Replace => creation.map(|seconds| seconds + seconds / 2),
        Action::Update | Action::Delete | Action::None => None,
    };
    let lost = resource.holds_data() && matches!(planned.action, Action::Replace | Action::Delete);
    planned.expected_seconds = impact.seconds.or(usual);
    planned.interrupts = impact.interrupts;
    planned.data = impact.data.or_else(|| lost.then(|| "what it holds is lost".to_owned()));
}
