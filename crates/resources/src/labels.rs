//! Whose something is.

use serde_json::Value;
use std::collections::BTreeMap;

/// The label whose value tells that this tool made something.
const OWNER: &str = "managed-by";

/// Whether something carries the owner's label with the value that the config gives it. Without such a label in the config
/// nothing does.
pub fn labelled(found: &Value, labels: &BTreeMap<String, String>) -> bool {
    labels.get(OWNER).is_some_and(|owner| found["labels"][OWNER] == owner.as_str())
}
