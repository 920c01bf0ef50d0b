//! Versions: the values.

use super::events::{self, Event};
use super::secrets::{counted, matches_filter};
use super::{check_etag, etag, key, name, permit, secret};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

const LIMIT: usize = 64 * 1024;

pub fn add(call: &mut Call) -> Answer {
    let key = secret(call, "secretmanager.versions.add")?;
    let payload = call.body["payload"].clone();
    if !payload.is_object() {
        return Err(ApiError::invalid("The payload field is required."));
    }
    let data = payload["data"].as_str().unwrap_or_default().replace('-', "+").replace('_', "/");
    let bytes = STANDARD.decode(&data).map_err(|_| {
        ApiError::invalid("Invalid value at 'payload.data' (TYPE_BYTES), Base64 decoding failed")
    })?;
    if bytes.len() > LIMIT {
        return Err(ApiError::invalid("The secret payload is larger than 64KiB."));
    }
    let crc = u64::from(crc32c::crc32c(&bytes));
    let given = &payload["dataCrc32c"];
    let given = given.as_u64().or_else(|| given.as_str().and_then(|text| text.parse().ok()));
    if given.is_some_and(|given| given != crc) {
        return Err(ApiError::invalid(
            "Received data_crc32c does not match the checksum of the received data.",
        ));
    }
    let number = numbers(call, &key).into_iter().max().unwrap_or(0) + 1;
    let mut status = json!({});
    for (policy, _) in call.world.get(&key).and_then(|s| s["replication"].as_object()).into_iter().flatten() {
        status[policy] = json!({});
    }
    let mut version = json!({
        "name": format!("{}/versions/{number}", name(call)),
        "createTime": call.world.stamp(),
        "state": "ENABLED",
        "replicationStatus": status,
        "etag": etag(call.world),
    });
    if given.is_some() {
        version["clientSpecifiedPayloadChecksum"] = json!(true);
    }
    let path = format!("{key}/versions/{number}");
    call.world.put(&path, version.clone());
    call.world.hide(&path, hidden(&bytes));
    tell(call, "SECRET_VERSION_ADD", &version);
    Ok(version.into())
}

/// Tells the secret's topics what happened to a version.
fn tell(call: &mut Call, kind: &str, version: &Value) {
    let secret = call.world.get(&key(call)).cloned().unwrap_or_default();
    let (project, at) = (call.project().to_owned(), call.world.now);
    events::tell(call.world, &project, &Event { kind, secret: &secret, version: Some(version), at });
}

/// Text as it is, so that its digest can be compared with that of a password; anything else in base64.
fn hidden(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => json!({ "data": text }),
        Err(_) => json!({ "base64": STANDARD.encode(bytes) }),
    }
}

fn numbers(call: &Call, key: &str) -> Vec<u64> {
    let rows = call.world.list(&format!("{key}/versions"));
    rows.iter().filter_map(|(key, _)| key.rsplit('/').next()?.parse().ok()).collect()
}

/// The key of the version in the path: by number, alias or `latest`, which is the newest one whatever its state.
fn find(call: &Call, permission: &str) -> Result<String, ApiError> {
    let (key, name) = (key(call), name(call));
    let asked = call.param("versionsId");
    permit(call, &key, &format!("{name}/versions/{asked}"), permission)?;
    if asked == "latest" {
        return match numbers(call, &key).into_iter().max() {
            Some(number) => Ok(format!("{key}/versions/{number}")),
            // gcloud and its users know this text; it does not tell the two cases apart.
            None => Err(ApiError::not_found(format!("Secret [{name}] not found or has no versions."))),
        };
    }
    let aliases = call.world.get(&key).map(|secret| secret["versionAliases"].clone()).unwrap_or_default();
    let number = match &aliases[asked] {
        Value::String(number) => number.clone(),
        Value::Number(number) => number.to_string(),
        _ => asked.to_owned(),
    };
    let path = format!("{key}/versions/{number}");
    if call.world.has(&path) {
        Ok(path)
    } else {
        Err(ApiError::not_found(format!("Secret Version [{name}/versions/{asked}] not found.")))
    }
}

