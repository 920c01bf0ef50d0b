//! The layers whose values are plain words: `DEPLOY_*` environment variables and `--set`.

use crate::draft::{Draft, Place};
use crate::file::{Walk, plain};
use crate::key::{KEYS, Meaning, Target, find};
use crate::kind::{Entries, Kind};
use crate::problem::{Origin, Problem};
use crate::warning::Warning;
use std::ffi::{OsStr, OsString};
use toml::Value;
use toml::de::DeValue;

/// What the names of our environment variables begin with.
const PREFIX: &str = "DEPLOY_";

/// Lays the environment over the draft.
///
/// A variable is ours if its name begins with `DEPLOY_` and has a double underscore between table and key:
/// `DEPLOY_REDIS__MEMORY_GB`. Others with that beginning (`DEPLOY_ENV`, somebody's `DEPLOY_TOKEN`) are left
/// alone; one that differs from a key only by a missing underscore gets a warning that never shows its value.
pub(crate) fn lay_environment(
    draft: &mut Draft,
    environment: &[(OsString, OsString)],
    warnings: &mut Vec<Warning>,
) {
    let mut ours: Vec<(&str, &OsStr)> = environment
        .iter()
        .filter_map(|(name, value)| Some((name.to_str()?.strip_prefix(PREFIX)?, value.as_os_str())))
        .collect();
    ours.sort();
    for (name, value) in ours {
        let variable = format!("{PREFIX}{name}");
        let Some((table, key)) = name.split_once("__") else {
            if let Some(key) = KEYS.iter().find(|key| name == key.path.replace('.', "_").to_uppercase()) {
                let meant = format!("{PREFIX}{}", key.path.replace('.', "__").to_uppercase());
                warnings.push(Warning::UnreadVariable { variable, meant });
            }
            continue;
        };
        let origin = Origin::Environment(variable);
        let path = path_of(table, key);
        match value.to_str() {
            Some(text) => give(draft, &path, text, origin),
            None => draft.problems.push(Problem {
                origin,
                key: path,
                value: None,
                what: "holds bytes that are not UTF-8".into(),
                allowed: "text in UTF-8".into(),
                remedy: "set the variable again".into(),
            }),
        }
    }
}

/// The path that a variable's name means. Entries of maps that are variables themselves keep their case.
fn path_of(table: &str, key: &str) -> String {
    let upper = format!("{table}__{key}");
    for map in KEYS.iter().filter(|key| key.kind == Kind::Map(Entries::AsWritten)) {
        let prefix = map.path.replace('.', "__").to_uppercase();
        if let Some(entry) = upper.strip_prefix(&prefix).and_then(|rest| rest.strip_prefix("__")) {
            return format!("{}.{entry}", map.path);
        }
    }
    upper.to_lowercase().replace("__", ".")
}

/// Lays the `--set KEY=VALUE` arguments over the draft, the last one winning.
pub(crate) fn lay_set(draft: &mut Draft, arguments: &[String]) {
    for (index, argument) in arguments.iter().enumerate() {
        let Some((key, value)) = argument.split_once('=') else {
            draft.problems.push(Problem {
                origin: Origin::Set { index, key: argument.clone() },
                key: argument.trim().to_owned(),
                value: None,
                what: "has no value".into(),
                allowed: "KEY=VALUE, such as redis.memory_gb=2".into(),
                remedy: format!("write --set {}=VALUE", argument.trim()),
            });
            continue;
        };
        let key = key.trim();
        give(draft, key, value.trim(), Origin::Set { index, key: key.to_owned() });
    }
}

fn give(draft: &mut Draft, path: &str, text: &str, origin: Origin) {
    let place = Place::one(origin.clone());
    let locate = |_| origin.clone();
    match find(path) {
        Meaning::Unknown => draft.unknown(path, origin),
        Meaning::Table => match DeValue::parse(text) {
            Ok(value) => Walk { draft, locate: &locate }.value(path, &value, origin.clone()),
            Err(_) if text.is_empty() && draft.unset_table(path, &place) => {}
            Err(_) => draft.not_a_table(path, &Value::String(text.into()), origin),
        },
        Meaning::Key(target) if matches!(target.kind(), Kind::Map(_)) && !text.is_empty() => {
            match DeValue::parse(text) {
                Ok(value) => Walk { draft, locate: &locate }.value(path, &value, origin.clone()),
                Err(_) => draft.give(&target, Value::Array(vec![Value::String(text.into())]), place),
            }
        }
        Meaning::Key(target) => draft.give(&target, value_of(&target, text), place),
    }
}

/// What a word means for a key: quotes, numbers and lists as in TOML, otherwise the word itself.
fn value_of(target: &Target, text: &str) -> Value {
    let kind = target.kind();
    let parsed = DeValue::parse(text).ok().map(|value| plain(value.get_ref()));
    match (kind, parsed) {
        (Kind::Text | Kind::Choice(_) | Kind::Range, Some(Value::String(text))) => Value::String(text),
        (Kind::Text | Kind::Choice(_) | Kind::Range, _) => Value::String(text.into()),
        (Kind::Texts | Kind::Wholes { .. } | Kind::Ranges, Some(Value::Array(list))) => Value::Array(list),
        // A list without brackets: the way one writes it in a shell.
        (Kind::Texts | Kind::Wholes { .. } | Kind::Ranges, _) if !text.is_empty() => {
            let whole = matches!(kind, Kind::Wholes { .. });
            let words = text.split(',').map(str::trim);
            let values = words.map(|word| match word.parse::<i64>() {
                Ok(n) if whole => Value::Integer(n),
                _ => Value::String(word.into()),
            });
            Value::Array(values.collect())
        }
        (_, Some(value)) => value,
        (_, None) => Value::String(text.into()),
    }
}
