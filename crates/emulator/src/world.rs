//! Everything that exists.

use crate::clock::Scale;
use crate::operation::{Effect, Failure, Operation, Start};
use jiff::{SignedDuration, Timestamp};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{Hash as _, Hasher as _};

/// One thing that exists.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Object {
    /// As Google shows it.
    pub data: Value,
    /// What Google keeps to itself: secrets, server-only state. Shown in `/_emulator/world` only as digests.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub hidden: Value,
}

/// What was taken away for the time of one request.
#[derive(Debug, Default)]
pub struct Unseen {
    objects: BTreeMap<String, Object>,
    policies: BTreeMap<String, Value>,
}

/// All objects, policies and operations. Keys are `SERVICE/RELATIVE-NAME`, with project ids, never numbers:
/// `compute/projects/p/global/networks/n`, `sqladmin/projects/p/instances/i`, `cloudresourcemanager/projects/p`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct World {
    objects: BTreeMap<String, Object>,
    operations: BTreeMap<String, Operation>,
    policies: BTreeMap<String, Value>,
    counters: BTreeMap<String, u64>,
    salt: String,
    /// Seconds by which the world's clock was moved forward (`POST /_emulator/advance`). Kept, so that no restart takes the
    /// clock back.
    #[serde(default)]
    ahead: i64,
    /// The instant of the request that is being served.
    #[serde(skip, default = "Timestamp::now")]
    pub now: Timestamp,
    /// How fast operations run.
    #[serde(skip, default = "at_once")]
    pub scale: Scale,
    /// A fault: operations that the present request starts will fail like this.
    #[serde(skip)]
    pub fail_operations: Option<Failure>,
    /// With `fail_operations`: they do their work all the same, and are only reported as failed.
    #[serde(skip)]
    pub work_all_the_same: bool,
    /// Operations that the present request starts do not end before they are released.
    #[serde(skip)]
    pub hold_started: bool,
    /// Operations that the present request started.
    #[serde(skip)]
    pub started: Vec<String>,
    /// Keys of objects that were not there before the present request, and are now or will be when its operations end.
    #[serde(skip)]
    pub made: BTreeSet<String>,
    /// Grows with every change, so that a request that changed nothing is not written to disk.
    #[serde(skip)]
    generation: u64,
}

fn at_once() -> Scale {
    Scale(0.0)
}

impl Default for World {
    fn default() -> Self {
        let salt: [u8; 16] = rand::rng().random();
        let mut world = Self {
            objects: BTreeMap::new(),
            operations: BTreeMap::new(),
            policies: BTreeMap::new(),
            counters: BTreeMap::new(),
            salt: salt.iter().map(|b| format!("{b:02x}")).collect(),
            ahead: 0,
            now: Timestamp::now(),
            scale: at_once(),
            fail_operations: None,
            work_all_the_same: false,
            hold_started: false,
            started: Vec::new(),
            made: BTreeSet::new(),
            generation: 0,
        };
        // An empty world has one open billing account (design.md, section 6).
        world.put(
            "cloudbilling/billingAccounts/000000-000000-000000",
            json!({"name": "billingAccounts/000000-000000-000000", "open": true, "displayName": "My Billing Account",
                   "masterBillingAccount": "", "currencyCode": "USD", "parent": ""}),
        );
        world
    }
}

