use crate::STORAGE;
use crate::compare::differences;
use config::Config;
use engine::{Address, Diff, Error, Need, Reader, Resource, Result, State, Writer};
use gcloud::gcloud;
use serde_json::{Value, json};

/// The bucket that logs are exported to and deleted from after `monitoring.archive_days`.
pub struct ArchiveBucket {
    config: Config,
}

pub fn address(config: &Config) -> Address {
    Address::new("bucket", config.logs_bucket())
}

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
        if !is.eq_ignore_ascii_case(region) {
            return Err(Error::person(
                format!("bucket gs://{name} is in {is}, not in {region}"),
                "a bucket cannot move",
                format!(
                    "set project.region back, or copy what gs://{name} holds, delete it and run the command again"
                ),
            ));
        }
        Ok(State::from_diffs(differences(&bucket, &self.wanted())))
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
