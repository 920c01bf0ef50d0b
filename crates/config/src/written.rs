//! Writing a config: the text of one that is there already, with all of its comments, and other values in it.

use crate::Config;
use toml::{Table, Value};

impl Config {
    /// The text `base` with this config's values for these keys (`redis.memory_gb`, `ci_cd.github.owner`). A line that is
    /// commented out comes to life; a key without a line gets one at the end of its table.
    pub fn written(&self, base: &str, keys: &[String]) -> String {
        let resolved = self.resolved();
        let mut lines: Vec<String> = base.lines().map(str::to_owned).collect();
        let mut done = Vec::new();
        for key in keys {
            let Some((table, name, value)) = place(&lines, key, &resolved) else { continue };
            if !done.contains(&(table.clone(), name.clone())) {
                put(&mut lines, &table, &name, &value);
                done.push((table, name));
            }
        }
        lines.join("\n") + "\n"
    }
}

/// Which table of the text a key belongs into, under which name, and the value that stands there: all of
/// `database.maintenance` for `database.maintenance.hour`, which has no table of its own.
fn place(lines: &[String], key: &str, resolved: &Table) -> Option<(String, String, Value)> {
    let parts: Vec<&str> = key.split('.').collect();
    let split = (1..parts.len()).rev().find(|n| has_table(lines, &parts[..*n].join(".")))?;
    let mut at = resolved;
    for part in &parts[..split] {
        at = at.get(*part)?.as_table()?;
    }
    let gone = Value::String(String::new());
    let value = at.get(parts[split]).unwrap_or(&gone);
    Some((parts[..split].join("."), parts[split].to_owned(), value.clone()))
}

fn header(line: &str) -> Option<&str> {
    line.trim().strip_prefix('[')?.split(']').next()
}

fn has_table(lines: &[String], table: &str) -> bool {
    lines.iter().any(|line| header(line) == Some(table))
}

fn put(lines: &mut Vec<String>, table: &str, name: &str, value: &Value) {
    let written = format!("{} = {value}", Value::from(name).to_string().trim_matches('"'));
    let Some(start) = lines.iter().position(|line| header(line) == Some(table)) else { return };
    let end = lines[start + 1..].iter().position(|line| header(line).is_some());
    let end = end.map_or(lines.len(), |length| start + 1 + length);
    let is_it = |line: &String| {
        let line = line.trim();
        let line = line.strip_prefix('#').unwrap_or(line).trim_start();
        line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    match lines[start + 1..end].iter().position(is_it) {
        Some(index) => lines[start + 1 + index] = written,
        None => {
            let last = lines[..end].iter().rposition(|line| !line.trim().is_empty()).unwrap_or(start);
            lines.insert(last + 1, written);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::KEYS;
    use crate::{FileSource, Source, load};

    const BASES: [&str; 3] = [
        include_str!("../../../configs/dev.toml"),
        include_str!("../../../configs/staging.toml"),
        include_str!("../../../configs/prod.toml"),
    ];

    fn loaded(text: &str, set: &[&str]) -> Config {
        let file = FileSource::Text { name: "x.toml".into(), bytes: text.as_bytes().to_vec() };
        let set = set.iter().map(|&text| text.to_owned()).collect();
        load(&Source { set, ..Source::file(file) }).unwrap().config
    }

    #[test]
    fn every_key_can_be_written_and_loads_as_it_was() {
        let set = [
            "project.billing_account=01AB23-CD45EF-67AB89",
            "project.organization=123456789012",
            "project.labels.team=web",
            "budget.monthly_amount=100",
            "network.ssh_source_ranges=10.0.0.0/8,192.168.0.0/16",
            "database.maintenance.hour=2",
            "database.flags.log_statement=\"it's \\\"all\\\"\"",
            "redis.rdb_snapshot_period=",
            "cloud_run.connector.name=c",
            "cloud_run.env.LOG_LEVEL=a=b # c",
            "ci_cd.github.owner=acme",
            "ci_cd.github.name=app",
            "ci_cd.included_files=",
            "monitoring.alerts.error_ratio=0.25",
            "monitoring.notification_email=a@acme.dev",
            "rotation.db_password_days=90",
        ];
        for base in BASES {
            let wanted = loaded(base, &set);
            let mut keys: Vec<String> = KEYS.iter().map(|key| key.path.to_owned()).collect();
            keys.extend(set.iter().map(|set| set.split_once('=').unwrap().0.to_owned()));
            keys.sort_by_key(|key| std::cmp::Reverse(key.len()));
            let maps = ["project.labels", "database.flags", "cloud_run.env", "cloud_run.secrets"];
            keys.retain(|key| !maps.contains(&key.as_str()));
            let text = wanted.written(base, &keys);
            assert_eq!(loaded(&text, &[]), wanted, "{text}");
            let comments = |text: &str| {
                text.lines().filter(|line| line.starts_with("# ") && !line.contains(" = ")).count()
            };
            assert_eq!(comments(&text), comments(base), "comments stay");
        }
    }

    #[test]
    fn nothing_else_changes() {
        let config = loaded(BASES[0], &["redis.memory_gb=3"]);
        let text = config.written(BASES[0], &["redis.memory_gb".to_owned()]);
        let differ: Vec<(&str, &str)> = BASES[0].lines().zip(text.lines()).filter(|(a, b)| a != b).collect();
        assert_eq!(differ, [("memory_gb = 1", "memory_gb = 3")]);
    }
}
