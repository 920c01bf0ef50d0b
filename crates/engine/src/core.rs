//! What readers and writers have in common: the one place where commands are run, remembered, and made known.

use crate::clock::Clock;
use crate::journal::Journal;
use crate::retry::Retry;
use crate::script::{Scribe, Sight};
use crate::{Action, Address, Error, Result, Web};
use events::{Event, Fact, Sink};
use gcloud::{Answer, Command, Ended, Failure, Kind, Run, Secret, Watch};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// What the engine works at.
#[derive(Clone)]
pub(crate) struct Scene {
    pub step: String,
    pub resource: Address,
    pub action: Action,
    pub since: Instant,
}

/// What a read answered. Has no `Debug`: it may be a secret.
#[derive(Clone)]
pub(crate) enum Known {
    Absent,
    Json(Value),
    Secret(Secret),
}

struct Memo {
    command: Command,
    known: Known,
}

pub(crate) struct Core {
    pub gcloud: Arc<dyn Run>,
    pub sink: Arc<dyn Sink>,
    pub clock: Clock,
    pub journal: Journal,
    /// The environment's folder.
    pub folder: PathBuf,
    /// What may be deleted and made again, where Google cannot change it in place.
    pub may_replace: BTreeSet<Address>,
    /// Asks URLs, where that is possible.
    pub web: OnceLock<Arc<dyn Web>>,
    memo: Mutex<BTreeMap<String, Memo>>,
    /// The reads of the check that goes on, so that just those are repeated while something is waited for.
    used: Mutex<BTreeSet<String>>,
    apis: Mutex<Option<BTreeSet<String>>>,
    scene: Mutex<Option<Scene>>,
    commands: AtomicU32,
    /// Set where nothing is changed, but written down as a script.
    scribe: OnceLock<Scribe>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change under these locks is a single one, so that a panic leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Two reads with the same argv are one.
pub(crate) fn key(command: &Command) -> String {
    let flags = format!("{}{}", command.wants_json(), command.wants_project());
    let files = command.files().iter().flat_map(|(flag, _, content)| [flag.as_str(), content]);
    let words = command.args().iter().map(String::as_str).chain(files).chain([flags.as_str()]);
    words.collect::<Vec<_>>().join("\0")
}

impl Core {
    pub fn new(
        gcloud: Arc<dyn Run>,
        sink: Arc<dyn Sink>,
        clock: Clock,
        journal: Journal,
        folder: PathBuf,
        may_replace: BTreeSet<Address>,
    ) -> Self {
        Self {
            gcloud,
            sink,
            clock,
            journal,
            folder,
            may_replace,
            web: OnceLock::new(),
            memo: Mutex::default(),
            used: Mutex::default(),
            apis: Mutex::default(),
            scene: Mutex::default(),
            commands: AtomicU32::new(0),
            scribe: OnceLock::new(),
        }
    }

    /// From here on changes are written down, and none is made.
    pub fn write_down(&self) -> &Scribe {
        self.scribe.get_or_init(Scribe::default)
    }

    /// Who writes changes down, where none is made.
    pub fn scribe(&self) -> Option<&Scribe> {
        self.scribe.get()
    }

    pub fn emit(&self, fact: Fact) {
        self.sink.emit(&Event::now(fact));
    }

    /// What is worked at from now on.
    pub fn set_scene(&self, scene: Option<Scene>) {
        *lock(&self.scene) = scene;
    }

    pub fn scene(&self) -> Option<Scene> {
        lock(&self.scene).clone()
    }

    /// Counts processes that somebody else started.
    pub fn count(&self, number: u32) {
        self.commands.fetch_add(number, Ordering::Relaxed);
    }

    /// How many gcloud processes were started.
    pub fn commands(&self) -> u32 {
        self.commands.load(Ordering::Relaxed)
    }

