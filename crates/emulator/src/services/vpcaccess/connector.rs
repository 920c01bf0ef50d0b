//! Connectors: their rules and their life.

use super::ranges::{conflict, relative};
use super::{locations, start};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::mask;
use crate::operation::{Effect, Failure, Start};
use ipnet::Ipv4Net;
use serde_json::{Value, json};

/// What machines a connector can be made of [Google's documentation of the surface]: Mbps an instance.
const MACHINES: &[(&str, i64)] = &[("f1-micro", 100), ("e2-micro", 100), ("e2-standard-4", 1000)];

/// What Google answers for a connector whose range is taken; code 3 and wording from hashicorp/terraform-provider-google#16690.
const TAKEN: &str = "Operation failed: Invalid IP CIDR range was provided. It conflicts with an existing subnetwork. \
                     Please delete the connector manually.";

fn name(call: &Call, id: &str) -> String {
    format!("projects/{}/locations/{}/connectors/{id}", call.project(), call.param("locationsId"))
}

fn find(call: &Call) -> Result<(String, Value), ApiError> {
    let name = name(call, call.param("connectorsId"));
    let key = format!("vpcaccess/{name}");
    match call.world.get(&key) {
        Some(found) => Ok((key, found.clone())),
        // [guess] the wording; gcloud's classifier looks at NOT_FOUND.
        None => Err(ApiError::not_found(format!("VPC Access connector {name} does not exist."))),
    }
}

pub fn get(call: &Call) -> Answer {
    let (_, mut found) = find(call)?;
    projects(call, &mut found);
    Ok(found.into())
}

pub fn list(call: &Call) -> Answer {
    let location = call.param("locationsId");
    let prefix = format!("vpcaccess/projects/{}/locations/", call.project());
    let rows = call
        .world
        .below(&prefix)
        .into_iter()
        .filter(|(key, _)| {
            let mut parts = key[prefix.len()..].split('/');
            let place = parts.next().unwrap_or("");
            parts.next() == Some("connectors") && (location == "-" || place == location)
        })
        .map(|(_, value)| {
            let mut value = value.clone();
            projects(call, &mut value);
            value
        })
        .collect();
    Ok(call.page("connectors", rows))
}

/// `connectedProjects`: those that have used it. Here: the project, as soon as a service of it does.
fn projects(call: &Call, connector: &mut Value) {
    let name = connector["name"].as_str().unwrap_or_default();
    let short = name.rsplit('/').next().unwrap_or_default();
    let used =
        call.world.below(&format!("run/projects/{}/", call.project())).into_iter().any(|(_, service)| {
            let annotations = &service["spec"]["template"]["metadata"]["annotations"];
            let uses = annotations["run.googleapis.com/vpc-access-connector"].as_str();
            uses.is_some_and(|used| used == name || used == short)
        });
    if used {
        connector["connectedProjects"] = json!([call.project()]);
    }
}

pub fn create(call: &mut Call) -> Answer {
    locations::check(call)?;
    let id = call.query("connectorId").unwrap_or("").to_owned();
    // [the pattern is the API's, the sentence a guess]
    if !well_named(&id) {
        return Err(ApiError::invalid(
            "Connector ID must follow the pattern ^[a-z][-a-z0-9]{0,23}[a-z0-9]$".to_owned(),
        ));
    }
    let name = name(call, &id);
    let key = format!("vpcaccess/{name}");
    if call.world.has(&key) {
        return Err(ApiError::already_exists("Requested entity already exists"));
    }
    let mut connector = call.input();
    place(call, &mut connector)?;
    scale(&mut connector)?;
    connector["name"] = json!(name);
    connector["state"] = json!("CREATING");
    let taken = match connector["ipCidrRange"].as_str().and_then(|r| r.parse::<Ipv4Net>().ok()) {
        Some(range) if connector.get("subnet").is_none() => {
            let network = connector["network"].as_str().unwrap_or("");
            conflict(call.world, &relative(call.world, call.project(), network), range)
        }
        _ => false,
    };
    call.world.put(&key, connector);
    let failure =
        taken.then(|| Failure { code: 3, name: "INVALID_ARGUMENT".to_owned(), message: TAKEN.to_owned() });
    let state = |state: &str| Effect::Merge { key: key.clone(), patch: json!({ "state": state }) };
    start(
        call,
        "CreateConnector",
        &name,
        Start {
            seconds: 120.0,
            effects: vec![state("READY")],
            // It stays behind and blocks its name.
            failure_effects: vec![state("ERROR")],
            failure,
            response: answer(call.world.get(&key), "READY"),
            ..Start::default()
        },
    )
}

