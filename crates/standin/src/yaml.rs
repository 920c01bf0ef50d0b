//! YAML as gcloud prints it: keys sorted, text in quotes only where it must be, long lines broken after column 80.

use serde_json::Value;

/// gcloud breaks a line at the first space behind this column.
const WIDTH: usize = 80;

/// A value, without a line break at its end.
pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    block(&mut out, value, 0);
    out.trim_end_matches('\n').to_owned()
}

fn block(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| key.as_str());
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    pad(out, indent);
                }
                out.push_str(&quoted(key));
                out.push(':');
                let nested = match value {
                    Value::Object(map) => !map.is_empty(),
                    Value::Array(items) => !items.is_empty(),
                    _ => false,
                };
                if nested {
                    // A list stands under its key, a map is moved in.
                    let inner = if value.is_array() { indent } else { indent + 2 };
                    out.push('\n');
                    pad(out, inner);
                    block(out, value, inner);
                } else {
                    out.push(' ');
                    block(out, value, indent);
                }
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    pad(out, indent);
                }
                out.push_str("- ");
                block(out, item, indent + 2 * usize::from(item.is_object() || item.is_array()));
            }
        }
        Value::Object(_) => out.push_str("{}\n"),
        Value::Array(_) => out.push_str("[]\n"),
        Value::String(text) => scalar(out, text, indent + 2),
        other => {
            out.push_str(&other.to_string());
            out.push('\n');
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn scalar(out: &mut String, text: &str, indent: usize) {
    if text.contains('\n') {
        out.push_str(if text.ends_with('\n') { "|\n" } else { "|-\n" });
        for line in text.trim_end_matches('\n').split('\n') {
            if !line.is_empty() {
                pad(out, indent);
            }
            out.push_str(line);
            out.push('\n');
        }
        return;
    }
    let mut column = out.chars().rev().take_while(|c| *c != '\n').count();
    for (index, word) in quoted(text).split(' ').enumerate() {
        // Only a single space can be a line break, for several would be lost.
        if index > 0 && column > WIDTH && !word.is_empty() && !out.ends_with(' ') {
            out.push('\n');
            pad(out, indent);
            column = indent;
        } else if index > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += word.chars().count();
    }
    out.push('\n');
}

fn quoted(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { format!("'{}'", text.replace('\'', "''")) }
}

/// Whether it reads back as the same text without quotes.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let lower = text.to_ascii_lowercase();
    let is_word = ["true", "false", "null", "yes", "no", "on", "off", "~", "=", "<<", "---", "..."]
        .contains(&lower.as_str());
    let is_number = first.is_ascii_digit() || matches!(first, '+' | '-' | '.');
    let is_number = is_number
        && (text.replace('_', "").parse::<f64>().is_ok()
            || is_date(text)
            || lower.starts_with("0x")
            || lower == ".inf");
    let second_is_space = text.chars().nth(1).is_none_or(char::is_whitespace);
    let bad_start = "#,[]{}&*!|>'\"%@`".contains(first) || ("-?:".contains(first) && second_is_space);
    let bad_inside = text.contains(": ") || text.contains(" #") || text.ends_with(':') || text.contains('\t');
    !(is_word || is_number || bad_start || bad_inside || text.starts_with(' ') || text.ends_with(' '))
}

/// `2026-01-02`, `2026-01-02T03:04:05Z`: a timestamp to YAML.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 10
        && bytes[..10]
            .iter()
            .enumerate()
            .all(|(i, b)| if i == 4 || i == 7 { *b == b'-' } else { b.is_ascii_digit() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    // As gcloud 528 printed these details of a refusal.
    #[test]
    fn it_is_written_as_gcloud_writes_it() {
        let long = "aaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccccccccccccccccccccccccccccccccc dd ee";
        let value = json!([{"@type": "t/x", "metadata": {"consumer": "projects/12", "e": "", "l": long,
            "m": "two\nlines", "n": "12", "service": "a: b", "t": "true", "z": "x # y"}, "reason": "R"}]);
        let wanted = "- '@type': t/x\n  metadata:\n    consumer: projects/12\n    e: ''\n    l: aaaaaaaaaaaaaaaaaaaaaaaaaa \
                      bbbbbbbbbbbbbbbbbbbbbbbbbbbbb cccccccccccccccccccccccccccccccccccccccc\n      dd ee\n    m: |-\n      \
                      two\n      lines\n    n: '12'\n    service: 'a: b'\n    t: 'true'\n    z: 'x # y'\n  reason: R";
        assert_eq!(text(&value), wanted);
    }

    #[test]
    fn lists_stand_under_their_keys() {
        assert_eq!(
            text(&json!({"a": [{"b": 1, "c": []}], "d": null, "e": {}})),
            "a:\n- b: 1\n  c: []\nd: null\ne: {}"
        );
    }
}
