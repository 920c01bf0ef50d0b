//! Labels that flags change: `--update-…`, `--remove-…`, `--clear-…`.

use crate::call::Call;
use serde_json::{Map, Value, json};

/// The labels after what the flags say of `name` (`labels`, `user-labels`); none where no flag says anything, and none
/// where nothing differs afterwards, which is how gcloud decides whether to send them.
pub(crate) fn changed(call: &Call, name: &str, found: &Value) -> Option<Value> {
    let update = call.dict(&format!("--update-{name}"));
    let remove = call.list(&format!("--remove-{name}"));
    let clear = call.on(&format!("--clear-{name}")) == Some(true);
    if update.is_none() && remove.is_none() && !clear {
        return None;
    }
    let found = found.as_object().cloned().unwrap_or_default();
    let mut labels = if clear { Map::new() } else { found.clone() };
    for (key, value) in update.into_iter().flatten() {
        labels.insert(key, json!(value));
    }
    for key in remove.into_iter().flatten() {
        labels.remove(&key);
    }
    (labels != found).then_some(Value::Object(labels))
}
