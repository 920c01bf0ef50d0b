//! Revisions: what a service's template was at one time.

use super::{listing, region, selected, service};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::world::World;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// A new revision of a service, not ready yet.
pub fn make(service: &Value, name: &str, now: &str) -> Value {
    let (meta, template) = (&service["metadata"], &service["spec"]["template"]);
    let mut labels = template["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    for (key, value) in [
        ("serving.knative.dev/service", &meta["name"]),
        ("serving.knative.dev/configuration", &meta["name"]),
        ("serving.knative.dev/route", &meta["name"]),
        ("serving.knative.dev/serviceUid", &meta["uid"]),
    ] {
        labels.insert(key.to_owned(), value.clone());
    }
    labels
        .insert("serving.knative.dev/configurationGeneration".into(), json!(meta["generation"].to_string()));
    labels.insert(
        "cloud.googleapis.com/location".into(),
        meta["labels"]["cloud.googleapis.com/location"].clone(),
    );
    let image = template["spec"]["containers"][0]["image"].as_str().unwrap_or("");
    json!({
        "apiVersion": "serving.knative.dev/v1", "kind": "Revision",
        "metadata": {
            "name": name, "namespace": meta["namespace"], "uid": format!("{}-{name}", meta["uid"].as_str().unwrap_or("")),
            "resourceVersion": meta["resourceVersion"], "generation": 1, "creationTimestamp": now,
            "selfLink": format!("/apis/serving.knative.dev/v1/namespaces/{}/revisions/{name}", meta["namespace"].as_str().unwrap_or("")),
            "labels": labels, "annotations": template["metadata"]["annotations"].clone(),
            "ownerReferences": [{"apiVersion": "serving.knative.dev/v1", "kind": "Configuration", "name": meta["name"],
                                 "uid": meta["uid"], "controller": true, "blockOwnerDeletion": true}],
        },
        "spec": template["spec"].clone(),
        "status": {"observedGeneration": 1, "imageDigest": digest(image), "conditions": conditions("Unknown", now, None)},
    })
}

/// A revision's conditions.
pub fn conditions(status: &str, now: &str, failure: Option<(&str, &str)>) -> Value {
    let mut ready = json!({"type": "Ready", "status": status, "lastTransitionTime": now});
    if let Some((reason, message)) = failure {
        ready["reason"] = json!(reason);
        ready["message"] = json!(message);
    }
    let mut list = vec![ready.clone()];
    for kind in ["ContainerHealthy", "ResourcesAvailable"] {
        let mut condition = ready.clone();
        condition["type"] = json!(kind);
        list.push(condition);
    }
    list.push(json!({"type": "Active", "status": if status == "True" { "True" } else { "Unknown" },
                     "lastTransitionTime": now, "severity": "Info"}));
    Value::Array(list)
}

/// Why a revision is not ready, if it failed.
pub fn problem(world: &World, key: &str) -> Option<String> {
    let conditions = world.get(key)?["status"]["conditions"].as_array()?;
    let ready = conditions.iter().find(|c| c["type"] == "Ready" && c["status"] == "False")?;
    let text = ready["message"].as_str().unwrap_or("");
    Some(text.split_once("cannot serve traffic. ").map_or(text, |(_, problem)| problem).to_owned())
}

/// The image by digest. The emulator has no images: equal references have equal digests.
fn digest(image: &str) -> String {
    if image.contains("@sha256:") {
        return image.to_owned();
    }
    let path = match image.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => path,
        _ => image,
    };
    let hex: String = Sha256::digest(image).iter().map(|b| format!("{b:02x}")).collect();
    format!("{path}@sha256:{hex}")
}

fn all(call: &Call, region: &str) -> Vec<(String, Value)> {
    let prefix = format!("{}/", service::collection(call, region));
    let found = call.world.below(&prefix).into_iter().filter(|(key, _)| key.contains("/revisions/"));
    let mut rows: Vec<(String, Value)> = found.map(|(key, value)| (key.to_owned(), value.clone())).collect();
    // Newest first, as Google lists them.
    rows.sort_by(|a, b| b.1["metadata"]["name"].as_str().cmp(&a.1["metadata"]["name"].as_str()));
    rows
}

fn find(call: &Call) -> Result<(String, Value), ApiError> {
    let (region, name) = (region(call)?, call.param("revisionsId"));
    all(call, &region).into_iter().find(|(_, revision)| revision["metadata"]["name"] == name).ok_or_else(
        || {
            ApiError::not_found(format!(
                "Resource '{name}' of kind 'REVISION' in region '{region}' in project '{}' does not exist.",
                call.project()
            ))
        },
    )
}

pub fn get(call: &Call) -> Answer {
    Ok(find(call)?.1.into())
}

pub fn list(call: &Call) -> Answer {
    let rows = all(call, &region(call)?).into_iter().map(|(_, revision)| revision).collect();
    listing(call, "RevisionList", selected(call, rows))
}

/// Not one that is served, nor the newest [Google's documentation; the sentence is a guess].
pub fn delete(call: &mut Call) -> Answer {
    let (key, revision) = find(call)?;
    let name = revision["metadata"]["name"].as_str().unwrap_or_default();
    let owner = key.split("/revisions/").next().unwrap_or_default();
    let status = call.world.get(owner).map(|service| service["status"].clone()).unwrap_or_default();
    let served = status["traffic"].as_array().into_iter().flatten().any(|t| t["revisionName"] == name);
    if served || status["latestCreatedRevisionName"] == name {
        return Err(ApiError::failed_precondition(format!(
            "Revision '{name}' cannot be deleted: it is the latest one, or it receives traffic."
        )));
    }
    call.world.remove(&key);
    Ok(json!({"status": "Success"}).into())
}
