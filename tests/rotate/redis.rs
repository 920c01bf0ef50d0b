//! `rotate redis`: a new AUTH string, with the window that it announces and no longer.

use crate::elsewhere;
use crate::plain::{Moments, Plain, nothing_leaked, somebody};
use serde_json::{Value, json};
use support::{Lab, normalised};

const YES: &[&str] = &["--yes", "--wait-scale", "0"];
const ROTATE: &[&str] = &["rotate", "redis", "--yes", "--wait-scale", "0"];
const CACHE: &str = "redis/projects/codementor-dev/locations/us-central1/instances/codementor-cache";

/// Whether a client with this URL can open a connection now. With AUTH off, Redis refuses whoever sends a string.
fn opens(world: &Plain, url: &str) -> bool {
    let sent = url
        .strip_prefix("rediss://")
        .and_then(|rest| rest.split_once('@'))
        .and_then(|(login, _)| login.strip_prefix(':'));
    let instance = world.object(CACHE);
    let wanted =
        instance["hidden"]["authString"].as_str().filter(|_| instance["data"]["authEnabled"] == true);
    sent == wanted
}

fn auth(world: &Plain) -> Option<&str> {
    world.object(CACHE)["hidden"]["authString"].as_str()
}

fn world_key(lab: &Lab, ending: &str) -> String {
    let world = lab.emulator.world();
    let mut keys = world["objects"].as_object().expect("objects").keys();
    keys.find(|key| key.ends_with(ending)).expect("it is there").clone()
}

/// Everything is as it must be after so many rotations.
fn rotated(lab: &Lab, times: u64) {
    let world = Plain::of(lab);
    assert_eq!(world.newest("redis-url"), times + 1, "one version a rotation");
    for old in 1..=times {
        assert_eq!(world.secret("redis-url", old), None, "version {old} is disabled");
        assert!(!opens(&world, world.read_once("redis-url", old)));
    }
    assert!(opens(&world, world.secret("redis-url", times + 1).expect("it is enabled")));
    assert_eq!(world.served("redis-url"), times + 1);
    let before = lab.emulator.requests().len();
    lab.quick(&["plan", "--exit-code", "--wait-scale", "0"]).expect(0);
    lab.quick(YES).expect(0);
    assert_eq!(lab.emulator.writes(before), Vec::<Value>::new(), "a deploy finds nothing to do");
    assert_eq!(lab.emulator.violations(), json!([]));
}

#[test]
fn the_real_gcloud_gives_the_cache_a_new_string() {
    let Some(lab) = Lab::new() else { return };
    lab.quick(YES).expect(0);
    let first = auth(&Plain::of(&lab)).expect("AUTH is on").to_owned();
    let done = lab.deploy_all(ROTATE).expect(0);
    assert!(done.stdout.contains("For about 4 minutes"), "{}", done.stdout);
    assert_ne!(auth(&Plain::of(&lab)), Some(first.as_str()));
    rotated(&lab, 1);
    nothing_leaked(&lab, &["redis-url"]);
    lab.quick(ROTATE).expect(0);
    rotated(&lab, 2);
}

#[test]
fn the_window_is_what_it_must_be_and_no_longer() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    let moments = Moments::record(&lab);
    lab.deploy_all(ROTATE).expect(0);
    let moments = moments.all();
    let told = |(command, _): &(String, Plain)| {
        let name = command.split(" --").next().unwrap_or_default().to_owned();
        if command.contains("enable-auth") { format!("{name} on") } else { name }
    };
    let off = |(_, world): &(String, Plain)| world.object(CACHE)["data"]["authEnabled"] != true;
    let open: Vec<String> = moments.iter().filter(|moment| off(moment)).map(told).collect();
    assert_eq!(open, ["redis instances update codementor-cache on"], "AUTH goes on right after it went off");
    // An instance that starts now, and one of the revision that serves.
    let newest = |(_, world): &(String, Plain)| {
        opens(world, world.secret("redis-url", world.newest("redis-url")).expect("it is enabled"))
    };
    let served =
        |(_, world): &(String, Plain)| opens(world, world.read_once("redis-url", world.served("redis-url")));
    let new_ones: Vec<String> = moments.iter().filter(|moment| !newest(moment)).map(told).collect();
    assert_eq!(
        new_ones,
        [
            "redis instances update codementor-cache on",
            "redis instances describe codementor-cache",
            "redis instances get-auth-string codementor-cache",
            "secrets versions add redis-url",
        ]
    );
    let serving: Vec<String> = moments.iter().filter(|moment| !served(moment)).map(told).collect();
    assert_eq!(
        serving[new_ones.len()..],
        [
            "secrets versions access latest",
            "run services describe codementor-backend",
            "run services update codementor-backend"
        ]
    );
    assert_eq!(serving[..new_ones.len()], new_ones);
}

