//! `gcloud compute addresses …`: ranges that are reserved for peerings.

use super::changes::{self, Change};
use super::{get, list, network_link, once, project};
use crate::call::Call;
use crate::failure::Failure;
use crate::print::Answer;
use crate::surfaces::unknown;
use serde_json::json;

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "create" => create(call),
        "delete" => delete(call),
        "describe" => {
            call.takes(&["--global", "--region"])?;
            let name = call.word("NAME");
            Ok(Answer::Value(get(call, format!("{}/{name}", collection(call, name)?))?))
        }
        "list" => {
            call.takes(&["--global"])?;
            let addresses = match call.on("--global") {
                Some(true) => list::of_place_or_warn(call, "global/addresses"),
                _ => list::of_all(call, "addresses"),
            };
            addresses.map(Answer::List)
        }
        _ => Err(unknown(call)),
    }
}

fn collection(call: &Call, name: &str) -> Result<String, Failure> {
    match (call.on("--global"), call.one("--region")) {
        (Some(true), _) => Ok(format!("{}/global/addresses", project(call)?)),
        (_, Some(region)) => Ok(format!("{}/regions/{region}/addresses", project(call)?)),
        _ => Err(Failure::Said(format!(
            "Underspecified resource [{name}]. Specify one of the [--global, --region] flags."
        ))),
    }
}

fn create(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--global", "--purpose", "--addresses", "--prefix-length", "--network", "--description"])?;
    let addresses = call.list("--addresses").unwrap_or_default();
    if call.words("NAME").is_empty() && addresses.is_empty() {
        let text =
            "One of [NAME, --address] must be supplied: At least one name or address must be provided..";
        return Err(Failure::Said(text.to_owned()));
    }
    let length = call.one("--prefix-length").and_then(|length| length.parse::<u8>().ok());
    let ([name], Some("VPC_PEERING"), Some(true), Some(length), [] | [_]) =
        (call.words("NAME"), call.one("--purpose"), call.on("--global"), length, addresses.as_slice())
    else {
        return Err(Failure::Said(
            "gcloud-standin reserves one global range for a peering at a time".to_owned(),
        ));
    };
    let mut body = json!({
        "name": name,
        "addressType": "INTERNAL",
        "purpose": "VPC_PEERING",
        "prefixLength": length,
        "network": network_link(call, call.one("--network").unwrap_or_default())?,
    });
    match addresses.as_slice() {
        [first, ..] => body["address"] = first.as_str().into(),
        [] => body["ipVersion"] = "IPV4".into(),
    }
    if let Some(text) = call.one("--description") {
        body["description"] = text.into();
    }
    let collection = collection(call, name)?;
    let change = Change { request: once("POST", collection.clone()).body(body), collection };
    changes::make(call, vec![change], &|| ()).map(Answer::List)
}

fn delete(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--global", "--region"])?;
    let collection = collection(call, call.word("NAME"))?;
    let change = |name: &String| Change {
        request: once("DELETE", format!("{collection}/{name}")),
        collection: collection.clone(),
    };
    changes::make(call, call.words("NAME").iter().map(change).collect(), &|| ()).map(Answer::List)
}
