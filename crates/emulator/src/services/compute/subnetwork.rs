//! Subnetworks.

use super::operation::{self, Change};
use super::{link, list, network, place, range, refuse, route};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::Effect;
use crate::services::unserved;
use crate::world::World;
use ipnet::Ipv4Net;
use serde_json::{Value, json};

/// The ranges of auto mode networks.
const AUTO: &str = "10.128.0.0/9";

/// Answers a method.
pub fn handle(verb: &str, call: &mut Call) -> Answer {
    if let Some(operation) = operation::repeated(call) {
        return Ok(operation.into());
    }
    let project = call.project().to_owned();
    let region = call.param("region").to_owned();
    if !region.is_empty() && !place::is_region(&region) {
        // Google answers so for a region that it does not have [wording as for any missing object].
        return Err(refuse::missing(&format!("projects/{project}/regions/{region}")));
    }
    let parent = format!("projects/{project}/regions/{region}/subnetworks");
    let name = if verb.ends_with("IamPolicy") { call.param("resource") } else { call.param("subnetwork") };
    let own = format!("{parent}/{name}");
    match verb {
        "insert" => insert(call, &parent, &region),
        "get" => Ok(existing(call.world, &own)?.into()),
        "list" => {
            let rows = list::rows(call, &parent);
            list::reply(call, "subnetwork", &parent, rows)
        }
        "aggregatedList" => {
            let rows = of_project(call.world, &project);
            list::aggregated(call, "subnetwork", "subnetworks", list::regions(), rows)
        }
        "listUsable" => {
            let rows = of_project(call.world, &project).iter().map(usable).collect();
            list::reply(
                call,
                "usableSubnetworksAggregated",
                &format!("projects/{project}/aggregated/subnetworks"),
                rows,
            )
        }
        "patch" => patch(call, &own),
        "delete" => delete(call, &own),
        "setPrivateIpGoogleAccess" => {
            let mut data = existing(call.world, &own)?;
            operation::ready(call.world, &own)?;
            data["privateIpGoogleAccess"] = json!(call.body["privateIpGoogleAccess"] == true);
            data["fingerprint"] = json!(link::fingerprint(call.world));
            Change::new("compute.subnetworks.setPrivateIpGoogleAccess", &own, 8.0)
                .put(call.world, data)
                .start(call)
        }
        "expandIpCidrRange" => expand(call, &own),
        "getIamPolicy" => {
            existing(call.world, &own)?;
            crate::policy::get(call, &link::key(&own))
        }
        "setIamPolicy" => {
            existing(call.world, &own)?;
            crate::policy::set(call, &link::key(&own))
        }
        _ => unserved(call.route.id),
    }
}

fn existing(world: &World, relative: &str) -> Result<Value, ApiError> {
    world.get(&link::key(relative)).cloned().ok_or_else(|| refuse::missing(relative))
}

fn of_project(world: &World, project: &str) -> Vec<Value> {
    let below = world.below(&format!("compute/projects/{project}/regions/"));
    below.into_iter().filter(|(key, _)| key.contains("/subnetworks/")).map(|(_, data)| data.clone()).collect()
}

/// The subnets of a network.
pub fn of_network(world: &World, network: &str) -> Vec<Value> {
    let project = network.split('/').nth(1).unwrap_or_default();
    let own = link::url(network);
    of_project(world, project).into_iter().filter(|s| s["network"] == own.as_str()).collect()
}

fn usable(subnet: &Value) -> Value {
    let mut body = json!({});
    for (to, from) in [
        ("subnetwork", "selfLink"),
        ("network", "network"),
        ("ipCidrRange", "ipCidrRange"),
        ("purpose", "purpose"),
        ("stackType", "stackType"),
    ] {
        body[to] = subnet[from].clone();
    }
    body
}

fn insert(call: &mut Call, parent: &str, region: &str) -> Answer {
    let mut input = call.input();
    let name = link::checked_name(call)?;
    let relative = format!("{parent}/{name}");
    if call.text("network").is_empty() {
        return Err(refuse::required("resource.network"));
    }
    let (network, network_data) = network::referred(call, "network")?;
    if call.world.has(&link::key(&relative)) {
        return Err(refuse::exists(&relative));
    }
    if call.text("ipCidrRange").is_empty() {
        return Err(refuse::required("resource.ipCidrRange"));
    }
    let auto = network_data["autoCreateSubnetworks"] == true;
    let primary = free(call.world, &network, "resource.ipCidrRange", call.text("ipCidrRange"), auto, None)?;
    let mut own = vec![primary];
    for (index, secondary) in input["secondaryIpRanges"].as_array().into_iter().flatten().enumerate() {
        let field = format!("resource.secondaryIpRanges[{index}].ipCidrRange");
        let text = secondary["ipCidrRange"].as_str().unwrap_or_default();
        let range = free(call.world, &network, &field, text, auto, None)?;
        if own.iter().any(|r| range::overlap(r, &range)) {
            let why = format!(
                "Invalid IPCidrRange: {range} conflicts with another range of the subnetwork '{name}'."
            );
            return Err(refuse::value(&field, text, &why));
        }
        own.push(range);
    }
    if let Some(map) = input.as_object_mut() {
        map.remove("params");
        map.remove("fingerprint");
    }
    let project = call.project().to_owned();
    create(call.world, &project, region, &name, &network, input);
    let mut change = Change::new("insert", &relative, 15.0);
    change.failure_effects = undo(call.world, &relative);
    change.start(call)
}

