//! `gcloud compute …` (networks and what belongs to them; Compute Engine, v1).

mod addresses;
mod batch;
mod changes;
mod failures;
mod firewall;
mod list;
mod networks;
mod subnets;

use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use crate::print::Answer;
use serde_json::Value;

const HOST: &str = "compute.googleapis.com";

pub(super) fn handle(call: &Call, rest: &[&str]) -> Result<Answer, Failure> {
    match rest {
        ["networks", "peerings", "list"] => networks::peerings(call),
        ["networks", "subnets", verb] => subnets::handle(call, verb),
        ["networks", verb] => networks::handle(call, verb),
        ["firewall-rules", verb] => firewall::handle(call, verb),
        ["addresses", verb] => addresses::handle(call, verb),
        ["forwarding-rules", "list"] => everywhere(call, "forwardingRules"),
        ["instances", "list"] => everywhere(call, "instances"),
        _ => Err(unknown(call)),
    }
}

/// `/compute/v1/projects/p`.
fn project(call: &Call) -> Result<String, Failure> {
    Ok(format!("/compute/v1/projects/{}", call.project()?))
}

/// All of a kind, in all regions or zones.
fn everywhere(call: &Call, kind: &str) -> Result<Answer, Failure> {
    call.takes(&[])?;
    list::of_all(call, kind).map(Answer::List)
}

/// A request that is not repeated: most commands of compute switch apitools' retries off.
fn once(method: &'static str, path: impl Into<String>) -> Request {
    Request { attempts: 1, ..Request::new(method, HOST, path) }
}

/// Reads one resource.
fn get(call: &Call, path: String) -> Result<Value, Failure> {
    call.google.send(&once("GET", path)).map_err(failures::fetch)
}

/// How a request names a network: by its address.
fn network_link(call: &Call, name: &str) -> Result<String, Failure> {
    let path = match name {
        link if link.starts_with("https://") => return Ok(link.to_owned()),
        path if path.starts_with("projects/") => format!("/compute/v1/{path}"),
        short => format!("{}/global/networks/{short}", project(call)?),
    };
    Ok(format!("https://{HOST}{path}"))
}

/// The region, which nobody guesses without a person.
fn region<'a>(call: &'a Call, name: &str) -> Result<&'a str, Failure> {
    let missing = || Failure::Said(format!("Underspecified resource [{name}]. Specify the [--region] flag."));
    call.one("--region").ok_or_else(missing)
}

/// A network with what gcloud adds to it.
fn with_modes(mut network: Value) -> Value {
    let mode = match network["autoCreateSubnetworks"].as_bool() {
        _ if network["IPv4Range"].is_string() => "LEGACY",
        Some(true) => "AUTO",
        Some(false) | None => "CUSTOM",
    };
    let routing = network["routingConfig"]["routingMode"].clone();
    if let Value::Object(map) = &mut network {
        map.insert("x_gcloud_subnet_mode".to_owned(), mode.into());
        if routing.is_string() {
            map.insert("x_gcloud_bgp_routing_mode".to_owned(), routing);
        }
    }
    network
}

/// Fails as compute's clients do that keep apitools' retries.
fn refused(trouble: Trouble) -> Failure {
    trouble.into()
}
