//! Private addresses that Google's services take out of the ranges allocated to private services access.
//!
//! Each block that is taken is an object `servicenetworking/NETWORK/blocks/...` with its range, its owner's key and,
//! for shared blocks (Cloud SQL keeps one subnet a region), what it is shared for. A block counts as long as its
//! owner is in the world, so nobody has to give one back.

use super::{link, range};
use crate::world::World;
use ipnet::Ipv4Net;
use serde_json::json;
use std::net::Ipv4Addr;

/// Why no private address could be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoSpace {
    /// The network has no private services access.
    #[error("the network is not peered with servicenetworking.googleapis.com")]
    NotPeered,
    /// A range was asked for by name that is not one of the connection's.
    #[error("the requested range is not allocated to the connection")]
    UnknownRange,
    /// All allocated ranges are full. The wording is Google's.
    #[error(
        "Couldn't find free blocks in allocated IP ranges. Please allocate new ranges for this service provider."
    )]
    Exhausted,
}

fn connection(network: &str) -> String {
    format!("servicenetworking/{network}/connections/servicenetworking.googleapis.com")
}

/// Where the producer's side of a connection is kept after the consumer removed the peering: its ranges come back, or
/// get in the way, when the network is connected again.
pub fn producer_key(connection: &str) -> String {
    connection.replace("/connections/", "/producers/")
}

/// The blocks in use, for the list of peering routes.
pub fn block_ranges(world: &World, network: &str) -> Vec<Ipv4Net> {
    blocks(world, network).into_iter().map(|(range, _)| range).collect()
}

/// Whether a network has private services access.
pub fn connected(world: &World, network: &str) -> bool {
    world.has(&connection(&world.relative_name(network)))
}

/// The ranges of a network's private services access, by the name of their address resource.
pub fn peering_ranges(world: &World, network: &str) -> Vec<(String, Ipv4Net)> {
    let network = world.relative_name(network);
    let project = network.split('/').nth(1).unwrap_or_default();
    let Some(connection) = world.get(&connection(&network)) else { return Vec::new() };
    let names = connection["reservedPeeringRanges"].as_array().into_iter().flatten();
    names
        .filter_map(|name| {
            let name = name.as_str()?;
            // An address that was deleted while it was in use gives no new blocks.
            let data = world.get(&format!("compute/projects/{project}/global/addresses/{name}"))?;
            Some((name.to_owned(), range::address_range(data)?))
        })
        .collect()
}

/// The blocks of a network that are in use: range, and key of the owner.
fn blocks(world: &World, network: &str) -> Vec<(Ipv4Net, String)> {
    let network = world.relative_name(network);
    world
        .list(&format!("servicenetworking/{network}/blocks"))
        .into_iter()
        .filter_map(|(_, block)| {
            let owner = block["owner"].as_str()?;
            let range = block["range"].as_str()?.parse().ok()?;
            world.has(owner).then(|| (range, owner.to_owned()))
        })
        .collect()
}

/// Takes a free block of this size for `owner` (a key in the world, which must be put before the next call), out of
/// the range with this name or, where it is `None`, out of any.
pub fn private_block(
    world: &mut World,
    network: &str,
    prefix: u8,
    owner: &str,
    from: Option<&str>,
) -> Result<Ipv4Net, NoSpace> {
    let network = world.relative_name(network);
    let ranges = ranges(world, &network, from)?;
    let used: Vec<Ipv4Net> = blocks(world, &network).into_iter().map(|(range, _)| range).collect();
    let free = ranges
        .into_iter()
        .filter(|range| range.prefix_len() <= prefix)
        .filter_map(|range| range.subnets(prefix).ok())
        .flatten()
        .find(|block| !used.iter().any(|u| range::overlap(u, block)))
        .ok_or(NoSpace::Exhausted)?;
    let name = free.to_string().replace('/', "_");
    world.put(
        &format!("servicenetworking/{network}/blocks/{name}"),
        json!({"range": free.to_string(), "owner": owner}),
    );
    Ok(free)
}

/// Takes an address for `owner` out of the /24 that `service` (a name, `sql`) has in this region of the network; the
/// /24 is allocated when it is first needed.
pub fn private_address(
    world: &mut World,
    network: &str,
    service: &str,
    region: &str,
    owner: &str,
    from: Option<&str>,
) -> Result<Ipv4Addr, NoSpace> {
    let network = world.relative_name(network);
    ranges(world, &network, from)?;
    let purpose = format!("{service}-{region}");
    let subnet = format!("servicenetworking/{network}/subnets/{purpose}");
    if !world.has(&subnet) {
        let block = private_block(world, &network, 24, &subnet, from)?;
        world.put(&subnet, json!({"range": block.to_string(), "purpose": purpose}));
    }
    let range: Ipv4Net =
        world.get(&subnet).and_then(|s| s["range"].as_str()?.parse().ok()).ok_or(NoSpace::Exhausted)?;
    let used = addresses(world, &subnet);
    // The first two addresses of a subnet are its network and its gateway, the last two are kept as well.
    let last = range.hosts().count().saturating_sub(1);
    let free = range.hosts().take(last).skip(1).find(|a| !used.contains(a)).ok_or(NoSpace::Exhausted)?;
    world.put(&format!("{subnet}/addresses/{free}"), json!({"address": free.to_string(), "owner": owner}));
    Ok(free)
}

fn addresses(world: &World, subnet: &str) -> Vec<Ipv4Addr> {
    world
        .list(&format!("{subnet}/addresses"))
        .into_iter()
        .filter(|(_, a)| a["owner"].as_str().is_some_and(|owner| world.has(owner)))
        .filter_map(|(_, a)| a["address"].as_str()?.parse().ok())
        .collect()
}

fn ranges(world: &World, network: &str, from: Option<&str>) -> Result<Vec<Ipv4Net>, NoSpace> {
    if !connected(world, network) {
        return Err(NoSpace::NotPeered);
    }
    // A range may be named by its short name or by its full one.
    let wanted = from.filter(|f| !f.is_empty()).map(link::last);
    let ranges: Vec<Ipv4Net> = peering_ranges(world, network)
        .into_iter()
        .filter(|(name, _)| wanted.is_none_or(|w| w == name))
        .map(|(_, range)| range)
        .collect();
    if wanted.is_some() && ranges.is_empty() { Err(NoSpace::UnknownRange) } else { Ok(ranges) }
}

/// What still uses a network's private services access, as keys of the world: what holds addresses or blocks, and
/// every Cloud SQL or Redis instance that names the network.
pub fn connection_users(world: &World, network: &str) -> Vec<String> {
    let network = world.relative_name(network);
    let mut found: Vec<String> = blocks(world, &network)
        .into_iter()
        .map(|(_, owner)| owner)
        .filter(|owner| !owner.starts_with("servicenetworking/"))
        .collect();
    for (_, address) in world.below(&format!("servicenetworking/{network}/subnets/")) {
        found.extend(address["owner"].as_str().filter(|o| world.has(o)).map(str::to_owned));
    }
    let same = |value: &serde_json::Value| value.as_str().is_some_and(|n| world.relative_name(n) == network);
    for (key, data) in world.below("sqladmin/projects/") {
        if same(&data["settings"]["ipConfiguration"]["privateNetwork"]) {
            found.push(key.to_owned());
        }
    }
    for (key, data) in world.below("redis/projects/") {
        if same(&data["authorizedNetwork"]) && data["connectMode"] == "PRIVATE_SERVICE_ACCESS" {
            found.push(key.to_owned());
        }
    }
    found.sort();
    found.dedup();
    found
}
