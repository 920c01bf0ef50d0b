//! Log-based metrics.

use super::{check_description, check_filter};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::world::World;
use jiff::Timestamp;
use regex::Regex;
use serde_json::{Value, json};
use std::sync::LazyLock;

/// Seconds until Cloud Monitoring sees a new metric. Google says "up to 10 minutes"; half a minute is usual (guess).
const SEEN_AFTER: f64 = 30.0;

static EXTRACTOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:EXTRACT\([^(),"]+\)|REGEXP_EXTRACT\([^(),"]+,\s*(["'])(?<pattern>.*)["']\))$"#)
        .expect("a valid expression")
});

/// The path holds the id percent-encoded, so that it is one part: the world's key keeps it so.
fn key(project: &str, id: &str) -> String {
    format!("logging/projects/{project}/metrics/{}", id.replace('/', "%2F"))
}

/// A metric by the id that follows `logging.googleapis.com/user/`.
pub fn find<'a>(world: &'a World, project: &str, id: &str) -> Option<&'a Value> {
    world.get(&key(project, id))
}

/// Whether Cloud Monitoring sees it already.
pub fn visible(world: &World, project: &str, id: &str) -> bool {
    let from = world.hidden(&key(project, id))["visible"].as_str().and_then(|t| t.parse::<Timestamp>().ok());
    from.is_none_or(|from| from <= world.now)
}

fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("Metric {id} does not exist."))
}

/// `get`
pub fn get(call: &Call) -> Answer {
    let id = call.param("metricsId");
    Ok(find(call.world, call.project(), id).cloned().ok_or_else(|| missing(id))?.into())
}

/// `list`
pub fn list(call: &Call) -> Answer {
    let rows = call.world.list(&format!("logging/projects/{}/metrics", call.project()));
    Ok(call.page("metrics", rows.into_iter().map(|(_, metric)| metric.clone()).collect()))
}

fn check_extractor(field: &str, text: &str) -> Result<(), ApiError> {
    let invalid = |why: &str| ApiError::invalid(format!("Invalid {field}: {text}: {why}"));
    let parts = EXTRACTOR
        .captures(text)
        .ok_or_else(|| invalid("an extractor is EXTRACT(field) or REGEXP_EXTRACT(field, regex)"))?;
    if let Some(pattern) = parts.name("pattern") {
        let regex = Regex::new(pattern.as_str()).map_err(|_| invalid("the regular expression is invalid"))?;
        if regex.captures_len() != 2 {
            return Err(invalid("the regular expression must have exactly one capture group"));
        }
    }
    Ok(())
}

