//! A laboratory for the tests of steps: an emulator in this process, a project in it, and a gcloud.

use engine::checkpoint::{Checkpoint, FORMAT, Store};
use engine::testing::Events;
use engine::{
    Address, Deps, Diff, Engine, Item, Plan, Reader, Resource, Result, Selection, State, Step, Summary,
    Writer,
};
use events::{Fact, PlanItem};
use gcloud::{Environment, Gcloud, Interrupt};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::Arc;

pub use crate::given::given;

/// The project that a laboratory has.
pub const PROJECT: &str = "proj-one";

/// An emulator, a project with billing, and a checkpoint that is kept from run to run.
pub struct Lab {
    emulator: emulator::Handle,
    gcloud: Arc<Gcloud>,
    store: Arc<Store>,
    folder: tempfile::TempDir,
}

/// What one run did.
pub struct Run {
    /// What was planned.
    pub items: Vec<PlanItem>,
    /// What was done.
    pub summary: Summary,
    /// How it ended.
    pub result: Result<()>,
    /// Every event.
    pub facts: Vec<Fact>,
    /// How many gcloud processes were started.
    pub processes: u32,
    /// The requests that may have changed something: method and path.
    pub writes: Vec<String>,
}

impl Run {
    /// The texts of the notes.
    pub fn notes(&self) -> Vec<String> {
        let notes = self.facts.iter().filter_map(|fact| match fact {
            Fact::Note { text, .. } => Some(text.clone()),
            _ => None,
        });
        notes.collect()
    }

    /// The planned actions that are not `none`, as `+ network/n`, with the fields of updates: `~ subnet/s range`.
    pub fn plan(&self) -> Vec<String> {
        let changes = self.items.iter().filter(|item| item.action != engine::Action::None);
        changes
            .map(|item| {
                let fields: String = item.fields.iter().map(|diff| format!(" {}", diff.field)).collect();
                format!("{} {}{fields}", item.action.symbol(), item.resource)
            })
            .collect()
    }

    /// The run must have gone well.
    pub fn well(self) -> Self {
        if let Err(error) = &self.result {
            panic!("the run failed: {error}");
        }
        self
    }
}

/// The gcloud of a laboratory: the stand-in, which is the same (`scripts/sameness`) and takes milliseconds; or whatever
/// `TEST_GCLOUD` names, such as the real one.
fn gcloud() -> PathBuf {
    if let Some(path) = std::env::var_os("TEST_GCLOUD") {
        return path.into();
    }
    let test = std::env::current_exe().expect("a test knows itself");
    let standin = test.ancestors().nth(2).expect("target/debug/deps/test").join("gcloud-standin");
    assert!(
        standin.is_file(),
        "{} is missing: run scripts/test, or cargo build --workspace --bins",
        standin.display()
    );
    standin
}

impl Lab {
    /// An emulator whose project `proj-one` has these APIs.
    pub fn new(apis: &[&str]) -> Self {
        let lab = Self::empty();
        lab.make_project(apis);
        lab
    }

    /// The same, in a world where nothing exists but one billing account.
    pub fn empty() -> Self {
        let path = gcloud();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let emulator = emulator::start(emulator::Options::default()).expect("the emulator starts");
        let authority = get(&emulator.url, "/_emulator/ca.pem");
        let pointed =
            emulator::environment::prepare(&emulator.url, &folder.path().join("google"), &authority)
                .expect("gcloud's configuration is written");
        let variables = std::env::vars_os().filter(|(name, _)| name == "PATH" || name == "HOME");
        // The stand-in waits as often as gcloud does, and not as long.
        let at_once = [("GCLOUD_STANDIN_WAIT_SCALE".to_owned(), "0".to_owned())];
        let environment = Environment::from_variables(variables, pointed.set.into_iter().chain(at_once));
        let gcloud =
            Gcloud::new(path, environment, Interrupt::new(), folder.path().join("run")).project(PROJECT);
        let store = Arc::new(Store::open(&folder.path().join("state")).expect("a checkpoint"));
        store.begin(blank()).expect("the checkpoint is written");
        Self { emulator, gcloud: Arc::new(gcloud), store, folder }
    }

