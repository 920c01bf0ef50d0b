//! Filters of lists: `type="email" AND user_labels.team="a"`, as far as people write them (Google's page on sorting
//! and filtering).

use crate::error::ApiError;
use crate::schema::camel;
use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

static COMPARISON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^\s*(NOT\s+|-)?([A-Za-z_][\w.-]*)\s*(=|!=|:)\s*(?:"([^"]*)"|([\w@.-]+))\s*$"#)
        .expect("a valid expression")
});

/// The rows that a filter chooses.
pub fn select(rows: Vec<Value>, filter: &str) -> Result<Vec<Value>, ApiError> {
    let mut rows = rows;
    for part in filter.split(" AND ").filter(|p| !p.trim().is_empty()) {
        let parts = COMPARISON.captures(part).ok_or_else(|| {
            ApiError::invalid(format!(
                "Field filter had an invalid value of \"{filter}\": Could not parse filter."
            ))
        })?;
        let wanted = parts.get(4).or(parts.get(5)).map_or("", |m| m.as_str());
        let path: Vec<&str> = parts[2].split('.').collect();
        let negated = parts.get(1).is_some() != (&parts[3] == "!=");
        rows.retain(|row| holds(row, &path, &parts[3], wanted) != negated);
    }
    Ok(rows)
}

fn holds(row: &Value, path: &[&str], op: &str, wanted: &str) -> bool {
    let mut place = row;
    for (index, name) in path.iter().enumerate() {
        // The first part is a field in either spelling, what follows may be a label.
        place = if index == 0 { &place[camel(name)] } else { &place[*name] };
    }
    match place {
        Value::String(text) if op == ":" => text.contains(wanted),
        Value::String(text) => text == wanted,
        // `user_labels="team"`: whether there is such a label.
        Value::Object(map) => map.contains_key(wanted),
        Value::Null => false,
        other => {
            let text = other.to_string();
            text == wanted
        }
    }
}

/// The same for metric descriptors, whose filter is a monitoring filter on `metric.type`.
pub fn select_metrics(rows: Vec<Value>, text: &str) -> Result<Vec<Value>, ApiError> {
    let filter = super::filter::parse(text).map_err(|why| {
        ApiError::invalid(format!("Field filter had an invalid value of \"{text}\": {why}"))
    })?;
    let fits = |row: &Value| {
        let name = row["type"].as_str().unwrap_or("");
        filter.restrictions.iter().filter(|r| r.path == "metric.type").all(|r| {
            let any = |test: &dyn Fn(&str) -> bool| r.values.iter().any(|v| test(v));
            let holds = match r.function.as_deref() {
                Some("starts_with") => any(&|v| name.starts_with(v)),
                Some("ends_with") => any(&|v| name.ends_with(v)),
                Some("has_substring") => any(&|v| name.contains(v)),
                Some("monitoring.regex.full_match") => {
                    any(&|v| Regex::new(&format!("^(?:{v})$")).is_ok_and(|re| re.is_match(name)))
                }
                _ => any(&|v| name == v),
            };
            holds != (r.negated != (r.op == "!="))
        })
    };
    Ok(rows.into_iter().filter(fits).collect())
}
