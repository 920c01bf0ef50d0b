use crate::core::{Core, Heartbeat, Known, phrase};
use crate::retry::Retry;
use crate::script::{Later, Printed, Reading};
use crate::{Action, Address, Error, Result, failpoint, file};
use events::Fact;
use gcloud::{Cause, Command, Kind, Secret, Watch};
use jiff::Timestamp;
use rand::{RngCore as _, TryRngCore as _};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Reads the cloud. A plan holds nothing else, so it cannot change anything.
pub struct Reader {
    pub(crate) core: Arc<Core>,
}

impl Reader {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Runs a `describe`: the object, or `None` where gcloud proves that it is absent. Memoised by argv.
    pub fn find(&self, command: Command) -> Result<Option<Value>> {
        self.core.find(&command)
    }

    /// Runs a `list`: its rows. Memoised by argv.
    pub fn list(&self, command: Command) -> Result<Vec<Value>> {
        self.core.list(&command)
    }

    /// Runs a command whose answer is a secret (`secrets versions access`, `redis instances get-auth-string`), with
    /// the JSON format off, or parsed by the caller from what `expose` gives. `None` where it is proven absent.
    /// Memoised by argv, in memory only.
    pub fn find_secret(&self, command: Command) -> Result<Option<Secret>> {
        self.core.find_secret(&command)
    }

    /// Like `find`, where Google answers 403 "(or it may not exist)" or "not found or not authorized" for what is absent:
    /// then `list` decides, which the login may read: none of its rows `is_it` means absent, and a row that is it
    /// means that the login may not read the object (an error). Both are memoised by argv.
    pub fn find_or_denied(
        &self,
        describe: Command,
        list: Command,
        is_it: impl Fn(&Value) -> bool,
    ) -> Result<Option<Value>> {
        let refused = |error: &Error| error.kind().and_then(Kind::cause) == Some(Cause::Permission);
        let denied = match self.core.find_or_refusal(&describe) {
            Err(error) if refused(&error) => error,
            answer => return answer,
        };
        match self.core.list(&list)?.iter().any(is_it) {
            true => Err(denied),
            false => Ok(None),
        }
    }

    /// The same secret, which was read; in a script, what this command prints there, in a variable of this name. Without
    /// it, what is made from a secret cannot be written as a script.
    pub fn printed_by(&self, secret: Secret, variable: &str, read: impl Into<Reading>) -> Secret {
        match self.core.scribe() {
            Some(scribe) => scribe.printed_by(secret, variable, read.into()),
            None => secret,
        }
    }

    /// Tells the engine which APIs are enabled, for the needs of other resources.
    pub fn learn_apis(&self, enabled: Vec<String>) {
        self.core.learn_apis(enabled);
    }

    /// Whether this tool's journal says that it made this resource.
    pub fn made_by_us(&self, address: &Address) -> bool {
        self.core.journal.made(address)
    }

    /// Whether this tool made this resource, or keeps it, as far as its journal knows.
    pub fn remembers(&self, address: &Address) -> bool {
        self.core.journal.remembers(address)
    }

    /// All of this kind that this tool made or keeps, as far as its journal knows: also those that the config names no more.
    pub fn remembered(&self, kind: &str) -> BTreeSet<Address> {
        self.core.journal.remembered(kind)
    }

    /// Whether a resource must let go of something that was made anew since it was renewed last, by this run or by one before it.
    pub fn owes_renewal(&self, resource: &Address, by: &Address) -> bool {
        self.core.journal.owes(resource, by)
    }

    /// Since when a change of this resource is in flight, by this run or by one that died in it. `None`: none is. Tells
    /// copies that gcloud made by repeating our create from those that somebody else made.
    pub fn in_flight_since(&self, address: &Address) -> Option<Timestamp> {
        self.core.journal.open(address).map(|intent| intent.since)
    }

    /// Where a file that a step installs for the person lies, in the environment's folder.
    pub fn file_path(&self, name: &str) -> PathBuf {
        self.core.folder.join(name)
    }