    /// A project `proj-one` that somebody else made, with billing and these APIs.
    pub fn make_project(&self, apis: &[&str]) {
        let host = "cloudresourcemanager.googleapis.com";
        self.ok("POST", host, "/v1/projects", json!({"projectId": PROJECT, "name": "laboratory"}));
        let account = json!({"billingAccountName": "billingAccounts/000000-000000-000000"});
        self.ok(
            "PUT",
            "cloudbilling.googleapis.com",
            &format!("/v1/projects/{PROJECT}/billingInfo"),
            account,
        );
        for some in apis.chunks(20) {
            let path = format!("/v1/projects/{PROJECT}/services:batchEnable");
            self.ok("POST", "serviceusage.googleapis.com", &path, json!({ "serviceIds": some }));
        }
    }

    /// Gives a network (`projects/P/global/networks/N`) its private services access, with one allocated range.
    pub fn peer(&self, network: &str, range: &str) {
        let name = network.rsplit('/').next();
        self.arrange(json!([
            {"key": format!("compute/{network}"), "data": {"name": name}},
            {"key": format!("compute/projects/{PROJECT}/global/addresses/{range}"),
             "data": {"name": range, "address": "10.20.0.0", "prefixLength": 16, "purpose": "VPC_PEERING"}},
            {"key": format!("servicenetworking/{network}/connections/servicenetworking.googleapis.com"),
             "data": {"network": network, "reservedPeeringRanges": [range]}},
        ]));
    }

    /// Sends a request to an API, as the owner: to prepare the world, or to change it behind the tool's back.
    pub fn request(&self, method: &str, host: &str, path: &str, body: Value) -> (u16, Value) {
        let url = format!("{}/{host}{path}", self.emulator.url);
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = ureq::http::Request::builder().method(method).uri(url);
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = request.header("content-type", "application/json").body(body).expect("a request");
        let mut answer = agent.run(request).expect("the emulator answers");
        let status = answer.status().as_u16();
        (status, answer.body_mut().read_json().unwrap_or(Value::Null))
    }

    /// The same; it must be accepted.
    pub fn ok(&self, method: &str, host: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.request(method, host, path, body);
        assert!(status < 300, "{method} {host}{path}: {status} {answer}");
        answer
    }

    /// Sets objects, hidden parts and policies as `POST /_emulator/world` takes them.
    pub fn arrange(&self, changes: Value) {
        let (status, answer) = self.request("POST", "_emulator", "/world", changes);
        assert!(status < 300, "{answer}");
    }

    /// Scripts a fault.
    pub fn fault(&self, fault: Value) {
        let (status, answer) = self.request("POST", "_emulator", "/faults", fault);
        assert!(status < 300, "{answer}");
    }

    /// Each scripted fault must have struck; then they are lifted.
    pub fn faults_struck(&self) {
        let (_, faults) = self.request("GET", "_emulator", "/faults", Value::Null);
        for fault in faults.as_array().expect("a list") {
            assert_ne!(fault["fired"], 0, "a fault did not strike: {fault}");
        }
        self.request("DELETE", "_emulator", "/faults", Value::Null);
    }

    /// The world: key to object.
    pub fn world(&self) -> Value {
        let (_, world) = self.request("GET", "_emulator", "/world", Value::Null);
        world["objects"].clone()
    }

    /// What the world shows of one object; null where it is not there.
    pub fn object(&self, key: &str) -> Value {
        self.world()[key]["data"].clone()
    }

    /// Answers that Google's descriptions do not know: there must be none.
    pub fn no_violations(&self) {
        assert_eq!(self.request("GET", "_emulator", "/violations", Value::Null).1, json!([]));
    }

    /// Writes into the checkpoint that this tool made a resource.
    pub fn claim(&self, address: &Address) {
        let now = jiff::Timestamp::now();
        let claim = |checkpoint: &mut Checkpoint| {
            checkpoint.made.insert(address.clone(), now);
        };
        self.store.update(claim).expect("the checkpoint is written");
    }

    /// Where the run's files are.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Plans these steps and carries the plan out, as a run of the tool does.
    pub fn apply(&self, steps: &[Step]) -> Run {
        self.run(steps, true)
    }

