//! Templates: JSON with `${name}` in its texts.

use serde_json::Value;
use std::collections::BTreeMap;

/// What the names stand for. A text that is nothing but `${name}` becomes the value itself, a number for a number.
pub type Values = BTreeMap<&'static str, Value>;

/// The template with its names filled in. A name that stands for nothing is a defect, and stays.
pub fn render(template: &str, values: &Values) -> Value {
    let mut json: Value = serde_json::from_str(template).unwrap_or(Value::Null);
    fill(&mut json, values);
    json
}

fn fill(json: &mut Value, values: &Values) {
    match json {
        Value::Object(map) => map.values_mut().for_each(|value| fill(value, values)),
        Value::Array(items) => items.iter_mut().for_each(|value| fill(value, values)),
        Value::String(text) => {
            let whole = text.strip_prefix("${").and_then(|text| text.strip_suffix('}'));
            if let Some(value) = whole.and_then(|name| values.get(name)) {
                *json = value.clone();
                return;
            }
            for (name, value) in values {
                let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                *text = text.replace(&format!("${{{name}}}"), &value);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_filled_in_and_numbers_stay_numbers() {
        let values = Values::from([("n", json!(0.05)), ("s", json!("a\"b"))]);
        let rendered = render(r#"{"x": "${n}", "y": ["s is ${s}, n is ${n}"], "z": "${other}"}"#, &values);
        assert_eq!(rendered, json!({"x": 0.05, "y": ["s is a\"b, n is 0.05"], "z": "${other}"}));
    }
}
