//! Another name for what holds data, for the service, for everything: what it means is in the plan, the service reads what is
//! new, and what had the old name is gone or listed, never forgotten.

use crate::stage::{Stage, lines};
use serde_json::{Value, json};
use support::{Finished, Running};

const PLACE: &str = "projects/codementor-dev/locations/us-central1";
const SQL: &str = "sqladmin/projects/codementor-dev/instances";
const DATABASE: &[&str] = &["database.instance=second-db"];
const FIRST_DATABASE: &str = "sql-instance/codementor-db";
const SERVICE: &[&str] = &["cloud_run.service=second"];

/// As one line, whatever its width.
fn said(run: &Finished) -> String {
    format!("{}{}", run.stdout, run.stderr).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn item(run: &Finished, resource: &str) -> Value {
    let items = Stage::planned(run);
    items.into_iter().find(|item| item["resource"] == resource).unwrap_or_else(|| panic!("no {resource}"))
}

fn keys(stage: &Stage, part: &str) -> Vec<String> {
    let world = stage.lab.emulator.world();
    let keys = world["objects"].as_object().expect("objects").keys();
    keys.filter(|key| key.contains(part)).cloned().collect()
}

fn there(stage: &Stage, key: &str) -> bool {
    stage.lab.emulator.world()["objects"][key].is_object()
}

fn service(name: &str) -> String {
    format!("run/{PLACE}/services/{name}")
}

fn revision(stage: &Stage) -> Value {
    stage.lab.emulator.object(&service("codementor-backend"))["status"]["latestReadyRevisionName"].clone()
}

/// All is as configured, and another plan finds nothing to do.
fn settled(stage: &Stage, set: &[&str]) {
    let (finished, rest) = stage.plan(set);
    assert_eq!((finished.code, rest), (Some(0), vec![]));
    assert_eq!(json!([]), stage.lab.emulator.violations());
}

/// `kill -9` once this request or operation is in Google's hands, and the same command again.
fn killed_and_run_again(stage: &Stage, set: &[&str], pattern: &str, point: &str) {
    stage.again();
    stage.lab.emulator.hold_first(pattern, point);
    let run = Running::start(stage.prepared(set, &["--yes"]));
    stage.lab.emulator.wait_held(pattern);
    run.kill();
    stage.lab.emulator.release();
    stage.run(set, &["--yes"]).expect(0);
    settled(stage, set);
}

#[test]
fn another_database_is_announced_as_empty_and_the_first_stays_and_is_listed() {
    let stage = Stage::new();
    let before = revision(&stage);
    let run = stage.run(DATABASE, &["--yes", "--output", "json"]).expect(0);
    let made = item(&run, "sql-instance/second-db");
    assert!(made["data"].as_str().is_some_and(|text| text.contains("EMPTY database")), "{made}");
    assert!(
        made["interrupts"].as_str().is_some_and(|text| text.contains("write to codementor-db")),
        "{made}"
    );
    let stays = item(&run, FIRST_DATABASE);
    assert!(stays["skipped"].as_str().is_some_and(|text| text.contains("billed")), "{stays}");
    let command = stays["command"].as_str().expect("a command");
    assert!(command.starts_with(&format!("deploy-all --allow-replace {FIRST_DATABASE} --set=")), "{command}");
    assert!(command.contains("--set=database.instance=second-db"), "{command}");
    assert_ne!(revision(&stage), before, "running instances hold the old URL");
    settled(&stage, DATABASE);
    for view in [&["plan"][..], &["status", "-v"], &["destroy", "--dry-run"]] {
        let shown = stage.run(DATABASE, view).expect(0);
        assert!(shown.stdout.contains(FIRST_DATABASE), "{view:?}: {}", shown.stdout);
    }
}

#[test]
fn the_first_database_goes_where_it_is_named_and_nothing_protects_it() {
    let stage = Stage::new();
    stage.run(DATABASE, &["--yes"]).expect(0);
    let first = format!("{SQL}/codementor-db");
    let protect = |on: bool| {
        let mut data = stage.lab.emulator.object(&first);
        data["settings"]["deletionProtectionEnabled"] = json!(on);
        stage.lab.emulator.arrange(&json!([{"key": first, "data": data}]));
    };
    protect(true);
    let before = stage.lab.emulator.requests().len();
    let permit = ["--yes", "--allow-replace", FIRST_DATABASE];
    let refused = stage.run(DATABASE, &permit).expect(1);
    assert!(said(&refused).contains("gcloud sql instances patch codementor-db --no-deletion-protection"));
    assert_eq!(stage.lab.emulator.writes(before), Vec::<Value>::new(), "nothing was touched");
    protect(false);
    let run = stage.run(DATABASE, &[&permit[..], &["--output", "json"]].concat()).expect(0);
    assert_eq!(lines(&Stage::planned(&run)), [format!("- {FIRST_DATABASE}")]);
    assert_eq!(item(&run, FIRST_DATABASE)["data"], "what it holds is lost");
    assert!(!there(&stage, &first));
    settled(&stage, DATABASE);
}

#[test]
fn a_new_value_of_a_secret_reaches_the_service_wherever_the_run_was_stopped() {
    let stage = Stage::new();
    let before = revision(&stage);
    let cases: &[(&[&str], &str)] = &[
        (DATABASE, "database-url"),
        (&["database.name=second"], "database-url"),
        (&["database.user=second"], "database-url"),
        (&["redis.auth=false"], "redis-url"),
    ];
    for (set, secret) in cases {
        for (pattern, point) in [
            (format!("^POST .*/secrets/{secret}:addVersion"), "request"),
            (format!("^POST .*/secrets/{secret}:addVersion"), "answer"),
            ("^PUT .*/services/codementor-backend".to_owned(), "request"),
        ] {
            killed_and_run_again(&stage, set, &pattern, point);
            assert_ne!(revision(&stage), before, "{set:?} {pattern} {point}");
        }
    }
}

#[test]
fn another_name_of_the_database_and_of_its_user_leaves_the_old_ones_listed() {
    let stage = Stage::new();
    let set = &["database.name=second", "database.user=second"];
    let run = stage.run(set, &["--yes", "--output", "json"]).expect(0);
    assert!(item(&run, "sql-database/second")["data"].as_str().is_some_and(|text| text.contains("EMPTY")));
    assert!(
        item(&run, "sql-user/second")["interrupts"].as_str().is_some_and(|text| text.contains("granted"))
    );
    let (database, user) = (item(&run, "sql-database/codementor"), item(&run, "sql-user/codementor"));
    assert!(database["skipped"].as_str().is_some_and(|text| text.contains("holds data")), "{database}");
    assert!(
        user["skipped"].as_str().is_some_and(|text| text.contains("its password still opens it")),
        "{user}"
    );
    settled(&stage, set);
    let permit = ["--yes", "--allow-replace", "sql-user/codementor"];
    stage.run(set, &permit).expect(0);
    assert!(!there(&stage, &format!("{SQL}/codementor-db/users/codementor")));
    assert_eq!(keys(&stage, &format!("{SQL}/codementor-db/databases/codementor")).len(), 1);
    settled(&stage, set);
}

#[test]
fn another_service_runs_the_same_image_and_the_first_goes_with_all_that_watches_it() {
    let stage = Stage::new();
    let first = service("codementor-backend");
    let mut data = stage.lab.emulator.object(&first);
    let image = json!("us-central1-docker.pkg.dev/codementor-dev/codementor/codementor-backend:abc");
    data["spec"]["template"]["spec"]["containers"][0]["image"] = image.clone();
    stage.lab.emulator.arrange(&json!([{"key": first, "data": data}]));
    let run = stage.run(SERVICE, &["--yes", "--output", "json"]).expect(0);
    let made = item(&run, "run-service/second");
    assert!(
        made["interrupts"].as_str().is_some_and(|text| text.contains("URL of codementor-backend")),
        "{made}"
    );
    let new = stage.lab.emulator.object(&service("second"));
    assert_eq!(new["spec"]["template"]["spec"]["containers"][0]["image"], image);
    assert!(!there(&stage, &first));
    for (kind, many) in [
        ("/alertPolicies/", 5),
        ("/dashboards/", 1),
        ("/uptimeCheckConfigs/", 1),
        ("/notificationChannels/", 1),
    ] {
        assert_eq!(keys(&stage, kind).len(), many, "{kind}");
    }
    settled(&stage, SERVICE);
}

#[test]
fn another_service_is_gone_on_with_and_one_of_the_two_always_serves() {
    let stage = Stage::new();
    for (pattern, point) in [
        ("^POST .*/namespaces/codementor-dev/services", "answer"),
        ("^DELETE .*/services/codementor-backend", "request"),
        ("^DELETE .*/services/codementor-backend", "answer"),
        ("^DELETE .*/alertPolicies/", "request"),
        ("^DELETE .*/uptimeCheckConfigs/", "answer"),
    ] {
        killed_and_run_again(&stage, SERVICE, pattern, point);
        assert!(
            there(&stage, &service("second")) && !there(&stage, &service("codementor-backend")),
            "{pattern}"
        );
        assert_eq!(keys(&stage, "/alertPolicies/").len(), 5, "{pattern}");
        assert_eq!(keys(&stage, "/uptimeCheckConfigs/").len(), 1, "{pattern}");
    }
}

#[test]
fn a_destroy_takes_what_had_another_name() {
    let stage = Stage::new();
    // Stopped before the first service goes: both are there, with all that watches them.
    let pattern = "^DELETE .*/services/codementor-backend";
    stage.lab.emulator.hold_first(pattern, "request");
    let set = [SERVICE, DATABASE, &["ci_cd.repository=second"]].concat();
    let run = Running::start(stage.prepared(&set, &["--yes"]));
    stage.lab.emulator.wait_held(pattern);
    run.kill();
    stage.lab.emulator.release();
    stage.run(&set, &["destroy", "--yes", "--confirm", "codementor-dev"]).expect(0);
    for kind in [
        &format!("run/{PLACE}/services/"),
        SQL,
        "/alertPolicies/",
        "/dashboards/",
        "/uptimeCheckConfigs/",
        "/notificationChannels/",
        "/repositories/codementor",
        "/networks/codementor-vpc",
    ] {
        assert_eq!(keys(&stage, kind), Vec::<String>::new(), "{kind}");
    }
}

/// Everything that is in a network, with it: nothing of the old one is touched until it is named, or all is destroyed.
#[test]
fn another_network_leaves_the_first_one_listed_until_a_destroy() {
    let stage = Stage::new();
    let set = &[
        "network.name=second-vpc",
        "network.subnet=second-subnet",
        "database.instance=second-db",
        "redis.instance=second-cache",
        "cloud_run.connector.name=second",
    ];
    stage.run(set, &["--yes"]).expect(0);
    let (plan, rest) = stage.plan(set);
    assert_eq!((plan.code, rest), (Some(0), vec![]), "{}", plan.stdout);
    for stays in [
        "network/codementor-vpc",
        "subnet/codementor-subnet",
        "firewall-rule/codementor-vpc-allow-ssh",
        "firewall-rule/codementor-vpc-allow-internal",
        "address-range/google-managed-services-codementor-vpc",
        "peering/codementor-vpc",
        FIRST_DATABASE,
        "redis-instance/codementor-cache",
    ] {
        assert!(item(&plan, stays)["skipped"].is_string(), "{stays}");
    }
    stage.run(set, &["destroy", "--yes", "--confirm", "codementor-dev"]).expect(0);
    for kind in ["/networks/", "/subnetworks/", "/firewalls/", SQL, "/connectors/", "/instances/"] {
        assert_eq!(keys(&stage, kind), Vec::<String>::new(), "{kind}");
    }
}

#[test]
fn what_the_service_reads_no_more_it_may_read_no_more() {
    let stage = Stage::new();
    let set = &["cloud_run.secrets.PGPASSWORD=db-password"];
    stage.run(set, &["--yes"]).expect(0);
    let run = stage.run(&[], &["--yes", "--output", "json"]).expect(0);
    let right = "iam-binding/secret/db-password/secretmanager.secretAccessor/codementor-run";
    let last = lines(&Stage::planned(&run)).pop();
    assert_eq!(last, Some(format!("- {right}")));
    settled(&stage, &[]);
}

/// What was found and kept, and not made, is remembered as well: a journal may be younger than the deployment.
#[test]
fn what_was_kept_and_not_made_is_listed_and_left_alone() {
    let stage = Stage::new();
    stage.run(&[], &["reset", "--yes"]).expect(0);
    stage.run(&[], &["--yes"]).expect(0);
    let set = &[DATABASE[0], "cloud_run.connector.name=second", "cloud_run.connector.range=10.9.0.0/28"];
    let run = stage.run(set, &["--yes", "--output", "json"]).expect(0);
    assert!(item(&run, FIRST_DATABASE)["skipped"].as_str().is_some_and(|text| text.contains("holds data")));
    let connector = item(&run, "vpc-connector/codementor-connector");
    assert!(connector["skipped"].as_str().is_some_and(|text| text.contains("nothing says")), "{connector}");
    settled(&stage, set);
    let shown = stage.run(set, &["destroy", "--dry-run"]).expect(0);
    assert!(said(&shown).contains("vpc-connector/codementor-connector: nothing says that this tool made it"));
    let permit = ["--yes", "--allow-replace", "vpc-connector/codementor-connector"];
    stage.run(set, &permit).expect(0);
    assert_eq!(keys(&stage, "/connectors/").len(), 1);
}
