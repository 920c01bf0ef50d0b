//! What of an object differs from what is wanted.

use engine::Diff;
use serde_json::Value;

/// The fields of `want` that `have` does not have so. What Google adds is left alone.
pub fn differences(have: &Value, want: &Value) -> Vec<Diff> {
    let mut diffs = Vec::new();
    walk("", have, want, &mut diffs);
    diffs
}

/// Whether a number falls.
pub fn fewer(diff: &Diff) -> bool {
    matches!((diff.old.parse::<f64>(), diff.new.parse::<f64>()), (Ok(old), Ok(new)) if new < old)
}

fn walk(path: &str, have: &Value, want: &Value, diffs: &mut Vec<Diff>) {
    match (have, want) {
        (Value::Object(_), Value::Object(fields)) => {
            for (key, wanted) in fields {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                walk(&path, &have[key], wanted, diffs);
            }
        }
        (Value::Array(had), Value::Array(wanted)) if had.len() == wanted.len() => {
            for (index, (had, wanted)) in had.iter().zip(wanted).enumerate() {
                walk(&format!("{path}[{index}]"), had, wanted, diffs);
            }
        }
        _ if equal(have, want) => {}
        _ => diffs.push(Diff::new(path, shown(have), shown(want))),
    }
}

fn equal(have: &Value, want: &Value) -> bool {
    // Google does not show a field that has its default value.
    let default = match want {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(|value| equal(&Value::Null, value)),
    };
    match (have, want) {
        (Value::Null, _) => default,
        // 12 and 12.0, and 64-bit numbers, which travel as text.
        (Value::Number(_) | Value::String(_), Value::Number(wanted)) => number(have) == wanted.as_f64(),
        _ => have == want,
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok())
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paths(have: Value, want: Value) -> Vec<String> {
        differences(&have, &want).into_iter().map(|diff| diff.field).collect()
    }

    #[test]
    fn what_google_adds_is_no_difference() {
        let have =
            json!({"name": "n", "a": {"b": 1.0, "extra": true}, "list": [{"c": "x", "d": 1}], "size": "12"});
        assert!(paths(have.clone(), json!({"a": {"b": 1}, "list": [{"c": "x"}], "size": 12})).is_empty());
        assert!(
            paths(have, json!({"x": 0, "off": false, "none": [], "text": "", "inner": {"y": 0}})).is_empty()
        );
    }

    #[test]
    fn every_other_difference_is_named() {
        let have = json!({"a": {"b": 1}, "list": [{"c": "x"}, {"c": "y"}], "channels": ["p/1"]});
        let want = json!({"a": {"b": 2, "z": "new"}, "list": [{"c": "x"}, {"c": "z"}], "channels": []});
        assert_eq!(paths(have, want), ["a.b", "a.z", "channels", "list[1].c"]);
    }
}
