//! The project itself.

use crate::{billing, rights};
use config::Config;
use engine::{Address, AtDestroy, Diff, Error, Finding, Reader, Resource, Result, State, Writer};
use gcloud::gcloud;
use resources::{describe_project, describe_project_command, label_diffs, pairs, project_address};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The project.
pub(crate) struct Project {
    id: String,
    name: String,
    parent: Option<Parent>,
    labels: BTreeMap<String, String>,
    billing_account: Option<String>,
    config: Config,
}

/// Where the project lies.
struct Parent {
    /// `organization` or `folder`
    kind: &'static str,
    number: String,
}

impl Project {
    pub(crate) fn new(config: &Config) -> Self {
        let project = &config.project;
        let folder = project.folder.as_ref().map(|number| ("folder", number));
        let organization = project.organization.as_ref().map(|number| ("organization", number));
        Self {
            id: project.id.clone(),
            name: project.name.clone(),
            parent: folder.or(organization).map(|(kind, number)| Parent { kind, number: number.clone() }),
            labels: project.labels.clone(),
            billing_account: project.billing_account.clone(),
            config: config.clone(),
        }
    }

    /// Whether this tool made it: then its name and labels are kept as configured. Another's stay as they are.
    fn ours(&self, cloud: &Reader, found: &Value) -> bool {
        resources::labelled(found, &self.labels) || cloud.made_by_us(&self.address())
    }

    fn check_parent(&self, found: &Value) -> Result<()> {
        let Some(Parent { kind, number }) = &self.parent else { return Ok(()) };
        let (found_kind, found_number) = (
            found["parent"]["type"].as_str().unwrap_or("nothing"),
            found["parent"]["id"].as_str().unwrap_or(""),
        );
        if (found_kind, found_number) == (*kind, number.as_str()) {
            return Ok(());
        }
        let id = &self.id;
        Err(Error::person(
            format!("project {id} lies elsewhere than the config says"),
            format!("it is under {found_kind} {found_number}; project.{kind} is {number}"),
            format!("move it (`gcloud beta projects move {id} --{kind}={number}`), or change project.{kind}"),
        ))
    }
}

impl Resource for Project {
    fn address(&self) -> Address {
        project_address(&self.id)
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let id = &self.id;
        let Some(found) = describe_project(cloud, id)? else {
            // Better to learn now than with a new project on one's hands that nothing pays for.
            billing::choose(cloud, self.billing_account.as_deref())?;
            return Ok(State::Absent);
        };
        match found["lifecycleState"].as_str() {
            Some("ACTIVE") => {}
            Some(state) => {
                return Err(Error::person(
                    format!("project {id} is marked for deletion ({state})"),
                    "somebody deleted it in the last 30 days; its id stays taken",
                    format!("bring it back (`gcloud projects undelete {id}`), or choose another project.id"),
                ));
            }
            None => return Err(Error::answer("projects describe", "the project has no lifecycleState")),
        }
        self.check_parent(&found)?;
        let mut diffs = Vec::new();
        if self.ours(cloud, &found) {
            let name = found["name"].as_str().unwrap_or_default();
            if name != self.name {
                diffs.push(Diff::new("name", name, &self.name));
            }
            diffs.extend(label_diffs(&found["labels"], &self.labels));
        }
        Ok(State::from_diffs(diffs))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let Self { id, name, parent, .. } = self;
        let mut create = gcloud!["projects create", id, "--name={name}", "--no-enable-cloud-apis"];
        if let Some(Parent { kind, number }) = parent {
            create = create.arg(format!("--{kind}={number}"));
        }
        if !self.labels.is_empty() {
            create = create.arg(format!("--labels={}", pairs(&self.labels)));
        }
        let made = cloud.change(create.without_project())?;
        if made["lifecycleState"] == "ACTIVE" {
            cloud.remember(&describe_project_command(id), made);
        }
        cloud.foretell(&describe_project_command(id), |later| {
            let number = gcloud!["projects describe", id, "--format=value(projectNumber)"].without_project();
            let number = later.number("PROJECT_NUMBER", number);
            Ok(json!({"projectId": id, "projectNumber": number, "lifecycleState": "ACTIVE"}))
        })
    }

    /// GA's `projects update` has the name only.
    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let Self { id, name, .. } = self;
        let update = if diffs.iter().any(|diff| diff.field.starts_with("labels.")) {
            let labels = pairs(&self.labels);
            gcloud!["alpha projects update", id, "--name={name}", "--update-labels={labels}"]
        } else {
            gcloud!["projects update", id, "--name={name}"]
        };
        cloud.change(update.without_project())?;
        Ok(())
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::KeptUnlessNamed {
            why: "its id could never be used again",
            loses: "the whole project, with all that others have put into it",
        }
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let found = describe_project(cloud, &self.id)?;
        Ok(found.is_some_and(|found| resources::labelled(&found, &self.labels)))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["projects delete", &self.id].without_project())?;
        Ok(())
    }

    fn expected_seconds(&self) -> Option<u32> {
        Some(10)
    }

    fn holds_data(&self) -> bool {
        true
    }

    fn may_preexist(&self) -> bool {
        true
    }

    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let number = resources::project_number(cloud, &self.id)?.unwrap_or_default();
        rights::verify(cloud, &self.config, &number)
    }

    fn output_names(&self) -> &[&'static str] {
        &["project.id", "project.number", "project.console"]
    }

    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        let Some(number) = resources::project_number(cloud, &self.id)? else { return Ok(Vec::new()) };
        Ok(vec![
            ("project.id".to_owned(), self.id.clone()),
            ("project.number".to_owned(), number),
            ("project.console".to_owned(), self.config.console("home/dashboard")),
        ])
    }
}
