//! `plan --script`: the script leaves the world that a deploy leaves, whatever it begins with.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use support::{Finished, Lab};

/// What a person might choose: everything that a shell, JSON or a URL could trip over.
const PASSWORD: &str = r#"a b"c'd\e$HOME`f%g&h/i?j#k@l:m=n+o,ü*~!"#;

/// A laboratory, and the deployment that it is about.
struct Case {
    lab: Lab,
    options: Vec<&'static str>,
}

impl Case {
    fn new(options: &[&'static str]) -> Self {
        Self::of(Lab::standin(), options)
    }

    fn of(lab: Lab, options: &[&'static str]) -> Self {
        Self { lab, options: options.to_vec() }
    }

    fn run(&self, arguments: &[&str]) -> Finished {
        let all: Vec<&str> =
            arguments.iter().chain(&self.options).copied().chain(["--wait-scale", "0"]).collect();
        self.lab.deploy_all(&all)
    }

    /// The script that a plan gives. It is one, and nothing else is on stdout.
    fn script(&self, arguments: &[&str]) -> String {
        let requests = self.lab.emulator.requests().len();
        let plan = self.run(&[&["plan", "--script"], arguments].concat()).expect(0);
        assert!(plan.stdout.starts_with("#!/usr/bin/env bash\n"), "{}", plan.stdout);
        assert!(plan.stderr.contains("Nothing was changed."), "{}", plan.stderr);
        assert_eq!(self.lab.emulator.writes(requests), Vec::<Value>::new(), "a plan writes nothing");
        lint(&plan.stdout);
        plan.stdout
    }

    /// Runs it with what it is to read.
    fn bash(&self, script: &str, input: &str) -> Finished {
        let file = self.lab.folder().join("script.sh");
        std::fs::write(&file, script).expect("the script is written");
        let mut command = self.lab.command(Path::new("bash"));
        fed(command.arg(file), input)
    }

    /// A deploy with these arguments, and the script of the same plan, each from the world as it is now: they leave the same
    /// one, in which nothing is left to do.
    fn both(&self, arguments: &[&str], input: &str) -> String {
        let (world, state) = (self.lab.folder().join("world.json"), self.lab.folder().join("state.before"));
        std::fs::create_dir_all(self.lab.state()).expect("a folder");
        self.lab.emulator.save(&world);
        copy(&self.lab.state(), &state);
        self.run(&[&["--yes"], arguments].concat()).expect(0);
        let wanted = support::normalised(&self.lab.emulator.world());
        self.lab.emulator.load(&world);
        copy(&state, &self.lab.state());

        let script = self.script(arguments);
        let run = self.bash(&script, input).expect(0);
        assert_ne!(support::normalised(&self.lab.emulator.world()), Vec::<String>::new());
        same(&wanted, &support::normalised(&self.lab.emulator.world()));
        let told = format!("{script}{}{}", run.stdout, run.stderr);
        self.hides_secrets(&told);
        let rest = self.run(&[&["plan", "--exit-code"], arguments].concat());
        assert_eq!(rest.code, Some(0), "something is left to do:\n{}", rest.stdout);
        script
    }

    /// Nothing that the emulator hides is in a text.
    fn hides_secrets(&self, text: &str) {
        for (key, secret) in self.hidden() {
            let secret = secret.trim();
            // Certificates are for everybody; so is what is no secret at all.
            if secret.len() >= 8 && !secret.starts_with("-----BEGIN") {
                assert!(!text.contains(secret), "{key} is shown");
            }
        }
    }

    /// All texts that the emulator hides, with the key of what they belong to.
    fn hidden(&self) -> Vec<(String, String)> {
        let file = self.lab.folder().join("hidden.json");
        self.lab.emulator.save(&file);
        let saved = std::fs::read_to_string(file).expect("it was saved");
        let saved: Value = serde_json::from_str(&saved).expect("JSON");
        let objects = saved["world"]["objects"].as_object().expect("objects").clone();
        objects
            .iter()
            .flat_map(|(key, object)| strings(&object["hidden"]).map(|text| (key.clone(), text)))
            .collect()
    }

    fn hidden_of(&self, end: &str) -> String {
        let hidden = self.hidden();
        let found: Vec<&String> =
            hidden.iter().filter(|(key, _)| key.ends_with(end)).map(|(_, text)| text).collect();
        assert_eq!(found.len(), 1, "{end}: {:?}", hidden.iter().map(|(key, _)| key).collect::<Vec<_>>());
        found[0].clone()
    }
}

fn strings(value: &Value) -> impl Iterator<Item = String> {
    let mut found = Vec::new();
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            Value::String(text) => found.push(text.clone()),
            Value::Array(items) => rest.extend(items),
            Value::Object(map) => rest.extend(map.values()),
            _ => {}
        }
    }
    found.into_iter()
}

