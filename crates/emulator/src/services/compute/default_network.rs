//! The network that Google adds to a project when compute is enabled in it.

use super::{link, network, route, subnetwork};
use crate::world::World;
use serde_json::{Value, json};

/// Adds the `default` network with its firewall rules, as Google does when the Compute Engine API is enabled in a
/// project for the first time: unless an organization policy forbids it.
pub fn create_default_network(world: &mut World, project: &str) {
    let seen = format!("compute/projects/{project}");
    if world.has(&seen) || forbidden(world, project) {
        return;
    }
    // The project's own object records that it was done: the network does not come back once it was deleted.
    world.put(&seen, json!({"kind": "compute#project", "name": project}));
    let input = json!({"description": "Default network for the project"});
    network::create(world, project, "default", true, &input);
    let rules = [
        (
            "default-allow-icmp",
            "Allow ICMP from anywhere",
            "0.0.0.0/0",
            json!([{"IPProtocol": "icmp"}]),
        ),
        (
            "default-allow-internal",
            "Allow internal traffic on the default network",
            "10.128.0.0/9",
            json!([
                {"IPProtocol": "tcp", "ports": ["0-65535"]}, {"IPProtocol": "udp", "ports": ["0-65535"]},
                {"IPProtocol": "icmp"},
            ]),
        ),
        (
            "default-allow-rdp",
            "Allow RDP from anywhere",
            "0.0.0.0/0",
            json!([{"IPProtocol": "tcp", "ports": ["3389"]}]),
        ),
        (
            "default-allow-ssh",
            "Allow SSH from anywhere",
            "0.0.0.0/0",
            json!([{"IPProtocol": "tcp", "ports": ["22"]}]),
        ),
    ];
    for (name, description, range, allowed) in rules {
        let relative = format!("projects/{project}/global/firewalls/{name}");
        let mut data = json!({
            "name": name, "description": description, "network": link::url(&network::relative(project, "default")),
            "priority": 65534, "sourceRanges": [range], "allowed": allowed, "direction": "INGRESS", "disabled": false,
            "logConfig": {"enable": false},
        });
        link::born(world, "firewall", &relative, &mut data);
        world.put(&link::key(&relative), data);
    }
}

/// Whether the organization policy `compute.skipDefaultNetworkCreation` is enforced on the project.
fn forbidden(world: &World, project: &str) -> bool {
    let policy = world.get(&format!("orgpolicy/projects/{project}/policies/compute.skipDefaultNetworkCreation"));
    let rules = policy.map_or(&Value::Null, |p| &p["spec"]["rules"]);
    rules.as_array().into_iter().flatten().any(|rule| rule["enforce"] == true)
}

/// Keys of what goes with a network when it is deleted.
pub fn attached(world: &World, relative: &str) -> Vec<String> {
    let subnets = subnetwork::of_network(world, relative);
    let keys = subnets
        .iter()
        .filter_map(|s| s["selfLink"].as_str())
        .map(|l| link::key(&world.relative_name(l)));
    keys.chain(route::of_network(world, relative)).collect()
}
