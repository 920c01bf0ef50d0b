//! Checking JSON against the schemas of the API descriptions.

use crate::description::Api;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A schema, as the descriptions write it.
#[derive(Debug, Default, Deserialize)]
pub struct Schema {
    /// Name of another schema.
    #[serde(rename = "$ref")]
    pub reference: Option<String>,
    /// `object`, `array`, `string`, `integer`, `number`, `boolean`, `any`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// `int64`, `byte`, `google-datetime` ...
    pub format: Option<String>,
    /// Allowed values.
    #[serde(rename = "enum")]
    pub values: Option<Vec<String>>,
    /// Only Google sets it.
    #[serde(default, rename = "readOnly")]
    pub read_only: bool,
    /// Fields.
    pub properties: Option<BTreeMap<String, Schema>>,
    /// Element of an array.
    pub items: Option<Box<Schema>>,
    /// Value of a map.
    #[serde(rename = "additionalProperties")]
    pub additional: Option<Box<Schema>>,
}

/// What does not fit, in Google's words for a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Misfit {
    /// Path of the field, `instance.tier`.
    pub field: String,
    /// The text.
    pub text: String,
}

/// Compares JSON with the named schema. Renames `snake_case` keys to the schema's `camelCase` on the way, since
/// Google's JSON parser takes both.
pub fn check(api: &Api, schema: &str, value: &mut Value) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    if let Some(schema) = api.schemas.get(schema) {
        walk(api, schema, value, "", &mut misfits);
    }
    misfits
}

/// Removes the fields that only Google sets.
pub fn strip_read_only(api: &Api, schema: &str, value: &mut Value) {
    if let Some(schema) = api.schemas.get(schema) {
        strip(api, schema, value);
    }
}

fn resolve<'a>(api: &'a Api, schema: &'a Schema) -> &'a Schema {
    schema.reference.as_ref().and_then(|name| api.schemas.get(name)).unwrap_or(schema)
}

fn strip(api: &Api, schema: &Schema, value: &mut Value) {
    let schema = resolve(api, schema);
    match value {
        Value::Object(map) => {
            if let Some(properties) = &schema.properties {
                map.retain(|key, _| properties.get(key).is_none_or(|p| !p.read_only));
                for (key, value) in map.iter_mut() {
                    if let Some(property) = properties.get(key) {
                        strip(api, property, value);
                    }
                }
            } else if let Some(additional) = &schema.additional {
                map.values_mut().for_each(|value| strip(api, additional, value));
            }
        }
        Value::Array(items) => {
            if let Some(schema) = &schema.items {
                items.iter_mut().for_each(|value| strip(api, schema, value));
            }
        }
        _ => {}
    }
}

/// `snake_case` to `camelCase`.
pub fn camel(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    let mut upper = false;
    for c in key.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                out.extend(c.to_uppercase());
                upper = false;
            }
            c => out.push(c),
        }
    }
    out
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn walk(api: &Api, schema: &Schema, value: &mut Value, path: &str, out: &mut Vec<Misfit>) {
    let schema = resolve(api, schema);
    let kind = schema.kind.as_deref().unwrap_or("any");
    match (kind, &mut *value) {
        (_, Value::Null) | ("any", _) => {}
        ("object", Value::Object(map)) => object(api, schema, map, path, out),
        ("array", Value::Array(items)) => {
            if let Some(schema) = &schema.items {
                for (index, item) in items.iter_mut().enumerate() {
                    walk(api, schema, item, &format!("{path}[{index}]"), out);
                }
            }
        }
        ("string", Value::String(text)) => {
            // Google's parser does not look at the case of an enum value: gcloud sends `Keep` for a cleanup policy.
            if let Some(exact) = schema.values.iter().flatten().find(|v| v.eq_ignore_ascii_case(text)) {
                exact.clone_into(text);
            }
            string(schema, text, path, out);
        }
        // 64-bit numbers travel as strings; Google's parser takes numbers for them too.
        ("string", Value::Number(_)) if schema.format.as_deref().is_some_and(|f| f.contains("int64")) => {}
        ("integer", Value::Number(number)) if number.is_i64() || number.is_u64() => {}
        ("integer", Value::Number(number)) if number.as_f64().is_some_and(|f| f.fract() == 0.0) => {}
        ("integer" | "number", Value::String(text)) if text.parse::<f64>().is_ok() => {}
        ("number", Value::Number(_)) | ("boolean", Value::Bool(_)) => {}
        _ => out.push(Misfit {
            field: path.to_owned(),
            text: format!("Invalid value at '{path}' ({kind}), {value}"),
        }),
    }
}

fn string(schema: &Schema, text: &str, path: &str, out: &mut Vec<Misfit>) {
    if let Some(values) = &schema.values
        && !values.iter().any(|v| v == text)
    {
        out.push(Misfit {
            field: path.to_owned(),
            text: format!("Invalid value at '{path}' (enum), \"{text}\""),
        });
    }
    let number = schema.format.as_deref().is_some_and(|format| format.contains("int64"));
    if number && text.parse::<i128>().is_err() {
        out.push(Misfit {
            field: path.to_owned(),
            text: format!("Invalid value at '{path}' (TYPE_INT64), \"{text}\""),
        });
    }
}

fn object(api: &Api, schema: &Schema, map: &mut Map<String, Value>, path: &str, out: &mut Vec<Misfit>) {
    if let Some(properties) = &schema.properties {
        let strange: Vec<String> = map.keys().filter(|k| !properties.contains_key(*k)).cloned().collect();
        for key in strange {
            let renamed = camel(&key);
            if properties.contains_key(&renamed)
                && let Some(value) = map.remove(&key)
            {
                map.insert(renamed, value);
            } else if key != "@type" {
                let place = if path.is_empty() { String::new() } else { format!(" at '{path}'") };
                out.push(Misfit {
                    field: join(path, &key),
                    text: format!(
                        "Invalid JSON payload received. Unknown name \"{key}\"{place}: Cannot find field."
                    ),
                });
            }
        }
        for (key, value) in map.iter_mut() {
            if let Some(property) = properties.get(key) {
                walk(api, property, value, &join(path, key), out);
            }
        }
    } else if let Some(additional) = &schema.additional {
        for (key, value) in map.iter_mut() {
            walk(api, additional, value, &join(path, key), out);
        }
    }
}