fn fed(command: &mut Command, input: &str) -> Finished {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let written = child.stdin.take().expect("piped").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("it ends");
    // A script that asks for nothing may be gone by now.
    assert!(written.is_ok() || input.is_empty());
    Finished {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// bash can read it; shellcheck has nothing to say of it, where it is there.
fn lint(script: &str) {
    fed(Command::new("bash").arg("-n"), script).expect(0);
    let path = std::env::var_os("PATH").unwrap_or_default();
    if std::env::split_paths(&path).any(|folder| folder.join("shellcheck").is_file()) {
        fed(Command::new("shellcheck").args(["--shell=bash", "-"]), script).expect(0);
    }
}

/// A script sets what it cannot read yet, so that what is as it should be may say that it was updated.
#[track_caller]
fn same(wanted: &[String], found: &[String]) {
    let without_update = |line: &String| line.replace(",\"updateTime\":\"TIME\"", "");
    let set = |lines: &[String]| lines.iter().map(without_update).collect::<BTreeSet<String>>();
    let (wanted, found) = (set(wanted), set(found));
    let lines = |mark: &str, lines: Vec<&String>| {
        lines.iter().map(|line| format!("{mark} {line}\n")).collect::<String>()
    };
    let missing = lines("-", wanted.difference(&found).collect());
    let more = lines("+", found.difference(&wanted).collect());
    assert!(missing.is_empty() && more.is_empty(), "a deploy's world, and the script's:\n{missing}{more}");
}

/// Puts a folder in the place of another.
fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("it is there").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(from, to).expect("a copy");
        }
    }
}

#[test]
fn a_first_deploy_of_dev() {
    let case = Case::new(&[]);
    let script = case.both(&[], &format!("{PASSWORD}\n"));
    assert_eq!(case.hidden_of("/users/codementor"), PASSWORD);
    assert_eq!(case.hidden_of("/secrets/db-password/versions/1"), PASSWORD);
    let url = case.hidden_of("/secrets/database-url/versions/1");
    let encoded =
        percent_encoding::utf8_percent_encode(PASSWORD, percent_encoding::NON_ALPHANUMERIC).to_string();
    let encoded = encoded.replace("%7E", "~");
    assert!(url.starts_with(&format!("postgresql://codementor:{encoded}@10.")), "{url}");
    assert!(!script.contains("Bearer"), "{script}");
    // Without what it asks for, it does nothing.
    let empty = Case::new(&[]);
    let refused = empty.bash(&script, "").expect(2);
    assert!(refused.stderr.contains("secret/db-password"), "{}", refused.stderr);
    assert_eq!(empty.lab.emulator.writes(0), Vec::<Value>::new());
}

#[test]
fn a_first_deploy_of_staging() {
    Case::new(&["--env", "staging"]).both(&[], "0123456789abcdef\n");
}

#[test]
fn a_first_deploy_of_prod_with_all_that_can_be_configured() {
    let case = Case::new(&[
        "--env",
        "prod",
        "--set",
        "monitoring.notification_email=oncall@acme.dev",
        "--set",
        "cloud_run.public=false",
        "--set",
        "cloud_run.egress=direct",
        "--set",
        "budget.monthly_amount=500",
    ]);
    case.both(&[], "0123456789abcdef\n");
}

#[test]
fn what_half_a_deploy_has_left() {
    for until in ["00-project", "01-network", "02-database", "03-redis", "04-cloud-run"] {
        let case = Case::new(&[]);
        case.run(&["--yes", "--until", until]).expect(0);
        case.both(&[], "0123456789abcdef\n");
    }
}

