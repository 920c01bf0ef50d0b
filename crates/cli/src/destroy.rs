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
    let changing = !options.dry_run;
    let mut work = Work::open(options, resume::DESTROY, changing, |steps| match step {
        Some(name) => Ok(vec![steps::find(steps, name)?]),
        None => Ok((0..steps.len()).collect()),
    })?;
    // Among the steps is now also what the config names no more.
    let chosen = work.steps.iter().filter(|step| work.selection.steps.iter().any(|id| id == step.id));
    let also = named(chosen, &how.also, step).map_err(|stop| work.ended(stop))?;
    if let Some(confirmed) = how.confirm.as_deref().filter(|confirmed| *confirmed != work.project()) {
        let project = work.project();
        let text = format!("Nothing was changed: --confirm says {confirmed}, and the project is {project}.");
        return Err(work.ended(Stop::say(USAGE, text)));
    }
    let stopped = |work: &Work, error| work.stopped(&Summary::default(), error, true);
    let mut candidates = match work.engine.doomed(&work.steps, &work.selection, &also) {
        Ok(candidates) => candidates,
        Err(error) => return Ok(stopped(&work, error)),
    };
    if changing {
        decide(&mut candidates, &work).map_err(|stop| work.ended(stop))?;
    }
    let steps = std::mem::take(&mut work.steps);
    let (doomed, plan) = match work.engine.destruction(steps, &work.selection, &mut candidates) {
        Ok(planned) => planned,
        Err(error) => return Ok(stopped(&work, error)),
    };
    if !changing {
        return work.looked(options, plan.changes());
    }
    confirm(options, how, &work, &plan).map_err(|stop| work.ended(stop))?;
    work.begin()?;
    // What a dead run was at, and is gone, is in flight no more.
    work.engine.forget_gone(&candidates).map_err(|e| Stop::say(FAILED, e.to_string()))?;
    let code = work.apply(&doomed, &plan)?;
    if code == DONE {
        work.engine.forget_contained(&candidates).map_err(|e| Stop::say(FAILED, e.to_string()))?;
    }
    Ok(code)
}

/// What `--also` names: something that a destroy of these steps could delete.
fn named<'a>(
    steps: impl Iterator<Item = &'a Step>,
    also: &[String],
    step: Option<&str>,
) -> Result<BTreeSet<Address>, Stop> {
    let kept = steps.flat_map(|step| &step.items).filter_map(|item| match item {
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
            let (who, command) = match step {
                Some(step) => (format!("a destroy of {step}"), format!("step {step} --destroy --dry-run")),
                None => ("a destroy".to_owned(), "deploy-all destroy --dry-run".to_owned()),
            };
            let text =
                format!("--also {name}: {who} deletes nothing of this name. `{command}` shows the names.");
            Stop::say(USAGE, text)
        })
}

/// Asks about each thing of which nothing says that this tool made it.
fn decide(candidates: &mut [Candidate], work: &Work) -> Result<(), Stop> {
    for candidate in candidates.iter_mut().filter(|candidate| candidate.fate == Fate::Asked) {
        let address = &candidate.address;
        let loses = candidate.loses.map(|what| format!(", and lose {what}")).unwrap_or_default();
        let question = format!("Nothing says that this tool made {address}. Delete it too{loses}?");
        candidate.fate = match ask::about(work, &question)? {
            true => Fate::Deleted,
            false => Fate::Kept(format!(
                "nothing says that this tool made it; the same command with --also {address} deletes it"
            )),
        };
    }
    Ok(())
}

/// Asks whether to go on: where data is lost, or what stays needs what goes, `--yes` is not enough.
fn confirm(options: &Options, how: &Destroy, work: &Work, plan: &Plan) -> Result<(), Stop> {
    if how.confirm.is_some() || !plan.changes() {
        return Ok(());
    }
    let loses = plan.items.iter().any(|item| item.data.is_some());
    let interrupts = plan.items.iter().any(|item| item.interrupts.is_some());
    match (loses, interrupts) {
        (true, false) => ask::type_project(work, "data will be lost"),
        (false, true) => ask::type_project(work, "what stays needs what goes"),
        (true, true) => ask::type_project(work, "data will be lost, and what stays needs what goes"),
        (false, false) if options.yes => Ok(()),
        (false, false) => ask::go_on(work, plan.change_count()),
    }
}
