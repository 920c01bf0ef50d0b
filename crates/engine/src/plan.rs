//! The checks' answers, and the change each asks for.

use crate::core::{Core, Scene};
use crate::{Action, Address, Error, Item, Need, Reader, Refused, Resource, Result, State, Step, impact};
use events::{Fact, PlanItem};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

/// Which steps a run works on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Ids of the steps, in order.
    pub steps: Vec<String>,
    /// Those that the run which is resumed has finished: they are not checked.
    pub done: BTreeSet<String>,
}

impl Selection {
    /// These steps, all of them to be checked.
    pub fn of(steps: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { steps: steps.into_iter().map(Into::into).collect(), done: BTreeSet::new() }
    }
}

/// What a run is going to do.
#[derive(Debug, Default)]
pub struct Plan {
    /// Every resource of the selected steps, in the order of work.
    pub items: Vec<PlanItem>,
    pub(crate) steps: Vec<Work>,
    /// What the config asks for and cannot be done.
    pub(crate) refused: Vec<Refused>,
}

/// What is to be done in one step.
#[derive(Debug)]
pub(crate) struct Work {
    /// The step, among all.
    pub index: usize,
    /// Finished by the run that is resumed.
    pub done: bool,
    /// Its resources: the step's item, and the plan's.
    pub items: Vec<(usize, usize)>,
}

impl Plan {
    /// Whether there is anything to change.
    pub fn changes(&self) -> bool {
        self.items.iter().any(|item| item.action != Action::None)
    }

    /// How many resources it changes.
    pub fn change_count(&self) -> u32 {
        let count = self.items.iter().filter(|item| item.action != Action::None).count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Whether a run of it has anything to do, be it only to tell that steps are finished.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Where something that is needed stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    There,
    /// This run will make it, or wait for it.
    Coming,
    Missing,
}

/// Where a resource stands in the steps.
type Place = (usize, usize);

pub(crate) struct Planner<'a> {
    core: &'a Arc<Core>,
    steps: &'a [Step],
    selection: &'a Selection,
    places: BTreeMap<Address, Place>,
    standing: BTreeMap<Address, Standing>,
    /// What was found to be missing: an API may be, though the resource that enables APIs is there.
    missing: BTreeSet<Need>,
    /// What is another one after this run than what holds on to it knows.
    anew: BTreeSet<Address>,
}

impl<'a> Planner<'a> {
    pub fn new(core: &'a Arc<Core>, steps: &'a [Step], selection: &'a Selection) -> Self {
        let mut places = BTreeMap::new();
        for (step, index) in steps.iter().zip(0..) {
            for (item, number) in step.items.iter().zip(0..) {
                if let Item::Keep(resource) = item {
                    places.insert(resource.address(), (index, number));
                }
            }
        }
        Self {
            core,
            steps,
            selection,
            places,
            standing: BTreeMap::new(),
            missing: BTreeSet::new(),
            anew: BTreeSet::new(),
        }
    }

    /// Checks everything that is selected, in order.
    pub fn plan(mut self) -> Result<Plan> {
        let mut plan = Plan::default();
        for (index, step) in self.steps.iter().enumerate() {
            if self.selection.steps.iter().any(|id| id == step.id) {
                let done = self.selection.done.contains(step.id);
                let mut work = Work { index, done, items: Vec::new() };
                for (number, item) in step.items.iter().enumerate() {
                    let planned = self.item(step, item, done, &mut plan.refused)?;
                    work.items.push((number, plan.items.len()));
                    plan.items.push(planned);
                }
                plan.steps.push(work);
            }
        }
        self.core.set_scene(None);
        Ok(plan)
    }