/// Refuses a range that no subnet may have, or that something in the network has. `mine` is what may be overlapped: the
/// subnet that is being changed.
fn free(
    world: &World,
    network: &str,
    field: &str,
    text: &str,
    auto: bool,
    mine: Option<&str>,
) -> Result<Ipv4Net, ApiError> {
    // The rules are Google's; the wording of the first two refusals is a guess.
    let Some(range) = range::parse(text) else {
        return Err(refuse::value(field, text, "Must be a valid IPV4 CIDR address range."));
    };
    if !(4..=29).contains(&range.prefix_len()) {
        return Err(refuse::value(field, text, "The prefix length must be between 4 and 29."));
    }
    if range::prohibited(&range) {
        return Err(refuse::value(
            field,
            text,
            "The range overlaps with a range that is reserved for other purposes.",
        ));
    }
    if auto && AUTO.parse().is_ok_and(|a: Ipv4Net| range::overlap(&a, &range)) && mine.is_none() {
        let why = format!("Extended subnetworks in auto subnet mode networks cannot overlap with {AUTO}.");
        return Err(refuse::value(field, text, &why));
    }
    let other = range::taken(world, network)
        .into_iter()
        .find(|taken| Some(taken.by.as_str()) != mine && range::overlap(&taken.range, &range));
    match other {
        None => Ok(range),
        Some(taken) if taken.kind == "subnetwork" => {
            let parts: Vec<&str> = taken.by.split('/').collect();
            let why = format!(
                "Invalid IPCidrRange: {range} conflicts with existing subnetwork '{}' in region '{}'.",
                link::last(&taken.by),
                parts.get(3).unwrap_or(&"")
            );
            Err(refuse::value(field, text, &why))
        }
        // As Google words it for address ranges that collide.
        Some(taken) => {
            let why = format!(
                "Invalid IPCidrRange: {range} conflicts with IP range {} that was allocated by resource {}.",
                taken.range, taken.by
            );
            Err(refuse::value(field, text, &why))
        }
    }
}

/// Puts a subnet with what Google fills in, and its route.
pub fn create(world: &mut World, project: &str, region: &str, name: &str, network: &str, input: Value) {
    let relative = format!("projects/{project}/regions/{region}/subnetworks/{name}");
    let mut data = json!({
        "privateIpGoogleAccess": false, "privateIpv6GoogleAccess": "DISABLE_GOOGLE_ACCESS", "purpose": "PRIVATE",
        "stackType": "IPV4_ONLY", "allowSubnetCidrRoutesOverlap": false,
    });
    crate::world::merge(&mut data, &input);
    data["name"] = json!(name);
    data["network"] = json!(link::url(network));
    data["region"] = json!(link::url(&format!("projects/{project}/regions/{region}")));
    link::born(world, "subnetwork", &relative, &mut data);
    data["fingerprint"] = json!(link::fingerprint(world));
    gateway(&mut data);
    logs(&mut data);
    world.put(&link::key(&relative), data.clone());
    route::add_subnet(world, project, network, &data);
}

fn gateway(data: &mut Value) {
    if let Some(range) = data["ipCidrRange"].as_str().and_then(|r| r.parse::<Ipv4Net>().ok())
        && let Some(first) = range.hosts().next()
    {
        data["gatewayAddress"] = json!(first.to_string());
    }
}

/// Flow logs: `enableFlowLogs` mirrors `logConfig.enable`, and an enabled configuration has all its defaults.
fn logs(data: &mut Value) {
    if data["logConfig"].is_null() && data["enableFlowLogs"] == true {
        data["logConfig"] = json!({"enable": true});
    }
    if data["logConfig"]["enable"] == true {
        let mut full = json!({
            "enable": true, "aggregationInterval": "INTERVAL_5_SEC", "flowSampling": 0.5, "metadata": "EXCLUDE_ALL_METADATA",
        });
        crate::world::merge(&mut full, &data["logConfig"]);
        data["logConfig"] = full;
    }
    if data["logConfig"].is_object() {
        data["enableFlowLogs"] = json!(data["logConfig"]["enable"] == true);
    }
}

fn undo(world: &World, relative: &str) -> Vec<Effect> {
    let mut keys = vec![link::key(relative)];
    keys.extend(route::of_subnet(world, relative));
    keys.into_iter().map(|key| Effect::Remove { key }).collect()
}

