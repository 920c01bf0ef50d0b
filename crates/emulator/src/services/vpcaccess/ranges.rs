//! Which address ranges of a network are taken.

use crate::world::World;
use ipnet::Ipv4Net;
use serde_json::Value;

/// Whether a range overlaps with anything on the network: a subnet, a secondary range, a range that is reserved for
/// Google's services, another connector.
pub fn conflict(world: &World, network: &str, range: Ipv4Net) -> bool {
    let Some(project) = network.split('/').nth(1) else { return false };
    let on_network = |value: &Value| {
        value["network"].as_str().is_some_and(|other| relative(world, project, other) == network)
    };
    let overlaps = |text: &Value| {
        text.as_str().and_then(|t| t.parse::<Ipv4Net>().ok()).is_some_and(|other| meet(range, other))
    };
    let subnets = world
        .below(&format!("compute/projects/{project}/regions/"))
        .into_iter()
        .filter(|(key, value)| key.contains("/subnetworks/") && on_network(value))
        .any(|(_, value)| {
            let secondary = value["secondaryIpRanges"].as_array().into_iter().flatten();
            overlaps(&value["ipCidrRange"]) || secondary.into_iter().any(|s| overlaps(&s["ipCidrRange"]))
        });
    let reserved = world
        .list(&format!("compute/projects/{project}/global/addresses"))
        .into_iter()
        .filter(|(_, value)| value["purpose"] == "VPC_PEERING" && on_network(value))
        .any(|(_, value)| {
            let text = format!("{}/{}", value["address"].as_str().unwrap_or(""), value["prefixLength"]);
            text.parse::<Ipv4Net>().is_ok_and(|other| meet(range, other))
        });
    let connectors = world
        .below(&format!("vpcaccess/projects/{project}/locations/"))
        .into_iter()
        .filter(|(key, value)| key.contains("/connectors/") && value["state"] != "ERROR" && on_network(value))
        .any(|(_, value)| overlaps(&value["ipCidrRange"]));
    subnets || reserved || connectors
}

/// `projects/P/global/networks/N` from a short name, a relative name or a URL.
pub fn relative(world: &World, project: &str, network: &str) -> String {
    if network.contains('/') {
        world.relative_name(network)
    } else {
        format!("projects/{project}/global/networks/{network}")
    }
}

fn meet(a: Ipv4Net, b: Ipv4Net) -> bool {
    a.contains(&b.network()) || b.contains(&a.network())
}
