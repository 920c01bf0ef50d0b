//! The layer that a TOML file gives.

use crate::draft::{Draft, Place};
use crate::key::{Meaning, find};
use crate::kind::Kind;
use crate::problem::{Origin, Problem};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

/// Lays a file over the draft. False: the text is not TOML, so that nothing can be said about its values.
pub(crate) fn lay(draft: &mut Draft, file: &str, bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let sound = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
            let origin = position(file, &sound, sound.len());
            let remedy = "save the file as UTF-8";
            draft.problems.push(syntax(
                origin,
                "holds bytes that are not UTF-8".into(),
                "TOML in UTF-8",
                remedy,
            ));
            return false;
        }
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let at = error.span().map_or(0, |span| span.start);
        let what = format!("is not TOML: {}", error.message().replace('\n', " "));
        draft.problems.push(syntax(position(file, text, at), what, "", "correct this place"));
    }
    if !errors.is_empty() {
        return false;
    }
    let locate = |span: Range<usize>| position(file, text, span.start);
    Walk { draft, locate: &locate }.table("", table.get_ref());
    true
}

fn syntax(origin: Origin, what: String, allowed: &str, remedy: &str) -> Problem {
    let (allowed, remedy) = (allowed.into(), remedy.into());
    Problem { origin, key: String::new(), value: None, what, allowed, remedy }
}

fn position(file: &str, text: &str, at: usize) -> Origin {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Origin::File { file: file.to_owned(), line, column: before[start..].chars().count() + 1 }
}

/// Walks over a table that was parsed, wherever it was written.
pub(crate) struct Walk<'a> {
    pub draft: &'a mut Draft,
    pub locate: &'a dyn Fn(Range<usize>) -> Origin,
}

impl Walk<'_> {
    /// Takes each key of a table.
    pub fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table.iter() {
            let path = if prefix.is_empty() {
                name.get_ref().to_string()
            } else {
                format!("{prefix}.{}", name.get_ref())
            };
            // A quoted name with a dot in it is one name; only the entries of maps may have such.
            let dotted = name.get_ref().contains('.') || name.get_ref().is_empty();
            let within_map =
                matches!(find(prefix), Meaning::Key(target) if matches!(target.kind(), Kind::Map(_)));
            if dotted && !within_map {
                self.draft.unknown(&path, (self.locate)(name.span()));
                continue;
            }
            self.value(&path, value, (self.locate)(name.span()));
        }
    }

    /// Takes what stands at a path.
    pub fn value(&mut self, path: &str, value: &Spanned<DeValue<'_>>, key: Origin) {
        let elements = match value.get_ref() {
            DeValue::Array(list) => list.iter().map(|element| (self.locate)(element.span())).collect(),
            _ => Vec::new(),
        };
        let place = Place { key, value: (self.locate)(value.span()), elements };
        match (find(path), value.get_ref()) {
            (Meaning::Unknown, _) => self.draft.unknown(path, place.key),
            (Meaning::Table, DeValue::Table(inner)) => self.table(path, inner),
            (Meaning::Table, other) => {
                let empty = matches!(other, DeValue::String(text) if text.is_empty());
                if !(empty && self.draft.unset_table(path, &place)) {
                    self.draft.not_a_table(path, &plain(other), place.value);
                }
            }
            (Meaning::Key(target), DeValue::Table(inner)) if matches!(target.kind(), Kind::Map(_)) => {
                self.table(path, inner);
            }
            (Meaning::Key(target), other) => self.draft.give(&target, plain(other), place),
        }
    }
}

/// The value without its places.
pub(crate) fn plain(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(n) => match i64::from_str_radix(n.as_str(), n.radix()) {
            Ok(n) => Value::Integer(n),
            // Of the right type and far out of bounds, which is what the message should say.
            Err(_) => Value::Integer(if n.as_str().starts_with('-') { i64::MIN } else { i64::MAX }),
        },
        DeValue::Float(x) => Value::Float(x.as_str().parse().unwrap_or(f64::INFINITY)),
        DeValue::Boolean(on) => Value::Boolean(*on),
        DeValue::Datetime(time) => Value::Datetime(*time),
        DeValue::Array(list) => Value::Array(list.iter().map(|element| plain(element.get_ref())).collect()),
        DeValue::Table(table) => {
            let entries =
                table.iter().map(|(name, value)| (name.get_ref().to_string(), plain(value.get_ref())));
            Value::Table(entries.collect::<Table>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let text = "a = 1\nbé = 2\n";
        let at = |offset| position("f", text, offset).to_string();
        assert_eq!(at(0), "f:1:1");
        assert_eq!(at(6), "f:2:1");
        assert_eq!(at(9), "f:2:3");
        assert_eq!(at(8), "f:2:2", "inside a character");
        assert_eq!(at(999), "f:3:1");
    }
}
