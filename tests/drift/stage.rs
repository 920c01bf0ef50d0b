//! A deployed world that each case begins with.

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use support::{Finished, Lab};

/// What dev has not by itself, so that every key has something to change.
const MORE: &[&str] = &[
    "project.billing_account=000000-000000-000000",
    "budget.monthly_amount=100",
    "ci_cd.github.owner=acme",
    "ci_cd.github.name=app",
    "monitoring.notification_email=oncall@acme.dev",
    "rotation.db_password_days=90",
];

/// A laboratory with a deployment in it that can be had again.
pub struct Stage {
    pub lab: Lab,
    world: PathBuf,
    state: PathBuf,
}

/// One planned change as a line: `~ redis-instance/codementor-cache memory_gb 1 -> 2`, a line for each field.
pub type Lines = Vec<String>;

impl Stage {
    /// Deploys.
    pub fn new() -> Self {
        let lab = Lab::standin();
        // Who may pay, and a repository that is connected.
        lab.emulator.arrange(&serde_json::json!([{
            "key": "cloudbilling/billingAccounts/00BBBB-000000-000000",
            "data": {"name": "billingAccounts/00BBBB-000000-000000", "displayName": "Other", "open": true, "currencyCode": "USD", "masterBillingAccount": "", "parent": ""},
        }]));
        let (world, state) = (lab.folder().join("deployed.json"), lab.folder().join("deployed"));
        let stage = Self { lab, world, state };
        // The project must be there before its repository can be connected.
        stage.run(&[], &["--yes", "--until", "00-project"]).expect(0);
        for (owner, name) in [("acme", "app"), ("acme", "other"), ("umbrella", "app")] {
            let repository = serde_json::json!({"project": "codementor-dev", "owner": owner, "name": name});
            stage.lab.emulator.connect(&repository);
        }
        let connection = "projects/codementor-dev/locations/us-central1/connections/github";
        let repository = format!("{connection}/repositories/app");
        stage.lab.emulator.arrange(&serde_json::json!([
            {"key": format!("cloudbuild/{connection}"),
             "data": {"name": connection, "githubConfig": {}, "installationState": {"stage": "COMPLETE"}}},
            {"key": format!("cloudbuild/{repository}"),
             "data": {"name": repository, "remoteUri": "https://github.com/acme/app.git"}},
        ]));
        stage.run(&[], &["--yes"]).expect(0);
        stage.lab.emulator.save(&stage.world);
        copy(&stage.lab.state(), &stage.state);
        stage
    }

    /// Puts the world and the checkpoint back to what they were after the deploy.
    pub fn again(&self) {
        self.lab.emulator.load(&self.world);
        std::fs::remove_dir_all(self.lab.state()).expect("the state goes");
        copy(&self.state, &self.lab.state());
    }

    /// Runs `deploy-all ARGUMENTS` with these settings.
    pub fn run(&self, set: &[&str], arguments: &[&str]) -> Finished {
        support::finish(self.prepared(set, arguments))
    }

    /// Prepares the same.
    pub fn prepared(&self, set: &[&str], arguments: &[&str]) -> Command {
        let set = MORE.iter().chain(set).flat_map(|value| ["--set", value]);
        let all: Vec<&str> = arguments.iter().copied().chain(set).chain(["--wait-scale", "0"]).collect();
        self.lab.quick_tool(&all)
    }

    /// The plan that a run told, and how it ended.
    pub fn planned(finished: &Finished) -> Vec<Value> {
        let events = finished.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let mut plans = events.filter(|event| event["type"] == "plan");
        let plan = plans.next_back().unwrap_or_default();
        plan["items"].as_array().cloned().unwrap_or_default()
    }

    /// `deploy-all plan` with these settings: what would change.
    pub fn plan(&self, set: &[&str]) -> (Finished, Lines) {
        let finished = self.run(set, &["plan", "--output", "json"]);
        let lines = lines(&Self::planned(&finished));
        (finished, lines)
    }

    /// Everything secret that the deployed world holds, as the emulator keeps it.
    pub fn secrets(&self) -> Vec<String> {
        let text = std::fs::read_to_string(&self.world).expect("the world was saved");
        let world: Value = serde_json::from_str(&text).expect("JSON");
        let objects = world["world"]["objects"].as_object().expect("objects");
        let held = |object: &Value| {
            ["password", "data", "authString"]
                .map(|field| object["hidden"][field].as_str().map(str::to_owned))
        };
        // A certificate is public.
        let secret = |text: &String| text.len() > 8 && !text.contains("CERTIFICATE");
        objects.values().flat_map(held).flatten().filter(secret).collect()
    }

    /// Every leaf of the world by its path, without what the server chooses.
    pub fn leaves(&self) -> BTreeMap<String, String> {
        support::normalised(&self.lab.emulator.world())
            .iter()
            .flat_map(|line| {
                let (key, object) = line.split_once(' ').expect("a key and an object");
                let object: Value = serde_json::from_str(object).expect("JSON");
                // An object whose id the server chooses is told by its label.
                let label = |labels: &str| {
                    object["data"][labels]["deploy-all-key"].as_str().map(|key| format!("({key})"))
                };
                let label = label("userLabels").or_else(|| label("labels")).unwrap_or_default();
                let mut leaves = Vec::new();
                flatten(&format!("{key}{label}"), &object, &mut leaves);
                leaves
            })
            .collect()
    }
}

/// What a plan changes, a line for each field.
pub fn lines(items: &[Value]) -> Lines {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let changes = items.iter().filter(|item| item["action"] != "none");
    changes
        .flat_map(|item| {
            let symbol = match item["action"].as_str().unwrap_or_default() {
                "create" => "+",
                "update" => "~",
                "replace" => "-/+",
                "delete" => "-",
                other => other,
            };
            let head = format!("{symbol} {}", text(&item["resource"]));
            let fields = item["fields"].as_array().cloned().unwrap_or_default();
            match fields.is_empty() {
                true => vec![head],
                false => fields
                    .iter()
                    .map(|f| {
                        format!("{head} {} {} -> {}", text(&f["field"]), text(&f["old"]), text(&f["new"]))
                    })
                    .collect(),
            }
        })
        .collect()
}

fn flatten(path: &str, value: &Value, leaves: &mut Vec<(String, String)>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| flatten(&format!("{path} {key}"), value, leaves))
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| flatten(&format!("{path} {index}"), value, leaves)),
        leaf => leaves.push((path.to_owned(), leaf.to_string())),
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("it is copied");
        }
    }
}
