//! What a destroy takes away, and what it leaves.

use crate::core::Core;
use crate::look::{Doubt, Found, Looker};
use crate::plan::{Plan, Selection, Work};
use crate::{
    Action, Address, Diff, Engine, Error, Item, Need, Reader, Refused, Resource, Result, State, Step, Writer,
    dependents,
};
use events::{Fact, PlanItem, Refusal};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a destroy does with a resource that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AtDestroy {
    /// It is deleted, and nothing is lost that a deploy does not make again.
    Deleted,
    /// It is deleted, and this is lost ("all databases, and their backups").
    Loses(&'static str),
    /// It ends with another resource, which contains it. Where that one stays, it is deleted by itself.
    With(Address),
    /// It stays, for this reason.
    Kept(&'static str),
    /// It stays, for this reason, unless a person names it; then this is lost.
    KeptUnlessNamed {
        /// Why it stays.
        why: &'static str,
        /// What is lost with it.
        loses: &'static str,
    },
}

/// What is to become of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is not there.
    Gone,
    /// It is deleted.
    Deleted,
    /// It goes with this one.
    With(Address),
    /// It stays, for this reason, and with it what it needs.
    Kept(String),
    /// A destroy is never about it, for this reason. What it needs can go.
    Exempt(String),
    /// It is there, it carries no mark, and no journal says that this tool made it: a person decides.
    Asked,
}

/// One resource that a destroy is about.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The step that keeps it.
    pub step: &'static str,
    /// Which one it is.
    pub address: Address,
    /// What is to become of it.
    pub fate: Fate,
    /// What is lost if it is deleted.
    pub loses: Option<&'static str>,
    /// Why it may not be deleted now, and what a person can do about it.
    pub protected: Option<Refusal>,
    /// What needs it, is not part of this destroy, and stays: in words.
    pub(crate) needed_by: Vec<String>,
    /// Where it stands among the steps.
    place: Place,
}

/// Which step, and which of its items.
type Place = (usize, usize);

impl Engine {
    /// Looks at everything that is selected, and says what is to become of it, last made first. `named` are the resources
    /// that a person wants deleted though they would stay.
    ///
    /// # Errors
    /// A look that failed: what is not known is not deleted around.
    pub fn doomed(
        &self,
        steps: &[Step],
        selection: &Selection,
        named: &BTreeSet<Address>,
    ) -> Result<Vec<Candidate>> {
        let looker = Looker::new(&self.core, steps, Doubt::Stops);
        let mut judge = Judge { core: &self.core, looker, named, fates: BTreeMap::new() };
        let mut candidates = Vec::new();
        for (index, step) in steps.iter().enumerate() {
            if selection.steps.iter().any(|id| id == step.id) {
                for (number, item) in step.items.iter().enumerate() {
                    if let Item::Keep(resource) = item {
                        let candidate = judge.judge(step, resource.as_ref(), (index, number))?;
                        // What must not be there anyway is worth a word only where it is, and goes.
                        if resource.wanted() || resource.is_former() || candidate.fate == Fate::Deleted {
                            candidates.push(candidate);
                        }
                    }
                }
            }
        }
        // What stays in any case was not looked at; by now it is known whether it can be there at all.
        for candidate in candidates.iter_mut().filter(|one| matches!(one.fate, Fate::Exempt(_))) {
            if let Some(resource) = at(steps, candidate.place)
                && !judge.looker.can_be_there(resource)?
            {
                candidate.fate = Fate::Gone;
            }
        }
        self.core.set_scene(None);
        candidates.reverse();
        Ok(candidates)
    }

