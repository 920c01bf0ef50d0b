//! Copying what comes on standard input into an object.

use super::{HOST, in_flight, is_there, object, send, unknown};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::print::Answer;
use serde_json::json;
use std::io::Read as _;

/// `storage cp - gs://BUCKET/OBJECT`. gcloud does not know how long it is, so that it sends it in parts: one, for the little
/// that comes here.
pub(super) fn from_stdin(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[])?;
    let (Some((bucket, name)), ["-"]) = (
        object(call.word("DESTINATION")),
        call.words("SOURCE").iter().map(String::as_str).collect::<Vec<_>>().as_slice(),
    ) else {
        return Err(unknown(call));
    };
    call.say("WARNING: Using sequential instead of parallel task execution to transfer from stdin.");
    is_there(call, &bucket, &name, false)?;
    call.say(&format!("Copying file://- to gs://{bucket}/{name}"));
    let mut content = Vec::new();
    std::io::stdin().read_to_end(&mut content).map_err(|e| Failure::Said(e.to_string()))?;
    let result = upload(call, &bucket, &name, content);
    call.say("  ");
    call.say("");
    result.map(|()| Answer::List(Vec::new()))
}

fn upload(call: &Call, bucket: &str, name: &str, content: Vec<u8>) -> Result<(), Failure> {
    let begin = Request::new("POST", HOST, format!("/resumable/upload/storage/v1/b/{bucket}/o"))
        .with("uploadType", "resumable")
        .body(json!({ "bucket": bucket, "contentType": "application/octet-stream", "name": name }));
    let (_, headers) = in_flight(call, &begin)?;
    let place = headers.iter().find(|(name, _)| name == "location").map(|(_, place)| place.as_str());
    let place = place.and_then(|url| url.strip_prefix("https://")?.split_once('/'));
    let (Some((host, rest)), true) = (place, content.len() < PART) else { return Err(unknown(call)) };
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut send_it = Request::new("PUT", host, format!("/{path}"));
    send_it.query =
        query.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect();
    send_it.raw = Some(content);
    send(call, &send_it)?;
    Ok(())
}

/// What gcloud sends at once.
const PART: usize = 1 << 20;
