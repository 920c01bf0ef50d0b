//! The step through the real gcloud, against the emulator.

use config::Config;
use engine::{Address, Step};
use resources::lab::{Lab, PROJECT, Run};
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

fn lab() -> Option<Lab> {
    Lab::new(&[COMPUTE, PEERING])
}

/// Changes something behind the tool's back.
fn compute(lab: &Lab, method: &str, path: &str, body: Value) {
    let answer = lab.ok(method, COMPUTE, &format!("/compute/v1/projects/{PROJECT}/{path}"), body);
    assert!(answer["error"].is_null(), "{path}: {answer}");
}

fn made(lab: &Lab) {
    compute(
        lab,
        "POST",
        "global/networks",
        json!({"name": "codementor-vpc", "autoCreateSubnetworks": false}),
    );
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

fn problem(run: &Run) -> String {
    run.result.as_ref().expect_err("it fails").to_string()
}

#[test]
fn all_of_it_is_made_once_and_mended_where_it_drifts() {
    let Some(lab) = lab() else { return };
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
    let run = lab.plan(&steps(&config)).well();
    assert_eq!(run.plan(), Vec::<String>::new());
    lab.no_violations();
}

#[test]
fn a_default_network_of_somebody_else_s_project_is_told_of_and_left() {
    let Some(lab) = lab() else { return };
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

#[test]
fn a_peering_with_other_ranges_is_widened_and_a_busy_one_waited_for() {
    let Some(lab) = lab() else { return };
    made(&lab);
    compute(&lab, "POST", "global/addresses", range("other", "10.30.0.0"));
    connect(&lab, &["other"]);
    lab.fault(json!({
        "match": "PATCH servicenetworking.googleapis.com/", "times": 1,
        "action": {"status": {"code": 400, "status": "FAILED_PRECONDITION",
            "message": "There is a peering operation in progress on the local or peer network. Try again later."}},
    }));
    let run = lab.apply(&steps(&config())).well();
    // What it finds is known only once the range is made: then it is an update.
    assert_eq!(run.plan().last().map(String::as_str), Some("+ peering/codementor-vpc"));
    lab.faults_struck();
    let ranges = lab.object(CONNECTION)["reservedPeeringRanges"].clone();
    assert_eq!(ranges, json!(["other", "google-managed-services-codementor-vpc"]));
    let run = lab.plan(&steps(&config())).well();
    assert_eq!(run.plan(), Vec::<String>::new());

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

#[test]
fn ranges_that_collide_are_seen_before_anything_is_made() {
    let Some(lab) = lab() else { return };
    made(&lab);
    let web =
        json!({"name": "web", "network": "global/networks/codementor-vpc", "ipCidrRange": "10.128.8.0/24"});
    compute(&lab, "POST", "regions/europe-west1/subnetworks", web);
    let run = lab.apply(&steps(&config()));
    assert_eq!(
        problem(&run),
        "the subnet codementor-subnet cannot have the range 10.128.0.0/20: 10.128.8.0/24 of the subnet web in \
         europe-west1 in the network codementor-vpc overlaps it"
    );
    assert_eq!(run.writes, Vec::<String>::new());
    let mut config = config();
    config.network.range = "10.64.0.0/20".parse().unwrap();
    config.network.services_range = "10.128.0.0/16".parse().unwrap();
    let run = lab.apply(&steps(&config));
    assert!(
        problem(&run).starts_with("the range 10.128.0.0/16 cannot be set aside for Google's services"),
        "{}",
        problem(&run)
    );
    assert_eq!(run.writes, Vec::<String>::new());
}

#[test]
fn it_goes_in_the_opposite_order_once_nothing_needs_the_peering() {
    let Some(lab) = lab() else { return };
    lab.apply(&steps(&config())).well();
    let instance = "sqladmin/projects/proj-one/instances/db";
    let private = json!({"settings": {"ipConfiguration": {"privateNetwork": "projects/proj-one/global/networks/codementor-vpc"}}});
    lab.arrange(json!([{"key": instance, "data": private}]));
    let run = lab.destroy(steps(&config()));
    assert!(problem(&run).contains("are still using this connection"), "{}", problem(&run));
    assert!(lab.object(NETWORK).is_object() && lab.object(CONNECTION).is_object());

    lab.arrange(json!([{"key": instance, "remove": true}]));
    let run = lab.destroy(steps(&config())).well();
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