impl World {
    /// An object as Google shows it.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.objects.get(key).map(|o| &o.data)
    }

    /// Whether an object is there.
    pub fn has(&self, key: &str) -> bool {
        self.objects.contains_key(key)
    }

    /// An object, to be changed.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Value> {
        self.generation += 1;
        self.objects.get_mut(key).map(|o| &mut o.data)
    }

    /// An object's hidden part; null where there is none.
    pub fn hidden(&self, key: &str) -> &Value {
        self.objects.get(key).map_or(&Value::Null, |o| &o.hidden)
    }

    /// Sets an object's shown part; its hidden part stays.
    pub fn put(&mut self, key: &str, data: Value) {
        self.generation += 1;
        if !self.has(key) {
            self.made.insert(key.to_owned());
        }
        self.objects.entry(key.to_owned()).or_default().data = data;
    }

    /// Sets an object's hidden part. The object must be there.
    pub fn hide(&mut self, key: &str, hidden: Value) {
        self.generation += 1;
        if let Some(object) = self.objects.get_mut(key) {
            object.hidden = hidden;
        }
    }

    /// Removes an object, its policy, and everything below it (`KEY/...`).
    pub fn remove(&mut self, key: &str) -> Option<Value> {
        self.generation += 1;
        let below = format!("{key}/");
        self.objects.retain(|k, _| !k.starts_with(&below));
        self.policies.retain(|k, _| k != key && !k.starts_with(&below));
        self.objects.remove(key).map(|o| o.data)
    }

    /// Removes an object and its policy, and nothing below it: `o/a` and `o/a/b` may both be objects of a bucket.
    pub fn take(&mut self, key: &str) -> Option<Value> {
        self.generation += 1;
        self.policies.remove(key);
        self.objects.remove(key).map(|o| o.data)
    }

    /// The direct children of a collection: `list("redis/projects/p/locations/l/instances")`.
    pub fn list(&self, collection: &str) -> Vec<(&str, &Value)> {
        let prefix = format!("{collection}/");
        self.objects
            .range(prefix.clone()..)
            .take_while(|(key, _)| key.starts_with(&prefix))
            .filter(|(key, _)| !key[prefix.len()..].contains('/'))
            .map(|(key, object)| (key.as_str(), &object.data))
            .collect()
    }

    /// Every object below a prefix, at any depth.
    pub fn below(&self, prefix: &str) -> Vec<(&str, &Value)> {
        self.objects
            .range(prefix.to_owned()..)
            .take_while(|(key, _)| key.starts_with(prefix))
            .map(|(key, object)| (key.as_str(), &object.data))
            .collect()
    }

    /// The next number of a sequence, from 1.
    pub fn count(&mut self, sequence: &str) -> u64 {
        self.generation += 1;
        let counter = self.counters.entry(sequence.to_owned()).or_default();
        *counter += 1;
        *counter
    }

    /// A source of random choices that is the world's own: a world that is loaded twice goes on twice in the same way, so
    /// that two clients can be compared.
    pub fn draw(&mut self) -> StdRng {
        let drawn = self.count("drawn");
        let mut seed = std::hash::DefaultHasher::new();
        (&self.salt, drawn).hash(&mut seed);
        StdRng::seed_from_u64(seed.finish())
    }

    /// A random string of letters and digits.
    pub fn alphanumeric(&mut self, length: usize) -> String {
        let mut rng = self.draw();
        (0..length).map(|_| char::from(rng.sample(rand::distr::Alphanumeric))).collect()
    }

    /// A random string of decimal digits, as Google uses for ids.
    pub fn digits(&mut self, length: usize) -> String {
        let mut rng = self.draw();
        (0..length).map(|i| char::from(b'0' + rng.random_range(u8::from(i == 0)..10))).collect()
    }

    /// A random hexadecimal string.
    pub fn hex(&mut self, length: usize) -> String {
        let mut rng = self.draw();
        (0..length).map(|_| char::from_digit(rng.random_range(0..16), 16).unwrap_or('0')).collect()
    }

    /// A random UUID, version 4 in form.
    pub fn uuid(&mut self) -> String {
        let h = self.hex(32);
        format!("{}-{}-4{}-a{}-{}", &h[..8], &h[8..12], &h[13..16], &h[17..20], &h[20..])
    }

    /// Now, as Google writes it.
    pub fn stamp(&self) -> String {
        format!("{:.6}", self.now)
    }

    // Projects.

    /// The id of a project that is named by id or by number.
    pub fn project_id(&self, id_or_number: &str) -> Option<String> {
        if self.has(&format!("cloudresourcemanager/projects/{id_or_number}")) {
            return Some(id_or_number.to_owned());
        }
        self.list("cloudresourcemanager/projects")
            .into_iter()
            .find(|(_, project)| project["projectNumber"] == id_or_number)
            .and_then(|(_, project)| project["projectId"].as_str().map(str::to_owned))
    }

    /// The number of a project.
    pub fn project_number(&self, id: &str) -> Option<String> {
        self.get(&format!("cloudresourcemanager/projects/{id}"))?["projectNumber"].as_str().map(str::to_owned)
    }

    /// Whether an API is enabled in a project.
    pub fn api_enabled(&self, project: &str, api: &str) -> bool {
        self.get(&format!("serviceusage/projects/{project}/services/{api}"))
            .is_some_and(|s| s["state"] == "ENABLED")
    }

    /// Whether a project pays.
    pub fn billing_enabled(&self, project: &str) -> bool {
        self.get(&format!("cloudbilling/projects/{project}/billingInfo"))
            .is_some_and(|b| b["billingEnabled"] == true)
    }

    /// A name relative to its service, with the project's id: from a full URL, `//host/...`, `projects/NUMBER/...`.
    pub fn relative_name(&self, name: &str) -> String {
        let from = name.find("projects/").unwrap_or(0);
        let mut parts: Vec<&str> = name[from..].split('/').collect();
        let id = parts.get(1).and_then(|p| self.project_id(p));
        if parts.first() == Some(&"projects")
            && let Some(id) = &id
        {
            parts[1] = id;
        }
        parts.join("/")
    }

    /// Takes away what a server has not heard of yet: objects by their keys, policies as `policy KEY`.
    pub fn hide_unseen(&mut self, unseen: &[regex::Regex]) -> Unseen {
        self.generation += 1;
        let matches = |text: &str| unseen.iter().any(|regex| regex.is_match(text));
        let objects: Vec<String> = self.objects.keys().filter(|key| matches(key)).cloned().collect();
        let policies: Vec<String> =
            self.policies.keys().filter(|key| matches(&format!("policy {key}"))).cloned().collect();
        Unseen {
            objects: objects.iter().filter_map(|key| self.objects.remove_entry(key)).collect(),
            policies: policies.iter().filter_map(|key| self.policies.remove_entry(key)).collect(),
        }
    }

    /// Puts it back, where nothing else has taken its place.
    pub fn put_back(&mut self, unseen: Unseen) {
        for (key, object) in unseen.objects {
            self.objects.entry(key).or_insert(object);
        }
        for (key, policy) in unseen.policies {
            self.policies.entry(key).or_insert(policy);
        }
    }

    // Policies.

    /// The IAM policy of an object.
    pub fn policy(&self, key: &str) -> Value {
        self.policies.get(key).cloned().unwrap_or_else(|| json!({"etag": "ACAB"}))
    }

    /// Sets the IAM policy of an object. `crate::policy` has the checks.
    pub fn set_policy(&mut self, key: &str, policy: Value) {
        self.generation += 1;
        self.policies.insert(key.to_owned(), policy);
    }

    /// Every policy: key and policy.
    pub fn policies(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.policies.iter().map(|(k, v)| (k.as_str(), v))
    }

    // Operations.

    /// Starts an operation. `key` is `SERVICE/NAME`. With a scale of 0 it is done when this returns.
    pub fn start(&mut self, key: &str, start: Start) -> Operation {
        self.generation += 1;
        let only_reported = self.work_all_the_same && start.failure.is_none();
        let failure_effects = if only_reported { start.effects.clone() } else { start.failure_effects };
        let operation = Operation {
            key: key.to_owned(),
            started: self.now,
            ends: self.scale.after(self.now, start.seconds),
            held: self.hold_started,
            done: false,
            failure: start.failure.or_else(|| self.fail_operations.clone()),
            effects: start.effects,
            failure_effects,
            meta: start.meta,
            response: start.response,
        };
        let effects =
            if operation.failure.is_some() { &operation.failure_effects } else { &operation.effects };
        for effect in effects {
            if let Effect::Put { key, .. } = effect
                && !self.objects.contains_key(key)
            {
                self.made.insert(key.clone());
            }
        }
        self.operations.insert(key.to_owned(), operation);
        self.started.push(key.to_owned());
        self.settle();
        self.operations[key].clone()
    }

    /// Whether an operation that still runs is going to make an object of this key: its name is taken from the start.
    pub fn is_coming(&self, key: &str) -> bool {
        let makes = |effect: &Effect| matches!(effect, Effect::Put { key: made, .. } if made == key);
        self.operations.values().any(|o| !o.done && o.failure.is_none() && o.effects.iter().any(makes))
    }

    /// An operation by its key.
    pub fn operation(&self, key: &str) -> Option<&Operation> {
        self.operations.get(key)
    }

    /// All operations whose key begins like this, oldest first.
    pub fn operations(&self, prefix: &str) -> Vec<&Operation> {
        let mut found: Vec<_> = self.operations.values().filter(|o| o.key.starts_with(prefix)).collect();
        found.sort_by_key(|o| o.started);
        found
    }

    /// Ends all operations that are not held, as if their time had passed.
    pub fn finish_operations(&mut self) {
        let now = self.now;
        self.operations.values_mut().filter(|o| !o.done).for_each(|o| o.ends = now);
        self.settle();
    }

    /// Keeps unfinished operations from ending, or lets them go.
    pub fn hold_operation(&mut self, key: &str, held: bool) {
        self.generation += 1;
        let now = self.now;
        if let Some(operation) = self.operations.get_mut(key) {
            operation.held = held;
            if !held && !operation.done {
                operation.ends = now;
            }
        }
    }

    /// Reads the clock and does all that was due by now: operations end, and services do what they do by themselves. Nothing
    /// runs in the background, so that the next one who could see it brings it about.
    pub fn catch_up(&mut self) {
        let ahead = SignedDuration::from_secs(self.ahead);
        self.now = Timestamp::now().saturating_add(ahead).unwrap_or(Timestamp::MAX);
        self.settle();
        crate::services::settle(self);
    }

    /// Moves the clock forward, for good, and does what was due meanwhile.
    pub fn advance(&mut self, seconds: u32) {
        self.generation += 1;
        self.ahead = self.ahead.saturating_add(i64::from(seconds));
        self.catch_up();
    }

    /// Ends the operations whose time has come and applies their effects, oldest first.
    pub fn settle(&mut self) {
        let mut due: Vec<_> = self
            .operations
            .values()
            .filter(|o| !o.done && !o.held && o.ends <= self.now)
            .map(|o| (o.ends, o.key.clone()))
            .collect();
        due.sort();
        for (_, key) in due {
            self.generation += 1;
            let Some(operation) = self.operations.get_mut(&key) else { continue };
            operation.done = true;
            let effects = if operation.failure.is_some() {
                std::mem::take(&mut operation.failure_effects)
            } else {
                std::mem::take(&mut operation.effects)
            };
            effects.into_iter().for_each(|effect| self.apply(effect));
        }
    }

    /// Applies one change.
    pub fn apply(&mut self, effect: Effect) {
        self.generation += 1;
        match effect {
            Effect::Put { key, data, hidden } => {
                self.put(&key, data);
                self.hide(&key, hidden);
            }
            Effect::Merge { key, patch } => {
                if let Some(object) = self.objects.get_mut(&key) {
                    merge(&mut object.data, &patch);
                }
            }
            Effect::Remove { key } => {
                self.remove(&key);
            }
            Effect::Grant { key, role, member } => crate::policy::grant(self, &key, &role, &member),
        }
    }

    // For the outside.

    /// A salted digest of a secret: equal secrets have equal digests within one world.
    pub fn digest(&self, secret: &str) -> String {
        let hash = Sha256::new().chain_update(&self.salt).chain_update(secret).finalize();
        let hex: String = hash.iter().take(16).map(|b| format!("{b:02x}")).collect();
        format!("digest:{hex}")
    }

    /// The world as JSON, without plain secrets.
    pub fn shown(&self) -> Value {
        let objects: serde_json::Map<String, Value> = self
            .objects
            .iter()
            .map(|(key, object)| {
                let mut shown = json!({"data": object.data});
                if !object.hidden.is_null() {
                    let mut hidden = object.hidden.clone();
                    self.digest_strings(&mut hidden);
                    shown["hidden"] = hidden;
                }
                if let Some(policy) = self.policies.get(key) {
                    shown["policy"] = policy.clone();
                }
                (key.clone(), shown)
            })
            .collect();
        let operations: Vec<Value> = self
            .operations
            .values()
            .map(|o| json!({"key": o.key, "done": o.done, "started": o.started, "ends": o.ends, "held": o.held, "failure": o.failure, "meta": o.meta}))
            .collect();
        json!({"time": self.now, "objects": objects, "operations": operations})
    }

    fn digest_strings(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.digest(text),
            Value::Array(items) => items.iter_mut().for_each(|v| self.digest_strings(v)),
            Value::Object(map) => map.values_mut().for_each(|v| self.digest_strings(v)),
            _ => {}
        }
    }

    /// Grows with every change.
    pub fn generation(&self) -> u64 {
        self.generation
    }
}

/// RFC 7396.
pub fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    if let Some(map) = target.as_object_mut() {
        for (key, value) in patch {
            if value.is_null() {
                map.remove(key);
            } else {
                merge(map.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
    }
}
