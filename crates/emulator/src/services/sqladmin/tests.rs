use crate::services::private_fixture::{NETWORK, network, peered};
use crate::testing::Testing;
use serde_json::{Value, json};

const HOST: &str = "sqladmin.googleapis.com";
const INSTANCES: &str = "/sql/v1beta4/projects/p/instances";

fn wanted() -> Value {
    json!({"name": "i", "region": "us-central1", "databaseVersion": "POSTGRES_15", "settings": {
        "tier": "db-f1-micro", "edition": "ENTERPRISE", "dataDiskSizeGb": "10", "dataDiskType": "PD_SSD",
        "ipConfiguration": {"ipv4Enabled": false, "sslMode": "ENCRYPTED_ONLY",
            "privateNetwork": "https://compute.googleapis.com/compute/v1/projects/111/global/networks/n"},
        "backupConfiguration": {"enabled": true, "startTime": "03:00", "pointInTimeRecoveryEnabled": true},
        "databaseFlags": [{"name": "max_connections", "value": "100"}],
        "maintenanceWindow": {"day": 7, "hour": 4}}})
}

fn with(change: Value) -> Value {
    let mut body = wanted();
    crate::world::merge(&mut body, &change);
    body
}

fn create(t: &mut Testing, body: Value) -> (u16, Value) {
    t.call("POST", HOST, INSTANCES, body)
}

fn get(t: &mut Testing) -> Value {
    t.ok("GET", HOST, &format!("{INSTANCES}/i"), Value::Null)
}

fn patch(t: &mut Testing, settings: Value) -> (u16, Value) {
    t.call("PATCH", HOST, &format!("{INSTANCES}/i"), json!({ "settings": settings }))
}

fn made() -> Testing {
    let mut t = Testing::new();
    peered(&mut t);
    let (status, operation) = create(&mut t, wanted());
    assert_eq!((status, &operation["status"]), (200, &json!("DONE")), "{operation}");
    t
}

#[test]
fn an_instance_gets_its_private_address_out_of_the_peering() {
    let mut t = made();
    let instance = get(&mut t);
    assert_eq!(instance["ipAddresses"], json!([{"type": "PRIVATE", "ipAddress": "10.20.0.2"}]));
    assert_eq!(instance["state"], "RUNNABLE");
    assert_eq!(instance["connectionName"], "p:us-central1:i");
    assert_eq!(instance["settings"]["ipConfiguration"]["privateNetwork"], NETWORK);
    assert_eq!(instance["settings"]["settingsVersion"], "1");
    assert!(instance["serverCaCert"]["cert"].as_str().unwrap().starts_with("-----BEGIN CERTIFICATE"));
    let databases = t.ok("GET", HOST, &format!("{INSTANCES}/i/databases"), Value::Null);
    assert_eq!(databases["items"][0]["name"], "postgres");
    t.ok("GET", HOST, &format!("{INSTANCES}/i/connectSettings"), Value::Null);
    t.ok("GET", HOST, "/sql/v1beta4/flags?databaseVersion=POSTGRES_15", Value::Null);
    t.ok("GET", HOST, "/sql/v1beta4/projects/p/tiers", Value::Null);
}

#[test]
fn a_private_instance_needs_the_peering() {
    let mut t = Testing::new();
    network(&mut t);
    let (status, answer) = create(&mut t, wanted());
    assert_eq!(status, 400);
    assert_eq!(
        answer["error"]["message"],
        "Invalid request: Incorrect Service Networking config for instance: p:i:NETWORK_NOT_PEERED."
    );
    t.world().remove("serviceusage/projects/p/services/servicenetworking.googleapis.com");
    let (_, answer) = create(&mut t, wanted());
    let text = answer["error"]["message"].as_str().unwrap();
    assert!(text.contains("p:i:SERVICE_NETWORKING_NOT_ENABLED"), "{text}");
}

