//! Private addresses for Google's services, out of the ranges that a network's private services access reserves.

use crate::world::World;
use ipnet::Ipv4Net;
use serde_json::Value;
use std::net::Ipv4Addr;

/// Why a network gives no addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The network is not there.
    NoNetwork,
    /// The Service Networking API is off.
    ApiOff,
    /// There is no private services access.
    NotPeered,
    /// The named range is not one of the connection's.
    NoSuchRange,
    /// All of the ranges are used up.
    Exhausted,
}

/// The ranges that a network (`projects/P/global/networks/N`) reserves, or the one of this name.
pub fn ranges(world: &World, network: &str, only: Option<&str>) -> Result<Vec<Ipv4Net>, Refusal> {
    if !world.has(&format!("compute/{network}")) {
        return Err(Refusal::NoNetwork);
    }
    let project = network.split('/').nth(1).unwrap_or_default();
    if !world.api_enabled(project, "servicenetworking.googleapis.com") {
        return Err(Refusal::ApiOff);
    }
    let connection = format!("servicenetworking/{network}/connections/servicenetworking.googleapis.com");
    let Some(connection) = world.get(&connection) else { return Err(Refusal::NotPeered) };
    let names = connection["reservedPeeringRanges"].as_array().cloned().unwrap_or_default();
    let names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
    if only.is_some_and(|only| !names.contains(&only)) {
        return Err(Refusal::NoSuchRange);
    }
    let wanted = names.into_iter().filter(|name| only.is_none_or(|only| only == *name));
    Ok(wanted
        .filter_map(|name| {
            let address = world.get(&format!("compute/projects/{project}/global/addresses/{name}"))?;
            let first: Ipv4Addr = address["address"].as_str()?.parse().ok()?;
            Ipv4Net::new(first, address["prefixLength"].as_u64()?.try_into().ok()?).ok()
        })
        .collect())
}

/// A free block of this size.
pub fn block(world: &World, network: &str, prefix: u8, only: Option<&str>) -> Result<Ipv4Net, Refusal> {
    let taken = taken(world, network);
    let mut blocks = ranges(world, network, only)?
        .into_iter()
        .filter(|range| range.prefix_len() <= prefix)
        .flat_map(move |range| range.subnets(prefix).into_iter().flatten());
    blocks
        .find(|block| taken.iter().all(|used| !used.contains(block) && !block.contains(used)))
        .ok_or(Refusal::Exhausted)
}

/// A free address for a Cloud SQL instance: Google gives Cloud SQL one /24 a region, which its instances share.
pub fn sql_address(
    world: &World,
    network: &str,
    region: &str,
    only: Option<&str>,
) -> Result<Ipv4Addr, Refusal> {
    let allowed = ranges(world, network, only)?;
    let used: Vec<Ipv4Addr> = sql_instances(world, network).filter_map(|(_, ip)| ip).collect();
    let blocks: Vec<Ipv4Net> = sql_instances(world, network)
        .filter(|(instance, _)| instance["region"] == region)
        .filter_map(|(_, ip)| Ipv4Net::new(ip?, 24).ok().map(|net| net.trunc()))
        .filter(|block| allowed.iter().any(|range| range.contains(block)))
        .collect();
    let free = |block: &Ipv4Net| block.hosts().skip(1).find(|ip| !used.contains(ip));
    match blocks.iter().find_map(free) {
        Some(address) => Ok(address),
        None => free(&block(world, network, 24, only)?).ok_or(Refusal::Exhausted),
    }
}

fn sql_instances<'a>(
    world: &'a World,
    network: &'a str,
) -> impl Iterator<Item = (&'a Value, Option<Ipv4Addr>)> {
    world
        .below("sqladmin/projects/")
        .into_iter()
        .filter(|(key, _)| key.split('/').count() == 5)
        .map(|(_, instance)| instance)
        .filter(move |instance| instance["settings"]["ipConfiguration"]["privateNetwork"] == network)
        .map(|instance| (instance, private_address(instance)))
}

/// The private address of a Cloud SQL instance, once it has one.
pub fn private_address(instance: &Value) -> Option<Ipv4Addr> {
    let addresses = instance["ipAddresses"].as_array()?;
    addresses.iter().find(|a| a["type"] == "PRIVATE")?["ipAddress"].as_str()?.parse().ok()
}