    fn item(&mut self, step: &Step, item: &Item, done: bool, refused: &mut Vec<Refused>) -> Result<PlanItem> {
        let resource = match item {
            Item::Keep(resource) => resource.as_ref(),
            Item::Skip { address, why, command } => {
                let mut planned = PlanItem::new(step.id, address.clone(), Action::None);
                (planned.skipped, planned.command) = (Some(why.clone()), command.clone());
                return Ok(planned);
            }
        };
        let mut planned = PlanItem::new(step.id, resource.address(), Action::None);
        planned.unwanted = !resource.wanted();
        if done {
            planned.skipped = Some("finished by the run that is resumed".to_owned());
            self.standing.insert(resource.address(), Standing::There);
            return Ok(planned);
        }
        // An API or a project may be called by a check, so what is needed comes first.
        for need in resource.needs() {
            match self.need(&need, step)? {
                Standing::There => {}
                Standing::Coming if resource.stands_alone() && is_beside(&need) => {}
                Standing::Coming => planned.assumed = true,
                Standing::Missing => {
                    self.scene(step, resource);
                    return Err(self.prerequisite(resource, need));
                }
            }
        }
        if planned.assumed {
            planned.action = match resource.wanted() {
                true => Action::Create,
                // What Google adds to a new project by itself will be there by then.
                false if resource.may_preexist() && self.makes_project() => Action::Delete,
                false => Action::None,
            };
            self.scene(step, resource);
        } else {
            let state = self.check(step, resource)?;
            planned.action = match action(self.core, resource, &state) {
                Err(Error::Refused(mut several)) => {
                    let first = several.first();
                    planned.refused = first.map(|refused| refused.refusal.clone());
                    let action = first.map_or(Action::Update, |refused| refused.action);
                    refused.append(&mut several);
                    action
                }
                action => action?,
            };
            if let Some((why, command)) = impact::staying(self.core, resource, &state)? {
                (planned.skipped, planned.command) = (Some(why), Some(command));
            }
            if planned.action == Action::Delete {
                self.unprotected(resource)?;
            }
            if let State::Drifted(diffs) = state
                && matches!(planned.action, Action::Update | Action::Replace)
            {
                planned.fields = diffs;
            }
        }
        if planned.action == Action::None && planned.skipped.is_none() {
            let owed = |by: &Address| self.core.journal.owes(&planned.resource, by);
            let renewals = impact::renewals(resource, |by| self.anew.contains(by) || owed(by));
            if !renewals.is_empty() {
                (planned.action, planned.fields) = (Action::Update, renewals);
            }
        }
        if resource.renews(planned.action, &planned.fields) {
            self.anew.insert(resource.address());
        }
        let former = match planned.action {
            Action::Create => self.former(resource),
            _ => Vec::new(),
        };
        impact::tell(resource, &former, &mut planned);
        self.core.emit(Fact::ResourceChecked {
            step: step.id.to_owned(),
            resource: resource.address(),
            action: planned.action,
            fields: planned.fields.clone(),
        });
        let standing = match planned.action {
            Action::None | Action::Update | Action::Delete => Standing::There,
            // What differs works until then, so that what needs it can be checked; what is broken does not.
            Action::Replace if !planned.fields.is_empty() => Standing::There,
            Action::Create | Action::Replace | Action::Adopt => Standing::Coming,
        };
        self.standing.insert(resource.address(), standing);
        Ok(planned)
    }

    /// What the config named before in the place of this one, and is still there. What cannot be looked at is told of when
    /// its own turn comes.
    fn former(&self, resource: &dyn Resource) -> Vec<Address> {
        let address = resource.address();
        let reader = Reader::new(Arc::clone(self.core));
        let there = |other: &dyn Resource| {
            let same = other.is_former() && other.address().kind() == address.kind();
            same && !matches!(other.check(&reader), Ok(State::Absent) | Err(_))
        };
        let items = self.steps.iter().flat_map(|step| &step.items).filter_map(|item| match item {
            Item::Keep(other) => there(other.as_ref()).then(|| other.address()),
            Item::Skip { .. } => None,
        });
        items.collect()
    }

    /// Refuses to delete what is protected, before anything is touched.
    fn unprotected(&self, resource: &dyn Resource) -> Result<()> {
        match resource.protected(&Reader::new(Arc::clone(self.core)))? {
            None => Ok(()),
            Some((why, todo)) => {
                let what = format!("{} is protected against deletion", resource.address());
                Err(Error::person(what, why, todo))
            }
        }
    }

    /// Whether this run is going to make the project.
    fn makes_project(&self) -> bool {
        let mut standing = self.standing.iter();
        standing.any(|(address, standing)| address.kind() == "project" && *standing == Standing::Coming)
    }

    fn check(&self, step: &Step, resource: &dyn Resource) -> Result<State> {
        self.core.clock.check()?;
        self.scene(step, resource);
        resource.check(&Reader::new(Arc::clone(self.core)))
    }

    fn scene(&self, step: &Step, resource: &dyn Resource) {
        let (resource, since) = (resource.address(), Instant::now());
        let step = step.id.to_owned();
        self.core.set_scene(Some(Scene { step, resource, action: Action::None, since }));
    }

    fn need(&mut self, need: &Need, by: &Step) -> Result<Standing> {
        let standing = self.standing_of(need, by)?;
        if standing == Standing::Missing {
            self.missing.insert(need.clone());
        }
        Ok(standing)
    }

    fn standing_of(&mut self, need: &Need, by: &Step) -> Result<Standing> {
        let address = match need {
            Need::Resource(address) => address.clone(),
            Need::Api(name) => {
                // What nobody enables cannot be known: the calls will tell.
                let Some(provider) = self.provider(need) else { return Ok(Standing::There) };
                let standing = self.resource(&provider, by)?;
                let selected = self.is_selected(&provider);
                return Ok(match (standing, self.core.api(name)) {
                    (Standing::Missing, _) => Standing::Missing,
                    (_, Some(true)) | (Standing::There, None) => Standing::There,
                    (_, _) if selected => Standing::Coming,
                    (_, _) => Standing::Missing,
                });
            }
        };
        self.resource(&address, by)
    }

