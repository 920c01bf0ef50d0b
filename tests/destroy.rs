//! `destroy`: what goes, what stays, what is asked about, and that it can be done again.

use regex::Regex;
use serde_json::{Value, json};
use support::{Lab, Terminal, normalised};

const YES: &[&str] = &["--yes", "--wait-scale", "0"];
const DESTROY: &[&str] = &["destroy", "--confirm", "codementor-dev", "--wait-scale", "0"];

/// The objects of the world that this tool is about: not Google's own, not what enabling an API leaves.
fn objects(lab: &Lab) -> Vec<String> {
    let world = lab.emulator.world();
    let keys = world["objects"].as_object().into_iter().flatten().map(|(key, _)| key.clone());
    let googles = [
        "cloudbilling/",
        "cloudresourcemanager/",
        "compute/projects/codementor-dev",
        "iam/agents/",
        "iam/deleted/",
        "logging/projects/codementor-dev/locations/",
        "logging/projects/codementor-dev/sinks/_",
        "serviceusage/",
    ];
    keys.filter(|key| {
        !(googles.iter().any(|own| key == own || (own.ends_with(['/', '_']) && key.starts_with(own)))
            || key.ends_with("-compute@developer.gserviceaccount.com"))
    })
    .collect()
}

/// The world, without what Google remembers of service accounts that were deleted: they can be brought back for a month, and
/// policies name them until somebody takes them out.
fn without_deleted_accounts(lab: &Lab) -> Vec<String> {
    let member = Regex::new(r#""deleted:serviceAccount:[^"]*",?"#).expect("it is well formed");
    let lines = normalised(&lab.emulator.world()).into_iter();
    lines.filter(|l| !l.contains("iam/deleted/")).map(|l| member.replace_all(&l, "").into_owned()).collect()
}

const ARCHIVE: &str = "storage/b/codementor-logs-codementor-dev";

#[test]
fn destroy_by_the_real_gcloud_leaves_what_it_announced_and_a_deploy_makes_all_of_it_again() {
    let Some(lab) = Lab::new() else { return };
    lab.quick(YES).expect(0);
    let deployed = normalised(&lab.emulator.world());
    let plan = lab.quick(&["destroy", "--dry-run", "--wait-scale", "0"]).expect(0);
    assert!(plan.stdout.contains("Plan: 31 to delete, 6 to keep."), "{}", plan.stdout);
    let dry = ["destroy", "--dry-run", "--exit-code", "--quiet", "--wait-scale", "0"];
    assert_eq!(lab.quick(&dry).expect(3).stdout, "Plan: 31 to delete, 6 to keep.\n");
    assert_eq!(normalised(&lab.emulator.world()), deployed, "a dry run changes nothing");

    let done = lab.deploy_all(DESTROY).expect(0);
    assert_eq!(objects(&lab), [ARCHIVE], "{}", done.stdout);
    assert!(done.stdout.contains("bucket/codementor-logs-codementor-dev: it holds the archived logs"));
    let policy = lab.emulator.world()["policies"][ARCHIVE].to_string();
    assert!(!policy.contains("objectCreator"), "the sink's writer has no right left: {policy}");
    let policy = lab.emulator.world()["policies"]["cloudresourcemanager/projects/codementor-dev"].to_string();
    assert!(!policy.contains("codementor-build"), "{policy}");

    // Nothing is left to do, and it says so with exit 0.
    let before = lab.emulator.requests().len();
    lab.quick(DESTROY).expect(0);
    assert_eq!(lab.emulator.writes(before), Vec::<Value>::new());
    assert_eq!(lab.emulator.violations(), json!([]));

    lab.quick(YES).expect(0);
    lab.quick(&["plan", "--exit-code", "--wait-scale", "0"]).expect(0);
    assert_eq!(without_deleted_accounts(&lab), deployed);
}

#[test]
fn what_stays_goes_when_it_is_named() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    let wrong = lab.deploy_all(&[DESTROY, &["--also", "redis/x"]].concat()).expect(2);
    assert!(wrong.stderr.contains("--also redis/x"), "{}", wrong.stderr);
    let also = ["--also", "bucket/codementor-logs-codementor-dev", "--also", "project/codementor-dev"];
    lab.deploy_all(&[DESTROY, &also].concat()).expect(0);
    assert_eq!(objects(&lab), Vec::<String>::new());
    let project = lab.emulator.object("cloudresourcemanager/projects/codementor-dev");
    assert_eq!(project["lifecycleState"], "DELETE_REQUESTED");
}

#[test]
fn data_needs_the_projects_id() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    let before = normalised(&lab.emulator.world());
    let said = lab.deploy_all(&["destroy", "--yes", "--wait-scale", "0"]).expect(2);
    assert!(said.stderr.contains("--confirm codementor-dev"), "{}", said.stderr);
    lab.deploy_all(&["destroy", "--confirm", "codementor-prod", "--wait-scale", "0"]).expect(2);

    let mut terminal = Terminal::start(&lab.tool("deploy-all", &["destroy", "--wait-scale", "0"]));
    terminal.wait_for("type the id of");
    terminal.type_in("codementor\n");
    assert_eq!(terminal.finish().0, Some(2));
    assert_eq!(normalised(&lab.emulator.world()), before, "nothing was touched so far");

    let mut terminal = Terminal::start(&lab.tool("deploy-all", &["destroy", "--wait-scale", "0"]));
    terminal.wait_for("type the id of");
    terminal.type_in("codementor-dev\n");
    assert_eq!(terminal.finish().0, Some(0));
    assert_eq!(objects(&lab), [ARCHIVE]);
}

