//! How a resource comes to be as configured, and what that means for those who use the deployment.

use crate::core::Core;
use crate::{Action, Address, Diff, Error, Reader, Refused, Resource, Result, State};
use events::{PlanItem, Refusal};
use std::sync::Arc;

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
    /// Something that was begun elsewhere comes first.
    First {
        /// What was begun.
        why: String,
        /// The command that finishes it.
        command: String,
    },
}

impl Way {
    /// What a person can do where no update does it; with the command that comes first, where one does.
    pub(crate) fn refusal(self, address: &Address) -> Option<(Refusal, Option<String>)> {
        let (why, todo, first) = match self {
            Self::InPlace => return None,
            Self::Replace { why, instead } => {
                let replace = format!("`deploy-all --allow-replace {address}`");
                (why, format!("{instead}; or have it deleted and made again: {replace}"), None)
            }
            Self::Never { why, todo } => (why, todo, None),
            Self::First { why, command } => (why, format!("finish it first: run `{command}`"), Some(command)),
        };
        Some((Refusal { why, todo }, first))
    }
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
    let way = resource.way(diffs);
    let action = if matches!(way, Way::Replace { .. }) { Action::Replace } else { Action::Update };
    if action == Action::Replace && core.may_replace.contains(&address) {
        return Ok(action);
    }
    let Some((refusal, first)) = way.refusal(&address) else { return Ok(action) };
    let fields = in_the_way(resource, diffs);
    Err(Error::Refused(vec![Refused { resource: address, action, fields, refusal, first }]))
}

/// Which of the fields that differ keep the others from an update.
fn in_the_way(resource: &dyn Resource, diffs: &[Diff]) -> Vec<Diff> {
    let fixed = |diff: &&Diff| resource.way(std::slice::from_ref(diff)) != Way::InPlace;
    let fields: Vec<Diff> = diffs.iter().filter(fixed).cloned().collect();
    // They may be so only together.
    if fields.is_empty() { diffs.to_vec() } else { fields }
}

/// Why something that is as configured is updated all the same: what it must let go of, of what it holds on to. Empty: it
/// is not.
pub(crate) fn renewals(resource: &dyn Resource, anew: impl Fn(&Address) -> bool) -> Vec<Diff> {
    resource.renewed_by().iter().filter(|by| anew(by)).map(renewal).collect()
}

/// That something is another one now.
pub(crate) fn renewal(by: &Address) -> Diff {
    Diff::new(by.as_str(), "the old one", "the new one")
}

/// Why something that must not be there is left alone, and the command that deletes it. `None`: it is deleted. A deploy
/// deletes data only where a person names it, and nothing of which nobody knows whose it is.
pub(crate) fn staying(
    core: &Arc<Core>,
    resource: &dyn Resource,
    state: &State,
) -> Result<Option<(String, String)>> {
    let address = resource.address();
    if resource.wanted() || *state == State::Absent || core.may_replace.contains(&address) {
        return Ok(None);
    }
    let since = match resource.stays_since() {
        None if resource.is_former() && !core.journal.made(&address) => {
            let marked = resource.marked(&Reader::new(Arc::clone(core)))?;
            (!marked).then_some("nothing says that this tool made it")
        }
        since => since,
    };
    let why = |since| format!("the config does not name it any more; it stays, since {since}");
    Ok(since.map(|since| (why(since), format!("deploy-all --allow-replace {address}"))))
}

/// Says what a planned change means; `former` is of its kind, was named by the config before, and is still there.
pub(crate) fn tell(resource: &dyn Resource, former: &[Address], planned: &mut PlanItem) {
    if planned.action == Action::None {
        return;
    }
    let both = |one: Option<String>, other: Option<String>| match (one, other) {
        (Some(one), Some(other)) => Some(format!("{one}; {other}")),
        (one, other) => one.or(other),
    };
    let impact = former.iter().map(|former| resource.in_place_of(former)).fold(
        resource.impact(planned.action, &planned.fields),
        |all, one| Impact {
            seconds: all.seconds,
            interrupts: both(all.interrupts, one.interrupts),
            data: both(all.data, one.data),
        },
    );
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
