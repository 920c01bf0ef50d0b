//! Which ranges of a network are taken, and by what.

use super::link;
use crate::world::World;
use ipnet::Ipv4Net;

/// A range of a network that something has.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The range.
    pub range: Ipv4Net,
    /// `subnetwork`, `address`, `connector` or `route`.
    pub kind: &'static str,
    /// Relative name of what has it, `projects/p/regions/r/subnetworks/s`.
    pub by: String,
}

/// Whether a network exists; it may be named by a link, with the project's id or number.
pub fn network_exists(world: &World, network: &str) -> bool {
    let network = world.relative_name(network);
    network.contains("/global/networks/") && world.has(&link::key(&network))
}

/// Whether two ranges share an address.
pub fn overlap(a: &Ipv4Net, b: &Ipv4Net) -> bool {
    a.contains(&b.network()) || b.contains(&a.network())
}

/// The first thing in a network that has a part of a range.
pub fn taken_by(world: &World, network: &str, range: &Ipv4Net) -> Option<Taken> {
    taken(world, network).into_iter().find(|taken| overlap(&taken.range, range))
}

/// Every range of a network that something has: subnets with their secondary ranges, allocated ranges, connectors.
pub fn taken(world: &World, network: &str) -> Vec<Taken> {
    let network = world.relative_name(network);
    let project = network.split('/').nth(1).unwrap_or_default().to_owned();
    let own = link::url(&network);
    let mut found = Vec::new();
    for (key, data) in world.below(&format!("compute/projects/{project}/regions/")) {
        if !key.contains("/subnetworks/") || data["network"] != own.as_str() {
            continue;
        }
        let by = key.trim_start_matches("compute/").to_owned();
        let secondary = data["secondaryIpRanges"].as_array().into_iter().flatten();
        let ranges = std::iter::once(&data["ipCidrRange"]).chain(secondary.map(|s| &s["ipCidrRange"]));
        for range in ranges.filter_map(|r| r.as_str()?.parse().ok()) {
            found.push(Taken { range, kind: "subnetwork", by: by.clone() });
        }
    }
    for (key, data) in world.list(&format!("compute/projects/{project}/global/addresses")) {
        if data["network"] == own.as_str()
            && let Some(range) = address_range(data)
        {
            found.push(Taken { range, kind: "address", by: key.trim_start_matches("compute/").to_owned() });
        }
    }
    // A connector with a range of its own is a hidden subnet of the network.
    for (key, data) in world.below(&format!("vpcaccess/projects/{project}/")) {
        let same = data["network"].as_str().is_some_and(|n| link::last(n) == link::last(&network));
        if key.contains("/connectors/")
            && same
            && data["state"] != "ERROR"
            && let Some(range) = data["ipCidrRange"].as_str().and_then(|r| r.parse().ok())
        {
            found.push(Taken {
                range,
                kind: "connector",
                by: key.trim_start_matches("vpcaccess/").to_owned(),
            });
        }
    }
    found
}

/// The range of an address object: `address` and `prefixLength`.
pub fn address_range(data: &serde_json::Value) -> Option<Ipv4Net> {
    let address = data["address"].as_str()?.parse().ok()?;
    let prefix = data["prefixLength"].as_u64().unwrap_or(32);
    Ipv4Net::new(address, u8::try_from(prefix).ok()?).ok()
}

/// A CIDR as compute wants it: no bits below the prefix.
pub fn parse(text: &str) -> Option<Ipv4Net> {
    let range: Ipv4Net = text.parse().ok()?;
    (text.contains('/') && range.network() == range.addr()).then_some(range)
}

/// Ranges that no subnet may have (Google's "prohibited IPv4 subnet ranges").
const PROHIBITED: &[&str] = &[
    "0.0.0.0/8",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "199.36.153.4/30",
    "199.36.153.8/30",
    "224.0.0.0/4",
    "255.255.255.255/32",
];

/// Whether Google keeps a part of this range for itself.
pub fn prohibited(range: &Ipv4Net) -> bool {
    PROHIBITED.iter().filter_map(|p| p.parse().ok()).any(|p| overlap(&p, range))
}