#[test]
fn what_google_refuses() {
    let mut t = Testing::new();
    peered(&mut t);
    let settings = |settings: Value| with(json!({ "settings": settings }));
    for (why, body) in [
        ("name", with(json!({"name": "Bad_1"}))),
        ("long name", with(json!({"name": "a".repeat(98)}))),
        ("region", with(json!({"region": "mars"}))),
        ("small tier, big edition", settings(json!({"edition": "ENTERPRISE_PLUS"}))),
        ("big tier, small edition", settings(json!({"tier": "db-perf-optimized-N-2"}))),
        ("predefined tier", settings(json!({"tier": "db-n1-standard-1"}))),
        ("unknown tier", settings(json!({"tier": "huge"}))),
        ("odd CPUs", settings(json!({"tier": "db-custom-3-7680"}))),
        ("little memory", settings(json!({"tier": "db-custom-8-3840"}))),
        ("memory not in steps", settings(json!({"tier": "db-custom-2-7681"}))),
        ("small disk", settings(json!({"dataDiskSizeGb": "5"}))),
        ("PITR without backups", settings(json!({"backupConfiguration": {"enabled": false}}))),
        ("backup time", settings(json!({"backupConfiguration": {"startTime": "25:00"}}))),
        ("log days", settings(json!({"backupConfiguration": {"transactionLogRetentionDays": 14}}))),
        (
            "HA without backups",
            settings(
                json!({"availabilityType": "REGIONAL", "backupConfiguration": {"enabled": false, "pointInTimeRecoveryEnabled": false}}),
            ),
        ),
        ("window", settings(json!({"maintenanceWindow": {"day": 8}}))),
        ("no way in", settings(json!({"ipConfiguration": {"privateNetwork": null}}))),
        ("unknown flag", settings(json!({"databaseFlags": [{"name": "fsync", "value": "off"}]}))),
        ("flag's value", settings(json!({"databaseFlags": [{"name": "max_connections", "value": "1"}]}))),
        (
            "a flag twice",
            settings(
                json!({"databaseFlags": [{"name": "autovacuum", "value": "on"}, {"name": "autovacuum", "value": "off"}]}),
            ),
        ),
        ("range", settings(json!({"ipConfiguration": {"allocatedIpRange": "other"}}))),
    ] {
        let (status, answer) = create(&mut t, body);
        assert_eq!(status, 400, "{why}: {answer}");
    }
    assert_eq!(create(&mut t, wanted()).0, 200);
    let (status, answer) = create(&mut t, wanted());
    assert_eq!((status, &answer["error"]["errors"][0]["reason"]), (409, &json!("instanceAlreadyExists")));
}

