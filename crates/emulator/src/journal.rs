//! The record of all requests, for tests and for curious users.

use crate::world::World;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// One request and its answer. Secrets are digests.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// When it arrived.
    pub time: Timestamp,
    /// HTTP method.
    pub method: String,
    /// The googleapis.com name that was meant.
    pub host: String,
    /// The path that Google would see.
    pub path: String,
    /// The query, undecoded.
    pub query: String,
    /// JSON, a string where it was not JSON, null where there was none.
    pub request_body: Value,
    /// HTTP status; null while it is not answered, and for ever where the connection was dropped.
    pub status: Option<u16>,
    /// JSON, null where there was none.
    pub response_body: Value,
    /// Whether it changed the world; true also where nobody was left to take the answer.
    pub applied: bool,
    /// The operations that it started.
    pub operations: Vec<String>,
    /// Keys of objects that were not there before, and are now or will be when the operations end.
    pub made: Vec<String>,
}

/// The fields whose values are secrets, whatever the API: Cloud SQL passwords, the AUTH string, secret payloads.
const SECRET: &[&str] = &["password", "rootPassword", "authString", "dataCrc32c"];

/// Replaces secrets by digests.
pub fn mask(world: &World, value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                let secret = SECRET.contains(&key.as_str()) && (value.is_string() || value.is_number());
                if secret {
                    let plain = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                    *value = Value::String(world.digest(&plain));
                } else if key == "payload" && value["data"].is_string() {
                    // The digest is that of the decoded payload, so that it can be compared with the world's.
                    let data = value["data"].as_str().unwrap_or_default().to_owned();
                    value["data"] = Value::String(world.digest(&decode(&data)));
                    mask(world, value);
                } else {
                    mask(world, value);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|v| mask(world, v)),
        _ => {}
    }
}

fn decode(data: &str) -> String {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    engine
        .decode(data)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .unwrap_or_else(|| data.to_owned())
}
