use crate::compare::seconds;
use config::Config;
use engine::{Address, AtDestroy, Diff, Need, Reader, Resource, Result, State, Way, Writer};
use gcloud::{Command, gcloud};
use resources::{label_diffs, pairs};
use serde_json::{Map, Value, json};

const DESCRIPTION: &str = "Images that Cloud Build makes and Cloud Run runs. Managed by deploy-all";

/// The repository of Artifact Registry that images are pushed to.
pub struct ImageRepository {
    config: Config,
}

pub fn address(config: &Config) -> Address {
    Address::new("image-repository", &config.ci_cd.repository)
}

impl ImageRepository {
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone() }
    }

    /// The repository of this name.
    pub fn of_name(config: &Config, name: &str) -> Self {
        let mut config = config.clone();
        name.clone_into(&mut config.ci_cd.repository);
        Self { config }
    }

    fn name(&self) -> &str {
        &self.config.ci_cd.repository
    }

    fn describe(&self) -> Command {
        let region = &self.config.project.region;
        gcloud!["artifacts repositories describe", self.name(), "--location={region}"]
    }

    /// What is kept is kept even where another policy would delete it.
    fn cleanup_policies() -> Value {
        json!([
            {"name": "keep-recent", "action": {"type": "Keep"}, "mostRecentVersions": {"keepCount": 10}},
            {"name": "delete-untagged", "action": {"type": "Delete"},
             "condition": {"tagState": "untagged", "olderThan": "2592000s"}}
        ])
    }

    fn set_cleanup_policies(&self, cloud: &Writer) -> Result<()> {
        let region = &self.config.project.region;
        let policies = format!("{:#}\n", Self::cleanup_policies());
        cloud.change(
            gcloud![
                "artifacts repositories set-cleanup-policies",
                self.name(),
                "--location={region}",
                "--no-dry-run"
            ]
            .file("--policy", "cleanup-policies.json", policies),
        )?;
        Ok(())
    }
}

impl Resource for ImageRepository {
    fn address(&self) -> Address {
        address(&self.config)
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Api("artifactregistry.googleapis.com")]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(found) = cloud.find(self.describe())? else { return Ok(State::Absent) };
        let text = |field: &str| found[field].as_str().unwrap_or_default();
        let mut diffs = Vec::new();
        if text("format") != "DOCKER" {
            diffs.push(Diff::new("format", text("format"), "DOCKER"));
        }
        if text("description") != DESCRIPTION {
            diffs.push(Diff::new("description", text("description"), DESCRIPTION));
        }
        diffs.extend(label_diffs(&found["labels"], &self.config.project.labels));
        let (is, wanted) = (policies(&found["cleanupPolicies"]), policies(&Self::cleanup_policies()));
        if is != wanted {
            let is = if is.is_empty() { "(none)".to_owned() } else { Value::Object(is).to_string() };
            let wanted = "keep the 10 most recent, delete untagged ones after 30 days";
            diffs.push(Diff::new("cleanup_policies", is, wanted));
        }
        if found["cleanupPolicyDryRun"] == true {
            diffs.push(Diff::new("cleanup_policies.dry_run", true, false));
        }
        Ok(State::from_diffs(diffs))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let (region, labels) = (&self.config.project.region, &self.config.project.labels);
        let command = gcloud![
            "artifacts repositories create",
            self.name(),
            "--repository-format=docker",
            "--location={region}",
            "--description={DESCRIPTION}"
        ];
        cloud.change(command.arg_if(!labels.is_empty(), format!("--labels={}", pairs(labels))))?;
        self.set_cleanup_policies(cloud)
    }

    /// A repository of another format is somebody else's, and holds what they put there.
    fn way(&self, diffs: &[Diff]) -> Way {
        match diffs.iter().any(|diff| diff.field == "format") {
            false => Way::InPlace,
            true => Way::Never {
                why: "the format of a repository cannot change".to_owned(),
                todo: "choose another name for ci_cd.repository, or delete the one that is there".to_owned(),
            },
        }
    }

    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let differs = |part: &str| diffs.iter().any(|diff| diff.field.starts_with(part));
        if differs("description") || differs("labels") {
            let (region, labels) = (&self.config.project.region, &self.config.project.labels);
            let command = gcloud![
                "artifacts repositories update",
                self.name(),
                "--location={region}",
                "--description={DESCRIPTION}"
            ];
            cloud.change(command.arg_if(!labels.is_empty(), format!("--update-labels={}", pairs(labels))))?;
        }
        if differs("cleanup_policies") {
            self.set_cleanup_policies(cloud)?;
        }
        Ok(())
    }

    fn holds_data(&self) -> bool {
        true
    }

    fn stays_since(&self) -> Option<&'static str> {
        Some("it holds images, which revisions of the service may run")
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::Loses("all images in it")
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let found = cloud.find(self.describe())?;
        Ok(found.is_some_and(|found| resources::labelled(&found, &self.config.project.labels)))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let region = &self.config.project.region;
        cloud.change(gcloud!["artifacts repositories delete", self.name(), "--location={region}"])?;
        Ok(())
    }

    fn output_names(&self) -> &[&'static str] {
        &["images.repository", "images.image", "images.console"]
    }

    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        if cloud.find(self.describe())?.is_none() {
            return Ok(Vec::new());
        }
        let image = self.config.image_path();
        let repository = image.rsplit_once('/').map_or(image.as_str(), |(repository, _)| repository);
        let (project, region) = (&self.config.project.id, &self.config.project.region);
        let page = self.config.console(&format!("artifacts/docker/{project}/{region}/{}", self.name()));
        Ok(vec![
            ("images.repository".to_owned(), repository.to_owned()),
            ("images.image".to_owned(), image),
            ("images.console".to_owned(), page),
        ])
    }
}