#[test]
fn one_operation_at_a_time() {
    let mut t = Testing::slow();
    peered(&mut t);
    let (_, operation) = create(&mut t, wanted());
    assert_eq!(operation["status"], "PENDING");
    assert_eq!(get(&mut t)["state"], "PENDING_CREATE");
    assert!(get(&mut t)["ipAddresses"].is_null());
    let (status, answer) = patch(&mut t, json!({"tier": "db-g1-small"}));
    assert_eq!(status, 409);
    let text = answer["error"]["message"].as_str().unwrap();
    assert!(
        text.starts_with("Operation failed because another operation was already in progress."),
        "{text}"
    );
    assert_eq!(t.refused("POST", HOST, &format!("{INSTANCES}/i/databases"), json!({"name": "d"})).0, 409);
    t.finish();
    assert_eq!(patch(&mut t, json!({"tier": "db-g1-small"})).0, 200);
    assert_eq!(get(&mut t)["settings"]["tier"], "db-f1-micro", "not before the operation's end");
    t.finish();
    assert_eq!(get(&mut t)["settings"]["tier"], "db-g1-small");
    let operations = t.ok("GET", HOST, "/sql/v1beta4/projects/p/operations?instance=i", Value::Null);
    let kinds: Vec<&str> = operations["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|o| o["operationType"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["UPDATE", "CREATE"]);
}

#[test]
fn a_failed_creation_leaves_a_failed_instance() {
    let mut t = Testing::new();
    peered(&mut t);
    let failure = crate::operation::Failure { code: 13, name: "INTERNAL_ERROR".into(), message: "no".into() };
    t.failure = Some(failure);
    let (status, operation) = create(&mut t, wanted());
    assert_eq!((status, &operation["error"]["errors"][0]["code"]), (200, &json!("INTERNAL_ERROR")));
    assert_eq!(get(&mut t)["state"], "FAILED");
    let (status, text) = t.refused("POST", HOST, &format!("{INSTANCES}/i/databases"), json!({"name": "d"}));
    assert_eq!(
        (status, text.as_str()),
        (400, "Invalid request: Invalid request since instance is not running.")
    );
}

#[test]
fn a_change_is_merged_and_counted() {
    let mut t = made();
    assert_eq!(patch(&mut t, json!({"maintenanceWindow": {"hour": 5}})).0, 200);
    let instance = get(&mut t);
    assert_eq!(instance["settings"]["maintenanceWindow"]["day"], 7);
    assert_eq!(instance["settings"]["settingsVersion"], "2");
    assert_eq!(instance["ipAddresses"], json!([{"type": "PRIVATE", "ipAddress": "10.20.0.2"}]));
    assert_eq!(patch(&mut t, json!({"settingsVersion": "1"})).0, 412, "stale");
    assert_eq!(patch(&mut t, json!({"dataDiskSizeGb": "20"})).0, 200);
    assert_eq!(patch(&mut t, json!({"dataDiskSizeGb": "15"})).0, 400, "a disk does not shrink");
    assert_eq!(patch(&mut t, json!({"dataDiskType": "PD_HDD"})).0, 400);
    assert_eq!(
        patch(&mut t, json!({"ipConfiguration": {"privateNetwork": null, "ipv4Enabled": true}})).0,
        400
    );
    let target = format!("{INSTANCES}/i");
    assert_eq!(t.refused("PATCH", HOST, &target, json!({"region": "us-east1"})).0, 400);
    assert_eq!(t.refused("PATCH", HOST, &target, json!({"databaseVersion": "POSTGRES_14"})).0, 400);
    t.ok("PATCH", HOST, &target, json!({"databaseVersion": "POSTGRES_16"}));
    assert_eq!(get(&mut t)["databaseVersion"], "POSTGRES_16");
}

#[test]
fn a_protected_instance_stays_and_a_deleted_name_is_free() {
    let mut t = made();
    patch(&mut t, json!({"deletionProtectionEnabled": true}));
    let target = format!("{INSTANCES}/i");
    let (status, text) = t.refused("DELETE", HOST, &target, Value::Null);
    assert_eq!(status, 400);
    assert!(text.starts_with("The instance is protected."), "{text}");
    patch(&mut t, json!({"deletionProtectionEnabled": false}));
    t.ok("DELETE", HOST, &target, Value::Null);
    let (status, text) = t.refused("GET", HOST, &target, Value::Null);
    assert_eq!((status, text.as_str()), (404, "The Cloud SQL instance does not exist."));
    assert_eq!(create(&mut t, wanted()).0, 200);
}

#[test]
fn a_password_is_set_and_never_shown() {
    let mut t = made();
    let users = format!("{INSTANCES}/i/users");
    t.ok("POST", HOST, &users, json!({"name": "app", "password": "s3cret"}));
    assert_eq!(t.refused("POST", HOST, &users, json!({"name": "app", "password": "x"})).0, 400);
    let listed = t.ok("GET", HOST, &users, Value::Null);
    let names: Vec<&str> =
        listed["items"].as_array().unwrap().iter().map(|u| u["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["app", "postgres"]);
    assert!(!listed.to_string().contains("s3cret"));
    let key = "sqladmin/projects/p/instances/i/users/app";
    assert_eq!(t.world().hidden(key)["password"], "s3cret");
    t.ok("PUT", HOST, &format!("{users}?name=app"), json!({"name": "app"}));
    assert_eq!(t.world().hidden(key)["password"], "s3cret", "without a password nothing changes");
    t.ok("PUT", HOST, &format!("{users}?name=app"), json!({"name": "app", "password": "other"}));
    assert_eq!(t.world().hidden(key)["password"], "other");
    assert_eq!(t.refused("PUT", HOST, &format!("{users}?name=nope"), json!({"password": "x"})).0, 404);
    t.ok("DELETE", HOST, &format!("{users}?name=app"), Value::Null);
    assert_eq!(t.refused("GET", HOST, &format!("{users}/app"), Value::Null).0, 404);
}

#[test]
fn databases_come_and_go() {
    let mut t = made();
    let databases = format!("{INSTANCES}/i/databases");
    t.ok("POST", HOST, &databases, json!({"name": "d"}));
    assert_eq!(t.ok("GET", HOST, &format!("{databases}/d"), Value::Null)["charset"], "UTF8");
    let (status, text) = t.refused("POST", HOST, &databases, json!({"name": "d"}));
    assert_eq!(status, 400);
    assert!(text.contains("database \"d\" already exists"), "{text}");
    assert_eq!(t.refused("DELETE", HOST, &format!("{databases}/postgres"), Value::Null).0, 400);
    t.ok("DELETE", HOST, &format!("{databases}/d"), Value::Null);
    assert_eq!(t.refused("GET", HOST, &format!("{databases}/d"), Value::Null).0, 404);
}

const STORAGE: &str = "storage.googleapis.com";

/// An instance with a database, two users, and a bucket with this file.
fn with_file(version: &str, sql: &str) -> Testing {
    let mut t = Testing::new();
    peered(&mut t);
    t.world().put("serviceusage/projects/p/services/storage.googleapis.com", json!({"state": "ENABLED"}));
    let settings = json!({"edition": "ENTERPRISE"});
    t.ok("POST", HOST, INSTANCES, with(json!({"databaseVersion": version, "settings": settings})));
    t.ok("POST", HOST, &format!("{INSTANCES}/i/databases"), json!({"name": "d"}));
    for user in ["a", "b"] {
        t.ok("POST", HOST, &format!("{INSTANCES}/i/users"), json!({"name": user, "password": user}));
    }
    t.ok("POST", STORAGE, "/storage/v1/b?project=p", json!({"name": "bucket-1"}));
    let content = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, sql);
    let mut world = t.world();
    world.put("storage/b/bucket-1/o/f.sql", json!({"name": "f.sql", "bucket": "bucket-1"}));
    world.hide("storage/b/bucket-1/o/f.sql", json!({ "content": content }));
    drop(world);
    t
}

fn permit(t: &mut Testing) {
    let account = get(t)["serviceAccountEmailAddress"].as_str().unwrap().to_owned();
    let bindings =
        json!([{"role": "roles/storage.objectViewer", "members": [format!("serviceAccount:{account}")]}]);
    t.ok("PUT", STORAGE, "/storage/v1/b/bucket-1/iam", json!({ "bindings": bindings }));
}

fn import(t: &mut Testing, change: Value) -> (u16, Value) {
    let mut context = json!({"kind": "sql#importContext", "fileType": "SQL", "uri": "gs://bucket-1/f.sql",
                             "database": "d", "importUser": "a"});
    crate::world::merge(&mut context, &change);
    t.call("POST", HOST, &format!("{INSTANCES}/i/import"), json!({ "importContext": context }))
}

fn user_b(t: &mut Testing) -> Value {
    t.world().hidden("sqladmin/projects/p/instances/i/users/b").clone()
}

#[test]
fn an_import_makes_one_user_act_as_another() {
    let mut t = with_file("POSTGRES_15", "GRANT \"a\" TO \"b\";\nALTER ROLE \"b\" SET ROLE \"a\";\n");
    let (status, answer) = import(&mut t, json!({}));
    assert_eq!(
        (status, &answer["error"]["message"]),
        (403, &json!("The service account does not have the required permissions for the bucket."))
    );
    permit(&mut t);
    for (change, status) in [
        (json!({"uri": "gs://bucket-1/none.sql"}), 404),
        (json!({"uri": "bucket-1/f.sql"}), 400),
        (json!({"database": "none"}), 400),
        (json!({"database": null}), 400),
        (json!({"fileType": "CSV"}), 400),
    ] {
        assert_eq!(import(&mut t, change.clone()).0, status, "{change}");
    }
    let (_, operation) = import(&mut t, json!({}));
    assert_eq!((&operation["operationType"], &operation["error"]), (&json!("IMPORT"), &Value::Null));
    let acting = json!({"password": "b", "member_of": ["a"], "acts_as": "a"});
    assert_eq!(user_b(&mut t), acting);
    import(&mut t, json!({}));
    assert_eq!(user_b(&mut t), acting, "again: nothing new");
    t.ok("PUT", HOST, &format!("{INSTANCES}/i/users?name=b"), json!({"name": "b", "password": "other"}));
    assert_eq!(user_b(&mut t)["acts_as"], "a", "another password changes nothing else");
}

#[test]
fn what_the_database_refuses_fails_the_operation() {
    let failed = |version: &str, sql: &str, user: &str| {
        let mut t = with_file(version, sql);
        permit(&mut t);
        let (status, operation) = import(&mut t, json!({ "importUser": user }));
        assert_eq!((status, &operation["error"]["errors"][0]["code"]), (200, &json!("ERROR_RDBMS")));
        operation["error"]["errors"][0]["message"].as_str().unwrap().to_owned()
    };
    let grant = "GRANT a TO b;";
    assert!(failed("POSTGRES_15", grant, "c").ends_with("role \"c\" does not exist"));
    assert!(failed("POSTGRES_15", "GRANT c TO b;", "a").ends_with("role \"c\" does not exist"));
    let circle = failed("POSTGRES_15", "GRANT a TO b; GRANT b TO a;", "a");
    assert!(circle.ends_with("role \"b\" is a member of role \"a\""), "{circle}");
    assert!(failed("POSTGRES_16", grant, "a").contains("permission denied to grant role \"a\""));
    let mut t = with_file("POSTGRES_15", "DROP TABLE users;");
    permit(&mut t);
    let (status, answer) = import(&mut t, json!({}));
    let text = answer["error"]["message"].as_str().unwrap();
    assert!(status == 400 && text.contains("does not understand this SQL: DROP TABLE users"), "{text}");
}
