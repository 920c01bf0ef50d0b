use crate::connect::{self, Source};
use crate::{MARK, build, compare};
use config::{Config, names};
use engine::{Address, Diff, Error, Need, Reader, Resource, Result, State, Writer};
use gcloud::{Cause, Command, Kind, gcloud};
use resources::ServiceAccount;
use serde_json::{Map, Value, json};

/// Builds and deploys on a push to the configured branch.
pub struct BuildTrigger {
    config: Config,
    /// None: it is not made, only looked at and deleted.
    source: Option<Source>,
}

pub fn address() -> Address {
    Address::new("build-trigger", names::TRIGGER)
}

/// The kinds of events and of builds, of which a trigger has one each.
const ONE_EACH: &[&str] = &[
    "autodetect",
    "bitbucketServerTriggerConfig",
    "build",
    "developerConnectEventConfig",
    "filename",
    "gitFileSource",
    "gitlabEnterpriseEventsConfig",
    "pubsubConfig",
    "sourceToBuild",
    "triggerTemplate",
    "webhookConfig",
    "github",
    "repositoryEventConfig",
    "eventType",
];

impl BuildTrigger {
    pub fn new(config: &Config, source: Source) -> Self {
        Self { config: config.clone(), source: Some(source) }
    }

    /// The one that is there, whatever it builds.
    pub fn former(config: &Config) -> Self {
        Self { config: config.clone(), source: None }
    }

    /// Its name is its identity: a command that names it can be repeated.
    fn describe(&self) -> Command {
        let region = &self.config.project.region;
        gcloud!["builds triggers describe", names::TRIGGER, "--region={region}"]
    }

    /// What it must be. The build is in it, so that the repository needs no file for it, and a push cannot change what the
    /// build account does.
    pub fn wanted(&self) -> Result<Value> {
        let Config { project, ci_cd, .. } = &self.config;
        let push = json!({"branch": self.config.branch_pattern()});
        let mut trigger = json!({
            "name": names::TRIGGER,
            "description": format!("{MARK}: test, build, push and deploy on a push to {}", ci_cd.branch),
            "includedFiles": ci_cd.included_files,
            "serviceAccount": format!("projects/{}/serviceAccounts/{}", project.id, self.config.build_account_email()),
            "build": build::inline(&self.config)?,
        });
        match &self.source {
            None => {}
            Some(Source::GitHub(repository)) => {
                trigger["github"] = json!({"owner": repository.owner, "name": repository.name, "push": push});
            }
            Some(Source::Connection(path)) => {
                trigger["repositoryEventConfig"] = json!({"repository": path, "push": push});
            }
        }
        Ok(trigger)
    }

    /// `import` replaces the whole trigger, or makes it: one command for both.
    fn import(&self, cloud: &Writer, trigger: &Value) -> Result<()> {
        let Some(source) = &self.source else { return Ok(()) };
        if let Source::Connection(path) = source {
            let (connection, repository) = connect::parts(path);
            let region = &self.config.project.region;
            let linked = gcloud![
                "builds repositories describe",
                repository,
                "--connection={connection}",
                "--region={region}"
            ];
            if cloud.find(linked)?.is_none() {
                return Err(connect::not_connected(&self.config, source));
            }
        }
        let region = &self.config.project.region;
        let command = gcloud!["builds triggers import", "--region={region}"];
        cloud.may_be_left(&connect::not_connected(&self.config, source));
        match cloud.change(command.file("--source", "build-trigger.json", format!("{trigger:#}\n"))) {
            Ok(_) => Ok(()),
            Err(error) if unconnected(&error) => Err(connect::not_connected(&self.config, source)),
            Err(error) => Err(error),
        }
    }
}

fn unconnected(error: &Error) -> bool {
    error.kind() == Some(&Kind::Person(Cause::RepositoryNotConnected))
}

/// The trigger that is there, with what the config says in the place of what it had, and all that a person added (an approval,
/// ignored files, a pause) left in it.
fn merged(found: &Value, wanted: &Value) -> Value {
    let mut trigger = found.clone();
    let (Some(fields), Some(wanted)) = (trigger.as_object_mut(), wanted.as_object()) else {
        return wanted.clone();
    };
    fields.retain(|field, _| !ONE_EACH.contains(&field.as_str()));
    // Only Google sets these.
    fields.retain(|field, _| !["createTime", "resourceName"].contains(&field.as_str()));
    let ours: &Map<String, Value> = wanted;
    fields.extend(ours.iter().map(|(field, value)| (field.clone(), value.clone())));
    // They would override those of the build.
    fields.remove("substitutions");
    trigger
}

impl Resource for BuildTrigger {
    fn address(&self) -> Address {
        address()
    }

    fn needs(&self) -> Vec<Need> {
        let account = Need::Resource(ServiceAccount::address_of(names::BUILD_ACCOUNT));
        vec![Need::Api("cloudbuild.googleapis.com"), account]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(found) = cloud.find(self.describe())? else { return Ok(State::Absent) };
        Ok(State::from_diffs(compare::trigger_diffs(&found, &self.wanted()?)))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        self.import(cloud, &self.wanted()?)
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let found = cloud.find(self.describe())?.unwrap_or_default();
        self.import(cloud, &merged(&found, &self.wanted()?))
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let found = cloud.find(self.describe())?;
        let description = found.as_ref().and_then(|found| found["description"].as_str());
        Ok(description.is_some_and(|description| description.starts_with(MARK)))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let region = &self.config.project.region;
        cloud.change(gcloud!["builds triggers delete", names::TRIGGER, "--region={region}"])?;
        Ok(())
    }

    fn output_names(&self) -> &[&'static str] {
        &["build.trigger", "build.history"]
    }

    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        if cloud.find(self.describe())?.is_none() {
            return Ok(Vec::new());
        }
        let page = self.config.console(&format!("cloud-build/builds;region={}", self.config.project.region));
        Ok(vec![("build.trigger".to_owned(), names::TRIGGER.to_owned()), ("build.history".to_owned(), page)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_keeps_what_a_person_added() {
        let found = json!({
            "id": "1", "name": "t", "createTime": "x", "resourceName": "y", "filename": "f", "eventType": "WEBHOOK",
            "webhookConfig": {"secret": "s"}, "approvalConfig": {"approvalRequired": true}, "disabled": true,
            "substitutions": {"_IMAGE": "z"},
        });
        let wanted = json!({"name": "t", "github": {"owner": "a"}, "build": {"steps": []}});
        let expected = json!({
            "id": "1", "name": "t", "github": {"owner": "a"}, "build": {"steps": []},
            "approvalConfig": {"approvalRequired": true}, "disabled": true,
        });
        assert_eq!(merged(&found, &wanted), expected);
        assert_eq!(merged(&Value::Null, &wanted), wanted);
    }
}
