use crate::apply::Applier;
use crate::checkpoint::{Checkpoint, Finished, Store};
use crate::clock::Clock;
use crate::core::Core;
use crate::journal::Journal;
use crate::plan::{Plan, Planner, Selection};
use crate::{Action, Address, Error, Item, Reader, Result, Step};
use events::{Counts, Fact, Outputs, RunOutcome, Sink};
use gcloud::{Interrupt, Run};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What the engine works with.
pub struct Deps {
    /// Runs gcloud.
    pub gcloud: Arc<dyn Run>,
    /// Takes the events.
    pub sink: Arc<dyn Sink>,
    /// The checkpoint. `None` for what changes nothing (`plan`).
    pub store: Option<Arc<Store>>,
    /// What this run begins with ([`crate::resume::record`]): what was made and what was in flight in the same place.
    pub journal: Option<Checkpoint>,
    /// Asks everything to stop.
    pub interrupt: Interrupt,
    /// How much of each wait is really waited: 1 for Google, less for tests and rehearsals.
    pub wait_scale: f64,
    /// The project's id, for what errors tell a person to do.
    pub project: String,
    /// The id of this run. The checkpoint's end is written only by the run that it records.
    pub run: String,
    /// Whether steps that are done are written into the checkpoint ([`crate::resume::record`] tells).
    pub marks_steps: bool,
    /// The command that goes on where this run stops, with all of its options.
    pub resume: String,
    /// The environment's folder, for the files that steps install beside the checkpoint.
    pub folder: PathBuf,
    /// What may be deleted and made again, where Google cannot change it in place (`--allow-replace`).
    pub may_replace: BTreeSet<Address>,
}

/// Plans and applies.
pub struct Engine {
    pub(crate) core: Arc<Core>,
    store: Option<Arc<Store>>,
    pub(crate) project: String,
    run: String,
    marks_steps: bool,
    resume: String,
    began: Instant,
    /// How long a person was asked.
    asked: Mutex<Duration>,
}

/// A question that is open.
pub struct Asking<'a> {
    engine: &'a Engine,
    since: Instant,
}

impl Asking<'_> {
    /// There is an answer: the run goes on.
    pub fn answered(self) {
        let took = self.since.elapsed();
        *self.engine.asked.lock().unwrap_or_else(PoisonError::into_inner) += took;
        self.engine.core.emit(Fact::Answered { seconds: took.as_secs_f64() });
    }
}

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// How many resources met which end.
    pub counts: Counts,
    /// What exists now.
    pub outputs: Outputs,
}

impl Engine {
    /// Ready to plan.
    pub fn new(deps: Deps) -> Self {
        let clock = Clock::new(deps.interrupt, deps.wait_scale);
        let journal = Journal::new(deps.store.clone(), deps.journal);
        Self {
            core: Arc::new(Core::new(deps.gcloud, deps.sink, clock, journal, deps.folder, deps.may_replace)),
            store: deps.store,
            project: deps.project,
            run: deps.run,
            marks_steps: deps.marks_steps,
            resume: deps.resume,
            began: Instant::now(),
            asked: Mutex::default(),
        }
    }

