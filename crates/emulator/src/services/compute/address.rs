//! Global addresses: single ones, and the ranges that are allocated to private services access.

use super::operation::{self, Change};
use super::{link, list, network, place, range, refuse};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::Effect;
use crate::services::unserved;
use ipnet::Ipv4Net;
use serde_json::json;

/// Answers a method of `addresses` or `globalAddresses`.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    if let Some(operation) = operation::repeated(call) {
        return Ok(operation.into());
    }
    let project = call.project().to_owned();
    let parent = format!("projects/{project}/global/addresses");
    let name = if id.ends_with("setLabels") { call.param("resource") } else { call.param("address") };
    let own = format!("{parent}/{name}");
    let existing = |call: &Call| {
        let found = call.world.get(&link::key(&own)).cloned();
        found.ok_or_else(|| refuse::missing(&own))
    };
    match id {
        "globalAddresses.insert" => insert(call, &parent),
        "globalAddresses.get" => Ok(existing(call)?.into()),
        "globalAddresses.list" => {
            let rows = list::rows(call, &parent);
            list::reply(call, "address", &parent, rows)
        }
        "globalAddresses.delete" => {
            existing(call)?;
            operation::ready(call.world, &own)?;
            // A range can be deleted while a private connection lists it [Google's documentation of private services
            // access]: what has addresses keeps them, nothing new gets any.
            Change::new("delete", &own, 5.0).then([Effect::Remove { key: link::key(&own) }]).start(call)
        }
        "globalAddresses.setLabels" => {
            let mut data = existing(call)?;
            operation::ready(call.world, &own)?;
            if call.body["labelFingerprint"] != data["labelFingerprint"] {
                return Err(refuse::stale(
                    "Labels fingerprint either invalid or resource labels have changed",
                ));
            }
            data["labels"] = call.body["labels"].clone();
            data["labelFingerprint"] = json!(link::fingerprint(call.world));
            Change::new("setLabels", &own, 3.0).put(call.world, data).start(call)
        }
        "addresses.list" => {
            let region = call.param("region").to_owned();
            if !place::is_region(&region) {
                return Err(refuse::missing(&format!("projects/{project}/regions/{region}")));
            }
            // Regional addresses cannot be made here: there are those that were arranged.
            let parent = format!("projects/{project}/regions/{region}/addresses");
            let rows = list::rows(call, &parent);
            list::reply(call, "address", &parent, rows)
        }
        "addresses.aggregatedList" => {
            let rows = list::arranged(call, &list::scopes(), "addresses");
            list::aggregated(call, "address", "addresses", list::scopes(), rows)
        }
        _ => unserved(call.route.id),
    }
}

