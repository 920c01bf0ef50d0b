//! Labels: as gcloud takes them, held against what the config wants, and whose something is.

use engine::Diff;
use serde_json::Value;
use std::collections::BTreeMap;

/// The label whose value tells that this tool made something.
const OWNER: &str = "managed-by";

/// `a=b,c=d`
pub fn pairs(labels: &BTreeMap<String, String>) -> String {
    labels.iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(",")
}

/// The configured labels that are not there; others are left alone.
pub fn label_diffs(found: &Value, wanted: &BTreeMap<String, String>) -> Vec<Diff> {
    let differ = wanted.iter().filter(|(key, value)| found[key.as_str()] != value.as_str());
    let diff = |(key, value): (&String, &String)| {
        Diff::new(format!("labels.{key}"), found[key.as_str()].as_str().unwrap_or("(none)"), value)
    };
    differ.map(diff).collect()
}

/// Whether something carries the owner's label with the value that the config gives it. Without such a label in the config
/// nothing does.
pub fn labelled(found: &Value, labels: &BTreeMap<String, String>) -> bool {
    labels.get(OWNER).is_some_and(|owner| found["labels"][OWNER] == owner.as_str())
}
