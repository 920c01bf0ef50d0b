//! What goes wrong on the way, and that the same command goes on from there.

use nix::sys::signal::Signal;
use serde_json::json;
use support::{Lab, normalised};

const YES: &[&str] = &["--yes", "--wait-scale", "0"];
const SQL_CREATE: &str = "POST sqladmin.googleapis.com/sql/v1beta4/projects/[^/]+/instances\\?";
const REDIS_CREATE: &str = "POST redis.googleapis.com/v1/projects/.*/instances\\?.*instanceId=";

/// How many POSTs to a collection succeeded.
fn creations(lab: &Lab, end: &str) -> usize {
    let requests = lab.emulator.requests();
    requests
        .iter()
        .filter(|r| {
            r["method"] == "POST"
                && r["status"] == 200
                && r["path"].as_str().is_some_and(|p| p.ends_with(end))
        })
        .count()
}

#[test]
fn kill_9_while_the_database_and_again_while_redis_is_made() {
    let Some(lab) = Lab::new() else { return };
    lab.quick(&["--yes", "--until", "01-network", "--wait-scale", "0"]).expect(0);
    lab.emulator.hold(SQL_CREATE, "operation");
    lab.emulator.hold(REDIS_CREATE, "operation");
    for pattern in [SQL_CREATE, REDIS_CREATE] {
        let run = lab.start(YES);
        if pattern == REDIS_CREATE {
            // The database's operation still runs when the second run begins: it must be adopted, and ends now.
            lab.emulator
                .wait("GET sqladmin.googleapis.com/sql/v1beta4/projects/[^/]+/instances/codementor-db\\?");
            lab.emulator.release();
            lab.emulator.hold(REDIS_CREATE, "operation");
        }
        lab.emulator.wait_held(pattern);
        run.kill();
        assert_eq!(lab.survivors(), Vec::<i32>::new(), "no gcloud is left behind");
    }
    lab.emulator.release();
    lab.deploy_all(&["--yes", "--until", "03-redis", "--wait-scale", "0"]).expect(0);
    lab.quick(YES).expect(0);
    assert_eq!(creations(&lab, "/instances"), 2, "one database, one cache");

    let undisturbed = Lab::standin();
    undisturbed.deploy_all(YES).expect(0);
    assert_eq!(normalised(&lab.emulator.world()), normalised(&undisturbed.emulator.world()));
}

#[test]
fn ctrl_c_says_how_to_resume_and_exits_130() {
    let Some(lab) = Lab::new() else { return };
    let pattern = "POST serviceusage.googleapis.com/";
    lab.emulator.hold(pattern, "request");
    let run = lab.start(YES);
    lab.emulator.wait_held(pattern);
    run.signal(Signal::SIGINT);
    let finished = run.finish().expect(130);
    assert!(finished.stderr.contains("deploy-all"), "says how to resume: {}", finished.stderr);
    assert!(finished.stderr.contains("--state-dir"), "with every option: {}", finished.stderr);
    assert_eq!(lab.survivors(), Vec::<i32>::new());
    lab.emulator.release();
    let checkpoint = std::fs::read_to_string(lab.state().join("dev/checkpoint.toml")).expect("a checkpoint");
    assert!(checkpoint.contains("codementor-dev"), "{checkpoint}");
    lab.deploy_all(&["--yes", "--until", "00-project", "--wait-scale", "0"]).expect(0);
}

#[test]
fn a_quota_error_stops_with_one_paragraph_and_the_same_command_resumes_at_that_step() {
    let Some(lab) = Lab::new() else { return };
    lab.quick(&["--yes", "--until", "02-database", "--wait-scale", "0"]).expect(0);
    let until: &[&str] = &["--yes", "--until", "03-redis", "--wait-scale", "0"];
    let quota = "Quota limit 'RedisMemoryGb' has been exceeded. Limit: 0 in region us-central1.";
    lab.emulator.fault(json!({
        "match": REDIS_CREATE,
        "action": {"status": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": quota}},
    }));
    let failed = lab.deploy_all(until).expect(1);
    // The paragraph is wrapped; its words are not changed.
    let said = failed.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(quota), "what gcloud said: {}", failed.stderr);
    assert!(
        failed.stderr.contains("deploy-all") && failed.stderr.contains("--yes"),
        "how to resume: {}",
        failed.stderr
    );
    assert!(lab.emulator.faults()[0]["fired"].as_u64() >= Some(1), "the fault struck");

    lab.emulator.lift_faults();
    let before = lab.recorded().len();
    lab.deploy_all(until).expect(0);
    let later: Vec<String> = lab.recorded().into_iter().skip(before).map(|r| r.arguments.join(" ")).collect();
    for earlier in [
        "sql databases",
        "sql users",
        "compute networks subnets",
        "compute firewall-rules",
        "billing budgets",
    ] {
        assert!(
            !later.iter().any(|line| line.contains(earlier)),
            "{earlier} belongs to a finished step: {later:#?}"
        );
    }
}

#[test]
fn the_second_of_two_at_once_exits_4_and_says_who_holds_the_lock() {
    let Some(lab) = Lab::new() else { return };
    let pattern = "POST cloudresourcemanager.googleapis.com/";
    lab.emulator.hold(pattern, "request");
    let first = lab.start(YES);
    lab.emulator.wait_held(pattern);
    let second = lab.deploy_all(YES).expect(4);
    assert!(second.stderr.contains("deploy-all") && second.stderr.contains("pid"), "{}", second.stderr);
    first.signal(Signal::SIGTERM);
    first.finish().expect(143);
}
