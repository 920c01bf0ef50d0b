//! `rotate db-password`: a new password while the application works, from any point on and from any machine.

use crate::elsewhere;
use crate::plain::{Moments, Plain, SECRETS, nothing_leaked, somebody};
use serde_json::{Value, json};
use support::{Lab, normalised};

const YES: &[&str] = &["--yes", "--wait-scale", "0"];
const ROTATE: &[&str] = &["rotate", "db-password", "--yes", "--wait-scale", "0"];
const USERS: &str = "sqladmin/projects/codementor-dev/instances/codementor-db/users";
const BUCKET: &str = "storage/b/codementor-dev_cloudbuild";

/// Whether somebody who has read this URL can log in, and works on the first user's tables.
fn works(world: &Plain, url: &str) -> bool {
    let login =
        url.strip_prefix("postgresql://").and_then(|rest| rest.split_once('@')).map(|(login, _)| login);
    let (user, password) = login.and_then(|login| login.split_once(':')).expect("a URL");
    let hidden = &world.object(&format!("{USERS}/{user}"))["hidden"];
    let acts = user == "codementor" || hidden["acts_as"] == "codementor";
    hidden["password"] == password && acts
}

/// Everything is as it must be after so many rotations.
fn rotated(lab: &Lab, times: u64) {
    let world = Plain::of(lab);
    for secret in ["db-password", "database-url"] {
        assert_eq!(world.newest(secret), times + 1, "one version of {secret} a rotation");
        for old in 1..=times {
            assert_eq!(world.secret(secret, old), None, "version {old} of {secret} is disabled");
        }
    }
    let url = world.secret("database-url", times + 1).expect("it is enabled");
    let (user, other) =
        if times % 2 == 1 { ("codementor-b", "codementor") } else { ("codementor", "codementor-b") };
    assert!(url.starts_with(&format!("postgresql://{user}:")) && works(&world, url), "{user} works");
    assert_eq!(world.served("database-url"), times + 1);
    let old = &world.object(&format!("{USERS}/{other}"))["hidden"]["password"];
    assert!((1..=times + 1).all(|n| {
        let version = world.object(&format!("{SECRETS}/db-password/versions/{n}"));
        &version["hidden"]["data"] != old
    }));
    assert!(world.object(&format!("{BUCKET}/o/deploy-all/act-as.sql")).is_null(), "the script is gone");
    let policy = lab.emulator.world()["objects"][BUCKET]["policy"].to_string();
    assert!(!policy.contains("gcp-sa-cloud-sql"), "its reader is gone: {policy}");
    let before = lab.emulator.requests().len();
    lab.quick(&["plan", "--exit-code", "--wait-scale", "0"]).expect(0);
    lab.quick(YES).expect(0);
    assert_eq!(lab.emulator.writes(before), Vec::<Value>::new(), "a deploy finds nothing to do");
    assert_eq!(lab.emulator.violations(), json!([]));
}

#[test]
fn the_real_gcloud_rotates_to_the_second_user_and_the_next_rotation_back() {
    let Some(lab) = Lab::new() else { return };
    lab.quick(YES).expect(0);
    lab.deploy_all(ROTATE).expect(0);
    rotated(&lab, 1);
    nothing_leaked(&lab, &["db-password", "database-url"]);
    lab.quick(ROTATE).expect(0);
    rotated(&lab, 2);
    lab.quick(ROTATE).expect(0);
    rotated(&lab, 3);
    lab.quick(&["destroy", "--confirm", "codementor-dev", "--wait-scale", "0"]).expect(0);
    let world = lab.emulator.world();
    assert!(!world["objects"].as_object().expect("objects").keys().any(|key| key.starts_with("sqladmin/")));
}

#[test]
fn the_application_works_at_every_moment() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    let moments = Moments::record(&lab);
    for _ in 0..2 {
        lab.deploy_all(ROTATE).expect(0);
    }
    let moments = moments.all();
    assert!(moments.len() > 60, "{}", moments.len());
    for (command, world) in moments {
        let newest =
            world.secret("database-url", world.newest("database-url")).expect("the newest is enabled");
        assert!(works(&world, newest), "before {command}: an instance that starts now");
        // What an instance has read when it started does not change when the version is disabled.
        let url = world.read_once("database-url", world.served("database-url"));
        assert!(works(&world, url), "before {command}: an instance of the revision that serves");
    }
}

