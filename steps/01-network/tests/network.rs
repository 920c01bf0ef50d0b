//! The step through the real gcloud, against the emulator.

use config::Config;
use engine::{Address, Step};
use resources::lab::{Lab, PROJECT};
use serde_json::{Value, json};

const COMPUTE: &str = "compute.googleapis.com";
const PEERING: &str = "servicenetworking.googleapis.com";
const NETWORK: &str = "compute/projects/proj-one/global/networks/codementor-vpc";
const SUBNET: &str = "compute/projects/proj-one/regions/us-central1/subnetworks/codementor-subnet";
const INTERNAL: &str = "compute/projects/proj-one/global/firewalls/codementor-vpc-allow-internal";
const SSH: &str = "compute/projects/proj-one/global/firewalls/codementor-vpc-allow-ssh";
const RANGE: &str = "compute/projects/proj-one/global/addresses/google-managed-services-codementor-vpc";
const CONNECTION: &str = "servicenetworking/projects/proj-one/global/networks/codementor-vpc/connections/servicenetworking.googleapis.com";

fn config() -> Config {
    let mut config = Config::default();
    config.project.id = PROJECT.to_owned();
    config
}

fn steps(config: &Config) -> Vec<Step> {
    vec![step_network::step(config)]
}

fn lab() -> Lab {
    Lab::new(&[COMPUTE, PEERING])
}

/// Changes something behind the tool's back.
fn compute(lab: &Lab, method: &str, path: &str, body: Value) {
    let answer = lab.ok(method, COMPUTE, &format!("/compute/v1/projects/{PROJECT}/{path}"), body);
    assert!(answer["error"].is_null(), "{path}: {answer}");
}

fn range(name: &str, address: &str) -> Value {
    json!({"name": name, "network": "global/networks/codementor-vpc", "address": address, "prefixLength": 16,
           "addressType": "INTERNAL", "purpose": "VPC_PEERING"})
}

/// The project's number is needed by service networking.
fn connection(lab: &Lab, ranges: &[&str]) -> Value {
    let number = lab.object("cloudresourcemanager/projects/proj-one")["projectNumber"].clone();
    let network = format!("projects/{}/global/networks/codementor-vpc", number.as_str().expect("a number"));
    json!({"network": network, "reservedPeeringRanges": ranges})
}

fn connect(lab: &Lab, ranges: &[&str]) {
    let path = format!("/v1/services/{PEERING}/connections");
    let operation = lab.ok("POST", PEERING, &path, connection(lab, ranges));
    assert!(operation["error"].is_null(), "{operation}");
}

#[test]
fn all_of_it_is_made_once_and_mended_where_it_drifts() {
    let lab = lab();
    lab.claim(&Address::new("project", PROJECT));
    let mut config = config();

    let run = lab.apply(&steps(&config)).well();
    assert_eq!(
        run.plan(),
        [
            "- network/default",
            "+ network/codementor-vpc",
            "+ subnet/codementor-subnet",
            "+ firewall-rule/codementor-vpc-allow-internal",
            "+ firewall-rule/codementor-vpc-allow-ssh",
            "+ address-range/google-managed-services-codementor-vpc",
            "+ peering/codementor-vpc",
        ]
    );
    assert_eq!((run.summary.counts.created, run.summary.counts.deleted), (6, 1));
    let world = lab.world();
    let data = |key: &str| world[key]["data"].clone();
    assert_eq!(data("compute/projects/proj-one/global/networks/default"), Value::Null);
    assert_eq!(data("compute/projects/proj-one/global/firewalls/default-allow-ssh"), Value::Null);
    let network = data(NETWORK);
    assert_eq!(
        (&network["autoCreateSubnetworks"], &network["routingConfig"]["routingMode"]),
        (&json!(false), &json!("REGIONAL"))
    );
    let subnet = data(SUBNET);
    assert_eq!(
        (&subnet["ipCidrRange"], &subnet["privateIpGoogleAccess"]),
        (&json!("10.128.0.0/20"), &json!(true))
    );
    let internal = data(INTERNAL);
    assert_eq!(internal["sourceRanges"], json!(["10.128.0.0/20", "10.8.0.0/28"]));
    assert_eq!(
        internal["allowed"],
        json!([{"IPProtocol": "icmp"}, {"IPProtocol": "tcp", "ports": ["0-65535"]}, {"IPProtocol": "udp", "ports": ["0-65535"]}])
    );
    let ssh = data(SSH);
    assert_eq!(
        (&ssh["sourceRanges"], &ssh["allowed"]),
        (&json!(["35.235.240.0/20"]), &json!([{"IPProtocol": "tcp", "ports": ["22"]}]))
    );
    let range = data(RANGE);
    assert_eq!(
        (&range["address"], &range["prefixLength"], &range["purpose"]),
        (&json!("10.20.0.0"), &json!(16), &json!("VPC_PEERING"))
    );
    assert_eq!(data(CONNECTION)["reservedPeeringRanges"], json!(["google-managed-services-codementor-vpc"]));

    let run = lab.apply(&steps(&config)).well();
    assert_eq!((run.plan(), run.writes, run.processes), (Vec::new(), Vec::new(), 5));

    // Everything that can drift, does; and the config asks for a larger subnet.
    compute(
        &lab,
        "PATCH",
        "global/networks/codementor-vpc",
        json!({"routingConfig": {"routingMode": "GLOBAL"}}),
    );
    let own = "regions/us-central1/subnetworks/codementor-subnet";
    compute(
        &lab,
        "POST",
        &format!("{own}/setPrivateIpGoogleAccess"),
        json!({"privateIpGoogleAccess": false}),
    );
    let rule = json!({"sourceRanges": ["0.0.0.0/0"], "sourceTags": ["web"], "targetTags": ["web"], "disabled": true,
                      "priority": 5, "allowed": [{"IPProtocol": "tcp", "ports": ["22", "80"]}]});
    compute(&lab, "PATCH", "global/firewalls/codementor-vpc-allow-ssh", rule);
    config.network.range = "10.128.0.0/19".parse().unwrap();
    let run = lab.apply(&steps(&config)).well();
    assert_eq!(
        run.plan(),
        [
            "~ network/codementor-vpc routing_mode",
            "~ subnet/codementor-subnet range private_google_access",
            "~ firewall-rule/codementor-vpc-allow-internal source_ranges",
            "~ firewall-rule/codementor-vpc-allow-ssh allowed source_ranges priority enabled source_tags target_tags",
        ]
    );
    let world = lab.world();
    let data = |key: &str| world[key]["data"].clone();
    assert_eq!(data(NETWORK)["routingConfig"]["routingMode"], "REGIONAL");
    let subnet = data(SUBNET);
    assert_eq!(
        (&subnet["ipCidrRange"], &subnet["privateIpGoogleAccess"]),
        (&json!("10.128.0.0/19"), &json!(true))
    );
    assert_eq!(data(INTERNAL)["sourceRanges"], json!(["10.128.0.0/19", "10.8.0.0/28"]));
    let mended = data(SSH);
    for field in ["sourceRanges", "sourceTags", "targetTags", "disabled", "priority", "allowed"] {
        assert_eq!(mended[field], ssh[field], "{field}");
    }

    // And it goes in the opposite order.
    let run = lab.destroy(steps(&config)).well();
    let order: Vec<&str> = run.writes.iter().filter_map(|write| write.rsplit('/').next()).collect();
    assert_eq!(
        order,
        [
            "-",
            "google-managed-services-codementor-vpc",
            "codementor-vpc-allow-ssh",
            "codementor-vpc-allow-internal",
            "codementor-subnet",
            "codementor-vpc",
        ]
    );
    assert_eq!(lab.object(NETWORK), Value::Null);
    lab.no_violations();
}

