//! Services: made, replaced, read, deleted.

use super::{depends, listing, operations, region, revision, selected, template, violation};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::{Effect, Start};
use crate::services::locations;
use serde_json::{Value, json};

/// Where a region's services are kept.
pub fn collection(call: &Call, region: &str) -> String {
    format!("run/projects/{}/locations/{region}/services", call.project())
}

/// Where a service is kept.
pub fn key(call: &Call, region: &str, name: &str) -> String {
    format!("{}/{name}", collection(call, region))
}

/// A service by its name.
pub fn named(call: &Call, region: &str, name: &str) -> Result<(String, Value), ApiError> {
    let key = key(call, region, name);
    match call.world.get(&key) {
        Some(found) => Ok((key, found.clone())),
        None => Err(ApiError::not_found(format!(
            "Resource '{name}' of kind 'SERVICE' in region '{region}' in project '{}' does not exist.",
            call.project()
        ))),
    }
}

/// The service of the path.
pub fn find(call: &Call, region: &str) -> Result<(String, Value), ApiError> {
    named(call, region, call.param("servicesId"))
}

/// The services of a region; `-`: of all.
pub fn all(call: &Call, region: &str) -> Vec<Value> {
    let regions = if region == "-" { locations::REGIONS } else { &[region] };
    regions
        .iter()
        .flat_map(|region| call.world.list(&collection(call, region)))
        .map(|(_, service)| service.clone())
        .collect()
}

pub fn get(call: &Call) -> Answer {
    Ok(find(call, &region(call)?)?.1.into())
}

pub fn list(call: &Call) -> Answer {
    let rows = all(call, &region(call)?);
    listing(call, "ServiceList", selected(call, rows))
}

pub fn create(call: &mut Call) -> Answer {
    let region = region(call)?;
    let mut service = wanted(call)?;
    let name = service["metadata"]["name"].as_str().unwrap_or("").to_owned();
    if !well_named(&name) {
        return Err(violation(
            "metadata.name",
            "Resource name must use only lowercase letters, numbers, and '-'. Must begin with a letter and cannot end with a \
             '-'. Maximum length is 49 characters.",
        ));
    }
    let key = key(call, &region, &name);
    if call.world.has(&key) {
        return Err(ApiError::already_exists(format!("Resource '{name}' already exists.")));
    }
    prepare(call, &mut service)?;
    let number = call.project_number();
    let meta = &mut service["metadata"];
    meta["namespace"] = json!(number);
    meta["uid"] = json!(call.world.uuid());
    meta["generation"] = json!(0);
    meta["creationTimestamp"] = json!(call.world.stamp());
    meta["selfLink"] = json!(format!("/apis/serving.knative.dev/v1/namespaces/{number}/services/{name}"));
    meta["labels"]["cloud.googleapis.com/location"] = json!(region);
    service["status"] = json!({});
    roll_out(call, &region, &key, service, None)
}

