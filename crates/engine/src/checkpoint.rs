//! What a run has finished and what it had in flight, on disk. A hint: the cloud is the truth.

use crate::{Address, file};
use events::Action;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The format that this tool writes.
pub const FORMAT: u32 = 1;

/// The last line. A file that was cut at the end of a line would else be a shorter one, without its intents.
const END: &str = "# end of the checkpoint\n";

/// When a step was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finished {
    /// Its work began.
    pub started: Timestamp,
    /// Its work ended.
    pub finished: Timestamp,
}

/// A change that is about to be made, or was when the tool died.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// The resource.
    pub resource: Address,
    /// What is done to it.
    pub action: Action,
    /// The command, masked.
    pub command: String,
    /// When the intent was written.
    pub since: Timestamp,
    /// The child's process id, once it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    /// The child's start time in clock ticks since boot (field 22 of `/proc/PID/stat`): a pid alone may be reused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid_started: Option<u64>,
}

/// The whole file. It holds no secrets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// [`FORMAT`].
    pub format: u32,
    /// Version of the tool that wrote it.
    pub tool: String,
    /// Project id. A checkpoint counts for no other.
    pub project: String,
    /// Where the calls went when not to Google. A rehearsal never resumes on Google.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirection: Option<String>,
    /// `deploy`, `step`, `destroy`, `rotate` ...
    pub kind: String,
    /// Id of the run.
    pub run: String,
    /// When the run began.
    pub started: Timestamp,
    /// When it came to its end; missing while it has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    /// When it last stopped before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Timestamp>,
    /// Steps that are done, by id.
    #[serde(default)]
    pub steps: BTreeMap<String, Finished>,
    /// What this tool made, and when; kept from run to run.
    #[serde(default)]
    pub made: BTreeMap<Address, Timestamp>,
    /// What it found under the config's names and keeps, though nothing here says that it made it: so that it is not forgotten
    /// when the config names it no more.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub kept: BTreeMap<Address, Timestamp>,
    /// What was made lately that Google needs time for, and when.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub caused: BTreeMap<String, Timestamp>,
    /// Changes in flight.
    #[serde(default)]
    pub intents: Vec<Intent>,
    /// The resolved config of the run.
    #[serde(default)]
    pub config: toml::Table,
}

/// Why a checkpoint cannot be used or written.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It cannot be read or understood.
    #[error("the checkpoint {path} cannot be read: {problem}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A newer tool wrote it.
    #[error("the checkpoint {path} has format {format}; this tool knows {FORMAT}")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        format: i64,
    },
    /// It cannot be written.
    #[error("cannot write {path}: {source}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It belongs to another project.
    #[error("the checkpoint {path} belongs to project {theirs}, not to {ours}")]
    OtherProject {
        /// The file.
        path: PathBuf,
        /// Its project.
        theirs: String,
        /// The config's.
        ours: String,
    },
    /// An unfinished run of another kind must be finished first.
    #[error("an unfinished {kind} is recorded in {path}")]
    Unfinished {
        /// The file.
        path: PathBuf,
        /// What was not finished.
        kind: String,
    },
}

impl Checkpoint {
    /// Everything that this tool made or keeps, as far as is known.
    pub fn remembered(&self) -> impl Iterator<Item = &Address> {
        self.made.keys().chain(self.kept.keys().filter(|address| !self.made.contains_key(*address)))
    }
}

impl CheckpointError {
    /// What a person can do about it.
    pub fn remedy(&self) -> String {
        match self {
            Self::Unreadable { path, .. } => format!(
                "Look at {}. If it cannot be repaired, forget it with `deploy-all reset`: the next run then checks everything in the cloud again.",
                path.display()
            ),
            Self::Newer { .. } => "Use the newer version of this tool that wrote it, or forget the checkpoint with `deploy-all reset`.".into(),
            Self::Write { .. } => "Make room, or make the folder writable, or choose another with --state-dir.".into(),
            Self::OtherProject { .. } => {
                "Check project.id. If the project was changed on purpose, use another --env or --state-dir, or forget the checkpoint with `deploy-all reset`.".into()
            }
            Self::Unfinished { .. } => "Finish it first.".into(),
        }
    }

    /// The command that is the way, where the same one would be refused again.
    pub fn instead(&self) -> Option<String> {
        match self {
            Self::Unfinished { kind, .. } => Some(format!("deploy-all {kind}")),
            _ => None,
        }
    }
}

/// The checkpoint of one environment, on disk.
pub struct Store {
    path: PathBuf,
    current: Mutex<Option<Checkpoint>>,
}

