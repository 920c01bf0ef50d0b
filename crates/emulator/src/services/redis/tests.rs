use crate::services::private_fixture::{NETWORK, network, peered};
use crate::testing::Testing;
use serde_json::{Value, json};

const HOST: &str = "redis.googleapis.com";
const PLACE: &str = "/v1/projects/p/locations/us-central1";

fn wanted() -> Value {
    json!({"tier": "BASIC", "memorySizeGb": 1, "redisVersion": "REDIS_7_0", "authorizedNetwork": NETWORK,
           "connectMode": "PRIVATE_SERVICE_ACCESS", "authEnabled": true, "transitEncryptionMode": "SERVER_AUTHENTICATION",
           "persistenceConfig": {"persistenceMode": "RDB", "rdbSnapshotPeriod": "TWELVE_HOURS"},
           "maintenancePolicy": {"weeklyMaintenanceWindow": [{"day": "SUNDAY", "startTime": {"hours": 5}}]}})
}

fn with(change: Value) -> Value {
    let mut body = wanted();
    crate::world::merge(&mut body, &change);
    body
}

fn create(t: &mut Testing, body: Value) -> (u16, Value) {
    t.call("POST", HOST, &format!("{PLACE}/instances?instanceId=r"), body)
}

fn get(t: &mut Testing) -> Value {
    t.ok("GET", HOST, &format!("{PLACE}/instances/r"), Value::Null)
}

fn patch(t: &mut Testing, mask: &str, body: Value) -> (u16, Value) {
    t.call("PATCH", HOST, &format!("{PLACE}/instances/r?updateMask={mask}"), body)
}

#[test]
fn an_instance_with_tls_has_a_certificate_and_another_port() {
    let mut t = Testing::new();
    peered(&mut t);
    let (status, operation) = create(&mut t, wanted());
    assert_eq!((status, &operation["done"]), (200, &json!(true)));
    assert_eq!(operation["response"]["state"], "READY");
    let instance = get(&mut t);
    assert_eq!(instance["port"], 6378);
    assert!(instance["host"].as_str().unwrap().starts_with("10.20."), "{instance}");
    let pem = instance["serverCaCerts"][0]["cert"].as_str().unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    assert_eq!(instance["maintenancePolicy"]["weeklyMaintenanceWindow"][0]["duration"], "3600s");
    let auth = t.ok("GET", HOST, &format!("{PLACE}/instances/r/authString"), Value::Null);
    assert_eq!(auth["authString"].as_str().unwrap().len(), 36);
    assert!(!instance.to_string().contains(auth["authString"].as_str().unwrap()));
}

#[test]
fn without_tls_and_auth_there_is_neither() {
    let mut t = Testing::new();
    peered(&mut t);
    create(&mut t, with(json!({"authEnabled": false, "transitEncryptionMode": "DISABLED"})));
    let instance = get(&mut t);
    assert_eq!((&instance["port"], &instance["serverCaCerts"]), (&json!(6379), &Value::Null));
    let auth = t.ok("GET", HOST, &format!("{PLACE}/instances/r/authString"), Value::Null);
    assert_eq!(auth, json!({}));
}

#[test]
fn private_access_needs_the_peering() {
    let mut t = Testing::new();
    let (status, answer) = create(&mut t, wanted());
    assert_eq!(status, 400);
    assert_eq!(answer["error"]["message"], "Network name is not valid. Specify a valid name and try again.");
    network(&mut t);
    let (status, answer) = create(&mut t, wanted());
    assert_eq!(status, 400);
    let text = answer["error"]["message"].as_str().unwrap();
    assert!(text.starts_with("Google private service access is not enabled"), "{text}");
}

