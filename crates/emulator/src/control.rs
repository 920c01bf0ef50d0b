//! `/_emulator/...`: what tests and curious users ask of the emulator itself.
//!
//! - `GET  requests`: NDJSON, one object a request
//! - `GET  world`: the state as JSON, secrets as digests
//! - `POST world [{"key": K, "data": {..}, "hidden": {..}}, {"key": K, "policy": {..}}, {"key": K, "remove": true}]`: sets up
//!   what no API of Google's makes (a second billing account, an organization)
//! - `GET  violations`: answers that Google's descriptions do not know (a bug of the emulator), as a JSON list
//! - `GET  ca.pem`: the certificate authority
//! - `POST faults` (one or a list): by name (`{"name": "redis-quota", "times": 1}`, and `match`, `nth` or `requests` where not
//!   those of the catalogue are meant), or written out (`fault.rs`)
//! - `GET faults`: with how often each struck; `DELETE faults[?id=N]`: lifts them, and puts right what they had arranged
//! - `POST hold {"match": RE, "point": "request"|"answer"|"operation", "times": N}` (without `times`: all that match), `GET hold`, `POST release {"id": N}` or `{}` for all
//! - `GET  wait?match=RE[&count=N][&seconds=S][&held=true]`: answers as soon as N matching requests have arrived
//! - `POST connect {"project", "owner", "name"}`: what a person does in the console to connect a GitHub repository to Cloud
//!   Build; `{"connection": "projects/P/locations/L/connections/C"}` gives a connection of the second generation its consent
//! - `POST advance?seconds=N`: moves the emulator's clock forward by N seconds, for good, and answers its time: what is due by
//!   then (operations, rotations of secrets, acknowledgements that did not come) has happened. It never goes back, but by
//!   `reset` and `load`
//! - `POST reset`: an empty world
//! - `POST save {"file": F}`, `POST load {"file": F}`: the world to and from a file like that of `--state` (it holds secrets,
//!   so it is its owner's only); loading forgets the requests so far, the faults and the holds

use crate::World;
use crate::error::ApiError;
use crate::fault::{Hold, Lifted};
use crate::faults;
use crate::http::{Shared, lock};
use crate::state;
use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use regex::Regex;
use serde_json::{Value, json};
use std::time::Duration;

type Sent = Response<Full<Bytes>>;

pub(crate) async fn answer(shared: &Shared, method: &str, path: &str, query: &str, body: &[u8]) -> Sent {
    let result = match (method, path.trim_start_matches("/_emulator/")) {
        ("GET", "requests") => {
            let lines: String = lock(&shared.entries)
                .iter()
                .filter_map(|entry| serde_json::to_string(entry).ok())
                .flat_map(|line| [line, "\n".to_owned()])
                .collect();
            return text("application/x-ndjson", lines);
        }
        ("GET", "ca.pem") => {
            return text("application/x-pem-file", shared.authority.certificate().to_owned());
        }
        ("GET", "world") => {
            let mut world = lock(&shared.world);
            let before = world.generation();
            world.catch_up();
            if world.generation() == before {
                Ok(world.shown())
            } else {
                save(shared, &world).map(|()| world.shown())
            }
        }
        ("POST", "world") => arrange(shared, body),
        ("GET", "violations") => Ok(json!(*lock(&shared.violations))),
        ("GET", "faults") => Ok(json!(lock(&shared.faults).all())),
        ("POST", "faults") => add_faults(shared, body),
        ("DELETE", "faults") => {
            let id = query.strip_prefix("id=").and_then(|id| id.parse().ok());
            let lifted = {
                let mut faults = lock(&shared.faults);
                match id {
                    Some(id) => faults.remove(id),
                    None => faults.clear(),
                }
            };
            lift(shared, &lifted)
        }
        ("GET", "hold") => {
            Ok(json!(lock(&shared.holds).iter().map(|(_, hold)| hold.clone()).collect::<Vec<_>>()))
        }
        ("POST", "hold") => add_hold(shared, body),
        ("POST", "release") => release(shared, body),
        ("GET", "wait") => wait(shared, query).await,
        ("POST", "connect") => connect(shared, body),
        ("POST", "advance") => advance(shared, query),
        ("POST", "reset") => reset(shared),
        ("POST", "save") => parse(body).and_then(|asked: SavedAt| {
            let mut world = lock(&shared.world);
            world.catch_up();
            state::write(&asked.file, &world, &shared.authority).map_err(internal)?;
            Ok(json!({}))
        }),
        ("POST", "load") => load(shared, body),
        _ => Err(ApiError::not_found(format!("The emulator has no {method} {path}."))),
    };
    match result {
        Ok(value) => text("application/json", value.to_string()),
        Err(error) => {
            let mut response = text("application/json", error.body().to_string());
            *response.status_mut() = hyper::StatusCode::from_u16(error.code).unwrap_or_default();
            response
        }
    }
}