/// Checks a metric and fills in what Google fills in (description of `LogMetric`).
fn settle(call: &Call, metric: &mut Value, id: &str, old: Option<&Value>) -> Result<(), ApiError> {
    let fits = !id.is_empty()
        && id.len() <= 100
        && !id.starts_with('/')
        && id.chars().all(|c| c.is_ascii_alphanumeric() || "_-.,+!*',()%/".contains(c));
    if !fits {
        return Err(ApiError::invalid(format!("Metric identifier `{id}` is invalid.")));
    }
    let filter = metric["filter"].as_str().unwrap_or("").to_owned();
    if filter.is_empty() {
        return Err(ApiError::invalid("The filter of a metric must not be empty."));
    }
    check_filter(&filter)?;
    check_description(metric["description"].as_str().unwrap_or(""))?;
    let mut descriptor = metric["metricDescriptor"].clone();
    let word = |value: &Value, unset: &str, default: &str| match value.as_str() {
        Some(word) if word != unset && !word.is_empty() => word.to_owned(),
        _ => default.to_owned(),
    };
    let kind = word(&descriptor["metricKind"], "METRIC_KIND_UNSPECIFIED", "DELTA");
    let value_type = word(&descriptor["valueType"], "VALUE_TYPE_UNSPECIFIED", "INT64");
    if kind != "DELTA" {
        return Err(ApiError::invalid("The metric kind of a logs-based metric must be DELTA."));
    }
    let extractor = metric["valueExtractor"].as_str().unwrap_or("");
    match value_type.as_str() {
        "DISTRIBUTION" if extractor.is_empty() => {
            return Err(ApiError::invalid(
                "A value extractor is required for a metric of value type DISTRIBUTION.",
            ));
        }
        "DISTRIBUTION" => check_extractor("value extractor", extractor)?,
        "INT64" if extractor.is_empty() => {}
        "INT64" => {
            return Err(ApiError::invalid(
                "A value extractor is only allowed for a metric of value type DISTRIBUTION.",
            ));
        }
        other => {
            return Err(ApiError::invalid(format!(
                "Value type {other} is not supported for logs-based metrics."
            )));
        }
    }
    let keys = |labels: &Value| -> Vec<String> {
        labels.as_array().into_iter().flatten().filter_map(|l| l["key"].as_str().map(str::to_owned)).collect()
    };
    let labels = keys(&descriptor["labels"]);
    let extracted: Vec<String> =
        metric["labelExtractors"].as_object().map(|m| m.keys().cloned().collect()).unwrap_or_default();
    if let Some(label) = labels.iter().find(|l| !extracted.contains(l)) {
        return Err(ApiError::invalid(format!("Label {label} has no extractor in labelExtractors.")));
    }
    if let Some(label) = extracted.iter().find(|l| !labels.contains(l)) {
        return Err(ApiError::invalid(format!(
            "The extractor of {label} has no label in the metric descriptor."
        )));
    }
    for (label, extractor) in metric["labelExtractors"].as_object().into_iter().flatten() {
        check_extractor(&format!("label extractor of {label}"), extractor.as_str().unwrap_or(""))?;
    }
    if let Some(old) = old {
        let had = &old["metricDescriptor"];
        if had["metricKind"] != kind.as_str() || had["valueType"] != value_type.as_str() {
            return Err(ApiError::invalid("The metric kind and value type of a metric cannot be changed."));
        }
        if let Some(label) = keys(&had["labels"]).iter().find(|l| !labels.contains(l)) {
            return Err(ApiError::invalid(format!("Label {label} cannot be removed from the metric.")));
        }
    }
    descriptor["metricKind"] = json!(kind);
    descriptor["valueType"] = json!(value_type);
    if descriptor["unit"].as_str().is_none_or(str::is_empty) {
        descriptor["unit"] = json!("1");
    }
    let full = format!("logging.googleapis.com/user/{id}");
    descriptor["name"] = json!(format!("projects/{}/metricDescriptors/{full}", call.project()));
    descriptor["type"] = json!(full);
    if let Some(text) = metric["description"].as_str().filter(|t| !t.is_empty()) {
        descriptor["description"] = json!(text);
    }
    let stamp = call.world.stamp();
    metric["metricDescriptor"] = descriptor;
    metric["name"] = json!(id);
    metric["resourceName"] = json!(format!("projects/{}/metrics/{}", call.project(), id.replace('/', "%2F")));
    metric["createTime"] = old.map_or(json!(stamp), |o| o["createTime"].clone());
    metric["updateTime"] = json!(stamp);
    Ok(())
}

fn store(call: &mut Call, id: &str, metric: &Value, new: bool) {
    let key = key(call.project(), id);
    call.world.put(&key, metric.clone());
    if new {
        let seen = call.world.scale.after(call.world.now, SEEN_AFTER);
        call.world.hide(&key, json!({"visible": seen.to_string()}));
    }
}

/// `create`
pub fn create(call: &mut Call) -> Answer {
    let mut metric = call.input();
    let id = metric["name"].as_str().unwrap_or("").to_owned();
    if find(call.world, call.project(), &id).is_some() {
        return Err(ApiError::already_exists(format!("Metric {id} already exists.")));
    }
    settle(call, &mut metric, &id, None)?;
    store(call, &id, &metric, true);
    Ok(metric.into())
}

/// `update`: creates what is not there (description).
pub fn update(call: &mut Call) -> Answer {
    let mut metric = call.input();
    let id = call.param("metricsId").to_owned();
    if metric["name"] != id.as_str() {
        return Err(ApiError::invalid("The name of the metric in the body must be the one in the path."));
    }
    let old = find(call.world, call.project(), &id).cloned();
    settle(call, &mut metric, &id, old.as_ref())?;
    store(call, &id, &metric, old.is_none());
    Ok(metric.into())
}

/// `delete`
pub fn delete(call: &mut Call) -> Answer {
    let id = call.param("metricsId").to_owned();
    if find(call.world, call.project(), &id).is_none() {
        return Err(missing(&id));
    }
    let key = key(call.project(), &id);
    call.world.remove(&key);
    Ok(Reply::empty())
}
