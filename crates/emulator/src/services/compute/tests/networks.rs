use super::{Compute, connect, peering_range, subnet};
use crate::services::compute::create_default_network;
use serde_json::{Value, json};

#[test]
fn a_network_is_made_shown_and_deleted() {
    let mut c = Compute::new();
    let operation = c.ok("POST", "global/networks", json!({"name": "n", "autoCreateSubnetworks": false}));
    assert_eq!((&operation["operationType"], &operation["status"]), (&json!("insert"), &json!("DONE")));
    assert_eq!(operation["targetLink"], "https://www.googleapis.com/compute/v1/projects/p/global/networks/n");
    let network = c.get("global/networks/n");
    assert_eq!(operation["targetId"], network["id"]);
    assert_eq!(network["routingConfig"]["routingMode"], "REGIONAL");
    // The operation is the same wherever it is asked for: gcloud looks it up by its selfLink.
    let name = operation["name"].as_str().unwrap().to_owned();
    assert_eq!(c.get(&format!("global/operations/{name}")), operation);
    assert_eq!(c.ok("POST", &format!("global/operations/{name}/wait"), Value::Null), operation);
    assert_eq!(c.get("global/operations")["items"][0], operation);
    c.ok("DELETE", "global/networks/n", Value::Null);
    let (status, reason, text) = c.refused("GET", "global/networks/n", Value::Null);
    assert_eq!((status, reason.as_str()), (404, "notFound"));
    assert_eq!(text, "The resource 'projects/p/global/networks/n' was not found");
    assert_eq!(c.get("global/routes")["items"], Value::Null);
}

#[test]
fn what_is_no_network_is_refused() {
    let mut c = Compute::with_network();
    let mut insert = |body| c.refused("POST", "global/networks", body);
    let (status, reason, text) = insert(json!({"name": "n", "autoCreateSubnetworks": false}));
    assert_eq!((status, reason.as_str()), (409, "alreadyExists"));
    assert_eq!(text, "The resource 'projects/p/global/networks/n' already exists");
    assert_eq!(insert(json!({"autoCreateSubnetworks": false})).1, "required");
    assert!(
        insert(json!({"name": "N", "autoCreateSubnetworks": false}))
            .2
            .starts_with("Invalid value for field 'resource.name': 'N'.")
    );
    assert!(insert(json!({"name": "m"})).2.contains("autoCreateSubnetworks"));
    assert!(
        insert(json!({"name": "m", "autoCreateSubnetworks": false, "mtu": 9000})).2.contains("resource.mtu")
    );
    assert_eq!(insert(json!({"name": "m", "autoCreateSubnetworks": false, "colour": 1})).0, 400);
    assert_eq!(
        insert(
            json!({"name": "m", "autoCreateSubnetworks": false, "routingConfig": {"routingMode": "LOCAL"}})
        )
        .0,
        400
    );
}

#[test]
fn a_sixteenth_network_is_over_the_quota() {
    let mut c = Compute::new();
    for number in 0..15 {
        c.network(&format!("n{number}"));
    }
    let (status, reason, _) =
        c.refused("POST", "global/networks", json!({"name": "m", "autoCreateSubnetworks": false}));
    assert_eq!((status, reason.as_str()), (403, "quotaExceeded"));
}

#[test]
fn routing_and_mtu_change_in_place_and_the_rest_does_not() {
    let mut c = Compute::with_network();
    c.ok("PATCH", "global/networks/n", json!({"routingConfig": {"routingMode": "GLOBAL"}, "mtu": 1500}));
    let network = c.get("global/networks/n");
    assert_eq!((&network["routingConfig"]["routingMode"], &network["mtu"]), (&json!("GLOBAL"), &json!(1500)));
    let refused = c.refused("PATCH", "global/networks/n", json!({"description": "other"}));
    assert!(refused.2.contains("resource.description"), "{}", refused.2);
    assert!(c.refused("PATCH", "global/networks/n", json!({"mtu": 100})).2.contains("resource.mtu"));
    assert_eq!(c.refused("PATCH", "global/networks/m", json!({"mtu": 1500})).0, 404);
    assert_eq!(
        c.refused("POST", "global/networks/n/switchToCustomMode", Value::Null).1,
        "invalidResourceUsage"
    );
}

#[test]
fn a_network_in_use_is_not_deleted() {
    let mut c = Compute::with_network();
    c.ok(
        "POST",
        "global/firewalls",
        json!({"name": "f", "network": "global/networks/n", "allowed": [{"IPProtocol": "tcp"}]}),
    );
    c.ok("POST", "global/addresses", peering_range("r", "10.20.0.0", 16));
    connect(&mut c.t, &["r"]);
    for (user, path) in [
        ("projects/p/regions/us-central1/subnetworks/s", "regions/us-central1/subnetworks/s"),
        ("projects/p/global/firewalls/f", "global/firewalls/f"),
        ("projects/p/global/addresses/r", "global/addresses/r"),
    ] {
        let (code, text) = c.failed("DELETE", "global/networks/n", Value::Null);
        assert_eq!(code, "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE");
        assert_eq!(
            text,
            format!("The network resource 'projects/p/global/networks/n' is already being used by '{user}'")
        );
        c.ok("DELETE", path, Value::Null);
    }
    // What is left is the peering.
    let (_, text) = c.failed("DELETE", "global/networks/n", Value::Null);
    assert!(text.contains("-tp/global/networks/servicenetworking"), "{text}");
    c.ok("POST", "global/networks/n/removePeering", json!({"name": "servicenetworking-googleapis-com"}));
    c.ok("DELETE", "global/networks/n", Value::Null);
}

