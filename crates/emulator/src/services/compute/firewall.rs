//! Firewall rules.

use super::operation::{self, Change};
use super::{link, list, network, refuse};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::Effect;
use crate::services::unserved;
use ipnet::IpNet;
use serde_json::{Value, json};

/// Protocols that compute knows by name; others go by number.
const PROTOCOLS: &[&str] = &["tcp", "udp", "icmp", "esp", "ah", "ipip", "sctp", "all"];

/// Answers a method.
pub fn handle(verb: &str, call: &mut Call) -> Answer {
    if let Some(operation) = operation::repeated(call) {
        return Ok(operation.into());
    }
    let parent = format!("projects/{}/global/firewalls", call.project());
    let own = format!("{parent}/{}", call.param("firewall"));
    let existing =
        |call: &Call| call.world.get(&link::key(&own)).cloned().ok_or_else(|| refuse::missing(&own));
    match verb {
        "insert" => insert(call, &parent),
        "get" => Ok(existing(call)?.into()),
        "list" => {
            let rows = list::rows(call, &parent);
            list::reply(call, "firewall", &parent, rows)
        }
        "patch" | "update" => {
            let current = existing(call)?;
            operation::ready(call.world, &own)?;
            change(call, &own, current, verb == "patch")
        }
        "delete" => {
            existing(call)?;
            operation::ready(call.world, &own)?;
            Change::new("delete", &own, 8.0).then([Effect::Remove { key: link::key(&own) }]).start(call)
        }
        _ => unserved(call.route.id),
    }
}

fn insert(call: &mut Call, parent: &str) -> Answer {
    let mut data = call.input();
    let name = link::checked_name(call)?;
    let relative = format!("{parent}/{name}");
    if call.text("network").is_empty() {
        call.body["network"] = json!("global/networks/default");
    }
    let (network, _) = network::referred(call, "network")?;
    if call.world.has(&link::key(&relative)) {
        return Err(refuse::exists(&relative));
    }
    data["network"] = json!(link::url(&network));
    if let Some(map) = data.as_object_mut() {
        map.remove("params");
    }
    complete(&mut data);
    check(&data)?;
    link::born(call.world, "firewall", &relative, &mut data);
    call.world.put(&link::key(&relative), data);
    let mut change = Change::new("insert", &relative, 8.0);
    change.failure_effects = vec![Effect::Remove { key: link::key(&relative) }];
    change.start(call)
}

fn change(call: &mut Call, relative: &str, current: Value, patch: bool) -> Answer {
    let input = call.input();
    let mut data = current.clone();
    if patch {
        for (field, wanted) in input.as_object().into_iter().flatten() {
            data[field] = wanted.clone();
        }
    } else {
        data = input;
        for kept in ["kind", "id", "creationTimestamp", "selfLink", "name"] {
            data[kept] = current[kept].clone();
        }
    }
    if let Some(network) = data["network"].as_str() {
        data["network"] = json!(link::url(&link::relative(call.world, call.project(), network)));
    } else {
        data["network"] = current["network"].clone();
    }
    data["selfLink"] = current["selfLink"].clone();
    if let Some(map) = data.as_object_mut() {
        map.remove("params");
        // A field set to nothing is a field that is not there.
        map.retain(|_, v| !v.is_null() && v.as_array().is_none_or(|a| !a.is_empty()));
    }
    complete(&mut data);
    // [rule: gcloud has no flag for these; wording: guess]
    for fixed in ["name", "network", "direction"] {
        if data[fixed] != current[fixed] {
            let shown = data[fixed].as_str().unwrap_or_default().to_owned();
            return Err(refuse::value(&format!("resource.{fixed}"), &shown, "The field cannot be modified."));
        }
    }
    check(&data)?;
    Change::new(if patch { "patch" } else { "update" }, relative, 8.0).put(call.world, data).start(call)
}

