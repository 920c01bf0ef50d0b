use super::Compute;
use serde_json::{Value, json};

const RULES: &str = "global/firewalls";

fn rule(more: Value) -> Value {
    let mut rule = json!({"name": "f", "network": "global/networks/n", "allowed": [{"IPProtocol": "tcp", "ports": ["22"]}]});
    crate::world::merge(&mut rule, &more);
    rule
}

#[test]
fn a_rule_has_google_s_defaults() {
    let mut c = Compute::with_network();
    c.ok("POST", RULES, rule(json!({})));
    let data = c.get("global/firewalls/f");
    assert_eq!(
        (&data["direction"], &data["priority"], &data["disabled"]),
        (&json!("INGRESS"), &json!(1000), &json!(false))
    );
    assert_eq!(
        (&data["sourceRanges"], &data["logConfig"]),
        (&json!(["0.0.0.0/0"]), &json!({"enable": false}))
    );
    c.ok("POST", RULES, rule(json!({"name": "e", "direction": "EGRESS"})));
    assert_eq!(c.get("global/firewalls/e")["destinationRanges"], json!(["0.0.0.0/0"]));
    // By tag alone it is open to nobody else.
    c.ok("POST", RULES, rule(json!({"name": "t", "sourceTags": ["web"]})));
    assert_eq!(c.get("global/firewalls/t")["sourceRanges"], Value::Null);
    assert_eq!(c.get("global/networks/n/getEffectiveFirewalls")["firewalls"].as_array().unwrap().len(), 3);
}

#[test]
fn what_is_no_rule_is_refused() {
    let mut c = Compute::with_network();
    c.ok("POST", RULES, rule(json!({})));
    for (more, word) in [
        (json!({}), "already exists"),
        (json!({"name": "g", "allowed": null}), "At least one"),
        (json!({"name": "g", "denied": [{"IPProtocol": "all"}]}), "Only one"),
        (json!({"name": "g", "priority": 70000}), "resource.priority"),
        (json!({"name": "g", "sourceRanges": ["10.0.0.1/8"]}), "resource.sourceRanges[0]"),
        (json!({"name": "g", "sourceRanges": ["10.0.0.0/8", "x"]}), "resource.sourceRanges[1]"),
        (json!({"name": "g", "allowed": [{"IPProtocol": "tpc"}]}), "resource.allowed[0].IPProtocol"),
        (json!({"name": "g", "allowed": [{"ports": ["1"]}]}), "Required field"),
        (
            json!({"name": "g", "allowed": [{"IPProtocol": "icmp", "ports": ["1"]}]}),
            "resource.allowed[0].ports[0]",
        ),
        (
            json!({"name": "g", "allowed": [{"IPProtocol": "tcp", "ports": ["9-1"]}]}),
            "resource.allowed[0].ports[0]",
        ),
        (
            json!({"name": "g", "allowed": [{"IPProtocol": "tcp", "ports": ["70000"]}]}),
            "resource.allowed[0].ports[0]",
        ),
        (json!({"name": "g", "direction": "EGRESS", "sourceTags": ["a"]}), "EGRESS"),
        (json!({"name": "g", "targetTags": ["a"], "targetServiceAccounts": ["a@b"]}), "same time"),
        (json!({"name": "g", "direction": "SIDEWAYS"}), "direction"),
        (json!({"name": "g", "network": "global/networks/none"}), "was not found"),
        (json!({"name": "g", "network": "projects/q/global/networks/n"}), "Cross project"),
    ] {
        let (_, _, text) = c.refused("POST", RULES, rule(more.clone()));
        assert!(text.contains(word), "{more}: {text}");
    }
}

#[test]
fn ranges_change_in_place_and_the_network_does_not() {
    let mut c = Compute::with_network();
    c.ok("POST", RULES, rule(json!({"description": "d"})));
    c.ok("PATCH", "global/firewalls/f", json!({"sourceRanges": ["35.235.240.0/20"]}));
    let data = c.get("global/firewalls/f");
    assert_eq!((&data["sourceRanges"], &data["description"]), (&json!(["35.235.240.0/20"]), &json!("d")));
    c.network("m");
    assert!(
        c.refused("PATCH", "global/firewalls/f", json!({"network": "global/networks/m"}))
            .2
            .contains("resource.network")
    );
    assert!(
        c.refused("PATCH", "global/firewalls/f", json!({"direction": "EGRESS"}))
            .2
            .contains("resource.direction")
    );
    assert!(
        c.refused("PATCH", "global/firewalls/f", json!({"sourceRanges": ["1"]})).2.contains("sourceRanges")
    );
    assert_eq!(c.refused("PATCH", "global/firewalls/x", json!({"priority": 1})).0, 404);
    c.ok("DELETE", "global/firewalls/f", Value::Null);
    assert_eq!(c.refused("DELETE", "global/firewalls/f", Value::Null).0, 404);
}