    /// The plan that carries out these fates, and the steps that it is made from: the last made first. It is told
    /// ([`Fact::Plan`]). `selection` is what the candidates are from.
    ///
    /// # Errors
    /// Something is protected against deletion ([`Error::Refused`]): then the plan has been told all the same. An interruption.
    pub fn destruction(
        &self,
        steps: Vec<Step>,
        selection: &Selection,
        candidates: &mut [Candidate],
    ) -> Result<(Vec<Step>, Plan)> {
        keep_what_is_needed(candidates, &steps);
        dependents::find(&self.core, &steps, selection, candidates)?;
        let mut places = BTreeMap::new();
        let mut titles = Vec::new();
        for (index, step) in steps.into_iter().enumerate() {
            titles.push((step.id, step.title));
            for (number, item) in step.items.into_iter().enumerate() {
                if let Item::Keep(resource) = item {
                    places.insert((index, number), resource);
                }
            }
        }
        let mut plan = Plan::default();
        let mut doomed: Vec<Step> = Vec::new();
        for candidate in candidates {
            let Some(resource) = places.remove(&candidate.place) else { continue };
            // What goes with something else goes without saying.
            if matches!(candidate.fate, Fate::With(_) | Fate::Gone) {
                continue;
            }
            let (id, title) = titles[candidate.place.0];
            if doomed.last().is_none_or(|step| step.id != id) {
                plan.steps.push(Work { index: doomed.len(), done: false, items: Vec::new() });
                doomed.push(Step::new(id, title));
            }
            let (Some(step), Some(work)) = (doomed.last_mut(), plan.steps.last_mut()) else { continue };
            work.items.push((step.items.len(), plan.items.len()));
            plan.items.push(candidate.planned());
            plan.refused.extend(candidate.refused());
            step.items.push(match &candidate.fate {
                Fate::Deleted => Item::Keep(Box::new(Doomed { resource })),
                fate => Item::Skip { address: candidate.address.clone(), why: fate.why(), command: None },
            });
        }
        self.core.emit(Fact::Plan { items: plan.items.clone() });
        if plan.refused.is_empty() { Ok((doomed, plan)) } else { Err(Error::Refused(plan.refused)) }
    }

    /// Forgets what the journal knows of what is not there: that this tool made it, and that a run which died was at it.
    ///
    /// # Errors
    /// The checkpoint cannot be written.
    pub fn forget_gone(&self, candidates: &[Candidate]) -> Result<()> {
        self.forget(candidates, |fate| *fate == Fate::Gone)
    }

    /// The same, of what went with something else, once the destroy has come to its end.
    ///
    /// # Errors
    /// The checkpoint cannot be written.
    pub fn forget_contained(&self, candidates: &[Candidate]) -> Result<()> {
        self.forget(candidates, |fate| matches!(fate, Fate::With(_)))
    }

    fn forget(&self, candidates: &[Candidate], which: impl Fn(&Fate) -> bool) -> Result<()> {
        candidates.iter().filter(|candidate| which(&candidate.fate)).try_for_each(|candidate| {
            self.core.journal.unmake(&candidate.address)?;
            self.core.journal.close(&candidate.address)
        })
    }
}

/// The resource at a place.
fn at(steps: &[Step], (step, item): Place) -> Option<&dyn Resource> {
    match steps.get(step)?.items.get(item)? {
        Item::Keep(resource) => Some(resource.as_ref()),
        Item::Skip { .. } => None,
    }
}

/// What stays keeps what it needs: an instance that is left alone its network, and the password of its user. The candidates
/// are in the order of deletion, so that what needs something comes before it.
fn keep_what_is_needed(candidates: &mut [Candidate], steps: &[Step]) {
    let left: BTreeSet<Address> = candidates
        .iter()
        .filter(|candidate| matches!(candidate.fate, Fate::Kept(_) | Fate::Asked))
        .map(|candidate| candidate.address.clone())
        .collect();
    let mut needed: BTreeMap<Address, Address> = BTreeMap::new();
    for candidate in candidates {
        if let (Fate::Deleted, Some(by)) = (&candidate.fate, needed.get(&candidate.address)) {
            candidate.fate = Fate::Kept(format!("{by} stays, and needs it"));
        }
        let stays = match &candidate.fate {
            Fate::Kept(_) | Fate::Asked => true,
            Fate::With(other) => left.contains(other),
            Fate::Gone | Fate::Deleted | Fate::Exempt(_) => false,
        };
        if stays && let Some(resource) = at(steps, candidate.place) {
            let resources = resource.needs().into_iter().filter_map(|need| match need {
                Need::Resource(address) => Some(address),
                Need::Api(_) => None,
            });
            needed.extend(resources.map(|address| (address, candidate.address.clone())));
        }
    }
}

impl Fate {
    /// Why nothing is done, in words.
    fn why(&self) -> String {
        match self {
            Fate::Gone | Fate::Deleted => String::new(),
            Fate::With(other) => format!("goes with {other}"),
            Fate::Kept(why) | Fate::Exempt(why) => why.clone(),
            Fate::Asked => "nothing says that this tool made it".to_owned(),
        }
    }
}

impl Candidate {
    fn planned(&self) -> PlanItem {
        let action = if self.fate == Fate::Deleted { Action::Delete } else { Action::None };
        let mut planned = PlanItem::new(self.step, self.address.clone(), action);
        match &self.fate {
            Fate::Deleted => {
                planned.data = self.loses.map(str::to_owned);
                planned.interrupts = Some(self.needed_by.join("; ")).filter(|what| !what.is_empty());
                planned.refused.clone_from(&self.protected);
            }
            Fate::Gone => {}
            fate => planned.skipped = Some(fate.why()),
        }
        planned
    }

