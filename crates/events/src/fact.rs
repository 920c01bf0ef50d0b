use crate::{Action, Address, CostChange, Counts, Diff, PlanItem};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One fact about a run, and when it was so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// RFC 3339, UTC.
    pub time: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

impl Event {
    /// A fact, now.
    pub fn now(fact: Fact) -> Self {
        Self { time: Timestamp::now(), fact }
    }
}

/// How one resource or step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Outcome {
    Created,
    Updated,
    Replaced,
    Deleted,
    /// Found as an earlier run or a retry had made it.
    Adopted,
    Unchanged,
    /// Not touched: already finished by the run that is resumed, or left out by the config.
    Skipped,
    Failed,
    Interrupted,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum RunOutcome {
    Succeeded,
    Failed,
    Interrupted,
}

/// What a run leaves for its user: name to value, never a secret. Names are dotted (`service.url`).
pub type Outputs = BTreeMap<String, String>;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Fact {
    /// The first line of every stream.
    Version {
        /// [`crate::SCHEMA`].
        schema: String,
        /// The tool's own version.
        tool: String,
    },
    /// A run began.
    RunStarted {
        /// The run's id.
        run: String,
        /// `deploy`, `plan`, `step`.
        kind: String,
        /// The environment's name.
        env: String,
        /// The project's id.
        project: String,
        /// Where the calls go when not to Google, in words (`the real gcloud, against the emulator at …`).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        redirection: Option<String>,
        /// True when this goes on where an unfinished run stopped.
        resumed: bool,
        /// The steps in question, in order.
        steps: Vec<String>,
        /// The steps' titles by id (`03-redis`: `Memorystore Redis`), so that a view can show what still waits.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        titles: BTreeMap<String, String>,
        /// How many resources the steps keep, so that a view can show how far the checks are. 0: not known.
        #[serde(default)]
        resources: u32,
    },
    /// The plan is known. It comes before any change.
    Plan {
        /// Every resource, in the order of work.
        items: Vec<PlanItem>,
    },
    /// What the plan changes of the month's bill, by list prices. It comes after the plan, where something changes.
    PlanCost {
        /// The least that is added; negative where it is saved.
        low: f64,
        /// The most.
        high: f64,
        /// `USD`
        currency: String,
        /// The resources whose cost changes.
        resources: Vec<CostChange>,
        /// Resources whose change is not known.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unknown: Vec<Address>,
        /// The command that shows the whole bill.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<String>,
    },
    /// A step's work begins.
    StepStarted {
        /// e.g. `03-redis`
        step: String,
        /// e.g. `Memorystore Redis`
        title: String,
        /// How many resources it keeps.
        resources: u32,
    },
    /// A resource's check was answered.
    ResourceChecked {
        /// The step.
        step: String,
        /// The resource.
        resource: Address,
        /// What it asks for.
        action: Action,
        /// Which fields differ.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        fields: Vec<Diff>,
    },
    /// A change begins.
    ResourceStarted {
        /// The step.
        step: String,
        /// The resource.
        resource: Address,
        /// The change.
        action: Action,
    },
    /// A change still goes on. Sent about every 10 s of waiting.
    ResourceProgress {
        /// The step.
        step: String,
        /// The resource.
        resource: Address,
        /// The change.
        action: Action,
        /// What is waited for, in words.
        doing: String,
        /// How long the change has taken so far.
        seconds: f64,
    },
    /// A command failed in a way that passes; it will be repeated.
    ResourceRetrying {
        /// The step.
        step: String,
        /// The resource.
        resource: Address,
        /// The change.
        action: Action,
        /// The number of the try that failed, from 1.
        attempt: u32,
        /// Why, in one line.
        why: String,
        /// How long until the next try.
        wait_seconds: f64,
    },
    /// A resource is done with, well or not.
    ResourceFinished {
        /// The step.
        step: String,
        /// The resource.
        resource: Address,
        /// What was planned.
        action: Action,
        /// What came of it.
        outcome: Outcome,
        /// How long it took.
        seconds: f64,
    },
    /// A step is done with.
    StepFinished {
        /// The step.
        step: String,
        /// [`Outcome::Unchanged`], [`Outcome::Updated`] (something changed), [`Outcome::Skipped`], [`Outcome::Failed`], [`Outcome::Interrupted`].
        outcome: Outcome,
        /// How long it took.
        seconds: f64,
    },
    /// One gcloud process ran. Secrets are masked.
    Command {
        /// The resource it served.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<Address>,
        /// The whole argv, as a line that can be pasted.
        line: String,
        /// True when it may change something.
        mutating: bool,
        /// The exit code; none when a signal ended it.
        status: Option<i32>,
        /// How long it took.
        seconds: f64,
        /// What it printed on stderr, masked and capped.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        stderr: String,
    },
    /// Something a person should know.
    Note {
        /// The step it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        /// The resource it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<Address>,
        /// True where it deserves attention.
        warning: bool,
        /// The note.
        text: String,
        /// What the person can run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<String>,
    },
    /// A person is asked; nothing goes on until there is an answer. Whoever draws on a terminal leaves it alone meanwhile.
    Asked {
        /// The question.
        question: String,
    },
    /// The person has answered.
    Answered {
        /// How long that took. It does not count as the run's time.
        seconds: f64,
    },
    /// The run cannot go on.
    Error {
        /// The step it happened in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<String>,
        /// The resource it happened to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resource: Option<Address>,
        /// What failed.
        what: String,
        /// What gcloud said.
        said: String,
        /// Why.
        why: String,
        /// What to do.
        todo: String,
        /// The command that resumes.
        resume: String,
    },
    /// A run ended.
    RunFinished {
        /// How.
        outcome: RunOutcome,
        /// How many resources met which end.
        counts: Counts,
        /// What exists now: URLs, names, never secrets.
        #[serde(default, skip_serializing_if = "Outputs::is_empty")]
        outputs: Outputs,
        /// How many gcloud processes were started.
        gcloud_commands: u32,
        /// How long the run took, without the time in which a person was asked.
        seconds: f64,
    },
    /// A type that a newer tool writes and this one does not know.
    #[serde(other)]
    Unknown,
}
