use crate::checkpoint::{Checkpoint, FORMAT, Store};
use crate::testing::{Events, Gcloud, Reply, deps};
use crate::{
    Address, AtDestroy, Deps, Diff, Engine, Error, Need, Reader, Resource, Result, Selection, State, Step,
    Summary, Way, Writer,
};
use events::Fact;
use gcloud::gcloud;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// What a scripted failure of a change does to the world.
#[derive(Clone)]
pub enum Fault {
    /// Refused: nothing was changed.
    Before(Reply),
    /// Changed, and then this answer.
    After(Reply),
    /// The change begins: the thing is busy for so many looks; then this answer.
    Begins(u32, Reply),
    /// The change breaks the thing, which is in this state then; and this answer.
    Breaks(&'static str, Reply),
}

#[derive(Default)]
pub struct State_ {
    pub things: BTreeMap<String, Value>,
    pub faults: VecDeque<(&'static str, Fault)>,
    pub apis: Vec<String>,
}

/// Google, as far as these tests need it.
#[derive(Clone, Default)]
pub struct World(pub Arc<Mutex<State_>>);

impl World {
    pub fn has(self, name: &str, size: u32) -> Self {
        self.0.lock().unwrap().things.insert(name.to_owned(), json!({"name": name, "size": size}));
        self
    }

    pub fn has_state(self, name: &str, state: &str) -> Self {
        let thing = json!({"name": name, "size": 1, "state": state});
        self.0.lock().unwrap().things.insert(name.to_owned(), thing);
        self
    }

    /// The next command with this verb meets this fault.
    pub fn fault(self, verb: &'static str, fault: Fault) -> Self {
        self.0.lock().unwrap().faults.push_back((verb, fault));
        self
    }

    pub fn size(&self, name: &str) -> Option<u64> {
        self.0.lock().unwrap().things.get(name).map(|thing| thing["size"].as_u64().unwrap())
    }

    fn answer(&self, args: &[String]) -> Reply {
        let (verb, name) = (args[1].as_str(), args[2].as_str());
        let size =
            args.iter().find_map(|arg| arg.strip_prefix("--size=")).and_then(|size| size.parse::<u32>().ok());
        let mut state = self.0.lock().unwrap();
        let fault = match state.faults.front() {
            Some((faulty, _)) if *faulty == verb => state.faults.pop_front().map(|(_, fault)| fault),
            _ => None,
        };
        if let Some(Fault::Before(reply)) = fault {
            return reply;
        }
        let reply = match (verb, state.things.get_mut(name)) {
            ("describe", Some(thing)) => {
                let shown = thing.clone();
                if let Some(left) = thing["busy"].as_u64() {
                    thing["busy"] = if left > 1 { json!(left - 1) } else { Value::Null };
                }
                Reply::json(shown)
            }
            ("create", Some(_)) => Reply::error("ALREADY_EXISTS: it is there"),
            (_, None) if verb != "create" => Reply::not_found(),
            ("create", None) => {
                let thing = json!({"name": name, "size": size});
                state.things.insert(name.to_owned(), thing.clone());
                Reply::json(thing)
            }
            ("update", Some(thing)) => {
                thing["size"] = json!(size);
                Reply::json(thing.clone())
            }
            ("delete", Some(_)) => {
                state.things.remove(name);
                Reply::json(json!([]))
            }
            _ => Reply::error("no such verb"),
        };
        match fault {
            Some(Fault::After(reply)) => reply,
            Some(Fault::Begins(looks, reply)) => {
                state.things.get_mut(name).unwrap()["busy"] = json!(looks);
                reply
            }
            Some(Fault::Breaks(why, reply)) => {
                state.things.get_mut(name).unwrap()["state"] = json!(why);
                reply
            }
            _ => reply,
        }
    }

