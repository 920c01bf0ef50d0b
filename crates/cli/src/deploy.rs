//! Deploys: plan, question, apply.

use crate::args::Options;
use crate::exit::{DIFFERENT, Stop, USAGE};
use crate::work::Work;
use crate::{ask, costs, steps};
use engine::{Step, Summary};

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// All steps, or those between `--from` and `--until`.
    Deploy,
    /// Look, change nothing.
    Plan,
    /// One step.
    Step(String),
}

/// Carries out a wish; the exit code.
///
/// # Errors
/// What ends the program before a run begins, with what to say.
pub fn run(options: &Options, wish: &Wish) -> Result<u8, Stop> {
    let wish = if options.dry_run { &Wish::Plan } else { wish };
    let work = Work::open(options, kind(wish), *wish != Wish::Plan, |steps| choose(steps, options, wish))?;
    let plan = match work.engine.plan(&work.steps, &work.selection) {
        Ok(plan) => plan,
        Err(error) => return Ok(work.stopped(&Summary::default(), error, true)),
    };
    if let Some(cost) = costs::of_plan(&work.session.settings.loaded.config, &plan.items) {
        work.tell(cost);
    }
    if *wish == Wish::Plan {
        let done = work.concluded()?;
        return Ok(if options.exit_code && plan.changes() { DIFFERENT } else { done });
    }
    if plan.changes() && !options.yes {
        let session = &work.session;
        let redirected = session.ready.redirection.is_some();
        ask::go_on(plan.change_count(), work.project(), redirected, &session.interrupt)?;
    }
    work.begin()?;
    work.apply(&work.steps, &plan)
}

fn kind(wish: &Wish) -> &'static str {
    match wish {
        Wish::Deploy => "deploy",
        Wish::Plan => "plan",
        Wish::Step(_) => "step",
    }
}

/// The steps that a wish is about, by index.
fn choose(steps: &[Step], options: &Options, wish: &Wish) -> Result<Vec<usize>, Stop> {
    if let Wish::Step(name) = wish {
        if options.from.is_some() || options.until.is_some() {
            return Err(Stop::say(USAGE, "`step` runs one step: --from and --until belong to deploy-all."));
        }
        return Ok(vec![steps::find(steps, name)?]);
    }
    let first = options.from.as_deref().map_or(Ok(0), |name| steps::find(steps, name))?;
    let last = options.until.as_deref().map_or(Ok(steps.len() - 1), |name| steps::find(steps, name))?;
    if first > last {
        return Err(Stop::say(
            USAGE,
            format!("--from {} comes after --until {}.", steps[first].id, steps[last].id),
        ));
    }
    Ok((first..=last).collect())
}
