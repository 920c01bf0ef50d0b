use config::Config;
use engine::{Address, AtDestroy, Diff, Need, Reader, Resource, Result, State, Way, Writer};
use gcloud::gcloud;
use resources::{label_diffs, pairs};

/// The bucket that `gcloud builds submit` uploads sources to. Left to gcloud, it would be made on the first use, in the
/// United States, and open to whoever an object's own list names.
pub struct SourceBucket {
    config: Config,
}

pub fn address(config: &Config) -> Address {
    Address::new("bucket", config.source_bucket())
}

impl SourceBucket {
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone() }
    }
}

impl Resource for SourceBucket {
    fn address(&self) -> Address {
        address(&self.config)
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Api("storage.googleapis.com")]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let (name, region) = (self.config.source_bucket(), &self.config.project.region);
        let Some(bucket) = resources::bucket(cloud, &name)? else { return Ok(State::Absent) };
        let text = |field: &str| bucket[field].as_str().unwrap_or_default();
        let mut diffs = Vec::new();
        if !text("location").eq_ignore_ascii_case(region) {
            diffs.push(Diff::new("project.region", text("location").to_lowercase(), region));
        }
        if bucket["uniform_bucket_level_access"] != true {
            diffs.push(Diff::new("uniform_bucket_level_access", false, true));
        }
        if text("public_access_prevention") != "enforced" {
            diffs.push(Diff::new("public_access_prevention", text("public_access_prevention"), "enforced"));
        }
        diffs.extend(label_diffs(&bucket["labels"], &self.config.project.labels));
        Ok(State::from_diffs(diffs))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let (url, region) = (self.url(), &self.config.project.region);
        cloud.change(gcloud![
            "storage buckets create",
            url,
            "--location={region}",
            "--uniform-bucket-level-access",
            "--public-access-prevention"
        ])?;
        // `create` has no flag for labels.
        if self.config.project.labels.is_empty() { Ok(()) } else { self.update(cloud, &[]) }
    }

    fn way(&self, diffs: &[Diff]) -> Way {
        match diffs.iter().any(|diff| diff.field == "project.region") {
            false => Way::InPlace,
            true => Way::Replace {
                why: "a bucket cannot move; it holds nothing but uploaded sources".to_owned(),
                instead: "set project.region back".to_owned(),
            },
        }
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let labels = &self.config.project.labels;
        let command = gcloud![
            "storage buckets update",
            self.url(),
            "--uniform-bucket-level-access",
            "--public-access-prevention"
        ];
        cloud.change(command.arg_if(!labels.is_empty(), format!("--update-labels={}", pairs(labels))))?;
        Ok(())
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::Loses("the sources that builds were made from")
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let found = resources::bucket(cloud, &self.config.source_bucket())?;
        Ok(found.is_some_and(|found| resources::labelled(&found, &self.config.project.labels)))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["storage rm", "--recursive", self.url()].without_format())?;
        Ok(())
    }
}

impl SourceBucket {
    fn url(&self) -> String {
        format!("gs://{}", self.config.source_bucket())
    }
}
