use crate::testing::Testing;
use serde_json::{Value, json};

const HOST: &str = "vpcaccess.googleapis.com";
const AT: &str = "/v1/projects/p/locations/us-central1/connectors";

fn with_network() -> Testing {
    let mut t = Testing::new();
    add_network(&mut t);
    t
}

fn add_network(t: &mut Testing) {
    let mut world = t.world();
    world.put("compute/projects/p/global/networks/vpc", json!({"name": "vpc"}));
    world.put(
        "compute/projects/p/regions/us-central1/subnetworks/sub",
        json!({"name": "sub", "ipCidrRange": "10.128.0.0/20",
               "network": "https://www.googleapis.com/compute/v1/projects/p/global/networks/vpc"}),
    );
    world.put(
        "compute/projects/p/global/addresses/services",
        json!({"name": "services", "purpose": "VPC_PEERING", "address": "10.20.0.0", "prefixLength": 16,
               "network": "https://www.googleapis.com/compute/v1/projects/p/global/networks/vpc"}),
    );
}

fn body(range: &str) -> Value {
    json!({"network": "vpc", "ipCidrRange": range, "machineType": "f1-micro", "minInstances": 2, "maxInstances": 3})
}

#[test]
fn a_connector_is_made_read_grown_and_deleted() {
    let mut t = with_network();
    let op = t.ok("POST", HOST, &format!("{AT}?connectorId=c1"), body("10.8.0.0/28"));
    assert_eq!((&op["done"], &op["response"]["state"]), (&json!(true), &json!("READY")));
    let name = op["name"].as_str().unwrap().to_owned();
    assert_eq!(t.ok("GET", HOST, &format!("/v1/{name}"), Value::Null)["done"], true);
    let found = t.ok("GET", HOST, &format!("{AT}/c1"), Value::Null);
    assert_eq!(found["state"], "READY");
    assert_eq!(found["maxThroughput"], 300);
    assert_eq!(found["network"], "vpc");
    t.ok("PATCH", HOST, &format!("{AT}/c1?updateMask=maxInstances"), json!({"maxInstances": 5}));
    let found = t.ok("GET", HOST, &format!("{AT}/c1"), Value::Null);
    assert_eq!((&found["maxInstances"], &found["minInstances"]), (&json!(5), &json!(2)));
    assert_eq!(t.ok("GET", HOST, AT, Value::Null)["connectors"].as_array().unwrap().len(), 1);
    t.ok("DELETE", HOST, &format!("{AT}/c1"), Value::Null);
    assert_eq!(t.refused("GET", HOST, &format!("{AT}/c1"), Value::Null).0, 404);
}

#[test]
fn an_overlap_fails_the_operation_and_leaves_a_broken_connector_that_blocks_its_name() {
    for range in ["10.128.1.0/28", "10.20.7.16/28", "10.8.0.0/28"] {
        let mut t = with_network();
        t.ok("POST", HOST, &format!("{AT}?connectorId=first"), body("10.8.0.0/28"));
        let op = t.ok("POST", HOST, &format!("{AT}?connectorId=c1"), body(range));
        assert_eq!(op["error"]["code"], 3, "{range}: {op}");
        assert!(op["error"]["message"].as_str().unwrap().contains("conflicts with an existing subnetwork"));
        assert_eq!(t.ok("GET", HOST, &format!("{AT}/c1"), Value::Null)["state"], "ERROR");
        assert_eq!(t.refused("POST", HOST, &format!("{AT}?connectorId=c1"), body("10.8.1.0/28")).0, 409);
        let patch = t.refused(
            "PATCH",
            HOST,
            &format!("{AT}/c1?updateMask=max_instances"),
            json!({"maxInstances": 5}),
        );
        assert_eq!(patch.0, 400);
        t.ok("DELETE", HOST, &format!("{AT}/c1"), Value::Null);
        t.ok("POST", HOST, &format!("{AT}?connectorId=c1"), body("10.8.1.0/28"));
    }
}

#[test]
fn what_google_refuses_at_once() {
    let mut t = with_network();
    let mut refused =
        |id: &str, body: Value| t.refused("POST", HOST, &format!("{AT}?connectorId={id}"), body);
    for id in ["", "x", "Upper", "9a", "ends-", &"a".repeat(26)] {
        assert_eq!(refused(id, body("10.8.0.0/28")).0, 400, "{id}");
    }
    for range in ["10.8.0.0/27", "10.8.0.1/28", "banana"] {
        assert!(refused("c1", body(range)).1.contains("/28"), "{range}");
    }
    let with = |key: &str, value: Value| {
        let mut body = body("10.8.0.0/28");
        body[key] = value;
        body
    };
    assert!(refused("c1", with("network", json!("nope"))).1.contains("does not exist"));
    assert!(refused("c1", with("minInstances", json!(1))).1.contains("min_instances"));
    assert!(refused("c1", with("minInstances", json!(3))).1.contains("less than"));
    assert!(refused("c1", with("maxInstances", json!(11))).1.contains("max_instances"));
    assert!(refused("c1", with("machineType", json!("n1-huge"))).1.contains("machine type"));
    assert!(refused("c1", with("bogus", json!(1))).1.contains("Cannot find field"));
    assert_eq!(t.refused("POST", HOST, &AT.replace("us-central1", "moon-1"), body("10.8.0.0/28")).0, 403);
}

#[test]
fn connectors_grow_and_never_shrink() {
    let mut t = with_network();
    t.ok(
        "POST",
        HOST,
        &format!("{AT}?connectorId=c1"),
        json!({"network": "vpc", "ipCidrRange": "10.8.0.0/28"}),
    );
    let target = format!("{AT}/c1?updateMask=max_instances");
    let (status, text) = t.refused("PATCH", HOST, &target, json!({"maxInstances": 5}));
    assert_eq!(status, 400);
    assert!(text.contains("cannot be decreased from 10 to 5"), "{text}");
    let other = format!("{AT}/c1?updateMask=ip_cidr_range");
    assert_eq!(t.refused("PATCH", HOST, &other, json!({"ipCidrRange": "10.9.0.0/28"})).0, 400);
}

#[test]
fn while_it_is_being_made_it_cannot_be_deleted() {
    let mut t = Testing::slow();
    add_network(&mut t);
    let op = t.ok("POST", HOST, &format!("{AT}?connectorId=c1"), body("10.8.0.0/28"));
    assert_eq!(op["done"], false);
    assert_eq!(t.ok("GET", HOST, &format!("{AT}/c1"), Value::Null)["state"], "CREATING");
    assert_eq!(t.refused("DELETE", HOST, &format!("{AT}/c1"), Value::Null).0, 400);
    t.finish();
    assert_eq!(t.ok("GET", HOST, &format!("{AT}/c1"), Value::Null)["state"], "READY");
}
