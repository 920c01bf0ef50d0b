//! One run, opened: settings, lock, preflight, checkpoint, reporters, engine. Every command that talks to gcloud begins here.

use crate::args::Options;
use crate::exit::{self, DIFFERENT, DONE, FAILED, PREFLIGHT, Stop, USAGE};
use crate::report::Reporters;
use crate::session::{self, Session};
use crate::{ask, former, report, resume, settings, steps};
use config::Config;
use display::Problem;
use engine::checkpoint::{Checkpoint, CheckpointError, Store};
use engine::resume::{Beginning, DESTROY, Intended, beginning, record};
use engine::{Address, Deps, Engine, Error, Plan, Selection, Step, Summary};
use events::{Counts, Event, Fact, Outputs, RunOutcome};
use gcloud::{Cause, Kind};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// A run, ready to look at the cloud.
pub struct Work {
    /// What it was opened with. The lock is dropped last.
    pub session: Session,
    /// All steps, in order.
    pub steps: Vec<Step>,
    /// Those that this run is about.
    pub selection: Selection,
    /// Plans and applies.
    pub engine: Engine,
    reporters: Reporters,
    next: Checkpoint,
    opened: Instant,
}

impl Work {
    /// Opens a run of this kind (`deploy`, `plan`, `destroy` ...) on the steps that `choose` gives, by index. `changing` takes the
    /// lock and opens the checkpoint for writing. Its first events are told.
    ///
    /// # Errors
    /// What ends the program before a run begins, with what to say.
    pub fn open(
        options: &Options,
        kind: &str,
        changing: bool,
        choose: impl FnOnce(&[Step]) -> Result<Vec<usize>, Stop>,
    ) -> Result<Self, Stop> {
        Self::open_with(options, kind, changing, steps::all, choose)
    }

