use crate::Problem;
use events::{Action, Address, Counts, Diff, Event, Fact, Outcome, Outputs, PlanItem, RunOutcome};
use jiff::Timestamp;

/// How far a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing is known yet.
    #[default]
    Before,
    /// Reading what exists.
    Checking,
    /// The plan is known and nothing has changed yet.
    Planned,
    /// Changing things.
    Applying,
    /// It ended.
    Over,
}

/// The state of one step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum StepState {
    /// Its turn has not come.
    Waiting,
    /// Its work goes on.
    Running {
        /// Since when.
        since: Timestamp,
    },
    /// It is done with.
    Done {
        /// How it ended.
        outcome: Outcome,
        /// How long it took.
        seconds: f64,
    },
}

/// One step of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct StepView {
    /// `03-redis`
    pub id: String,
    /// `Memorystore Redis`; empty while unknown.
    pub title: String,
    /// Where it stands.
    pub state: StepState,
}

/// The state of one resource.
#[derive(Clone, Debug, PartialEq)]
pub enum ItemState {
    /// Its turn has not come.
    Waiting,
    /// It is being changed.
    Running {
        /// Since when.
        since: Timestamp,
        /// What is waited for; empty while unknown.
        doing: String,
    },
    /// It is done with.
    Done {
        /// How it ended.
        outcome: Outcome,
        /// How long it took.
        seconds: f64,
    },
}

/// One resource of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemView {
    /// Its line of the plan.
    pub plan: PlanItem,
    /// Where it stands.
    pub state: ItemState,
    /// How often a command for it was repeated.
    pub retries: u32,
}

/// A note of a run.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub struct NoteView {
    pub step: Option<String>,
    pub resource: Option<Address>,
    pub warning: bool,
    pub text: String,
    pub command: Option<String>,
}

/// Everything that is known of a run: the events so far, folded.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs)]
pub struct Run {
    pub tool: String,
    pub id: String,
    /// `deploy`, `plan`, `step`; what only looks at another kind is `plan-` and that kind.
    pub kind: String,
    pub env: String,
    pub project: String,
    pub redirection: Option<String>,
    pub resumed: bool,
    pub phase: Phase,
    pub started: Option<Timestamp>,
    /// A question to the person is open.
    pub asking: bool,
    /// How long questions were open, in seconds.
    pub asked_seconds: f64,
    /// When the first change could begin: the time that a person takes to answer does not count.
    pub applying: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub steps: Vec<StepView>,
    /// In the order of work; what the plan says, and what turned up besides.
    pub items: Vec<ItemView>,
    pub planned: bool,
    /// How many resources there are to check; 0 when not known.
    pub resources: u32,
    pub checked: u32,
    pub last_checked: Option<Address>,
    pub notes: Vec<NoteView>,
    pub errors: Vec<Problem>,
    pub outcome: Option<RunOutcome>,
    pub counts: Counts,
    pub outputs: Outputs,
    pub gcloud_commands: u32,
    /// Of the commands seen so far, how many may have changed something.
    pub mutating_commands: u32,
    pub seconds: f64,
}

impl Run {
    /// Whether it looks, and changes nothing.
    pub fn only_looks(&self) -> bool {
        self.kind == "plan" || self.kind.starts_with("plan-")
    }

    /// Whether it takes away what deploys keep.
    pub fn destroys(&self) -> bool {
        matches!(self.kind.as_str(), "destroy" | "plan-destroy")
    }

