//! One request to Google: route, faults, checks, service, record.

use super::server::{Dropped, Sent, json_response};
use super::{Shared, lock};
use crate::call::{Call, Reply};
use crate::description::{self, Route};
use crate::error::ApiError;
use crate::fault::{self, Action, Hold, Point};
use crate::faults::{self, Scene};
use crate::journal::{self, Entry};
use crate::operation::Failure;
use crate::services::run::front;
use crate::world::World;
use crate::{gate, schema, services, state};
use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HeaderName, HeaderValue};
use jiff::Timestamp;
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Parameters that every Google API takes.
const STANDARD: &[&str] = &[
    "alt",
    "fields",
    "key",
    "prettyPrint",
    "quotaUser",
    "userIp",
    "access_token",
    "callback",
    "oauth_token",
    "upload_protocol",
    "uploadType",
    "upload_id",
    "$.xgafv",
];

pub(super) fn refuse_host(shared: &Shared, method: &str, host: &str) {
    shared.remark(&format!("refused {method} {host}: not a host that it serves"));
    lock(&shared.entries).push(Entry {
        time: Timestamp::now(),
        method: method.to_owned(),
        host: host.to_owned(),
        path: String::new(),
        query: String::new(),
        request_body: Value::Null,
        status: Some(404),
        response_body: Value::Null,
        applied: false,
        operations: Vec::new(),
        made: Vec::new(),
    });
    shared.notify();
}

/// What is known of a request before it is served.
struct Incoming {
    host: Option<String>,
    method: String,
    path: String,
    raw_query: String,
    query: Vec<(String, String)>,
    headers: BTreeMap<String, String>,
    raw: Bytes,
    json: Value,
}

pub(super) async fn serve(
    shared: &Arc<Shared>,
    host: Option<String>,
    parts: hyper::http::request::Parts,
    raw: Bytes,
) -> Sent {
    let request = understand(host, &parts, raw);
    let shown = request.host.clone().unwrap_or_default();
    let subject = format!("{} {}{}?{}", request.method, shown, request.path, request.raw_query);
    let index = arrive(shared, &request, &shown);
    let struck = lock(&shared.faults).strike(&subject);
    for action in &struck {
        match action {
            Action::Slow { seconds } => tokio::time::sleep(Duration::from_secs_f64(seconds.max(0.0))).await,
            Action::DropBefore {} => return Err(Dropped),
            _ => {}
        }
    }
    let answer = scripted(shared, &request, &struck);
    hold(shared, &subject, Point::Request).await;
    let reply = match answer {
        Some(reply) => reply,
        None => match apply(shared, &request, &subject, &struck) {
            Ok((reply, served)) => {
                // Written down before the answer goes out: who asked may be gone by then.
                if let Some(entry) = lock(&shared.entries).get_mut(index) {
                    entry.applied = served.changed;
                    entry.operations = served.operations;
                    entry.made = served.made;
                }
                reply
            }
            Err(error) => refusal(&error),
        },
    };
    hold(shared, &subject, Point::Answer).await;
    for action in &struck {
        match action {
            Action::DropAfter {} => return Err(Dropped),
            Action::StatusAfter { code, message } => {
                let error = fault::error(&shown, *code, "", message, &[]);
                record(shared, index, error.code, error.body());
                return Ok(json_response(error.code, error.body().to_string()));
            }
            _ => {}
        }
    }
    record(shared, index, reply.status, reply.body.clone());
    Ok(respond(reply))
}

/// Serves a request without a server, for the services' unit tests.
#[cfg(test)]
pub(crate) fn direct(
    shared: &Shared,
    method: &str,
    host: &str,
    target: &str,
    headers: &[(String, String)],
    body: &Value,
    struck: &[Action],
) -> Reply {
    let mut builder = hyper::Request::builder().method(method).uri(target);
    for (name, value) in headers {
        builder = builder.header(name, value);
    }
    let (parts, ()) = builder.body(()).expect("a test's request is well-formed").into_parts();
    let raw = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let request = understand(Some(host.to_owned()), &parts, raw);
    if let Some(reply) = scripted(shared, &request, struck) {
        return reply;
    }
    let subject = format!("{method} {host}{}?{}", request.path, request.raw_query);
    match apply(shared, &request, &subject, struck) {
        Ok((reply, _)) => reply,
        Err(error) => refusal(&error),
    }
}