    fn refused(&self) -> Option<Refused> {
        let refusal = self.protected.clone().filter(|_| self.fate == Fate::Deleted)?;
        let (address, fields) = (self.address.clone(), Vec::new());
        Some(Refused { resource: address, action: Action::Delete, fields, refusal, first: None })
    }
}

/// Decides, what contains others first.
struct Judge<'a> {
    core: &'a Arc<Core>,
    looker: Looker<'a>,
    named: &'a BTreeSet<Address>,
    fates: BTreeMap<Address, Fate>,
}

impl Judge<'_> {
    fn judge(&mut self, step: &Step, resource: &dyn Resource, place: Place) -> Result<Candidate> {
        let address = resource.address();
        let (fate, loses) = self.fate(step, resource, &address)?;
        let protected = match fate {
            Fate::Deleted | Fate::Asked => resource.protected(&Reader::new(Arc::clone(self.core)))?,
            _ => None,
        };
        let action = if fate == Fate::Deleted { Action::Delete } else { Action::None };
        self.core.emit(Fact::ResourceChecked {
            step: step.id.to_owned(),
            resource: address.clone(),
            action,
            fields: Vec::new(),
        });
        self.fates.insert(address.clone(), fate.clone());
        let protected = protected.map(|(why, todo)| Refusal { why, todo });
        Ok(Candidate { step: step.id, address, fate, loses, protected, needed_by: Vec::new(), place })
    }

    fn fate(
        &mut self,
        step: &Step,
        resource: &dyn Resource,
        address: &Address,
    ) -> Result<(Fate, Option<&'static str>)> {
        let named = self.named.contains(address);
        let loses = match resource.at_destroy() {
            AtDestroy::Kept(why) => return Ok((Fate::Exempt(why.to_owned()), None)),
            AtDestroy::KeptUnlessNamed { why, .. } if !named => {
                let stays = Fate::Kept(format!("{why}; the same command with --also {address} deletes it"));
                let there = self.looker.look(step, resource)?.is_there();
                return Ok((if there { stays } else { Fate::Gone }, None));
            }
            AtDestroy::With(other) => match self.fates.get(&other) {
                Some(Fate::Gone) => return Ok((Fate::Gone, None)),
                Some(Fate::Deleted | Fate::Asked | Fate::With(_)) => return Ok((Fate::With(other), None)),
                Some(Fate::Kept(_) | Fate::Exempt(_)) | None => None,
            },
            AtDestroy::KeptUnlessNamed { loses, .. } | AtDestroy::Loses(loses) => Some(loses),
            AtDestroy::Deleted => None,
        };
        match self.looker.look(step, resource)? {
            // It is there, and not what this tool keeps: somebody else's.
            Found::Unknown(error) if matches!(*error, Error::Person { .. }) => {
                return Ok((Fate::Kept(error.to_string()), None));
            }
            Found::Unknown(error) => {
                return Err(Error::person(
                    format!("it is not known whether {address} is there"),
                    error.to_string(),
                    "put that right, then run the command again: nothing was deleted",
                ));
            }
            found if !found.is_there() => return Ok((Fate::Gone, None)),
            _ => {}
        }
        let cloud = Reader::new(Arc::clone(self.core));
        if named || self.core.journal.made(address) || resource.marked(&cloud)? {
            return Ok((Fate::Deleted, loses));
        }
        // What must not be there, and was not made by this tool, is none of a destroy's business.
        let fate = match resource.wanted() || resource.is_former() {
            true => Fate::Asked,
            false => Fate::Exempt("this tool did not make it".to_owned()),
        };
        Ok((fate, loses))
    }
}

/// A resource that must not be there any more.
struct Doomed {
    resource: Box<dyn Resource>,
}

impl Resource for Doomed {
    fn address(&self) -> Address {
        self.resource.address()
    }

    fn wanted(&self) -> bool {
        false
    }

    fn needs(&self) -> Vec<Need> {
        self.resource.needs()
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        self.resource.check(cloud)
    }

    fn create(&self, _cloud: &Writer) -> Result<()> {
        Err(Error::person("a destroy makes nothing", "this is a defect of the tool", "report it"))
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        self.create(cloud)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        self.resource.delete(cloud)
    }

    fn verify_after(&self) -> bool {
        self.resource.verify_after()
    }
}
