//! Connections. Each is `servicenetworking/NETWORK/connections/SERVICE`; the producer's project and the consumer's
//! settings of the peering are its hidden part. After the consumer removed the peering only, what the producer still
//! remembers is `servicenetworking/NETWORK/producers/SERVICE`.
//!
//! What is wrong with a request's form is refused at once; what is wrong with ranges and peering fails the operation,
//! as people's error texts show it (`Error code 9, message: ...`).

use super::shown;
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::operation::{Effect, Failure, Start};
use crate::services::{compute, orgpolicy, roles};
use crate::world::World;
use serde_json::{Value, json};

/// The one service whose connections are made here; Google has a few partners more.
const SERVICE: &str = "servicenetworking.googleapis.com";

/// A request's network, checked: relative name with the project's id.
struct Network {
    project: String,
    relative: String,
}

impl Network {
    /// The network that `text` names, `projects/NUMBER/global/networks/NAME`.
    fn of(call: &Call, text: &str, permission: &str) -> Result<Self, ApiError> {
        let parts: Vec<&str> = text.split('/').collect();
        let ["projects", number, "global", "networks", name] = parts[..] else {
            return Err(ApiError::invalid(
                "Invalid network format: must be projects/{project number}/global/networks/{network}.",
            )); // guess
        };
        // [description: the project is a number]; wording: guess
        if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ApiError::invalid(format!("Project must be given by its number, not '{number}'.")));
        }
        let denied = || {
            ApiError::permission_denied(format!(
                "Permission '{permission}' denied on resource '//cloudresourcemanager.googleapis.com/projects/{number}' \
                 (or it may not exist)."
            ))
        };
        let project = call.world.project_id(number).ok_or_else(denied)?;
        let key = format!("cloudresourcemanager/projects/{project}");
        if call.world.get(&key).is_none_or(|p| p["lifecycleState"] != "ACTIVE")
            || !roles::allowed(call.world, call.principal.as_deref(), &key, permission)
        {
            return Err(denied());
        }
        if !call.world.api_enabled(&project, SERVICE) {
            return Err(ApiError::service_disabled("Service Networking API", SERVICE, number));
        }
        if !call.world.api_enabled(&project, "compute.googleapis.com") {
            return Err(ApiError::service_disabled("Compute Engine API", "compute.googleapis.com", number));
        }
        let relative = format!("projects/{project}/global/networks/{name}");
        if !compute::network_exists(call.world, &relative) {
            // Google words it as compute does.
            return Err(ApiError::not_found(format!("The resource '{relative}' was not found")));
        }
        Ok(Self { project, relative })
    }

    fn connection(&self, service: &str) -> String {
        format!("servicenetworking/{}/connections/{service}", self.relative)
    }
}

fn service(call: &Call) -> Result<String, ApiError> {
    let service = call.param("servicesId");
    if service == SERVICE {
        return Ok(service.to_owned());
    }
    let message = format!("Service '{service}' not found or permission denied."); // guess
    Err(ApiError::permission_denied(message))
}

/// `-` or the peering's name.
fn check_connection_name(call: &Call) -> Result<(), ApiError> {
    match call.param("connectionsId") {
        "-" | "servicenetworking-googleapis-com" => Ok(()),
        other => Err(ApiError::not_found(format!("Connection {other} not found."))), // guess
    }
}

