//! For the services' unit tests: requests without a server, against a world with one ready project.

use crate::clock::Scale;
use crate::fault::{Action, Faults};
use crate::http::{Shared, google, lock};
use crate::operation::Failure;
use crate::services::serviceusage;
use crate::tls::Authority;
use crate::world::World;
use serde_json::{Value, json};
use std::sync::{Mutex, MutexGuard};
use tokio::sync::watch;

/// A world to send requests to.
pub(crate) struct Testing {
    shared: Shared,
    /// Who asks; `None` is the owner of everything.
    pub principal: Option<String>,
    /// Headers to send with each request.
    pub headers: Vec<(String, String)>,
    /// Operations that requests start end like this.
    pub failure: Option<Failure>,
}

impl Testing {
    /// A world with the project `p`, number 111, billing and all APIs. Operations are done at once.
    pub fn new() -> Self {
        let mut testing = Self::empty();
        {
            let mut world = testing.world();
            world.put(
                "cloudresourcemanager/projects/p",
                json!({"projectId": "p", "projectNumber": "111", "name": "p", "lifecycleState": "ACTIVE",
                       "createTime": "2025-01-01T00:00:00.000Z"}),
            );
            world.put(
                "cloudbilling/projects/p/billingInfo",
                json!({"name": "projects/p/billingInfo", "projectId": "p", "billingEnabled": true,
                       "billingAccountName": "billingAccounts/000000-000000-000000"}),
            );
            for api in serviceusage::catalogue::APIS {
                let shown = serviceusage::shown("111", api, "ENABLED");
                world.put(&format!("serviceusage/projects/p/services/{}", api.name), shown);
            }
        }
        testing
    }

    /// The same, with operations that take as long as Google's, until [`Testing::finish`] ends them.
    pub fn slow() -> Self {
        let mut testing = Self::new();
        testing.shared.scale = Scale(1.0);
        testing
    }

    /// A world as it is at a first start.
    pub fn empty() -> Self {
        let authority = Authority::generate().unwrap();
        let tls = authority.server_config().unwrap();
        let shared = Shared {
            world: Mutex::new(World::default()),
            faults: Mutex::new(Faults::default()),
            holds: Mutex::new(Vec::new()),
            entries: Mutex::new(Vec::new()),
            violations: Mutex::new(Vec::new()),
            changed: watch::Sender::new(0),
            authority,
            tls,
            state: None,
            scale: Scale(0.0),
            log: None,
        };
        Self { shared, principal: None, headers: Vec::new(), failure: None }
    }

    /// The world itself.
    pub fn world(&mut self) -> MutexGuard<'_, World> {
        lock(&self.shared.world)
    }

    /// Sends a request; `null` is no body. Answers status and body. An answer that Google's descriptions do not know
    /// fails the test.
    pub fn call(&mut self, method: &str, host: &str, target: &str, body: Value) -> (u16, Value) {
        let mut headers = self.headers.clone();
        if let Some(principal) = &self.principal {
            headers.push(("authorization".to_owned(), format!("Bearer {principal}")));
        }
        let mut struck: Vec<Action> = self.failure.iter().cloned().map(Action::FailOperation).collect();
        let query = if target.contains('?') { "" } else { "?" };
        struck.extend(lock(&self.shared.faults).strike(&format!("{method} {host}{target}{query}")));
        let reply = google::direct(&self.shared, method, host, target, &headers, &body, &struck);
        let violations = lock(&self.shared.violations);
        assert!(violations.is_empty(), "{method} {host}{target}: {violations:?}");
        (reply.status, reply.body)
    }

    /// The same; the answer must be 200.
    pub fn ok(&mut self, method: &str, host: &str, target: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, host, target, body);
        assert_eq!(status, 200, "{method} {host}{target}: {answer}");
        answer
    }

    /// The same; the answer must be a refusal. Answers its status and its text.
    pub fn refused(&mut self, method: &str, host: &str, target: &str, body: Value) -> (u16, String) {
        let (status, answer) = self.call(method, host, target, body);
        assert!(status >= 400, "{method} {host}{target} was not refused: {answer}");
        (status, answer["error"]["message"].as_str().unwrap_or_default().to_owned())
    }

    /// Scripts faults, by name or written out.
    pub fn script(&mut self, faults: Value) {
        for fault in crate::faults::parse(faults).unwrap() {
            lock(&self.shared.faults).add(fault).unwrap();
        }
    }

    /// Lifts all faults and puts right what they had arranged.
    pub fn lift(&mut self) {
        let lifted = lock(&self.shared.faults).clear();
        let mut world = self.world();
        for (name, scene) in &lifted.arranged {
            crate::faults::undo(name, &mut world, scene);
        }
        lifted.operations.iter().for_each(|key| world.hold_operation(key, false));
        world.settle();
    }

    /// Lets time pass.
    pub fn advance(&mut self, seconds: u32) {
        self.world().advance(seconds);
    }

    /// Ends all operations.
    pub fn finish(&mut self) {
        let mut world = self.world();
        world.catch_up();
        world.finish_operations();
    }
}
