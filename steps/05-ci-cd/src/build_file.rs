use crate::build;
use config::Config;
use engine::{Address, Diff, Reader, Resource, Result, State, Writer};

const NAME: &str = "cloudbuild.yaml";

/// The copy of the build on this machine, in the environment's folder: to read, and for `gcloud builds submit`.
pub struct BuildFile {
    content: String,
}

impl BuildFile {
    pub fn new(config: &Config) -> Self {
        Self { content: build::yaml(config) }
    }
}

impl Resource for BuildFile {
    fn address(&self) -> Address {
        Address::new("build-file", NAME)
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        Ok(match cloud.file(NAME)? {
            None => State::Absent,
            Some(found) if found == self.content => State::Present,
            Some(_) => State::Drifted(vec![Diff::new("content", "another", "as the config says")]),
        })
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        cloud.write_file(NAME, &self.content)
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        self.create(cloud)
    }

    /// Its name and place are this tool's own.
    fn marked(&self, _cloud: &Reader) -> Result<bool> {
        Ok(true)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.remove_file(NAME)
    }

    /// It lies on this machine, whatever the age of the project.
    fn may_preexist(&self) -> bool {
        true
    }

    fn output_names(&self) -> &[&'static str] {
        &["build.config"]
    }

    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        let there = cloud.file(NAME)?.map(|_| cloud.file_path(NAME).display().to_string());
        Ok(there.into_iter().map(|path| ("build.config".to_owned(), path)).collect())
    }
}
