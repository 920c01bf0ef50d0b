//! The config as plain data: what the checkpoint records, and how two of them differ.

use crate::Config;
use std::collections::BTreeSet;
use toml::{Table, Value};

impl Config {
    /// Every value that is in force, as a table that loads to an equal config.
    ///
    /// A default that was taken out (an unset option, a removed map entry) shows as an empty value, because
    /// leaving it out would bring the default back.
    pub fn resolved(&self) -> Table {
        let mut table = plain(self);
        mark_removed(&mut table, &plain(&Config::default()));
        table
    }
}

/// The config as a table that lacks what is unset.
pub(crate) fn plain(config: &Config) -> Table {
    Table::try_from(config).expect("the model holds only what TOML can say")
}

fn mark_removed(table: &mut Table, defaults: &Table) {
    for (key, default) in defaults {
        match (table.get_mut(key), default) {
            (None, _) => drop(table.insert(key.clone(), Value::String(String::new()))),
            (Some(Value::Table(inner)), Value::Table(defaults)) => mark_removed(inner, defaults),
            _ => {}
        }
    }
}

/// The keys (`redis.memory_gb`) whose values differ between two resolved configs, in order.
pub fn differing_keys(a: &Table, b: &Table) -> Vec<String> {
    let mut keys = BTreeSet::new();
    differ("", a, b, &mut keys);
    keys.into_iter().collect()
}

fn differ(prefix: &str, a: &Table, b: &Table, keys: &mut BTreeSet<String>) {
    let both: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    let empty = Table::new();
    for key in both {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match (a.get(key), b.get(key)) {
            (Some(Value::Table(a)), Some(Value::Table(b))) => differ(&path, a, b, keys),
            // A whole table on one side only is named key by key, as anyone would who wrote it.
            (Some(Value::Table(one)), None) | (None, Some(Value::Table(one))) if !one.is_empty() => {
                differ(&path, one, &empty, keys);
            }
            (a, b) if a != b => drop(keys.insert(path)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GitHub;

    #[test]
    fn differences_are_named_key_by_key() {
        let mut other = Config::default();
        other.redis.memory_gb = 5;
        other.redis.rdb_snapshot_period = None;
        other.ci_cd.github = Some(GitHub { owner: "acme".into(), name: "app".into() });
        other.project.labels.remove("app");
        other.budget.thresholds.pop();
        let (a, b) = (Config::default().resolved(), other.resolved());
        let expected = [
            "budget.thresholds",
            "ci_cd.github.name",
            "ci_cd.github.owner",
            "project.labels.app",
            "redis.memory_gb",
            "redis.rdb_snapshot_period",
        ];
        assert_eq!(differing_keys(&a, &b), expected);
        assert_eq!(differing_keys(&b, &a), expected);
        assert!(differing_keys(&a, &a).is_empty());
    }

    #[test]
    fn a_default_that_was_taken_out_stays_visible() {
        let mut config = Config::default();
        config.redis.rdb_snapshot_period = None;
        assert_eq!(config.resolved()["redis"]["rdb_snapshot_period"].as_str(), Some(""));
        assert!(config.resolved()["project"].get("organization").is_none());
    }
}
