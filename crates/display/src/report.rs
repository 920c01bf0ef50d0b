//! `report.json`: a run as one document, from which a page can be made. Times are seconds, instants RFC 3339.

use crate::{ItemState, Run, StepState, estimate};
use events::{Action, Address, Counts, Diff, Outcome, Outputs, RunOutcome, SCHEMA};
use jiff::Timestamp;
use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Report<'a> {
    schema: &'static str,
    tool: &'a str,
    run: &'a str,
    kind: &'a str,
    env: &'a str,
    project: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirection: Option<&'a str>,
    resumed: bool,
    started: Option<Timestamp>,
    finished: Option<Timestamp>,
    /// Null while the run goes on, and after it was killed.
    outcome: Option<RunOutcome>,
    seconds: f64,
    plan: PlanCounts,
    counts: Counts,
    steps: Vec<Step<'a>>,
    outputs: &'a Outputs,
    errors: Vec<Problem<'a>>,
    notes: Vec<Note<'a>>,
    gcloud_commands: u32,
    gcloud_commands_mutating: u32,
}

#[derive(Serialize)]
struct PlanCounts {
    create: usize,
    update: usize,
    replace: usize,
    delete: usize,
    adopt: usize,
    none: usize,
    skipped: usize,
    expected_seconds: f64,
}

#[derive(Serialize)]
struct Step<'a> {
    step: &'a str,
    title: &'a str,
    outcome: Option<Outcome>,
    seconds: Option<f64>,
    resources: Vec<Resource<'a>>,
}

#[derive(Serialize)]
struct Resource<'a> {
    resource: &'a Address,
    action: Action,
    outcome: Option<Outcome>,
    seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_seconds: Option<u32>,
    #[serde(skip_serializing_if = "is_zero")]
    retries: u32,
    #[serde(skip_serializing_if = "<[Diff]>::is_empty")]
    fields: &'a [Diff],
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
}

#[derive(Serialize)]
struct Problem<'a> {
    step: Option<&'a str>,
    resource: Option<&'a Address>,
    what: &'a str,
    said: &'a str,
    why: &'a str,
    todo: &'a str,
    resume: &'a str,
}

#[derive(Serialize)]
struct Note<'a> {
    step: Option<&'a str>,
    resource: Option<&'a Address>,
    warning: bool,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl<'a> Report<'a> {
    pub(crate) fn of(run: &'a Run) -> Self {
        let planned = |action: Action| {
            run.items.iter().filter(|i| i.plan.skipped.is_none() && i.plan.action == action).count()
        };
        Self {
            schema: SCHEMA,
            tool: &run.tool,
            run: &run.id,
            kind: &run.kind,
            env: &run.env,
            project: &run.project,
            redirection: run.redirection.as_deref(),
            resumed: run.resumed,
            started: run.started,
            finished: run.finished,
            outcome: run.outcome,
            seconds: run.seconds,
            plan: PlanCounts {
                create: planned(Action::Create),
                update: planned(Action::Update),
                replace: planned(Action::Replace),
                delete: planned(Action::Delete),
                adopt: planned(Action::Adopt),
                none: planned(Action::None),
                skipped: run.items.iter().filter(|item| item.plan.skipped.is_some()).count(),
                expected_seconds: run.items.iter().map(estimate::expected).sum(),
            },
            counts: run.counts,
            steps: run.steps.iter().map(|step| Step::of(run, step)).collect(),
            outputs: &run.outputs,
            errors: run
                .errors
                .iter()
                .map(|error| Problem {
                    step: error.step.as_deref(),
                    resource: error.resource.as_ref(),
                    what: &error.what,
                    said: &error.said,
                    why: &error.why,
                    todo: &error.todo,
                    resume: &error.resume,
                })
                .collect(),
            notes: run
                .notes
                .iter()
                .map(|note| Note {
                    step: note.step.as_deref(),
                    resource: note.resource.as_ref(),
                    warning: note.warning,
                    text: &note.text,
                    command: note.command.as_deref(),
                })
                .collect(),
            gcloud_commands: run.gcloud_commands,
            gcloud_commands_mutating: run.mutating_commands,
        }
    }
}

impl<'a> Step<'a> {
    fn of(run: &'a Run, step: &'a crate::StepView) -> Self {
        let (outcome, seconds) = match step.state {
            StepState::Done { outcome, seconds } => (Some(outcome), Some(seconds)),
            _ => (None, None),
        };
        let resources = run.items.iter().filter(|item| item.plan.step == step.id).map(|item| {
            let (outcome, seconds) = match item.state {
                ItemState::Done { outcome, seconds } => (Some(outcome), Some(seconds)),
                _ => (None, None),
            };
            Resource {
                resource: &item.plan.resource,
                action: item.plan.action,
                outcome,
                seconds,
                expected_seconds: item.plan.expected_seconds,
                retries: item.retries,
                fields: &item.plan.fields,
                skipped: item.plan.skipped.as_deref(),
                command: item.plan.command.as_deref(),
            }
        });
        Step { step: &step.id, title: &step.title, outcome, seconds, resources: resources.collect() }
    }
}
