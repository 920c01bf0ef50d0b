//! A network's peerings. The only ones here are those of private connections, which `servicenetworking` makes.

use super::operation::Change;
use super::{link, list, refuse, space};
use crate::call::{Answer, Call};
use crate::operation::Effect;
use crate::services::unserved;
use crate::world::World;
use serde_json::{Value, json};

fn connections<'w>(world: &'w World, network: &str) -> Vec<(&'w str, &'w Value)> {
    world.list(&format!("servicenetworking/{network}/connections"))
}

/// The peerings of a network, as compute shows them.
pub fn shown(world: &World, network: &str) -> Vec<Value> {
    connections(world, network).into_iter().map(|(key, connection)| peering(world, key, connection)).collect()
}

fn peering(world: &World, key: &str, connection: &Value) -> Value {
    let hidden = world.hidden(key);
    let producer = hidden["producer"].as_str().unwrap_or("producer-tp");
    let mut body = json!({
        "name": connection["peering"],
        "network": link::url(&format!("projects/{producer}/global/networks/servicenetworking")),
        "state": "ACTIVE", "stateDetails": format!("[{}]: Connected.", hidden["since"].as_str().unwrap_or_default()),
        "autoCreateRoutes": true, "exchangeSubnetRoutes": true, "exportCustomRoutes": false, "importCustomRoutes": false,
        "exportSubnetRoutesWithPublicIp": false, "importSubnetRoutesWithPublicIp": false, "stackType": "IPV4_ONLY",
    });
    if hidden["peering"].is_object() {
        crate::world::merge(&mut body, &hidden["peering"]);
    }
    body
}

/// The link of the first network that this one is peered with.
pub fn first(world: &World, network: &str) -> Option<String> {
    let (key, _) = connections(world, network).into_iter().next()?;
    let producer = world.hidden(key)["producer"].as_str().unwrap_or("producer-tp").to_owned();
    Some(format!("projects/{producer}/global/networks/servicenetworking"))
}

/// Answers `removePeering` and `updatePeering`.
pub fn handle(verb: &str, call: &mut Call, network: &str) -> Answer {
    super::operation::ready(call.world, network)?;
    let field = |field: &str| call.body[field].as_str().unwrap_or_default().to_owned();
    let name = if verb == "removePeering" {
        field("name")
    } else {
        call.body["networkPeering"]["name"].as_str().unwrap_or_default().to_owned()
    };
    let found = connections(call.world, network).into_iter().find(|(_, c)| c["peering"] == name.as_str());
    let Some((key, connection)) = found.map(|(key, c)| (key.to_owned(), c.clone())) else {
        // [wording: from error texts that people quote]
        let message = format!("There is no peering {name} on the network {}.", link::last(network));
        return Err(refuse::value(
            if verb == "removePeering" { "name" } else { "networkPeering.name" },
            &name,
            &message,
        ));
    };
    match verb {
        // The producer remembers the ranges: that is why a later connect with others is refused.
        "removePeering" => {
            let hidden = call.world.hidden(&key).clone();
            let remembered = space::producer_key(&key);
            let effects = [Effect::Remove { key }, Effect::Put { key: remembered, data: connection, hidden }];
            Change::new("removePeering", network, 20.0).then(effects).start(call)
        }
        "updatePeering" => {
            let mut hidden = call.world.hidden(&key).clone();
            let settings = &call.body["networkPeering"];
            for flag in [
                "exportCustomRoutes",
                "importCustomRoutes",
                "exportSubnetRoutesWithPublicIp",
                "importSubnetRoutesWithPublicIp",
                "stackType",
            ] {
                if !settings[flag].is_null() {
                    hidden["peering"][flag] = settings[flag].clone();
                }
            }
            let effect = Effect::Put { key, data: connection, hidden };
            Change::new("updatePeering", network, 20.0).then([effect]).start(call)
        }
        _ => unserved(call.route.id),
    }
}

/// Answers `listPeeringRoutes`: the blocks that services took out of the allocated ranges are what they export.
pub fn routes(call: &mut Call, network: &str) -> Answer {
    let incoming = call.query("direction") != Some("OUTGOING");
    let rows = if incoming {
        let block = |range: String| json!({"destRange": range, "type": "DYNAMIC_PEERING_ROUTE", "priority": 0, "imported": true});
        space::block_ranges(call.world, network).into_iter().map(|r| block(r.to_string())).collect()
    } else {
        Vec::new()
    };
    list::reply(call, "exchangedPeeringRoutes", &format!("{network}/listPeeringRoutes"), rows)
}
