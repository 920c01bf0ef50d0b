//! What the checks make of what they find, over a scripted gcloud. The commands themselves are tested through the real
//! one in `tests/network.rs`.

use config::Config;
use engine::testing::{Gcloud, Reply, reader, writer};
use engine::{Address, Item, Resource, Result, State, Way};
use serde_json::{Value, json};
use std::sync::Arc;

const NETWORKS: &str = "compute networks list";
const SUBNETS: &str = "compute networks subnets list";
const RULES: &str = "compute firewall-rules list";
const ADDRESSES: &str = "compute addresses list --global";
const PEERINGS: &str = "services vpc-peerings list --network=codementor-vpc";

fn resource(config: &Config, address: &str) -> Box<dyn Resource> {
    let kept = crate::step(config).items.into_iter().filter_map(|item| match item {
        Item::Keep(resource) => Some(resource),
        _ => None,
    });
    let mut found = kept.filter(|resource| resource.address().as_str() == address);
    found.next().unwrap_or_else(|| panic!("{address} is not kept"))
}

fn check(address: &str, script: Gcloud) -> Result<State> {
    resource(&Config::default(), address).check(&reader(&Arc::new(script)))
}

/// What a check finds when a list has these rows and the others have none.
fn found(address: &str, list: &str, rows: Value) -> Result<State> {
    let empty = || Reply::json(json!([]));
    let script = [NETWORKS, SUBNETS, RULES, ADDRESSES, PEERINGS]
        .into_iter()
        .fold(Gcloud::new(), |script, list| script.on(list, empty()));
    check(address, script.on(list, Reply::json(rows)))
}

fn fields(state: Result<State>) -> Vec<String> {
    match state {
        Ok(State::Drifted(diffs)) => {
            diffs.into_iter().map(|d| format!("{}: {} -> {}", d.field, d.old, d.new)).collect()
        }
        other => panic!("not drifted: {other:?}"),
    }
}

fn error<T: std::fmt::Debug>(result: Result<T>) -> String {
    result.expect_err("an error").to_string()
}

fn link(path: &str) -> String {
    format!("https://www.googleapis.com/compute/v1/projects/p/{path}")
}

/// How what a check found comes to be as configured.
fn way(address: &str, list: &str, row: Value) -> Way {
    let State::Drifted(diffs) = found(address, list, json!([row])).expect("a state") else {
        panic!("not drifted")
    };
    resource(&Config::default(), address).way(&diffs)
}

#[test]
fn a_network_can_become_a_custom_one_but_not_out_of_a_legacy_one() {
    let network = |mode: Value| json!({"name": "codementor-vpc", "autoCreateSubnetworks": mode, "routingConfig": {"routingMode": "GLOBAL"}});
    let diffs = fields(found("network/codementor-vpc", NETWORKS, json!([network(json!(true))])));
    assert_eq!(diffs, ["subnet_mode: auto -> custom", "routing_mode: global -> regional"]);
    assert_eq!(way("network/codementor-vpc", NETWORKS, network(json!(true))), Way::InPlace);
    let legacy = way("network/codementor-vpc", NETWORKS, network(Value::Null));
    assert!(matches!(&legacy, Way::Never { why, .. } if why.starts_with("it has no subnets")), "{legacy:?}");
}

#[test]
fn a_subnet_of_another_network_is_not_taken_over_and_a_smaller_one_not_attempted() {
    let subnet = |network: &str, region: &str, range: &str| {
        json!({"name": "codementor-subnet", "network": link(&format!("global/networks/{network}")),
               "region": link(&format!("regions/{region}")), "ipCidrRange": range, "privateIpGoogleAccess": true})
    };
    let address = "subnet/codementor-subnet";
    let same = subnet("codementor-vpc", "us-central1", "10.128.0.0/20");
    assert_eq!(found(address, SUBNETS, json!([same])).expect("a state"), State::Present);
    // In another region the same name is another subnet.
    let elsewhere = subnet("codementor-vpc", "us-east1", "10.1.0.0/20");
    assert_eq!(found(address, SUBNETS, json!([elsewhere])).expect("a state"), State::Absent);
    let other = way(address, SUBNETS, subnet("other", "us-central1", "10.128.0.0/20"));
    assert!(matches!(&other, Way::Never { todo, .. } if todo.contains("network.subnet")), "{other:?}");
    let smaller = way(address, SUBNETS, subnet("codementor-vpc", "us-central1", "10.128.0.0/16"));
    let Way::Replace { instead, .. } = &smaller else { panic!("{smaller:?}") };
    assert!(instead.starts_with("set network.range to 10.128.0.0/16, or to a range around it"), "{instead}");
    assert_eq!(way(address, SUBNETS, subnet("codementor-vpc", "us-central1", "10.128.0.0/24")), Way::InPlace);
}

