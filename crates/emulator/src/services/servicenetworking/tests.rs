//! What service networking refuses and what its connections do.

use crate::testing::Testing;
use serde_json::{Value, json};

const HOST: &str = "servicenetworking.googleapis.com";
const CONNECTIONS: &str = "/v1/services/servicenetworking.googleapis.com/connections";
const PATCH: &str = "/v1/services/servicenetworking.googleapis.com/connections/-";
const NETWORK: &str = "projects/111/global/networks/n";

fn compute(t: &mut Testing, path: &str, body: Value) -> Value {
    let answer = t.ok("POST", "compute.googleapis.com", &format!("/compute/v1/projects/p/{path}"), body);
    assert!(answer["error"].is_null(), "{answer}");
    answer
}

/// A network `n` with the ranges `r` and `q`, and one `m` with the range `x`.
fn ready() -> Testing {
    let mut t = Testing::new();
    for name in ["n", "m"] {
        compute(&mut t, "global/networks", json!({"name": name, "autoCreateSubnetworks": false}));
    }
    for (name, network, address) in
        [("r", "n", "10.20.0.0"), ("q", "n", "10.21.0.0"), ("x", "m", "10.20.0.0")]
    {
        let body = json!({"name": name, "network": format!("global/networks/{network}"), "address": address,
                          "prefixLength": 16, "addressType": "INTERNAL", "purpose": "VPC_PEERING"});
        compute(&mut t, "global/addresses", body);
    }
    t
}

fn body(ranges: &[&str]) -> Value {
    json!({"network": NETWORK, "reservedPeeringRanges": ranges})
}

/// The error of the operation that a request starts, as a later look-up shows it; empty where it ended well.
fn outcome(t: &mut Testing, method: &str, path: &str, body: Value) -> String {
    let operation = t.ok(method, HOST, path, body);
    let name = operation["name"].as_str().unwrap().to_owned();
    let operation = t.ok("GET", HOST, &format!("/v1/{name}"), Value::Null);
    assert_eq!(operation["done"], true);
    operation["error"]["message"].as_str().unwrap_or_default().to_owned()
}

fn listed(t: &mut Testing) -> Value {
    let answer = t.ok("GET", HOST, &format!("/v1/services/-/connections?network={NETWORK}"), Value::Null);
    answer["connections"][0]["reservedPeeringRanges"].clone()
}

#[test]
fn a_connection_is_made_and_shows_as_a_peering_of_the_network() {
    let mut t = ready();
    assert_eq!(listed(&mut t), Value::Null);
    assert_eq!(outcome(&mut t, "POST", CONNECTIONS, body(&["r"])), "");
    assert_eq!(listed(&mut t), json!(["r"]));
    let network =
        t.ok("GET", "compute.googleapis.com", "/compute/v1/projects/p/global/networks/n", Value::Null);
    assert_eq!(network["peerings"][0]["name"], "servicenetworking-googleapis-com");
    assert_eq!(network["peerings"][0]["state"], "ACTIVE");
}

#[test]
fn ranges_change_by_update_only() {
    let mut t = ready();
    outcome(&mut t, "POST", CONNECTIONS, body(&["r"]));
    assert_eq!(outcome(&mut t, "POST", CONNECTIONS, body(&["r"])), "");
    let refused = "Cannot modify allocated ranges in CreateConnection. Please use UpdateConnection.";
    assert_eq!(outcome(&mut t, "POST", CONNECTIONS, body(&["q"])), refused);
    assert_eq!(outcome(&mut t, "POST", CONNECTIONS, body(&["r", "q"])), refused);
    assert_eq!(outcome(&mut t, "PATCH", &format!("{PATCH}?force=False"), body(&["r", "q"])), "");
    assert_eq!(listed(&mut t), json!(["r", "q"]));
    let text = outcome(&mut t, "PATCH", &format!("{PATCH}?force=False"), body(&["q"]));
    assert!(text.contains("force"), "{text}");
    assert_eq!(listed(&mut t), json!(["r", "q"]));
    assert_eq!(outcome(&mut t, "PATCH", &format!("{PATCH}?force=True"), body(&["q"])), "");
    assert_eq!(listed(&mut t), json!(["q"]));
}

#[test]
fn ranges_must_be_allocated_in_this_network() {
    let mut t = ready();
    for range in ["nope", "x"] {
        let text = outcome(&mut t, "POST", CONNECTIONS, body(&[range]));
        assert_eq!(text, format!("Allocated IP range '{range}' not found in network."));
    }
    assert_eq!(listed(&mut t), Value::Null);
    assert_ne!(outcome(&mut t, "POST", CONNECTIONS, body(&[])), "");
}