/// Policies by name, from the list that gcloud's file holds or from the map that Google answers with: which writes actions
/// and tag states in capitals, and adds an empty fraction to durations.
fn policies(value: &Value) -> Map<String, Value> {
    let listed = value.as_array().into_iter().flatten().filter_map(|p| Some((p["name"].as_str()?, p)));
    let mapped = value.as_object().into_iter().flatten().map(|(name, policy)| (name.as_str(), policy));
    listed.chain(mapped).map(|(name, policy)| (name.to_owned(), policy_in_one_form(policy))).collect()
}

fn policy_in_one_form(policy: &Value) -> Value {
    let capitals = |value: &Value| value.as_str().map(str::to_uppercase);
    let action = capitals(&policy["action"]).or_else(|| capitals(&policy["action"]["type"]));
    let mut condition = policy["condition"].clone();
    if let Some(condition) = condition.as_object_mut() {
        for (field, value) in condition.iter_mut() {
            match field.as_str() {
                "tagState" => *value = json!(capitals(value)),
                "olderThan" | "newerThan" => *value = json!(seconds(value)),
                _ => {}
            }
        }
    }
    json!({"action": action, "condition": condition, "mostRecentVersions": policy["mostRecentVersions"]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_the_same_in_the_files_form_and_in_googles() {
        let answered = json!({
            "delete-untagged": {"id": "delete-untagged", "action": "DELETE",
                                "condition": {"tagState": "UNTAGGED", "olderThan": "2592000.0s"}},
            "keep-recent": {"id": "keep-recent", "action": "KEEP", "mostRecentVersions": {"keepCount": 10}},
        });
        assert_eq!(policies(&answered), policies(&ImageRepository::cleanup_policies()));
        for (path, other) in [
            ("/keep-recent/mostRecentVersions/keepCount", json!(9)),
            ("/keep-recent/action", json!("DELETE")),
            ("/delete-untagged/condition/tagState", json!("ANY")),
            ("/delete-untagged/condition/olderThan", json!("86400s")),
            ("/delete-untagged/condition/packageNamePrefixes", json!(["a"])),
        ] {
            let mut changed = answered.clone();
            let (parent, field) = path.rsplit_once('/').unwrap();
            changed.pointer_mut(parent).unwrap()[field] = other;
            assert_ne!(policies(&changed), policies(&answered), "{path}");
        }
        assert!(policies(&Value::Null).is_empty());
    }
}
