//! The network, for all steps: what its parts are called, and the lists that they are read from.

use engine::{Address, Reader, Result};
use gcloud::gcloud;
use ipnet::Ipv4Net;
use serde_json::Value;

/// The VPC network.
pub fn network_address(name: &str) -> Address {
    Address::new("network", name)
}

/// The subnet.
pub fn subnet_address(name: &str) -> Address {
    Address::new("subnet", name)
}

/// The private services access of a network: Google's services have private addresses once it is there.
pub fn peering_address(network: &str) -> Address {
    Address::new("peering", network)
}

/// All networks of the project.
pub fn networks(cloud: &Reader) -> Result<Vec<Value>> {
    cloud.list(gcloud!["compute networks list"])
}

/// All subnets of the project, of all regions.
pub fn subnets(cloud: &Reader) -> Result<Vec<Value>> {
    cloud.list(gcloud!["compute networks subnets list"])
}

/// All global addresses of the project.
pub fn global_addresses(cloud: &Reader) -> Result<Vec<Value>> {
    cloud.list(gcloud!["compute addresses list", "--global"])
}

/// Whether a field that links to something (`network`, `region`) links to the thing with this name.
pub fn links_to(link: &Value, name: &str) -> bool {
    link.as_str().is_some_and(|link| link.rsplit('/').next() == Some(name))
}

/// A range of the network that something has already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenRange {
    /// The range.
    pub range: Ipv4Net,
    /// What has it, for a person: `the subnet web in europe-west1`.
    pub by: String,
}

/// Whether two ranges share an address.
pub fn overlap(a: &Ipv4Net, b: &Ipv4Net) -> bool {
    a.contains(&b.network()) || b.contains(&a.network())
}

/// What in the network has a part of this range, apart from the subnet or address range that is called `except`.
/// Reads the same lists as the network step's checks. Connectors have ranges that no list of compute shows.
pub fn range_taken(
    cloud: &Reader,
    network: &str,
    range: &Ipv4Net,
    except: &str,
) -> Result<Option<TakenRange>> {
    let others = |row: &&Value| links_to(&row["network"], network) && row["name"] != except;
    let name = |row: &Value| row["name"].as_str().unwrap_or_default().to_owned();
    let mut taken = Vec::new();
    for row in subnets(cloud)?.iter().filter(others) {
        let region = row["region"].as_str().and_then(|r| r.rsplit('/').next()).unwrap_or_default();
        let secondary = row["secondaryIpRanges"].as_array().into_iter().flatten();
        let ranges = std::iter::once(&row["ipCidrRange"]).chain(secondary.map(|s| &s["ipCidrRange"]));
        for range in ranges.filter_map(|range| range.as_str()?.parse().ok()) {
            taken.push(TakenRange { range, by: format!("the subnet {} in {region}", name(row)) });
        }
    }
    for row in global_addresses(cloud)?.iter().filter(others) {
        if let Some(range) = address_range(row) {
            taken.push(TakenRange { range, by: format!("the address range {}", name(row)) });
        }
    }
    Ok(taken.into_iter().find(|taken| overlap(&taken.range, range)))
}

/// The range of a row of [`global_addresses`]; `None` for a single address.
pub fn address_range(row: &Value) -> Option<Ipv4Net> {
    let prefix = u8::try_from(row["prefixLength"].as_u64()?).ok()?;
    Ipv4Net::new(row["address"].as_str()?.parse().ok()?, prefix).ok()
}
