//! Compute Engine API, as far as networks go.
//!
//! What other services need of it: [`network_exists`], [`peering_ranges`], [`taken_by`], the private addresses of
//! [`space`], and [`create_default_network`].

mod access;
mod address;
mod default_network;
mod filter;
mod firewall;
mod link;
mod list;
mod network;
mod operation;
mod peering;
mod place;
mod range;
mod refuse;
mod route;
mod space;
mod subnetwork;
#[cfg(test)]
mod tests;

pub use access::permission;
pub use default_network::{create_default_network, default_network};
pub use place::{is_region, is_zone};
pub use range::{Taken, address_range, network_exists, overlap, taken, taken_by};
pub use space::{
    NoSpace, connected, connection_users, peering_ranges, private_address, private_block, producer_key,
};

use super::unserved;
use crate::call::{Answer, Call};

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    access::check(id, call)?;
    let (resource, verb) = id.split_once('.').unwrap_or((id, ""));
    match resource {
        "networks" => network::handle(verb, call),
        "subnetworks" => subnetwork::handle(verb, call),
        "firewalls" => firewall::handle(verb, call),
        "addresses" | "globalAddresses" => address::handle(id, call),
        "routes" => route::handle(verb, call),
        "globalOperations" | "regionOperations" | "zoneOperations" => operation::handle(id, call),
        "regions" | "zones" | "projects" | "instances" | "forwardingRules" | "globalForwardingRules" => {
            place::handle(id, call)
        }
        _ => unserved(id),
    }
}
