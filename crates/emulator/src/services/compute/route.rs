//! Routes: those that Google adds by itself, and static ones.

use super::operation::{self, Change};
use super::{link, list, network, range, refuse};
use crate::call::{Answer, Call};
use crate::operation::Effect;
use crate::services::unserved;
use crate::world::World;
use serde_json::{Value, json};

/// Answers a method.
pub fn handle(verb: &str, call: &mut Call) -> Answer {
    if let Some(operation) = operation::repeated(call) {
        return Ok(operation.into());
    }
    let project = call.project().to_owned();
    let parent = format!("projects/{project}/global/routes");
    let own = format!("{parent}/{}", call.param("route"));
    let existing =
        |call: &Call| call.world.get(&link::key(&own)).cloned().ok_or_else(|| refuse::missing(&own));
    match verb {
        "get" => Ok(existing(call)?.into()),
        "list" => {
            let rows = list::rows(call, &parent);
            list::reply(call, "route", &parent, rows)
        }
        "insert" => insert(call, &parent),
        "delete" => {
            let data = existing(call)?;
            operation::ready(call.world, &own)?;
            if !data["nextHopNetwork"].is_null() || !data["nextHopPeering"].is_null() {
                // [rule: Google's documentation of subnet routes; wording: guess]
                return Err(refuse::usage(
                    "The route is managed by its subnetwork or peering and cannot be deleted",
                ));
            }
            Change::new("delete", &own, 10.0).then([Effect::Remove { key: link::key(&own) }]).start(call)
        }
        _ => unserved(call.route.id),
    }
}

fn insert(call: &mut Call, parent: &str) -> Answer {
    let mut data = call.input();
    let name = link::checked_name(call)?;
    let relative = format!("{parent}/{name}");
    let (network, _) = network::referred(call, "network")?;
    if call.world.has(&link::key(&relative)) {
        return Err(refuse::exists(&relative));
    }
    let destination = call.text("destRange").to_owned();
    if range::parse(&destination).is_none() {
        return Err(refuse::value("resource.destRange", &destination, "Must be a valid CIDR address range."));
    }
    let hops = ["nextHopGateway", "nextHopIp", "nextHopInstance", "nextHopIlb", "nextHopVpnTunnel"];
    if hops.iter().filter(|hop| !data[**hop].is_null()).count() != 1 {
        return Err(refuse::value("resource.nextHop", "", "Exactly one next hop must be specified."));
    }
    if data["priority"].is_null() {
        data["priority"] = json!(1000);
    }
    data["network"] = json!(link::url(&network));
    if let Some(gateway) = data["nextHopGateway"].as_str() {
        let project = call.project();
        data["nextHopGateway"] = json!(link::url(&link::relative(call.world, project, gateway)));
    }
    data["routeType"] = json!("STATIC");
    link::born(call.world, "route", &relative, &mut data);
    call.world.put(&link::key(&relative), data);
    let mut change = Change::new("insert", &relative, 10.0);
    change.failure_effects = vec![Effect::Remove { key: link::key(&relative) }];
    change.start(call)
}

/// Whether Google made this route and removes it with its network.
pub fn is_automatic(route: &Value) -> bool {
    route["name"].as_str().is_some_and(|n| n.starts_with("default-route-") || n.starts_with("peering-route-"))
}

/// The route to the Internet that each new network has.
pub fn add_internet(world: &mut World, project: &str, network: &str) {
    let gateway = link::url(&format!("projects/{project}/global/gateways/default-internet-gateway"));
    let data = json!({
        "description": "Default route to the Internet.", "destRange": "0.0.0.0/0", "nextHopGateway": gateway,
    });
    add(world, project, network, data);
}

/// The route to a new subnet.
pub fn add_subnet(world: &mut World, project: &str, network: &str, subnet: &Value) {
    let range = subnet["ipCidrRange"].as_str().unwrap_or_default();
    let data = json!({
        "description": format!("Default local route to the subnetwork {range}."), "destRange": range,
        "nextHopNetwork": link::url(network),
    });
    add(world, project, network, data);
}

fn add(world: &mut World, project: &str, network: &str, mut data: Value) {
    let name = format!("default-route-{}", world.hex(16));
    let relative = format!("projects/{project}/global/routes/{name}");
    data["name"] = json!(name);
    data["network"] = json!(link::url(network));
    data["priority"] = json!(if data["nextHopNetwork"].is_null() { 1000 } else { 0 });
    link::born(world, "route", &relative, &mut data);
    world.put(&link::key(&relative), data);
}

/// Keys of the routes that Google removes with a network.
pub fn of_network(world: &World, network: &str) -> Vec<String> {
    let own = link::url(network);
    automatic(world, network, |route| route["network"] == own.as_str())
}

/// Keys of the routes that Google removes with a subnet.
pub fn of_subnet(world: &World, subnet: &str) -> Vec<String> {
    let Some(data) = world.get(&link::key(subnet)) else { return Vec::new() };
    automatic(world, subnet, |route| {
        route["network"] == data["network"]
            && route["destRange"] == data["ipCidrRange"]
            && !route["nextHopNetwork"].is_null()
    })
}

fn automatic(world: &World, relative: &str, of: impl Fn(&Value) -> bool) -> Vec<String> {
    let project = relative.split('/').nth(1).unwrap_or_default();
    let routes = world.list(&format!("compute/projects/{project}/global/routes"));
    routes
        .into_iter()
        .filter(|(_, route)| is_automatic(route) && of(route))
        .map(|(key, _)| key.to_owned())
        .collect()
}

/// What becomes of a subnet's route when the subnet grows.
pub fn resized(world: &World, subnet: &str, data: &Value) -> Vec<Effect> {
    let range = data["ipCidrRange"].as_str().unwrap_or_default();
    let patch =
        json!({"destRange": range, "description": format!("Default local route to the subnetwork {range}.")});
    of_subnet(world, subnet).into_iter().map(|key| Effect::Merge { key, patch: patch.clone() }).collect()
}
