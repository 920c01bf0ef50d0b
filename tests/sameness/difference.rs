//! Known differences, each with its reason: `tests/sameness/differences.toml`.

use serde::Deserialize;
use std::sync::atomic::{AtomicBool, Ordering};

/// A difference that somebody has looked at.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The command's words, or `*`.
    pub command: String,
    /// The variant's name, or `*`.
    pub variant: String,
    /// `exit`, `stdout`, `stderr`, `requests`.
    pub part: String,
    /// Why it may stay.
    pub reason: String,
    /// Whether it was seen.
    #[serde(skip)]
    pub seen: AtomicBool,
}

/// All of them.
#[derive(Debug, Default, Deserialize)]
pub struct Differences {
    /// In the file's order.
    #[serde(default)]
    pub difference: Vec<Difference>,
}

impl Differences {
    /// Reads the file beside this one.
    pub fn read() -> Self {
        toml::from_str(include_str!("differences.toml")).expect("differences.toml is TOML of this shape")
    }

    /// Why this difference may stay.
    pub fn reason(&self, command: &str, variant: &str, part: &str) -> Option<&str> {
        let is = |known: &str, asked: &str| known == "*" || known == asked;
        let found = self
            .difference
            .iter()
            .find(|d| is(&d.command, command) && is(&d.variant, variant) && d.part == part)?;
        found.seen.store(true, Ordering::Relaxed);
        Some(&found.reason)
    }
}