#[test]
fn an_unfinished_rotation_keeps_everything_else_away_and_is_finished_from_any_machine() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    lab.intercept(
        "case \"$*\" in *' --enable-auth'*) echo 'ERROR: (gcloud.redis.instances.update) no' >&2; exit 1;; esac",
    );
    let stopped = lab.deploy_all(ROTATE).expect(1);
    assert!(
        stopped.stdout.contains("AUTH of redis-instance/codementor-cache may be off"),
        "{}",
        stopped.stdout
    );
    assert_eq!(auth(&Plain::of(&lab)), None, "it is off");
    let here = lab.quick(YES).expect(2);
    assert!(here.stderr.contains("$ deploy-all rotate redis"), "{}", here.stderr);

    elsewhere::finished(&lab, ROTATE, || {
        let before = lab.emulator.requests().len();
        for arguments in [&["plan", "--wait-scale", "0"], YES] {
            let refused = lab.quick(arguments).expect(2);
            let told = ["finish it first", "resume with  $ deploy-all rotate redis"];
            assert!(told.iter().all(|told| refused.stderr.contains(told)), "{}", refused.stderr);
        }
        assert_eq!(lab.emulator.writes(before), Vec::<Value>::new());
    });
    rotated(&lab, 1);
}

#[test]
fn a_destroy_does_not_wait_for_a_rotation() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    lab.intercept("case \"$*\" in *'versions add redis-url'*) echo 'ERROR: no' >&2; exit 1;; esac");
    lab.deploy_all(ROTATE).expect(1);
    lab.quick(&["destroy", "--confirm", "codementor-dev", "--wait-scale", "0"]).expect(0);
    let world = lab.emulator.world();
    let left: Vec<&String> = world["objects"].as_object().expect("objects").keys().collect();
    assert!(!left.iter().any(|key| key.starts_with("redis/") || key.contains("redis-url")), "{left:?}");
}

#[test]
fn a_version_that_a_kept_revision_names_stays_enabled_and_it_is_said_that_it_does_not_work() {
    let lab = Lab::standin();
    lab.deploy_all(YES).expect(0);
    let pinned = ["run", "services", "update", "codementor-backend", "--region=us-central1"];
    somebody(&lab, &[pinned.as_slice(), &["--update-secrets=REDIS_URL=redis-url:1"]].concat());
    let refused = lab.deploy_all(ROTATE).expect(1);
    assert!(refused.stderr.contains("does not read redis-url:latest"), "{}", refused.stderr);
    lab.deploy_all(&["reset", "--wait-scale", "0"]).expect(0);
    lab.deploy_all(YES).expect(0);
    let done = lab.deploy_all(ROTATE).expect(0);
    let world = Plain::of(&lab);
    assert!(!opens(&world, world.secret("redis-url", 1).expect("it stays enabled")));
    assert!(done.stdout.contains("version 1 of redis-url stays enabled"), "{}", done.stdout);
    assert!(opens(&world, world.secret("redis-url", 2).expect("the new one")));
}

#[test]
fn nothing_begins_that_cannot_end() {
    let lab = Lab::standin();
    lab.deploy_all(&[YES, &["--until", "01-network"]].concat()).expect(0);
    let nothing = lab.deploy_all(ROTATE).expect(5);
    assert!(nothing.stderr.contains("redis-instance/codementor-cache"), "{}", nothing.stderr);
    lab.deploy_all(&["reset"]).expect(0);
    lab.deploy_all(&[YES, &["--until", "03-redis"]].concat()).expect(0);
    let nothing = lab.deploy_all(ROTATE).expect(5);
    assert!(nothing.stderr.contains("run-service/codementor-backend"), "{}", nothing.stderr);
    lab.deploy_all(&["reset"]).expect(0);
    lab.deploy_all(YES).expect(0);
    let world = normalised(&lab.emulator.world());
    let asked = lab.deploy_all(&["rotate", "redis", "--wait-scale", "0"]).expect(2);
    assert!(asked.stderr.contains("there is no terminal to ask on"), "{}", asked.stderr);
    assert!(asked.stdout.contains("For about 4 minutes"), "{}", asked.stdout);
    lab.deploy_all(&["rotate", "redis", "--dry-run", "--wait-scale", "0"]).expect(0);
    let off = lab.deploy_all(&[ROTATE, &["--set", "redis.auth=false"]].concat()).expect(2);
    assert!(off.stderr.contains("There is nothing to rotate: redis.auth = false"), "{}", off.stderr);
    assert_eq!(normalised(&lab.emulator.world()), world);

    let key = world_key(&lab, "/services/codementor-backend");
    let service = lab.emulator.object(&key);
    let mut broken = service.clone();
    broken["status"]["conditions"] =
        json!([{"type": "Ready", "status": "False", "message": "it does not start"}]);
    lab.emulator.arrange(&json!([{"key": key, "data": broken}]));
    let refused = lab.deploy_all(ROTATE).expect(1);
    assert!(refused.stderr.contains("the service is not ready"), "{}", refused.stderr);
    lab.emulator.arrange(&json!([{"key": key, "data": service}]));
    assert_eq!(normalised(&lab.emulator.world()), world);

    // Somebody has given it a new string by hand: what the application has does not work now.
    for auth in ["--no-enable-auth", "--enable-auth"] {
        somebody(&lab, &["redis", "instances", "update", "codementor-cache", "--region=us-central1", auth]);
    }
    let world = normalised(&lab.emulator.world());
    let refused = lab.deploy_all(ROTATE).expect(1);
    assert!(
        refused.stderr.contains("redis-url does not say how the instance is reached"),
        "{}",
        refused.stderr
    );
    assert_eq!(normalised(&lab.emulator.world()), world);
}