/// Fills in what Google fills in [description: defaults of the fields].
fn complete(data: &mut Value) {
    let given = |data: &Value, field: &str| data[field].as_array().is_some_and(|a| !a.is_empty());
    for (field, value) in
        [("direction", json!("INGRESS")), ("priority", json!(1000)), ("disabled", json!(false))]
    {
        if data[field].is_null() {
            data[field] = value;
        }
    }
    if data["logConfig"].is_null() {
        data["logConfig"] = json!({"enable": false});
    }
    if data["logConfig"]["enable"] == true && data["logConfig"]["metadata"].is_null() {
        data["logConfig"]["metadata"] = json!("INCLUDE_ALL_METADATA");
    }
    if data["direction"] == "EGRESS" {
        if !given(data, "destinationRanges") {
            data["destinationRanges"] = json!(["0.0.0.0/0"]);
        }
    } else if !["sourceRanges", "sourceTags", "sourceServiceAccounts"].iter().any(|f| given(data, f)) {
        data["sourceRanges"] = json!(["0.0.0.0/0"]);
    }
}

/// Refuses what is no firewall rule. The first wordings are Google's, those marked so are guesses.
fn check(data: &Value) -> Result<(), ApiError> {
    let count = |field: &str| data[field].as_array().map_or(0, Vec::len);
    if count("allowed") == 0 && count("denied") == 0 {
        return Err(refuse::value(
            "resource.allowed",
            "",
            "At least one of allowed or denied must be specified.",
        )); // guess
    }
    if count("allowed") > 0 && count("denied") > 0 {
        return Err(refuse::value("resource.denied", "", "Only one of allowed and denied may be specified.")); // guess
    }
    let priority = data["priority"].as_i64().unwrap_or(1000);
    if !(0..=65535).contains(&priority) {
        let why = "Must be greater than or equal to 0 and less than or equal to 65535.";
        return Err(refuse::value("resource.priority", &priority.to_string(), why));
    }
    for field in ["sourceRanges", "destinationRanges"] {
        for (index, range) in data[field].as_array().into_iter().flatten().enumerate() {
            let text = range.as_str().unwrap_or_default();
            if !is_range(text) {
                let field = format!("resource.{field}[{index}]");
                return Err(refuse::value(&field, text, "Must be a valid IPV4 or IPV6 address range."));
            }
        }
    }
    if data["direction"] == "EGRESS" && (count("sourceTags") > 0 || count("sourceServiceAccounts") > 0) {
        let why = "Source tags and source service accounts may not be specified for EGRESS."; // guess
        return Err(refuse::value("resource.sourceTags", "", why));
    }
    let accounts = count("sourceServiceAccounts") + count("targetServiceAccounts");
    if accounts > 0 && count("sourceTags") + count("targetTags") > 0 {
        let why = "Service accounts and tags cannot be used at the same time."; // guess, rule from the description
        return Err(refuse::value("resource.targetServiceAccounts", "", why));
    }
    for list in ["allowed", "denied"] {
        for (index, rule) in data[list].as_array().into_iter().flatten().enumerate() {
            check_rule(rule, &format!("resource.{list}[{index}]"))?;
        }
    }
    Ok(())
}

fn is_range(text: &str) -> bool {
    match text.parse::<IpNet>() {
        Ok(range) => range.network() == range.addr(),
        // A single address stands for itself.
        Err(_) => text.parse::<std::net::IpAddr>().is_ok(),
    }
}

fn check_rule(rule: &Value, field: &str) -> Result<(), ApiError> {
    let protocol = rule["IPProtocol"].as_str().unwrap_or_default();
    if protocol.is_empty() {
        return Err(refuse::required(&format!("{field}.IPProtocol")));
    }
    if !PROTOCOLS.contains(&protocol) && protocol.parse::<u8>().is_err() {
        let why = "Must be a valid IP protocol number or name."; // guess
        return Err(refuse::value(&format!("{field}.IPProtocol"), protocol, why));
    }
    for (index, ports) in rule["ports"].as_array().into_iter().flatten().enumerate() {
        let text = ports.as_str().unwrap_or_default();
        let field = format!("{field}.ports[{index}]");
        if !matches!(protocol, "tcp" | "udp" | "sctp" | "6" | "17" | "132") {
            return Err(refuse::value(&field, text, "Ports may only be specified for tcp, udp and sctp.")); // guess
        }
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        let valid = matches!((from.parse::<u16>(), to.parse::<u16>()), (Ok(a), Ok(b)) if a <= b);
        if !valid {
            return Err(refuse::value(&field, text, "Must be a valid port or range of ports.")); // guess
        }
    }
    Ok(())
}
