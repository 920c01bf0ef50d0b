//! Field masks (`updateMask`), in both spellings.

use crate::description::Api;
use crate::error::ApiError;
use crate::schema::{Schema, camel};
use serde_json::{Value, json};

/// Copies the masked fields of `body` into `current`. A field that the body lacks is removed. A field that the schema
/// does not know is refused.
pub fn apply(api: &Api, schema: &str, current: &mut Value, body: &Value, mask: &str) -> Result<(), ApiError> {
    for path in paths(mask) {
        if !known(api, api.schemas.get(schema), &path) {
            return Err(ApiError::invalid(format!(
                "Invalid field mask: unknown field \"{}\".",
                path.join(".")
            )));
        }
        let mut from = Some(body);
        for key in &path {
            from = from.and_then(|v| v.get(key));
        }
        set(current, &path, from.filter(|v| !v.is_null()).cloned());
    }
    Ok(())
}

/// The paths of a mask, in camelCase.
pub fn paths(mask: &str) -> Vec<Vec<String>> {
    mask.split(',')
        .map(str::trim)
        .filter(|p| !p.is_empty())
        .map(|p| p.split('.').map(camel).collect())
        .collect()
}

fn known(api: &Api, schema: Option<&Schema>, path: &[String]) -> bool {
    let Some(schema) = schema else { return true };
    let schema = schema.reference.as_ref().and_then(|name| api.schemas.get(name)).unwrap_or(schema);
    match (path.split_first(), &schema.properties) {
        (None, _) => true,
        // Below a map every key is known.
        (Some(_), None) => schema.additional.is_some() || schema.kind.as_deref() == Some("any"),
        (Some((first, rest)), Some(properties)) => {
            properties.get(first).is_some_and(|p| known(api, Some(p), rest))
        }
    }
}

fn set(target: &mut Value, path: &[String], value: Option<Value>) {
    let Some((last, parents)) = path.split_last() else { return };
    let mut place = target;
    for key in parents {
        if !place[key].is_object() {
            if value.is_none() {
                return;
            }
            place[key] = json!({});
        }
        place = &mut place[key];
    }
    match (value, place.as_object_mut()) {
        (Some(value), Some(map)) => {
            map.insert(last.clone(), value);
        }
        (None, Some(map)) => {
            map.remove(last);
        }
        _ => {}
    }
}
