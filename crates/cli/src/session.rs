//! What every command that talks to gcloud opens first: settings, lock, signals, rehearsal, preflight, checkpoint.

use crate::args::Options;
use crate::exit::{FAILED, LOCKED, Stop};
use crate::here::Here;
use crate::preflight::{self, Ready};
use crate::rehearsal::{self, Rehearsal};
use crate::settings::Settings;
use crate::{resume, signals, work};
use display::Problem;
use engine::checkpoint::{Checkpoint, Store};
use engine::lock::{Holder, Lock, LockError};
use gcloud::Interrupt;
use jiff::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// All of it. What is dropped last is the lock.
pub struct Session {
    /// The config and the folder.
    pub settings: Settings,
    /// What leads a command to the same deployment.
    pub here: Here,
    /// gcloud, ready to run.
    pub ready: Ready,
    /// The checkpoint; `None` where nothing may change.
    pub store: Option<Arc<Store>>,
    /// Asks everything to stop.
    pub interrupt: Interrupt,
    /// The live view, once there is one.
    pub screen: signals::Screen,
    /// How much of each wait is really waited.
    pub scale: f64,
    /// Id of this run.
    pub run: String,
    previous: Option<Checkpoint>,
    _rehearsal: Option<Rehearsal>,
    _lock: Option<Lock>,
}

/// Opens a session. `changing` takes the lock and opens the checkpoint for writing.
///
/// # Errors
/// Whatever of it cannot be had, with what to say and the exit code.
pub fn open(options: &Options, settings: Settings, changing: bool) -> Result<Session, Stop> {
    // The world of a rehearsal is a file that only one emulator may write, so even a plan takes the lock there.
    let lock = if changing || options.rehearse.is_some() { Some(take(&settings.folder)?) } else { None };
    let (store, previous) = match changing {
        true => {
            let store = Store::open(&settings.folder).map_err(|e| work::unusable(&e))?;
            let previous = store.current();
            (Some(Arc::new(store)), previous)
        }
        false => (None, Store::peek(&settings.folder).map_err(|e| work::unusable(&e))?),
    };
    if changing && let Some(checkpoint) = &previous {
        // A gcloud that a dead run left behind may still change things: it ends before anything is read.
        engine::orphan::end(checkpoint);
    }
    let interrupt = Interrupt::new();
    let screen = signals::Screen::default();
    signals::watch(interrupt.clone(), Arc::clone(&screen))
        .map_err(|e| Stop::say(FAILED, format!("Cannot watch for signals: {e}")))?;
    let rehearsed = options.rehearse.map(|how| options.rehearsal_wait_scale.unwrap_or_else(|| how.scale()));
    let scale = options.wait_scale.or(rehearsed).unwrap_or(1.0);
    let rehearsal = options.rehearse.map(|how| rehearsal::start(how, &settings.folder, scale)).transpose()?;
    let run = run_id();
    let files = settings.folder.join("runs").join(&run).join("files");
    let ready = preflight::check(
        options,
        &settings.loaded.config,
        rehearsal.as_ref(),
        &interrupt,
        &settings.folder,
        files,
    )?;
    Ok(Session {
        here: Here::new(options, Some(&settings.loaded.config.project.id)),
        settings,
        ready,
        store,
        interrupt,
        screen,
        scale,
        run,
        previous,
        _rehearsal: rehearsal,
        _lock: lock,
    })
}

impl Session {
    /// What earlier runs left.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.previous.clone()
    }

    /// The same, where it is about this project in this place: another one's says nothing here.
    pub fn own_checkpoint(&self) -> Option<Checkpoint> {
        let project = &self.settings.loaded.config.project.id;
        let place = self.ready.place.as_deref();
        self.checkpoint().filter(|own| own.project == *project && own.redirection.as_deref() == place)
    }

    /// Where this run writes its files; none for what changes nothing.
    pub fn run_folder(&self) -> Option<PathBuf> {
        self.store.as_ref().map(|_| self.settings.folder.join("runs").join(&self.run))
    }
}

fn take(folder: &Path) -> Result<Lock, Stop> {
    let holder = Holder::this(resume::command_line());
    Lock::take(folder, &holder).map_err(|error| {
        let todo = match &error {
            LockError::Held { .. } => {
                "Wait until it is done, or stop it. `deploy-all unlock` says who it is."
            }
            LockError::Io { .. } => {
                "Make room, or make the folder writable, or choose another with --state-dir."
            }
        };
        let code = if matches!(error, LockError::Held { .. }) { LOCKED } else { FAILED };
        let problem = Problem {
            what: error.to_string(),
            todo: todo.into(),
            resume: resume::command_line(),
            ..Problem::default()
        };
        Stop::problem(code, problem)
    })
}

/// Sorts by time, and two in one second differ.
fn run_id() -> String {
    let now = Timestamp::now();
    format!("{}-{}", now.strftime("%Y%m%dT%H%M%SZ"), std::process::id())
}