    /// What such a file holds. `None`: it is not there. Costs no process.
    pub fn file(&self, name: &str) -> Result<Option<String>> {
        let path = self.file_path(name);
        match std::fs::read(&path) {
            // What is not text is not what this tool wrote.
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::person(
                format!("cannot read {}", path.display()),
                error.to_string(),
                "make it readable, or remove it",
            )),
        }
    }

    /// Tells the person something that is not an error, with a command to run where there is one.
    pub fn note(&self, warning: bool, text: String, command: Option<String>) {
        if let Some(scribe) = self.core.scribe() {
            return scribe.remark(text, command);
        }
        let scene = self.core.scene();
        let (step, resource) = scene.map(|scene| (scene.step, scene.resource)).unzip();
        let (text, command) = (gcloud::mask(&text), command.map(|command| gcloud::mask(&command)));
        self.core.emit(Fact::Note { step, resource, warning, text, command });
    }
}

/// Changes the cloud: everything a [`Reader`] can, and commands that change something.
pub struct Writer {
    reader: Reader,
}

impl Deref for Writer {
    type Target = Reader;
    fn deref(&self) -> &Reader {
        &self.reader
    }
}

impl Writer {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { reader: Reader::new(core) }
    }

    /// Writes the intent, runs the command, repeats it where that is right, writes the outcome, and forgets what was
    /// memoised. The answer is gcloud's JSON, `Null` where it printed none.
    pub fn change(&self, command: Command) -> Result<Value> {
        self.change_to(command, |_| Value::Null)
    }

    /// The same, where what follows needs the answer: as much of it as is known before the command is run, for the script that
    /// `plan --script` writes.
    pub fn change_to(&self, command: Command, foretold: impl FnOnce(&Printed<'_>) -> Value) -> Result<Value> {
        let core = &self.core;
        if let Some(scribe) = core.scribe() {
            let change = scribe.record(&command);
            return Ok(foretold(&Printed { later: &scribe.later, change }));
        }
        let scene = core.scene().ok_or_else(|| {
            Error::person("a change without a resource", "this is a defect of the tool", "report it")
        })?;
        let mut retry = Retry::new(core, true);
        loop {
            core.clock.check()?;
            let line = core.gcloud.line(&command);
            failpoint::reach("before-intent", &line);
            core.journal.intend(&scene.resource, scene.action, &line)?;
            failpoint::reach("after-intent", &line);
            let heartbeat = Heartbeat { core, doing: phrase(&command) };
            let mut child = Child { heartbeat, resource: &scene.resource, written: Ok(()) };
            let answer = core.execute(&command, true, &mut child);
            failpoint::reach("before-outcome", &line);
            child.written?;
            core.journal.child(&scene.resource, None)?;
            // Whatever came of it, what was read before may be stale.
            core.forget_after(&command);
            match answer.json(&command) {
                Ok(value) => {
                    core.journal.cause(&gcloud::makes(&command))?;
                    failpoint::reach("after-outcome", &line);
                    return Ok(value);
                }
                Err(failure) => {
                    if failure.kind == Kind::Ambiguous {
                        core.journal.cause(&gcloud::makes(&command))?;
                    }
                    retry.after(failure)?;
                }
            }
        }
    }

    /// Says what a read will find after a change, as far as later changes need it, for a script that is written before anything
    /// is run. Where changes are really made, the read itself tells, and this does nothing.
    pub fn foretell(&self, read: &Command, answer: impl FnOnce(&Later) -> Result<Value>) -> Result<()> {
        if let Some(scribe) = self.core.scribe() {
            let answer = answer(&scribe.later)?;
            scribe.foretell(read, Known::Json(answer));
        }
        Ok(())
    }

    /// The same, of a read whose answer is a secret.
    pub fn foretell_secret(&self, read: &Command, answer: impl FnOnce(&Later) -> Secret) {
        if let Some(scribe) = self.core.scribe() {
            scribe.foretell(read, Known::Secret(answer(&scribe.later)));
        }
    }

    /// Says that a failure of the next change may be one that leaves it to a later run: a script then tells that and goes on. Where
    /// changes are really made, the failure itself tells.
    pub fn may_be_left(&self, error: &Error) {
        if let (Some(scribe), Error::Later { what, why, todo, .. }) = (self.core.scribe(), error) {
            scribe.or_else(format!("{what}: {why}; {todo}"));
        }
    }

    /// Replaces a file in the environment's folder, all of it or nothing. Only its owner can read it. Not for what
    /// holds a secret.
    pub fn write_file(&self, name: &str, content: &str) -> Result<()> {
        let path = self.file_path(name);
        if let Some(scribe) = self.core.scribe() {
            scribe.write_file(path, content);
            return Ok(());
        }
        file::replace(&path, content.as_bytes()).map_err(|error| {
            Error::person(
                format!("cannot write {}", path.display()),
                error.to_string(),
                "make its folder writable, with room on the disk, then run the command again",
            )
        })
    }

    /// Removes such a file; one that is not there is gone already.
    pub fn remove_file(&self, name: &str) -> Result<()> {
        let path = self.file_path(name);
        if let Some(scribe) = self.core.scribe() {
            scribe.remove_file(path);
            return Ok(());
        }
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::person(
                format!("cannot remove {}", path.display()),
                error.to_string(),
                "remove it by hand, then run the command again",
            )),
            _ => Ok(()),
        }
    }

    /// Puts an answer in the place of what `read` would give, where a change printed the new state
    /// (`add-iam-policy-binding` prints the policy): saves a process.
    pub fn remember(&self, read: &Command, answer: Value) {
        self.core.remember(read, answer);
    }

    /// Puts an object that a change printed in its place among the rows of a list that was read before (those of the same
    /// `name` are replaced); `rows` is what [`Writer::known_list`] gave before the change. Saves a process.
    pub fn remember_row(&self, list: &Command, rows: Option<Vec<Value>>, row: Value) {
        // Only an object with a name can be found among the others.
        if let (Some(mut rows), true) = (rows, row["name"].is_string()) {
            rows.retain(|other| other["name"] != row["name"]);
            rows.push(row);
            self.core.remember(list, Value::Array(rows));
        }
    }

    /// The rows of a list, where it was read before and no change has made it stale. Asks nobody.
    pub fn known_list(&self, list: &Command) -> Option<Vec<Value>> {
        if self.core.scribe().is_some() {
            // No process is saved there, and all that is foretold counts.
            return self.core.list(list).ok();
        }
        self.core.known_list(list)
    }

    /// Forgets what this read gave: the next time it asks the cloud. For what somebody else may have changed since the plan,
    /// where the change would undo theirs.
    pub fn forget(&self, read: &Command) {
        self.core.forget(read);
    }

    /// A secret of this many characters out of `A-Za-z0-9`, from the operating system's randomness.
    pub fn generate_secret(&self, characters: usize) -> Secret {
        const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        if let (Some(scribe), Some(scene)) = (self.core.scribe(), self.core.scene()) {
            return scribe.ask(&scene.resource, characters);
        }
        let mut value = String::with_capacity(characters);
        let mut bytes = [0; 64];
        // A system without randomness is no place to go on: the one panic of this crate.
        let mut random = rand::rngs::OsRng.unwrap_err();
        while value.len() < characters {
            random.fill_bytes(&mut bytes);
            // 248 is the largest multiple of 62 in a byte: what is above would favour the first letters.
            let fair = bytes.iter().filter(|byte| **byte < 248);
            let letters = fair.map(|byte| char::from(ALPHABET[usize::from(*byte) % 62]));
            value.extend(letters.take(characters - value.len()));
        }
        Secret::new(value)
    }

    /// Waits, visibly and interruptibly; `doing` says for what ("the sink's writer"). For what the engine's own rounds
    /// of checks do not cover.
    pub fn wait(&self, duration: Duration, doing: &str) -> Result<()> {
        if let Some(scribe) = self.core.scribe() {
            scribe.wait(duration, doing);
            return Ok(());
        }
        self.core.wait(duration, doing)
    }

    /// What is done to the resource right now: a create may be part of a replacement.
    pub fn action(&self) -> Option<Action> {
        self.core.scene().map(|scene| scene.action)
    }
}

/// Writes down which process works on the change.
struct Child<'a> {
    heartbeat: Heartbeat<'a>,
    resource: &'a Address,
    written: Result<()>,
}

impl Watch for Child<'_> {
    fn started(&mut self, pid: u32, start: Option<u64>) {
        self.written = self.heartbeat.core.journal.child(self.resource, Some((pid, start)));
    }

    fn tick(&mut self, elapsed: Duration) {
        self.heartbeat.tick(elapsed);
    }
}