    /// The same, on steps that are not those of a deploy.
    ///
    /// # Errors
    /// As [`Work::open`].
    pub fn open_with(
        options: &Options,
        kind: &str,
        changing: bool,
        steps: impl FnOnce(&Config) -> Vec<Step>,
        choose: impl FnOnce(&[Step]) -> Result<Vec<usize>, Stop>,
    ) -> Result<Self, Stop> {
        let settings = settings::load(options)?;
        let mut steps = steps(&settings.loaded.config);
        let mut chosen = choose(&steps)?;
        if kind == DESTROY {
            chosen.reverse();
        }
        // What is wrong with the file is told when the session opens it.
        let earlier = Store::peek(&settings.folder).ok().flatten();
        let remembered = earlier.iter().flat_map(Checkpoint::remembered).cloned();
        let may_replace = steps::replaceable(&steps, options, remembered)?;
        let session = session::open(options, settings, changing)?;
        let config = &session.settings.loaded.config;
        let resolved = config.resolved();
        let intended = Intended {
            tool: report::VERSION,
            project: &config.project.id,
            redirection: session.ready.place.as_deref(),
            kind,
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
        let unknown = former::add(&mut steps, config, &next, kind == DESTROY);

        let reporters = report::to(options, &session.here, session.run_folder().as_deref(), &session.screen)?;
        let sink = Arc::clone(&reporters.sink);
        let tell = |fact: Fact| sink.emit(&Event::now(fact));
        tell(Fact::Version { schema: events::SCHEMA.into(), tool: report::VERSION.into() });
        tell(Fact::RunStarted {
            run: session.run.clone(),
            kind: if changing || kind == "plan" { kind.into() } else { format!("plan-{kind}") },
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
        if kind == DESTROY {
            unknown.iter().for_each(|address| tell(forgotten(address)));
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
            may_replace,
        });
        engine.count_commands(session.ready.commands);
        Ok(Self { session, steps, selection, engine, reporters, next, opened: Instant::now() })
    }

    /// Works on other steps instead, of the same numbers.
    pub fn exchange(&mut self, steps: Vec<Step>) {
        self.steps = steps;
        former::add(&mut self.steps, &self.session.settings.loaded.config, &self.next, false);
    }

    /// Remembers what this plan found, where a change of the config would make a second one of it.
    ///
    /// # Errors
    /// The checkpoint cannot be written.
    pub fn keep(&self, plan: &Plan) -> Result<(), Stop> {
        let config = &self.session.settings.loaded.config;
        let named = |address: &Address| steps::former(config, address).is_some();
        self.engine.keep(&self.steps, plan, named).map_err(|e| Stop::say(FAILED, e.to_string()))
    }

    /// When it began; an unfinished rotation that goes on began when it was begun.
    pub fn began(&self) -> Timestamp {
        self.next.started
    }

    /// The project's id.
    pub fn project(&self) -> &str {
        &self.session.settings.loaded.config.project.id
    }

    /// Tells everybody who listens.
    pub fn tell(&self, fact: Fact) {
        self.reporters.sink.emit(&Event::now(fact));
    }

    /// Records the run: from here on the checkpoint is its own.
    ///
    /// # Errors
    /// The checkpoint cannot be written.
    pub fn begin(&self) -> Result<(), Stop> {
        self.session
            .store
            .as_ref()
            .map_or(Ok(()), |store| store.begin(self.next.clone()))
            .map_err(|e| self.ended(unusable(&e)))
    }

    /// Carries the plan out, and ends the run, which was recorded; the exit code. `steps` are those that the plan is made from.
    ///
    /// # Errors
    /// The checkpoint cannot be written.
    pub fn apply(&self, steps: &[Step], plan: &Plan) -> Result<u8, Stop> {
        let (summary, result) = self.engine.apply(steps, plan);
        let code = match result {
            Ok(()) => self
                .engine
                .conclude(&summary, &Ok(()))
                .map(|()| DONE)
                .map_err(|e| Stop::say(FAILED, e.to_string())),
            Err(error) => Ok(self.stopped(&summary, error, false)),
        };
        self.reporters.warn_of_lost_files();
        code
    }

    /// Ends a run that only looked; the exit code, which `--exit-code` makes tell whether anything differs.
    ///
    /// # Errors
    /// The checkpoint cannot be written.
    pub fn looked(&self, options: &Options, differs: bool) -> Result<u8, Stop> {
        let ended = self.engine.conclude(&Summary::default(), &Ok(()));
        let code = if options.exit_code && differs { DIFFERENT } else { DONE };
        ended.map(|()| code).map_err(|e| Stop::say(FAILED, e.to_string()))
    }

    /// Tells those who read the events that the run ends before it has changed anything: nobody is there to ask, the answer is
    /// no, or something is missing. A person is told in the words that are returned.
    pub fn ended(&self, stop: Stop) -> Stop {
        let Problem { step, resource, what, said, why, todo, resume } = stop.as_problem();
        self.reporters.tell_readers(Fact::Error { step, resource, what, said, why, todo, resume });
        self.reporters.tell_readers(Fact::RunFinished {
            outcome: if stop.code > 128 { RunOutcome::Interrupted } else { RunOutcome::Failed },
            counts: Counts::default(),
            outputs: Outputs::default(),
            gcloud_commands: self.engine.commands(),
            seconds: self.opened.elapsed().as_secs_f64(),
        });
        if self.reporters.as_data { stop.said() } else { stop }
    }

    /// Asks whether to go on, where there is something to change and `--yes` has not answered.
    ///
    /// # Errors
    /// The answer is no, or there is none.
    pub fn ask(&self, options: &Options, plan: &Plan) -> Result<(), Stop> {
        if !plan.changes() || options.yes {
            return Ok(());
        }
        ask::go_on(self, plan.change_count()).map_err(|stop| self.ended(stop))
    }

    /// Tells an error through the reporters; the exit code for it.
    pub fn stopped(&self, summary: &Summary, error: Error, before_any_change: bool) -> u8 {
        let login = matches!(error.kind(), Some(Kind::Person(Cause::Login)));
        let code = match &error {
            Error::Interrupted(signal) => exit::interrupted(*signal),
            Error::Prerequisite { .. } => PREFLIGHT,
            Error::Refused(_) | Error::Instead { .. } if before_any_change => USAGE,
            _ if login && before_any_change => PREFLIGHT,
            _ => FAILED,
        };
        let result = Err(error);
        // A checkpoint that cannot be written is the error that is being told, or is told by the next run.
        let _ = self.engine.conclude(summary, &result);
        code
    }
}

/// What a destroy leaves since this version of the tool knows nothing of it.
fn forgotten(address: &Address) -> Fact {
    let text = format!(
        "{address} stays: this tool made it, the config names it no more, and no step keeps such a thing"
    );
    Fact::Note { step: None, resource: Some(address.clone()), warning: true, text, command: None }
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
    let resume = error.instead().unwrap_or_else(resume::command_line);
    let problem = Problem { what: error.to_string(), todo: error.remedy(), resume, ..Problem::default() };
    Stop::problem(code, problem)
}
