//! What a secret may say: the limits of the API's description.

use super::topics;
use crate::error::ApiError;
use crate::services::labels::{is_key, is_value};
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

/// Everything else that one object can tell, but for its rotation.
pub fn secret(secret: &Value) -> Result<(), ApiError> {
    labels(&secret["labels"])?;
    annotations(&secret["annotations"])?;
    aliases(&secret["versionAliases"])?;
    topics::check(&secret["topics"])?;
    if secret["expireTime"].is_string() && secret["ttl"].is_string() {
        return Err(ApiError::invalid("Only one of expire_time and ttl can be set."));
    }
    Ok(())
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
