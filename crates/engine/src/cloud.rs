use crate::{Address, Result};
use gcloud::{Command, Secret};
use serde_json::Value;
use std::ops::Deref;

/// Reads the cloud. A plan holds nothing else, so it cannot change anything.
pub struct Reader {}

impl Reader {
    /// Runs a `describe`: the object, or `None` where gcloud proves that it is absent. Memoised by argv.
    pub fn find(&self, _command: Command) -> Result<Option<Value>> {
        unimplemented!()
    }

    /// Runs a `list`: its rows. Memoised by argv.
    pub fn list(&self, _command: Command) -> Result<Vec<Value>> {
        unimplemented!()
    }

    /// Runs a command whose answer is a secret (`secrets versions access`, `redis instances get-auth-string`), with
    /// the JSON format off, or parsed by the caller from what `expose` gives. `None` where it is proven absent.
    /// Memoised by argv, in memory only.
    pub fn find_secret(&self, _command: Command) -> Result<Option<Secret>> {
        unimplemented!()
    }

    /// Like `find`, where Google answers 403 "(or it may not exist)" or "not found or not authorized" for what is absent:
    /// then `list` decides, which the login may read: none of its rows `is_it` means absent, and a row that is it
    /// means that the login may not read the object (an error). Both are memoised by argv.
    pub fn find_or_denied(
        &self,
        _describe: Command,
        _list: Command,
        _is_it: impl Fn(&Value) -> bool,
    ) -> Result<Option<Value>> {
        unimplemented!()
    }

    /// Tells the engine which APIs are enabled, for the needs of other resources.
    pub fn learn_apis(&self, _enabled: Vec<String>) {
        unimplemented!()
    }

    /// Whether this tool's journal says that it made this resource.
    pub fn made_by_us(&self, _address: &Address) -> bool {
        unimplemented!()
    }

    /// Tells the person something that is not an error, with a command to run where there is one.
    pub fn note(&self, _warning: bool, _text: String, _command: Option<String>) {
        unimplemented!()
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
    /// Writes the intent, runs the command, repeats it where that is right, writes the outcome, and forgets what was
    /// memoised. The answer is gcloud's JSON, `Null` where it printed none.
    pub fn change(&self, _command: Command) -> Result<Value> {
        unimplemented!()
    }

    /// Puts an answer in the place of what `read` would give, where a change printed the new state
    /// (`add-iam-policy-binding` prints the policy): saves a process.
    pub fn remember(&self, _read: &Command, _answer: Value) {
        unimplemented!()
    }

    /// A secret of this many characters out of `A-Za-z0-9`, from the operating system's randomness.
    pub fn generate_secret(&self, _characters: usize) -> Secret {
        unimplemented!()
    }
}
