//! What command lines there are: made from gcloud by `scripts/gcloud-grammar`.

use serde::Deserialize;
use std::collections::BTreeMap;

/// One JSON object a line; the first is what every command takes.
const LINES: &str = include_str!("grammar.ndjson");

/// One command's arguments.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Grammar {
    /// Words without a dash.
    #[serde(default)]
    pub positionals: Vec<Positional>,
    /// By name, `--region`.
    pub flags: BTreeMap<String, Flag>,
    /// What must be given, and what excludes each other.
    #[serde(default)]
    pub constraints: Vec<Constraint>,
}

/// A word without a dash.
#[derive(Debug, Deserialize)]
pub(crate) struct Positional {
    /// As gcloud's messages name it: `INSTANCE`.
    pub name: String,
    /// `1`, `?`, `*`, `+`.
    pub nargs: String,
    /// Whether it must be given.
    pub required: bool,
}

/// A flag.
#[derive(Debug, Deserialize)]
pub(crate) struct Flag {
    /// What it takes.
    pub kind: Kind,
    /// What it may be; empty: anything.
    #[serde(default)]
    pub choices: Vec<String>,
    /// Short names, `-i`.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// What a flag takes.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    /// Nothing; `--no-…` says the opposite.
    Bool,
    /// A whole number.
    Int,
    /// Values with commas between.
    List,
    /// `key=value` with commas between.
    Dict,
    /// Anything.
    String,
}

/// What a group of arguments demands.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Constraint {
    /// An argument of a group.
    Name(String),
    /// An argument that must be given, if any of its group is.
    Required {
        /// Its name.
        name: String,
        /// Always true; it tells this shape from the others.
        #[allow(dead_code)]
        required: bool,
    },
    /// A group.
    Group {
        /// What it is made of.
        args: Vec<Constraint>,
        /// At most one of them.
        #[serde(default)]
        mutex: bool,
        /// At least one of them.
        #[serde(default)]
        required: bool,
        /// A positional belongs to it, which its flags only complete.
        #[serde(default)]
        positional: bool,
    },
}

impl Grammar {
    /// The grammar of a command, with the flags that every command takes; `None` for one that is not in the list.
    pub(crate) fn of(command: &str) -> Option<Self> {
        let mut grammar = line(command)?;
        grammar.flags.extend(line("")?.flags);
        Some(grammar)
    }
}

fn line(command: &str) -> Option<Grammar> {
    let start = format!("{{\"command\":\"{command}\",");
    let line = LINES.lines().find(|line| line.starts_with(&start))?;
    serde_json::from_str(line).ok()
}

/// Whether a command begins with these words: then they name a group.
pub(crate) fn is_group(words: &str) -> bool {
    let start = format!("{{\"command\":\"{words} ");
    LINES.lines().any(|line| line.starts_with(&start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_can_be_read() {
        for line in LINES.lines() {
            serde_json::from_str::<Grammar>(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        }
        assert!(Grammar::of("sql instances create").unwrap().flags.contains_key("--project"));
        assert!(Grammar::of("sql instances frobnicate").is_none());
        assert!(is_group("sql instances") && is_group("sql") && !is_group("sqlite"));
    }
}
