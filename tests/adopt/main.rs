//! `deploy-all adopt`: a world that the old scripts made is shown item by item, brought up to date, and what is left to
//! decide stays listed, each with a command that does it.

use serde_json::{Value, json};
use std::path::Path;
use support::{Finished, Lab, normalised, program};

/// What the old scripts leave to decide, in the order of the plan.
const DECISIONS: [&str; 11] = [
    "firewall-rule/codementor-allow-internal",
    "firewall-rule/codementor-allow-ssh",
    "redis-instance/codementor-cache",
    "secret/db-password",
    "secret/database-url",
    "secret/redis-url",
    "iam-binding/project/roles/run.admin/NUMBER@cloudbuild.gserviceaccount.com",
    "iam-binding/project/roles/iam.serviceAccountUser/NUMBER@cloudbuild.gserviceaccount.com",
    "iam-binding/project/roles/secretmanager.secretAccessor/NUMBER@cloudbuild.gserviceaccount.com",
    "log-sink/codementor-logs-sink",
    "bucket/codementor-dev-logs",
];

/// The old scripts' world, in a project that is old enough to have a legacy Cloud Build account.
fn old_world(lab: Lab) -> Lab {
    run(&lab, &format!("bash {}", support::top().join("tests/adopt/old-scripts.sh").display()));
    let policy = run(&lab, "gcloud projects get-iam-policy codementor-dev --format=json");
    let mut policy: Value = serde_json::from_str(&policy).expect("a policy");
    let member = format!("serviceAccount:{}@cloudbuild.gserviceaccount.com", number(&lab));
    for role in ["roles/run.admin", "roles/iam.serviceAccountUser", "roles/secretmanager.secretAccessor"] {
        policy["bindings"].as_array_mut().expect("bindings").push(json!({"role": role, "members": [member]}));
    }
    let arranged = json!([{"key": "cloudresourcemanager/projects/codementor-dev", "policy": policy}]);
    ureq::post(format!("{}/_emulator/world", lab.emulator.url)).send_json(arranged).expect("it is arranged");
    lab
}

fn number(lab: &Lab) -> String {
    run(lab, "gcloud projects describe codementor-dev --format='value(projectNumber)'").trim().to_owned()
}

/// A line of a person's shell.
fn run(lab: &Lab, line: &str) -> String {
    let mut command = lab.command(Path::new("bash"));
    command.args(["-c", line]).env("PATH", lab.quick_path());
    let finished = support::finish(command);
    assert_eq!(finished.code, Some(0), "{line}: {}", finished.stderr);
    finished.stdout
}

fn adopt(lab: &Lab, arguments: &[&str]) -> Finished {
    lab.quick(&[&["adopt", "--wait-scale=0", "--output=json"], arguments].concat())
}

fn events(finished: &Finished) -> Vec<Value> {
    finished.stdout.lines().map(|line| serde_json::from_str(line).expect("an event")).collect()
}

/// What is to be decided, and the command for each.
fn decisions(finished: &Finished, number: &str) -> Vec<(String, String)> {
    let notes = events(finished).into_iter().filter(|event| {
        event["type"] == "note" && event["text"].as_str().is_some_and(|text| text.starts_with("to decide: "))
    });
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    notes.map(|note| (text(&note["resource"]).replace(number, "NUMBER"), text(&note["command"]))).collect()
}

/// The planned changes: symbol, resource, fields.
fn plan(finished: &Finished) -> Vec<(String, String, Vec<String>)> {
    let events = events(finished);
    let plan = events.iter().find(|event| event["type"] == "plan").expect("a plan");
    let changes = plan["items"].as_array().expect("items").iter().filter(|item| item["action"] != "none");
    changes
        .map(|item| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let fields = item["fields"].as_array().into_iter().flatten().map(|field| text(&field["field"]));
            (text(&item["action"]), text(&item["resource"]), fields.collect())
        })
        .collect()
}

