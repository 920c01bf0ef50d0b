//! `gcloud services vpc-peerings …` (Service Networking).

use super::{projects, service_operation, unknown};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::pages;
use crate::print::Answer;
use serde_json::{Value, json};

const HOST: &str = "servicenetworking.googleapis.com";

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "connect" | "update" | "delete" => change(call, verb),
        "list" => list(call),
        _ => Err(unknown(call)),
    }
}

fn network(call: &Call) -> Result<String, Failure> {
    let number = projects::number(call)?;
    Ok(format!("projects/{number}/global/networks/{}", call.one("--network").unwrap_or_default()))
}

fn change(call: &Call, verb: &str) -> Result<Answer, Failure> {
    let network = network(call)?;
    let service = call.one("--service").unwrap_or(HOST);
    let path = format!("/v1/services/{service}/connections");
    let ranges: Vec<&str> = call.one("--ranges").unwrap_or_default().split(',').collect();
    let connection = json!({"network": network, "reservedPeeringRanges": ranges});
    let request = match verb {
        "connect" => Request::new("POST", HOST, path).body(connection),
        "update" => {
            let force = if call.on("--force") == Some(true) { "True" } else { "False" };
            Request::new("PATCH", HOST, format!("{path}/-")).with("force", force).body(connection)
        }
        _ => Request::new("POST", HOST, format!("{path}/-")).body(json!({ "consumerNetwork": network })),
    };
    let begun = call.send(&request)?;
    if call.on("--async") == Some(true) {
        let name = begun["name"].as_str().unwrap_or_default();
        call.say(&format!(
            "Asynchronous operation is in progress... Use the following command to wait for its completion:\n gcloud \
             services vpc-peerings operations wait {name}"
        ));
    } else {
        service_operation::finish(call, HOST, &begun)?;
    }
    Ok(Answer::List(Vec::new()))
}

fn list(call: &Call) -> Result<Answer, Failure> {
    let network = network(call)?;
    let service = call.one("--service").unwrap_or("-");
    let request =
        Request::new("GET", HOST, format!("/v1/services/{service}/connections")).with("network", network);
    let mut answer: Value = call.send(&request)?;
    Ok(Answer::List(pages::taken(&mut answer, "connections")))
}
