//! What becomes of JSON on its way through gcloud's typed messages.

use serde_json::Value;

/// Takes out empty lists, which a message cannot tell from missing ones, and writes the numbers of fields that hold
/// doubles as Python does: `1000.0`.
pub(crate) fn settle(value: &mut Value, doubles: &[&str]) {
    match value {
        Value::Object(fields) => {
            fields
                .retain(|_, value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
            for (name, value) in fields.iter_mut() {
                if doubles.contains(&name.as_str())
                    && let Some(number) = value.as_i64()
                {
                    *value = Value::from(number as f64);
                } else {
                    settle(value, doubles);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| settle(item, doubles)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_has_no_empty_lists_and_its_doubles_have_a_point() {
        let mut value = json!({"a": [], "b": [{"limit": 5, "count": 5, "c": []}], "d": {}, "e": null});
        settle(&mut value, &["limit"]);
        assert_eq!(value.to_string(), r#"{"b":[{"count":5,"limit":5.0}],"d":{}}"#);
    }
}