fn insert(call: &mut Call, parent: &str) -> Answer {
    let mut data = call.input();
    let name = link::checked_name(call)?;
    let relative = format!("{parent}/{name}");
    let internal = call.text("addressType") == "INTERNAL";
    let purpose = call.text("purpose").to_owned();
    if !internal && matches!(purpose.as_str(), "VPC_PEERING" | "PRIVATE_SERVICE_CONNECT") {
        return Err(refuse::value(
            "resource.purpose",
            &purpose,
            "The field cannot be specified with external address.",
        ));
    }
    if internal && !matches!(purpose.as_str(), "VPC_PEERING" | "PRIVATE_SERVICE_CONNECT") {
        let why = "Global internal addresses must have the purpose VPC_PEERING or PRIVATE_SERVICE_CONNECT."; // guess
        return Err(refuse::value("resource.purpose", &purpose, why));
    }
    let mut conflict = None;
    if internal {
        if call.text("network").is_empty() {
            return Err(refuse::required("resource.network"));
        }
        let (network, _) = network::referred(call, "network")?;
        if call.world.has(&link::key(&relative)) {
            return Err(refuse::exists(&relative));
        }
        let range = wanted(call, &network)?;
        conflict = range::taken_by(call.world, &network, &range).map(|taken| (range, taken));
        data["network"] = json!(link::url(&network));
        data["address"] = json!(range.network().to_string());
        if purpose == "VPC_PEERING" {
            data["prefixLength"] = json!(range.prefix_len());
        }
    } else {
        if call.world.has(&link::key(&relative)) {
            return Err(refuse::exists(&relative));
        }
        if !call.text("network").is_empty() {
            let network = call.text("network").to_owned();
            return Err(refuse::value(
                "resource.network",
                &network,
                "The field cannot be specified with external address.",
            ));
        }
        let number = call.world.count("external-address");
        data["address"] = json!(format!("34.160.{}.{}", number / 254 % 256, 1 + number % 254));
        data["ipVersion"] = json!("IPV4");
        data["addressType"] = json!("EXTERNAL");
    }
    // Internal addresses do not show an IP version.
    if let Some(map) = data.as_object_mut().filter(|_| internal) {
        map.remove("ipVersion");
        map.remove("params");
    }
    data["networkTier"] = json!("PREMIUM");
    data["status"] = json!("RESERVED");
    data["labelFingerprint"] = json!("42WmSpB8rSM=");
    link::born(call.world, "address", &relative, &mut data);
    let mut change = Change::new("insert", &relative, 5.0);
    match conflict {
        // Google accepts the request; the operation fails, in these words.
        Some((range, taken)) => {
            let message = format!(
                "Invalid IP CIDR range: {range} conflicts with IP range {} that was allocated by resource {}.",
                taken.range, taken.by
            );
            change.failure = Some(refuse::failed("INVALID_USAGE", message));
        }
        None => {
            call.world.put(&link::key(&relative), data);
            change.failure_effects = vec![Effect::Remove { key: link::key(&relative) }];
        }
    }
    change.start(call)
}

/// The range that an insert asks for, or a free one of its size.
fn wanted(call: &Call, network: &str) -> Result<Ipv4Net, ApiError> {
    let prefix = if call.text("purpose") == "VPC_PEERING" {
        let Some(prefix) = call.body["prefixLength"].as_u64() else {
            return Err(refuse::required("resource.prefixLength"));
        };
        if !(8..=30).contains(&prefix) {
            let why = "Must be greater than or equal to 8 and less than or equal to 30."; // guess
            return Err(refuse::value("resource.prefixLength", &prefix.to_string(), why));
        }
        prefix as u8
    } else {
        32
    };
    let text = call.text("address");
    if text.is_empty() {
        let taken = range::taken(call.world, network);
        let from: Ipv4Net = Ipv4Net::new(std::net::Ipv4Addr::new(10, 0, 0, 0), 8).unwrap_or_default();
        // Google picks somewhere in 10.0.0.0/8, away from the ranges of auto mode networks.
        let mut blocks = from
            .subnets(prefix.max(8))
            .map_err(|e| refuse::value("resource.prefixLength", "", &e.to_string()))?;
        return blocks
            .find(|b| b.network().octets()[1] >= 20 && !taken.iter().any(|t| range::overlap(&t.range, b)))
            .ok_or_else(|| refuse::usage("Couldn't find free IP address blocks in the network."));
    }
    let Ok(address) = text.parse::<std::net::Ipv4Addr>() else {
        return Err(refuse::value("resource.address", text, "Must be a valid IPV4 address."));
    };
    let range = Ipv4Net::new(address, prefix).unwrap_or_default();
    if range.network() != address {
        // [rule: an allocated range is a CIDR block; wording: guess]
        let why = format!("The address must be the first one of a range with prefix length {prefix}.");
        return Err(refuse::value("resource.address", text, &why));
    }
    if range::prohibited(&range) || !address_is_internal(&range) {
        return Err(refuse::value("resource.address", text, "Must be an internal address.")); // guess
    }
    Ok(range)
}

/// Private, shared and other ranges that Google documents as valid for subnets; publicly used ranges are refused here,
/// as they need a deliberate choice that gcloud has no flag for.
fn address_is_internal(range: &Ipv4Net) -> bool {
    const VALID: &[&str] = &[
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
    ];
    VALID.iter().filter_map(|v| v.parse::<Ipv4Net>().ok()).any(|v| v.contains(range))
}