    pub fn script(&self) -> Gcloud {
        let (things, apis) = (self.clone(), self.clone());
        Gcloud::new()
            .on_each("things", move |command| things.answer(command.args()))
            .on_each("services list", move |_| Reply::json(json!(apis.0.lock().unwrap().apis)))
    }
}

/// A resource of the tests.
#[derive(Clone)]
pub struct Thing {
    pub kind: &'static str,
    pub name: &'static str,
    pub size: u32,
    pub needs: Vec<Need>,
    pub wanted: bool,
    pub holds_data: bool,
    pub verify: bool,
    pub preexists: bool,
    /// Its check works without the other things that it needs.
    pub alone: bool,
    pub end: AtDestroy,
    pub marked: bool,
    pub protected: bool,
}

pub fn thing(name: &'static str) -> Thing {
    Thing {
        kind: "thing",
        name,
        size: 1,
        needs: Vec::new(),
        wanted: true,
        holds_data: false,
        verify: false,
        preexists: false,
        alone: false,
        end: AtDestroy::Deleted,
        marked: true,
        protected: false,
    }
}

impl Thing {
    pub fn needs(mut self, name: &str) -> Self {
        self.needs.push(Need::Resource(Address::new("thing", name)));
        self
    }

    pub fn needs_api(mut self, name: &'static str) -> Self {
        self.needs.push(Need::Api(name));
        self
    }
}

impl Resource for Thing {
    fn address(&self) -> Address {
        Address::new(self.kind, self.name)
    }

    fn wanted(&self) -> bool {
        self.wanted
    }

    fn needs(&self) -> Vec<Need> {
        self.needs.clone()
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(found) = cloud.find(gcloud!["things describe", self.name])? else {
            return Ok(State::Absent);
        };
        if found["busy"].is_u64() {
            return Ok(State::Busy("being created".to_owned()));
        }
        if let Some(state) = found["state"].as_str() {
            return Ok(State::Broken(format!("state {state}")));
        }
        let size = found["size"].as_u64().unwrap();
        let differs = size != u64::from(self.size);
        let diffs = differs.then(|| Diff::new("size", size, self.size));
        Ok(State::from_diffs(diffs.into_iter().collect()))
    }

    fn way(&self, _diffs: &[Diff]) -> Way {
        match self.kind {
            "fixed" => {
                Way::Replace { why: "it keeps its size".to_owned(), instead: "set it back".to_owned() }
            }
            "archive" => Way::Never { why: "it holds data".to_owned(), todo: "copy it".to_owned() },
            _ => Way::InPlace,
        }
    }

    fn renewed_by(&self) -> Vec<Address> {
        let held = Address::new("fixed", "connector");
        if self.name == "service" { vec![held] } else { Vec::new() }
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["things create", self.name, format!("--size={}", self.size)]).map(drop)
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        cloud.change(gcloud!["things update", self.name, format!("--size={}", self.size)]).map(drop)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["things delete", self.name]).map(drop)
    }

    fn holds_data(&self) -> bool {
        self.holds_data
    }

    fn verify_after(&self) -> bool {
        self.verify
    }

    fn may_preexist(&self) -> bool {
        self.preexists
    }

    fn stands_alone(&self) -> bool {
        self.alone
    }

    fn at_destroy(&self) -> AtDestroy {
        self.end.clone()
    }

    fn marked(&self, _cloud: &Reader) -> Result<bool> {
        Ok(self.marked)
    }

    fn protected(&self, _cloud: &Reader) -> Result<Option<(String, String)>> {
        Ok(self.protected.then(|| ("it is protected".to_owned(), "unprotect it".to_owned())))
    }

    fn without(&self, gone: &Address) -> Option<&'static str> {
        (gone.name() == "secret").then_some("no new instance of it can start")
    }

    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        let found = cloud.find(gcloud!["things describe", self.name])?;
        Ok(found
            .into_iter()
            .map(|found| (format!("thing.{}", self.name), found["size"].to_string()))
            .collect())
    }
}

