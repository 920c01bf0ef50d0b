//! Objects whose ids Google chooses: found by labels, out of one list a kind.

use config::Config;
use engine::{Error, Reader, Result, Writer};
use gcloud::{Command, gcloud};
use serde_json::{Map, Value, json};

/// The label that says which deployment an object belongs to: its value is the Cloud Run service's name.
const OWNER: &str = "deploy-all-service";
/// The label that says which of its objects it is.
const KEY: &str = "deploy-all-key";

/// A kind of such objects.
#[derive(Clone, Copy)]
pub struct Kind {
    /// As in addresses.
    pub name: &'static str,
    /// As in the address of those that nothing keeps.
    pub leftovers: &'static str,
    /// Where its labels are.
    labels: &'static str,
    /// The command's group.
    group: &'static str,
    /// The command's last word.
    list: &'static str,
}

/// Alert policies: their commands are in gcloud's alpha track only.
pub const POLICY: Kind = Kind {
    name: "alert-policy",
    leftovers: "leftover-alert-policies",
    labels: "userLabels",
    group: "alpha monitoring policies",
    list: "list",
};
/// Notification channels: in the beta track.
pub const CHANNEL: Kind = Kind {
    name: "notification-channel",
    leftovers: "leftover-notification-channels",
    labels: "userLabels",
    group: "beta monitoring channels",
    list: "list",
};
/// Uptime checks.
pub const UPTIME: Kind = Kind {
    name: "uptime-check",
    leftovers: "leftover-uptime-checks",
    labels: "userLabels",
    group: "monitoring uptime",
    list: "list-configs",
};
/// Dashboards.
pub const DASHBOARD: Kind = Kind {
    name: "dashboard",
    leftovers: "leftover-dashboards",
    labels: "labels",
    group: "monitoring dashboards",
    list: "list",
};

impl Kind {
    /// All of the project. Without `--filter`: that would be compared without regard to case, or sent to Google.
    pub fn list(self) -> Command {
        Command::new(self.group).arg(self.list)
    }

    /// Ends one.
    pub fn delete(self, name: &str) -> Command {
        Command::new(self.group).arg("delete").arg(name)
    }

    /// Those of this deployment, oldest first.
    pub fn ours(self, cloud: &Reader, config: &Config) -> Result<Vec<Value>> {
        let mut rows = cloud.list(self.list())?;
        rows.retain(|row| row[self.labels][OWNER] == config.cloud_run.service.as_str());
        rows.sort_by_key(|row| {
            let made = row["creationRecord"]["mutateTime"].as_str().unwrap_or_default();
            (made.to_owned(), name(row).to_owned())
        });
        Ok(rows)
    }

    /// Those of this deployment with this key, oldest first. gcloud repeats a create whose answer was lost, so there can
    /// be several that are the same; several that differ are for a person to look at.
    pub fn alike(self, cloud: &Reader, config: &Config, key: &str) -> Result<Vec<Value>> {
        let mut rows = self.ours(cloud, config)?;
        rows.retain(|row| row[self.labels][KEY] == key);
        same(self, rows)
    }

    /// The one of this deployment with this key.
    pub fn one(self, cloud: &Reader, config: &Config, key: &str) -> Result<Option<Value>> {
        Ok(self.alike(cloud, config, key)?.into_iter().next())
    }

    /// Says that the list will show one more.
    pub fn foretell(self, cloud: &Writer, made: impl FnOnce() -> Value) -> Result<()> {
        cloud.foretell(&self.list(), |_| {
            let mut rows = cloud.list(self.list())?;
            rows.push(made());
            Ok(Value::Array(rows))
        })
    }

    /// Which key an object has.
    pub fn key(self, row: &Value) -> &str {
        row[self.labels][KEY].as_str().unwrap_or_default()
    }
}

/// Refuses rows that differ in what a person set.
pub fn same(kind: Kind, rows: Vec<Value>) -> Result<Vec<Value>> {
    let settings: Vec<Value> = rows.iter().map(settings).collect();
    if settings.windows(2).all(|two| two[0] == two[1]) {
        return Ok(rows);
    }
    let names: Vec<String> = rows
        .iter()
        .map(|row| format!("{} ({})", name(row), row["displayName"].as_str().unwrap_or_default()))
        .collect();
    Err(Error::person(
        format!("there are {} different objects of kind {} where one is wanted", rows.len(), kind.name),
        format!("all of these carry this deployment's labels: {}", names.join(", ")),
        format!("keep one and delete the others with `gcloud {}`", kind.delete("NAME").args().join(" ")),
    ))
}

/// An object without what Google sets.
fn settings(row: &Value) -> Value {
    let mut row = row.clone();
    if let Some(map) = row.as_object_mut() {
        for field in ["name", "etag", "creationRecord", "mutationRecord", "mutationRecords"] {
            map.remove(field);
        }
    }
    for condition in row["conditions"].as_array_mut().into_iter().flatten() {
        if let Some(map) = condition.as_object_mut() {
            map.remove("name");
        }
    }
    row
}

/// An object's full name.
pub fn name(row: &Value) -> &str {
    row["name"].as_str().unwrap_or_default()
}

/// An object's id: the end of its name.
pub fn id(row: &Value) -> &str {
    name(row).rsplit('/').next().unwrap_or_default()
}

/// The labels of an object: the project's, and those that it is found by.
pub fn labels(config: &Config, key: &str) -> Value {
    let mut labels: Map<String, Value> =
        config.project.labels.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
    labels.insert(OWNER.to_owned(), json!(config.cloud_run.service));
    labels.insert(KEY.to_owned(), json!(key));
    Value::Object(labels)
}

/// The alert policies, as a list: which object do they watch?
pub fn policies(cloud: &Reader) -> Result<Vec<Value>> {
    cloud.list(gcloud!["alpha monitoring policies list"])
}