    fn provider(&self, need: &Need) -> Option<Address> {
        let resources = self.steps.iter().flat_map(|step| &step.items).filter_map(|item| match item {
            Item::Keep(resource) => Some(resource),
            Item::Skip { .. } => None,
        });
        let mut providers = resources.filter(|resource| resource.provides().contains(need));
        providers.next().map(|resource| resource.address())
    }

    fn is_selected(&self, address: &Address) -> bool {
        let step = self.places.get(address).map(|(step, _)| self.steps[*step].id);
        step.is_some_and(|id| self.selection.steps.iter().any(|selected| selected == id))
    }

    /// Where another resource stands: from this plan, or, where its step is not selected, from a look at the cloud.
    fn resource(&mut self, address: &Address, by: &Step) -> Result<Standing> {
        if let Some(standing) = self.standing.get(address) {
            return Ok(*standing);
        }
        let Some(&(index, number)) = self.places.get(address) else {
            let why = format!("no step keeps {address}, which a resource of {} needs", by.id);
            return Err(Error::person("cannot plan", why, "this is a defect of the tool: report it"));
        };
        let step = &self.steps[index];
        let Item::Keep(resource) = &step.items[number] else { return Ok(Standing::There) };
        let standing = if self.selection.done.contains(step.id) {
            Standing::There
        } else if self.is_selected(address) {
            let why = format!("{address} comes after a resource of {} that needs it", by.id);
            return Err(Error::person("cannot plan", why, "this is a defect of the tool: report it"));
        } else {
            self.look(step, resource.as_ref())?
        };
        self.standing.insert(address.clone(), standing);
        Ok(standing)
    }

    fn look(&mut self, step: &Step, resource: &dyn Resource) -> Result<Standing> {
        for need in resource.needs() {
            if self.need(&need, step)? != Standing::There {
                return Ok(Standing::Missing);
            }
        }
        let there = match self.check(step, resource)? {
            State::Present | State::Drifted(_) => true,
            State::Absent => !resource.wanted(),
            State::Busy(_) | State::Broken(_) => false,
        };
        Ok(if there { Standing::There } else { Standing::Missing })
    }

    /// Names the first step that has to run: what is missing may itself lack something of an earlier step.
    fn prerequisite(&self, resource: &dyn Resource, need: Need) -> Error {
        let mut missing = need;
        let provided = |need: &Need| match need {
            Need::Resource(address) => Some(address.clone()),
            Need::Api(_) => self.provider(need),
        };
        // Every need of a resource that was looked at is known by now; the chain of the missing ends.
        loop {
            let needs = provided(&missing).and_then(|address| self.places.get(&address).copied());
            let needs = needs.map(|(step, item)| match &self.steps[step].items[item] {
                Item::Keep(resource) => resource.needs(),
                Item::Skip { .. } => Vec::new(),
            });
            match needs.into_iter().flatten().find(|need| self.missing.contains(need)) {
                Some(need) => missing = need,
                None => break,
            }
        }
        let place = provided(&missing).and_then(|address| self.places.get(&address).copied());
        let step =
            place.map_or_else(|| "another step".to_owned(), |(step, _)| self.steps[step].id.to_owned());
        Error::Prerequisite { resource: resource.address(), need: missing, step }
    }
}

/// Whether a check can be made without it: nothing can be read of a project or an API that is not there.
pub(crate) fn is_beside(need: &Need) -> bool {
    matches!(need, Need::Resource(_)) && !is_project(need)
}

pub(crate) fn is_project(need: &Need) -> bool {
    matches!(need, Need::Resource(address) if address.kind() == "project")
}

/// The change that a state asks for.
///
/// # Errors
/// [`Error::Refused`] where that cannot be done; where it is broken and must not be deleted.
pub(crate) fn action(core: &Arc<Core>, resource: &dyn Resource, state: &State) -> Result<Action> {
    if impact::staying(core, resource, state)?.is_some() {
        return Ok(Action::None);
    }
    if !resource.wanted() {
        return Ok(match state {
            State::Absent => Action::None,
            State::Present | State::Drifted(_) | State::Busy(_) | State::Broken(_) => Action::Delete,
        });
    }
    Ok(match state {
        State::Absent => Action::Create,
        State::Present => Action::None,
        State::Drifted(diffs) => impact::change(core, resource, diffs)?,
        State::Busy(_) => Action::Adopt,
        State::Broken(why) => {
            let address = resource.address();
            // What broke while it was made has never held anything.
            let unfinished = core
                .journal
                .open(&address)
                .is_some_and(|intent| matches!(intent.action, Action::Create | Action::Replace));
            let holds_data = resource.holds_data() && !unfinished;
            if !core.journal.made(&address) || holds_data {
                let reason = match holds_data {
                    true => "it may hold data, so this tool does not delete it",
                    false => {
                        "this tool's journal does not say that it made it, so this tool does not delete it"
                    }
                };
                return Err(Error::person(
                    format!("{address} is broken: {why}"),
                    reason,
                    format!("repair {address}, or delete it by hand, then run the command again"),
                ));
            }
            Action::Replace
        }
    })
}
