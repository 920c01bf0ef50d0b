use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A `gcp-emulator serve` of the test's own, on a free port.
pub struct Emulator {
    child: Child,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    folder: PathBuf,
}

impl Emulator {
    /// Starts one that keeps its files in `folder`, with further arguments for `gcp-emulator serve`.
    pub fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(crate::program("gcp-emulator"));
        command.args(["serve", "--time-scale", "0"]).args(arguments);
        let errors = std::fs::File::create(folder.join("emulator.log")).expect("a log");
        command.stdout(Stdio::piped()).stderr(errors).stdin(Stdio::null());
        let mut child = command.spawn().expect("gcp-emulator starts");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("it prints a line");
        let url = line
            .trim()
            .strip_prefix("listening on ")
            .unwrap_or_else(|| panic!("unexpected: {line:?}"))
            .to_owned();
        Self { child, url, folder: folder.to_owned() }
    }

    pub(crate) fn pid(&self) -> i32 {
        self.child.id().try_into().expect("a pid")
    }

    /// What `gcp-emulator env` tells a shell to set.
    pub fn environment(&self) -> Vec<(String, String)> {
        let output = Command::new(crate::program("gcp-emulator"))
            .args(["env", "--url", &self.url, "--dir"])
            .arg(self.folder.join("google"))
            .output()
            .expect("gcp-emulator env runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout)
            .expect("text")
            .lines()
            .filter_map(|line| line.strip_prefix("export ")?.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()))
            .collect()
    }

    fn get(&self, path: &str) -> String {
        let answer = ureq::get(format!("{}/_emulator/{path}", self.url)).call();
        answer
            .and_then(|mut a| a.body_mut().with_config().limit(1 << 30).read_to_string())
            .unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let answer = ureq::post(format!("{}/_emulator/{path}", self.url)).send_json(body);
        answer.and_then(|mut a| a.body_mut().read_json()).unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// The world as JSON.
    pub fn world(&self) -> Value {
        serde_json::from_str(&self.get("world")).expect("the world is JSON")
    }

    /// One object's shown part; panics where it is missing.
    pub fn object(&self, key: &str) -> Value {
        let world = self.world();
        let object = &world["objects"][key];
        let keys = || world["objects"].as_object().map(|o| o.keys().cloned().collect::<Vec<_>>().join("\n"));
        assert!(object.is_object(), "{key} is not in the world:\n{}", keys().unwrap_or_default());
        object["data"].clone()
    }

    /// Moves the emulator's clock forward, for good.
    pub fn advance(&self, seconds: u64) {
        self.post(&format!("advance?seconds={seconds}"), &Value::Null);
    }

    /// Every request so far.
    pub fn requests(&self) -> Vec<Value> {
        self.get("requests").lines().map(|line| serde_json::from_str(line).expect("a line is JSON")).collect()
    }

    /// The requests from number `from` on that may change something.
    pub fn writes(&self, from: usize) -> Vec<Value> {
        let reads = [":getIamPolicy", ":testIamPermissions", ":wait", "/wait", "entries:list"];
        self.requests()
            .into_iter()
            .skip(from)
            .filter(|r| !matches!(r["method"].as_str(), Some("GET" | "CONNECT")))
            .filter(|r| !reads.iter().any(|end| r["path"].as_str().is_some_and(|path| path.ends_with(end))))
            .collect()
    }

    /// Answers that Google's published descriptions do not know.
    pub fn violations(&self) -> Value {
        serde_json::from_str(&self.get("violations")).expect("JSON")
    }

    /// Scripts a fault.
    pub fn fault(&self, fault: Value) {
        self.post("faults", &fault);
    }

    /// The scripted faults and how often each struck.
    pub fn faults(&self) -> Vec<Value> {
        serde_json::from_str(&self.get("faults")).expect("JSON")
    }

    /// Lifts all faults.
    pub fn lift_faults(&self) {
        ureq::delete(format!("{}/_emulator/faults", self.url)).call().expect("faults are lifted");
    }

    /// Holds what matches, at `request`, `answer` or `operation`.
    pub fn hold(&self, pattern: &str, point: &str) {
        self.post("hold", &json!({"match": pattern, "point": point}));
    }

    /// Holds the first that matches.
    pub fn hold_first(&self, pattern: &str, point: &str) {
        self.post("hold", &json!({"match": pattern, "point": point, "times": 1}));
    }

    /// Waits until a hold has something in its hand.
    pub fn wait_held(&self, pattern: &str) {
        let encoded: String = pattern.bytes().map(|b| format!("%{b:02X}")).collect();
        self.get(&format!("wait?held=true&seconds=300&match={encoded}"));
    }

    /// Waits until a request has arrived.
    pub fn wait(&self, pattern: &str) {
        let encoded: String = pattern.bytes().map(|b| format!("%{b:02X}")).collect();
        self.get(&format!("wait?seconds=300&match={encoded}"));
    }

    /// Connects a GitHub repository to Cloud Build, as a person does in the console.
    pub fn connect(&self, repository: &Value) {
        self.post("connect", repository);
    }

    /// Sets objects up that no API of Google's makes.
    pub fn arrange(&self, changes: &Value) {
        self.post("world", changes);
    }

    /// Loads a world that was saved; requests so far, faults and holds are forgotten.
    pub fn load(&self, file: &Path) {
        self.post("load", &json!({ "file": file }));
    }

    /// Saves the world.
    pub fn save(&self, file: &Path) {
        self.post("save", &json!({ "file": file }));
    }

    /// Lets everything go.
    pub fn release(&self) {
        self.post("release", &json!({}));
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // It may be gone already; there is nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
