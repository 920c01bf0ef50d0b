//! Refusals that name a field, user labels, durations: what all of Cloud Monitoring shares.

use crate::error::ApiError;
use crate::world::World;
use serde_json::{Value, json};

/// A field by its path, for `Field PATH had an invalid value of "VALUE": WHY` (Google's shape, from public issue
/// threads).
#[derive(Clone, Debug)]
pub struct Field(String);

impl Field {
    /// A path.
    pub fn new(path: &str) -> Self {
        Self(path.to_owned())
    }

    /// A field of it.
    pub fn below(&self, name: &str) -> Self {
        Self(format!("{}.{name}", self.0))
    }

    /// An element of it.
    pub fn at(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// The refusal.
    pub fn invalid(&self, value: &str, why: &str) -> ApiError {
        ApiError::invalid(format!("Field {} had an invalid value of \"{value}\": {why}", self.0))
    }

    /// Refuses more than one of the fields of a union, as Google's JSON parser does, and answers the one that is set.
    pub fn one_of(
        &self,
        object: &Value,
        union: &str,
        fields: &[&'static str],
    ) -> Result<Option<&'static str>, ApiError> {
        let set: Vec<&'static str> = fields.iter().copied().filter(|f| !object[*f].is_null()).collect();
        match set[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            [_, second, ..] => Err(ApiError::invalid(format!(
                "Invalid value at '{}' (oneof), oneof field '{union}' is already set. Cannot set '{second}'",
                self.0
            ))),
        }
    }

    /// Refuses text that is too long.
    pub fn at_most(&self, text: &Value, characters: usize) -> Result<(), ApiError> {
        let text = text.as_str().unwrap_or("");
        if text.chars().count() > characters {
            return Err(self.invalid(text, &format!("The field must not exceed {characters} characters.")));
        }
        Ok(())
    }
}

/// Seconds of a duration (`300s`), if it is one.
pub fn seconds(duration: &Value) -> Option<f64> {
    let digits = duration.as_str()?.strip_suffix('s')?;
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
    if plain { digits.parse().ok() } else { None }
}

/// Refuses user labels that do not fit (descriptions of `userLabels`): 64 entries, keys and values of lower-case
/// letters, digits, `_` and `-`, at most 63 characters and 128 bytes, keys beginning with a letter.
pub fn check_user_labels(field: &Field, labels: &Value) -> Result<(), ApiError> {
    let Some(labels) = labels.as_object() else { return Ok(()) };
    if labels.len() > 64 {
        return Err(field.invalid(&labels.len().to_string(), "There must not be more than 64 labels."));
    }
    let fits = |text: &str| {
        text.chars().count() <= 63
            && text.len() <= 128
            && text.chars().all(|c| c == '_' || c == '-' || (c.is_alphanumeric() && !c.is_uppercase()))
    };
    for (key, value) in labels {
        let value = value.as_str().unwrap_or("");
        if !fits(key) || !key.starts_with(|c: char| c.is_alphabetic()) {
            return Err(field.invalid(
                key,
                "Label keys must begin with a lowercase letter and hold only lowercase letters, numerals, underscores, and dashes; at most 63 characters.",
            ));
        }
        if !fits(value) {
            return Err(field.below(key).invalid(
                value,
                "Label values can hold only lowercase letters, numerals, underscores, and dashes; at most 63 characters.",
            ));
        }
    }
    Ok(())
}

/// A null in a request is a field that is not set.
pub fn without_nulls(mut value: Value) -> Value {
    fn clean(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.retain(|_, v| !v.is_null());
                map.values_mut().for_each(clean);
            }
            Value::Array(items) => items.iter_mut().for_each(clean),
            _ => {}
        }
    }
    clean(&mut value);
    value
}

/// A record of who changed something when.
pub fn mutation(world: &World, principal: Option<&str>) -> Value {
    let by = principal.and_then(|p| p.split_once(':')).map_or("owner@example.com", |(_, name)| name);
    json!({"mutateTime": world.stamp(), "mutatedBy": by})
}