fn well_named(name: &str) -> bool {
    name.len() <= 49
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

pub fn replace(call: &mut Call) -> Answer {
    let region = region(call)?;
    let (key, current) = find(call, &region)?;
    let mut service = wanted(call)?;
    let name = current["metadata"]["name"].clone();
    if service["metadata"]["name"] != name {
        return Err(violation("metadata.name", "The name does not match the name in the request's path."));
    }
    // Optimistic locking: only where the client says what it saw.
    let (seen, is) = (&service["metadata"]["resourceVersion"], &current["metadata"]["resourceVersion"]);
    if let (Some(seen), Some(is)) = (seen.as_str().filter(|v| !v.is_empty()), is.as_str())
        && seen != is
    {
        return Err(ApiError::aborted(format!(
            "Conflict for resource '{}': version '{seen}' was specified but current version is '{is}'.",
            name.as_str().unwrap_or("")
        )));
    }
    prepare(call, &mut service)?;
    for field in ["namespace", "uid", "generation", "creationTimestamp", "selfLink"] {
        service["metadata"][field] = current["metadata"][field].clone();
    }
    service["metadata"]["labels"]["cloud.googleapis.com/location"] = json!(region);
    service["status"] = current["status"].clone();
    roll_out(call, &region, &key, service, Some(&current))
}

/// The body of a create or a replace, as far as it is the client's to say.
fn wanted(call: &Call) -> Result<Value, ApiError> {
    let mut service = call.input();
    for (field, value) in [("apiVersion", "serving.knative.dev/v1"), ("kind", "Service")] {
        if service[field] != value {
            return Err(violation(field, format!("Expected value '{value}'.")));
        }
    }
    let namespace = service["metadata"]["namespace"].as_str().unwrap_or("");
    if !namespace.is_empty() && call.world.project_id(namespace).as_deref() != Some(call.project()) {
        return Err(violation(
            "metadata.namespace",
            "The namespace does not match the project in the request's path.",
        ));
    }
    if service["spec"]["template"].is_null() {
        return Err(violation("spec.template", "Missing template."));
    }
    if let Some(map) = service.as_object_mut() {
        map.remove("status");
    }
    Ok(service)
}

/// Fills in the defaults and refuses what Google refuses at once.
fn prepare(call: &Call, service: &mut Value) -> Result<(), ApiError> {
    let default = format!("{}-compute@developer.gserviceaccount.com", call.project_number());
    template::fill(service, &default);
    template::check(service)?;
    let account = service["spec"]["template"]["spec"]["serviceAccountName"].as_str().unwrap_or("");
    depends::account(call.world, call.project(), call.principal.as_deref(), account)
}

/// Stores a service and makes a revision of it where its template is a new one.
fn roll_out(call: &mut Call, region: &str, key: &str, mut service: Value, current: Option<&Value>) -> Answer {
    let name = service["metadata"]["name"].as_str().unwrap_or("").to_owned();
    let previous = current.map(|c| c["spec"].clone()).unwrap_or_default();
    let fresh = current.is_none() || previous["template"] != service["spec"]["template"];
    let generation = service["metadata"]["generation"].as_i64().unwrap_or(0);
    let generation =
        if current.is_none() || previous != service["spec"] { generation + 1 } else { generation };
    service["metadata"]["generation"] = json!(generation);
    let count = call.world.count(&format!("run-version/{key}"));
    service["metadata"]["resourceVersion"] = json!(format!("AAY{count:08}{}", call.world.hex(4)));
    let operation = call.world.uuid();
    mark(call, region, &mut service, &operation);
    let revision = if fresh { new_revision(call, key, &name, &service)? } else { latest(&service) };
    targets(call, key, &service, &revision)?;
    if call.query("dryRun").is_some_and(|d| d == "all") {
        return Ok(service.into());
    }
    let now = call.world.stamp();
    if fresh {
        service["status"]["latestCreatedRevisionName"] = json!(revision);
        let object = revision::make(&service, &revision, &now);
        call.world.put(&format!("{key}/revisions/{revision}"), object);
    }
    service["status"]["conditions"] = conditions("Unknown", &now, None);
    // A fault that the operation fails strikes through the revision, as on Google.
    let mut problems = if fresh {
        depends::failures(call.world, call.project(), region, &service)
    } else {
        revision::problem(call.world, &format!("{key}/revisions/{revision}")).into_iter().collect()
    };
    problems.extend(call.world.fail_operations.take().map(|failure| failure.message));
    let effects = end(key, &service, &revision, &problems, &now, fresh);
    call.world.put(key, service);
    let op = operations::key(call.project(), region, &operation);
    call.world.start(&op, Start { seconds: 30.0, effects, meta: json!({"target": key}), ..Start::default() });
    Ok(call.world.get(key).cloned().unwrap_or_default().into())
}

fn latest(service: &Value) -> String {
    service["status"]["latestCreatedRevisionName"].as_str().unwrap_or("").to_owned()
}

/// What Google writes into a service's annotations.
fn mark(call: &Call, region: &str, service: &mut Value, operation: &str) {
    let name = service["metadata"]["name"].as_str().unwrap_or("").to_owned();
    let number = call.project_number();
    let who =
        call.principal.as_deref().and_then(|p| p.split_once(':')).map_or("owner@example.com", |(_, who)| who);
    let urls = [format!("https://{name}-{number}.{region}.run.app"), legacy_url(&name, &number, region)];
    let marks = &mut service["metadata"]["annotations"];
    if marks["serving.knative.dev/creator"].is_null() {
        marks["serving.knative.dev/creator"] = json!(who);
    }
    marks["serving.knative.dev/lastModifier"] = json!(who);
    if marks["run.googleapis.com/ingress"].is_null() {
        marks["run.googleapis.com/ingress"] = json!("all");
    }
    marks["run.googleapis.com/ingress-status"] = marks["run.googleapis.com/ingress"].clone();
    marks["run.googleapis.com/operation-id"] = json!(operation);
    marks["run.googleapis.com/urls"] = json!(json!(urls).to_string());
    service["status"]["url"] = json!(urls[0]);
    service["status"]["address"] = json!({"url": urls[0]});
}

/// `https://SERVICE-HASH-REGION.a.run.app`: the form before 2024, still served.
fn legacy_url(name: &str, number: &str, region: &str) -> String {
    let hash = number.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let letters: String =
        (0..10).map(|i| char::from(b'a' + u8::try_from((hash >> (i * 5)) % 26).unwrap_or(0))).collect();
    let short: String = region.split('-').filter_map(|part| part.chars().next()).collect();
    format!("https://{name}-{letters}-{short}.a.run.app")
}

/// The name of a new revision: given, or `SERVICE-00001-abc`.
fn new_revision(call: &mut Call, key: &str, name: &str, service: &Value) -> Result<String, ApiError> {
    let given = service["spec"]["template"]["metadata"]["name"].as_str().unwrap_or("");
    if !given.is_empty() {
        if !given.starts_with(&format!("{name}-")) {
            return Err(violation(
                "spec.template.metadata.name",
                format!(
                    "The revision name must be prefixed by the name of the enclosing Service or Configuration '{name}-'."
                ),
            ));
        }
        if call.world.has(&format!("{key}/revisions/{given}")) {
            return Err(ApiError::already_exists(format!(
                "Revision named '{given}' with different configuration already exists."
            )));
        }
        return Ok(given.to_owned());
    }
    let number = call.world.count(&format!("run-revision/{key}"));
    let letters: String = call
        .world
        .hex(3)
        .bytes()
        .map(|b| char::from(if b.is_ascii_digit() { b - b'0' + b'p' } else { b }))
        .collect();
    Ok(format!("{name}-{number:05}-{letters}"))
}

/// Traffic may only go to revisions that are there.
fn targets(call: &Call, key: &str, service: &Value, fresh: &str) -> Result<(), ApiError> {
    for (index, target) in service["spec"]["traffic"].as_array().into_iter().flatten().enumerate() {
        let Some(name) = target["revisionName"].as_str().filter(|n| !n.is_empty()) else { continue };
        if target["latestRevision"] == true {
            return Err(violation(
                &format!("spec.traffic[{index}]"),
                "revision_name and latest_revision must not both be set.",
            ));
        }
        if name != fresh && !call.world.has(&format!("{key}/revisions/{name}")) {
            return Err(violation(
                &format!("spec.traffic[{index}].revision_name"),
                format!("Revision '{name}' is not found in the service."),
            ));
        }
    }
    Ok(())
}

/// What the end of a roll-out changes.
fn end(
    key: &str,
    service: &Value,
    revision: &str,
    problems: &[String],
    now: &str,
    fresh: bool,
) -> Vec<Effect> {
    let generation = &service["metadata"]["generation"];
    let text =
        format!("Revision '{revision}' is not ready and cannot serve traffic. {}", problems.join("\n"));
    let failure = (!problems.is_empty()).then(|| (reason(problems), text.as_str()));
    let mut status = json!({"observedGeneration": generation});
    let result = if failure.is_some() { "False" } else { "True" };
    status["conditions"] = conditions(result, now, failure);
    if failure.is_none() {
        let ready = if fresh {
            revision
        } else {
            service["status"]["latestReadyRevisionName"].as_str().unwrap_or(revision)
        };
        status["latestReadyRevisionName"] = json!(ready);
        status["traffic"] = served(service, ready);
    } else if service["status"]["latestReadyRevisionName"].is_string()
        && let Some(list) = status["conditions"].as_array_mut()
    {
        // The old revision goes on serving.
        list.retain(|condition| condition["type"] != "RoutesReady");
        list.push(json!({"type": "RoutesReady", "status": "True", "lastTransitionTime": now}));
    }
    let mut effects = vec![Effect::Merge { key: key.to_owned(), patch: json!({ "status": status }) }];
    if fresh {
        let conditions = revision::conditions(result, now, failure);
        effects.push(Effect::Merge {
            key: format!("{key}/revisions/{revision}"),
            patch: json!({"status": {"conditions": conditions}}),
        });
    }
    effects
}

fn reason(problems: &[String]) -> &'static str {
    match &problems[0] {
        text if text.contains("ecret") => "SecretsAccessCheckFailed",
        text if text.starts_with("Image") => "ContainerMissing",
        _ => "HealthCheckContainerError",
    }
}

