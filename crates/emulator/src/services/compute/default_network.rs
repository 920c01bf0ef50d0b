//! The network that Google adds to a project when compute is enabled in it.

use super::{link, network, route, subnetwork};
use crate::operation::Effect;
use crate::services::orgpolicy;
use crate::world::World;
use serde_json::{Value, json};

/// What appears with the Compute Engine API: the `default` network and its firewall rules, unless an organization
/// policy forbids it. Only the first time: the network does not come back once it was deleted.
pub fn default_network(world: &World, project: &str) -> Vec<Effect> {
    let seen = format!("compute/projects/{project}");
    if world.has(&seen) || orgpolicy::enforced(world, project, "compute.skipDefaultNetworkCreation") {
        return Vec::new();
    }
    // It is made in a world of its own, so that all of it can be kept until the API is on.
    let mut apart = World::default();
    apart.now = world.now;
    apart.put(&seen, json!({"kind": "compute#project", "name": project}));
    create(&mut apart, project);
    let made = apart.below(&seen);
    made.into_iter()
        .map(|(key, data)| Effect::Put { key: key.to_owned(), data: data.clone(), hidden: Value::Null })
        .collect()
}

/// The same, at once.
pub fn create_default_network(world: &mut World, project: &str) {
    for effect in default_network(world, project) {
        world.apply(effect);
    }
}

fn create(world: &mut World, project: &str) {
    let input = json!({"description": "Default network for the project"});
    network::create(world, project, "default", true, &input);
    let rules = [
        ("default-allow-icmp", "Allow ICMP from anywhere", "0.0.0.0/0", json!([{"IPProtocol": "icmp"}])),
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

/// Keys of what goes with a network when it is deleted.
pub fn attached(world: &World, relative: &str) -> Vec<String> {
    let subnets = subnetwork::of_network(world, relative);
    let keys =
        subnets.iter().filter_map(|s| s["selfLink"].as_str()).map(|l| link::key(&world.relative_name(l)));
    keys.chain(route::of_network(world, relative)).collect()
}
