//! Every command that the tool tells a person to run acts where the tool was run: pasted as it stands, it must reach neither
//! another environment nor the real Google.

use regex::Regex;
use serde_json::Value;
use std::process::Command;
use support::{Finished, Lab, program, top};

/// The commands in what a person reads: on lines of their own behind a `$`, and in backticks.
fn read(text: &str) -> Vec<String> {
    let joined = Regex::new(r" \\\n +").expect("a pattern").replace_all(text, " ");
    let told = Regex::new(r"\$ ((?:deploy-all|step|gcloud)\b.*)|`((?:deploy-all|step|gcloud)\b[^`]*)`")
        .expect("a pattern");
    let found = told.captures_iter(&joined).filter_map(|told| told.get(1).or(told.get(2)));
    found.map(|command| command.as_str().trim().to_owned()).collect()
}

/// The commands in a line of JSON: in prose, and where a field holds nothing else.
fn fields(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(all) => all.iter().for_each(|value| fields(value, found)),
        Value::Object(all) => {
            for (name, value) in all {
                match value.as_str().filter(|_| matches!(name.as_str(), "command" | "resume")) {
                    Some(command) => found.push(command.to_owned()),
                    None => fields(value, found),
                }
            }
        }
        Value::String(text) => found.extend(read(text)),
        _ => {}
    }
}

fn of_json(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    text.lines().for_each(|line| fields(&serde_json::from_str(line).expect("JSON"), &mut found));
    found
}

/// At least these are told, and all of ours carry what leads them here, gcloud's the project.
#[track_caller]
fn lead_here(told: &[String], here: &[&str], among: &[&str]) {
    for begin in among {
        assert!(told.iter().any(|command| command.starts_with(begin)), "{begin} is not told: {told:#?}");
    }
    let has = |command: &str, option: &str| {
        let apart = option.replacen('=', " ", 1);
        command.contains(option) || command.contains(&apart)
    };
    for command in told {
        match command.split(' ').next() {
            Some("gcloud") => {
                let above = ["gcloud auth", "gcloud billing", "gcloud projects"];
                let named =
                    has(command, "--project=") || above.iter().any(|group| command.starts_with(group));
                assert!(named, "{command}");
            }
            // What the tool was called as is said as it was typed.
            _ => here.iter().for_each(|option| assert!(has(command, option), "{option}: {command}")),
        }
    }
}

/// A rehearsal of `staging` in a folder of its own.
struct Rehearsal {
    folder: tempfile::TempDir,
}

impl Rehearsal {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn run(&self, name: &str, arguments: &[&str]) -> Finished {
        let mut command = Command::new(program(name));
        command.args(arguments).args(["--env", "staging", "--rehearse", "--wait-scale", "0", "--state-dir"]);
        command.arg(self.folder.path()).current_dir(top()).env_clear();
        command.env("PATH", std::env::var("PATH").unwrap_or_default()).env("HOME", self.folder.path());
        support::finish(command)
    }

    /// What leads a command here.
    fn here(&self) -> [String; 3] {
        ["--env=staging".into(), "--rehearse".into(), format!("--state-dir={}", self.folder.path().display())]
    }

    /// Of a run's files, the one of this name that was written last.
    fn file(&self, name: &str) -> String {
        let runs =
            std::fs::read_dir(self.folder.path().join("staging.rehearsal/runs")).expect("runs").flatten();
        let last = runs.map(|run| run.path()).max().expect("a run");
        std::fs::read_to_string(last.join(name)).expect("a file")
    }

    #[track_caller]
    fn leads_here(&self, told: &[String], among: &[&str]) {
        lead_here(told, &self.here().each_ref().map(String::as_str), among);
    }
}