    /// The run that these events tell of.
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>) -> Self {
        let mut run = Self::default();
        for event in events {
            run.apply(event);
        }
        run
    }

    /// Takes in one more event.
    pub fn apply(&mut self, event: &Event) {
        let time = event.time;
        match &event.fact {
            Fact::Version { tool, .. } => self.tool.clone_from(tool),
            Fact::RunStarted { run, kind, env, project, redirection, resumed, steps, titles, resources } => {
                self.id.clone_from(run);
                self.kind.clone_from(kind);
                self.env.clone_from(env);
                self.project.clone_from(project);
                self.redirection.clone_from(redirection);
                self.resumed = *resumed;
                self.resources = *resources;
                self.started = Some(time);
                self.phase = Phase::Checking;
                for id in steps {
                    let title = titles.get(id).cloned().unwrap_or_default();
                    self.step(id).title = title;
                }
            }
            Fact::Plan { items } => {
                self.phase = Phase::Planned;
                self.planned = true;
                self.items = items
                    .iter()
                    .map(|item| ItemView { plan: item.clone(), state: ItemState::Waiting, retries: 0 })
                    .collect();
                for item in items {
                    self.step(&item.step);
                }
            }
            Fact::StepStarted { step, title, .. } => {
                self.begin_applying(time);
                let view = self.step(step);
                view.title.clone_from(title);
                view.state = StepState::Running { since: time };
            }
            Fact::ResourceChecked { step, resource, action, fields } => {
                self.checked += 1;
                self.last_checked = Some(resource.clone());
                if self.planned {
                    // A check just before a change knows more than the plan did.
                    let item = self.item(step, resource, *action);
                    item.plan.action = *action;
                    item.plan.fields.clone_from(fields);
                }
            }
            Fact::ResourceStarted { step, resource, action } => {
                self.begin_applying(time);
                self.item(step, resource, *action).state =
                    ItemState::Running { since: time, doing: String::new() };
            }
            Fact::ResourceProgress { step, resource, action, doing, seconds } => {
                let begun = time - jiff::SignedDuration::try_from_secs_f64(*seconds).unwrap_or_default();
                let item = self.item(step, resource, *action);
                let since = match item.state {
                    ItemState::Running { since, .. } => since,
                    _ => begun,
                };
                item.state = ItemState::Running { since, doing: doing.clone() };
            }
            Fact::ResourceRetrying { step, resource, action, why, .. } => {
                let item = self.item(step, resource, *action);
                item.retries += 1;
                if let ItemState::Running { doing, .. } = &mut item.state {
                    *doing = format!("waiting to try again: {why}");
                }
            }
            Fact::ResourceFinished { step, resource, action, outcome, seconds } => {
                self.item(step, resource, *action).state =
                    ItemState::Done { outcome: *outcome, seconds: *seconds };
            }
            Fact::StepFinished { step, outcome, seconds } => {
                self.step(step).state = StepState::Done { outcome: *outcome, seconds: *seconds };
            }
            Fact::Command { mutating, .. } => {
                self.gcloud_commands += 1;
                self.mutating_commands += u32::from(*mutating);
            }
            Fact::Note { step, resource, warning, text, command } => self.notes.push(NoteView {
                step: step.clone(),
                resource: resource.clone(),
                warning: *warning,
                text: text.clone(),
                command: command.clone(),
            }),
            Fact::Asked { .. } => self.asking = true,
            Fact::Answered { seconds } => {
                self.asking = false;
                self.asked_seconds += seconds;
            }
            Fact::Error { .. } => self.errors.extend(Problem::of(&event.fact)),
            Fact::RunFinished { outcome, counts, outputs, gcloud_commands, seconds } => {
                self.phase = Phase::Over;
                self.outcome = Some(*outcome);
                self.counts = *counts;
                self.outputs.clone_from(outputs);
                self.gcloud_commands = *gcloud_commands;
                self.seconds = *seconds;
                self.finished = Some(time);
            }
            // Said with the plan, and of no further consequence.
            Fact::PlanCost { .. } | Fact::Unknown => {}
        }
    }

    /// The items that ask for a change, or asked for one.
    pub fn changing(&self) -> impl Iterator<Item = &ItemView> {
        self.items.iter().filter(|item| item.changes())
    }

    /// How many resources of the run are as they shall be, and of how many.
    pub fn progress(&self) -> (usize, usize) {
        let done = self.items.iter().filter(|item| item.settled()).count();
        (done, self.items.len())
    }

    /// The same for one step.
    pub fn step_progress(&self, step: &str) -> (usize, usize) {
        let of_step = || self.items.iter().filter(|item| item.plan.step == step);
        (of_step().filter(|item| item.settled()).count(), of_step().count())
    }

    /// What is being changed at this moment.
    pub fn running(&self) -> impl Iterator<Item = &ItemView> {
        self.items.iter().filter(|item| matches!(item.state, ItemState::Running { .. }))
    }

    /// The item of this resource, where it is known.
    pub fn find(&self, resource: &Address) -> Option<&ItemView> {
        self.items.iter().find(|item| item.plan.resource == *resource)
    }

    fn begin_applying(&mut self, time: Timestamp) {
        self.phase = Phase::Applying;
        self.applying.get_or_insert(time);
    }

    fn step(&mut self, id: &str) -> &mut StepView {
        let at = self.steps.iter().position(|step| step.id == id).unwrap_or_else(|| {
            self.steps.push(StepView { id: id.to_owned(), title: String::new(), state: StepState::Waiting });
            self.steps.len() - 1
        });
        &mut self.steps[at]
    }

    fn item(&mut self, step: &str, resource: &Address, action: Action) -> &mut ItemView {
        let at = self.items.iter().position(|item| item.plan.resource == *resource).unwrap_or_else(|| {
            let plan = PlanItem::new(step, resource.clone(), action);
            self.items.push(ItemView { plan, state: ItemState::Waiting, retries: 0 });
            self.items.len() - 1
        });
        &mut self.items[at]
    }
}

impl ItemView {
    /// Whether something is to be done to it.
    pub fn changes(&self) -> bool {
        self.plan.action != Action::None && self.plan.skipped.is_none()
    }

    /// Whether nothing is left to do for it.
    pub fn settled(&self) -> bool {
        match self.state {
            ItemState::Waiting => !self.changes(),
            ItemState::Running { .. } => false,
            ItemState::Done { outcome, .. } => !matches!(outcome, Outcome::Failed | Outcome::Interrupted),
        }
    }

    /// The fields that differ.
    pub fn fields(&self) -> &[Diff] {
        &self.plan.fields
    }
}