#[test]
fn an_unfinished_rotation_keeps_everything_else_away_and_is_finished_from_any_machine() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    lab.intercept(
        "case \"$*\" in *'sql import'*) echo 'ERROR: (gcloud.sql.import.sql) no' >&2; exit 1;; esac",
    );
    lab.deploy_all(ROTATE).expect(1);
    let here = lab.quick(YES).expect(2);
    assert!(here.stderr.contains("$ deploy-all rotate db-password"), "{}", here.stderr);

    elsewhere::finished(&lab, ROTATE, || {
        for arguments in [&["plan", "--wait-scale", "0"], YES] {
            let refused = lab.quick(arguments).expect(2);
            let told = ["finish it first", "resume with  $ deploy-all rotate db-password"];
            assert!(told.iter().all(|told| refused.stderr.contains(told)), "{}", refused.stderr);
            assert!(refused.stdout.contains("sql-user/codementor"), "the plan is shown: {}", refused.stdout);
        }
    });
    rotated(&lab, 1);
}

#[test]
fn what_a_kept_revision_names_stays() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    let pinned = ["run", "services", "update", "codementor-backend", "--region=us-central1"];
    somebody(&lab, &[pinned.as_slice(), &["--update-secrets=DATABASE_URL=database-url:1"]].concat());
    let refused = lab.deploy_all(ROTATE).expect(1);
    assert!(refused.stderr.contains("does not read database-url:latest"), "{}", refused.stderr);
    lab.deploy_all(&["reset", "--wait-scale", "0"]).expect(0);
    lab.deploy_all(YES).expect(0);
    let done = lab.deploy_all(ROTATE).expect(0);
    let world = Plain::of(&lab);
    let first = world.secret("database-url", 1).expect("it stays enabled");
    assert!(works(&world, first), "and works");
    assert!(done.stdout.contains("codementor keeps its password"), "{}", done.stdout);
    assert!(works(&world, world.secret("database-url", 2).expect("the new one")));
}

#[test]
fn nothing_begins_that_cannot_end() {
    let lab = Lab::standin();
    lab.deploy_all(&[YES, &["--until", "01-network"]].concat()).expect(0);
    let nothing = lab.deploy_all(ROTATE).expect(5);
    assert!(nothing.stderr.contains("sql-instance/codementor-db"), "{}", nothing.stderr);
    let newer = ["--set", "database.version=POSTGRES_16", "--set", "database.edition=enterprise"];
    lab.deploy_all(&[YES, &newer].concat()).expect(0);
    let world = normalised(&lab.emulator.world());
    let asked = lab.deploy_all(&[&ROTATE[..2], &["--wait-scale", "0"], newer.as_slice()].concat()).expect(1);
    assert!(asked.stderr.contains("POSTGRES_16"), "{}", asked.stderr);
    assert_eq!(normalised(&lab.emulator.world()), world);

    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    let world = normalised(&lab.emulator.world());
    let asked = lab.deploy_all(&["rotate", "db-password", "--wait-scale", "0"]).expect(2);
    assert!(asked.stderr.contains("there is no terminal to ask on"), "{}", asked.stderr);
    let dry = ["rotate", "db-password", "--dry-run", "--wait-scale", "0"];
    let seen = lab.deploy_all(&dry).expect(0).stdout;
    assert!(seen.contains("\nNothing was changed.") && !seen.contains("Nothing to do"), "{seen}");
    let last = lab.deploy_all(&[&dry[..], &["--quiet", "--exit-code"]].concat()).expect(3).stdout;
    assert_eq!(last, "Plan: 0 to create, 9 to update, 0 to delete, 0 unchanged.\n");
    assert_eq!(normalised(&lab.emulator.world()), world);
}
