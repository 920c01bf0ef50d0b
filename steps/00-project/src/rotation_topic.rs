//! The Pub/Sub topic that Secret Manager tells when a secret is due to be rotated, and its right to do so. Who wants to hear
//! it subscribes to the topic.

use config::Config;
use engine::{Address, AtDestroy, Diff, Need, Reader, Resource, Result, State, Writer};
use gcloud::{Command, gcloud};
use resources::{IamBinding, label_diffs, labelled, pairs, rotation_publisher, topic_address};
use std::collections::BTreeMap;

/// The topic.
pub(crate) struct RotationTopic {
    project: String,
    topic: String,
    labels: BTreeMap<String, String>,
    wanted: bool,
}

impl RotationTopic {
    pub(crate) fn new(config: &Config) -> Self {
        let Config { project, rotation, .. } = config;
        Self {
            project: project.id.clone(),
            topic: rotation.topic.clone(),
            labels: project.labels.clone(),
            wanted: true,
        }
    }

    /// One of this name that the config names no more.
    pub(crate) fn former(config: &Config, topic: &str) -> Self {
        Self { topic: topic.to_owned(), wanted: false, ..Self::new(config) }
    }

    fn describe(&self) -> Command {
        gcloud!["pubsub topics describe", self.topic]
    }
}

impl Resource for RotationTopic {
    fn address(&self) -> Address {
        topic_address(&self.topic)
    }

    fn wanted(&self) -> bool {
        self.wanted
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Api("pubsub.googleapis.com")]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(found) = cloud.find(self.describe())? else { return Ok(State::Absent) };
        Ok(State::from_diffs(label_diffs(&found["labels"], &self.labels)))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let command = gcloud!["pubsub topics create", self.topic];
        cloud.change(command.arg_if(!self.labels.is_empty(), format!("--labels={}", pairs(&self.labels))))?;
        Ok(())
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        cloud.change(gcloud![
            "pubsub topics update",
            self.topic,
            format!("--update-labels={}", pairs(&self.labels))
        ])?;
        Ok(())
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        Ok(cloud.find(self.describe())?.is_some_and(|found| labelled(&found, &self.labels)))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["pubsub topics delete", self.topic])?;
        Ok(())
    }

    fn output_names(&self) -> &[&'static str] {
        &["rotation.topic"]
    }

    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        let there = cloud.find(self.describe())?.is_some();
        let path = format!("projects/{}/topics/{}", self.project, self.topic);
        Ok(there.then(|| ("rotation.topic".to_owned(), path)).into_iter().collect())
    }
}

/// The right to publish to it, of the account that Secret Manager acts as. Google makes that account when it is asked to.
pub(crate) struct RotationPublisher {
    binding: IamBinding,
}

impl RotationPublisher {
    pub(crate) fn new(config: &Config) -> Self {
        Self { binding: rotation_publisher(&config.project.id, &config.rotation.topic) }
    }
}

impl Resource for RotationPublisher {
    fn address(&self) -> Address {
        self.binding.address()
    }

    fn needs(&self) -> Vec<Need> {
        Resource::needs(&self.binding)
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        self.binding.check(cloud)
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["beta services identity create", "--service=secretmanager.googleapis.com"])?;
        self.binding.create(cloud)
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        self.create(cloud)
    }

    fn at_destroy(&self) -> AtDestroy {
        self.binding.at_destroy()
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        self.binding.marked(cloud)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        self.binding.delete(cloud)
    }
}