    /// Tells that a person is about to be asked. The time until the answer does not count as the run's.
    pub fn asks(&self, question: &str) -> Asking<'_> {
        self.core.emit(Fact::Asked { question: question.to_owned() });
        Asking { engine: self, since: Instant::now() }
    }

    /// How long the run has worked.
    fn worked(&self) -> Duration {
        self.began.elapsed().saturating_sub(*self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the cloud outside of any step, e.g. for the preflight. What it reads is remembered for the plan.
    pub fn reader(&self) -> Reader {
        Reader::new(Arc::clone(&self.core))
    }

    /// Counts gcloud processes that were started before the engine was there (the preflight's).
    pub fn count_commands(&self, number: u32) {
        self.core.count(number);
    }

    /// How many gcloud processes were started so far.
    pub fn commands(&self) -> u32 {
        self.core.commands()
    }

    /// Checks what is selected, and tells the plan ([`Fact::Plan`]). `steps` are all steps, in order.
    ///
    /// # Errors
    /// A check failed, or a prerequisite is missing in a step that is not selected, or the config asks for what cannot be
    /// done: then the plan has been told all the same.
    pub fn plan(&self, steps: &[Step], selection: &Selection) -> Result<Plan> {
        let plan = Planner::new(&self.core, steps, selection).plan()?;
        self.core.emit(Fact::Plan { items: plan.items.clone() });
        if plan.refused.is_empty() { Ok(plan) } else { Err(Error::Refused(plan.refused)) }
    }

    /// Remembers what a plan found under the config's names, of the kinds that `which` says: when the config names it no more,
    /// it is not forgotten. `steps` are those that the plan is made from.
    ///
    /// # Errors
    /// The checkpoint cannot be written.
    pub fn keep(&self, steps: &[Step], plan: &Plan, which: impl Fn(&Address) -> bool) -> Result<()> {
        let items = plan.steps.iter().flat_map(|work| {
            let step = &steps[work.index];
            work.items.iter().map(move |(number, planned)| (&step.items[*number], &plan.items[*planned]))
        });
        let there = items.filter_map(|(item, planned)| match item {
            Item::Keep(resource) if resource.wanted() && planned.skipped.is_none() && !planned.assumed => {
                let found = matches!(planned.action, Action::None | Action::Update | Action::Adopt);
                found.then(|| planned.resource.clone())
            }
            _ => None,
        });
        self.core.journal.keep(there.filter(which))
    }

    /// Carries out a plan. What was done until an error is told all the same.
    pub fn apply(&self, steps: &[Step], plan: &Plan) -> (Summary, Result<()>) {
        let mut applier = Applier::new(&self.core, steps);
        let result = applier.apply(plan, |step, started| self.step_is_done(step, started));
        (Summary { counts: applier.counts, outputs: applier.outputs }, result)
    }

    fn step_is_done(&self, step: &str, started: Timestamp) -> Result<()> {
        if let Some(store) = self.store.as_ref().filter(|_| self.marks_steps) {
            let finished = Finished { started, finished: Timestamp::now() };
            store.update(|checkpoint| checkpoint.steps.extend([(step.to_owned(), finished)]))?;
        }
        Ok(())
    }

    /// Ends the run: tells the error and that the run is over, then writes the outcome into the checkpoint. In this order,
    /// because a run that was killed in between is told once more: one that had been written down as done, and not told, would
    /// be begun again by whoever waits for it, and a rotation has no business to happen twice.
    ///
    /// # Errors
    /// The checkpoint cannot be written.
    pub fn conclude(&self, summary: &Summary, result: &Result<()>) -> Result<()> {
        let outcome = match result {
            Ok(()) => RunOutcome::Succeeded,
            Err(Error::Interrupted(_)) => RunOutcome::Interrupted,
            Err(_) => RunOutcome::Failed,
        };
        if let Err(error) = result {
            self.tell(error);
        }
        self.core.emit(Fact::RunFinished {
            outcome,
            counts: summary.counts,
            outputs: summary.outputs.clone(),
            gcloud_commands: self.core.commands(),
            seconds: self.worked().as_secs_f64(),
        });
        let Some(store) = &self.store else { return Ok(()) };
        let now = Timestamp::now();
        store.update(|checkpoint| {
            if checkpoint.run == self.run {
                match result {
                    Ok(()) => (checkpoint.finished, checkpoint.stopped) = (Some(now), None),
                    Err(_) => checkpoint.stopped = Some(now),
                }
            }
        })?;
        Ok(())
    }

    /// Tells an error, with the resource it happened to.
    fn tell(&self, error: &Error) {
        let scene = self.core.scene();
        let address = scene.as_ref().map(|scene| scene.resource.to_string());
        let what = match (&address, scene.as_ref().map(|scene| scene.action)) {
            (None, _) => "the run cannot go on".to_owned(),
            (Some(address), Some(Action::None)) => format!("checking {address} failed"),
            (Some(address), Some(action)) => format!("{} {address} failed", doing(action)),
            (Some(address), None) => format!("{address} failed"),
        };
        let problem = error.explain(&self.project, what);
        let (step, resource) = scene.map(|scene| (scene.step, scene.resource)).unzip();
        self.core.emit(Fact::Error {
            step,
            resource,
            what: gcloud::mask(&problem.what),
            said: gcloud::mask(&problem.said),
            why: gcloud::mask(&problem.why),
            todo: gcloud::mask(&problem.todo),
            resume: error.instead().unwrap_or_else(|| self.resume.clone()),
        });
    }
}

fn doing(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "updating",
        Action::Replace => "replacing",
        Action::Delete => "deleting",
        Action::Adopt => "waiting for",
        Action::None => "checking",
    }
}
