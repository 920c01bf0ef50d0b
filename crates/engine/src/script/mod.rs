//! A plan as a script: the same creates, updates and deletions, whose commands are written down instead of run.
//!
//! What a resource reads is answered by the cloud as it is now, unless a change that was written down before has foretold
//! another answer ([`crate::Writer::foretell`]). What only Google can know is a variable there ([`Later`]).

mod bash;
mod later;
mod write;

pub use later::{Later, Printed, Reading};
pub use write::About;

use crate::Address;
use crate::core::{Known, key};
use events::{Action, Diff};
use gcloud::{Command, Secret, Stdin};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// One thing that the script does or says.
#[derive(Clone, Debug)]
enum Entry {
    Step {
        id: String,
        title: String,
    },
    Resource {
        address: Address,
        action: Action,
        fields: Vec<Diff>,
        means: Vec<String>,
    },
    Remark(String),
    Command {
        args: Vec<String>,
        project: bool,
        /// What it reads on standard input.
        stdin: Option<Secret>,
        /// Flag, name and content.
        files: Vec<(String, String, String)>,
        /// What is said where it fails, which is then no failure of the whole.
        or_else: Option<String>,
    },
    WriteFile {
        path: PathBuf,
        content: String,
    },
    RemoveFile {
        path: PathBuf,
    },
    Wait {
        seconds: u64,
        doing: String,
    },
}

/// What can be read of the cloud as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    Clear,
    /// Something that the resource needs is not there: a read that fails finds nothing.
    Dim,
    /// There is no project yet.
    None,
}

/// Writes changes down.
#[derive(Default)]
pub(crate) struct Scribe {
    /// What is known only once the script runs.
    pub later: Later,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    foretold: BTreeMap<String, Known>,
    entries: Vec<Entry>,
    /// What no script may show.
    hidden: Vec<Secret>,
    /// Secrets that the script reads by itself, by the command.
    read: BTreeMap<String, Secret>,
    /// A change is being written down, and not only looked for.
    writing: bool,
    no_project: bool,
    dim: bool,
    or_else: Option<String>,
}

impl Scribe {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, entry: Entry) {
        self.state().entries.push(entry);
    }

    /// What was foretold of a read.
    pub fn foretold(&self, key: &str) -> Option<Known> {
        self.state().foretold.get(key).cloned()
    }

    pub fn foretell(&self, read: &Command, answer: Known) {
        self.state().foretold.insert(key(read), answer);
    }

    /// What this read can tell.
    pub fn sight(&self, read: &Command) -> Sight {
        let state = self.state();
        match (state.no_project && read.wants_project(), state.dim) {
            (true, _) => Sight::None,
            (_, true) => Sight::Dim,
            (_, false) => Sight::Clear,
        }
    }

    /// Writes a change down; its number.
    pub fn record(&self, command: &Command) -> usize {
        let stdin = match command.stdin_ref() {
            Stdin::Closed => None,
            Stdin::Secret(secret) => Some(secret.clone()),
        };
        if let Some(stdin) = &stdin {
            self.later.digest_of(stdin.expose());
        }
        // Without it gcloud waits by itself, as the engine does for what it started.
        let args = command.args().iter().filter(|arg| *arg != "--async").cloned().collect();
        let (project, files) = (command.wants_project(), command.files().to_vec());
        let mut state = self.state();
        let or_else = state.or_else.take();
        state.entries.push(Entry::Command { args, project, stdin, files, or_else });
        state.entries.len() - 1
    }

    /// Says what is told where the next change fails, for which the script does not stop.
    pub fn or_else(&self, text: String) {
        self.state().or_else = Some(text);
    }

    pub fn remark(&self, text: String, command: Option<String>) {
        self.add(Entry::Remark(gcloud::mask(&text)));
        if let Some(command) = command {
            self.add(Entry::Remark(format!("    {}", gcloud::mask(&command))));
        }
    }

    pub fn write_file(&self, path: PathBuf, content: &str) {
        self.add(Entry::WriteFile { path, content: content.to_owned() });
    }

    pub fn remove_file(&self, path: PathBuf) {
        self.add(Entry::RemoveFile { path });
    }

    pub fn wait(&self, duration: Duration, doing: &str) {
        self.add(Entry::Wait { seconds: duration.as_secs(), doing: doing.to_owned() });
    }

    /// A secret that a person gives, in the place of one that would have been generated.
    pub fn ask(&self, resource: &Address, characters: usize) -> Secret {
        let what = format!("{resource}, a new value of {characters} characters or so");
        self.later.asked(&variable(resource.name()), &what)
    }

    /// Notes a secret that was read.
    pub fn hide(&self, secret: &Secret) {
        if !self.later.is_in(secret.expose()) {
            self.state().hidden.push(Secret::new(secret.expose().trim()));
        }
    }

    /// What stands for a secret that was read, while a change is written down.
    pub fn printed_by(&self, secret: Secret, variable: &str, read: Reading) -> Secret {
        if self.later.is_in(secret.expose()) {
            return secret;
        }
        self.hide(&secret);
        let mut state = self.state();
        if !state.writing {
            return secret;
        }
        let known = state.read.entry(format!("{read:?}"));
        known.or_insert_with(|| self.later.secret(variable, read)).clone()
    }
}

/// A name as a variable: `db-password` is `DB_PASSWORD`.
fn variable(name: &str) -> String {
    let sign = |char: char| if char.is_ascii_alphanumeric() { char.to_ascii_uppercase() } else { '_' };
    let name: String = name.chars().map(sign).collect();
    if name.starts_with(|char: char| char.is_ascii_digit()) { format!("_{name}") } else { name }
}