/// Blocks that are in use: Cloud SQL's /24s, each Redis instance's own block, and what Memorystore keeps for itself.
fn taken(world: &World, network: &str) -> Vec<Ipv4Net> {
    let sql =
        sql_instances(world, network).filter_map(|(_, ip)| Ipv4Net::new(ip?, 24).ok().map(|net| net.trunc()));
    let redis = world
        .below("redis/projects/")
        .into_iter()
        .filter(|(key, instance)| key.contains("/instances/") && instance["authorizedNetwork"] == network)
        .filter_map(|(_, instance)| instance["reservedIpRange"].as_str()?.parse().ok());
    sql.chain(redis).chain(docker()).collect()
}

/// Memorystore's own: no client in it reaches an instance [Google's documentation, by way of issue 2].
fn docker() -> Option<Ipv4Net> {
    Ipv4Net::new(Ipv4Addr::new(172, 17, 0, 0), 16).ok()
}

/// Whether a range touches the one that Memorystore keeps for itself.
pub fn touches_docker(range: &Ipv4Net) -> bool {
    docker().is_some_and(|docker| docker.contains(range) || range.contains(&docker))
}

/// A network `n` of the project `p`, with and without its private services access.
#[cfg(test)]
pub(crate) mod fixture {
    use crate::testing::Testing;
    use serde_json::json;

    /// The network.
    pub(crate) const NETWORK: &str = "projects/p/global/networks/n";

    /// Makes the network and its range, but no peering.
    pub(crate) fn network(testing: &mut Testing) {
        let mut world = testing.world();
        world.put(&format!("compute/{NETWORK}"), json!({"name": "n"}));
        world.put(
            "compute/projects/p/global/addresses/range",
            json!({"name": "range", "address": "10.20.0.0", "prefixLength": 16, "purpose": "VPC_PEERING"}),
        );
    }

    /// Makes the network and its peering.
    pub(crate) fn peered(testing: &mut Testing) {
        network(testing);
        testing.world().put(
            &format!("servicenetworking/{NETWORK}/connections/servicenetworking.googleapis.com"),
            json!({"network": NETWORK, "reservedPeeringRanges": ["range"]}),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Testing;
    use serde_json::json;

    #[test]
    fn blocks_do_not_overlap_and_run_out() {
        let mut t = Testing::new();
        fixture::peered(&mut t);
        let mut world = t.world();
        world.put(
            "compute/projects/p/global/addresses/range",
            json!({"address": "10.20.0.0", "prefixLength": 23}),
        );
        world.put(
            "sqladmin/projects/p/instances/i",
            json!({"region": "us-central1", "settings": {"ipConfiguration": {"privateNetwork": fixture::NETWORK}},
                   "ipAddresses": [{"type": "PRIVATE", "ipAddress": "10.20.0.3"}]}),
        );
        let block_of = |world: &World| block(world, fixture::NETWORK, 24, None);
        assert_eq!(block_of(&world).unwrap().to_string(), "10.20.1.0/24");
        assert_eq!(
            sql_address(&world, fixture::NETWORK, "us-central1", None).unwrap().to_string(),
            "10.20.0.2",
            "instances of one region share a block"
        );
        assert_eq!(sql_address(&world, fixture::NETWORK, "us-east1", None).unwrap().to_string(), "10.20.1.2");
        world.put(
            "redis/projects/p/locations/l/instances/r",
            json!({"authorizedNetwork": fixture::NETWORK, "reservedIpRange": "10.20.1.8/29"}),
        );
        assert_eq!(block_of(&world), Err(Refusal::Exhausted));
        assert_eq!(block(&world, fixture::NETWORK, 29, Some("other")), Err(Refusal::NoSuchRange));
    }

    #[test]
    fn nothing_is_given_out_of_what_memorystore_keeps() {
        let mut t = Testing::new();
        fixture::peered(&mut t);
        let mut world = t.world();
        world.put(
            "compute/projects/p/global/addresses/range",
            json!({"address": "172.16.0.0", "prefixLength": 15}),
        );
        let kept: Ipv4Net = "172.17.0.0/16".parse().unwrap();
        let given = block(&world, fixture::NETWORK, 16, None).unwrap();
        assert_ne!(given, kept);
    }
}