#[test]
fn one_step_goes_by_itself() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    let before = objects(&lab);
    lab.step(&["03-redis", "--destroy", "--confirm", "codementor-dev", "--wait-scale", "0"]).expect(0);
    let after = objects(&lab);
    let gone: Vec<&String> = before.iter().filter(|key| !after.contains(key)).collect();
    assert!(gone.iter().all(|key| key.contains("redis")) && gone.len() >= 3, "{gone:?}");
    lab.deploy_all(YES).expect(0);
    // The same again, and a revision that reads the new instance's URL.
    let (new, same): (Vec<String>, Vec<String>) =
        objects(&lab).into_iter().partition(|key| !before.contains(key));
    assert_eq!(same, before);
    assert!(new.len() == 1 && new[0].contains("/revisions/"), "{new:?}");
}

#[test]
fn protection_is_honoured_before_anything_is_deleted() {
    let lab = Lab::standin();
    let protected = ["--set", "database.deletion_protection=true"];
    lab.deploy_all(&[YES, &protected].concat()).expect(0);
    let before = normalised(&lab.emulator.world());
    // The plan is shown all the same, by a dry run too: what goes, what is lost, what stays.
    for arguments in [DESTROY, &["destroy", "--dry-run", "--wait-scale", "0"]] {
        let said = lab.deploy_all(&[arguments, &protected].concat()).expect(2);
        assert!(said.stderr.contains("--no-deletion-protection"), "{}", said.stderr);
        let plan = [
            "  - sql-instance/codementor-db\n      refused: Cloud SQL refuses to delete it",
            "      data at risk: all databases in it",
            "  - redis-instance/codementor-cache\n",
            "Plan: 30 to delete, 1 refused, 6 to keep.",
        ];
        for part in plan {
            assert!(said.stdout.contains(part), "{part}: {}", said.stdout);
        }
    }
    assert_eq!(normalised(&lab.emulator.world()), before);
}

#[test]
fn one_step_goes_only_with_a_word_about_what_stays_and_needs_it() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    let before = normalised(&lab.emulator.world());
    let needed = |step: &str| -> Vec<String> {
        let looked =
            lab.step(&[step, "--destroy", "--dry-run", "--output", "json", "--wait-scale", "0"]).expect(0);
        let events = looked.stdout.lines().map(|line| serde_json::from_str::<Value>(line).expect("an event"));
        let plan = events.into_iter().find(|event| event["type"] == "plan").expect("a plan");
        let items = plan["items"].as_array().expect("items").clone();
        let told =
            items.iter().filter_map(|item| Some((item["resource"].as_str()?, item["interrupts"].as_str()?)));
        told.map(|(resource, what)| format!("{resource}: {what}")).collect()
    };
    let service = "run-service/codementor-backend needs it";
    assert_eq!(
        needed("03-redis"),
        [
            format!("secret/redis-ca: {service}: no new instance of it can start"),
            format!("secret/redis-url: {service}: no new instance of it can start"),
            format!("redis-instance/codementor-cache: {service}: its instances lose the cache"),
        ]
    );
    let network = needed("01-network").join("\n");
    for dependent in [
        "sql-instance/codementor-db",
        "redis-instance/codementor-cache",
        "vpc-connector/codementor-connector",
    ] {
        assert!(network.contains(&format!("{dependent} needs it")), "{dependent}: {network}");
    }
    assert_eq!(needed("05-ci-cd"), Vec::<String>::new());
    let elsewhere = ["redis", "--destroy", "--also", "sql-instance/codementor-db", "--wait-scale", "0"];
    let said = lab.step(&elsewhere).expect(2);
    assert!(said.stderr.contains("deletes nothing of this name"), "{}", said.stderr);
    // `--yes` is not enough for it, also where no data is lost.
    let said = lab.step(&["01-network", "--destroy", "--yes", "--wait-scale", "0"]).expect(2);
    assert!(
        said.stdout.contains("interrupts: vpc-connector/codementor-connector needs it"),
        "{}",
        said.stdout
    );
    assert!(said.stderr.contains("--confirm codementor-dev"), "{}", said.stderr);
    let mut terminal =
        Terminal::start(&lab.tool("step", &["01-network", "--destroy", "--yes", "--wait-scale", "0"]));
    terminal.wait_for("What stays needs what goes. To go on, type the id of");
    terminal.type_in("y\n");
    assert_eq!(terminal.finish().0, Some(2));
    assert_eq!(normalised(&lab.emulator.world()), before, "nothing was touched so far");

    // Where nobody needs it any more, nobody has to be told: one look each.
    lab.deploy_all(DESTROY).expect(0);
    lab.step(&["01-network", "--yes", "--wait-scale", "0"]).expect(0);
    let done = lab.step(&["01-network", "--destroy", "--yes", "--wait-scale", "0"]).expect(0);
    assert!(done.stdout.contains("01-network  Network  done"), "{}", done.stdout);
    assert_eq!(objects(&lab), [ARCHIVE]);
}

