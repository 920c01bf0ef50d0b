//! The step through gcloud (the stand-in unless `TEST_GCLOUD` names another), against an emulator in the test's process.

#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use config::Config;
use engine::{Error, Step};
use resources::lab::{Lab, PROJECT, Run, given};
use resources::network::peering_address;
use serde_json::{Value, json};

const SECRETS: &str = "secretmanager.googleapis.com";
const INSTANCE: &str = "redis/projects/proj-one/locations/us-central1/instances/codementor-cache";

fn config() -> Config {
    let mut config = Config::default();
    config.project.id = PROJECT.to_owned();
    config
}

fn steps(config: &Config) -> Vec<Step> {
    vec![given([peering_address(&config.network.name)]), step_redis::step(config)]
}

/// The first of the step's resources alone: a gcloud process takes its time.
fn first(config: &Config, resources: usize) -> Vec<Step> {
    let mut steps = steps(config);
    steps[1].items.truncate(resources);
    steps
}

/// A project whose network has its private services access.
fn lab() -> Lab {
    let lab = Lab::new(&[
        "compute.googleapis.com",
        "servicenetworking.googleapis.com",
        "redis.googleapis.com",
        "secretmanager.googleapis.com",
    ]);
    let config = config();
    lab.peer(&config.network_path(), &config.services_address());
    lab
}

fn versions(lab: &Lab, secret: &str) -> usize {
    let prefix = format!("secretmanager/projects/{PROJECT}/secrets/{secret}/versions/");
    lab.world().as_object().unwrap().keys().filter(|key| key.starts_with(&prefix)).count()
}

fn value(lab: &Lab, secret: &str) -> String {
    let path = format!("/v1/projects/{PROJECT}/secrets/{secret}/versions/latest:access");
    let answer = lab.ok("GET", SECRETS, &path, Value::Null);
    String::from_utf8(STANDARD.decode(answer["payload"]["data"].as_str().unwrap()).unwrap()).unwrap()
}

/// The URL that the instance is reached at now.
fn url(lab: &Lab) -> String {
    let instance = lab.object(INSTANCE);
    let path = format!("/v1/{}/authString", INSTANCE.strip_prefix("redis/").unwrap());
    let auth = lab.ok("GET", "redis.googleapis.com", &path, Value::Null);
    let auth = auth["authString"].as_str().map(|auth| format!(":{auth}@")).unwrap_or_default();
    let tls = instance["transitEncryptionMode"] == "SERVER_AUTHENTICATION";
    let (scheme, port) = if tls { ("rediss", 6378) } else { ("redis", 6379) };
    assert_eq!(instance["port"], port);
    format!("{scheme}://{auth}{}:{port}/0", instance["host"].as_str().unwrap())
}

fn person(run: &Run) -> String {
    match &run.result {
        Err(error @ (Error::Person { .. } | Error::Refused(_))) => {
            let engine::Problem { what, why, todo, .. } = error.explain("p", String::new());
            format!("{what}\n{why}\n{todo}")
        }
        other => panic!("a person should have been asked: {other:?}"),
    }
}

#[test]
fn everything_is_made_once_and_a_new_authority_is_stored_once() {
    let lab = lab();
    let config = config();
    lab.apply(&steps(&config)).well();
    let instance = lab.object(INSTANCE);
    insta::assert_json_snapshot!(instance, {
        ".createTime" => "(time)", ".serverCaCerts" => "(certificates)", ".persistenceIamIdentity" => "(account)",
        ".maintenancePolicy.createTime" => "(time)", ".maintenancePolicy.updateTime" => "(time)",
        ".persistenceConfig.rdbNextSnapshotTime" => "(time)", ".persistenceConfig.rdbSnapshotStartTime" => "(time)",
    });
    assert_eq!(value(&lab, "redis-url"), url(&lab));
    let pem = instance["serverCaCerts"][0]["cert"].as_str().unwrap();
    assert_eq!(value(&lab, "redis-ca").trim(), pem.trim());

    let again = lab.apply(&steps(&config)).well();
    assert_eq!(again.writes, Vec::<String>::new());
    assert_eq!(again.processes, 4, "instance, secrets, AUTH string, URL");
    assert_eq!((versions(&lab, "redis-url"), versions(&lab, "redis-ca")), (1, 1));

    // The digest is lost: the value is read, found to be right, and only the digest is written.
    let key = format!("secretmanager/projects/{PROJECT}/secrets/redis-ca");
    let mut secret = lab.object(&key);
    secret["annotations"] = json!({});
    lab.arrange(json!([{"key": key, "data": secret}]));
    let run = lab.apply(&steps(&config)).well();
    assert_eq!(run.plan(), ["~ secret/redis-ca digest"]);
    assert_eq!(versions(&lab, "redis-ca"), 1);

    // Google rotates the instance's authority: for a while there are two.
    let mut rotated = instance.clone();
    let next = json!({"cert": "-----BEGIN CERTIFICATE-----\nnext\n-----END CERTIFICATE-----"});
    rotated["serverCaCerts"].as_array_mut().unwrap().push(next);
    lab.arrange(json!([{"key": INSTANCE, "data": rotated}]));
    let run = lab.apply(&steps(&config)).well();
    assert_eq!(run.plan(), ["~ secret/redis-ca value"]);
    let bundle = value(&lab, "redis-ca");
    assert!(bundle.contains("\nnext\n") && bundle.contains(pem.trim()), "{bundle}");
    assert_eq!(lab.apply(&steps(&config)).well().writes, Vec::<String>::new());
    assert_eq!((versions(&lab, "redis-url"), versions(&lab, "redis-ca")), (1, 2));
    lab.no_violations();
}

