//! When a secret is due to be rotated, and the topics that Secret Manager tells so: the flags of `create` and `update`.

use crate::call::Call;
use crate::failure::Failure;
use serde_json::{Value, json};

/// What becomes of the topics.
#[derive(Debug, Default, PartialEq)]
enum Topics {
    /// Nothing.
    #[default]
    Unsaid,
    /// These come after those that are there.
    Add(Vec<String>),
    /// These go.
    Remove(Vec<String>),
    /// All go.
    Clear,
}

/// What an update says of topics and schedule.
#[derive(Debug, Default)]
pub(super) struct Notices {
    topics: Topics,
    schedule: Option<Value>,
    /// Whether the next time is set or taken away.
    next: bool,
    /// Whether the period is set or taken away.
    period: bool,
}

impl Notices {
    pub(super) fn of(call: &Call) -> Result<Self, Failure> {
        // gcloud asks whether a switch stands there, not which way it points.
        let said = |flag: &str| call.on(flag).is_some();
        let topics = match (call.distinct("--add-topics")?, call.distinct("--remove-topics")?) {
            _ if said("--clear-topics") => Topics::Clear,
            (_, Some(gone)) => Topics::Remove(gone),
            (Some(new), None) => Topics::Add(new),
            (None, None) => Topics::Unsaid,
        };
        let all = said("--remove-rotation-schedule");
        Ok(Self {
            topics,
            schedule: schedule(call),
            next: all || said("--next-rotation-time") || said("--remove-next-rotation-time"),
            period: all || said("--rotation-period") || said("--remove-rotation-period"),
        })
    }

    /// The fields that are changed, in gcloud's order.
    pub(super) fn mask(&self) -> impl Iterator<Item = &'static str> {
        let fields = [
            (self.next, "rotation.next_rotation_time"),
            (self.period, "rotation.rotation_period"),
            (self.topics != Topics::Unsaid, "topics"),
        ];
        fields.into_iter().filter_map(|(changed, field)| changed.then_some(field))
    }

    /// The topics that are sent. Those that stay travel along only where the change is about topics.
    pub(super) fn topics(&self, before: &Value) -> Vec<String> {
        let before = before["topics"].as_array().into_iter().flatten();
        let before = before.filter_map(|topic| topic["name"].as_str().map(str::to_owned));
        match &self.topics {
            Topics::Unsaid | Topics::Clear => Vec::new(),
            Topics::Remove(gone) => before.filter(|name| !gone.contains(name)).collect(),
            Topics::Add(new) => {
                let before: Vec<String> = before.collect();
                let new = new.iter().filter(|name| !before.contains(name)).cloned();
                before.iter().cloned().chain(new).collect()
            }
        }
    }

    /// The schedule that is sent; none also where it is taken away, which the mask says.
    pub(super) fn schedule(&self) -> Option<Value> {
        self.schedule.clone()
    }
}

/// What `--next-rotation-time` and `--rotation-period` say, as it stands in a secret.
pub(super) fn schedule(call: &Call) -> Option<Value> {
    let (next, period) = (call.one("--next-rotation-time"), call.one("--rotation-period"));
    if next.unwrap_or_default().is_empty() && period.unwrap_or_default().is_empty() {
        return None;
    }
    let mut schedule = json!({});
    for (field, value) in [("nextRotationTime", next), ("rotationPeriod", period)] {
        if let Some(value) = value {
            schedule[field] = json!(value);
        }
    }
    Some(schedule)
}

/// Puts both into the secret that is sent; what is empty is left out.
pub(super) fn put(secret: &mut Value, topics: &[String], schedule: Option<Value>) {
    if !topics.is_empty() {
        secret["topics"] = topics.iter().map(|name| json!({ "name": name })).collect();
    }
    if let Some(schedule) = schedule {
        secret["rotation"] = schedule;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_keep_their_order_and_travel_only_when_they_change() {
        let before = json!({ "topics": [{ "name": "a" }, { "name": "b" }] });
        let after = |topics: Topics| Notices { topics, ..Notices::default() }.topics(&before);
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(after(Topics::Add(names(&["c", "a"]))), ["a", "b", "c"]);
        assert_eq!(after(Topics::Remove(names(&["a", "z"]))), ["b"]);
        assert!(after(Topics::Clear).is_empty() && after(Topics::Unsaid).is_empty());
    }

    #[test]
    fn the_mask_says_what_is_taken_away() {
        let notices = Notices { topics: Topics::Clear, next: true, ..Notices::default() };
        assert_eq!(notices.mask().collect::<Vec<_>>(), ["rotation.next_rotation_time", "topics"]);
        let mut secret = json!({});
        put(&mut secret, &notices.topics(&json!({})), notices.schedule());
        assert_eq!(secret, json!({}));
    }
}
