//! Log entries: written, kept, read by filter.

use super::check_filter;
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use serde_json::{Value, json};

/// The project in `projects/P` or `projects/P/logs/L`.
fn project_of(call: &Call, name: &str) -> Option<String> {
    let mut parts = name.split('/');
    match (parts.next(), parts.next()) {
        (Some("projects"), Some(project)) => call.world.project_id(project),
        _ => None,
    }
}

/// These methods name their project in the body, where the gate does not look.
fn check_project(call: &Call, name: &str) -> Result<String, ApiError> {
    let project = project_of(call, name).ok_or_else(|| {
        ApiError::permission_denied(format!(
            "The caller does not have permission on {name} (or it may not exist)."
        ))
    })?;
    if !call.world.api_enabled(&project, "logging.googleapis.com") {
        let number = call.world.project_number(&project).unwrap_or_default();
        return Err(ApiError::service_disabled("Cloud Logging API", "logging.googleapis.com", &number));
    }
    Ok(project)
}

/// `write`
pub fn write(call: &mut Call) -> Answer {
    let body = call.body.clone();
    let mut ready = Vec::new();
    for entry in body["entries"].as_array().into_iter().flatten() {
        let mut entry = entry.clone();
        for field in ["logName", "resource"] {
            if entry[field].is_null() {
                entry[field] = body[field].clone();
            }
        }
        for (key, value) in body["labels"].as_object().into_iter().flatten() {
            if entry["labels"][key].is_null() {
                entry["labels"][key] = value.clone();
            }
        }
        let log = entry["logName"].as_str().unwrap_or("").to_owned();
        let project = check_project(call, &log)?;
        if !log.contains("/logs/") || entry["resource"]["type"].as_str().is_none_or(str::is_empty) {
            return Err(ApiError::invalid(
                "A log entry needs a logName of the form projects/P/logs/L and a resource.",
            ));
        }
        let id = call.world.count("log-entry");
        let stamp = call.world.stamp();
        entry["receiveTimestamp"] = json!(stamp);
        for (field, value) in [("timestamp", stamp), ("insertId", format!("e{id:012}"))] {
            if entry[field].is_null() {
                entry[field] = json!(value);
            }
        }
        ready.push((format!("logging/projects/{project}/entries/{id:012}"), entry));
    }
    if body["dryRun"] != true {
        for (key, entry) in ready {
            call.world.put(&key, entry);
        }
    }
    Ok(Reply::empty())
}

/// `list`
pub fn list(call: &mut Call) -> Answer {
    let names: Vec<String> = call.body["resourceNames"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|n| n.as_str().map(str::to_owned))
        .collect();
    if names.is_empty() {
        return Err(ApiError::invalid("At least one resource name must be given."));
    }
    let filter = check_filter(call.text("filter"))?;
    let newest_first = match call.text("orderBy") {
        "" | "timestamp asc" => false,
        "timestamp desc" => true,
        other => return Err(ApiError::invalid(format!("Unsupported order: {other}"))),
    };
    let mut found: Vec<Value> = Vec::new();
    for name in names {
        let project = check_project(call, &name)?;
        let entries = call.world.list(&format!("logging/projects/{project}/entries"));
        found.extend(entries.into_iter().map(|(_, e)| e.clone()).filter(|e| filter.matches(e)));
    }
    found.sort_by(|a, b| a["timestamp"].as_str().cmp(&b["timestamp"].as_str()));
    if newest_first {
        found.reverse();
    }
    let size = call.body["pageSize"].as_u64().filter(|n| *n > 0).unwrap_or(50) as usize;
    let from = call.text("pageToken").parse::<usize>().unwrap_or(0).min(found.len());
    let to = from.saturating_add(size).min(found.len());
    let mut answer = json!({});
    if to > from {
        answer["entries"] = json!(found[from..to]);
    }
    if to < found.len() {
        answer["nextPageToken"] = json!(to.to_string());
    }
    Ok(answer.into())
}
