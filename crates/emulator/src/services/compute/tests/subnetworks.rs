use super::{Compute, peering_range, subnet};
use serde_json::{Value, json};

const SUBNETS: &str = "regions/us-central1/subnetworks";
const OWN: &str = "regions/us-central1/subnetworks/s";

#[test]
fn a_subnet_has_google_s_defaults() {
    let mut c = Compute::with_network();
    let data = c.get(OWN);
    assert_eq!(
        (&data["gatewayAddress"], &data["privateIpGoogleAccess"]),
        (&json!("10.128.0.1"), &json!(false))
    );
    assert_eq!((&data["purpose"], &data["stackType"]), (&json!("PRIVATE"), &json!("IPV4_ONLY")));
    assert_eq!(data["network"], "https://www.googleapis.com/compute/v1/projects/p/global/networks/n");
    assert_eq!(c.get("global/networks/n")["subnetworks"][0], data["selfLink"]);
    let routes = c.get("global/routes");
    assert!(routes["items"].as_array().unwrap().iter().any(|r| r["destRange"] == "10.128.0.0/20"));
}

#[test]
fn ranges_that_collide_or_are_none_are_refused() {
    let mut c = Compute::with_network();
    c.ok("POST", "global/addresses", peering_range("r", "10.20.0.0", 16));
    let mut insert = |range: &str| c.refused("POST", SUBNETS, subnet("x", "n", range));
    let (status, reason, text) = insert("10.128.8.0/24");
    assert_eq!((status, reason.as_str()), (400, "invalid"));
    assert_eq!(
        text,
        "Invalid value for field 'resource.ipCidrRange': '10.128.8.0/24'. Invalid IPCidrRange: 10.128.8.0/24 conflicts \
         with existing subnetwork 's' in region 'us-central1'."
    );
    assert!(insert("10.128.0.0/16").2.contains("conflicts with existing subnetwork 's'"));
    assert!(insert("10.20.5.0/24").2.contains(
        "conflicts with IP range 10.20.0.0/16 that was allocated by resource projects/p/global/addresses/r."
    ));
    for bad in
        ["10.0.0.1/20", "10.0.0.0/30", "10.0.0.0", "nonsense", "127.0.0.0/20", "224.0.0.0/8", "fd00::/64"]
    {
        assert!(insert(bad).2.contains("resource.ipCidrRange"), "{bad}");
    }
    assert_eq!(insert("").1, "required");
    // Another network may have the same range.
    c.network("m");
    c.ok("POST", SUBNETS, subnet("t", "m", "10.128.0.0/20"));
}

#[test]
fn references_must_hold() {
    let mut c = Compute::with_network();
    assert_eq!(c.refused("POST", SUBNETS, subnet("x", "nope", "10.0.0.0/20")).0, 404);
    assert_eq!(c.refused("POST", SUBNETS, subnet("s", "n", "10.0.0.0/20")).0, 409);
    assert_eq!(c.refused("POST", "regions/mars-north1/subnetworks", subnet("x", "n", "10.0.0.0/20")).0, 404);
    let body = json!({"name": "x", "network": "n", "ipCidrRange": "10.0.0.0/20"});
    assert!(c.refused("POST", SUBNETS, body).2.ends_with("The URL is malformed."));
    let body = json!({"name": "x", "ipCidrRange": "10.0.0.0/20"});
    assert_eq!(c.refused("POST", SUBNETS, body).1, "required");
    // A secondary range must not collide with the primary one.
    let mut body = subnet("x", "n", "10.0.0.0/20");
    body["secondaryIpRanges"] = json!([{"rangeName": "pods", "ipCidrRange": "10.0.8.0/24"}]);
    assert!(c.refused("POST", SUBNETS, body).2.contains("secondaryIpRanges[0]"));
    assert_eq!(c.refused("GET", "regions/us-central1/subnetworks/x", Value::Null).0, 404);
}

#[test]
fn private_access_and_range_have_methods_of_their_own() {
    let mut c = Compute::with_network();
    c.ok("POST", &format!("{OWN}/setPrivateIpGoogleAccess"), json!({"privateIpGoogleAccess": true}));
    assert_eq!(c.get(OWN)["privateIpGoogleAccess"], true);
    c.ok("POST", &format!("{OWN}/expandIpCidrRange"), json!({"ipCidrRange": "10.128.0.0/19"}));
    assert_eq!(c.get(OWN)["ipCidrRange"], "10.128.0.0/19");
    assert!(
        c.get("global/routes")["items"].as_array().unwrap().iter().any(|r| r["destRange"] == "10.128.0.0/19")
    );
    for smaller in ["10.128.0.0/20", "10.128.0.0/19", "10.64.0.0/16"] {
        let (status, _, text) =
            c.refused("POST", &format!("{OWN}/expandIpCidrRange"), json!({"ipCidrRange": smaller}));
        assert!(status == 400 && text.contains("contain it"), "{text}");
    }
    c.ok("POST", SUBNETS, subnet("t", "n", "10.129.0.0/20"));
    let refused =
        c.refused("POST", &format!("{OWN}/expandIpCidrRange"), json!({"ipCidrRange": "10.128.0.0/15"}));
    assert!(refused.2.contains("conflicts with existing subnetwork 't'"), "{}", refused.2);
}

#[test]
fn a_patch_needs_the_current_fingerprint() {
    let mut c = Compute::with_network();
    let logs = json!({"enable": true});
    let (status, reason, text) = c.refused("PATCH", OWN, json!({"logConfig": logs}));
    assert_eq!((status, reason.as_str(), text.as_str()), (412, "conditionNotMet", "Invalid fingerprint."));
    assert_eq!(c.refused("PATCH", OWN, json!({"logConfig": logs, "fingerprint": "AAAAAAAAAAA="})).0, 412);
    let fingerprint = c.get(OWN)["fingerprint"].clone();
    c.ok("PATCH", OWN, json!({"logConfig": logs, "fingerprint": fingerprint}));
    let data = c.get(OWN);
    assert_ne!(data["fingerprint"], fingerprint);
    assert_eq!((&data["logConfig"]["flowSampling"], &data["enableFlowLogs"]), (&json!(0.5), &json!(true)));
    let body = json!({"ipCidrRange": "10.128.0.0/19", "fingerprint": data["fingerprint"]});
    assert!(c.refused("PATCH", OWN, body).2.contains("resource.ipCidrRange"));
}

#[test]
fn a_subnet_that_serverless_uses_is_not_deleted() {
    let mut c = Compute::with_network();
    let connector = "vpcaccess/projects/p/locations/us-central1/connectors/c";
    c.t.world().put(connector, json!({"subnet": {"name": "s"}, "state": "READY"}));
    let (status, reason, text) = c.refused("DELETE", OWN, Value::Null);
    assert_eq!((status, reason.as_str()), (400, "resourceInUseByAnotherResource"));
    assert!(text.starts_with(
        "The subnetwork resource 'projects/p/regions/us-central1/subnetworks/s' is already being used by"
    ));
    c.t.world().remove(connector);
    c.ok("DELETE", OWN, Value::Null);
    assert_eq!(c.refused("DELETE", OWN, Value::Null).0, 404);
}
