//! Networks.

use super::operation::{self, Change};
use super::{default_network, link, list, peering, place, refuse, route, subnetwork};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::Effect;
use crate::services::unserved;
use crate::world::World;
use serde_json::{Value, json};

/// The relative name of a network.
pub fn relative(project: &str, name: &str) -> String {
    format!("projects/{project}/global/networks/{name}")
}

/// Answers a method.
pub fn handle(verb: &str, call: &mut Call) -> Answer {
    if let Some(operation) = operation::repeated(call) {
        return Ok(operation.into());
    }
    let project = call.project().to_owned();
    let own = relative(&project, call.param("network"));
    match verb {
        "insert" => insert(call),
        "get" => Ok(shown(call.world, existing(call.world, &own)?).into()),
        "list" => {
            let parent = format!("projects/{project}/global/networks");
            let rows = list::rows(call, &parent).into_iter().map(|n| shown(call.world, n)).collect();
            list::reply(call, "network", &parent, rows)
        }
        "patch" => patch(call, &own),
        "delete" => delete(call, &own),
        "switchToCustomMode" => switch(call, &own),
        "removePeering" | "updatePeering" => {
            existing(call.world, &own)?;
            peering::handle(verb, call, &own)
        }
        "listPeeringRoutes" => {
            existing(call.world, &own)?;
            peering::routes(call, &own)
        }
        "getEffectiveFirewalls" => {
            existing(call.world, &own)?;
            let mut rules = list::rows(call, &format!("projects/{project}/global/firewalls"));
            rules.retain(|rule| rule["network"] == link::url(&own).as_str());
            Ok(json!({ "firewalls": rules }).into())
        }
        _ => unserved(call.route.id),
    }
}

/// A network that exists, or 404.
pub fn existing(world: &World, relative: &str) -> Result<Value, ApiError> {
    world.get(&link::key(relative)).cloned().ok_or_else(|| refuse::missing(relative))
}

/// A network that a new object refers to, in the field `resource.network`: it must be there and ready.
pub fn referred(call: &Call, field: &str) -> Result<(String, Value), ApiError> {
    let text = call.text(field);
    let relative = link::relative(call.world, call.project(), text);
    let parts: Vec<&str> = relative.split('/').collect();
    let well_formed = matches!(parts[..], ["projects", _, "global", "networks", name] if link::is_name(name));
    if !well_formed {
        return Err(refuse::value(&format!("resource.{field}"), text, "The URL is malformed."));
    }
    if parts[1] != call.project() {
        let why = "Cross project referencing is not allowed for this resource.";
        return Err(refuse::value(&format!("resource.{field}"), text, why));
    }
    let data = existing(call.world, &relative)?;
    operation::ready(call.world, &relative)?;
    Ok((relative, data))
}

/// A network as compute shows it: with its subnets and peerings.
fn shown(world: &World, mut data: Value) -> Value {
    let relative = world.relative_name(data["selfLink"].as_str().unwrap_or_default());
    let subnets: Vec<Value> =
        subnetwork::of_network(world, &relative).into_iter().map(|s| s["selfLink"].clone()).collect();
    if !subnets.is_empty() {
        data["subnetworks"] = Value::Array(subnets);
    }
    let peerings = peering::shown(world, &relative);
    if !peerings.is_empty() {
        data["peerings"] = Value::Array(peerings);
    }
    data
}

fn insert(call: &mut Call) -> Answer {
    let mut input = call.input();
    let name = link::checked_name(call)?;
    let relative = relative(call.project(), &name);
    if call.world.has(&link::key(&relative)) {
        return Err(refuse::exists(&relative));
    }
    let Some(auto) = input["autoCreateSubnetworks"].as_bool() else {
        // Without it the request means a legacy network, which Google makes no more [description; wording: guess].
        let why = "Legacy networks can no longer be created. Set autoCreateSubnetworks.";
        return Err(refuse::value("resource.autoCreateSubnetworks", "", why));
    };
    if !input["IPv4Range"].is_null() {
        let range = call.text("IPv4Range").to_owned();
        let why = "An IPv4 range belongs to a legacy network, which can no longer be created.";
        return Err(refuse::value("resource.IPv4Range", &range, why));
    }
    checked_mtu(&input)?;
    quota(call)?;
    let project = call.project().to_owned();
    if let Some(map) = input.as_object_mut() {
        for ignored in ["subnetworks", "params", "gatewayIPv4"] {
            map.remove(ignored);
        }
    }
    create(call.world, &project, &name, auto, &input);
    // A network takes Google some twenty seconds; one with a subnet in each region twice as long.
    let gone = undo(call.world, &relative);
    let mut change = Change::new("insert", &relative, if auto { 40.0 } else { 20.0 });
    change.failure_effects = gone;
    change.start(call)
}

fn checked_mtu(input: &Value) -> Result<(), ApiError> {
    match input["mtu"].as_i64() {
        Some(mtu) if !(1300..=8896).contains(&mtu) => {
            let why = "Must be greater than or equal to 1300 and less than or equal to 8896.";
            Err(refuse::value("resource.mtu", &mtu.to_string(), why))
        }
        _ => Ok(()),
    }
}

fn quota(call: &Call) -> Result<(), ApiError> {
    let count = call.world.list(&format!("compute/projects/{}/global/networks", call.project())).len();
    if count < 15 {
        return Ok(());
    }
    let message = "Quota 'NETWORKS' exceeded.  Limit: 15.0 globally.";
    Err(ApiError::new(403, "", "quotaExceeded", message))
}

