//! Carries out a plan, resource by resource.

use crate::clock::Backoff;
use crate::core::{Core, Scene};
use crate::plan::{Plan, Work, action};
use crate::retry::Rounds;
use crate::{
    Action, Address, Diff, Error, Item, Need, Reader, Resource, Result, State, Step, Writer, impact,
};
use events::{Counts, Fact, Outcome, Outputs, PlanItem};
use gcloud::{Cause, Failure, Kind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long something that an operation works on is waited for, in all.
const PATIENCE: Duration = Duration::from_secs(90 * 60);

/// After so many "exists already" for something that is not found, it is taken to be somebody else's. Not after the
/// first: a deletion may still go on, or a list be behind.
const PERSISTENT: u32 = 3;

/// How often something that broke while it was made is made anew. Each time takes Google minutes.
const REPLACEMENTS: u32 = 2;

/// What is known of a resource before its turn.
enum Before {
    Planned(Action, Vec<Diff>),
    /// It must be looked at first.
    Unknown,
}

/// What a second look found.
#[derive(PartialEq, Eq)]
enum Verified {
    Well,
    /// It will not become what it must be by waiting.
    Broken,
}

/// What broke while this run made it.
#[derive(Default)]
struct Broke {
    /// This run has changed something already: what is broken now broke by that.
    tried: bool,
    times: u32,
}

impl Broke {
    /// Whether it may be made anew: not where what Google says of it names something that only a person can put right, and
    /// not for ever.
    fn look(&mut self, core: &Core, resource: &dyn Resource, why: &str) -> Result<()> {
        if !self.tried {
            return Ok(());
        }
        if let Some(cause) = gcloud::cause_of(why) {
            let (kind, said) = (Kind::Person(cause), why.to_owned());
            return Err(Failure { kind, command: String::new(), status: None, said }.into());
        }
        self.times += 1;
        if self.times <= REPLACEMENTS {
            core.retrying(self.times, format!("it is broken, and is made anew: {why}"), Duration::ZERO);
            return Ok(());
        }
        Err(Error::person(
            format!("{} was made {} times, and is broken", resource.address(), self.times),
            why,
            "look at it in the console; run the command again to have it made anew",
        ))
    }
}

pub(crate) struct Applier<'a> {
    core: &'a Arc<Core>,
    reader: Reader,
    writer: Writer,
    steps: &'a [Step],
    /// What this run has changed: what was planned for the resources that need it may no longer hold.
    changed: BTreeSet<Address>,
    pub counts: Counts,
    pub outputs: Outputs,
    /// What is planned, and whether it is known to be absent until then: that holds on to nothing yet.
    planned: BTreeMap<Address, bool>,
    /// Something of the step that goes on waits for a person.
    left_out: bool,
    /// What could not be deleted, and what it needs: that must stay as well.
    left_over: Vec<(Address, Vec<Need>)>,
}

impl<'a> Applier<'a> {
    pub fn new(core: &'a Arc<Core>, steps: &'a [Step]) -> Self {
        let reader = Reader::new(Arc::clone(core));
        let writer = Writer::new(Arc::clone(core));
        Self {
            core,
            reader,
            writer,
            steps,
            changed: BTreeSet::new(),
            counts: Counts::default(),
            outputs: Outputs::new(),
            planned: BTreeMap::new(),
            left_out: false,
            left_over: Vec::new(),
        }
    }

