//! Repositories and their cleanup policies.

use super::{check_location, missing, start};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::mask;
use crate::operation::{Effect, Start};
use serde_json::{Value, json};

fn collection(call: &Call) -> String {
    format!("projects/{}/locations/{}/repositories", call.project(), call.param("locationsId"))
}

/// The repository of the path, wherever below it the path goes on.
pub fn find(call: &Call) -> Result<(String, Value), ApiError> {
    let key = format!("artifactregistry/{}/{}", collection(call), call.param("repositoriesId"));
    let found = call.world.get(&key).filter(|r| r["name"].is_string()).cloned();
    found.map(|found| (key, found)).ok_or_else(missing)
}

pub fn get(call: &Call) -> Answer {
    Ok(find(call)?.1.into())
}

pub fn list(call: &Call) -> Answer {
    check_location(call)?;
    let rows = call.world.list(&format!("artifactregistry/{}", collection(call)));
    Ok(call.page("repositories", rows.into_iter().map(|(_, value)| value.clone()).collect()))
}

pub fn create(call: &mut Call) -> Answer {
    check_location(call)?;
    let id = call.query("repositoryId").or(call.query("repository_id")).unwrap_or("").to_owned();
    // [the rule is documented, the sentence a guess]
    if !well_named(&id) {
        return Err(ApiError::invalid(format!(
            "Invalid repository ID \"{id}\": it must begin with a lower case letter, contain only lower case letters, digits and \
             hyphens, end with a letter or a digit, and have at most 63 characters."
        )));
    }
    let name = format!("{}/{id}", collection(call));
    let key = format!("artifactregistry/{name}");
    if call.world.has(&key) || call.world.is_coming(&key) {
        return Err(ApiError::already_exists("the repository already exists"));
    }
    let mut repository = call.input();
    if matches!(repository["format"].as_str(), None | Some("FORMAT_UNSPECIFIED")) {
        return Err(ApiError::invalid("format is required"));
    }
    if matches!(repository["mode"].as_str(), None | Some("MODE_UNSPECIFIED")) {
        repository["mode"] = json!("STANDARD_REPOSITORY");
    }
    if repository["mode"] != "STANDARD_REPOSITORY" {
        return Err(ApiError::invalid(format!("mode {} is not served by this emulator", repository["mode"])));
    }
    check(&mut repository)?;
    let (format, now) = (repository["format"].as_str().unwrap_or("").to_lowercase(), call.world.stamp());
    repository["name"] = json!(name);
    repository["createTime"] = json!(now);
    repository["updateTime"] = json!(now);
    repository["sizeBytes"] = json!("0");
    repository["registryUri"] =
        json!(format!("{}-{format}.pkg.dev/{}/{id}", call.param("locationsId"), call.project()));
    repository["vulnerabilityScanningConfig"] = json!({
        "enablementState": "SCANNING_DISABLED",
        "enablementStateReason": "API containerscanning.googleapis.com is not enabled.",
    });
    let mut response = repository.clone();
    response["@type"] = json!("type.googleapis.com/google.devtools.artifactregistry.v1.Repository");
    // It shows once the operation is done.
    let effects = vec![Effect::Put { key, data: repository, hidden: Value::Null }];
    start(call, 5.0, Start { effects, response, ..Start::default() })
}

fn well_named(id: &str) -> bool {
    // `gcr.io` and its like take the place of Container Registry.
    if matches!(id, "gcr.io" | "us.gcr.io" | "eu.gcr.io" | "asia.gcr.io") {
        return true;
    }
    id.len() <= 63
        && id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Cleanup policies: their ids are the map's keys; what may stand in them is documented, the sentences are guesses.
fn check(repository: &mut Value) -> Result<(), ApiError> {
    let policies = repository["cleanupPolicies"].as_object().cloned().unwrap_or_default();
    for (id, mut policy) in policies {
        let refuse = |text: &str| Err(ApiError::invalid(format!("cleanup policy \"{id}\": {text}")));
        if id.len() > 128 {
            return refuse("the id must have at most 128 characters");
        }
        let (action, recent, condition) =
            (&policy["action"], &policy["mostRecentVersions"], &policy["condition"]);
        if !matches!(action.as_str(), Some("KEEP" | "DELETE")) {
            return refuse("an action is required");
        }
        if recent.is_null() == condition.is_null() {
            return refuse("exactly one of condition and mostRecentVersions is required");
        }
        if !recent.is_null() && action != "KEEP" {
            return refuse("mostRecentVersions may only be specified with a Keep action");
        }
        if !recent.is_null() && recent["keepCount"].as_i64().unwrap_or(0) < 1 {
            return refuse("keepCount must be at least 1");
        }
        for field in ["olderThan", "newerThan"] {
            let Some(text) = policy["condition"][field].as_str() else { continue };
            match text.strip_suffix('s').and_then(|n| n.parse::<f64>().ok()) {
                // Google writes durations without an empty fraction.
                Some(seconds) => policy["condition"][field] = json!(format!("{seconds}s")),
                None => return refuse(&format!("{field} is not a duration")),
            }
        }
        policy["id"] = json!(id);
        repository["cleanupPolicies"][&id] = policy;
    }
    // Google does not write what is false.
    if repository["cleanupPolicyDryRun"] == false
        && let Some(map) = repository.as_object_mut()
    {
        map.remove("cleanupPolicyDryRun");
    }
    let labels = repository["labels"].as_object().into_iter().flatten();
    for (key, value) in labels {
        let fits = |text: &str| {
            text.len() <= 63
                && text.chars().all(|c| c.is_lowercase() || c.is_numeric() || matches!(c, '_' | '-'))
        };
        let value = value.as_str().unwrap_or("");
        if !key.starts_with(char::is_lowercase) || !fits(key) || !fits(value) {
            return Err(ApiError::invalid(format!("invalid label \"{key}\"=\"{value}\"")));
        }
    }
    Ok(())
}

/// At once, without an operation [description].
pub fn patch(call: &mut Call) -> Answer {
    let (key, current) = find(call)?;
    let body = call.input();
    let asked = match call.query("updateMask").or(call.query("update_mask")).filter(|m| !m.is_empty()) {
        Some(mask) => mask.to_owned(),
        // Without a mask: every field that is given.
        None => {
            body.as_object().into_iter().flat_map(|map| map.keys()).cloned().collect::<Vec<_>>().join(",")
        }
    };
    let mut wanted = current.clone();
    mask::apply(call.route.api, "Repository", &mut wanted, &body, &asked)?;
    for field in ["name", "format", "mode", "kmsKeyName", "createTime", "sizeBytes", "registryUri"] {
        let touched = mask::paths(&asked).iter().any(|path| path.first().is_some_and(|p| p == field));
        if touched && !body[field].is_null() && body[field] != current[field] {
            return Err(ApiError::invalid(format!("field {field} is immutable")));
        }
        match current.get(field) {
            Some(value) => wanted[field] = value.clone(),
            None => drop(wanted.as_object_mut().and_then(|map| map.remove(field))),
        }
    }
    check(&mut wanted)?;
    wanted["updateTime"] = json!(call.world.stamp());
    call.world.put(&key, wanted.clone());
    Ok(wanted.into())
}

pub fn delete(call: &mut Call) -> Answer {
    let (key, _) = find(call)?;
    start(call, 5.0, Start { effects: vec![Effect::Remove { key }], ..Start::default() })
}
