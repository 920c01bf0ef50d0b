//! `gcloud secrets update`.

use super::rotation::{self, Notices};
use super::{HOST, object, path};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use crate::print::Answer;
use serde_json::{Map, Value, json};

const FLAGS: [&str; 14] = [
    "--update-labels",
    "--remove-labels",
    "--clear-labels",
    "--update-annotations",
    "--remove-annotations",
    "--clear-annotations",
    "--add-topics",
    "--remove-topics",
    "--clear-topics",
    "--next-rotation-time",
    "--remove-next-rotation-time",
    "--rotation-period",
    "--remove-rotation-period",
    "--remove-rotation-schedule",
];

/// What gcloud asks for if nothing is to be changed, in its order.
const WANTED: &str = "--clear-labels, --remove-labels, --update-labels, --ttl, --expire-time, --remove-expiration, \
                      --clear-topics, --remove-topics, --add-topics, --update-version-aliases, \
                      --remove-version-aliases, --clear-version-aliases, --update-annotations, --remove-annotations, \
                      --clear-annotations, --next-rotation-time, --remove-next-rotation-time, --rotation-period, \
                      --remove-rotation-period, --remove-rotation-schedule, --version-destroy-ttl, \
                      --remove-version-destroy-ttl, --remove_regional_kms_key_name, --regional-kms-key-name";

pub(super) fn update(call: &Call) -> Result<Answer, Failure> {
    call.takes(&FLAGS)?;
    let notices = Notices::of(call)?;
    let (name, path) = (call.word("SECRET"), path(call)?);
    let before = match call.google.send(&Request::new("GET", HOST, path.clone())) {
        Ok(secret) => secret,
        Err(Trouble::Refused(refusal)) if refusal.code == 404 => {
            return Err(Failure::Said(format!(
                "Invalid value for [secret]: The secret [{name}] cannot be updated because it does not exist. Please \
                 use the create command to create a new secret."
            )));
        }
        Err(other) => return Err(other.into()),
    };
    let (body, mask) =
        change(&Changes::of(call, "labels"), &notices, &Changes::of(call, "annotations"), &before);
    if mask.is_empty() {
        return Err(Failure::Said(format!(
            "One of [{WANTED}] must be supplied: There are no changes to the secret [{name}] for update.."
        )));
    }
    let request = Request::new("PATCH", HOST, path).with("updateMask", mask.join(",")).body(body);
    let after = call.message(&request)?;
    call.say(&format!("Updated secret [{name}]."));
    Ok(Answer::Value(after))
}

/// What is to become of labels or annotations.
#[derive(Default)]
struct Changes {
    update: Option<Map<String, Value>>,
    remove: Option<Vec<String>>,
    clear: bool,
}

impl Changes {
    fn of(call: &Call, what: &str) -> Self {
        Self {
            update: call.dict(&format!("--update-{what}")).map(object),
            remove: call.list(&format!("--remove-{what}")),
            clear: call.on(&format!("--clear-{what}")) == Some(true),
        }
    }

    fn any(&self) -> bool {
        self.update.is_some() || self.remove.is_some() || self.clear
    }
}

/// The secret that is sent, and what of it counts.
fn change(
    labels: &Changes,
    notices: &Notices,
    annotations: &Changes,
    before: &Value,
) -> (Value, Vec<&'static str>) {
    let was = |field: &str| before[field].as_object().cloned().unwrap_or_default();
    let mut body = json!({ "annotations": {}, "versionAliases": {} });
    let mut mask = Vec::new();
    let mut new = was("labels");
    if labels.any() {
        mask.push("labels");
        if labels.clear {
            new.clear();
        }
        new.extend(labels.update.clone().unwrap_or_default());
        labels.remove.iter().flatten().for_each(|key| drop(new.remove(key)));
    }
    // Labels travel along whatever the change is about.
    if !new.is_empty() || (labels.clear && before["labels"].is_object()) {
        body["labels"] = new.into();
    }
    mask.extend(notices.mask());
    rotation::put(&mut body, &notices.topics(before), notices.schedule());
    if annotations.any() {
        mask.push("annotations");
        // New annotations take the place of all that were there: gcloud merges the old ones into a copy and then does
        // not use it.
        let mut new = annotations.update.clone().unwrap_or_default();
        if let Some(gone) = &annotations.remove {
            new = was("annotations");
            new.retain(|key, _| !gone.contains(key));
        }
        body["annotations"] = new.into();
    }
    (body, mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(value: Value) -> Option<Map<String, Value>> {
        value.as_object().cloned()
    }

    #[test]
    fn new_annotations_replace_the_old_ones_and_labels_are_merged() {
        let before = json!({ "labels": { "a": "1", "b": "2" }, "annotations": { "x": "y" } });
        let new =
            Changes { update: pairs(json!({ "b": "3" })), remove: Some(vec!["a".to_owned()]), clear: false };
        let none = Notices::default();
        let (body, mask) = change(&new, &none, &Changes::default(), &before);
        assert_eq!(body, json!({ "annotations": {}, "versionAliases": {}, "labels": { "b": "3" } }));
        assert_eq!(mask, ["labels"]);
        let new = Changes { update: pairs(json!({ "z": "1" })), ..Changes::default() };
        let (body, mask) = change(&Changes::default(), &none, &new, &before);
        assert_eq!(body["annotations"], json!({ "z": "1" }));
        assert_eq!(body["labels"], before["labels"]);
        assert_eq!(mask, ["annotations"]);
    }
}
