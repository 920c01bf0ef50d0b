//! `gcloud compute networks …`.

use super::changes::{self, Change};
use super::{HOST, get, list, once, project, refused, with_modes};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::pages;
use crate::print::{self, Answer};
use crate::surfaces::unknown;
use serde_json::{Value, json};
use std::io::Write as _;

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "create" => create(call),
        "update" => update(call),
        "delete" => delete(call),
        "describe" => {
            call.takes(&[])?;
            Ok(Answer::Value(with_modes(get(call, path(call, call.word("NAME"))?)?)))
        }
        "list" => {
            call.takes(&[])?;
            let networks = list::of_place(call, "global/networks")?;
            Ok(Answer::List(networks.into_iter().map(with_modes).collect()))
        }
        _ => Err(unknown(call)),
    }
}

fn collection(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/global/networks", project(call)?))
}

fn path(call: &Call, name: &str) -> Result<String, Failure> {
    Ok(format!("{}/{name}", collection(call)?))
}

fn create(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--subnet-mode", "--bgp-routing-mode", "--description", "--mtu"])?;
    if call.one("--subnet-mode") == Some("legacy") {
        return Err(Failure::Said("gcloud-standin does not make legacy networks".to_owned()));
    }
    let mode = call.one("--bgp-routing-mode").unwrap_or("regional").to_uppercase();
    let mut body = json!({
        "name": call.word("NAME"),
        "autoCreateSubnetworks": call.one("--subnet-mode") != Some("custom"),
        "routingConfig": { "routingMode": mode },
    });
    if let Some(text) = call.one("--description") {
        body["description"] = text.into();
    }
    if let Some(mtu) = call.one("--mtu").and_then(|mtu| mtu.parse::<u32>().ok()) {
        body["mtu"] = mtu.into();
    }
    let collection = collection(call)?;
    let change = Change { request: once("POST", collection.clone()).body(body), collection };
    let made = changes::make(call, vec![change], &|| ())?;
    Ok(Answer::List(made.into_iter().map(with_modes).collect()))
}

/// These requests are sent by another of gcloud's clients: with retries, and with the status in messages.
fn update(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--switch-to-custom-subnet-mode", "--bgp-routing-mode"])?;
    let path = path(call, call.word("NAME"))?;
    let send = |request: &Request| call.google.send(request).map_err(refused);
    if call.on("--switch-to-custom-subnet-mode") == Some(true) {
        let operation = send(&Request::new("POST", HOST, format!("{path}/switchToCustomMode")))?;
        call.say("Switching network to custom-mode...");
        let scope = format!("{}/global", project(call)?);
        if let Err(failure) = changes::wait_for(call, &scope, &operation) {
            call.say("failed.");
            return Err(failure);
        }
        let network = send(&Request::new("GET", HOST, path))?;
        call.say("..done.");
        return Ok(Answer::Value(network));
    }
    let Some(mode) = call.one("--bgp-routing-mode") else {
        return Err(Failure::Said(
            "gcloud-standin updates a network's routing and subnet mode only".to_owned(),
        ));
    };
    let body = json!({ "routingConfig": { "routingMode": mode.to_uppercase() } });
    // The operation is printed as it was answered: nobody waits for it.
    Ok(Answer::Value(send(&Request::new("PATCH", HOST, path).body(body))?))
}

fn delete(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[])?;
    let collection = collection(call)?;
    let change = |name: &String| Change {
        request: once("DELETE", format!("{collection}/{name}")),
        collection: collection.clone(),
    };
    changes::make(call, call.words("NAME").iter().map(change).collect(), &|| ()).map(Answer::List)
}

/// `gcloud compute networks peerings list`: the networks that have any.
pub(super) fn peerings(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--network"])?;
    let request = Request::new("GET", HOST, collection(call)?).with("maxResults", "500");
    let networks = pages::read(call, &request, "items");
    let networks = networks.inspect_err(|_| print::empty_list(call)).map_err(refused)?;
    let asked = |network: &Value| call.one("--network").is_none_or(|name| network["name"] == name);
    let has_any = |network: &Value| network["peerings"].as_array().is_some_and(|list| !list.is_empty());
    let source = |mut network: Value| {
        let link = network["selfLink"].clone();
        for peering in network["peerings"].as_array_mut().into_iter().flatten() {
            peering["source_network"] = link.clone();
        }
        network
    };
    Ok(Answer::List(networks.into_iter().filter(|n| has_any(n) && asked(n)).map(source).collect()))
}

/// One tick of a progress line.
pub(super) fn dot() {
    let _ = std::io::stderr().write_all(b".");
}
