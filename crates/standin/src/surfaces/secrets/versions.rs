//! `gcloud secrets versions …`.

use super::{HOST, collection, path};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use crate::pages;
use crate::print::Answer;
use crate::surfaces::unknown;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};
use std::io::{Read as _, Write as _};

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    match verb {
        "add" => add(call),
        "access" => access(call),
        "list" => list(call),
        "describe" => {
            call.takes(&["--secret"])?;
            Ok(Answer::Value(call.message(&Request::new("GET", HOST, version(call)?))?))
        }
        "enable" => change(call, verb, "Enabled"),
        "disable" => change(call, verb, "Disabled"),
        "destroy" => change(call, verb, "Destroyed"),
        _ => Err(unknown(call)),
    }
}

/// The path of the version that the command names.
fn version(call: &Call) -> Result<String, Failure> {
    let secret = call.one("--secret").unwrap_or_default();
    Ok(format!("{}/{secret}/versions/{}", collection(call)?, call.word("VERSION")))
}

/// A file's bytes, or those of standard input for `-`.
pub(super) fn read(file: &str) -> Result<Vec<u8>, Failure> {
    let mut data = Vec::new();
    let read = match file {
        "" => return Err(Failure::Said(EMPTY.to_owned())),
        "-" => std::io::stdin().read_to_end(&mut data).map(drop),
        path => std::fs::read(path).map(|bytes| data = bytes),
    };
    let failed = |e| Failure::Said(format!("Failed to read file [{file}]: {e}"));
    read.map_err(failed)?;
    Ok(data)
}

const EMPTY: &str = "The value provided for --data-file is the empty string. This can happen if you pass or pipe a \
                     variable that is undefined. Please verify that the --data-file flag is not the empty string.";

/// Adds a version with these bytes.
pub(super) fn store(call: &Call, secret: &str, data: &[u8]) -> Result<Value, Failure> {
    let payload = json!({ "data": URL_SAFE.encode(data), "dataCrc32c": crc32c::crc32c(data).to_string() });
    let request =
        Request::new("POST", HOST, format!("{secret}:addVersion")).body(json!({ "payload": payload }));
    let made = call.message(&request)?;
    let number = last(made["name"].as_str().unwrap_or_default());
    call.say(&format!("Created version [{number}] of the secret [{}].", last(secret)));
    Ok(made)
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

fn add(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--data-file"])?;
    let data = read(call.one("--data-file").unwrap_or_default())?;
    Ok(Answer::Value(store(call, &path(call)?, &data)?))
}

fn access(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--secret"])?;
    let mut answer = call.message(&Request::new("GET", HOST, format!("{}:access", version(call)?)))?;
    let Some(data) = answer["payload"]["data"].as_str() else {
        // An empty value is left out of the answer, and gcloud trips over that.
        return Err(Failure::Crashed("TypeError", "not expecting type '<class 'NoneType'>'".to_owned()));
    };
    let data = STANDARD.decode(data).or_else(|_| URL_SAFE.decode(data));
    let data = data.map_err(|e| Failure::Said(format!("The payload is not base64: {e}")))?;
    let sum = &answer["payload"]["dataCrc32c"];
    let sum = sum.as_str().map(str::to_owned).or_else(|| sum.as_u64().map(|sum| sum.to_string()));
    if sum.is_some_and(|sum| sum != crc32c::crc32c(&data).to_string()) {
        return Err(Failure::Said(CHECKSUM.to_owned()));
    }
    if call.one("--format").is_none() {
        std::io::stdout().write_all(&data).map_err(|e| Failure::Said(e.to_string()))?;
        return Ok(Answer::Nothing);
    }
    // Bytes are printed in the other of base64's alphabets.
    answer["payload"]["data"] = URL_SAFE.encode(&data).into();
    Ok(Answer::Value(answer))
}

const CHECKSUM: &str = "An incorrect data_crc32c was calculated for the provided payload. This might indicate data \
                        corruption.";

fn listed(path: &str) -> Request {
    Request::new("GET", HOST, format!("{path}/versions")).with("pageSize", "0")
}

/// All versions of a secret.
pub(super) fn of(call: &Call, secret: &str) -> Result<Vec<Value>, Trouble> {
    pages::read(call, &listed(secret), "versions")
}

fn list(call: &Call) -> Result<Answer, Failure> {
    call.takes(&[])?;
    pages::all(call, &listed(&path(call)?), "versions").map(Answer::List)
}

fn change(call: &Call, verb: &str, past: &str) -> Result<Answer, Failure> {
    call.takes(&["--secret"])?;
    let request = Request::new("POST", HOST, format!("{}:{verb}", version(call)?)).body(json!({}));
    let changed = call.message(&request)?;
    let (number, secret) = (call.word("VERSION"), call.one("--secret").unwrap_or_default());
    match changed["scheduledDestroyTime"].as_str().filter(|_| verb == "destroy") {
        Some(time) => call.say(&format!(
            "Disabled version [{number}] of the secret [{secret}] and scheduled for destruction at [{time}]."
        )),
        None => call.say(&format!("{past} version [{number}] of the secret [{secret}].")),
    }
    Ok(Answer::Value(changed))
}
