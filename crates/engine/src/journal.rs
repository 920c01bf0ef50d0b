//! What this tool did, as far as it matters for what it does next: on disk when there is a checkpoint, else in memory.

use crate::checkpoint::{Checkpoint, CheckpointError, Intent, Store};
use crate::{Action, Address, Result};
use gcloud::Lag;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

/// The key under which it is remembered that a resource must be renewed, since this one is made anew.
fn renewal(resource: &Address, by: &Address) -> String {
    format!("renew/{resource} {by}")
}

/// The journal of one run, and of those before it in the same project.
pub(crate) struct Journal {
    store: Option<Arc<Store>>,
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    made: BTreeMap<Address, Timestamp>,
    kept: BTreeMap<Address, Timestamp>,
    caused: BTreeMap<String, Timestamp>,
    /// What was made by this very run.
    fresh: BTreeSet<Address>,
    intents: Vec<Intent>,
}

impl Journal {
    /// Begins with what an earlier run in the same place left.
    pub fn new(store: Option<Arc<Store>>, earlier: Option<Checkpoint>) -> Self {
        let mut memory = Memory::default();
        if let Some(checkpoint) = earlier {
            memory.made = checkpoint.made;
            memory.kept = checkpoint.kept;
            memory.caused = checkpoint.caused;
            memory.intents = checkpoint.intents;
        }
        Self { store, memory: Mutex::new(memory) }
    }

    /// Changes what is remembered, and puts it on disk.
    fn change(&self, change: impl FnOnce(&mut Memory)) -> std::result::Result<(), CheckpointError> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut memory);
        let Some(store) = &self.store else { return Ok(()) };
        store.update(|checkpoint| {
            checkpoint.made.clone_from(&memory.made);
            checkpoint.kept.clone_from(&memory.kept);
            checkpoint.caused.clone_from(&memory.caused);
            checkpoint.intents.clone_from(&memory.intents);
        })
    }

    fn look<T>(&self, look: impl FnOnce(&Memory) -> T) -> T {
        look(&self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Writes down that this command is about to run for a resource.
    pub fn intend(&self, resource: &Address, action: Action, command: &str) -> Result<()> {
        self.change(|memory| {
            let since = Timestamp::now();
            match memory.intents.iter_mut().find(|intent| intent.resource == *resource) {
                Some(intent) => {
                    intent.action = action;
                    command.clone_into(&mut intent.command);
                    (intent.pid, intent.pid_started) = (None, None);
                }
                None => memory.intents.push(Intent {
                    resource: resource.clone(),
                    action,
                    command: command.to_owned(),
                    since,
                    pid: None,
                    pid_started: None,
                }),
            }
        })?;
        Ok(())
    }

    /// Writes down which process works on an intent; `None` once it has ended.
    pub fn child(&self, resource: &Address, child: Option<(u32, Option<u64>)>) -> Result<()> {
        self.change(|memory| {
            if let Some(intent) = memory.intents.iter_mut().find(|intent| intent.resource == *resource) {
                intent.pid = child.map(|(pid, _)| pid);
                intent.pid_started = child.and_then(|(_, started)| started);
            }
        })?;
        Ok(())
    }

    /// The change of a resource is over, with a known end.
    pub fn close(&self, resource: &Address) -> Result<()> {
        self.change(|memory| memory.intents.retain(|intent| intent.resource != *resource))?;
        Ok(())
    }

    /// The change that was in flight on a resource when a run ended, or whose end is unknown.
    pub fn open(&self, resource: &Address) -> Option<Intent> {
        self.look(|memory| memory.intents.iter().find(|intent| intent.resource == *resource).cloned())
    }

    /// This tool begins to make a resource that was proven absent: what is found under its name from now on is ours.
    /// True if that was not known before.
    pub fn make(&self, resource: &Address) -> Result<bool> {
        let known = self.made(resource);
        self.change(|memory| {
            memory.made.entry(resource.clone()).or_insert_with(Timestamp::now);
            memory.fresh.insert(resource.clone());
        })?;
        Ok(!known)
    }

    /// A resource is gone, or was refused.
    pub fn unmake(&self, resource: &Address) -> Result<()> {
        self.change(|memory| {
            memory.made.remove(resource);
            memory.kept.remove(resource);
            memory.fresh.remove(resource);
        })?;
        Ok(())
    }

    /// These were found under the config's names. One write for all, and none where nothing is new.
    pub fn keep(&self, resources: impl IntoIterator<Item = Address>) -> Result<()> {
        let remembers = |address: &Address| self.remembers(address);
        let new: Vec<Address> = resources.into_iter().filter(|address| !remembers(address)).collect();
        if !new.is_empty() {
            let now = Timestamp::now();
            self.change(|memory| memory.kept.extend(new.into_iter().map(|address| (address, now))))?;
        }
        Ok(())
    }

    /// Whether this tool made a resource, or keeps it.
    pub fn remembers(&self, resource: &Address) -> bool {
        self.look(|memory| memory.made.contains_key(resource) || memory.kept.contains_key(resource))
    }

    /// All of this kind that this tool made or keeps.
    pub fn remembered(&self, kind: &str) -> BTreeSet<Address> {
        self.look(|memory| {
            let all = memory.made.keys().chain(memory.kept.keys());
            all.filter(|address| address.kind() == kind).cloned().collect()
        })
    }

    /// A resource must be renewed, since `by`, which it holds on to, is made anew. On disk before that is: a kill forgets nothing.
    pub fn owe(&self, resource: &Address, by: &Address) -> Result<()> {
        if self.owes(resource, by) {
            return Ok(());
        }
        self.change(|memory| memory.caused.extend([(renewal(resource, by), Timestamp::now())]))?;
        Ok(())
    }

    /// It was made or renewed, or is gone.
    pub fn settle(&self, resource: &Address) -> Result<()> {
        let beginning = format!("renew/{resource} ");
        if self.look(|memory| memory.caused.keys().any(|key| key.starts_with(&beginning))) {
            self.change(|memory| memory.caused.retain(|key, _| !key.starts_with(&beginning)))?;
        }
        Ok(())
    }

    /// Whether a resource must be renewed since this one is, or was, made anew.
    pub fn owes(&self, resource: &Address, by: &Address) -> bool {
        self.look(|memory| memory.caused.contains_key(&renewal(resource, by)))
    }

    /// Whether this tool made a resource.
    pub fn made(&self, resource: &Address) -> bool {
        self.look(|memory| memory.made.contains_key(resource))
    }

    /// Whether this very run made a resource of this kind.
    pub fn made_now(&self, kind: &str) -> bool {
        self.look(|memory| memory.fresh.iter().any(|resource| resource.kind() == kind))
    }

    /// Something was made that Google needs time for.
    pub fn cause(&self, lags: &[Lag]) -> Result<()> {
        if lags.is_empty() {
            return Ok(());
        }
        let now = Timestamp::now();
        self.change(|memory| memory.caused.extend(lags.iter().map(|lag| (lag.key(), now))))?;
        Ok(())
    }

    /// How long ago the cause of this lag was made. `None`: never, as far as is known.
    pub fn age(&self, lag: &Lag) -> Option<std::time::Duration> {
        let key = lag.key();
        let any_api = *lag == Lag::Api(None);
        let latest = self.look(|memory| {
            let fits = |name: &str| name == key || (any_api && name.starts_with("api/"));
            memory.caused.iter().filter(|(name, _)| fits(name)).map(|(_, at)| *at).max()
        })?;
        // A clock that went back makes it recent.
        Some(Timestamp::now().duration_since(latest).try_into().unwrap_or_default())
    }
}
