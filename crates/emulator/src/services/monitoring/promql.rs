//! PromQL, as far as an emulator without data can judge it: that it is closed, and that its metrics exist.

use super::metrics::{self, Metric};
use crate::world::World;
use regex::Regex;
use std::sync::LazyLock;

/// `serviceruntime_googleapis_com:quota_limit`: the first slash of a metric's name becomes a colon, every other
/// special character an underscore (Google's page on PromQL).
static NAME: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\b([a-z]+)_googleapis_com:(\w+)").expect("a valid expression"));

/// Refuses what no parser takes.
pub fn check(query: &str) -> Result<(), String> {
    if query.trim().is_empty() {
        return Err("The query must not be empty.".to_owned());
    }
    let mut open = Vec::new();
    let mut quote = None;
    let mut escaped = false;
    for c in query.chars() {
        if let Some(end) = quote {
            if !escaped && c == end {
                quote = None;
            }
            escaped = c == '\\' && !escaped;
            continue;
        }
        match c {
            '"' | '\'' | '`' => quote = Some(c),
            '(' => open.push(')'),
            '[' => open.push(']'),
            '{' => open.push('}'),
            ')' | ']' | '}' if open.pop() != Some(c) => {
                return Err(format!("parse error: unexpected \"{c}\""));
            }
            _ => {}
        }
    }
    if quote.is_some() {
        return Err("parse error: unterminated quoted string".to_owned());
    }
    match open.pop() {
        Some(')') => Err("parse error: unclosed left parenthesis".to_owned()),
        Some(']') => Err("parse error: unclosed left bracket".to_owned()),
        Some(_) => Err("parse error: unclosed left brace".to_owned()),
        None => Ok(()),
    }
}

/// The first metric of the query that does not exist, by its Cloud Monitoring name where it is known.
pub fn unknown_metric(world: &World, project: &str, query: &str) -> Option<String> {
    let known: Vec<String> = metrics::descriptors(world, project)
        .iter()
        .filter_map(|d| d["type"].as_str())
        .filter(|name| matches!(metrics::find(world, project, name), Metric::Known(..)))
        .map(translated)
        .collect();
    NAME.captures_iter(query).find_map(|found| {
        let full = &found[0];
        let listed = known.iter().any(|k| k.starts_with(&format!("{}_googleapis_com:", &found[1])));
        let plain = ["_bucket", "_count", "_sum"].iter().find_map(|suffix| full.strip_suffix(suffix));
        let exists = known.iter().any(|k| k == full || Some(k.as_str()) == plain);
        (listed && !exists).then(|| full.to_owned())
    })
}

fn translated(name: &str) -> String {
    let (host, rest) = name.split_once('/').unwrap_or((name, ""));
    let plain = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    format!("{}:{}", plain(host), plain(rest))
}