fn names(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// `connections.create`: makes the peering, or brings one back that was removed.
pub fn create(call: &mut Call) -> Answer {
    let service = service(call)?;
    let network = Network::of(call, call.text("network"), "servicenetworking.services.addPeering")?;
    check_free(call, &network)?;
    check_policy(call, &network)?;
    let key = network.connection(&service);
    let asked = names(&call.body["reservedPeeringRanges"]);
    let existing = call.world.get(&key).or_else(|| call.world.get(&compute::producer_key(&key)));
    let known = existing.map(|c| names(&c["reservedPeeringRanges"]));
    let failure = match &known {
        // The same again, or none at all, is no change.
        Some(known) if asked.is_empty() || same(known, &asked) => None,
        Some(_) => Some(precondition(
            "Cannot modify allocated ranges in CreateConnection. Please use UpdateConnection.",
        )),
        None if asked.is_empty() => Some(precondition("At least one allocated IP range is required.")), // guess
        None => missing_range(call.world, &network, &asked),
    };
    let ranges = known.filter(|_| asked.is_empty()).unwrap_or(asked);
    change(call, &network, &service, ranges, failure)
}

/// `connections.patch`: sets the ranges. It also makes a connection that is not there, which other tools rely on.
pub fn patch(call: &mut Call) -> Answer {
    let service = service(call)?;
    check_connection_name(call)?;
    let network = Network::of(call, call.text("network"), "servicenetworking.services.addPeering")?;
    check_free(call, &network)?;
    check_policy(call, &network)?;
    if call
        .query("updateMask")
        .is_some_and(|mask| !matches!(mask, "" | "*" | "reservedPeeringRanges" | "reserved_peering_ranges"))
    {
        return Err(ApiError::invalid("Only reserved_peering_ranges can be updated.")); // [rule: description]; wording: guess
    }
    let key = network.connection(&service);
    let asked = names(&call.body["reservedPeeringRanges"]);
    let existing = call.world.get(&key).or_else(|| call.world.get(&compute::producer_key(&key)));
    let known = existing.map(|c| names(&c["reservedPeeringRanges"])).unwrap_or_default();
    let force = call.query("force").is_some_and(|f| f.eq_ignore_ascii_case("true"));
    let removed: Vec<&String> = known.iter().filter(|name| !asked.contains(name)).collect();
    let failure = if asked.is_empty() {
        Some(precondition("At least one allocated IP range is required.")) // guess
    } else if !removed.is_empty() && !force {
        // [rule: description of `force`]; wording: guess
        Some(precondition(&format!(
            "Cannot remove allocated range {} without setting the force flag.",
            removed[0]
        )))
    } else {
        missing_range(call.world, &network, &asked)
    };
    change(call, &network, &service, asked, failure)
}

fn same(a: &[String], b: &[String]) -> bool {
    a.len() == b.len() && a.iter().all(|name| b.contains(name))
}

fn precondition(message: &str) -> Failure {
    Failure { code: 9, name: String::new(), message: message.to_owned() }
}

fn missing_range(world: &World, network: &Network, asked: &[String]) -> Option<Failure> {
    let own = format!("https://www.googleapis.com/compute/v1/{}", network.relative);
    let there = |name: &String| {
        let address = world.get(&format!("compute/projects/{}/global/addresses/{name}", network.project));
        address.is_some_and(|a| a["purpose"] == "VPC_PEERING" && a["network"] == own.as_str())
    };
    let missing = asked.iter().find(|name| !there(name))?;
    Some(precondition(&format!("Allocated IP range '{missing}' not found in network.")))
}

/// One change of a network's peerings at a time.
fn check_free(call: &Call, network: &Network) -> Result<(), ApiError> {
    let operations = call.world.operations("servicenetworking/operations/");
    if operations.iter().any(|o| !o.done && o.meta["network"] == network.relative.as_str()) {
        return Err(ApiError::failed_precondition(
            "There is a peering operation in progress on the local or peer network. Try again later.",
        ));
    }
    Ok(())
}

/// The organization policy `compute.restrictVpcPeering`.
fn check_policy(call: &Call, network: &Network) -> Result<(), ApiError> {
    if !orgpolicy::denied_all(call.world, &network.project, "compute.restrictVpcPeering") {
        return Ok(());
    }
    let number = call.world.project_number(&network.project).unwrap_or_default();
    Err(ApiError::failed_precondition(format!(
        "Constraint constraints/compute.restrictVpcPeering violated for project {number}. Peering the network \
         {} with Google's service producer network is not allowed.", // the end: guess
        network.relative
    )))
}

fn change(
    call: &mut Call,
    network: &Network,
    service: &str,
    ranges: Vec<String>,
    failure: Option<Failure>,
) -> Answer {
    let number = call.world.project_number(&network.project).unwrap_or_default();
    let key = network.connection(service);
    let name = network.relative.rsplit('/').next().unwrap_or_default();
    let data = json!({
        "network": format!("projects/{number}/global/networks/{name}"), "peering": service.replace('.', "-"),
        "service": format!("services/{service}"), "reservedPeeringRanges": ranges,
    });
    let remembered = compute::producer_key(&key);
    let mut hidden = call.world.hidden(&key).clone();
    if hidden.is_null() {
        hidden = call.world.hidden(&remembered).clone();
    }
    if hidden.is_null() {
        hidden = json!({"producer": format!("{}-tp", call.world.hex(17)), "since": call.world.stamp()});
    }
    let mut response = data.clone();
    response["@type"] = json!("type.googleapis.com/google.cloud.servicenetworking.v1.Connection");
    let effects = vec![Effect::Remove { key: remembered }, Effect::Put { key, data, hidden }];
    start(call, network, effects, failure, response, Value::Null)
}

fn start(
    call: &mut Call,
    network: &Network,
    effects: Vec<Effect>,
    failure: Option<Failure>,
    response: Value,
    metadata: Value,
) -> Answer {
    let number = call.world.project_number(&network.project).unwrap_or_default();
    let id = format!("pssn.p24-{number}-{}", call.world.uuid());
    let start = Start {
        seconds: 60.0,
        effects,
        failure,
        meta: json!({"network": network.relative, "metadata": metadata}),
        response,
        ..Start::default()
    };
    let operation = call.world.start(&format!("servicenetworking/operations/{id}"), start);
    Ok(shown(&operation).into())
}

/// `connections.list`
pub fn list(call: &mut Call) -> Answer {
    if call.param("servicesId") != "-" {
        service(call)?;
    }
    let Some(text) = call.query("network").filter(|n| !n.is_empty()) else {
        return Err(ApiError::invalid("Network is required.")); // guess
    };
    let network = Network::of(call, text, "servicenetworking.services.get")?;
    let rows = call.world.list(&format!("servicenetworking/{}/connections", network.relative));
    let rows: Vec<Value> = rows.into_iter().map(|(_, data)| data.clone()).collect();
    Ok(if rows.is_empty() { Reply::empty() } else { json!({ "connections": rows }).into() })
}

/// `connections.deleteConnection`
pub fn delete(call: &mut Call) -> Answer {
    let service = service(call)?;
    check_connection_name(call)?;
    let network =
        Network::of(call, call.text("consumerNetwork"), "servicenetworking.services.deleteConnection")?;
    check_free(call, &network)?;
    let key = network.connection(&service);
    let remembered = compute::producer_key(&key);
    if !call.world.has(&key) && !call.world.has(&remembered) {
        return Err(ApiError::not_found("Connection not found.")); // guess
    }
    let busy = !compute::connection_users(call.world, &network.relative).is_empty();
    let failure = busy.then(|| {
        precondition(
            "Failed to delete connection; Producer services (e.g. CloudSQL, Cloud Memstore, etc.) are still using this \
             connection.",
        )
    });
    let below = format!("servicenetworking/{}/", network.relative);
    let effects =
        call.world.below(&below).into_iter().map(|(key, _)| Effect::Remove { key: key.to_owned() }).collect();
    let response = json!({"@type": "type.googleapis.com/google.protobuf.Empty"});
    start(call, &network, effects, failure, response, json!("DeleteConnectionMetadata"))
}