#[test]
fn a_service_whose_secrets_are_gone_goes_with_all_the_rest() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    lab.step(&["03-redis", "--destroy", "--confirm", "codementor-dev", "--wait-scale", "0"]).expect(0);
    lab.deploy_all(DESTROY).expect(0);
    assert_eq!(objects(&lab), [ARCHIVE]);
}

#[test]
fn where_nothing_exists_nothing_is_said_to_stay() {
    let lab = Lab::standin();
    for (arguments, words) in
        [(&["--dry-run"][..], "There is nothing to destroy."), (&["--yes"], "Nothing to destroy. Checked in")]
    {
        let said = lab.deploy_all(&[&["destroy", "--wait-scale", "0"], arguments].concat()).expect(0);
        assert!(said.stdout.contains("Plan: 0 to delete, 0 to keep."), "{}", said.stdout);
        assert!(said.stdout.contains(words), "{words}: {}", said.stdout);
        for none in ["project/", "bucket/", "billing-link/", "apis/"] {
            assert!(!said.stdout.contains(none), "{none}: {}", said.stdout);
        }
    }
}

#[test]
fn what_nothing_says_is_ours_is_asked_about_and_else_left_alone() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    // Another laptop: no journal. What carries a mark is known by that, the rest is not.
    std::fs::remove_file(lab.state().join("dev/checkpoint.toml")).expect("it was there");
    let done = lab.deploy_all(DESTROY).expect(0);
    let said = done.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let unmarked = ["sql-instance/codementor-db", "vpc-connector/codementor-connector"];
    for address in unmarked {
        assert!(said.contains(&format!("--also {address}")), "{address}: {}", done.stdout);
    }
    let left = objects(&lab);
    assert!(left.iter().any(|key| key.contains("instances/codementor-db")), "{left:?}");
    assert!(!left.iter().any(|key| key.contains("redis")), "{left:?}");
    // What the instance and the connector stand on stays with them, and so does the password of the instance's user.
    for kept in
        ["networks/codementor-vpc", "addresses/google-managed-services-codementor-vpc", "secrets/db-password"]
    {
        assert!(left.iter().any(|key| key.ends_with(kept)), "{kept}: {left:?}");
    }
    assert!(said.contains("secret/db-password: sql-user/codementor stays, and needs it"), "{}", done.stdout);

    let mut terminal = Terminal::start(&lab.tool("deploy-all", &["destroy", "--wait-scale", "0"]));
    for address in ["vpc-connector/codementor-connector", "sql-instance/codementor-db"] {
        terminal.wait_for(&format!("made {address}"));
        terminal.type_in("y\n");
    }
    terminal.wait_for("type the id of");
    terminal.type_in("codementor-dev\n");
    assert_eq!(terminal.finish().0, Some(0));
    assert_eq!(objects(&lab), [ARCHIVE]);
}

#[test]
fn a_peering_that_google_still_holds_is_left_over_with_what_it_stands_on() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    let held = "Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, etc.) are still using this connection.";
    lab.emulator.fault(json!({
        "match": "^POST servicenetworking.*/connections/",
        "times": 100,
        "action": {"fail_operation": {"code": 9, "name": "FAILED_PRECONDITION", "message": held}},
    }));
    let done = lab.deploy_all(DESTROY).expect(0);
    assert!(lab.emulator.faults()[0]["fired"].as_u64().is_some_and(|fired| fired > 1), "it was tried again");
    for part in [
        "peering/codementor-vpc is left over",
        "gcloud services vpc-peerings delete",
        "network/codementor-vpc is left over",
    ] {
        assert!(done.stdout.contains(part), "{part}: {}", done.stdout);
    }
    let left = objects(&lab);
    assert!(left.iter().any(|key| key.ends_with("networks/codementor-vpc")), "{left:?}");
    assert!(!left.iter().any(|key| key.contains("firewalls")), "{left:?}");

    lab.emulator.lift_faults();
    lab.deploy_all(DESTROY).expect(0);
    assert_eq!(objects(&lab), [ARCHIVE]);
}

#[test]
fn a_destroy_that_was_killed_is_finished_by_the_next_or_undone_by_a_deploy() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    let deployed = normalised(&lab.emulator.world());
    let pattern = "^DELETE redis.*/instances/";
    lab.emulator.hold(pattern, "operation");
    let run = lab.start(DESTROY);
    lab.emulator.wait_held(pattern);
    run.kill();
    lab.emulator.release();
    lab.deploy_all(YES).expect(0);
    assert_eq!(without_deleted_accounts(&lab), deployed);
    lab.deploy_all(DESTROY).expect(0);
    assert_eq!(objects(&lab), [ARCHIVE]);
}