    /// Deletes what these steps keep, the last first.
    pub fn destroy(&self, steps: Vec<Step>) -> Run {
        let gone = steps.into_iter().rev().map(|step| {
            let kept = step.items.into_iter().rev().filter_map(|item| match item {
                Item::Keep(resource) if resource.wanted() => Some(resource),
                _ => None,
            });
            let items = kept.map(|resource| Item::Keep(Box::new(Unwanted(resource)))).collect();
            Step { items, ..step }
        });
        self.run(&gone.collect::<Vec<_>>(), true)
    }

    /// Plans only.
    pub fn plan(&self, steps: &[Step]) -> Run {
        self.run(steps, false)
    }

    /// A reader with an empty memory.
    pub fn reader(&self) -> Reader {
        self.engine(&Arc::default()).reader()
    }

    fn engine(&self, events: &Arc<Events>) -> Engine {
        Engine::new(Deps {
            gcloud: Arc::clone(&self.gcloud) as _,
            sink: Arc::clone(events) as _,
            journal: self.store.current(),
            store: Some(Arc::clone(&self.store)),
            interrupt: Interrupt::new(),
            wait_scale: 0.0,
            project: PROJECT.to_owned(),
            run: "run-1".to_owned(),
            marks_steps: true,
            resume: "deploy-all".to_owned(),
            folder: self.folder.path().join("state"),
            may_replace: std::collections::BTreeSet::new(),
        })
    }

    fn run(&self, steps: &[Step], apply: bool) -> Run {
        let events = Arc::new(Events::default());
        let from = self.requests().len();
        let engine = self.engine(&events);
        let selection = Selection::of(steps.iter().map(|step| step.id));
        let planned = engine.plan(steps, &selection);
        let (items, summary, result) = match planned {
            Err(error) => (Vec::new(), Summary::default(), Err(error)),
            Ok(plan) => {
                let (summary, result) = if apply { engine.apply(steps, &plan) } else { untouched() };
                (items(plan), summary, result)
            }
        };
        let writes = self.requests().into_iter().skip(from).filter(is_write).map(|r| line(&r)).collect();
        Run { items, summary, result, facts: events.facts(), processes: engine.commands(), writes }
    }

    fn requests(&self) -> Vec<Value> {
        let lines = get(&self.emulator.url, "/_emulator/requests");
        lines.lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }
}

/// A resource that must not exist.
struct Unwanted(Box<dyn Resource>);

impl Resource for Unwanted {
    fn address(&self) -> Address {
        self.0.address()
    }

    fn wanted(&self) -> bool {
        false
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        self.0.check(cloud)
    }

    fn create(&self, _cloud: &Writer) -> Result<()> {
        panic!("{} is not to be made", self.0.address())
    }

    fn update(&self, _cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        panic!("{} is not to be changed", self.0.address())
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        self.0.delete(cloud)
    }
}

fn untouched() -> (Summary, Result<()>) {
    (Summary::default(), Ok(()))
}

fn items(plan: Plan) -> Vec<PlanItem> {
    plan.items
}

fn get(url: &str, path: &str) -> String {
    let answer = ureq::get(format!("{url}{path}")).call();
    answer
        .and_then(|mut a| a.body_mut().with_config().limit(1 << 30).read_to_string())
        .unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn line(request: &Value) -> String {
    let text = |field: &str| request[field].as_str().unwrap_or_default();
    format!("{} {}", text("method"), text("path"))
}

fn is_write(request: &Value) -> bool {
    const READS: &[&str] = &[":getIamPolicy", ":testIamPermissions", ":wait", "/wait", "entries:list"];
    let path = request["path"].as_str().unwrap_or_default();
    !matches!(request["method"].as_str(), Some("GET" | "CONNECT"))
        && !READS.iter().any(|end| path.ends_with(end))
}

fn blank() -> Checkpoint {
    Checkpoint {
        format: FORMAT,
        tool: "test".to_owned(),
        project: PROJECT.to_owned(),
        redirection: None,
        kind: "deploy".to_owned(),
        run: "run-1".to_owned(),
        started: jiff::Timestamp::now(),
        finished: None,
        stopped: None,
        steps: Default::default(),
        made: Default::default(),
        kept: Default::default(),
        caused: Default::default(),
        intents: Vec::new(),
        config: Default::default(),
    }
}