/// The step that enables APIs, as far as the engine sees it.
pub struct Apis(pub Vec<&'static str>);

impl Resource for Apis {
    fn address(&self) -> Address {
        Address::new("apis", "all")
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let enabled: Vec<String> = cloud
            .list(gcloud!["services list"])?
            .iter()
            .filter_map(|api| api.as_str().map(str::to_owned))
            .collect();
        cloud.learn_apis(enabled.clone());
        let missing = self.0.iter().filter(|api| !enabled.contains(&(**api).to_owned()));
        Ok(State::from_diffs(missing.map(|api| Diff::new("api", "off", api)).collect()))
    }

    fn create(&self, _cloud: &Writer) -> Result<()> {
        Ok(())
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let command = self.0.iter().fold(gcloud!["services enable"], |command, api| command.arg(*api));
        cloud.change(command).map(drop)
    }

    fn delete(&self, _cloud: &Writer) -> Result<()> {
        Ok(())
    }

    fn provides(&self) -> Vec<Need> {
        self.0.iter().map(|api| Need::Api(api)).collect()
    }
}

/// One run, to its end.
pub struct Run {
    pub facts: Vec<Fact>,
    pub calls: Vec<String>,
    pub summary: Summary,
    pub result: Result<()>,
}

impl Run {
    pub fn of(world: &World, steps: &[Step]) -> Self {
        Self::with(world.script(), steps, &all(steps), None)
    }

    /// A run without gcloud, in this folder.
    pub fn inside(folder: &Path, steps: &[Step]) -> Self {
        Self::arranged(Gcloud::new(), steps, &all(steps), |deps| deps.folder = folder.to_owned())
    }

    pub fn with(script: Gcloud, steps: &[Step], selection: &Selection, store: Option<Arc<Store>>) -> Self {
        Self::arranged(script, steps, selection, |deps| {
            deps.journal = store.as_ref().and_then(|store| store.current());
            deps.store = store;
        })
    }

    pub fn arranged(
        script: Gcloud,
        steps: &[Step],
        selection: &Selection,
        arrange: impl FnOnce(&mut Deps),
    ) -> Self {
        let (script, events) = (Arc::new(script), Arc::new(Events::default()));
        let mut deps = deps(&script, &events, None);
        arrange(&mut deps);
        let engine = Engine::new(deps);
        let (summary, result) = match engine.plan(steps, selection) {
            Ok(plan) => engine.apply(steps, &plan),
            Err(error) => (Summary::default(), Err(error)),
        };
        engine.conclude(&summary, &result).unwrap();
        Self { facts: events.facts(), calls: script.calls(), summary, result }
    }

    /// The changes that were asked for, without flags.
    pub fn changes(&self) -> Vec<&str> {
        let change = |call: &&str| !call.contains("describe") && !call.contains("list");
        self.calls.iter().map(|call| call.split(" --").next().unwrap()).filter(change).collect()
    }

    pub fn retries(&self) -> Vec<String> {
        let why = |fact: &Fact| match fact {
            Fact::ResourceRetrying { why, .. } => Some(why.clone()),
            _ => None,
        };
        self.facts.iter().filter_map(why).collect()
    }

    pub fn problem(&self) -> String {
        match &self.result {
            Ok(()) => "(none)".to_owned(),
            Err(Error::Interrupted(signal)) => format!("interrupted by {signal}"),
            Err(error) => format!("{:?}", error.explain("p-one", "the change failed".to_owned())),
        }
    }
}

pub fn all(steps: &[Step]) -> Selection {
    Selection::of(steps.iter().map(|step| step.id))
}

pub fn one(things: impl IntoIterator<Item = Thing>) -> Vec<Step> {
    vec![things.into_iter().fold(Step::new("01-one", "One"), Step::keep)]
}

/// A store with an unfinished deploy in it.
pub fn store(folder: &Path, change: impl FnOnce(&mut Checkpoint)) -> Arc<Store> {
    let store = Store::open(folder).unwrap();
    let mut checkpoint = Checkpoint {
        format: FORMAT,
        tool: "1".to_owned(),
        project: "p-one".to_owned(),
        redirection: None,
        kind: "deploy".to_owned(),
        run: "run-1".to_owned(),
        started: "2026-01-01T00:00:00Z".parse().unwrap(),
        finished: None,
        stopped: None,
        steps: BTreeMap::new(),
        made: BTreeMap::new(),
        kept: BTreeMap::new(),
        caused: BTreeMap::new(),
        intents: Vec::new(),
        config: toml::Table::new(),
    };
    change(&mut checkpoint);
    store.begin(checkpoint).unwrap();
    Arc::new(store)
}
