//! Readers and writers over a scripted gcloud, for the tests of resources.

use crate::checkpoint::Store;
use crate::clock::Clock;
use crate::core::{Core, Scene};
use crate::journal::Journal;
use crate::{Action, Address, Deps, Reader, Writer};
use events::{Event, Fact, Sink};
use gcloud::testing::Script;
use gcloud::{Interrupt, Run};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

pub use gcloud::testing::{Reply, Script as Gcloud};

/// Keeps every event.
#[derive(Default)]
pub struct Events(Mutex<Vec<Event>>);

impl Sink for Events {
    fn emit(&self, event: &Event) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
    }
}

impl Events {
    /// Everything so far.
    pub fn facts(&self) -> Vec<Fact> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().map(|event| event.fact.clone()).collect()
    }
}

fn core(gcloud: &Arc<Script>) -> Arc<Core> {
    let gcloud: Arc<dyn Run> = Arc::clone(gcloud) as _;
    let clock = Clock::new(Interrupt::new(), 0.0);
    Arc::new(Core::new(
        gcloud,
        Arc::new(Events::default()),
        clock,
        Journal::new(None, None),
        nowhere(),
        std::collections::BTreeSet::new(),
    ))
}

/// A folder that is not there: what reads files finds none, and what writes one fails.
fn nowhere() -> PathBuf {
    PathBuf::from("no-such-folder")
}

/// A reader with an empty memory. Its waits take no time.
pub fn reader(gcloud: &Arc<Script>) -> Reader {
    Reader::new(core(gcloud))
}

/// A writer that works on this resource. Its waits take no time, and it keeps its journal in memory.
pub fn writer(gcloud: &Arc<Script>, resource: &Address) -> Writer {
    let core = core(gcloud);
    let (step, resource) = ("test".to_owned(), resource.clone());
    core.set_scene(Some(Scene { step, resource, action: Action::Create, since: Instant::now() }));
    Writer::new(core)
}

/// What a whole engine needs, over a scripted gcloud.
pub fn deps(gcloud: &Arc<Script>, events: &Arc<Events>, store: Option<Arc<Store>>) -> Deps {
    Deps {
        gcloud: Arc::clone(gcloud) as _,
        sink: Arc::clone(events) as _,
        journal: store.as_ref().and_then(|store| store.current()),
        store,
        interrupt: Interrupt::new(),
        wait_scale: 0.0,
        project: "p-one".to_owned(),
        run: "run-1".to_owned(),
        marks_steps: true,
        resume: "deploy-all --env dev".to_owned(),
        folder: nowhere(),
        may_replace: std::collections::BTreeSet::new(),
    }
}