#[test]
fn auto_mode_has_a_subnet_in_each_region_and_takes_them_along() {
    let mut c = Compute::new();
    c.ok("POST", "global/networks", json!({"name": "n", "autoCreateSubnetworks": true}));
    assert_eq!(c.get("global/networks/n")["subnetworks"].as_array().unwrap().len(), 40);
    assert_eq!(c.get("regions/us-central1/subnetworks/n")["ipCidrRange"], "10.128.0.0/20");
    let (_, _, text) = c.refused("DELETE", "regions/us-central1/subnetworks/n", Value::Null);
    assert_eq!(
        text,
        "Invalid resource usage: 'Cannot delete auto subnetwork from an auto subnet mode network.'."
    );
    let (_, _, text) =
        c.refused("POST", "regions/us-central1/subnetworks", subnet("x", "n", "10.200.0.0/16"));
    assert!(
        text.ends_with("Extended subnetworks in auto subnet mode networks cannot overlap with 10.128.0.0/9."),
        "{text}"
    );
    c.ok("DELETE", "global/networks/n", Value::Null);
    assert_eq!(c.get("regions/us-central1/subnetworks")["items"], Value::Null);
    c.ok("POST", "global/networks", json!({"name": "m", "autoCreateSubnetworks": true}));
    c.ok("POST", "global/networks/m/switchToCustomMode", Value::Null);
    assert_eq!(c.get("global/networks/m")["autoCreateSubnetworks"], false);
    c.ok("DELETE", "regions/us-central1/subnetworks/m", Value::Null);
}

#[test]
fn the_default_network_comes_once_and_not_against_policy() {
    let mut c = Compute::new();
    create_default_network(&mut c.t.world(), "p");
    let rules = c.get("global/firewalls");
    let names: Vec<&str> =
        rules["items"].as_array().unwrap().iter().map(|r| r["name"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["default-allow-icmp", "default-allow-internal", "default-allow-rdp", "default-allow-ssh"]
    );
    for name in names {
        c.ok("DELETE", &format!("global/firewalls/{name}"), Value::Null);
    }
    c.ok("DELETE", "global/networks/default", Value::Null);
    create_default_network(&mut c.t.world(), "p");
    assert_eq!(c.get("global/networks")["items"], Value::Null);

    let mut c = Compute::new();
    c.t.world().put(
        "orgpolicy/projects/p/policies/compute.skipDefaultNetworkCreation",
        json!({"spec": {"rules": [{"enforce": true}]}}),
    );
    create_default_network(&mut c.t.world(), "p");
    assert_eq!(c.get("global/networks")["items"], Value::Null);
}

#[test]
fn what_is_being_made_is_not_ready() {
    let mut c = Compute::slow();
    let operation = c.ok("POST", "global/networks", json!({"name": "n", "autoCreateSubnetworks": false}));
    assert_eq!((&operation["status"], &operation["progress"]), (&json!("RUNNING"), &json!(0)));
    // It can be read, but nothing can be put into it.
    c.get("global/networks/n");
    let (status, reason, text) =
        c.refused("POST", "regions/us-central1/subnetworks", subnet("s", "n", "10.0.0.0/20"));
    assert_eq!((status, reason.as_str()), (400, "resourceNotReady"));
    assert_eq!(text, "The resource 'projects/p/global/networks/n' is not ready");
    assert_eq!(c.refused("DELETE", "global/networks/n", Value::Null).1, "resourceNotReady");
    c.t.finish();
    c.ok("POST", "regions/us-central1/subnetworks", subnet("s", "n", "10.0.0.0/20"));
}

#[test]
fn billing_api_and_rights_come_first() {
    let mut c = Compute::with_network();
    c.t.principal = Some("stranger@example.com".into());
    let (status, reason, text) = c.refused("GET", "global/networks", Value::Null);
    assert_eq!((status, reason.as_str()), (403, "forbidden"));
    assert_eq!(text, "Required 'compute.networks.list' permission for 'projects/p'");
    let body = json!({"name": "m", "autoCreateSubnetworks": false});
    let (_, _, text) = c.refused("POST", "global/networks", body);
    assert_eq!(text, "Required 'compute.networks.create' permission for 'projects/p/global/networks/m'");
    c.t.principal = None;
    c.t.world().put("cloudbilling/projects/p/billingInfo", json!({"billingEnabled": false}));
    let (status, _, text) = c.refused("GET", "global/networks", Value::Null);
    assert!(status == 403 && text.starts_with("This API method requires billing to be enabled."), "{text}");
    c.t.world().remove("serviceusage/projects/p/services/compute.googleapis.com");
    let (_, _, text) = c.refused("GET", "global/networks", Value::Null);
    assert!(
        text.starts_with("Compute Engine API has not been used in project 111 before or it is disabled."),
        "{text}"
    );
}

#[test]
fn a_repeated_request_id_is_one_request() {
    let mut c = Compute::new();
    let body = json!({"name": "n", "autoCreateSubnetworks": false});
    let path = "global/networks?requestId=6a1b2c3d-0000-4000-8000-000000000001";
    let first = c.ok("POST", path, body.clone());
    assert_eq!(c.ok("POST", path, body), first);
}