    /// Does everything that is planned; `finished` is told of each step that is done.
    pub fn apply(
        &mut self,
        plan: &Plan,
        mut finished: impl FnMut(&str, jiff::Timestamp) -> Result<()>,
    ) -> Result<()> {
        let absent = |item: &PlanItem| item.action == Action::Create && !item.assumed;
        self.planned = plan.items.iter().map(|item| (item.resource.clone(), absent(item))).collect();
        for work in &plan.steps {
            let step = &self.steps[work.index];
            let (began, since) = (jiff::Timestamp::now(), Instant::now());
            self.core.emit(Fact::StepStarted {
                step: step.id.to_owned(),
                title: step.title.to_owned(),
                resources: u32::try_from(work.items.len()).unwrap_or(u32::MAX),
            });
            let before = self.counts;
            self.left_out = false;
            // A step that left something out is not finished: a run that resumes this one tries again.
            let result = self.step(step, work, plan).and_then(|()| match work.done || self.left_out {
                true => Ok(()),
                false => finished(step.id, began),
            });
            let outcome = match &result {
                Err(Error::Interrupted(_)) => Outcome::Interrupted,
                Err(_) => Outcome::Failed,
                Ok(()) if work.done => Outcome::Skipped,
                Ok(()) if self.counts.changes() > before.changes() => Outcome::Updated,
                Ok(()) => Outcome::Unchanged,
            };
            let seconds = since.elapsed().as_secs_f64();
            self.core.emit(Fact::StepFinished { step: step.id.to_owned(), outcome, seconds });
            // The error's own event names the resource, so the scene stays until then.
            result?;
            self.core.set_scene(None);
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, work: &Work, plan: &Plan) -> Result<()> {
        for &(number, planned) in &work.items {
            let planned = &plan.items[planned];
            match &step.items[number] {
                Item::Keep(resource) if !work.done && planned.skipped.is_none() => {
                    self.resource(step, resource.as_ref(), planned)?
                }
                _ => self.counts.skipped += 1,
            }
        }
        Ok(())
    }

    fn resource(&mut self, step: &Step, resource: &dyn Resource, planned: &PlanItem) -> Result<()> {
        self.core.clock.check()?;
        let since = Instant::now();
        let address = resource.address();
        let scene = |action| Scene { step: step.id.to_owned(), resource: address.clone(), action, since };
        self.core.set_scene(Some(scene(planned.action)));
        let result = match self.needed_by_left_over(resource) {
            Some(error) => Err(error),
            None => self.work(resource, planned, &scene).map_err(|error| left_over(resource, error)),
        };
        let outcome = match &result {
            Ok(outcome) => *outcome,
            Err(Error::Later { .. }) => Outcome::Skipped,
            Err(Error::Interrupted(_)) => Outcome::Interrupted,
            Err(_) => Outcome::Failed,
        };
        self.count(outcome);
        let action = self.core.scene().map_or(planned.action, |scene| scene.action);
        self.core.emit(Fact::ResourceFinished {
            step: step.id.to_owned(),
            resource: address.clone(),
            action,
            outcome,
            seconds: since.elapsed().as_secs_f64(),
        });
        if let Err(Error::Later { what, why, todo, command }) = result {
            self.left_out = true;
            if !resource.wanted() {
                self.left_over.push((address, resource.needs()));
            }
            self.reader.note(true, format!("{what}: {why}; {todo}"), command);
            return Ok(());
        }
        if result? != Outcome::Unchanged {
            self.core.journal.settle(&address)?;
            self.changed.insert(address);
        }
        if resource.wanted() {
            self.outputs.extend(
                resource.outputs(&self.reader)?.into_iter().map(|(name, value)| (name, gcloud::mask(&value))),
            );
        }
        Ok(())
    }

    /// What stands on something cannot outlive it.
    fn needed_by_left_over(&self, resource: &dyn Resource) -> Option<Error> {
        let need = Need::Resource(resource.address());
        let (left, _) =
            self.left_over.iter().find(|(_, needs)| !resource.wanted() && needs.contains(&need))?;
        let (address, what) = (resource.address(), format!("{} is left over", resource.address()));
        let todo = format!("once {left} is gone, run the command again: it deletes {address} too");
        Some(Error::later(what, format!("{left} is still there, and needs it"), todo, None))
    }

    fn count(&mut self, outcome: Outcome) {
        let counts = &mut self.counts;
        let place = match outcome {
            Outcome::Created => &mut counts.created,
            Outcome::Updated => &mut counts.updated,
            Outcome::Replaced => &mut counts.replaced,
            Outcome::Deleted => &mut counts.deleted,
            Outcome::Adopted => &mut counts.adopted,
            Outcome::Unchanged => &mut counts.unchanged,
            Outcome::Skipped => &mut counts.skipped,
            Outcome::Failed => &mut counts.failed,
            Outcome::Interrupted => return,
        };
        *place += 1;
    }

    /// Brings one resource to where it must be.
    fn work(
        &self,
        resource: &dyn Resource,
        planned: &PlanItem,
        scene: &dyn Fn(Action) -> Scene,
    ) -> Result<Outcome> {
        let address = resource.address();
        let open = self.core.journal.open(&address);
        // Until it is looked at again after a refusal: what a dead run began may arrive while this one works.
        let mut overtaken = open.is_some();
        let ours = open.is_some_and(|intent| intent.action == Action::Create);
        if ours {
            // Its create was in flight: whatever is found under its name is what that made.
            self.core.journal.make(&address)?;
        }
        let mut before = self.before(resource, planned);
        // What this run, or the one before it, has already begun: how the end is called.
        let mut reached = ours.then_some(Outcome::Adopted);
        let mut rounds = Rounds::new();
        let mut refusals = 0;
        let mut broke = Broke::default();
        let mut started = false;
        loop {
            let (action, diffs) = match std::mem::replace(&mut before, Before::Unknown) {
                Before::Planned(action, diffs) => (action, diffs),
                Before::Unknown => {
                    let (state, waited) = self.settled(resource, scene, &mut started)?;
                    if waited && reached.is_none() {
                        reached = Some(Outcome::Adopted);
                    }
                    if let State::Broken(why) = &state {
                        broke.look(self.core, resource, why)?;
                    }
                    if impact::staying(self.core, resource, &state)?.is_some() {
                        return Ok(Outcome::Unchanged);
                    }
                    let action = action(self.core, resource, &state)?;
                    // Once: what was changed here is new already.
                    let owed = |by: &Address| !broke.tried && self.core.journal.owes(&address, by);
                    let renewals = impact::renewals(resource, owed);
                    match state {
                        State::Drifted(diffs) => (action, diffs),
                        State::Present if action == Action::None && !renewals.is_empty() => {
                            (Action::Update, renewals)
                        }
                        _ => (action, Vec::new()),
                    }
                }
            };
            if action == Action::None {
                // What must not be there and is gone, by whosoever hand, is this tool's no longer.
                let gone = !resource.wanted() && self.core.journal.remembers(&address);
                if reached == Some(Outcome::Deleted) || gone {
                    self.core.journal.unmake(&address)?;
                }
                self.core.journal.close(&address)?;
                return Ok(reached.unwrap_or(Outcome::Unchanged));
            }
            self.begin(action, scene, &mut started);
            broke.tried = true;
            match self.change(resource, action, &diffs) {
                Ok(()) => {
                    let outcome = reached.filter(|_| action == Action::Update).unwrap_or(match action {
                        Action::Update => Outcome::Updated,
                        Action::Replace => Outcome::Replaced,
                        Action::Delete => Outcome::Deleted,
                        Action::Create | Action::Adopt | Action::None => Outcome::Created,
                    });
                    if resource.verify_after()
                        && action != Action::Delete
                        && self.verify(resource, scene, &mut started, &mut rounds)? == Verified::Broken
                    {
                        continue;
                    }
                    self.core.journal.close(&address)?;
                    return Ok(outcome);
                }
                // It is said to exist, and yet it is not found, again and again: it is somebody else's.
                Err(Error::Gcloud(mut failure)) if failure.kind == Kind::Exists && refusals == PERSISTENT => {
                    failure.kind = Kind::Person(Cause::NameTaken);
                    let error = Error::Gcloud(failure);
                    self.refused(resource, action, &error)?;
                    return Err(error);
                }
                Err(error) if unclear(&error, action) => {
                    // It may be there now, or gone: look, and go on from what is found.
                    refusals += u32::from(error.kind() == Some(&Kind::Exists));
                    rounds.next(self.core, error)?;
                    self.core.forget_everything();
                    reached =
                        Some(if action == Action::Delete { Outcome::Deleted } else { Outcome::Adopted });
                }
                Err(error) if overtaken && error.kind() == Some(&Kind::Unknown) => {
                    overtaken = false;
                    rounds.next(self.core, error)?;
                    self.core.forget_everything();
                    reached = Some(Outcome::Adopted);
                }
                Err(error) => {
                    self.refused(resource, action, &error)?;
                    return Err(error);
                }
            }
        }
    }

    /// Whether the plan's answer still holds, or the resource must be looked at.
    fn before(&self, resource: &dyn Resource, planned: &PlanItem) -> Before {
        let in_flight = self.core.journal.open(&resource.address()).is_some();
        let new_project = self.core.journal.made_now("project") && !resource.may_preexist();
        // A URL was compared with the address that an instance had before this run moved it.
        let stale = matches!(planned.action, Action::None | Action::Update)
            && resource
                .needs()
                .iter()
                .any(|need| matches!(need, Need::Resource(address) if self.changed.contains(address)));
        // What it holds on to was found to be another one only by this run.
        let owed = |by: &Address| self.core.journal.owes(&resource.address(), by);
        let stale = stale || (planned.action == Action::None && resource.renewed_by().iter().any(owed));
        if stale || in_flight || planned.action == Action::Adopt || (planned.assumed && !new_project) {
            return Before::Unknown;
        }
        Before::Planned(planned.action, planned.fields.clone())
    }

    /// What is there, once no operation works on it any more; and whether that had to be waited for.
    fn settled(
        &self,
        resource: &dyn Resource,
        scene: &dyn Fn(Action) -> Scene,
        started: &mut bool,
    ) -> Result<(State, bool)> {
        let backoff =
            Backoff { first: Duration::from_secs(2), factor: 1.5, longest: Duration::from_secs(15) };
        let mut waited = Duration::ZERO;
        let mut attempt = 0;
        loop {
            self.core.clock.check()?;
            self.core.watch_reads();
            let state = resource.check(&self.reader)?;
            let State::Busy(doing) = &state else { return Ok((state, attempt > 0)) };
            self.begin(Action::Adopt, scene, started);
            if waited >= PATIENCE {
                return Err(Error::person(
                    format!("{} is still {doing}", resource.address()),
                    "Google's operation takes far longer than usual",
                    "look at it in the console; run the command again to go on waiting",
                ));
            }
            attempt += 1;
            let wait = backoff.wait(attempt);
            waited += wait;
            self.core.progress(doing);
            self.core.wait(wait, doing)?;
            self.core.forget_watched();
        }
    }

    /// Looks again after a change that says nothing about its own success.
    fn verify(
        &self,
        resource: &dyn Resource,
        scene: &dyn Fn(Action) -> Scene,
        started: &mut bool,
        rounds: &mut Rounds,
    ) -> Result<Verified> {
        loop {
            let problem = match self.settled(resource, scene, started)?.0 {
                State::Present => return Ok(Verified::Well),
                State::Broken(_) => return Ok(Verified::Broken),
                State::Absent => "it is not there".to_owned(),
                State::Drifted(diffs) => {
                    let fields: Vec<_> = diffs.iter().map(|diff| diff.field.as_str()).collect();
                    format!("it still differs in {}", fields.join(", "))
                }
                State::Busy(doing) => doing,
            };
            let error = Error::person(
                format!("{} was changed, but is not as it should be", resource.address()),
                problem,
                "look at it in the console, then run the command again",
            );
            rounds.next(self.core, error)?;
            self.core.forget_everything();
        }
    }

    fn begin(&self, action: Action, scene: &dyn Fn(Action) -> Scene, started: &mut bool) {
        let scene = scene(action);
        if !*started {
            let (step, resource) = (scene.step.clone(), scene.resource.clone());
            self.core.emit(Fact::ResourceStarted { step, resource, action });
            *started = true;
        }
        self.core.set_scene(Some(scene));
    }

    fn change(&self, resource: &dyn Resource, action: Action, diffs: &[Diff]) -> Result<()> {
        let address = resource.address();
        if resource.renews(action, diffs) {
            for holder in self.holders(&address) {
                self.core.journal.owe(&holder, &address)?;
            }
        }
        match action {
            Action::Create => {
                self.core.journal.make(&address)?;
                resource.create(&self.writer)
            }
            Action::Update => resource.update(&self.writer, diffs),
            Action::Delete => {
                resource.delete(&self.writer)?;
                if resource.verify_after() {
                    self.vanished(resource)?;
                }
                self.core.journal.unmake(&address)
            }
            Action::Replace => {
                gone(resource.delete(&self.writer))?;
                self.vanished(resource)?;
                self.core.journal.make(&address)?;
                resource.create(&self.writer)
            }
            Action::Adopt | Action::None => Ok(()),
        }
    }

    /// What holds on to a resource, and must be renewed where that is made anew.
    fn holders(&self, address: &Address) -> Vec<Address> {
        let kept = self.steps.iter().flat_map(|step| &step.items).filter_map(|item| match item {
            Item::Keep(resource) => Some(resource.as_ref()),
            Item::Skip { .. } => None,
        });
        let holds = |resource: &&dyn Resource| {
            let absent = || match self.planned.get(&resource.address()) {
                Some(absent) => *absent || self.core.journal.made_now("project"),
                // Its step is not selected; where it cannot be looked at, it may be there.
                None => matches!(resource.check(&self.reader), Ok(State::Absent)),
            };
            resource.renewed_by().contains(address) && !absent()
        };
        kept.filter(holds).map(|resource| resource.address()).collect()
    }

    /// Waits until something that was deleted is no longer there: its name is free only then.
    fn vanished(&self, resource: &dyn Resource) -> Result<()> {
        let backoff =
            Backoff { first: Duration::from_secs(2), factor: 1.5, longest: Duration::from_secs(15) };
        let mut waited = Duration::ZERO;
        for attempt in 1.. {
            self.core.watch_reads();
            if resource.check(&self.reader)? == State::Absent {
                break;
            }
            if waited >= PATIENCE {
                return Err(Error::person(
                    format!("{} was deleted, but is still there", resource.address()),
                    "Google's operation takes far longer than usual",
                    "look at it in the console, then run the command again",
                ));
            }
            let wait = backoff.wait(attempt);
            waited += wait;
            self.core.wait(wait, "being deleted")?;
            self.core.forget_watched();
        }
        Ok(())
    }

    /// A change that was refused has not made anything, unless one of several commands had worked before.
    fn refused(&self, resource: &dyn Resource, action: Action, error: &Error) -> Result<()> {
        if matches!(error, Error::Interrupted(_) | Error::Checkpoint(_)) {
            return Ok(());
        }
        let address = resource.address();
        self.core.journal.close(&address)?;
        let nothing_made = matches!(error.kind(), Some(Kind::Usage | Kind::Person(_)))
            || matches!(error, Error::Later { .. });
        if action == Action::Create && nothing_made {
            self.core.journal.unmake(&address)?;
        }
        Ok(())
    }
}

/// Whether what is there now must be looked at. "Not found" about a deletion proves nothing: it may be said of one of
/// several things that go together.
fn unclear(error: &Error, action: Action) -> bool {
    match error.kind() {
        Some(Kind::Ambiguous | Kind::Exists | Kind::Answer) => true,
        Some(Kind::NotFound) => action == Action::Delete,
        _ => false,
    }
}

/// What cannot be deleted because something that is not ours, or not yet gone, uses it is left to a later run.
fn left_over(resource: &dyn Resource, error: Error) -> Error {
    let in_use = error.kind() == Some(&Kind::Person(Cause::InUse));
    match error {
        Error::Gcloud(failure) if in_use && !resource.wanted() => Error::later(
            format!("{} is left over", resource.address()),
            failure.said.clone(),
            "once that is gone, run the command again, or this one",
            Some(failure.command.clone()),
        ),
        error => error,
    }
}

/// What is gone already need not be deleted; whether it is, the next look tells.
fn gone(result: Result<()>) -> Result<()> {
    match result {
        Err(error) if matches!(error.kind(), Some(Kind::NotFound)) => Ok(()),
        result => result,
    }
}
