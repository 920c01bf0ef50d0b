use crate::STORAGE;
use crate::compare::{differences, fewer};
use config::Config;
use engine::{
    Action, Address, AtDestroy, Diff, Finding, Impact, Need, Reader, Resource, Result, State, Way, Writer,
};
use gcloud::gcloud;
use serde_json::{Value, json};

/// The bucket that logs are exported to and deleted from after `monitoring.archive_days`.
pub struct ArchiveBucket {
    config: Config,
}

pub fn address(config: &Config) -> Address {
    Address::new("bucket", config.logs_bucket())
}

/// Where Google shows the days, and what the config calls them.
const AGE: &str = "lifecycle_config.rule[0].condition.age";
const DAYS: &str = "monitoring.archive_days";

impl ArchiveBucket {
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone() }
    }

    fn lifecycle(&self) -> Value {
        json!({"rule": [{"action": {"type": "Delete"}, "condition": {"age": self.config.monitoring.archive_days}}]})
    }

    /// What `storage buckets list` shows of it, with gcloud's names.
    fn wanted(&self) -> Value {
        json!({
            "uniform_bucket_level_access": true,
            "public_access_prevention": "enforced",
            "lifecycle_config": self.lifecycle(),
            "labels": self.config.project.labels,
        })
    }
}

impl Resource for ArchiveBucket {
    fn address(&self) -> Address {
        address(&self.config)
    }

    fn needs(&self) -> Vec<Need> {
        vec![STORAGE]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let name = self.config.logs_bucket();
        let Some(bucket) = resources::bucket(cloud, &name)? else { return Ok(State::Absent) };
        let (is, region) = (bucket["location"].as_str().unwrap_or_default(), &self.config.project.region);
        let mut diffs = differences(&bucket, &self.wanted());
        for diff in diffs.iter_mut().filter(|diff| diff.field == AGE) {
            DAYS.clone_into(&mut diff.field);
        }
        if !is.eq_ignore_ascii_case(region) {
            diffs.push(Diff::new("project.region", is.to_lowercase(), region));
        }
        Ok(State::from_diffs(diffs))
    }

    fn way(&self, diffs: &[Diff]) -> Way {
        let name = self.config.logs_bucket();
        match diffs.iter().any(|diff| diff.field == "project.region") {
            false => Way::InPlace,
            true => Way::Never {
                why: "a bucket cannot move, and it holds the archived logs".to_owned(),
                todo: format!(
                    "set project.region back, or copy what gs://{name} holds, delete it and run the command again"
                ),
            },
        }
    }

    fn impact(&self, _action: Action, diffs: &[Diff]) -> Impact {
        match diffs.iter().any(|diff| diff.field == DAYS && fewer(diff)) {
            true => Impact::default().risking("archived logs that are older are deleted"),
            false => Impact::default(),
        }
    }

    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let bucket = resources::bucket(cloud, &self.config.logs_bucket())?.unwrap_or_default();
        let access = bucket["public_access_prevention"].as_str().unwrap_or("(none)");
        Ok(vec![
            Finding::new("public access", "prevented", access, access == "enforced").todo("run `deploy-all`"),
        ])
    }

    /// Without the second command the check finds no lifecycle, so that a crash between the two is mended.
    fn create(&self, cloud: &Writer) -> Result<()> {
        let (name, region) = (self.config.logs_bucket(), &self.config.project.region);
        cloud.change(gcloud![
            "storage buckets create",
            "gs://{name}",
            "--location={region}",
            "--uniform-bucket-level-access",
            "--public-access-prevention",
        ])?;
        self.update(cloud, &[])
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let name = self.config.logs_bucket();
        let labels: Vec<String> =
            self.config.project.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let command = gcloud![
            "storage buckets update",
            "gs://{name}",
            "--uniform-bucket-level-access",
            "--public-access-prevention",
        ];
        let command = command.arg_if(!labels.is_empty(), format!("--update-labels={}", labels.join(",")));
        // gcloud reads it from a file only, not from stdin.
        let lifecycle = format!("{:#}\n", self.lifecycle());
        cloud.change(command.file("--lifecycle-file", "log-archive-lifecycle.json", lifecycle))?;
        Ok(())
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::KeptUnlessNamed { why: "it holds the archived logs", loses: "the archived logs" }
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let found = resources::bucket(cloud, &self.config.logs_bucket())?;
        Ok(found.is_some_and(|found| resources::labelled(&found, &self.config.project.labels)))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let name = self.config.logs_bucket();
        cloud.change(gcloud!["storage rm", "gs://{name}", "--recursive"])?;
        Ok(())
    }

    fn holds_data(&self) -> bool {
        true
    }

    fn output_names(&self) -> &[&'static str] {
        &["monitoring.log_archive"]
    }

    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        let name = self.config.logs_bucket();
        let there = resources::bucket(cloud, &name)?.map(|_| format!("gs://{name}"));
        Ok(there.into_iter().map(|url| ("monitoring.log_archive".to_owned(), url)).collect())
    }
}