fn well_named(id: &str) -> bool {
    let bytes = id.as_bytes();
    (2..=25).contains(&bytes.len())
        && bytes[0].is_ascii_lowercase()
        && bytes[bytes.len() - 1] != b'-'
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
}

/// Network and range, or a subnet.
fn place(call: &Call, connector: &mut Value) -> Result<(), ApiError> {
    let project = call.project().to_owned();
    if let Some(subnet) = connector["subnet"]["name"].as_str().filter(|s| !s.is_empty()) {
        let owner = connector["subnet"]["projectId"].as_str().unwrap_or(&project).to_owned();
        let key =
            format!("compute/projects/{owner}/regions/{}/subnetworks/{subnet}", call.param("locationsId"));
        let Some(found) = call.world.get(&key) else {
            return Err(ApiError::invalid(format!(
                "The resource '{}' was not found",
                key.trim_start_matches("compute/")
            )));
        };
        let range = found["ipCidrRange"].as_str().unwrap_or("");
        if !range.ends_with("/28") {
            return Err(ApiError::invalid(format!(
                "Subnet {subnet} has the range {range}: a connector needs a /28."
            )));
        }
        let network =
            found["network"].as_str().and_then(|n| n.rsplit('/').next()).unwrap_or_default().to_owned();
        connector["subnet"] = json!({"name": subnet, "projectId": owner});
        connector["network"] = json!(network);
        connector["ipCidrRange"] = json!(range);
        return Ok(());
    }
    if let Some(map) = connector.as_object_mut() {
        map.remove("subnet");
    }
    let range = connector["ipCidrRange"].as_str().unwrap_or("").to_owned();
    let parsed = range.parse::<Ipv4Net>().ok().filter(|net| net.network() == net.addr());
    match parsed {
        // [Google's documentation: "an unused /28"; the sentence is a guess]
        Some(net) if net.prefix_len() == 28 => {}
        _ => {
            return Err(ApiError::invalid(format!(
                "Invalid IP CIDR range \"{range}\": a connector needs an unused /28 range in CIDR notation."
            )));
        }
    }
    let network = connector["network"].as_str().filter(|n| !n.is_empty()).unwrap_or("default").to_owned();
    let path = relative(call.world, &project, &network);
    if !call.world.has(&format!("compute/{path}")) {
        return Err(ApiError::invalid(format!("VPC network {path} does not exist.")));
    }
    // Google shows the short name.
    connector["network"] = json!(path.rsplit('/').next().unwrap_or_default());
    Ok(())
}

/// Machine type, number of instances, throughput.
fn scale(connector: &mut Value) -> Result<(), ApiError> {
    let machine =
        connector["machineType"].as_str().filter(|m| !m.is_empty()).unwrap_or("e2-micro").to_owned();
    let Some((_, mbps)) = MACHINES.iter().find(|(name, _)| *name == machine) else {
        return Err(ApiError::invalid(format!(
            "Invalid machine type \"{machine}\": it must be one of f1-micro, e2-micro, e2-standard-4."
        )));
    };
    let number = |key: &str| connector[key].as_i64().filter(|n| *n != 0);
    // gcloud sends both kinds; instances win [description].
    let min = number("minInstances").or(number("minThroughput").map(|t| t / 100)).unwrap_or(2);
    let max = number("maxInstances").or(number("maxThroughput").map(|t| t / 100)).unwrap_or(10);
    check_scale(min, max)?;
    let throughput = |instances: i64| (instances * mbps).min(16000);
    let (low, high) = (throughput(min), throughput(max));
    connector["machineType"] = json!(machine);
    connector["minInstances"] = json!(min);
    connector["maxInstances"] = json!(max);
    connector["minThroughput"] = json!(low);
    connector["maxThroughput"] = json!(high);
    Ok(())
}

