//! What a command prints on stdout.

use crate::call::Call;
use crate::failure::Failure;
use crate::yaml;
use serde_json::Value;
use std::io::Write as _;

/// What a command found or made.
#[derive(Debug)]
pub(crate) enum Answer {
    /// Nothing is printed.
    Nothing,
    /// An object, or any other value.
    Value(Value),
    /// A list.
    List(Vec<Value>),
    /// An object or a list that is YAML where no format is asked for.
    Yaml(Value),
}

/// Prints it in the asked format.
pub(crate) fn answer(call: &Call, answer: Answer) -> Result<(), Failure> {
    let (value, plain) = match answer {
        Answer::Nothing => return Ok(()),
        Answer::Value(value) => (value, false),
        Answer::List(items) => (Value::Array(items), false),
        Answer::Yaml(value) => (value, true),
    };
    let text = match call.one("--format") {
        Some("json") => json(&value),
        Some(format) if format.starts_with("value(") => {
            values(&value, format.trim_start_matches("value(").trim_end_matches(')'))
        }
        Some("none") => return Ok(()),
        Some(other) => {
            return Err(Failure::Said(format!(
                "gcloud-standin prints json, none and value(FIELD) only, not {other}"
            )));
        }
        None if plain && value != Value::Array(Vec::new()) => documents(&value),
        // gcloud would make a table of it, which nobody reads here.
        None => {
            if call.command.ends_with(" list") && value == Value::Array(Vec::new()) {
                call.say("Listed 0 items.");
            }
            return Ok(());
        }
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(|e| Failure::Said(e.to_string()))
}

/// What stands on stdout where a list fails once its printing has begun.
pub(crate) fn empty_list(call: &Call) {
    if call.one("--format") == Some("json") {
        // The failure that follows counts, whether anybody reads this or not.
        let _ = std::io::stdout().write_all(b"[]\n");
    }
}

/// As gcloud prints JSON: keys sorted, two spaces, what is not ASCII as it is.
pub(crate) fn json(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value, 0);
    text.push('\n');
    text
}

fn write(text: &mut String, value: &Value, depth: usize) {
    let indent = |text: &mut String, depth: usize| text.extend(std::iter::repeat_n("  ", depth));
    match value {
        Value::Object(map) if !map.is_empty() => {
            text.push_str("{\n");
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            for (index, (key, value)) in entries.into_iter().enumerate() {
                text.push_str(if index > 0 { ",\n" } else { "" });
                indent(text, depth + 1);
                text.push_str(&Value::String(key.clone()).to_string());
                text.push_str(": ");
                write(text, value, depth + 1);
            }
            text.push('\n');
            indent(text, depth);
            text.push('}');
        }
        Value::Array(items) if !items.is_empty() => {
            text.push_str("[\n");
            for (index, value) in items.iter().enumerate() {
                text.push_str(if index > 0 { ",\n" } else { "" });
                indent(text, depth + 1);
                write(text, value, depth + 1);
            }
            text.push('\n');
            indent(text, depth);
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}

/// An object as one document, a list as one for each of its items.
fn documents(value: &Value) -> String {
    match value {
        Value::Array(items) => items.iter().map(|item| format!("---\n{}\n", yaml::text(item))).collect(),
        item => format!("{}\n", yaml::text(item)),
    }
}

/// `--format=value(a.b[0].c)`: a line an item.
fn values(value: &Value, path: &str) -> String {
    let pointer = format!("/{}", path.replace('[', ".").replace(']', "").replace('.', "/"));
    let one = |item: &Value| match item.pointer(&pointer) {
        None | Some(Value::Null) => "\n".to_owned(),
        Some(Value::String(text)) => format!("{text}\n"),
        Some(other) => format!("{other}\n"),
    };
    match value {
        Value::Array(items) => items.iter().map(one).collect(),
        item => one(item),
    }
}