pub fn list(call: &Call) -> Answer {
    let key = secret(call, "secretmanager.versions.list")?;
    let mut numbers = numbers(call, &key);
    numbers.sort_unstable_by(|a, b| b.cmp(a));
    let rows = numbers.iter().filter_map(|n| call.world.get(&format!("{key}/versions/{n}")).cloned());
    let filter = call.query("filter").unwrap_or_default();
    let rows: Vec<Value> = rows.filter(|row| matches_filter(row, filter)).collect();
    let total = rows.len();
    Ok(counted(call.page("versions", rows), total))
}

pub fn get(call: &Call) -> Answer {
    let path = find(call, "secretmanager.versions.get")?;
    Ok(call.world.get(&path).cloned().unwrap_or_default().into())
}

pub fn access(call: &Call) -> Answer {
    let path = find(call, "secretmanager.versions.access")?;
    let version = call.world.get(&path).cloned().unwrap_or_default();
    let state = version["state"].as_str().unwrap_or_default();
    if state != "ENABLED" {
        return Err(ApiError::failed_precondition(format!(
            "Secret Version [{}] is in {state} state.",
            version["name"].as_str().unwrap_or_default()
        )));
    }
    let hidden = call.world.hidden(&path);
    let bytes = match hidden["data"].as_str() {
        Some(text) => text.as_bytes().to_vec(),
        None => STANDARD.decode(hidden["base64"].as_str().unwrap_or_default()).unwrap_or_default(),
    };
    let mut payload = json!({"dataCrc32c": crc32c::crc32c(&bytes).to_string()});
    if !bytes.is_empty() {
        payload["data"] = json!(STANDARD.encode(&bytes));
    }
    Ok(json!({"name": version["name"], "payload": payload}).into())
}

fn change(call: &mut Call, path: &str, state: &str) -> Result<Value, ApiError> {
    let current = call.world.get(path).cloned().unwrap_or_default();
    check_etag(&current, call.text("etag"))?;
    if current["state"] == "DESTROYED" {
        return Err(ApiError::failed_precondition(format!(
            "Secret Version [{}] is in DESTROYED state.",
            current["name"].as_str().unwrap_or_default()
        )));
    }
    let mut version = current;
    version["state"] = json!(state);
    version["etag"] = etag(call.world);
    if state == "DESTROYED" {
        version["destroyTime"] = json!(call.world.stamp());
        call.world.hide(path, Value::Null);
    }
    call.world.put(path, version.clone());
    Ok(version)
}

pub fn switch(call: &mut Call, state: &str) -> Answer {
    let verb = if state == "ENABLED" { "enable" } else { "disable" };
    let path = find(call, &format!("secretmanager.versions.{verb}"))?;
    let version = change(call, &path, state)?;
    tell(call, &format!("SECRET_VERSION_{}", verb.to_uppercase()), &version);
    Ok(version.into())
}

/// At once, or, with `versionDestroyTtl`, disabled until then [description].
pub fn destroy(call: &mut Call) -> Answer {
    let path = find(call, "secretmanager.versions.destroy")?;
    let ttl = call.world.get(&key(call)).and_then(|secret| secret["versionDestroyTtl"].as_str());
    let seconds = ttl.and_then(|text| text.trim_end_matches('s').parse::<i64>().ok()).unwrap_or(0);
    if seconds == 0 {
        let version = change(call, &path, "DESTROYED")?;
        tell(call, "SECRET_VERSION_DESTROY", &version);
        return Ok(version.into());
    }
    let at = call.world.now.checked_add(jiff::SignedDuration::from_secs(seconds));
    let at = at.map_err(|_| ApiError::invalid("version_destroy_ttl is out of range."))?;
    let mut version = change(call, &path, "DISABLED")?;
    version["scheduledDestroyTime"] = json!(at.to_string());
    call.world.put(&path, version.clone());
    tell(call, "SECRET_VERSION_DESTROY_SCHEDULED", &version);
    Ok(version.into())
}