#[test]
fn a_rule_is_compared_by_what_it_means() {
    let rule = |more: Value| {
        let mut rule = json!({
            "name": "codementor-vpc-allow-internal", "network": link("global/networks/codementor-vpc"),
            "direction": "INGRESS", "priority": 1000, "disabled": false,
            "sourceRanges": ["10.8.0.0/28", "10.128.0.0/20"],
            "allowed": [{"IPProtocol": "icmp"}, {"IPProtocol": "udp"}, {"IPProtocol": "tcp", "ports": ["0-65535"]}],
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            rule[key] = value.clone();
        }
        json!([rule])
    };
    let address = "firewall-rule/codementor-vpc-allow-internal";
    // Neither order nor a missing range of ports makes a difference.
    assert_eq!(found(address, RULES, rule(json!({}))).expect("a state"), State::Present);
    for (more, why) in [
        (json!({"network": link("global/networks/x")}), "belongs to another network"),
        (json!({"direction": "EGRESS"}), "is for traffic that goes out"),
        (json!({"allowed": null, "denied": [{"IPProtocol": "all"}]}), "denies instead of allowing"),
    ] {
        let said = error(found(address, RULES, rule(more)));
        assert!(said.contains(why), "{said}");
    }
    let diffs = fields(found(address, RULES, rule(json!({"sourceServiceAccounts": ["a@b"], "priority": 7}))));
    assert_eq!(diffs, ["priority: 7 -> 1000", "source_service_accounts: a@b -> "]);
}

#[test]
fn no_range_for_ssh_means_no_rule_and_never_a_rule_for_everybody() {
    let mut config = Config::default();
    config.network.ssh_source_ranges.clear();
    assert!(!resource(&config, "firewall-rule/codementor-vpc-allow-ssh").wanted());
    assert!(resource(&Config::default(), "firewall-rule/codementor-vpc-allow-ssh").wanted());
}

#[test]
fn the_connector_s_range_is_let_in_only_where_there_is_a_connector() {
    let mut config = Config::default();
    config.cloud_run.egress = config::model::Egress::Direct;
    let script = Arc::new(Gcloud::new().on("compute firewall-rules create", Reply::json(json!([]))));
    let rule = resource(&config, "firewall-rule/codementor-vpc-allow-internal");
    rule.create(&writer(&script, &rule.address())).expect("it is made");
    assert!(script.calls()[0].contains(" --source-ranges=10.128.0.0/20 "), "{:?}", script.calls());
}

#[test]
fn an_allocated_range_cannot_change() {
    let row = |purpose: &str, address: &str, status: &str| {
        json!({"name": "google-managed-services-codementor-vpc", "purpose": purpose, "address": address, "prefixLength": 16,
               "network": link("global/networks/codementor-vpc"), "status": status})
    };
    let address = "address-range/google-managed-services-codementor-vpc";
    let state = |row| found(address, ADDRESSES, json!([row])).expect("a state");
    assert_eq!(state(row("VPC_PEERING", "10.20.0.0", "RESERVED")), State::Present);
    assert_eq!(state(row("VPC_PEERING", "10.20.0.0", "RESERVING")), State::Busy("being reserved".to_owned()));
    let said =
        error(found(address, ADDRESSES, json!([row("PRIVATE_SERVICE_CONNECT", "10.20.0.0", "RESERVED")])));
    assert!(said.contains("is not a range for services of the network codementor-vpc"), "{said}");
    let moved = way(address, ADDRESSES, row("VPC_PEERING", "10.30.0.0", "RESERVED"));
    let Way::Never { todo, .. } = &moved else { panic!("{moved:?}") };
    assert!(todo.starts_with("set network.services_range back to 10.30.0.0/16"), "{todo}");
}

#[test]
fn an_inactive_peering_is_broken_and_more_ranges_than_ours_are_not_our_business() {
    let peering = json!([{"peering": "servicenetworking-googleapis-com",
                          "reservedPeeringRanges": ["google-managed-services-codementor-vpc", "more"]}]);
    let network = |state: &str| {
        json!([{"name": "codementor-vpc", "peerings": [{"name": "servicenetworking-googleapis-com", "state": state,
                "stateDetails": "The peer network was deleted."}]}])
    };
    let state = |state: &str| {
        let script = Gcloud::new()
            .on(PEERINGS, Reply::json(peering.clone()))
            .on(NETWORKS, Reply::json(network(state)));
        check("peering/codementor-vpc", script).expect("a state")
    };
    assert_eq!(state("ACTIVE"), State::Present);
    assert_eq!(
        state("INACTIVE"),
        State::Broken("the peering is inactive: The peer network was deleted.".to_owned())
    );
}

/// Some lists of compute exit with 0 and `[]` when Google refuses them.
#[test]
fn a_list_that_failed_quietly_is_not_absence() {
    let quiet = || {
        Reply::json(json!([])).with_stderr(
            "WARNING: Some requests did not succeed.\n - Required 'compute.subnetworks.list' permission for 'projects/p'\n",
        )
    };
    for (address, list) in [
        ("subnet/codementor-subnet", SUBNETS),
        ("address-range/google-managed-services-codementor-vpc", ADDRESSES),
    ] {
        let said = error(check(address, Gcloud::new().on(list, quiet())));
        assert!(said.contains("permission"), "{said}");
    }
}

#[test]
fn a_connection_that_google_remembers_is_set_instead_of_made() {
    let refusal =
        Reply::error("Cannot modify allocated ranges in CreateConnection. Please use UpdateConnection.");
    let script = Gcloud::new()
        .on(PEERINGS, Reply::json(json!([])))
        .on("services vpc-peerings connect", refusal)
        .on("services vpc-peerings update", Reply::json(json!([])));
    let script = Arc::new(script);
    let peering = resource(&Config::default(), "peering/codementor-vpc");
    peering.create(&writer(&script, &Address::new("peering", "codementor-vpc"))).expect("it is made");
    let calls = script.calls_of("services vpc-peerings update");
    assert!(calls.len() == 1 && calls[0].ends_with("--force"), "{calls:?}");
}

#[test]
fn ranges_that_collide_are_seen_before_anything_is_made() {
    let web = json!([{"name": "web", "network": link("global/networks/codementor-vpc"), "ipCidrRange": "10.128.8.0/24",
                      "region": link("regions/europe-west1"),
                      "secondaryIpRanges": [{"rangeName": "pods", "ipCidrRange": "10.20.64.0/20"}]}]);
    assert_eq!(
        error(found("subnet/codementor-subnet", SUBNETS, web.clone())),
        "the subnet codementor-subnet cannot have the range 10.128.0.0/20: 10.128.8.0/24 of the subnet web in \
         europe-west1 in the network codementor-vpc overlaps it"
    );
    let range = "address-range/google-managed-services-codementor-vpc";
    assert_eq!(
        error(found(range, SUBNETS, web)),
        "the range 10.20.0.0/16 cannot be set aside for Google's services: 10.20.64.0/20 of the subnet web in \
         europe-west1 in the network codementor-vpc overlaps it"
    );
    let other = |network: &str| {
        json!([{"name": "other", "network": link(&format!("global/networks/{network}")), "purpose": "VPC_PEERING",
                "address": "10.20.128.0", "prefixLength": 20}])
    };
    assert!(error(found(range, ADDRESSES, other("codementor-vpc"))).contains("of the address range other"));
    // Another network has its own ranges.
    assert_eq!(found(range, ADDRESSES, other("elsewhere")).expect("a state"), State::Absent);
}
