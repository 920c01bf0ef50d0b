//! Looks at resources one by one and goes on where a look fails: for what wants to know how things stand, not to change them.

use crate::core::{Core, Scene};
use crate::plan::{is_beside, is_project};
use crate::{Action, Address, Error, Item, Need, Reader, Resource, Result, State, Step};
use gcloud::{Cause, Kind};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// What a look at one resource found.
#[derive(Debug)]
pub enum Found {
    /// What its check answered.
    State(State),
    /// It was not looked at: this is not there, which it needs, or which that needs in turn. So it cannot be there either.
    Impossible(Need),
    /// Its check failed, or that of something that it needs.
    Unknown(Arc<Error>),
}

impl Found {
    /// Whether something is there under its name, be it as it should be or not.
    pub fn is_there(&self) -> bool {
        !matches!(self, Found::State(State::Absent) | Found::Impossible(_))
    }
}

/// What is made of a look that failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It is in the way of all that needs the resource, and an expired login ends everything: who deletes must know.
    Stops,
    /// What needs the resource is looked at all the same, since an absence would show there too; but not where it is the
    /// project, of which every question would be refused.
    Goes,
}

/// What others can count on.
#[derive(Clone, Debug)]
enum Standing {
    There,
    /// Not there, or not possible without this.
    Missing(Need),
    Unknown(Arc<Error>),
}

pub(crate) struct Looker<'a> {
    core: &'a Arc<Core>,
    steps: &'a [Step],
    doubt: Doubt,
    standing: BTreeMap<Address, Standing>,
}

impl<'a> Looker<'a> {
    pub fn new(core: &'a Arc<Core>, steps: &'a [Step], doubt: Doubt) -> Self {
        Self { core, steps, doubt, standing: BTreeMap::new() }
    }

    /// Looks at a resource, and first at what it needs.
    ///
    /// # Errors
    /// Only what ends everything: a signal, or where doubts stop, a login that has expired.
    pub fn look(&mut self, step: &Step, resource: &dyn Resource) -> Result<Found> {
        let found = match self.needs(resource)? {
            Standing::There => self.check(step, resource)?,
            Standing::Missing(need) => Found::Impossible(need),
            Standing::Unknown(error) => Found::Unknown(error),
        };
        let standing = match &found {
            Found::Unknown(error) => Standing::Unknown(Arc::clone(error)),
            // What must not be there is not what others wait for.
            found if found.is_there() || !resource.wanted() => Standing::There,
            Found::Impossible(need) => Standing::Missing(need.clone()),
            Found::State(_) => Standing::Missing(Need::Resource(resource.address())),
        };
        self.standing.insert(resource.address(), standing);
        Ok(found)
    }

    /// Whether a resource can be there, as far as that is known without a look at it: where it was looked at, it tells; else
    /// what it needs.
    ///
    /// # Errors
    /// As [`Looker::look`].
    pub fn can_be_there(&mut self, resource: &dyn Resource) -> Result<bool> {
        let standing = match self.standing.get(&resource.address()) {
            Some(standing) => standing.clone(),
            None => self.needs(resource)?,
        };
        Ok(!matches!(standing, Standing::Missing(_)))
    }

    fn check(&self, step: &Step, resource: &dyn Resource) -> Result<Found> {
        self.core.clock.check()?;
        let (step, address, since) = (step.id.to_owned(), resource.address(), Instant::now());
        self.core.set_scene(Some(Scene { step, resource: address, action: Action::None, since }));
        match resource.check(&Reader::new(Arc::clone(self.core))) {
            Ok(state) => Ok(Found::State(state)),
            Err(error @ Error::Interrupted(_)) => Err(error),
            // Every further look would meet the same.
            Err(error) if self.doubt == Doubt::Stops && error.kind() == Some(&Kind::Person(Cause::Login)) => {
                Err(error)
            }
            Err(error) => Ok(Found::Unknown(Arc::new(error))),
        }
    }

    /// Whether all that the check of a resource needs is there.
    fn needs(&mut self, resource: &dyn Resource) -> Result<Standing> {
        let alone = resource.stands_alone();
        for need in resource.needs().iter().filter(|need| !(alone && is_beside(need))) {
            match self.need(need)? {
                Standing::There => {}
                Standing::Unknown(_) if self.doubt == Doubt::Goes && !is_project(need) => {}
                Standing::Unknown(_) if self.doubt == Doubt::Goes => {
                    return Ok(Standing::Missing(need.clone()));
                }
                standing => return Ok(standing),
            }
        }
        Ok(Standing::There)
    }

    fn need(&mut self, need: &Need) -> Result<Standing> {
        let mut standing = Standing::There;
        // What nobody keeps cannot be known: the calls will tell.
        if let Some((step, resource)) = self.keeper(need) {
            let address = resource.address();
            if !self.standing.contains_key(&address) {
                self.look(step, resource)?;
            }
            standing = self.standing.get(&address).cloned().unwrap_or(Standing::There);
        }
        Ok(match (need, standing) {
            (Need::Api(name), Standing::There) if self.core.api(name) == Some(false) => {
                Standing::Missing(need.clone())
            }
            (_, standing) => standing,
        })
    }

    fn keeper(&self, need: &Need) -> Option<(&'a Step, &'a dyn Resource)> {
        let keeps = |resource: &dyn Resource| match need {
            Need::Resource(address) => resource.address() == *address,
            Need::Api(_) => resource.provides().contains(need),
        };
        self.steps.iter().find_map(|step| {
            let mut kept = step.items.iter().filter_map(|item| match item {
                Item::Keep(resource) => Some(resource.as_ref()),
                Item::Skip { .. } => None,
            });
            kept.find(|resource| keeps(*resource)).map(|resource| (step, resource))
        })
    }
}