#[test]
fn wherever_a_run_ends_the_next_one_goes_on() {
    let lab = lab();
    let config = config();
    let writes = [
        "locations/us-central1/instances",
        "secrets",
        "secrets/redis-url:addVersion",
        "secrets",
        "secrets/redis-ca:addVersion",
        "secrets/redis-ca",
    ];
    for (done, write) in writes.iter().enumerate() {
        lab.fault(json!({"match": "^(POST|PATCH) (redis|secretmanager)", "times": 1,
                         "action": {"status_after": {"code": 403, "message": "The run ends here."}}}));
        let run = lab.apply(&steps(&config));
        assert!(run.result.is_err(), "after {done} writes");
        lab.faults_struck();
        assert_eq!(run.writes.len(), 1, "after {done} writes: {:?}", run.writes);
        assert!(run.writes[0].ends_with(&format!("{PROJECT}/{write}")), "{:?}", run.writes);
    }
    assert_eq!(lab.apply(&steps(&config)).well().writes, Vec::<String>::new());
    assert_eq!(value(&lab, "redis-url"), url(&lab));
    assert_eq!((versions(&lab, "redis-url"), versions(&lab, "redis-ca")), (1, 1));
}

#[test]
fn what_can_be_changed_is_changed_in_place_and_the_url_follows_in_the_same_run() {
    let lab = lab();
    let mut config = config();
    lab.apply(&first(&config, 2)).well();

    config.redis.memory_gb = 2;
    config.redis.version = "REDIS_7_2".into();
    config.redis.auth = false;
    config.redis.rdb_snapshot_period = Some("1h".into());
    config.redis.maintenance = config::model::Maintenance { day: config::model::Day::Monday, hour: 0 };
    config.project.labels.insert("team".into(), "x".into());
    let run = lab.apply(&first(&config, 2)).well();
    assert_eq!(
        run.plan(),
        [
            "~ redis-instance/codementor-cache version memory_gb auth rdb_snapshot_period maintenance.day \
             maintenance.hour labels.team",
            "~ secret/redis-url labels.team value",
        ]
    );
    assert!(lab.object(INSTANCE)["authEnabled"].is_null());
    assert_eq!(value(&lab, "redis-url"), url(&lab), "the URL was compared before AUTH was switched off");
    assert_eq!(lab.apply(&first(&config, 2)).well().writes, Vec::<String>::new());

    config.redis.auth = true;
    config.redis.rdb_snapshot_period = None;
    let run = lab.apply(&first(&config, 2)).well();
    assert_eq!(
        run.plan(),
        ["~ redis-instance/codementor-cache auth rdb_snapshot_period", "~ secret/redis-url value"]
    );
    assert_eq!(value(&lab, "redis-url"), url(&lab));
    assert_eq!(lab.apply(&first(&config, 2)).well().writes, Vec::<String>::new());

    // Of what differs, only what is in the way is named.
    config.redis.tier = config::model::RedisTier::Standard;
    config.redis.tls = false;
    config.redis.memory_gb = 5;
    let run = lab.apply(&first(&config, 2));
    insta::assert_snapshot!(person(&run));
    assert_eq!(run.writes, Vec::<String>::new());
}

#[test]
fn without_tls_and_auth_the_url_is_plain_and_there_is_no_authority() {
    let lab = lab();
    let mut config = config();
    (config.redis.tls, config.redis.auth) = (false, false);
    lab.apply(&steps(&config)).well();
    assert_eq!(value(&lab, "redis-url"), url(&lab));
    assert!(url(&lab).starts_with("redis://10.20."), "{}", url(&lab));
    assert!(lab.object(&format!("secretmanager/projects/{PROJECT}/secrets/redis-ca")).is_null());
    assert_eq!(lab.apply(&steps(&config)).well().writes, Vec::<String>::new());
}

#[test]
fn an_instance_that_is_not_ready_is_waited_for() {
    let lab = lab();
    let config = config();
    for state in ["CREATING", "UPDATING", "DELETING", "MAINTENANCE"] {
        let name = INSTANCE.strip_prefix("redis/").unwrap();
        lab.arrange(json!([{"key": INSTANCE, "data": {"name": name, "state": state}}]));
        let plan = lab.plan(&first(&config, 1)).well().plan();
        assert_eq!(plan[0], "> redis-instance/codementor-cache", "{state}");
    }
}
