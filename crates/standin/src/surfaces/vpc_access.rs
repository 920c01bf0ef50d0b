//! `gcloud compute networks vpc-access …` (Serverless VPC Access).

use super::declarative::Change;
use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::pages;
use crate::print::Answer;
use serde_json::{Map, Value, json};

const HOST: &str = "vpcaccess.googleapis.com";

pub(super) fn handle(call: &Call, kind: &str, verb: &str) -> Result<Answer, Failure> {
    let region = call.one("--region").unwrap_or_default();
    let place = format!("/v1/projects/{}/locations/{region}", call.project()?);
    match (kind, verb) {
        ("connectors", "create") => create(call, &place),
        ("connectors", "update") => update(call, &place),
        ("connectors", "delete") => {
            let change = change(call, "Delete", None);
            change.carry_out(call, &Request::new("DELETE", HOST, connector(call, &place)))
        }
        ("connectors", "describe") => {
            Ok(Answer::Value(call.send(&Request::new("GET", HOST, connector(call, &place)))?))
        }
        ("operations", "describe") => {
            let path = format!("{place}/operations/{}", call.word("OPERATION"));
            Ok(Answer::Value(call.send(&Request::new("GET", HOST, path))?))
        }
        ("connectors" | "operations", "list") => {
            let request = Request::new("GET", HOST, format!("{place}/{kind}"));
            Ok(Answer::List(pages::all(call, &request, kind)?))
        }
        _ => Err(unknown(call)),
    }
}

fn connector(call: &Call, place: &str) -> String {
    format!("{place}/connectors/{}", call.word("CONNECTOR"))
}

fn change<'a>(call: &'a Call, verb: &'a str, result: Option<String>) -> Change<'a> {
    Change { host: HOST, verb, name: call.word("CONNECTOR"), kind: "connector", result }
}

fn create(call: &Call, place: &str) -> Result<Answer, Failure> {
    // gcloud sends these three whatever was asked.
    let mut body = Map::from_iter([
        ("network".to_owned(), json!(call.one("--network").unwrap_or("default"))),
        ("minInstances".to_owned(), json!(2)),
        ("maxInstances".to_owned(), json!(10)),
    ]);
    body.extend(sizes(call));
    for (flag, field) in [("--range", "ipCidrRange"), ("--machine-type", "machineType")] {
        if let Some(value) = call.one(flag) {
            body.insert(field.to_owned(), json!(value));
        }
    }
    let subnet = [("--subnet", "name"), ("--subnet-project", "projectId")];
    let subnet =
        subnet.into_iter().filter_map(|(flag, field)| Some((field.to_owned(), json!(call.one(flag)?))));
    let subnet: Map<String, Value> = subnet.collect();
    if !subnet.is_empty() {
        body.insert("subnet".to_owned(), Value::Object(subnet));
    }
    let request = Request::new("POST", HOST, format!("{place}/connectors"))
        .with("connectorId", call.word("CONNECTOR"))
        .body(Value::Object(body));
    change(call, "Create", Some(connector(call, place))).carry_out(call, &request)
}

fn update(call: &Call, place: &str) -> Result<Answer, Failure> {
    let mut body = sizes(call);
    if let Some(machine) = call.one("--machine-type") {
        body.insert("machineType".to_owned(), json!(machine));
    }
    let mask: Vec<&str> = body.keys().map(String::as_str).collect();
    let request = Request::new("PATCH", HOST, connector(call, place))
        .with("updateMask", mask.join(","))
        .body(Value::Object(body));
    change(call, "Update", Some(connector(call, place))).carry_out(call, &request)
}

/// The numbers that were asked for.
fn sizes(call: &Call) -> Map<String, Value> {
    let flags = [
        ("--min-instances", "minInstances"),
        ("--max-instances", "maxInstances"),
        ("--min-throughput", "minThroughput"),
        ("--max-throughput", "maxThroughput"),
    ];
    let asked = flags.into_iter().filter_map(|(flag, field)| {
        let number: i64 = call.one(flag)?.parse().ok()?;
        Some((field.to_owned(), json!(number)))
    });
    asked.collect()
}
