//! Builds. Nothing is built here: a build that is well-formed succeeds after its time.

use super::{grammar, location, missing, source};
use crate::Reply;
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::{Effect, Start};
use crate::schema::camel;
use crate::services::unserved;
use base64::Engine as _;
use serde_json::{Value, json};

pub fn handle(verb: &str, call: &mut Call) -> Answer {
    match verb {
        "create" => {
            let build = call.input();
            create(call, build, None)
        }
        "get" => Ok(find(call)?.1.into()),
        "list" => list(call),
        "cancel" => cancel(call),
        "retry" => retry(call),
        _ => unserved(call.route.id),
    }
}

fn collection(call: &Call) -> Result<String, ApiError> {
    Ok(format!("projects/{}/locations/{}/builds", call.project(), location(call)?))
}

fn find(call: &Call) -> Result<(String, Value), ApiError> {
    let id = ["id", "buildsId"].iter().map(|name| call.param(name)).find(|id| !id.is_empty()).unwrap_or("");
    let key = format!("cloudbuild/{}/{id}", collection(call)?);
    call.world.get(&key).cloned().map(|build| (key, build)).ok_or_else(missing)
}

/// Starts a build; `trigger` is the one that it comes from.
pub fn create(call: &mut Call, mut build: Value, trigger: Option<&str>) -> Answer {
    let place = location(call)?;
    let substitutions = build["substitutions"].clone();
    grammar::check(&build, &substitutions, trigger.is_some())?;
    let email = source::account(call, build["serviceAccount"].as_str().unwrap_or(""))?;
    if email.is_some() {
        grammar::logging(&build)?;
    }
    source::readable(call, &build, email.as_deref())?;
    let (project, number) = (call.project().to_owned(), call.project_number());
    let (id, now) = (call.world.uuid(), call.world.stamp());
    let name = format!("{}/{id}", collection(call)?);
    let key = format!("cloudbuild/{name}");
    let account = email.unwrap_or_else(|| format!("{number}-compute@developer.gserviceaccount.com"));
    for (field, value) in [
        ("id", json!(id)),
        ("name", json!(name)),
        ("projectId", json!(project)),
        ("createTime", json!(now)),
        ("status", json!("QUEUED")),
        ("serviceAccount", json!(format!("projects/{project}/serviceAccounts/{account}"))),
        (
            "logUrl",
            json!(format!(
                "https://console.cloud.google.com/cloud-build/builds;region={place}/{id}?project={number}"
            )),
        ),
    ] {
        build[field] = value;
    }
    for (field, value) in [("timeout", json!("3600s")), ("queueTtl", json!("3600s")), ("options", json!({}))]
    {
        if build[field].is_null() {
            build[field] = value;
        }
    }
    if build["options"]["logging"].is_null() {
        build["options"]["logging"] = json!("LEGACY");
    }
    build["options"]["pool"] = json!({});
    if build["images"].as_array().is_some_and(|images| !images.is_empty()) {
        build["artifacts"]["images"] = build["images"].clone();
    }
    if let Some(trigger) = trigger {
        build["buildTriggerId"] = json!(trigger);
    }
    let answer = build.clone();
    build["status"] = json!("WORKING");
    build["startTime"] = json!(now);
    call.world.put(&key, build);
    let end = |status: &str| Effect::Merge {
        key: key.clone(),
        patch: json!({"status": status, "finishTime": now}),
    };
    let operation = if place == "global" {
        format!("operations/build/{project}/{}", base64::engine::general_purpose::STANDARD.encode(&id))
    } else {
        format!("projects/{project}/locations/{place}/operations/{}", call.world.uuid())
    };
    let metadata = json!({"@type": "type.googleapis.com/google.devtools.cloudbuild.v1.BuildOperationMetadata", "build": answer});
    call.world.start(
        &format!("cloudbuild/{operation}"),
        Start {
            seconds: 180.0,
            effects: vec![end("SUCCESS")],
            failure_effects: vec![end("FAILURE")],
            meta: json!({ "metadata": metadata }),
            ..Start::default()
        },
    );
    // As it was when it was asked for, also where it has ended by now.
    Ok(json!({"name": operation, "metadata": metadata}).into())
}

/// Newest first. Of a filter, `field = "value"` on a field of the build is looked at.
fn list(call: &Call) -> Answer {
    let mut rows: Vec<Value> = call
        .world
        .list(&format!("cloudbuild/{}", collection(call)?))
        .into_iter()
        .map(|(_, b)| b.clone())
        .collect();
    rows.sort_by(|a, b| b["createTime"].as_str().cmp(&a["createTime"].as_str()));
    for term in call.query("filter").unwrap_or("").split(" AND ") {
        let Some((field, value)) = term.trim().trim_matches(['(', ')']).split_once('=') else { continue };
        let (field, value) = (camel(field.trim()), value.trim().trim_matches('"').to_owned());
        rows.retain(|build| build[&field].is_null() || build[&field] == *value);
    }
    Ok(call.page("builds", rows))
}

fn cancel(call: &mut Call) -> Answer {
    let (key, build) = find(call)?;
    if !matches!(build["status"].as_str(), Some("QUEUED" | "WORKING" | "PENDING")) {
        return Err(ApiError::failed_precondition("Cannot cancel a build that has finished."));
    }
    let now = call.world.stamp();
    let ended = json!({"status": "CANCELLED", "finishTime": now});
    call.world.apply(Effect::Merge { key: key.clone(), patch: ended });
    Ok(Reply::from(call.world.get(&key).cloned().unwrap_or_default()))
}

fn retry(call: &mut Call) -> Answer {
    let (_, mut build) = find(call)?;
    let trigger = build["buildTriggerId"].as_str().map(str::to_owned);
    crate::schema::strip_read_only(call.route.api, "Build", &mut build);
    create(call, build, trigger.as_deref())
}
