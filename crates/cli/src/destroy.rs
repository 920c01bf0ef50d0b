//! Destroys: what goes, what is lost, what stays; questions; deletion, last made first.

use crate::args::{Destroy, Options};
use crate::exit::{DONE, FAILED, Stop, USAGE};
use crate::work::Work;
use crate::{ask, steps};
use engine::{Address, AtDestroy, Candidate, Fate, Item, Plan, Step, Summary, resume};
use std::collections::BTreeSet;

/// Destroys the deployment, or what one step keeps; the exit code.
///
/// # Errors
/// What ends the program before anything is deleted, with what to say.
pub fn run(options: &Options, how: &Destroy, step: Option<&str>) -> Result<u8, Stop> {
    if options.from.is_some() || options.until.is_some() {
        return Err(Stop::say(USAGE, "A destroy takes everything, or one step: `step STEP --destroy`."));
    }
    let changing = !options.dry_run;
    let mut work = Work::open(options, resume::DESTROY, changing, |steps| match step {
        Some(name) => Ok(vec![steps::find(steps, name)?]),
        None => Ok((0..steps.len()).collect()),
    })?;
    // Among the steps is now also what the config names no more.
    let also = named(&work.steps, &how.also)?;
    if let Some(confirmed) = how.confirm.as_deref().filter(|confirmed| *confirmed != work.project()) {
        let project = work.project();
        let text = format!("Nothing was changed: --confirm says {confirmed}, and the project is {project}.");
        return Err(Stop::say(USAGE, text));
    }
    let mut candidates = match work.engine.doomed(&work.steps, &work.selection, &also) {
        Ok(candidates) => candidates,
        Err(error) => return Ok(work.stopped(&Summary::default(), error, true)),
    };
    if changing {
        decide(&mut candidates, &work)?;
    }
    let (doomed, plan) = work.engine.destruction(std::mem::take(&mut work.steps), &mut candidates);
    if !changing {
        return work.concluded();
    }
    confirm(options, how, &work, &candidates, &plan)?;
    work.begin()?;
    // What a dead run was at, and is gone, is in flight no more.
    work.engine.forget_gone(&candidates).map_err(|e| Stop::say(FAILED, e.to_string()))?;
    let code = work.apply(&doomed, &plan)?;
    if code == DONE {
        work.engine.forget_contained(&candidates).map_err(|e| Stop::say(FAILED, e.to_string()))?;
    }
    Ok(code)
}

/// What `--also` names: something that a destroy could delete.
fn named(steps: &[Step], also: &[String]) -> Result<BTreeSet<Address>, Stop> {
    let kept = steps.iter().flat_map(|step| &step.items).filter_map(|item| match item {
        Item::Keep(resource) if !matches!(resource.at_destroy(), AtDestroy::Kept(_)) => {
            Some(resource.address())
        }
        _ => None,
    });
    let kept: BTreeSet<Address> = kept.collect();
    also.iter()
        .map(|name| kept.iter().find(|address| address.as_str() == name).cloned().ok_or(name))
        .collect::<Result<_, _>>()
        .map_err(|name| {
            let text = format!(
                "--also {name}: a destroy deletes nothing of this name. `deploy-all destroy --dry-run` shows the names."
            );
            Stop::say(USAGE, text)
        })
}

/// Asks about each thing of which nothing says that this tool made it.
fn decide(candidates: &mut [Candidate], work: &Work) -> Result<(), Stop> {
    for candidate in candidates.iter_mut().filter(|candidate| candidate.fate == Fate::Asked) {
        let address = &candidate.address;
        let question = format!("Nothing says that this tool made {address}. Delete it too?");
        candidate.fate = match ask::about(&question, &work.session.interrupt)? {
            true => Fate::Deleted,
            false => Fate::Kept(format!("nothing says that this tool made it; --also {address} deletes it")),
        };
    }
    Ok(())
}

/// Asks whether to go on: where data is lost, `--yes` is not enough.
fn confirm(
    options: &Options,
    how: &Destroy,
    work: &Work,
    candidates: &[Candidate],
    plan: &Plan,
) -> Result<(), Stop> {
    if how.confirm.is_some() || !plan.changes() {
        return Ok(());
    }
    let redirected = work.session.ready.redirection.is_some();
    let interrupt = &work.session.interrupt;
    let loses = |candidate: &Candidate| candidate.fate == Fate::Deleted && candidate.loses.is_some();
    if candidates.iter().any(loses) {
        return ask::type_project(work.project(), redirected, interrupt);
    }
    match options.yes {
        true => Ok(()),
        false => ask::go_on(plan.change_count(), work.project(), redirected, interrupt),
    }
}