/// A deployment with everything in it that dev leaves out.
fn deployed() -> Case {
    let case = Case::new(&[
        "--set",
        "budget.monthly_amount=100",
        "--set",
        "ci_cd.github.owner=acme",
        "--set",
        "ci_cd.github.name=app",
        "--set",
        "monitoring.notification_email=oncall@acme.dev",
    ]);
    case.run(&["--yes", "--until", "00-project"]).expect(0);
    case.lab.emulator.connect(&json!({"project": "codementor-dev", "owner": "acme", "name": "app"}));
    case.run(&["--yes"]).expect(0);
    case
}

/// The actions that a script names.
fn actions(script: &str) -> Vec<&str> {
    let marks = ["# + ", "# ~ ", "# - ", "# -/+ "];
    script.lines().filter(|line| marks.iter().any(|mark| line.starts_with(mark))).collect()
}

#[test]
fn values_that_were_changed_and_what_was_changed_by_hand() {
    let case = deployed();
    // Behind the tool's back: another password in the secret, no AUTH, and a policy that is gone.
    let redis = "redis/projects/codementor-dev/locations/us-central1/instances/codementor-cache";
    let mut instance = case.lab.emulator.object(redis);
    instance["authEnabled"] = json!(false);
    case.lab.emulator.arrange(&json!([{"key": redis, "data": instance}]));
    let world = case.lab.emulator.world();
    let policy =
        world["objects"].as_object().expect("objects").keys().find(|key| key.contains("/alertPolicies/"));
    case.lab.emulator.arrange(&json!([{"key": policy, "data": null}]));
    let script = case.both(
        &[
            "--set",
            "database.tier=db-g1-small",
            "--set",
            "redis.memory_gb=2",
            "--set",
            "cloud_run.memory=1Gi",
            "--set",
            "cloud_run.public=false",
            "--set",
            "monitoring.notification_email=night@acme.dev",
            "--set",
            "monitoring.uptime_path=/ready",
            "--set",
            "ci_cd.branch=release",
            "--set",
            "monitoring.archive_days=90",
        ],
        "",
    );
    assert!(script.contains("#     tier: db-f1-micro → db-g1-small\n"), "{script}");
    assert!(!script.contains("\nask "), "nothing is asked for");
}

#[test]
fn what_is_replaced_and_what_takes_the_place_of_another() {
    let case = deployed();
    let script = case.both(
        &[
            "--set",
            "cloud_run.connector.range=10.9.0.0/28",
            "--allow-replace",
            "vpc-connector/codementor-connector",
        ],
        "",
    );
    assert!(actions(&script).contains(&"# -/+ vpc-connector/codementor-connector"), "{script}");
    let script = case.both(
        &[
            "--set",
            "cloud_run.connector.name=second",
            "--set",
            "redis.instance=cache-2",
            "--set",
            "database.instance=db-2",
            "--allow-replace",
            "redis-instance/codementor-cache",
        ],
        "",
    );
    let wanted =
        ["# + sql-instance/db-2", "# + vpc-connector/second", "# - vpc-connector/codementor-connector"];
    for wanted in wanted {
        assert!(actions(&script).contains(&wanted), "{wanted}: {script}");
    }
}

#[test]
fn one_step_and_nothing_to_do() {
    let case = deployed();
    let nothing = case.script(&[]);
    assert!(nothing.contains("echo 'Nothing to do: ") && actions(&nothing).is_empty(), "{nothing}");
    case.bash(&nothing, "").expect(0);
    let differs = ["plan", "--script", "--exit-code", "--set", "redis.memory_gb=2"];
    assert!(case.run(&differs).expect(3).stdout.contains("# ~ redis-instance/codementor-cache"));
    let refused = case.run(&["plan", "--script", "--set", "redis.tier=standard"]).expect(2);
    assert_eq!(refused.stdout, "");
    for wrong in [vec!["--script"], vec!["plan", "--script", "--out", "x"], vec!["verify", "--script"]] {
        assert_eq!(case.run(&wrong).expect(2).stdout, "");
    }
    let step = ["redis", "--dry-run", "--script", "--set", "redis.memory_gb=2", "--wait-scale", "0"];
    let step = case.lab.step(&step).expect(0);
    assert_eq!(actions(&step.stdout), ["# ~ redis-instance/codementor-cache"]);
}

