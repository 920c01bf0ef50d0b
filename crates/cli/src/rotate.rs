//! Rotates a password: plan, question, apply.

use crate::args::{Options, Rotate};
use crate::exit::{Stop, USAGE};
use crate::settings;
use crate::steps;
use crate::work::Work;
use config::{Config, names};
use engine::{Address, Error, Need, Step, Summary};
use events::Fact;
use gcloud::{Cause, Kind};
use resources::Parted;
use step_cloud_run::NewRevision;
use step_database::rotate::Rotation as Database;
use step_redis::rotate::Rotation as Redis;

/// What the first look asks.
const SECRETS: &str = "secretmanager.googleapis.com";

const NO_AUTH: &str = "There is nothing to rotate: redis.auth = false, so that the cache asks for no password. `redis.auth = true` in \
    the config and `deploy-all` turn AUTH on, with a string that nobody knew before.";

/// Rotates it, or goes on where an unfinished rotation stopped; the exit code.
///
/// # Errors
/// What ends the program before a run begins, with what to say.
pub fn run(options: &Options, what: &Rotate) -> Result<u8, Stop> {
    match what {
        Rotate::DbPassword => db_password(options),
        Rotate::Redis => redis(options),
    }
}

fn db_password(options: &Options) -> Result<u8, Stop> {
    let mut rotation = None;
    let steps = |config: &Config| {
        let made = rotation.insert(Database::new(config));
        let served = NewRevision::address_of(config);
        let revision = NewRevision::new(config, names::DATABASE_URL, made.pending());
        vec![made.prepare(), serve(revision, Database::prepared()), made.retire(&served)]
    };
    let work = open(options, "rotate db-password", steps)?;
    if let Some(rotation) = rotation {
        rotation.name(id(&work));
    }
    carry_out(options, &work, None)
}

fn redis(options: &Options) -> Result<u8, Stop> {
    if !settings::load(options)?.loaded.config.redis.auth {
        return Err(Stop::say(USAGE, NO_AUTH));
    }
    let mut rotation = None;
    let steps = |config: &Config| {
        let made = rotation.insert(Redis::new(config));
        let served = NewRevision::address_of(config);
        let revision = NewRevision::new(config, names::REDIS_URL, made.pending());
        vec![made.prepare(), serve(revision, Redis::prepared()), made.retire(&served)]
    };
    let work = open(options, "rotate redis", steps)?;
    if let Some(rotation) = rotation {
        rotation.name(id(&work));
    }
    carry_out(options, &work, Some(step_redis::rotate::WINDOW))
}

fn open(options: &Options, kind: &str, steps: impl FnOnce(&Config) -> Vec<Step>) -> Result<Work, Stop> {
    Work::open_with(options, kind, !options.dry_run, steps, |all| Ok((0..all.len()).collect()))
}

/// What the rotation is called in the cloud.
fn id(work: &Work) -> String {
    work.began().as_millisecond().to_string()
}

fn serve(revision: NewRevision, prepared: Address) -> Step {
    Step::new("serve", "New revision").keep(Parted(revision.needs([Need::Resource(prepared)])))
}

/// A rotation begins with a look at the secrets, which Google refuses where there is no project, or none with secrets: then that
/// is what is missing. One process, where it is refused.
fn lacking(work: &Work, error: Error) -> Error {
    let (project, first) = (work.project(), steps::kept(&work.steps).next());
    let need = match error.kind().and_then(Kind::cause) {
        Some(Cause::ApiDisabled) => Some(Need::Api(SECRETS)),
        Some(Cause::Permission) => match resources::describe_project(&work.engine.reader(), project) {
            Ok(None) => Some(Need::Resource(resources::project_address(project))),
            _ => None,
        },
        _ => None,
    };
    match (need, first) {
        (Some(need), Some(first)) => {
            Error::Prerequisite { resource: first.address(), need, step: "00-project".to_owned() }
        }
        _ => error,
    }
}

/// Plan, what to know before it, question, apply.
fn carry_out(options: &Options, work: &Work, window: Option<&str>) -> Result<u8, Stop> {
    let plan = match work.engine.plan(&work.steps, &work.selection) {
        Ok(plan) => plan,
        Err(error) => return Ok(work.stopped(&Summary::default(), lacking(work, error), true)),
    };
    if let Some(window) = window.filter(|_| plan.changes()) {
        let text = window.to_owned();
        work.tell(Fact::Note { step: None, resource: None, warning: false, text, command: None });
    }
    if options.dry_run {
        return work.looked(options, plan.changes());
    }
    work.ask(options, &plan)?;
    work.begin()?;
    work.apply(&work.steps, &plan)
}
