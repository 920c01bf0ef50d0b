use crate::Address;
use serde::{Deserialize, Serialize};

/// What is done, or is to be done, to one resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is absent and will be made: `+`.
    Create,
    /// It is there with other settings: `~`.
    Update,
    /// It must be deleted and made again: `-/+`.
    Replace,
    /// It is there and must not be: `-`.
    Delete,
    /// It is being made already, by an earlier run: waited for.
    Adopt,
    /// It is as the config wants it: `=`.
    None,
}

impl Action {
    /// The plan's symbol.
    pub fn symbol(self) -> &'static str {
        match self {
            Action::Create => "+",
            Action::Update => "~",
            Action::Replace => "-/+",
            Action::Delete => "-",
            Action::Adopt => ">",
            Action::None => "=",
        }
    }
}

/// One field in which the cloud differs from the config.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// The field, in the config's words where it has one (`memory_gb`).
    pub field: String,
    /// What the cloud has; a secret is `(secret)`.
    pub old: String,
    /// What the config wants; a secret is `(secret)`.
    pub new: String,
}

impl Diff {
    /// A difference in a field that may be shown.
    pub fn new(field: impl Into<String>, old: impl ToString, new: impl ToString) -> Self {
        Self { field: field.into(), old: old.to_string(), new: new.to_string() }
    }

    /// A difference in a field whose values must not be shown.
    pub fn secret(field: impl Into<String>) -> Self {
        Self::new(field, "(secret)", "(another secret)")
    }
}

/// One line of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanItem {
    /// The step that keeps the resource, e.g. `03-redis`.
    pub step: String,
    /// The resource.
    pub resource: Address,
    /// What will be done to it.
    pub action: Action,
    /// The fields that differ, for an update.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Diff>,
    /// Why nothing is done, for a resource that the config leaves out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// What the person can run or set to get what was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// True where the check could not be made yet, because something that the resource needs is absent:
    /// it is planned as a create and is checked just before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assumed: bool,
    /// True where the config says that it must not be there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unwanted: bool,
    /// How long Google usually takes for this change, in seconds; none where that is a few, or nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_seconds: Option<u32>,
    /// What does not work, and for how long, while it is changed; none where nothing is interrupted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interrupts: Option<String>,
    /// Which data the change puts at risk; none where it puts none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// Why it is not done, though the config asks for it: the plan can then not be carried out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refusal>,
}

/// Why a change is refused before anything is touched, and which way there is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub why: String,
    /// What a person can do.
    pub todo: String,
}

impl PlanItem {
    /// A line that says only what is done to which resource; the rest is filled in with `..`.
    pub fn new(step: impl Into<String>, resource: Address, action: Action) -> Self {
        Self {
            step: step.into(),
            resource,
            action,
            fields: Vec::new(),
            skipped: None,
            command: None,
            assumed: false,
            unwanted: false,
            expected_seconds: None,
            interrupts: None,
            data: None,
            refused: None,
        }
    }
}

/// How many resources met which end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Counts {
    pub created: u32,
    pub updated: u32,
    pub replaced: u32,
    pub deleted: u32,
    pub adopted: u32,
    pub unchanged: u32,
    pub skipped: u32,
    pub failed: u32,
}

impl Counts {
    /// How many resources were changed in any way.
    pub fn changes(&self) -> u32 {
        self.created + self.updated + self.replaced + self.deleted + self.adopted
    }
}

/// What a plan changes of one resource's cost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostChange {
    /// The resource.
    pub resource: Address,
    /// A month, the least that is added; negative where it is saved.
    pub low: f64,
    /// The most.
    pub high: f64,
}