/// A repository that nobody has connected is told of, and the rest is made.
#[test]
fn what_waits_for_a_person_does_not_stop_the_script() {
    let case = Case::new(&["--set", "ci_cd.github.owner=acme", "--set", "ci_cd.github.name=app"]);
    let script = case.script(&[]);
    let run = case.bash(&script, "0123456789abcdef\n").expect(0);
    assert!(run.stderr.contains("the repository acme/app is not connected"), "{}", run.stderr);
    let rest = case.run(&["plan", "--output", "json"]).expect(0);
    let mut plan = rest.stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let plan = plan.rfind(|event| event["type"] == "plan").expect("a plan");
    let items = plan["items"].as_array().expect("items").iter();
    let left: Vec<&str> =
        items.filter(|item| item["action"] != "none").filter_map(|item| item["resource"].as_str()).collect();
    assert_eq!(left, ["build-trigger/codementor-deploy"]);
}

/// A person has the real one: the stand-in only makes what it is held against.
#[test]
fn the_real_gcloud_carries_it_out() {
    let Some(lab) = Lab::new() else { return };
    let wanted = Case::new(&[]);
    wanted.run(&["--yes"]).expect(0);
    let quick = |arguments: &[&str]| lab.quick(&[arguments, &["--wait-scale", "0"]].concat());
    let script = quick(&["plan", "--script"]).expect(0).stdout;
    let case = Case::of(lab, &[]);
    let run = case.bash(&script, &format!("{PASSWORD}\n")).expect(0);
    same(
        &support::normalised(&wanted.lab.emulator.world()),
        &support::normalised(&case.lab.emulator.world()),
    );
    assert_eq!(case.hidden_of("/users/codementor"), PASSWORD);
    case.hides_secrets(&format!("{}{}", run.stdout, run.stderr));
    assert_eq!(case.lab.emulator.violations(), json!([]));
    for call in case.lab.recorded() {
        case.hides_secrets(&[call.arguments.join("\n"), call.environment.join("\n")].concat());
    }
    case.lab.quick(&["plan", "--exit-code", "--wait-scale", "0"]).expect(0);
}

/// Google does not see everywhere what was just made, asks for fewer requests, and has others at work.
#[test]
fn what_google_refuses_for_a_moment_is_tried_again() {
    let case = Case::new(&[]);
    let wanted = Case::new(&[]);
    wanted.run(&["--yes"]).expect(0);
    let script = case.script(&[]);
    // The pauses are the script's own; here nobody needs them.
    let sleep = case.lab.folder().join("bin/sleep");
    std::fs::write(&sleep, "#!/bin/sh\n").expect("written");
    std::fs::set_permissions(&sleep, std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("it can be run");
    let names = [
        "rate-limit",
        "rate-limit-403",
        "policy-conflict",
        "run-conflict",
        "operation-in-progress",
        "activation-in-progress",
        "peering-busy",
        "network-not-ready",
        "api-not-visible",
        "project-not-visible",
        "account-not-visible",
        "sink-writer-not-visible",
        "role-not-effective",
        "peering-not-ready",
        "peering-not-ready-redis",
        "agent-not-ready",
        "metric-not-visible",
    ];
    names.iter().for_each(|name| case.lab.emulator.fault(json!({ "name": name, "times": 1 })));
    let run = case.bash(&script, "0123456789abcdef\n").expect(0);
    for fault in case.lab.emulator.faults() {
        assert_eq!(fault["fired"], 1, "{fault}");
    }
    // Some of them gcloud repeats by itself.
    assert!(run.stderr.matches("Again in ").count() >= 12, "{}", run.stderr);
    same(
        &support::normalised(&wanted.lab.emulator.world()),
        &support::normalised(&case.lab.emulator.world()),
    );
    // What does not pass is not waited for.
    let refused = Case::new(&[]);
    refused.lab.emulator.fault(json!({"name": "billing-account-closed"}));
    let run = refused.bash(&script, "0123456789abcdef\n").expect(1);
    let state = case.lab.state();
    let told =
        format!("Stopped. What is left to do tells: deploy-all plan --state-dir={}\n", state.display());
    assert!(run.stderr.ends_with(&told), "{}", run.stderr);
    assert!(!run.stderr.contains("Again in "), "{}", run.stderr);
}