/// Puts a network with what Google adds to it: the route to the Internet and, in auto mode, the subnets.
pub fn create(world: &mut World, project: &str, name: &str, auto: bool, input: &Value) {
    let relative = relative(project, name);
    let mut data = input.clone();
    data["name"] = json!(name);
    data["autoCreateSubnetworks"] = json!(auto);
    link::born(world, "network", &relative, &mut data);
    let id = data["id"].as_str().unwrap_or_default().to_owned();
    data["selfLinkWithId"] = json!(link::url(&format!("projects/{project}/global/networks/{id}")));
    let mut routing = json!({"routingMode": "REGIONAL", "bgpBestPathSelectionMode": "LEGACY"});
    crate::world::merge(&mut routing, &input["routingConfig"]);
    if input["routingConfig"].is_null() {
        routing = json!({"routingMode": "REGIONAL", "bgpBestPathSelectionMode": "LEGACY"});
    }
    data["routingConfig"] = routing;
    if data["networkFirewallPolicyEnforcementOrder"].is_null() {
        data["networkFirewallPolicyEnforcementOrder"] = json!("AFTER_CLASSIC_FIREWALL");
    }
    world.put(&link::key(&relative), data);
    route::add_internet(world, project, &relative);
    if auto {
        for (region, number, _) in place::REGIONS {
            let range = format!("10.{number}.0.0/20");
            subnetwork::create(world, project, region, name, &relative, json!({ "ipCidrRange": range }));
        }
    }
}

fn undo(world: &World, relative: &str) -> Vec<Effect> {
    let mut keys = vec![link::key(relative)];
    keys.extend(default_network::attached(world, relative));
    keys.into_iter().map(|key| Effect::Remove { key }).collect()
}

fn patch(call: &mut Call, relative: &str) -> Answer {
    let mut data = existing(call.world, relative)?;
    operation::ready(call.world, relative)?;
    let input = call.input();
    checked_mtu(&input)?;
    for (field, wanted) in input.as_object().into_iter().flatten() {
        match field.as_str() {
            "routingConfig" => crate::world::merge(&mut data["routingConfig"], wanted),
            "mtu"
            | "networkFirewallPolicyEnforcementOrder"
            | "enableUlaInternalIpv6"
            | "internalIpv6Range" => {
                data[field] = wanted.clone();
            }
            // A whole object may be sent back as it was read.
            _ if data[field] == *wanted => {}
            "selfLink" | "subnetworks" | "params" => {}
            _ => {
                let shown = wanted.as_str().map_or_else(|| wanted.to_string(), str::to_owned);
                return Err(refuse::value(
                    &format!("resource.{field}"),
                    &shown,
                    "The field cannot be modified.",
                ));
            }
        }
    }
    Change::new("patch", relative, 10.0).put(call.world, data).start(call)
}

fn switch(call: &mut Call, relative: &str) -> Answer {
    let mut data = existing(call.world, relative)?;
    operation::ready(call.world, relative)?;
    if data["autoCreateSubnetworks"] != true {
        return Err(refuse::usage("The network is not an auto subnet mode network"));
    }
    data["autoCreateSubnetworks"] = json!(false);
    Change::new("switchToCustomMode", relative, 20.0).put(call.world, data).start(call)
}

fn delete(call: &mut Call, relative: &str) -> Answer {
    let data = existing(call.world, relative)?;
    operation::ready(call.world, relative)?;
    let auto = data["autoCreateSubnetworks"] == true;
    let mut change = Change::new("delete", relative, 20.0);
    // Google finds out what uses a network while it deletes it: the request is accepted, the operation fails.
    match user(call.world, relative, auto) {
        Some(user) => {
            let message = refuse::in_use("network", relative, &user).message;
            change.failure = Some(refuse::failed("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", message));
        }
        None => change.effects = undo(call.world, relative),
    }
    change.start(call)
}

/// What keeps a network from being deleted, by its relative name.
fn user(world: &World, relative: &str, auto: bool) -> Option<String> {
    let own = link::url(relative);
    let project = relative.split('/').nth(1)?;
    let name = link::last(relative);
    let named = |collection: &str| {
        let rows = world.list(&format!("compute/projects/{project}/global/{collection}"));
        rows.into_iter()
            .find(|(_, data)| {
                data["network"] == own.as_str() && !(collection == "routes" && route::is_automatic(data))
            })
            .map(|(key, _)| key.trim_start_matches("compute/").to_owned())
    };
    // The subnets of an auto mode network go with it.
    let subnet = subnetwork::of_network(world, relative)
        .into_iter()
        .find(|subnet| {
            !auto
                || subnetwork::user(world, &world.relative_name(subnet["selfLink"].as_str().unwrap_or("")))
                    .is_some()
        })
        .map(|subnet| world.relative_name(subnet["selfLink"].as_str().unwrap_or_default()));
    let connector = world
        .below(&format!("vpcaccess/projects/{project}/"))
        .into_iter()
        .find(|(key, data)| {
            key.contains("/connectors/") && data["network"].as_str().is_some_and(|n| link::last(n) == name)
        })
        // A connector's machines are in a project of Google's [the form of the name: guess].
        .map(|(key, _)| {
            format!("projects/{project}/regions/{}", key.trim_start_matches("vpcaccess/projects/"))
        });
    subnet
        .or_else(|| named("firewalls"))
        .or_else(|| named("addresses"))
        .or_else(|| named("routes"))
        .or_else(|| peering::first(world, relative))
        .or(connector)
}
