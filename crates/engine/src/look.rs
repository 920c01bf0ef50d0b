//! Looks at resources one by one and goes on where a look fails: for what wants to know how things stand, not to change them.

use crate::core::{Core, Scene};
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
    /// It was not looked at: something that it needs is not there, so that it cannot be there either.
    Impossible,
    /// Its check failed, or that of something that it needs.
    Unknown(Arc<Error>),
}

impl Found {
    /// Whether something is there under its name, be it as it should be or not.
    pub fn is_there(&self) -> bool {
        !matches!(self, Found::State(State::Absent) | Found::Impossible)
    }
}

/// What others can count on.
#[derive(Clone, Debug)]
enum Standing {
    There,
    Missing,
    Unknown(Arc<Error>),
}

pub(crate) struct Looker<'a> {
    core: &'a Arc<Core>,
    steps: &'a [Step],
    standing: BTreeMap<Address, Standing>,
}

impl<'a> Looker<'a> {
    pub fn new(core: &'a Arc<Core>, steps: &'a [Step]) -> Self {
        Self { core, steps, standing: BTreeMap::new() }
    }

    /// Looks at a resource, and first at what it needs.
    ///
    /// # Errors
    /// Only what ends everything: a signal, a login that has expired.
    pub fn look(&mut self, step: &Step, resource: &dyn Resource) -> Result<Found> {
        let found = self.found(step, resource)?;
        let standing = match &found {
            Found::Unknown(error) => Standing::Unknown(Arc::clone(error)),
            Found::State(State::Absent) if !resource.wanted() => Standing::There,
            found if found.is_there() => Standing::There,
            _ => Standing::Missing,
        };
        self.standing.insert(resource.address(), standing);
        Ok(found)
    }

    fn found(&mut self, step: &Step, resource: &dyn Resource) -> Result<Found> {
        for need in resource.needs() {
            match self.need(&need)? {
                Standing::There => {}
                Standing::Missing => return Ok(Found::Impossible),
                Standing::Unknown(error) => return Ok(Found::Unknown(error)),
            }
        }
        self.core.clock.check()?;
        let (step, address, since) = (step.id.to_owned(), resource.address(), Instant::now());
        self.core.set_scene(Some(Scene { step, resource: address, action: Action::None, since }));
        match resource.check(&Reader::new(Arc::clone(self.core))) {
            Ok(state) => Ok(Found::State(state)),
            // Every further look would meet the same.
            Err(error @ Error::Interrupted(_)) => Err(error),
            Err(error) if error.kind() == Some(&Kind::Person(Cause::Login)) => Err(error),
            Err(error) => Ok(Found::Unknown(Arc::new(error))),
        }
    }

    fn need(&mut self, need: &Need) -> Result<Standing> {
        let Some((step, resource)) = self.keeper(need) else { return Ok(Standing::There) };
        let address = resource.address();
        if !self.standing.contains_key(&address) {
            self.look(step, resource)?;
        }
        let standing = self.standing.get(&address).cloned().unwrap_or(Standing::Missing);
        Ok(match (need, standing) {
            (Need::Api(name), Standing::There) if self.core.api(name) == Some(false) => Standing::Missing,
            (_, standing) => standing,
        })
    }

    /// Who keeps what is needed. Nobody: it cannot be known, and the calls will tell.
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
