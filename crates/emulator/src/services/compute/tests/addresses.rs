use super::{Compute, peering_range, subnet};
use serde_json::{Value, json};

const ADDRESSES: &str = "global/addresses";

#[test]
fn a_range_is_reserved_where_it_is_asked_for_or_where_there_is_room() {
    let mut c = Compute::with_network();
    c.ok("POST", ADDRESSES, peering_range("r", "10.20.0.0", 16));
    let data = c.get("global/addresses/r");
    assert_eq!(
        (&data["address"], &data["prefixLength"], &data["status"]),
        (&json!("10.20.0.0"), &json!(16), &json!("RESERVED"))
    );
    let mut body = peering_range("q", "", 16);
    body.as_object_mut().unwrap().remove("address");
    c.ok("POST", ADDRESSES, body);
    assert_eq!(c.get("global/addresses/q")["address"], "10.21.0.0");
    c.ok("POST", ADDRESSES, json!({"name": "public"}));
    assert_eq!(c.get("global/addresses/public")["addressType"], "EXTERNAL");
    c.ok("DELETE", "global/addresses/q", Value::Null);
}

#[test]
fn a_range_that_something_has_fails_the_operation() {
    let mut c = Compute::with_network();
    c.ok("POST", ADDRESSES, peering_range("r", "10.20.0.0", 16));
    let (_, text) = c.failed("POST", ADDRESSES, peering_range("q", "10.20.128.0", 20));
    assert_eq!(
        text,
        "Invalid IP CIDR range: 10.20.128.0/20 conflicts with IP range 10.20.0.0/16 that was allocated by resource \
         projects/p/global/addresses/r."
    );
    let (_, text) = c.failed("POST", ADDRESSES, peering_range("q", "10.128.0.0", 16));
    assert!(text.ends_with("allocated by resource projects/p/regions/us-central1/subnetworks/s."), "{text}");
    c.t.world().put(
        "vpcaccess/projects/p/locations/us-central1/connectors/c",
        json!({"network": "n", "ipCidrRange": "10.8.0.0/28", "state": "READY"}),
    );
    let (_, text) = c.failed("POST", ADDRESSES, peering_range("q", "10.8.0.0", 16));
    assert!(text.ends_with("connectors/c."), "{text}");
    assert_eq!(c.refused("GET", "global/addresses/q", Value::Null).0, 404);
    // And the other way round: a connector's range is taken for subnets too.
    assert!(
        c.refused("POST", "regions/us-central1/subnetworks", subnet("x", "n", "10.8.0.0/24"))
            .2
            .contains("10.8.0.0/28")
    );
}

#[test]
fn what_is_no_range_is_refused() {
    let mut c = Compute::with_network();
    c.ok("POST", ADDRESSES, peering_range("r", "10.20.0.0", 16));
    for (more, word) in [
        (json!({"name": "r"}), "already exists"),
        (
            json!({"name": "q", "addressType": "EXTERNAL"}),
            "'VPC_PEERING'. The field cannot be specified with external address.",
        ),
        (json!({"name": "q", "network": null}), "resource.network"),
        (json!({"name": "q", "network": "global/networks/x"}), "was not found"),
        (json!({"name": "q", "prefixLength": null}), "resource.prefixLength"),
        (json!({"name": "q", "prefixLength": 31}), "resource.prefixLength"),
        (json!({"name": "q", "address": "10.20.1.0"}), "resource.address"),
        (json!({"name": "q", "address": "10.20"}), "resource.address"),
        (json!({"name": "q", "address": "8.8.0.0"}), "resource.address"),
        (json!({"name": "q", "purpose": "GCE_ENDPOINT"}), "resource.purpose"),
        (json!({"name": "q", "purpose": "LUNCH"}), "purpose"),
    ] {
        let mut body = peering_range("q", "10.30.0.0", 16);
        crate::world::merge(&mut body, &more);
        let (_, _, text) = c.refused("POST", ADDRESSES, body);
        assert!(text.contains(word), "{more}: {text}");
    }
}

#[test]
fn labels_need_their_fingerprint() {
    let mut c = Compute::with_network();
    c.ok("POST", ADDRESSES, peering_range("r", "10.20.0.0", 16));
    let path = "global/addresses/r/setLabels";
    assert_eq!(c.refused("POST", path, json!({"labels": {"a": "b"}, "labelFingerprint": "AAAA"})).0, 412);
    let fingerprint = c.get("global/addresses/r")["labelFingerprint"].clone();
    c.ok("POST", path, json!({"labels": {"a": "b"}, "labelFingerprint": fingerprint}));
    assert_eq!(c.get("global/addresses/r")["labels"], json!({"a": "b"}));
}
