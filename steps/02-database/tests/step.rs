//! The step through gcloud (the stand-in unless `TEST_GCLOUD` names another), against an emulator in the test's process.

#![allow(clippy::unwrap_used)]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use config::Config;
use engine::{Error, Step};
use percent_encoding::percent_decode_str;
use resources::lab::{Lab, PROJECT, Run, given};
use resources::network::peering_address;
use serde_json::{Value, json};

const SQL: &str = "sqladmin.googleapis.com";
const SECRETS: &str = "secretmanager.googleapis.com";
const INSTANCE: &str = "sqladmin/projects/proj-one/instances/codementor-db";

fn config() -> Config {
    let mut config = Config::default();
    config.project.id = PROJECT.to_owned();
    config
}

fn steps(config: &Config) -> Vec<Step> {
    vec![given([peering_address(&config.network.name)]), step_database::step(config)]
}

/// The instance alone, for what concerns nothing else: a gcloud process takes its time.
fn instance_only(config: &Config) -> Vec<Step> {
    let mut steps = steps(config);
    steps[1].items.truncate(1);
    steps
}

/// A project whose network has its private services access.
fn lab() -> Lab {
    let lab = Lab::new(&[
        "compute.googleapis.com",
        "servicenetworking.googleapis.com",
        "sqladmin.googleapis.com",
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

/// The user, the secret and the URL must say the same password.
fn agree(lab: &Lab, user: &str) {
    let world = lab.world();
    let latest = versions(lab, "db-password");
    let stored = &world[format!("secretmanager/projects/{PROJECT}/secrets/db-password/versions/{latest}")];
    let set = &world[format!("{INSTANCE}/users/{user}")];
    assert!(set["hidden"]["password"].is_string(), "{set}");
    assert_eq!(set["hidden"]["password"], stored["hidden"]["data"]);
    let url = value(lab, "database-url");
    let (login, place) = url.strip_prefix("postgresql://").unwrap().rsplit_once('@').unwrap();
    assert_eq!(place, "10.20.0.2:5432/codementor");
    let (name, password) = login.split_once(':').unwrap();
    assert_eq!(name, user);
    let password = percent_decode_str(password).decode_utf8().unwrap().into_owned();
    assert!(password == value(lab, "db-password"), "the URL has another password than the secret");
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
fn everything_is_made_once_and_a_password_that_is_changed_in_the_secret_goes_everywhere() {
    let lab = lab();
    let config = config();
    // Carried out, but the answer is lost: gcloud sends it again by itself, and is told that it is there already.
    for path in ["/instances\\?", "/databases\\?", "/users\\?", "/secrets\\?"] {
        lab.fault(json!({"match": format!("^POST .*{path}"), "times": 1, "action": {"drop_after": {}}}));
    }
    lab.apply(&steps(&config)).well();
    lab.faults_struck();
    let instance = lab.object(INSTANCE);
    assert_eq!(instance["state"], "RUNNABLE");
    insta::assert_json_snapshot!(instance["settings"]);
    assert!(lab.object(&format!("{INSTANCE}/databases/codementor")).is_object());
    assert!(value(&lab, "db-password").len() >= 32);
    agree(&lab, "codementor");

    let again = lab.apply(&steps(&config)).well();
    assert_eq!(again.writes, Vec::<String>::new());
    assert_eq!(again.plan(), Vec::<String>::new());
    assert_eq!(again.processes, 6, "instance, databases, users, secrets, two values");
    assert_eq!((versions(&lab, "db-password"), versions(&lab, "database-url")), (1, 1));

    // Somebody rotates the password by hand, to one that no URL can carry as it is.
    let odd = "p@ss/w:o?r#d %41+&\"'\\é ü";
    let body = json!({"payload": {"data": STANDARD.encode(odd)}});
    lab.ok("POST", SECRETS, &format!("/v1/projects/{PROJECT}/secrets/db-password:addVersion"), body);
    let mended = lab.apply(&steps(&config)).well();
    assert_eq!(mended.plan(), ["~ sql-user/codementor password", "~ secret/database-url value"]);
    assert_eq!(value(&lab, "db-password"), odd);
    agree(&lab, "codementor");
    assert_eq!((versions(&lab, "db-password"), versions(&lab, "database-url")), (2, 2));
    assert_eq!(lab.apply(&steps(&config)).well().writes, Vec::<String>::new());
    lab.no_violations();
}

#[test]
fn wherever_a_run_ends_the_next_one_goes_on_and_nothing_disagrees() {
    let lab = lab();
    let config = config();
    // Each run ends right after the last of these writes was carried out, as if it had been killed there.
    let runs: [&[&str]; 8] = [
        &["POST instances"],
        &["POST instances/codementor-db/databases"],
        &["POST secrets"],
        &["POST secrets/db-password:addVersion"],
        &["POST instances/codementor-db/users"],
        // It was not noted which password the user has: the user gets it once more.
        &["PUT instances/codementor-db/users", "PATCH secrets/db-password"],
        &["POST secrets"],
        &["POST secrets/database-url:addVersion"],
    ];
    for wanted in runs {
        lab.fault(
            json!({"match": "^(POST|PUT|PATCH) (sqladmin|secretmanager)", "nth": wanted.len(), "times": 1,
                         "action": {"status_after": {"code": 403, "message": "The run ends here."}}}),
        );
        let run = lab.apply(&steps(&config));
        assert!(run.result.is_err(), "{wanted:?}");
        lab.faults_struck();
        let short = |write: &String| {
            let (verb, path) = write.split_once(' ').unwrap();
            format!("{verb} {}", path.rsplit_once(&format!("{PROJECT}/")).unwrap().1)
        };
        assert_eq!(run.writes.iter().map(short).collect::<Vec<_>>(), wanted);
    }
    let last = lab.apply(&steps(&config)).well();
    assert_eq!(last.writes, Vec::<String>::new(), "all was done when the last run ended");
    agree(&lab, "codementor");
    assert_eq!((versions(&lab, "db-password"), versions(&lab, "database-url")), (1, 1));
}

#[test]
fn what_can_be_changed_is_changed_in_place_and_the_rest_asks_a_person() {
    let lab = lab();
    let mut config = config();
    lab.apply(&instance_only(&config)).well();

    config.database.tier = "db-custom-2-7680".into();
    config.database.storage_gb = 20;
    config.database.availability = config::model::Availability::Regional;
    config.database.backup_start = "04:00".into();
    config.database.retained_backups = 14;
    config.database.pitr = false;
    config.database.maintenance = config::model::Maintenance { day: config::model::Day::Monday, hour: 0 };
    config.database.flags = [("log_statement", "ddl"), ("timezone", "Europe/Rome")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    config.database.deletion_protection = true;
    let run = lab.apply(&instance_only(&config)).well();
    assert_eq!(
        run.plan(),
        ["~ sql-instance/codementor-db tier storage_gb availability backup_start retained_backups pitr \
          maintenance.day maintenance.hour deletion_protection flags"]
    );
    assert_eq!(run.writes, [format!("PATCH /sql/v1beta4/projects/{PROJECT}/instances/codementor-db")]);
    insta::assert_json_snapshot!(lab.object(INSTANCE)["settings"]);
    assert_eq!(lab.apply(&instance_only(&config)).well().writes, Vec::<String>::new());

    // Opened to the world by hand, and grown by itself.
    let path = format!("/sql/v1beta4/projects/{PROJECT}/instances/codementor-db");
    let settings = json!({"dataDiskSizeGb": "40", "ipConfiguration": {"ipv4Enabled": true, "sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED"}});
    lab.ok("PATCH", SQL, &path, json!({ "settings": settings }));
    config.database.pitr = true;
    config.database.flags.clear();
    let run = lab.apply(&instance_only(&config)).well();
    assert_eq!(run.plan(), ["~ sql-instance/codementor-db pitr public address TLS flags"]);
    assert_eq!(lab.object(INSTANCE)["settings"]["dataDiskSizeGb"], "40");
    assert_eq!(lab.apply(&instance_only(&config)).well().writes, Vec::<String>::new());

    // Of what differs, only what is in the way is named; and there is a way up, but none down.
    config.database.tier = "db-f1-micro".into();
    for version in ["POSTGRES_16", "POSTGRES_14"] {
        config.database.version = version.into();
        let run = lab.apply(&instance_only(&config));
        insta::assert_snapshot!(person(&run));
        assert_eq!(run.writes, Vec::<String>::new());
    }
}

#[test]
fn an_instance_that_is_not_ready_is_waited_for_or_named() {
    let lab = lab();
    let config = config();
    let instance =
        |state: &str| json!([{"key": INSTANCE, "data": {"name": "codementor-db", "state": state}}]);
    for state in ["PENDING_CREATE", "PENDING_DELETE", "MAINTENANCE"] {
        lab.arrange(instance(state));
        let plan = lab.plan(&instance_only(&config)).well().plan();
        assert_eq!(plan[0], "> sql-instance/codementor-db", "{state}");
    }
    lab.arrange(instance("FAILED"));
    let run = lab.apply(&instance_only(&config));
    assert!(person(&run).contains("state FAILED"), "{}", person(&run));
    assert_eq!(run.writes, Vec::<String>::new());
}

#[test]
fn a_login_that_may_not_read_the_instance_does_not_take_it_for_absent() {
    let lab = lab();
    let config = config();
    lab.arrange(json!([{"key": INSTANCE, "data": {"name": "codementor-db", "state": "RUNNABLE"}}]));
    let denied =
        json!({"status": {"code": 403, "message": "The client is not authorized to make this request."}});
    lab.fault(json!({"match": "^GET sqladmin.*/instances/codementor-db", "action": denied}));
    let run = lab.apply(&instance_only(&config));
    assert!(run.result.is_err());
    assert_eq!(run.writes, Vec::<String>::new());
    // The same answer, and no row in the list: it is not there.
    lab.arrange(json!([{"key": INSTANCE, "remove": true}]));
    let plan = lab.plan(&instance_only(&config)).well().plan();
    assert_eq!(plan[0], "+ sql-instance/codementor-db");
}