impl Store {
    /// Opens `FOLDER/checkpoint.toml`; the folder is made if it is missing (0700).
    ///
    /// # Errors
    /// A file that is there and cannot be understood: it is never silently replaced.
    pub fn open(folder: &Path) -> Result<Self, CheckpointError> {
        let path = folder.join("checkpoint.toml");
        let write = |source| CheckpointError::Write { path: path.clone(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(write)?;
        let current = read(&path)?;
        Ok(Self { path, current: Mutex::new(current) })
    }

    /// Reads `FOLDER/checkpoint.toml` without making anything, for commands that change nothing.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn peek(folder: &Path) -> Result<Option<Checkpoint>, CheckpointError> {
        read(&folder.join("checkpoint.toml"))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A copy of what is recorded.
    pub fn current(&self) -> Option<Checkpoint> {
        self.lock().clone()
    }

    /// Records a new run. What is there and belongs to another place (a rehearsal's in the place of Google's) says
    /// nothing to this run, but is kept beside it.
    ///
    /// # Errors
    /// The disk's.
    pub fn begin(&self, checkpoint: Checkpoint) -> Result<(), CheckpointError> {
        let mut current = self.lock();
        if let Some(old) = current.as_ref()
            && (&old.project, &old.redirection) != (&checkpoint.project, &checkpoint.redirection)
        {
            let aside = self.path.with_file_name(format!("checkpoint.{}.toml", old.run));
            fs::rename(&self.path, &aside)
                .map_err(|source| CheckpointError::Write { path: aside, source })?;
        }
        self.write(&checkpoint)?;
        *current = Some(checkpoint);
        Ok(())
    }

    /// Changes what is recorded, on disk first. Without a run there is nothing to change.
    ///
    /// # Errors
    /// The disk's; what is recorded is then unchanged.
    pub fn update(&self, change: impl FnOnce(&mut Checkpoint)) -> Result<(), CheckpointError> {
        let mut current = self.lock();
        let Some(checkpoint) = current.as_ref() else { return Ok(()) };
        let mut next = checkpoint.clone();
        change(&mut next);
        if next != *checkpoint {
            self.write(&next)?;
            *current = Some(next);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Option<Checkpoint>> {
        // What is in the mutex is replaced whole, so a panic elsewhere cannot have left it half changed.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let text = toml::to_string(checkpoint).map_err(io::Error::other);
        text.and_then(|text| file::replace(&self.path, format!("{text}{END}").as_bytes()))
            .map_err(|source| CheckpointError::Write { path: self.path.clone(), source })
    }
}

/// Below a file there is nothing either.
pub(crate) fn nothing_there(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn read(path: &Path) -> Result<Option<Checkpoint>, CheckpointError> {
    let unreadable = |problem: String| CheckpointError::Unreadable { path: path.to_owned(), problem };
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if nothing_there(&error) => return Ok(None),
        Err(error) => return Err(unreadable(error.to_string())),
    };
    // The format is looked at first: a newer file may have a shape that this tool does not know.
    let table: toml::Table = toml::from_str(&text).map_err(|e| unreadable(e.message().to_owned()))?;
    match table.get("format").and_then(toml::Value::as_integer) {
        Some(format) if format > i64::from(FORMAT) => {
            return Err(CheckpointError::Newer { path: path.to_owned(), format });
        }
        Some(_) => {}
        None => return Err(unreadable("it has no format".into())),
    }
    if !text.ends_with(END) {
        return Err(unreadable("its end is missing".into()));
    }
    table.try_into().map(Some).map_err(|e: toml::de::Error| unreadable(e.message().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Checkpoint {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        Checkpoint {
            format: FORMAT,
            tool: "0.1.0".into(),
            project: "p-one".into(),
            redirection: Some("http://127.0.0.1:1".into()),
            kind: "deploy".into(),
            run: "r1".into(),
            started: now,
            finished: None,
            stopped: Some(now),
            steps: BTreeMap::from([("00-project".into(), Finished { started: now, finished: now })]),
            made: BTreeMap::from([(Address::new("project", "p-one"), now)]),
            kept: BTreeMap::from([(Address::new("redis-instance", "theirs"), now)]),
            caused: BTreeMap::from([("role".into(), now)]),
            intents: vec![Intent {
                resource: Address::new("redis-instance", "r"),
                action: Action::Create,
                command: "gcloud redis instances create r".into(),
                since: now,
                pid: Some(7),
                pid_started: Some(99),
            }],
            config: toml::from_str("[redis]\nmemory_gb = 1\n").unwrap(),
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("dev")).unwrap();
        assert_eq!(store.current(), None);
        store.begin(example()).unwrap();
        store.update(|c| c.intents.clear()).unwrap();
        let again = Store::open(&folder.path().join("dev")).unwrap().current().unwrap();
        assert_eq!(again, Checkpoint { intents: Vec::new(), ..example() });
    }

    #[test]
    fn what_belongs_to_another_place_is_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.begin(example()).unwrap();
        let google = Checkpoint { redirection: None, run: "r2".into(), ..example() };
        store.begin(google.clone()).unwrap();
        assert_eq!(Store::peek(folder.path()).unwrap(), Some(google));
        assert_eq!(read(&folder.path().join("checkpoint.r1.toml")).unwrap(), Some(example()));
    }

    #[test]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("dev")).unwrap();
        store.begin(example()).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(store.path()), mode(&folder.path().join("dev"))), (0o600, 0o700));
    }

    #[test]
    fn a_file_cut_anywhere_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.begin(example()).unwrap();
        let whole = fs::read(store.path()).unwrap();
        for end in 0..whole.len() {
            fs::write(store.path(), &whole[..end]).unwrap();
            let opened = Store::open(folder.path());
            assert!(matches!(opened, Err(CheckpointError::Unreadable { .. })), "cut at {end}");
            assert_eq!(fs::read(store.path()).unwrap(), &whole[..end], "it is never replaced");
        }
    }

    #[test]
    fn a_newer_format_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("checkpoint.toml"), "format = 2\nshape = 'unknown'\n").unwrap();
        assert!(matches!(Store::open(folder.path()), Err(CheckpointError::Newer { format: 2, .. })));
    }

    #[test]
    fn a_full_disk_leaves_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.begin(example()).unwrap();
        let before = fs::read(store.path()).unwrap();
        // A directory in the place of the temporary file makes every write fail, whoever runs the test.
        fs::create_dir(store.path().with_extension("toml.new")).unwrap();
        assert!(matches!(store.update(|c| c.intents.clear()), Err(CheckpointError::Write { .. })));
        assert_eq!(fs::read(store.path()).unwrap(), before);
        assert_eq!(store.current().unwrap(), example());
    }
}
