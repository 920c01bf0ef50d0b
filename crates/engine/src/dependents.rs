//! What is not part of a destroy, stays, and needs what goes.

use crate::core::Core;
use crate::destroy::{AtDestroy, Candidate, Fate};
use crate::look::{Doubt, Found, Looker};
use crate::plan::Selection;
use crate::{Address, Item, Need, Resource, Result, Step};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Tells each candidate that goes what needs it, outside of the selection. Only what may need one of them is looked at.
///
/// # Errors
/// Only what ends everything: a signal, a login that has expired.
pub(crate) fn find(
    core: &Arc<Core>,
    steps: &[Step],
    selection: &Selection,
    candidates: &mut [Candidate],
) -> Result<()> {
    let outside: Vec<(&Step, &dyn Resource)> = steps
        .iter()
        .filter(|step| !selection.steps.iter().any(|id| id == step.id))
        .flat_map(|step| step.items.iter().map(move |item| (step, item)))
        .filter_map(|(step, item)| match item {
            Item::Keep(resource) => Some((step, resource.as_ref())),
            Item::Skip { .. } => None,
        })
        .collect();
    let going = going(candidates, &outside);
    let mut looker = Looker::new(core, steps, Doubt::Stops);
    for (step, resource) in outside {
        let address = resource.address();
        let mut needed: BTreeSet<usize> =
            needs(resource).filter_map(|need| going.get(&need).copied()).collect();
        if needed.is_empty() || going.contains_key(&address) {
            continue;
        }
        let said: BTreeSet<&str> =
            needed.iter().filter_map(|index| resource.without(&candidates[*index].address)).collect();
        needed.extend(beneath(resource, steps, &going, &said));
        let found = looker.look(step, resource)?;
        if !found.is_there() {
            continue;
        }
        for index in needed {
            let candidate = &mut candidates[index];
            let what = match (&found, resource.without(&candidate.address)) {
                (Found::Unknown(_), _) => format!("{address} may need it: it could not be read"),
                (_, Some(what)) => format!("{address} needs it: {what}"),
                (_, None) => format!("{address} needs it"),
            };
            candidate.needed_by.push(what);
        }
    }
    core.set_scene(None);
    Ok(())
}

/// What goes and is needed through something else that goes (a cache, through the secret with its URL), as far as the resource
/// has more to say of it than what is said of the other.
fn beneath(
    resource: &dyn Resource,
    steps: &[Step],
    going: &BTreeMap<Address, usize>,
    said: &BTreeSet<&str>,
) -> BTreeSet<usize> {
    let kept = || {
        steps.iter().flat_map(|step| &step.items).filter_map(|item| match item {
            Item::Keep(resource) => Some(resource),
            Item::Skip { .. } => None,
        })
    };
    let mut reached: BTreeSet<Address> = BTreeSet::new();
    let mut next: Vec<Address> = needs(resource).filter(|need| going.contains_key(need)).collect();
    while let Some(address) = next.pop() {
        let through = kept().filter(|kept| kept.address() == address).flat_map(|kept| needs(kept.as_ref()));
        next.extend(through.filter(|need| going.contains_key(need) && reached.insert(need.clone())));
    }
    let more =
        reached.iter().filter(|address| resource.without(address).is_some_and(|what| !said.contains(what)));
    more.map(|address| going[address]).collect()
}

/// What goes, each with the candidate by which it goes: itself, or what contains it.
fn going(candidates: &[Candidate], outside: &[(&Step, &dyn Resource)]) -> BTreeMap<Address, usize> {
    let deleted = candidates.iter().enumerate().filter(|(_, candidate)| candidate.fate == Fate::Deleted);
    let mut going: BTreeMap<Address, usize> =
        deleted.map(|(index, candidate)| (candidate.address.clone(), index)).collect();
    let contained = candidates.iter().filter_map(|candidate| match &candidate.fate {
        Fate::With(container) => Some((candidate.address.clone(), container.clone())),
        _ => None,
    });
    let beyond = outside.iter().filter_map(|(_, resource)| match resource.at_destroy() {
        AtDestroy::With(container) => Some((resource.address(), container)),
        _ => None,
    });
    for (address, container) in contained.chain(beyond) {
        if let Some(index) = going.get(&container) {
            going.insert(address, *index);
        }
    }
    going
}

/// What a resource needs, and what it holds on to.
fn needs(resource: &dyn Resource) -> impl Iterator<Item = Address> {
    let needs = resource.needs().into_iter().filter_map(|need| match need {
        Need::Resource(address) => Some(address),
        Need::Api(_) => None,
    });
    needs.chain(resource.renewed_by())
}
