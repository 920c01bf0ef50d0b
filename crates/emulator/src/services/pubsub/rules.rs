//! What topics and subscriptions may say: the limits of the API's description, in Google's words where people quote them.

use crate::duration;
use crate::error::ApiError;
use crate::mask;
use crate::services::labels::{is_key, is_value};
use serde_json::Value;

/// The name of a new topic or subscription [description; the text as issues of Google's client libraries quote it].
pub fn name(name: &str) -> Result<(), ApiError> {
    let id = name.rsplit('/').next().unwrap_or_default();
    let fits = (3..=255).contains(&id.len())
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~+%".contains(&b))
        && !id.starts_with("goog");
    if fits {
        return Ok(());
    }
    Err(ApiError::invalid(format!(
        "Invalid resource name given (name={name}). Refer to https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names \
         for more information."
    )))
}

/// Labels [the limits: Google's page on labels; the sentences are guesses].
pub fn labels(labels: &Value) -> Result<(), ApiError> {
    let labels = labels.as_object().into_iter().flatten();
    if labels.clone().count() > 64 {
        return Err(ApiError::invalid("No more than 64 labels can be assigned to a given resource."));
    }
    for (key, value) in labels {
        let value = value.as_str().unwrap_or_default();
        if !is_key(key) || !is_value(value) {
            return Err(ApiError::invalid(format!("Invalid label (key={key}, value={value}).")));
        }
    }
    Ok(())
}

/// A duration between two limits, written as Google writes it afterwards. [The sentences have the form of Pub/Sub's own about
/// other numbers; those about durations are guesses.]
pub fn within(value: &mut Value, what: &str, least: i64, most: Option<i64>) -> Result<(), ApiError> {
    let Some(text) = value.as_str() else { return Ok(()) };
    let Some(duration) = duration::parse(text) else {
        return Err(ApiError::invalid(format!(
            "Invalid value at '{what}' (type.googleapis.com/google.protobuf.Duration), Illegal duration format; duration must \
             end with 's'"
        )));
    };
    let refuse = |how: &str, which: &str, limit: i64| {
        Err(ApiError::invalid(format!(
            "The value for {what} is too {how}. You passed {text} in the request, but the {which} value is {limit}s."
        )))
    };
    if duration.as_secs() < least {
        return refuse("small", "minimum", least);
    }
    if let Some(most) = most
        && duration.as_secs() > most
    {
        return refuse("large", "maximum", most);
    }
    *value = Value::String(duration::show(duration));
    Ok(())
}

/// Refuses fields that Google has and this emulator does nothing with: to take them would be to promise something.
pub fn unserved(object: &Value, fields: &[&str]) -> Result<(), ApiError> {
    match fields.iter().find(|field| !empty(&object[**field])) {
        Some(field) => Err(ApiError::invalid(format!("{field} is not served by this emulator."))),
        None => Ok(()),
    }
}

fn empty(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.values().all(empty),
        _ => false,
    }
}

/// Takes away fields that say nothing, which Google does not write. An expiration policy without a time says "never".
pub fn tidy(object: &mut Value) {
    if let Some(map) = object.as_object_mut() {
        map.retain(|field, value| {
            matches!(field.as_str(), "expirationPolicy" | "pushConfig") || !empty(value)
        });
    }
}

/// Refuses a mask that is missing [as people quote it], or that names what cannot be changed [guess].
pub fn mask(mask: &str, request: &str, kind: &str, fixed: &[&str]) -> Result<(), ApiError> {
    let paths = mask::paths(mask);
    if paths.is_empty() {
        return Err(ApiError::invalid(format!(
            "The update_mask in the {request} must be set, and must contain a non-empty paths list."
        )));
    }
    let named = paths.iter().filter_map(|path| path.first());
    match named.into_iter().find(|field| fixed.contains(&field.as_str())) {
        Some(field) => Err(ApiError::invalid(format!(
            "Invalid update_mask provided in the {request}: the '{field}' field in the {kind} is not mutable."
        ))),
        None => Ok(()),
    }
}