#[test]
fn a_default_network_of_somebody_else_s_project_is_told_of_and_left() {
    let lab = lab();
    let run = lab.plan(&steps(&config())).well();
    assert!(!run.plan().iter().any(|line| line.contains("network/default")), "{:?}", run.plan());
    let notes = run.notes();
    assert!(notes.len() == 1 && notes[0].contains("(default-allow-rdp, default-allow-ssh)"), "{notes:?}");
    assert_eq!(run.writes, Vec::<String>::new());

    // And in a project of ours it stays too, once somebody put something into it.
    lab.claim(&Address::new("project", PROJECT));
    let rule =
        json!({"name": "mine", "network": "global/networks/default", "allowed": [{"IPProtocol": "tcp"}]});
    compute(&lab, "POST", "global/firewalls", rule);
    let run = lab.plan(&steps(&config())).well();
    assert!(!run.plan().iter().any(|line| line.contains("network/default")), "{:?}", run.plan());
}

/// All but the peering is there as the config wants it.
#[test]
fn a_peering_with_other_ranges_is_widened_and_a_busy_one_waited_for() {
    let lab = lab();
    let network = "global/networks/codementor-vpc";
    compute(
        &lab,
        "POST",
        "global/networks",
        json!({"name": "codementor-vpc", "autoCreateSubnetworks": false}),
    );
    let subnet = json!({"name": "codementor-subnet", "network": network, "ipCidrRange": "10.128.0.0/20", "privateIpGoogleAccess": true});
    compute(&lab, "POST", "regions/us-central1/subnetworks", subnet);
    for (name, ranges, allowed) in [
        (
            "internal",
            vec!["10.128.0.0/20", "10.8.0.0/28"],
            vec![("tcp", None), ("udp", None), ("icmp", None)],
        ),
        ("ssh", vec!["35.235.240.0/20"], vec![("tcp", Some("22"))]),
    ] {
        let allowed: Vec<Value> = allowed
            .iter()
            .map(|(protocol, port)| json!({"IPProtocol": protocol, "ports": port.map_or(json!([]), |p| json!([p]))}))
            .collect();
        let name = format!("codementor-vpc-allow-{name}");
        let rule = json!({"name": name, "network": network, "sourceRanges": ranges, "allowed": allowed});
        compute(&lab, "POST", "global/firewalls", rule);
    }
    compute(&lab, "POST", "global/addresses", range("google-managed-services-codementor-vpc", "10.20.0.0"));
    compute(&lab, "POST", "global/addresses", range("other", "10.30.0.0"));
    connect(&lab, &["other"]);
    lab.fault(json!({
        "match": "PATCH servicenetworking.googleapis.com/", "times": 1,
        "action": {"status": {"code": 400, "status": "FAILED_PRECONDITION",
            "message": "There is a peering operation in progress on the local or peer network. Try again later."}},
    }));
    let run = lab.apply(&steps(&config())).well();
    assert_eq!(run.plan(), ["~ peering/codementor-vpc ranges"]);
    lab.faults_struck();
    let ranges = lab.object(CONNECTION)["reservedPeeringRanges"].clone();
    assert_eq!(ranges, json!(["other", "google-managed-services-codementor-vpc"]));

    // Removed on this side only: Google remembers the ranges and refuses to connect with others.
    let remove = json!({"name": "servicenetworking-googleapis-com"});
    compute(&lab, "POST", "global/networks/codementor-vpc/removePeering", remove);
    let run = lab.apply(&steps(&config())).well();
    assert_eq!(run.plan(), ["+ peering/codementor-vpc"]);
    assert_eq!(
        lab.object(CONNECTION)["reservedPeeringRanges"],
        json!(["google-managed-services-codementor-vpc"])
    );
    lab.no_violations();
}