fn patch(call: &mut Call, relative: &str) -> Answer {
    let mut data = existing(call.world, relative)?;
    operation::ready(call.world, relative)?;
    let input = call.input();
    if input["fingerprint"].is_null() || input["fingerprint"] != data["fingerprint"] {
        return Err(refuse::stale("Invalid fingerprint."));
    }
    let network = call.world.relative_name(data["network"].as_str().unwrap_or_default());
    for (index, secondary) in input["secondaryIpRanges"].as_array().into_iter().flatten().enumerate() {
        let field = format!("resource.secondaryIpRanges[{index}].ipCidrRange");
        let text = secondary["ipCidrRange"].as_str().unwrap_or_default();
        let range = free(call.world, &network, &field, text, false, Some(relative))?;
        let primary: Option<Ipv4Net> = data["ipCidrRange"].as_str().and_then(|r| r.parse().ok());
        if primary.is_some_and(|p| range::overlap(&p, &range)) {
            let (name, region) = (link::last(relative), call.param("region"));
            let why = format!(
                "Invalid IPCidrRange: {range} conflicts with existing subnetwork '{name}' in region '{region}'."
            );
            return Err(refuse::value(&field, text, &why));
        }
    }
    for (field, wanted) in input.as_object().into_iter().flatten() {
        match field.as_str() {
            "secondaryIpRanges"
            | "logConfig"
            | "enableFlowLogs"
            | "privateIpv6GoogleAccess"
            | "stackType"
            | "ipv6AccessType"
            | "role"
            | "allowSubnetCidrRoutesOverlap" => data[field] = wanted.clone(),
            _ if data[field] == *wanted => {}
            "fingerprint" | "selfLink" | "params" => {}
            // `ipCidrRange` and `privateIpGoogleAccess` have methods of their own [description].
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
    logs(&mut data);
    data["fingerprint"] = json!(link::fingerprint(call.world));
    Change::new("patch", relative, 10.0).put(call.world, data).start(call)
}

fn expand(call: &mut Call, relative: &str) -> Answer {
    let mut data = existing(call.world, relative)?;
    operation::ready(call.world, relative)?;
    let text = call.text("ipCidrRange").to_owned();
    let network = call.world.relative_name(data["network"].as_str().unwrap_or_default());
    let auto = call.world.get(&link::key(&network)).is_some_and(|n| n["autoCreateSubnetworks"] == true);
    let range = free(call.world, &network, "ipCidrRange", &text, auto, Some(relative))?;
    let current: Option<Ipv4Net> = data["ipCidrRange"].as_str().and_then(|r| r.parse().ok());
    if current.is_none_or(|c| !range.contains(&c) || c == range) {
        // [rule: description; wording: guess]
        let why = "The new IPCidrRange must be larger than the existing one and contain it.";
        return Err(refuse::value("ipCidrRange", &text, why));
    }
    if auto && range.prefix_len() < 16 {
        return Err(refuse::value("ipCidrRange", &text, "Auto subnetworks cannot be expanded beyond /16."));
    }
    data["ipCidrRange"] = json!(text);
    data["fingerprint"] = json!(link::fingerprint(call.world));
    gateway(&mut data);
    let route = route::resized(call.world, relative, &data);
    Change::new("compute.subnetworks.expandIpCidrRange", relative, 15.0)
        .put(call.world, data)
        .then(route)
        .start(call)
}

fn delete(call: &mut Call, relative: &str) -> Answer {
    let data = existing(call.world, relative)?;
    operation::ready(call.world, relative)?;
    let network = call.world.relative_name(data["network"].as_str().unwrap_or_default());
    let auto = call.world.get(&link::key(&network)).is_some_and(|n| n["autoCreateSubnetworks"] == true);
    if auto && data["name"] == link::last(&network) {
        return Err(refuse::usage("Cannot delete auto subnetwork from an auto subnet mode network."));
    }
    if let Some(user) = user(call.world, relative) {
        return Err(refuse::in_use("subnetwork", relative, &user));
    }
    let effects = undo(call.world, relative);
    Change::new("delete", relative, 15.0).then(effects).start(call)
}

/// What keeps a subnet from being deleted, by its relative name: connectors that lie in it, and Cloud Run services
/// with direct egress, which hold addresses in it.
pub fn user(world: &World, relative: &str) -> Option<String> {
    let parts: Vec<&str> = relative.split('/').collect();
    let [_, project, _, region, _, name] = parts[..] else { return None };
    let connector = world
        .list(&format!("vpcaccess/projects/{project}/locations/{region}/connectors"))
        .into_iter()
        .find(|(_, c)| c["subnet"]["name"] == name)
        .map(|(key, _)| key.trim_start_matches("vpcaccess/").to_owned());
    connector.or_else(|| {
        let services = world.list(&format!("run/projects/{project}/locations/{region}/services"));
        services
            .into_iter()
            .find(|(_, s)| {
                let interfaces = &s["spec"]["template"]["metadata"]["annotations"]["run.googleapis.com/network-interfaces"];
                let interfaces: Option<Value> = interfaces.as_str().and_then(|i| serde_json::from_str(i).ok());
                interfaces.is_some_and(|list| {
                    list.as_array().into_iter().flatten().any(|i| i["subnetwork"].as_str().map(link::last) == Some(name))
                })
            })
            // Cloud Run keeps its addresses as address resources of the subnet's region.
            .map(|(key, _)| format!("projects/{project}/regions/{region}/addresses/serverless-ipv4-{}", link::last(key)))
    })
}