/// An answer that was written before the request came.
fn scripted(shared: &Shared, request: &Incoming, struck: &[Action]) -> Option<Reply> {
    struck.iter().find_map(|action| match action {
        Action::Status { code, status, message, details, headers } => {
            let scene = scene(&lock(&shared.world), request);
            let details: Vec<Value> = details.iter().map(|detail| scene.fill_in(detail)).collect();
            let error = fault::error(&scene.host, *code, status, &scene.fill(message), &details);
            Some(Reply { headers: headers.clone(), ..refusal(&error) })
        }
        Action::Page { code } => Some(faults::page(*code)),
        _ => None,
    })
}

fn refusal(error: &ApiError) -> Reply {
    Reply { status: error.code, body: error.body(), media: None, headers: Vec::new() }
}

/// Where a request goes and what it is about, for the words of a fault and for what it does to the world.
fn scene(world: &World, request: &Incoming) -> Scene {
    Scene::of(
        world,
        request.host.as_deref().unwrap_or_default(),
        &request.path,
        &request.raw_query,
        &request.json,
    )
}

fn understand(host: Option<String>, parts: &hyper::http::request::Parts, raw: Bytes) -> Incoming {
    let mut path = parts.uri.path().to_owned();
    let mut host = host;
    // A client that takes a plain endpoint can name the host as the first part of the path:
    // `http://127.0.0.1:PORT/redis.googleapis.com/v1/...`.
    if host.is_none()
        && let Some((first, rest)) = path.trim_start_matches('/').split_once('/')
        && first.ends_with(".googleapis.com")
    {
        host = Some(first.to_owned());
        path = format!("/{rest}");
    }
    let raw_query = parts.uri.query().unwrap_or("").to_owned();
    let query = parse_query(&raw_query);
    let headers = parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    let json = serde_json::from_slice(&raw).unwrap_or(Value::Null);
    Incoming { host, method: parts.method.to_string(), path, raw_query, query, headers, raw, json }
}