fn check_scale(min: i64, max: i64) -> Result<(), ApiError> {
    // [the limits are documented, the sentences are guesses]
    if !(2..=9).contains(&min) {
        return Err(ApiError::invalid(format!(
            "Invalid min_instances {min}: it must be between 2 and 9, inclusive."
        )));
    }
    if !(3..=10).contains(&max) {
        return Err(ApiError::invalid(format!(
            "Invalid max_instances {max}: it must be between 3 and 10, inclusive."
        )));
    }
    if min >= max {
        return Err(ApiError::invalid(format!(
            "The minimum number of instances ({min}) must be less than the maximum ({max})."
        )));
    }
    Ok(())
}

fn answer(connector: Option<&Value>, state: &str) -> Value {
    let mut response = connector.cloned().unwrap_or_default();
    response["state"] = json!(state);
    response["@type"] = json!("type.googleapis.com/google.cloud.vpcaccess.v1.Connector");
    response
}

/// What may change: the number of instances, upwards only, and the machine type.
pub fn patch(call: &mut Call) -> Answer {
    let (key, current) = find(call)?;
    idle(&current)?;
    let asked = call.query("updateMask").unwrap_or("").to_owned();
    let paths: Vec<String> = mask::paths(&asked).iter().map(|path| path.join(".")).collect();
    let allowed = ["minInstances", "maxInstances", "machineType", "minThroughput", "maxThroughput"];
    if paths.is_empty() || !paths.iter().all(|path| allowed.contains(&path.as_str())) {
        return Err(ApiError::invalid(format!("Invalid update mask \"{asked}\".")));
    }
    let mut wanted = current.clone();
    mask::apply(call.route.api, "Connector", &mut wanted, &call.input(), &asked)?;
    let by_throughput = |bound: &str| {
        let path = format!("{bound}Throughput");
        paths.contains(&path) && !paths.contains(&format!("{bound}Instances"))
    };
    for bound in ["min", "max"] {
        if by_throughput(bound) {
            let instances = wanted[format!("{bound}Throughput")].as_i64().unwrap_or(0) / 100;
            wanted[format!("{bound}Instances")] = json!(instances);
        }
    }
    scale(&mut wanted)?;
    // Connectors grow and never shrink [Google's documentation: "you can't decrease the number of instances"].
    for field in ["minInstances", "maxInstances"] {
        let (old, new) = (current[field].as_i64(), wanted[field].as_i64());
        if new < old {
            return Err(ApiError::invalid(format!(
                "The value of {field} cannot be decreased from {} to {}.",
                old.unwrap_or(0),
                new.unwrap_or(0)
            )));
        }
    }
    let name = key.trim_start_matches("vpcaccess/").to_owned();
    let response = answer(Some(&wanted), "READY");
    let mut patch = wanted;
    patch["state"] = json!("READY");
    if let Some(found) = call.world.get_mut(&key) {
        found["state"] = json!("UPDATING");
    }
    start(
        call,
        "UpdateConnector",
        &name,
        Start {
            seconds: 90.0,
            effects: vec![Effect::Merge { key: key.clone(), patch }],
            failure_effects: vec![Effect::Merge { key, patch: json!({"state": "READY"}) }],
            response,
            ..Start::default()
        },
    )
}

fn idle(connector: &Value) -> Result<(), ApiError> {
    match connector["state"].as_str() {
        Some("READY") => Ok(()),
        state => Err(ApiError::failed_precondition(format!(
            "The connector is in state {}: it must be READY.",
            state.unwrap_or("STATE_UNSPECIFIED")
        ))),
    }
}

pub fn delete(call: &mut Call) -> Answer {
    let (key, current) = find(call)?;
    if !matches!(current["state"].as_str(), Some("READY" | "ERROR")) {
        idle(&current)?;
    }
    let name = key.trim_start_matches("vpcaccess/").to_owned();
    if let Some(found) = call.world.get_mut(&key) {
        found["state"] = json!("DELETING");
    }
    start(
        call,
        "DeleteConnector",
        &name,
        Start {
            seconds: 60.0,
            effects: vec![Effect::Remove { key: key.clone() }],
            failure_effects: vec![Effect::Merge { key, patch: json!({"state": "ERROR"}) }],
            ..Start::default()
        },
    )
}