fn text(kind: &'static str, body: String) -> Sent {
    let mut response = Response::new(Full::from(body));
    response.headers_mut().insert(hyper::header::CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    response
}

fn parse<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|e| ApiError::invalid(e.to_string()))
}

fn pattern(text: &str) -> Result<Regex, ApiError> {
    Regex::new(text).map_err(|e| ApiError::invalid(e.to_string()))
}

fn add_faults(shared: &Shared, body: &[u8]) -> Result<Value, ApiError> {
    let mut ids = Vec::new();
    for fault in faults::parse(parse(body)?).map_err(ApiError::invalid)? {
        ids.push(lock(&shared.faults).add(fault).map_err(|e| ApiError::invalid(e.to_string()))?);
    }
    Ok(json!({ "ids": ids }))
}

fn lift(shared: &Shared, lifted: &Lifted) -> Result<Value, ApiError> {
    let mut world = lock(&shared.world);
    world.catch_up();
    for (name, scene) in &lifted.arranged {
        faults::undo(name, &mut world, scene);
    }
    lifted.operations.iter().for_each(|key| world.hold_operation(key, false));
    world.settle();
    save(shared, &world)?;
    Ok(json!({}))
}

fn add_hold(shared: &Shared, body: &[u8]) -> Result<Value, ApiError> {
    let mut hold: Hold = parse(body)?;
    let regex = pattern(&hold.pattern)?;
    let mut holds = lock(&shared.holds);
    hold.id = holds.iter().map(|(_, h)| h.id).max().unwrap_or(0) + 1;
    let id = hold.id;
    holds.push((regex, hold));
    Ok(json!({ "id": id }))
}

fn release(shared: &Shared, body: &[u8]) -> Result<Value, ApiError> {
    let asked: Value = if body.is_empty() { json!({}) } else { parse(body)? };
    let id = asked["id"].as_u64();
    let mut released = Vec::new();
    lock(&shared.holds).retain(|(_, hold)| {
        let goes = id.is_none_or(|id| id == hold.id);
        if goes {
            released.extend(hold.operations.clone());
        }
        !goes
    });
    let mut world = lock(&shared.world);
    world.catch_up();
    released.iter().for_each(|key| world.hold_operation(key, false));
    world.settle();
    drop(world);
    shared.notify();
    Ok(json!({}))
}

