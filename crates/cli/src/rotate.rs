//! Rotates a password: plan, question, apply.

use crate::args::{Options, Rotate};
use crate::ask;
use crate::exit::{Stop, USAGE};
use crate::work::Work;
use config::{Config, names};
use engine::{Need, Step, Summary};
use step_cloud_run::NewRevision;
use step_database::rotate::Rotation;

/// Rotates it, or goes on where an unfinished rotation stopped; the exit code.
///
/// # Errors
/// What ends the program before a run begins, with what to say.
pub fn run(options: &Options, what: &Rotate) -> Result<u8, Stop> {
    if options.from.is_some() || options.until.is_some() {
        return Err(Stop::say(
            USAGE,
            "A rotation has an order of its own: --from and --until belong to a deploy.",
        ));
    }
    match what {
        Rotate::DbPassword => db_password(options),
    }
}

fn db_password(options: &Options) -> Result<u8, Stop> {
    let mut rotation = None;
    let steps = |config: &Config| {
        let made = rotation.insert(Rotation::new(config));
        let served = NewRevision::address_of(config);
        vec![made.prepare(), serve(config, made), made.retire(&served)]
    };
    let changing = !options.dry_run;
    let work =
        Work::open_with(options, "rotate db-password", changing, steps, |all| Ok((0..all.len()).collect()))?;
    if let Some(rotation) = rotation {
        rotation.name(work.began().as_millisecond().to_string());
    }
    carry_out(options, &work)
}

fn serve(config: &Config, rotation: &Rotation) -> Step {
    let revision = NewRevision::new(config, names::DATABASE_URL, rotation.pending());
    Step::new("serve", "New revision").keep(revision.needs([Need::Resource(Rotation::prepared())]))
}

/// Plan, question, apply.
fn carry_out(options: &Options, work: &Work) -> Result<u8, Stop> {
    let plan = match work.engine.plan(&work.steps, &work.selection) {
        Ok(plan) => plan,
        Err(error) => return Ok(work.stopped(&Summary::default(), error, true)),
    };
    if options.dry_run {
        return work.concluded();
    }
    if plan.changes() && !options.yes {
        let redirected = work.session.ready.redirection.is_some();
        ask::go_on(plan.change_count(), work.project(), redirected, &work.session.interrupt)?;
    }
    work.begin()?;
    work.apply(&work.steps, &plan)
}