/// A service's conditions.
fn conditions(status: &str, now: &str, failure: Option<(&str, &str)>) -> Value {
    let list = ["Ready", "ConfigurationsReady", "RoutesReady"].map(|kind| {
        let mut condition = json!({"type": kind, "status": status, "lastTransitionTime": now});
        if let Some((reason, message)) = failure {
            condition["reason"] = json!(reason);
            condition["message"] = json!(message);
        }
        condition
    });
    json!(list)
}

/// `status.traffic`: every entry names its revision.
fn served(service: &Value, ready: &str) -> Value {
    let targets = service["spec"]["traffic"].as_array().cloned().unwrap_or_default();
    let url = service["status"]["url"].as_str().unwrap_or("").to_owned();
    let rows = targets.into_iter().map(|mut target| {
        if target["revisionName"].as_str().unwrap_or("").is_empty() {
            target["revisionName"] = json!(ready);
            target["latestRevision"] = json!(true);
        }
        if let Some(tag) = target["tag"].as_str() {
            target["url"] = json!(url.replace("https://", &format!("https://{tag}---")));
        }
        target
    });
    rows.collect()
}

/// Takes a moment, in which the service still shows, with a deletion time.
pub fn delete(call: &mut Call) -> Answer {
    let region = region(call)?;
    let (key, _) = find(call, &region)?;
    let now = call.world.stamp();
    if let Some(service) = call.world.get_mut(&key) {
        service["metadata"]["deletionTimestamp"] = json!(now);
    }
    let id = call.world.uuid();
    let op = operations::key(call.project(), &region, &id);
    let effects = vec![Effect::Remove { key: key.clone() }];
    call.world.start(&op, Start { seconds: 5.0, effects, meta: json!({"target": key}), ..Start::default() });
    Ok(json!({"status": "Success"}).into())
}
