//! What a secret may say: the limits of the API's description.

use crate::error::ApiError;
use crate::services::labels::{is_key, is_value};
use jiff::Timestamp;
use regex::Regex;
use serde_json::Value;

fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).is_ok_and(|regex| regex.is_match(text))
}

/// The id of a secret: up to 255 letters, digits, `-`, `_` [description; the text is a guess].
pub fn id(id: &str) -> Result<(), ApiError> {
    if matches(r"^[A-Za-z0-9_-]{1,255}$", id) {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "The provided Secret ID [{id}] does not match the expected format [[a-zA-Z_0-9]+]"
    )))
}

/// Everything else that one object can tell.
pub fn secret(secret: &Value, now: Timestamp) -> Result<(), ApiError> {
    labels(&secret["labels"])?;
    annotations(&secret["annotations"])?;
    aliases(&secret["versionAliases"])?;
    let topics = secret["topics"].as_array().map_or(0, Vec::len);
    if topics > 10 {
        return Err(ApiError::invalid("A secret can have at most 10 topics."));
    }
    for topic in secret["topics"].as_array().into_iter().flatten() {
        let name = topic["name"].as_str().unwrap_or_default();
        if !matches(r"^projects/[^/]+/topics/[^/]+$", name) {
            return Err(ApiError::invalid(format!(
                "The provided topic name [{name}] does not match the expected format [projects/*/topics/*]"
            )));
        }
    }
    if secret["expireTime"].is_string() && secret["ttl"].is_string() {
        return Err(ApiError::invalid("Only one of expire_time and ttl can be set."));
    }
    rotation(&secret["rotation"], topics, now)
}

fn labels(labels: &Value) -> Result<(), ApiError> {
    let labels = labels.as_object().cloned().unwrap_or_default();
    if labels.len() > 64 {
        return Err(ApiError::invalid("No more than 64 labels can be assigned to a given resource."));
    }
    for (key, value) in &labels {
        let value = value.as_str().unwrap_or_default();
        if !is_key(key) {
            return Err(ApiError::invalid(format!("Label key [{key}] is invalid.")));
        }
        if !is_value(value) {
            return Err(ApiError::invalid(format!("Label value [{value}] is invalid.")));
        }
    }
    Ok(())
}

fn annotations(annotations: &Value) -> Result<(), ApiError> {
    let annotations = annotations.as_object().cloned().unwrap_or_default();
    let mut size = 0;
    for (key, value) in &annotations {
        size += key.len() + value.as_str().map_or(0, str::len);
        if !matches(r"^[a-z0-9A-Z]([-_.a-z0-9A-Z]{0,61}[a-z0-9A-Z])?$", key) {
            return Err(ApiError::invalid(format!("Annotation key [{key}] is invalid.")));
        }
    }
    if size > 16 * 1024 {
        return Err(ApiError::invalid(
            "The total size of annotation keys and values must be less than 16KiB.",
        ));
    }
    Ok(())
}

fn aliases(aliases: &Value) -> Result<(), ApiError> {
    for alias in aliases.as_object().into_iter().flat_map(|map| map.keys()) {
        if !matches(r"^[A-Za-z][A-Za-z0-9_-]{0,62}$", alias) || alias == "latest" || alias == "NEW" {
            return Err(ApiError::invalid(format!("Version alias [{alias}] is invalid.")));
        }
    }
    Ok(())
}

/// Seconds of a duration as protobuf's JSON writes it, `3600s`. Anything else is refused, `30d` for one.
pub fn seconds(text: &str) -> Result<f64, ApiError> {
    text.strip_suffix('s').and_then(|number| number.parse().ok()).ok_or_else(|| {
        ApiError::invalid(format!(
            "Invalid value ('{text}'), Field 'rotationPeriod', Illegal duration format; duration must end with 's'"
        ))
    })
}

const CENTURY: f64 = 3_153_600_000.0;

fn rotation(rotation: &Value, topics: usize, now: Timestamp) -> Result<(), ApiError> {
    let (next, period) = (rotation["nextRotationTime"].as_str(), rotation["rotationPeriod"].as_str());
    if next.is_none() && period.is_none() {
        return Ok(());
    }
    if topics == 0 {
        return Err(ApiError::invalid("Secret.topics must be set to configure rotation."));
    }
    if let Some(period) = period {
        let seconds = seconds(period)?;
        if !(3600.0..=CENTURY).contains(&seconds) {
            return Err(ApiError::invalid(
                "rotation_period must be at least 3600s (1h) and at most 3153600000s (100 years).",
            ));
        }
        if next.is_none() {
            return Err(ApiError::invalid("next_rotation_time must be set if rotation_period is set."));
        }
    }
    let Some(next) = next else { return Ok(()) };
    let at: Timestamp = next
        .parse()
        .map_err(|_| ApiError::invalid(format!("Invalid value at 'secret.rotation', \"{next}\"")))?;
    let ahead = at.duration_since(now).as_secs_f64();
    if !(300.0..=CENTURY).contains(&ahead) {
        return Err(ApiError::invalid(
            "next_rotation_time cannot be set to less than 300s (5 min) in the future and at most 3153600000s (100 years).",
        ));
    }
    Ok(())
}