    /// Runs one process and makes it known.
    pub fn execute(&self, command: &Command, mutating: bool, watch: &mut dyn Watch) -> Answer {
        let answer = self.gcloud.run(command, watch);
        let started = match answer.ended {
            Ended::NotStarted => false,
            // Interrupted before it was started.
            Ended::Interrupted(_) => answer.seconds > 0.0,
            Ended::Exited(_) | Ended::Deadline => true,
        };
        if started {
            self.commands.fetch_add(1, Ordering::Relaxed);
            self.emit(Fact::Command {
                resource: self.scene().map(|scene| scene.resource),
                line: answer.line.clone(),
                mutating,
                status: answer.status(),
                seconds: answer.seconds,
                stderr: end_of(&answer.stderr).to_owned(),
            });
        }
        answer
    }

    /// Tells that something goes on.
    pub fn progress(&self, doing: &str) {
        if let Some(Scene { step, resource, action, since }) = self.scene() {
            let (doing, seconds) = (doing.to_owned(), since.elapsed().as_secs_f64());
            self.emit(Fact::ResourceProgress { step, resource, action, doing, seconds });
        }
    }

    /// Tells that a try failed and that another one follows.
    pub fn retrying(&self, attempt: u32, why: String, wait: Duration) {
        if let Some(Scene { step, resource, action, .. }) = self.scene() {
            let wait_seconds = wait.as_secs_f64();
            self.emit(Fact::ResourceRetrying { step, resource, action, attempt, why, wait_seconds });
        }
    }

    /// Waits, visibly.
    pub fn wait(&self, duration: Duration, doing: &str) -> Result<()> {
        self.clock.wait(duration, || self.progress(doing))
    }