#[test]
fn what_google_refuses() {
    let mut t = Testing::new();
    peered(&mut t);
    for (why, change) in [
        ("no tier", json!({"tier": null})),
        ("no memory", json!({"memorySizeGb": 0})),
        ("too much memory", json!({"memorySizeGb": 301})),
        ("version", json!({"redisVersion": "REDIS_9_0"})),
        ("a replica on basic", json!({"replicaCount": 1})),
        ("read replicas on basic", json!({"readReplicasMode": "READ_REPLICAS_ENABLED"})),
        (
            "small with read replicas",
            json!({"tier": "STANDARD_HA", "readReplicasMode": "READ_REPLICAS_ENABLED"}),
        ),
        ("config", json!({"redisConfigs": {"save": "60"}})),
        ("config value", json!({"redisConfigs": {"maxmemory-policy": "lru"}})),
        ("label", json!({"labels": {"App": "x"}})),
        ("period without rdb", json!({"persistenceConfig": {"persistenceMode": "DISABLED"}})),
        ("no day", json!({"maintenancePolicy": {"weeklyMaintenanceWindow": [{"startTime": {"hours": 5}}]}})),
        (
            "hour",
            json!({"maintenancePolicy": {"weeklyMaintenanceWindow": [{"day": "SUNDAY", "startTime": {"hours": 24}}]}}),
        ),
        ("network", json!({"authorizedNetwork": "n"})),
        ("docker's range", json!({"connectMode": "DIRECT_PEERING", "reservedIpRange": "172.17.0.0/29"})),
        ("range of another size", json!({"connectMode": "DIRECT_PEERING", "reservedIpRange": "10.9.0.0/24"})),
        ("zone", json!({"locationId": "europe-west1-b"})),
    ] {
        let (status, answer) = create(&mut t, with(change));
        assert_eq!(status, 400, "{why}: {answer}");
    }
    let bad = t.refused("POST", HOST, &format!("{PLACE}/instances?instanceId=Bad_1"), wanted());
    assert_eq!(bad.0, 400);
    let elsewhere =
        t.refused("POST", HOST, "/v1/projects/p/locations/mars-1/instances?instanceId=r", wanted());
    assert_eq!(elsewhere.0, 403);
    assert_eq!(create(&mut t, wanted()).0, 200);
    let (status, answer) = create(&mut t, wanted());
    assert_eq!((status, &answer["error"]["status"]), (409, &json!("ALREADY_EXISTS")));
}

#[test]
fn an_update_honours_its_mask_so_that_auth_stays_on() {
    let mut t = Testing::new();
    peered(&mut t);
    create(&mut t, wanted());
    let before = t.ok("GET", HOST, &format!("{PLACE}/instances/r/authString"), Value::Null);
    let body = with(json!({"authEnabled": false, "memorySizeGb": 2, "tier": "STANDARD_HA"}));
    assert_eq!(patch(&mut t, "memory_size_gb", body).0, 200);
    let instance = get(&mut t);
    assert_eq!(
        (&instance["memorySizeGb"], &instance["authEnabled"], &instance["tier"], &instance["state"]),
        (&json!(2), &json!(true), &json!("BASIC"), &json!("READY"))
    );
    let after = t.ok("GET", HOST, &format!("{PLACE}/instances/r/authString"), Value::Null);
    assert_eq!(before, after);
    for mask in ["tier", "connect_mode", "authorizedNetwork", "transit_encryption_mode", "nonsense", ""] {
        assert_eq!(patch(&mut t, mask, wanted()).0, 400, "{mask}");
    }
    assert_eq!(patch(&mut t, "auth_enabled", with(json!({"authEnabled": false}))).0, 200);
    let off = t.ok("GET", HOST, &format!("{PLACE}/instances/r/authString"), Value::Null);
    assert_eq!(off, json!({}));
}

#[test]
fn one_change_at_a_time() {
    let mut t = Testing::slow();
    peered(&mut t);
    let (_, operation) = create(&mut t, wanted());
    assert_eq!(operation["done"], false);
    assert_eq!(get(&mut t)["state"], "CREATING");
    assert!(get(&mut t)["host"].is_null());
    let (status, answer) = patch(&mut t, "memory_size_gb", with(json!({"memorySizeGb": 2})));
    assert_eq!((status, &answer["error"]["status"]), (400, &json!("FAILED_PRECONDITION")));
    assert_eq!(t.refused("DELETE", HOST, &format!("{PLACE}/instances/r"), Value::Null).0, 400);
    t.finish();
    let name = format!("/v1/{}", operation["name"].as_str().unwrap());
    assert_eq!(t.ok("GET", HOST, &name, Value::Null)["done"], true);
    t.ok("DELETE", HOST, &format!("{PLACE}/instances/r"), Value::Null);
    assert_eq!(get(&mut t)["state"], "DELETING");
    t.finish();
    assert_eq!(t.refused("GET", HOST, &format!("{PLACE}/instances/r"), Value::Null).0, 404);
}

#[test]
fn an_upgrade_goes_up_only() {
    let mut t = Testing::new();
    peered(&mut t);
    create(&mut t, wanted());
    let target = format!("{PLACE}/instances/r:upgrade");
    assert_eq!(t.refused("POST", HOST, &target, json!({"redisVersion": "REDIS_6_X"})).0, 400);
    t.ok("POST", HOST, &target, json!({"redisVersion": "REDIS_7_2"}));
    assert_eq!(get(&mut t)["redisVersion"], "REDIS_7_2");
    let failover = t.refused("POST", HOST, &format!("{PLACE}/instances/r:failover"), json!({}));
    assert_eq!(failover.0, 400, "basic has one node");
}
