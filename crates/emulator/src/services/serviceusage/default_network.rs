//! The `default` network that a project gets with the Compute Engine API: auto mode, with SSH and RDP open to the world.

use crate::operation::Effect;
use crate::services::orgpolicy;
use crate::world::World;
use serde_json::{Value, json};

/// Regions and their ranges in an auto mode network [Google's documentation, `Auto mode IPv4 subnet ranges`].
const RANGES: &[(&str, &str)] = &[
    ("asia-east1", "10.140.0.0/20"),
    ("asia-northeast1", "10.146.0.0/20"),
    ("asia-south1", "10.160.0.0/20"),
    ("asia-southeast1", "10.148.0.0/20"),
    ("australia-southeast1", "10.152.0.0/20"),
    ("europe-north1", "10.166.0.0/20"),
    ("europe-west1", "10.132.0.0/20"),
    ("europe-west2", "10.154.0.0/20"),
    ("europe-west3", "10.156.0.0/20"),
    ("europe-west4", "10.164.0.0/20"),
    ("northamerica-northeast1", "10.162.0.0/20"),
    ("southamerica-east1", "10.158.0.0/20"),
    ("us-central1", "10.128.0.0/20"),
    ("us-east1", "10.142.0.0/20"),
    ("us-east4", "10.150.0.0/20"),
    ("us-west1", "10.138.0.0/20"),
    ("us-west2", "10.168.0.0/20"),
];

/// What appears with the API.
pub(super) fn effects(world: &mut World, project: &str) -> Vec<Effect> {
    let root = format!("compute/projects/{project}");
    if world.has(&format!("{root}/global/networks/default"))
        || orgpolicy::enforced(world, project, "compute.skipDefaultNetworkCreation")
    {
        return Vec::new();
    }
    let link = |name: &str| format!("https://www.googleapis.com/compute/v1/projects/{project}/{name}");
    let stamp = world.stamp();
    let network = link("global/networks/default");
    let mut objects: Vec<(String, Value)> = Vec::new();
    let mut subnetworks = Vec::new();
    for (region, range) in RANGES {
        let name = format!("regions/{region}/subnetworks/default");
        subnetworks.push(json!(link(&name)));
        let gateway = range.replace(".0/20", ".1");
        let subnet = json!({
            "kind": "compute#subnetwork", "id": world.digits(19), "creationTimestamp": stamp, "name": "default",
            "network": network, "ipCidrRange": range, "gatewayAddress": gateway,
            "region": link(&format!("regions/{region}")), "selfLink": link(&name), "privateIpGoogleAccess": false,
            "fingerprint": "b9ZAXqUmgyk=", "purpose": "PRIVATE", "stackType": "IPV4_ONLY",
            "privateIpv6GoogleAccess": "DISABLE_GOOGLE_ACCESS",
        });
        objects.push((name, subnet));
    }
    let data = json!({
        "kind": "compute#network", "id": world.digits(19), "creationTimestamp": stamp, "name": "default",
        "description": "Default network for the project", "selfLink": network, "autoCreateSubnetworks": true,
        "selfLinkWithId": network, "subnetworks": subnetworks, "routingConfig": {"routingMode": "REGIONAL"},
        "networkFirewallPolicyEnforcementOrder": "AFTER_CLASSIC_FIREWALL",
    });
    objects.push(("global/networks/default".to_owned(), data));
    let everywhere = "0.0.0.0/0";
    let all = json!([{"IPProtocol": "tcp", "ports": ["0-65535"]}, {"IPProtocol": "udp", "ports": ["0-65535"]}, {"IPProtocol": "icmp"}]);
    let tcp = |port: &str| json!([{"IPProtocol": "tcp", "ports": [port]}]);
    for (name, description, allowed, source) in [
        ("default-allow-icmp", "Allow ICMP from anywhere", json!([{"IPProtocol": "icmp"}]), everywhere),
        ("default-allow-internal", "Allow internal traffic on the default network", all, "10.128.0.0/9"),
        ("default-allow-rdp", "Allow RDP from anywhere", tcp("3389"), everywhere),
        ("default-allow-ssh", "Allow SSH from anywhere", tcp("22"), everywhere),
    ] {
        let path = format!("global/firewalls/{name}");
        let rule = json!({
            "kind": "compute#firewall", "id": world.digits(19), "creationTimestamp": stamp, "name": name,
            "description": description, "network": network, "priority": 65534, "sourceRanges": [source],
            "allowed": allowed, "direction": "INGRESS", "logConfig": {"enable": false}, "disabled": false,
            "selfLink": link(&path),
        });
        objects.push((path, rule));
    }
    objects
        .into_iter()
        .map(|(name, data)| Effect::Put { key: format!("{root}/{name}"), data, hidden: Value::Null })
        .collect()
}