#[test]
fn a_removed_peering_is_remembered_by_the_producer() {
    let mut t = ready();
    outcome(&mut t, "POST", CONNECTIONS, body(&["r"]));
    compute(&mut t, "global/networks/n/removePeering", json!({"name": "servicenetworking-googleapis-com"}));
    assert_eq!(listed(&mut t), Value::Null);
    assert!(outcome(&mut t, "POST", CONNECTIONS, body(&["q"])).starts_with("Cannot modify allocated ranges"));
    assert_eq!(outcome(&mut t, "POST", CONNECTIONS, body(&["r"])), "");
    assert_eq!(listed(&mut t), json!(["r"]));
    let (status, text) = t.refused(
        "POST",
        "compute.googleapis.com",
        "/compute/v1/projects/p/global/networks/n/removePeering",
        json!({"name": "other"}),
    );
    assert!(status == 400 && text.contains("There is no peering other"), "{text}");
}

#[test]
fn a_connection_in_use_is_not_deleted() {
    let mut t = ready();
    outcome(&mut t, "POST", CONNECTIONS, body(&["r"]));
    let instance = "sqladmin/projects/p/instances/i";
    t.world().put(
        instance,
        json!({"settings": {"ipConfiguration": {"privateNetwork": "projects/p/global/networks/n"}}}),
    );
    let request = json!({ "consumerNetwork": NETWORK });
    assert_eq!(
        outcome(&mut t, "POST", PATCH, request.clone()),
        "Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, etc.) are still using this connection."
    );
    assert_eq!(listed(&mut t), json!(["r"]));
    t.world().remove(instance);
    assert_eq!(outcome(&mut t, "POST", PATCH, request.clone()), "");
    assert_eq!(listed(&mut t), Value::Null);
    assert_eq!(t.refused("POST", HOST, PATCH, request).0, 404);
    // Nothing is remembered: other ranges are welcome.
    assert_eq!(outcome(&mut t, "POST", CONNECTIONS, body(&["q"])), "");
}

#[test]
fn one_change_at_a_time() {
    let mut t = Testing::slow();
    let network = json!({"name": "n", "autoCreateSubnetworks": false});
    t.ok("POST", "compute.googleapis.com", "/compute/v1/projects/p/global/networks", network);
    t.finish();
    let range = json!({"name": "r", "network": "global/networks/n", "prefixLength": 16, "addressType": "INTERNAL",
                       "purpose": "VPC_PEERING"});
    t.ok("POST", "compute.googleapis.com", "/compute/v1/projects/p/global/addresses", range);
    t.finish();
    let operation = t.ok("POST", HOST, CONNECTIONS, body(&["r"]));
    assert_eq!(operation["done"], false);
    assert_eq!(listed(&mut t), Value::Null);
    let (status, text) = t.refused("POST", HOST, CONNECTIONS, body(&["r"]));
    assert_eq!(status, 400);
    assert_eq!(
        text,
        "There is a peering operation in progress on the local or peer network. Try again later."
    );
    t.finish();
    assert_eq!(listed(&mut t), json!(["r"]));
}

#[test]
fn the_request_s_form_the_api_and_the_rights_come_first() {
    let mut t = ready();
    let mut create = |network: &str| {
        t.refused("POST", HOST, CONNECTIONS, json!({"network": network, "reservedPeeringRanges": ["r"]}))
    };
    assert_eq!(create("n").0, 400);
    assert_eq!(create("projects/p/global/networks/n").0, 400);
    assert_eq!(create("projects/999/global/networks/n").0, 403);
    assert_eq!(create("projects/111/global/networks/none").0, 404);
    let other = "/v1/services/example.googleapis.com/connections";
    assert_eq!(t.refused("POST", HOST, other, body(&["r"])).0, 403);
    assert_eq!(t.refused("GET", HOST, CONNECTIONS, Value::Null).0, 400);
    assert_eq!(t.refused("GET", HOST, "/v1/operations/none", Value::Null).0, 404);
    t.principal = Some("stranger@example.com".into());
    let (status, text) = t.refused("POST", HOST, CONNECTIONS, body(&["r"]));
    assert!(status == 403 && text.contains("servicenetworking.services.addPeering"), "{text}");
    t.principal = None;
    t.world().put(
        "orgpolicy/projects/p/policies/compute.restrictVpcPeering",
        json!({"spec": {"rules": [{"denyAll": true}]}}),
    );
    assert!(
        t.refused("POST", HOST, CONNECTIONS, body(&["r"]))
            .1
            .contains("constraints/compute.restrictVpcPeering violated")
    );
    t.world().remove("serviceusage/projects/p/services/servicenetworking.googleapis.com");
    let (_, text) = t.refused("POST", HOST, CONNECTIONS, body(&["r"]));
    assert!(text.starts_with("Service Networking API has not been used in project 111 before"), "{text}");
}
