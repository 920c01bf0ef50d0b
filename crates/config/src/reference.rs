//! The reference of all keys, as rows for whoever renders them.

use crate::Config;
use crate::draft::lookup;
use crate::key::KEYS;
use crate::resolved::plain;

/// One key of the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `redis.memory_gb`
    pub key: &'static str,
    /// What is allowed.
    pub allowed: String,
    /// The built-in default as TOML writes it; none for an option that is unset.
    pub default: Option<String>,
    /// What it means.
    pub meaning: &'static str,
}

/// All keys, in the order of the model.
pub fn reference() -> Vec<Row> {
    let defaults = plain(&Config::default());
    let row = |key: &crate::key::Key| Row {
        key: key.path,
        allowed: key.kind.allowed(),
        default: lookup(&defaults, key.path).map(toml::Value::to_string),
        meaning: key.meaning,
    };
    KEYS.iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_row() {
        let rows = reference();
        assert_eq!(rows.len(), KEYS.len());
        let memory = rows.iter().find(|row| row.key == "redis.memory_gb").unwrap();
        assert_eq!(memory.default.as_deref(), Some("1"));
        assert_eq!(memory.allowed, "a whole number from 1 to 300");
        let unset: Vec<_> = rows.iter().filter(|row| row.default.is_none()).map(|row| row.key).collect();
        assert!(unset.contains(&"project.billing_account") && !unset.contains(&"redis.rdb_snapshot_period"));
    }
}
