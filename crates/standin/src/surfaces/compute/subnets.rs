//! `gcloud compute networks subnets …`.

use super::changes::{self, Change};
use super::{get, list, network_link, once, project, region};
use crate::call::Call;
use crate::failure::Failure;
use crate::print::Answer;
use crate::surfaces::unknown;
use serde_json::{Value, json};
use std::net::Ipv4Addr;

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "create" => create(call),
        "update" => update(call),
        "expand-ip-range" => expand(call),
        "delete" => delete(call),
        "describe" => {
            call.takes(&["--region"])?;
            Ok(Answer::Value(get(call, path(call)?)?))
        }
        "list" => {
            call.takes(&[])?;
            list::of_all(call, "subnetworks").map(Answer::List)
        }
        _ => Err(unknown(call)),
    }
}

fn collection(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/regions/{}/subnetworks", project(call)?, region(call, call.word("NAME"))?))
}

fn path(call: &Call) -> Result<String, Failure> {
    Ok(format!("{}/{}", collection(call)?, call.word("NAME")))
}

fn create(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--network", "--region", "--range", "--description", "--enable-private-ip-google-access"])?;
    let mut body = json!({
        "name": call.word("NAME"),
        "network": network_link(call, call.one("--network").unwrap_or_default())?,
        "privateIpGoogleAccess": call.on("--enable-private-ip-google-access") == Some(true),
    });
    for (flag, field) in [("--range", "ipCidrRange"), ("--description", "description")] {
        if let Some(text) = call.one(flag) {
            body[field] = text.into();
        }
    }
    let collection = collection(call)?;
    let change = Change { request: once("POST", collection.clone()).body(body), collection };
    changes::make(call, vec![change], &|| ()).map(Answer::List)
}

fn update(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--region", "--enable-private-ip-google-access"])?;
    let Some(on) = call.on("--enable-private-ip-google-access") else {
        return Err(Failure::Said("gcloud-standin updates a subnet's private access only".to_owned()));
    };
    post(call, "setPrivateIpGoogleAccess", json!({ "privateIpGoogleAccess": on }))
}

fn expand(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--region", "--prefix-length"])?;
    let length = call.one("--prefix-length").and_then(|length| length.parse::<u8>().ok());
    let Some(length) = length.filter(|length| *length <= 29) else {
        let text = "Invalid value for [--prefix-length]: Prefix length must be in the range [0, 29].";
        return Err(Failure::Said(text.to_owned()));
    };
    let subnet = get(call, path(call)?)?;
    let present = subnet["ipCidrRange"].as_str().unwrap_or_default();
    let wider = around(present, length)
        .ok_or_else(|| Failure::Said(format!("[{present}] does not appear to be an IPv4 network")))?;
    post(call, "expandIpCidrRange", json!({ "ipCidrRange": wider }))
}

/// The range of this length that the range's first address lies in.
fn around(range: &str, length: u8) -> Option<String> {
    let first: Ipv4Addr = range.split('/').next()?.parse().ok()?;
    let mask = u32::MAX.checked_shl(32 - u32::from(length)).unwrap_or(0);
    Some(format!("{}/{length}", Ipv4Addr::from(u32::from(first) & mask)))
}

fn post(call: &Call, method: &str, body: Value) -> Result<Answer, Failure> {
    let request = once("POST", format!("{}/{method}", path(call)?)).body(body);
    let change = Change { request, collection: collection(call)? };
    changes::make(call, vec![change], &|| ()).map(Answer::List)
}

fn delete(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--region"])?;
    let collection = collection(call)?;
    let change = |name: &String| Change {
        request: once("DELETE", format!("{collection}/{name}")),
        collection: collection.clone(),
    };
    changes::make(call, call.words("NAME").iter().map(change).collect(), &|| ()).map(Answer::List)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wider_range_begins_where_its_length_says() {
        assert_eq!(around("10.65.16.0/20", 18).as_deref(), Some("10.65.0.0/18"));
        assert_eq!(around("10.65.16.0/20", 0).as_deref(), Some("0.0.0.0/0"));
        assert_eq!(around("nonsense", 18), None);
    }
}
