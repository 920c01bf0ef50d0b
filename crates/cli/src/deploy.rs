//! One run: settings, lock, preflight, plan, question, apply.

use crate::args::Options;
use crate::exit::{self, DIFFERENT, DONE, FAILED, PREFLIGHT, Stop, USAGE};
use crate::session::{self, Session};
use crate::{ask, report, resume, settings, steps};
use display::Problem;
use engine::checkpoint::CheckpointError;
use engine::resume::{Beginning, Intended, beginning, record};
use engine::{Deps, Engine, Error, Plan, Selection, Step, Summary};
use events::{Event, Fact};
use gcloud::{Cause, Kind};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

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
    let settings = settings::load(options)?;
    let steps = steps::all(&settings.loaded.config);
    let chosen = choose(&steps, options, wish)?;
    let session = session::open(options, settings, *wish != Wish::Plan)?;
    let config = &session.settings.loaded.config;
    let resolved = config.resolved();
    let intended = Intended {
        tool: report::VERSION,
        project: &config.project.id,
        redirection: session.ready.place.as_deref(),
        kind: kind(wish),
        config: &resolved,
        differing: config::differing_keys,
        fresh: options.fresh || options.from.is_some(),
        now: Timestamp::now(),
    };
    let previous = session.checkpoint();
    let start = beginning(&session.settings.folder.join("checkpoint.toml"), previous.as_ref(), &intended)
        .map_err(|e| unusable(&e))?;
    let done = match &start {
        Beginning::Resume { done } => done.clone(),
        Beginning::Everything { .. } => BTreeSet::new(),
    };
    let ids: Vec<String> = chosen.iter().map(|index| steps[*index].id.to_owned()).collect();
    let selection = Selection {
        done: done.intersection(&ids.iter().cloned().collect()).cloned().collect(),
        steps: ids.clone(),
    };
    let (next, marks_steps) = record(previous.as_ref(), &intended, &session.run, &ids, &start);

    let reporters = report::to(options, session.run_folder().as_deref(), &session.screen)?;
    let sink = Arc::clone(&reporters.sink);
    let tell = |fact: Fact| sink.emit(&Event::now(fact));
    tell(Fact::Version { schema: events::SCHEMA.into(), tool: report::VERSION.into() });
    tell(Fact::RunStarted {
        run: session.run.clone(),
        kind: intended.kind.into(),
        env: options.env.clone(),
        project: config.project.id.clone(),
        redirection: session.ready.redirection.clone(),
        resumed: !selection.done.is_empty(),
        titles: chosen
            .iter()
            .map(|index| (steps[*index].id.to_owned(), steps[*index].title.to_owned()))
            .collect(),
        resources: chosen.iter().map(|index| u32::try_from(steps[*index].items.len()).unwrap_or(0)).sum(),
        steps: ids,
    });
    for note in notes(&session, &start) {
        tell(note);
    }
    let engine = Engine::new(Deps {
        gcloud: Arc::new(session.ready.gcloud.clone()),
        sink: Arc::clone(&sink),
        store: session.store.clone(),
        journal: Some(next.clone()),
        interrupt: session.interrupt.clone(),
        wait_scale: session.scale,
        project: config.project.id.clone(),
        run: session.run.clone(),
        marks_steps,
        resume: resume::command_line(),
        folder: session.settings.folder.clone(),
    });
    engine.count_commands(session.ready.commands);
    let plan = match engine.plan(&steps, &selection) {
        Ok(plan) => plan,
        Err(error) => return Ok(stopped(&engine, &Summary::default(), error, true)),
    };
    if *wish == Wish::Plan {
        let summary = Summary::default();
        engine.conclude(&summary, &Ok(())).map_err(|e| Stop::say(FAILED, e.to_string()))?;
        return Ok(if options.exit_code && plan.changes() { DIFFERENT } else { DONE });
    }
    if plan.changes() && !options.yes {
        let redirected = session.ready.redirection.is_some();
        ask::go_on(changes(&plan), &config.project.id, redirected, &session.interrupt)?;
    }
    let code = apply(&session, &engine, &steps, &plan, next);
    reporters.warn_of_lost_files();
    code
}

fn apply(
    session: &Session,
    engine: &Engine,
    steps: &[Step],
    plan: &Plan,
    next: engine::checkpoint::Checkpoint,
) -> Result<u8, Stop> {
    if let Some(store) = &session.store {
        store.begin(next).map_err(|e| unusable(&e))?;
    }
    let (summary, result) = engine.apply(steps, plan);
    match result {
        Ok(()) => {
            engine.conclude(&summary, &Ok(())).map_err(|e| Stop::say(FAILED, e.to_string()))?;
            Ok(DONE)
        }
        Err(error) => Ok(stopped(engine, &summary, error, false)),
    }
}

/// Tells an error through the reporters; the exit code for it.
fn stopped(engine: &Engine, summary: &Summary, error: Error, before_any_change: bool) -> u8 {
    let login = matches!(error.kind(), Some(Kind::Person(Cause::Login)));
    let code = match &error {
        Error::Interrupted(signal) => exit::interrupted(*signal),
        Error::Prerequisite { .. } => PREFLIGHT,
        _ if login && before_any_change => PREFLIGHT,
        _ => FAILED,
    };
    let result = Err(error);
    // A checkpoint that cannot be written is the error that is being told, or is told by the next run.
    let _ = engine.conclude(summary, &result);
    code
}

fn changes(plan: &Plan) -> u32 {
    let count = plan.items.iter().filter(|item| item.action != events::Action::None).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn kind(wish: &Wish) -> &'static str {
    match wish {
        Wish::Deploy => "deploy",
        Wish::Plan => "plan",
        Wish::Step(_) => "step",
    }
}

/// What a person should know before the plan.
fn notes(session: &Session, start: &Beginning) -> Vec<Fact> {
    let note =
        |warning: bool, text: String| Fact::Note { step: None, resource: None, warning, text, command: None };
    let mut notes: Vec<Fact> =
        session.settings.loaded.warnings.iter().map(|w| note(true, w.to_string())).collect();
    if let Beginning::Everything { because: Some(because) } = start {
        notes.push(note(false, format!("Everything is checked again: {because}.")));
    }
    notes
}

/// A checkpoint that cannot be used: nothing was touched.
pub fn unusable(error: &CheckpointError) -> Stop {
    let code = if matches!(error, CheckpointError::Write { .. }) { FAILED } else { USAGE };
    let problem = Problem {
        what: error.to_string(),
        todo: error.remedy(),
        resume: resume::command_line(),
        ..Problem::default()
    };
    Stop::problem(code, &problem)
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