async fn wait(shared: &Shared, query: &str) -> Result<Value, ApiError> {
    let fields: std::collections::BTreeMap<String, String> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(k, v)| {
            (k.to_owned(), percent_encoding::percent_decode_str(v).decode_utf8_lossy().into_owned())
        })
        .collect();
    let regex = pattern(fields.get("match").map_or("", String::as_str))?;
    let count = fields.get("count").and_then(|c| c.parse().ok()).unwrap_or(1_usize);
    let seconds = fields.get("seconds").and_then(|s| s.parse().ok()).unwrap_or(60.0_f64);
    let held = fields.get("held").is_some_and(|h| h == "true");
    let mut changes = shared.changed.subscribe();
    let arrived = async {
        loop {
            changes.mark_unchanged();
            let found = if held {
                let holds = lock(&shared.holds);
                holds
                    .iter()
                    .filter(|(_, h)| regex.as_str().is_empty() || h.pattern == regex.as_str())
                    .map(|(_, h)| h.held as usize)
                    .sum()
            } else {
                let entries = lock(&shared.entries);
                entries
                    .iter()
                    .filter(|e| regex.is_match(&format!("{} {}{}?{}", e.method, e.host, e.path, e.query)))
                    .count()
            };
            if found >= count {
                return found;
            }
            if changes.changed().await.is_err() {
                return found;
            }
        }
    };
    match tokio::time::timeout(Duration::from_secs_f64(seconds), arrived).await {
        Ok(found) => Ok(json!({ "count": found })),
        Err(_) => Err(ApiError::new(
            408,
            "DEADLINE_EXCEEDED",
            "timeout",
            format!("no {count} requests match {regex} after {seconds} s"),
        )),
    }
}

/// One change that `POST world` makes.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Arrangement {
    key: String,
    #[serde(default)]
    data: Option<Value>,
    #[serde(default)]
    hidden: Option<Value>,
    #[serde(default)]
    policy: Option<Value>,
    #[serde(default)]
    remove: bool,
}

fn arrange(shared: &Shared, body: &[u8]) -> Result<Value, ApiError> {
    let changes: Vec<Arrangement> = parse(body)?;
    let mut world = lock(&shared.world);
    for change in changes {
        if change.remove {
            world.remove(&change.key);
        }
        if let Some(data) = change.data {
            world.put(&change.key, data);
        }
        if let Some(hidden) = change.hidden {
            world.hide(&change.key, hidden);
        }
        if let Some(policy) = change.policy {
            world.set_policy(&change.key, policy);
        }
    }
    save(shared, &world)?;
    Ok(json!({}))
}

fn connect(shared: &Shared, body: &[u8]) -> Result<Value, ApiError> {
    let mut world = lock(&shared.world);
    world.catch_up();
    let connected = crate::services::cloudbuild::connection::connect(&mut world, &parse(body)?)?;
    save(shared, &world)?;
    Ok(connected)
}

fn advance(shared: &Shared, query: &str) -> Result<Value, ApiError> {
    let seconds = query.strip_prefix("seconds=").and_then(|seconds| seconds.parse().ok());
    let seconds = seconds.ok_or_else(|| ApiError::invalid("advance needs ?seconds=N, a whole number."))?;
    let mut world = lock(&shared.world);
    world.advance(seconds);
    save(shared, &world)?;
    Ok(json!({ "time": world.now }))
}

fn save(shared: &Shared, world: &World) -> Result<(), ApiError> {
    let Some(path) = &shared.state else { return Ok(()) };
    state::write(path, world, &shared.authority).map_err(internal)
}

fn internal(error: std::io::Error) -> ApiError {
    ApiError::new(500, "INTERNAL", "backendError", error.to_string())
}

/// Where a world lies.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct SavedAt {
    file: std::path::PathBuf,
}

fn load(shared: &Shared, body: &[u8]) -> Result<Value, ApiError> {
    let asked: SavedAt = parse(body)?;
    let saved = state::read(&asked.file)
        .map_err(internal)?
        .ok_or_else(|| ApiError::not_found(format!("There is no {}.", asked.file.display())))?;
    let mut world = lock(&shared.world);
    *world = saved.world;
    world.scale = shared.scale;
    world.catch_up();
    lock(&shared.entries).clear();
    // What they had arranged is in the world that goes.
    drop(lock(&shared.faults).clear());
    lock(&shared.holds).clear();
    save(shared, &world)?;
    Ok(json!({}))
}

fn reset(shared: &Shared) -> Result<Value, ApiError> {
    let mut world = lock(&shared.world);
    *world = World::default();
    world.scale = shared.scale;
    lock(&shared.entries).clear();
    save(shared, &world)?;
    Ok(json!({}))
}