#[test]
fn of_a_plan_a_deploy_and_their_refusals() {
    let stage = Rehearsal::new();
    let left_out =
        ["deploy-all --set budget.monthly_amount=100", "deploy-all --set monitoring.notification_email="];
    let plan = stage.run("deploy-all", &["plan"]).expect(0);
    stage.leads_here(&read(&plan.stdout), &[&left_out[..], &["deploy-all cost"]].concat());
    let plan = stage.run("deploy-all", &["plan", "--output=json"]).expect(0);
    stage.leads_here(&of_json(&plan.stdout), &left_out);
    let script = stage.run("deploy-all", &["plan", "--script"]).expect(0).stdout;
    let again = script.lines().find_map(|line| line.strip_prefix("AGAIN=")).expect("what comes after it");
    stage.leads_here(&[again.trim_matches('\'').to_owned()], &["deploy-all plan"]);

    // What needs a step that did not run; before a run begins; and a deploy, on the screen and in its files.
    let first = stage.run("step", &["03-redis", "--yes"]).expect(5);
    stage.leads_here(&read(&first.stderr), &["step 00-project", "deploy-all"]);
    let misspelled = stage.run("deploy-all", &["--allow-replace", "a/b"]).expect(2);
    stage.leads_here(&read(&misspelled.stderr), &["deploy-all plan"]);
    let none = stage.run("deploy-all", &["adopt", "--yes"]).expect(2);
    stage.leads_here(
        &read(&none.stderr),
        &["deploy-all init --from-env project.env", "deploy-all adopt --set project.id=ID"],
    );
    let done = stage.run("deploy-all", &["--yes"]).expect(0);
    stage.leads_here(&read(&done.stdout), &[&left_out[..], &["deploy-all outputs"]].concat());
    stage.leads_here(&of_json(&stage.file("events.ndjson")), &left_out);
    let mut report = Vec::new();
    fields(&serde_json::from_str(&stage.file("report.json")).expect("a report"), &mut report);
    stage.leads_here(&report, &left_out);

    // A refusal names what cannot be changed, and the way back in the config's own words.
    let set =
        ["--yes", "--set", "redis.tls=false", "--set", "redis.memory_gb=5", "--set", "network.name=vpc2"];
    let refused = stage.run("deploy-all", &set).expect(2);
    let told = read(&refused.stderr);
    stage.leads_here(&told, &["deploy-all --allow-replace redis-instance/", "gcloud redis instances export"]);
    lead_here(&told, &["--set=redis.tls=false", "--set=network.name=vpc2"], &[]);
    let said = refused.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("set network.name back to \"codementor-vpc\" and redis.tls back to true"),
        "{said}"
    );
    let status = stage.run("deploy-all", &["status", "--set", "redis.tls=false", "-v"]).expect(3);
    let among =
        ["deploy-all --allow-replace redis-instance/", "deploy-all --set monitoring.notification_email="];
    stage.leads_here(&read(&status.stdout), &among);
}

#[test]
fn of_a_rotation_that_did_not_finish() {
    let lab = Lab::standin();
    let state = format!("--state-dir={}", lab.state().display());
    let here = ["--env=staging", state.as_str()];
    let run = |arguments: &[&str]| {
        let staging = ["--env", "staging", "--wait-scale", "0"];
        lab.deploy_all(&[arguments, &staging].concat())
    };
    // Before anything exists: that is what is missing.
    for what in ["db-password", "redis"] {
        let nothing = run(&["rotate", what, "--yes"]).expect(5);
        assert!(
            nothing.stderr.contains("needs project/codementor-staging, which is not there"),
            "{}",
            nothing.stderr
        );
        lead_here(&read(&nothing.stderr), &here, &["deploy-all"]);
    }
    run(&["--yes", "--until", "00-project"]).expect(0);
    run(&["--yes"]).expect(0);
    for (what, fails) in [("redis", "--enable-auth"), ("db-password", "sql import")] {
        lab.intercept(&format!("case \"$*\" in *'{fails}'*) echo 'ERROR: no' >&2; exit 1;; esac"));
        run(&["rotate", what, "--yes"]).expect(1);
        let finish = format!("deploy-all rotate {what}");
        let refused = run(&["--yes"]).expect(2);
        let told = read(&refused.stderr);
        lead_here(&told, &here, &[&finish]);
        assert!(told.iter().all(|command| command.starts_with(&finish)), "{told:?}");
        // A plan is shown, with what is in the way.
        let plan = run(&["plan"]).expect(2);
        assert!(plan.stdout.contains("rotation  under way"), "{}", plan.stdout);
        lead_here(&read(&plan.stderr), &here, &[&finish]);
        assert!(plan.stderr.contains(&format!("resume with  $ {finish}")), "{}", plan.stderr);
        let status = run(&["status"]).expect(3);
        lead_here(&read(&status.stdout), &here, &[&finish]);
        let verify = run(&["verify"]).expect(3);
        let told = read(&verify.stdout);
        lead_here(&told, &here, &[&finish]);
        let deploys = told.iter().filter(|told| *told == &format!("deploy-all {}", here.join(" ")));
        assert_eq!(deploys.count(), 0, "{}", verify.stdout);
        lab.intercept("");
        run(&["rotate", what, "--yes"]).expect(0);
    }
}

#[test]
fn a_plan_that_moved_is_made_anew() {
    let stage = Rehearsal::new();
    let file = stage.folder.path().join("my plan.json");
    let path = file.display().to_string();
    stage.run("deploy-all", &["--yes", "--until", "01"]).expect(0);
    stage.run("deploy-all", &["plan", "--out", &path, "--until", "02"]).expect(0);
    stage.run("deploy-all", &["--yes", "--until", "02"]).expect(0);
    let moved = stage.run("deploy-all", &["--plan", &path]).expect(2);
    let told = read(&moved.stderr);
    stage.leads_here(&told, &[&format!("deploy-all plan --out '{path}' --until 02-database")]);
    assert!(told.iter().all(|told| !told.contains("--plan ")), "what cannot succeed is not told: {told:?}");
}