    fn read(
        &self,
        command: &Command,
        (absence, mut retry): (bool, Retry<'_>),
        parse: impl Fn(&Answer) -> std::result::Result<Known, Failure>,
    ) -> Result<Known> {
        let key = key(command);
        lock(&self.used).insert(key.clone());
        if let Some(foretold) = self.scribe().and_then(|scribe| scribe.foretold(&key)) {
            return Ok(foretold);
        }
        if let Some(memo) = lock(&self.memo).get(&key) {
            return Ok(memo.known.clone());
        }
        let sight = self.scribe().map_or(Sight::Clear, |scribe| scribe.sight(command));
        if sight == Sight::None {
            return Ok(Known::Absent);
        }
        let known = loop {
            let mut watch = Heartbeat { core: self, doing: phrase(command) };
            match parse(&self.execute(command, false, &mut watch)) {
                Ok(known) => break known,
                Err(failure) if absence && failure.kind == Kind::NotFound => break Known::Absent,
                Err(failure) if sight == Sight::Dim && !matches!(failure.kind, Kind::Interrupted(_)) => {
                    break Known::Absent;
                }
                Err(failure) => retry.after(failure)?,
            }
        };
        let memo = Memo { command: command.clone(), known: known.clone() };
        lock(&self.memo).insert(key, memo);
        Ok(known)
    }

    /// One object, or proven absence.
    pub fn find(&self, command: &Command) -> Result<Option<Value>> {
        self.object(command, Retry::new(self, false))
    }

    /// Like [`Core::find`], and a refusal is given back at once.
    pub fn find_or_refusal(&self, command: &Command) -> Result<Option<Value>> {
        self.object(command, Retry::new(self, false).impatient())
    }

    fn object(&self, command: &Command, retry: Retry<'_>) -> Result<Option<Value>> {
        let known = self.read(command, (true, retry), |answer| answer.read(command).map(Known::Json))?;
        Ok(match known {
            Known::Json(value) => Some(value),
            Known::Absent | Known::Secret(_) => None,
        })
    }

    /// The rows of a list. A list has no absence: its parent is missing then, which is an error.
    pub fn list(&self, command: &Command) -> Result<Vec<Value>> {
        match self
            .read(command, (false, Retry::new(self, false)), |answer| answer.read(command).map(Known::Json))?
        {
            Known::Json(Value::Array(rows)) => Ok(rows),
            Known::Absent => Ok(Vec::new()),
            _ => Err(Error::answer(self.gcloud.line(command), "the answer is not a list")),
        }
    }

    /// A secret, or proven absence.
    pub fn find_secret(&self, command: &Command) -> Result<Option<Secret>> {
        let known = self.read(command, (true, Retry::new(self, false)), |answer| {
            answer.secret(command).map(Known::Secret)
        })?;
        Ok(match known {
            Known::Secret(secret) => {
                self.scribe().inspect(|scribe| scribe.hide(&secret));
                Some(secret)
            }
            Known::Absent | Known::Json(_) => None,
        })
    }

    /// Puts an answer in the place of a read.
    pub fn remember(&self, command: &Command, answer: Value) {
        if let Some(scribe) = self.scribe() {
            // What a change printed: nothing, as it was not made.
            if !answer.is_null() {
                scribe.foretell(command, Known::Json(answer));
            }
            return;
        }
        let memo = Memo { command: command.clone(), known: Known::Json(answer) };
        lock(&self.memo).insert(key(command), memo);
    }

    /// The rows of a list that was read before and is not stale. Asks nobody.
    pub fn known_list(&self, command: &Command) -> Option<Vec<Value>> {
        match &lock(&self.memo).get(&key(command))?.known {
            Known::Json(Value::Array(rows)) => Some(rows.clone()),
            _ => None,
        }
    }

    /// Forgets one answer.
    pub fn forget(&self, command: &Command) {
        // While nothing is changed, nothing becomes stale.
        if self.scribe().is_some() {
            return;
        }
        lock(&self.memo).remove(&key(command));
    }

    /// Forgets every answer that this change makes stale.
    pub fn forget_after(&self, change: &Command) {
        let touched = gcloud::touched(change);
        lock(&self.memo).retain(|_, memo| !touched.stales(change, &memo.command));
    }

    /// Begins to note which reads a check makes.
    pub fn watch_reads(&self) {
        lock(&self.used).clear();
    }

    /// Forgets the answers of the reads that were made since.
    pub fn forget_watched(&self) {
        let used = std::mem::take(&mut *lock(&self.used));
        lock(&self.memo).retain(|key, _| !used.contains(key));
    }

    /// Forgets every answer: after a change whose outcome is unknown.
    pub fn forget_everything(&self) {
        lock(&self.memo).clear();
    }

    pub fn learn_apis(&self, enabled: Vec<String>) {
        *lock(&self.apis) = Some(enabled.into_iter().collect());
    }

    /// Whether an API is enabled. `None`: nobody has looked.
    pub fn api(&self, name: &str) -> Option<bool> {
        lock(&self.apis).as_ref().map(|enabled| enabled.contains(name))
    }
}

/// Turns a child's ticks into progress.
pub(crate) struct Heartbeat<'a> {
    pub core: &'a Core,
    pub doing: String,
}

impl Watch for Heartbeat<'_> {
    fn tick(&mut self, _elapsed: Duration) {
        self.core.progress(&self.doing);
    }
}

/// As much of what gcloud printed as an event carries: its end, where the error stands.
fn end_of(stderr: &str) -> &str {
    const LONGEST: usize = 16 << 10;
    let start = stderr.len().saturating_sub(LONGEST);
    let start = (start..=stderr.len()).find(|&start| stderr.is_char_boundary(start)).unwrap_or(0);
    &stderr[start..]
}

/// A command in words: its path, without names and flags.
pub(crate) fn phrase(command: &Command) -> String {
    const VERBS: &[&str] = &[
        "create",
        "update",
        "delete",
        "describe",
        "list",
        "patch",
        "connect",
        "enable",
        "deploy",
        "add",
        "access",
        "link",
        "import",
        "info",
        "set-password",
        "get-iam-policy",
        "add-iam-policy-binding",
        "remove-iam-policy-binding",
    ];
    let words = command.args().iter().map(String::as_str).take_while(|word| !word.starts_with('-'));
    let mut path = vec!["gcloud"];
    for word in words {
        path.push(word);
        if VERBS.contains(&word) {
            break;
        }
    }
    path.join(" ")
}