#[test]
fn the_old_scripts_world_is_adopted() {
    let lab = old_world(Lab::standin());
    let number = number(&lab);
    let shown = adopt(&lab, &["--dry-run", "--exit-code"]);
    assert_eq!(shown.code, Some(3), "{}", shown.stderr);
    let quiet =
        lab.quick(&["adopt", "--dry-run", "--quiet", "--exit-code", "--wait-scale=0"]).expect(3).stdout;
    let said = format!(" skipped.\n{} to decide; without --quiet each is told.\n", DECISIONS.len());
    assert!(quiet.ends_with(&said) && quiet.lines().count() == 2, "{quiet}");
    let names = |found: &[(String, String)]| found.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&decisions(&shown, &number)), DECISIONS);

    // What it brings up to date, with the fields: everything that the scripts made and that is not as it should be.
    let updates: Vec<(String, Vec<String>)> = plan(&shown)
        .into_iter()
        .filter(|(a, ..)| a == "update")
        .map(|(_, name, fields)| (name, fields))
        .collect();
    let expected: [(&str, &[&str]); 8] = [
        (
            "apis/required",
            &["artifactregistry.googleapis.com", "billingbudgets.googleapis.com", "iam.googleapis.com"],
        ),
        ("sql-instance/codementor-db", &["pitr", "TLS"]),
        ("secret/db-password", &["labels.app", "labels.managed-by"]),
        ("sql-user/codementor", &["password"]),
        ("secret/database-url", &["labels.app", "labels.managed-by", "value"]),
        (
            "redis-instance/codementor-cache",
            &[
                "rdb_snapshot_period",
                "maintenance.day",
                "maintenance.hour",
                "labels.app",
                "labels.managed-by",
            ],
        ),
        ("secret/redis-url", &["labels.app", "labels.managed-by", "value"]),
        (
            "run-service/codementor-backend",
            &["service_account", "env.PGSSLMODE", "labels.app", "labels.managed-by"],
        ),
    ];
    let expected = expected
        .map(|(name, fields)| (name.to_owned(), fields.iter().map(|f| (*f).to_owned()).collect::<Vec<_>>()));
    assert_eq!(updates, expected);
    assert!(plan(&shown).iter().all(|(action, ..)| action == "update" || action == "create"));
    for why in
        ["the password stands unescaped in the URL", "ran as the default compute account", "without TLS"]
    {
        assert!(shown.stdout.contains(why), "{why} is not explained");
    }
    assert!(!shown.stdout.contains("aB/c+d"), "the password is shown");

    // Nobody to ask: nothing happens.
    let unasked = adopt(&lab, &[]);
    assert!(unasked.code == Some(2) && unasked.stderr.contains("--yes"), "{}", unasked.stderr);
    assert_eq!(plan(&adopt(&lab, &["--dry-run"])), plan(&shown));

    // A plain plan says which command this is, be it refused or not.
    for (set, code) in [("redis.tls=true", 2), ("redis.instance=another", 0)] {
        let plain = lab.quick(&["plan", "--wait-scale=0", "--set", set]);
        let said = format!("{}{}", plain.stdout, plain.stderr);
        assert!(plain.code == Some(code) && said.contains("deploy-all adopt"), "{set}: {said}");
        assert!(!said.contains("set connect mode back"), "{said}");
    }

    // It brings all of it up to date; the decisions stay.
    let done = adopt(&lab, &["--yes"]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert_eq!(names(&decisions(&done, &number)), DECISIONS);
    let shown = lab.quick(&["adopt", "--yes", "--wait-scale=0", "--output=plain"]).expect(0);
    let exists = shown.stdout.split_once("What exists now").expect("it is told").1;
    assert!(exists.contains("redis-url") && !exists.contains("redis-ca"), "TLS is off: {exists}");
    let rotated = lab.quick(&["rotate", "redis", "--yes", "--wait-scale=0"]);
    let said = format!("{}{}", rotated.stdout, rotated.stderr);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(rotated.code, Some(1), "{said}");
    assert!(
        said.contains("AUTH of codementor-cache is off")
            && said.contains("redis.instance=codementor-cache-2"),
        "{said}"
    );
    let again = adopt(&lab, &["--dry-run"]);
    assert_eq!(plan(&again), []);
    assert_eq!(names(&decisions(&again, &number)), DECISIONS);

    // Each command decides, and then nothing is left of the old scripts.
    for (name, command) in decisions(&again, &number) {
        match command.strip_prefix("deploy-all ") {
            Some(arguments) => {
                // As it is told: it says itself where its state is.
                let mut tool = lab.command(&program("deploy-all"));
                tool.args(arguments.split(' '))
                    .args(["--yes", "--wait-scale=0"])
                    .env("PATH", lab.quick_path());
                let made = support::finish(tool);
                assert_eq!(made.code, Some(0), "{name}: {}", made.stderr);
            }
            None => drop(run(&lab, &format!("{command} --quiet"))),
        }
    }
    let second = "--set=redis.instance=codementor-cache-2";
    let last = adopt(&lab, &["--dry-run", "--exit-code", second]);
    assert_eq!(
        (last.code, plan(&last), decisions(&last, &number)),
        (Some(0), vec![], vec![]),
        "{}",
        last.stdout
    );
    // The first instance was taken over, not made: it is named for as long as it is there, and a destroy takes it.
    let planned = lab.quick(&["plan", "--exit-code", second]).expect(0);
    assert!(planned.stdout.contains("--allow-replace redis-instance/codementor-cache"), "{}", planned.stdout);
    let destroyed = lab.quick(&["destroy", "--dry-run", second]).expect(0);
    assert!(destroyed.stdout.contains("- redis-instance/codementor-cache\n"), "{}", destroyed.stdout);
}

/// What it sees, what it decides and what it makes of the old world are the same through the real gcloud.
#[test]
fn the_real_gcloud_does_the_same() {
    let Some(lab) = Lab::new() else { return };
    let lab = old_world(lab);
    let number = number(&lab);
    let before = lab.folder().join("before.json");
    lab.emulator.save(&before);
    let standin = adopt(&lab, &["--yes"]).expect(0);
    let made = normalised(&lab.emulator.world());
    lab.emulator.load(&before);
    std::fs::remove_dir_all(lab.state()).expect("the state goes");

    let real = lab.deploy_all(&["adopt", "--yes", "--wait-scale=0", "--output=json"]).expect(0);
    assert_eq!(plan(&real), plan(&standin));
    assert_eq!(decisions(&real, &number), decisions(&standin, &number));
    assert_eq!(decisions(&real, &number).len(), DECISIONS.len());
    let notes = |finished: &Finished| -> Vec<Value> {
        let notes = events(finished).into_iter().filter(|event| event["type"] == "note");
        notes.map(|note| note["text"].clone()).collect()
    };
    assert_eq!(notes(&real), notes(&standin));
    let world = normalised(&lab.emulator.world());
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these.iter().filter(|one| !those.contains(one)).cloned().collect()
    };
    assert_eq!(only(&world, &made), only(&made, &world));
    assert_eq!(lab.emulator.violations(), json!([]));
}

#[test]
fn where_there_is_nothing_it_says_so() {
    let lab = Lab::standin();
    let said = adopt(&lab, &["--yes"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.stderr.contains("nothing to adopt") && said.stderr.contains("init --from-env"),
        "{}",
        said.stderr
    );
}