fn parse_query(raw: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    raw.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

fn arrive(shared: &Shared, request: &Incoming, host: &str) -> usize {
    let mut body = if request.json.is_null() && !request.raw.is_empty() {
        json!(format!("({} bytes that are not JSON)", request.raw.len()))
    } else {
        request.json.clone()
    };
    journal::mask(&lock(&shared.world), &mut body);
    let mut entries = lock(&shared.entries);
    entries.push(Entry {
        time: Timestamp::now(),
        method: request.method.clone(),
        host: host.to_owned(),
        path: request.path.clone(),
        query: request.raw_query.clone(),
        request_body: body,
        status: None,
        response_body: Value::Null,
        applied: false,
        operations: Vec::new(),
        made: Vec::new(),
    });
    let index = entries.len() - 1;
    drop(entries);
    shared.notify();
    index
}

fn record(shared: &Shared, index: usize, status: u16, mut body: Value) {
    journal::mask(&lock(&shared.world), &mut body);
    if let Some(entry) = lock(&shared.entries).get_mut(index) {
        entry.status = Some(status);
        entry.response_body = body;
    }
    shared.notify();
}

async fn hold(shared: &Shared, subject: &str, point: Point) {
    let mut changes = shared.changed.subscribe();
    let mut counted = Vec::new();
    loop {
        let held: Vec<u64> = {
            let mut holds = lock(&shared.holds);
            let matching =
                holds.iter_mut().filter(|(regex, hold)| hold.point == point && regex.is_match(subject));
            matching
                .filter_map(|(_, hold)| {
                    if !counted.contains(&hold.id) {
                        if hold.full() {
                            return None;
                        }
                        counted.push(hold.id);
                        hold.held += 1;
                    }
                    Some(hold.id)
                })
                .collect()
        };
        if held.is_empty() {
            return;
        }
        shared.notify();
        changes.mark_unchanged();
        if changes.changed().await.is_err() {
            return;
        }
    }
}

/// What a request did.
struct Served {
    changed: bool,
    operations: Vec<String>,
    made: Vec<String>,
}

/// Serves the request.
fn apply(
    shared: &Shared,
    request: &Incoming,
    subject: &str,
    struck: &[Action],
) -> Result<(Reply, Served), ApiError> {
    let mut world = lock(&shared.world);
    world.scale = shared.scale;
    let before = world.generation();
    world.catch_up();
    for key in lock(&shared.faults).looked(subject) {
        world.hold_operation(&key, false);
    }
    world.settle();
    let mut unseen = Vec::new();
    world.started.clear();
    world.made.clear();
    (world.fail_operations, world.work_all_the_same) = (None, false);
    let holds = holding_operations(shared, subject);
    world.hold_started = !holds.is_empty();
    for action in struck {
        match action {
            Action::FailOperation(failure) | Action::ReportFailed(failure) => {
                let message = scene(&world, request).fill(&failure.message);
                world.fail_operations = Some(Failure { message, ..failure.clone() });
                world.work_all_the_same = matches!(action, Action::ReportFailed(_));
            }
            Action::Outlast { .. } => world.hold_started = true,
            Action::Arrange(name) => {
                let scene = scene(&world, request);
                faults::arrange(name, &mut world, &scene);
                lock(&shared.faults).arranged(name, scene);
            }
            Action::Unseen { keys } => unseen.extend(keys.iter().filter_map(|key| Regex::new(key).ok())),
            _ => {}
        }
    }
    let hidden = world.hide_unseen(&unseen);
    let settled = world.generation();
    let result = dispatch(shared, &mut world, request);
    let changed = world.generation() != settled;
    let made = world.made.iter().cloned().collect();
    world.put_back(hidden);
    kept_going(shared, &world, &holds, struck);
    let served = Served { changed, operations: world.started.clone(), made };
    if world.generation() != before
        && let Some(path) = &shared.state
        && let Err(error) = state::write(path, &world, &shared.authority)
    {
        shared.remark(&format!("cannot write {}: {error}", path.display()));
        return Err(ApiError::new(
            500,
            "INTERNAL",
            "backendError",
            format!("The emulator cannot write its state: {error}"),
        ));
    }
    result.map(|reply| (reply, served))
}

/// The holds that keep the operations of this request from ending.
fn holding_operations(shared: &Shared, subject: &str) -> Vec<u64> {
    let holds = lock(&shared.holds);
    let on = |regex: &Regex, hold: &Hold| {
        hold.point == Point::Operation && regex.is_match(subject) && !hold.full()
    };
    holds.iter().filter(|(regex, hold)| on(regex, hold)).map(|(_, hold)| hold.id).collect()
}

/// Writes down who lets the operations go that the request has started.
fn kept_going(shared: &Shared, world: &World, holding: &[u64], struck: &[Action]) {
    for (_, hold) in lock(&shared.holds).iter_mut().filter(|(_, hold)| holding.contains(&hold.id)) {
        hold.held += world.started.len() as u64;
        hold.operations.extend(world.started.iter().cloned());
    }
    for action in struck {
        if let Action::Outlast { look, looks } = action {
            for key in &world.started {
                lock(&shared.faults).outlast(key.clone(), look, *looks);
            }
        }
    }
}

fn dispatch(shared: &Shared, world: &mut World, request: &Incoming) -> Result<Reply, ApiError> {
    if let Some(host) = request.host.as_deref().filter(|host| front::is_host(host)) {
        return Ok(front::answer(world, host, &request.path, &request.headers));
    }
    let Some(mut route) = description::route(request.host.as_deref(), &request.method, &request.path) else {
        let host = request.host.as_deref().unwrap_or("(no host)");
        shared.remark(&format!("no method for {} {host}{}", request.method, request.path));
        return Err(ApiError::not_found(format!(
            "The requested URL {} was not found on this server.",
            request.path
        )));
    };
    for name in ["projectsId", "project", "namespacesId", "projectId"] {
        if let Some(value) = route.params.get_mut(name)
            && let Some(id) = world.project_id(value)
        {
            *value = id;
        }
    }
    let Some(service) = services::find(&route.api.api, &route.api.version) else {
        shared.remark(&format!("{}.{} is described but not served", route.api.api, route.id));
        return services::unserved(route.id);
    };
    let principal = principal(world, &request.headers)?;
    let body = checked_body(&route, request)?;
    let host = request.host.clone().unwrap_or_else(|| route.api.host.clone());
    let mut call = Call {
        world,
        route: &route,
        host: &host,
        body,
        raw: &request.raw,
        headers: &request.headers,
        query: &request.query,
        principal,
    };
    gate::pass(&call, service)?;
    let reply = (service.handle)(route.id, &mut call)?;
    if reply.status < 300
        && reply.media.is_none()
        && let Some(name) = &route.method.response
    {
        let misfits = schema::check(route.api, name, &mut reply.body.clone());
        for misfit in misfits {
            let text = format!("{}.{} answered {}: {}", route.api.api, route.id, misfit.field, misfit.text);
            shared.remark(&format!("VIOLATION {text}"));
            lock(&shared.violations).push(text);
        }
    }
    Ok(reply)
}

/// A bearer token that looks like an address names the caller; any other token, or none, is the owner, unless it was
/// arranged that the login is somebody else's, or has expired.
fn principal(world: &World, headers: &BTreeMap<String, String>) -> Result<Option<String>, ApiError> {
    let sent = headers.get("authorization").and_then(|h| h.strip_prefix("Bearer ")).unwrap_or_default();
    let sent = sent.trim();
    let token = match world.get(faults::LOGIN).and_then(|login| login["token"].as_str()) {
        Some(instead) if !sent.contains('@') => instead,
        _ => sent,
    };
    if token == "expired" {
        return Err(ApiError::unauthenticated(
            "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid \
             authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project.",
        ));
    }
    Ok(token.contains('@').then(|| {
        let kind = if token.ends_with(".gserviceaccount.com") { "serviceAccount" } else { "user" };
        format!("{kind}:{token}")
    }))
}

fn checked_body(route: &Route, request: &Incoming) -> Result<Value, ApiError> {
    for (name, value) in &request.query {
        let parameter =
            route.method.parameters.get(name).or_else(|| route.method.parameters.get(&schema::camel(name)));
        match parameter {
            None if STANDARD.contains(&name.as_str()) => {}
            // Nested parameters (`options.requestedPolicyVersion`) are listed with their dots.
            None => {
                return Err(ApiError::invalid(format!(
                    "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' could not be found in request message."
                )));
            }
            Some(parameter) => {
                if let Some(values) = &parameter.values
                    && !values.contains(value)
                {
                    return Err(ApiError::invalid(format!("Invalid value at '{name}' (enum), \"{value}\"")));
                }
            }
        }
    }
    let Some(name) = &route.method.request else { return Ok(json!({})) };
    let media = route.method.upload.iter().any(|u| u.starts_with("/upload") || u.starts_with("/resumable"))
        && !request.path.starts_with(&format!("/{}", route.method.path.split('{').next().unwrap_or("")));
    if request.raw.is_empty() || media {
        return Ok(json!({}));
    }
    let mut body: Value = serde_json::from_slice(&request.raw)
        .map_err(|e| ApiError::invalid(format!("Invalid JSON payload received. {e}")))?;
    let misfits = schema::check(route.api, name, &mut body);
    if misfits.is_empty() {
        return Ok(body);
    }
    let text: Vec<&str> = misfits.iter().map(|m| m.text.as_str()).collect();
    let violations: Vec<Value> =
        misfits.iter().map(|m| json!({"field": m.field, "description": m.text})).collect();
    let detail = json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations});
    Err(ApiError::invalid(text.join("\n")).detail(detail))
}

fn respond(reply: Reply) -> hyper::Response<Full<Bytes>> {
    let mut response = match reply.media {
        None => json_response(reply.status, reply.body.to_string()),
        Some((kind, bytes)) => {
            let mut response = json_response(reply.status, String::new());
            *response.body_mut() = Full::from(bytes);
            if let Ok(kind) = HeaderValue::from_str(&kind) {
                response.headers_mut().insert(hyper::header::CONTENT_TYPE, kind);
            }
            response
        }
    };
    for (name, value) in reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(&value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
