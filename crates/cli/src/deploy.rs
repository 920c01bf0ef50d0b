//! Deploys: plan, question, apply.

use crate::args::Options;
use crate::exit::{Stop, USAGE};
use crate::work::Work;
use crate::{adopt, costs, plan_file, say, script, steps};
use engine::{Step, Summary};
use std::path::PathBuf;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// All steps, or those between `--from` and `--until`; or exactly what a saved plan says.
    Deploy {
        /// The saved plan.
        plan: Option<PathBuf>,
    },
    /// Look, change nothing.
    Plan {
        /// Where the plan is saved.
        out: Option<PathBuf>,
    },
    /// One step.
    Step(String),
}

/// Carries out a wish; the exit code.
///
/// # Errors
/// What ends the program before a run begins, with what to say.
pub fn run(options: &Options, wish: &Wish) -> Result<u8, Stop> {
    // A dry run of one step is the plan of that step.
    let chosen = wish;
    let looks = matches!(wish, Wish::Plan { .. });
    let wish = if options.dry_run && !looks { &Wish::Plan { out: None } } else { wish };
    let changing = !matches!(wish, Wish::Plan { .. });
    if options.script && (changing || matches!(wish, Wish::Plan { out: Some(_) })) {
        return Err(Stop::say(USAGE, script::BELONGS));
    }
    if let Wish::Plan { out: Some(path) } = wish {
        plan_file::check(path)?;
    }
    let mut options = options.clone();
    let mut given = None;
    match wish {
        Wish::Deploy { plan: Some(path) } => {
            let saved = plan_file::read(&options, path)?;
            options = plan_file::options(&options, &saved);
            given = Some((path, saved));
        }
        // What an unfinished run has done is checked too: the plan must hold by itself.
        Wish::Plan { out: Some(_) } => options.fresh = true,
        Wish::Plan { .. } if options.script => options.fresh = true,
        _ => {}
    }
    let options = &options;
    let work = Work::open(options, kind(wish), changing, |steps| match &given {
        Some((_, saved)) => {
            Ok((0..steps.len()).filter(|n| saved.steps.iter().any(|id| id == steps[*n].id)).collect())
        }
        None => choose(steps, options, chosen),
    })?;
    let plan = match work.engine.plan(&work.steps, &work.selection) {
        Ok(plan) => plan,
        Err(error) => return Ok(work.stopped(&Summary::default(), error, true)),
    };
    if let Some(cost) = costs::of_plan(&work.session.settings.loaded.config, &plan.items) {
        work.tell(cost);
    }
    if let Some(hint) = adopt::hint(&work, &plan) {
        work.tell(hint);
    }
    if let Some((path, saved)) = &given
        && let Some(error) = plan_file::moved(&work, saved, path, &plan)
    {
        work.stopped(&Summary::default(), error, true);
        return Ok(USAGE);
    }
    if let Wish::Plan { out } = wish {
        if let Some(path) = out {
            plan_file::save(&work, &plan, path, &options.allow_replace).map_err(|stop| work.ended(stop))?;
        }
        let script = match options.script.then(|| script::of(&work, &plan)).transpose() {
            Ok(script) => script,
            Err(error) => return Ok(work.stopped(&Summary::default(), error, true)),
        };
        let code = work.looked(options, plan.changes())?;
        if let Some(script) = script {
            say::text(script);
        }
        return Ok(code);
    }
    work.ask(options, &plan)?;
    if let Some((_, saved)) = &given {
        plan_file::keep(&work, saved).map_err(|stop| work.ended(stop))?;
    }
    work.begin()?;
    work.keep(&plan)?;
    work.apply(&work.steps, &plan)
}

fn kind(wish: &Wish) -> &'static str {
    match wish {
        Wish::Deploy { .. } => "deploy",
        Wish::Plan { .. } => "plan",
        Wish::Step(_) => "step",
    }
}

/// The steps that a wish is about, by index.
fn choose(steps: &[Step], options: &Options, wish: &Wish) -> Result<Vec<usize>, Stop> {
    if let Wish::Step(name) = wish {
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
