use super::Rotation;
use config::names;
use engine::{Address, Diff, Need, Reader, Result, State, Writer};
use resources::{OldVersions, Part, Progress};

/// The mark that the rotation is done.
pub struct Finish {
    rotation: Rotation,
}

impl Finish {
    pub fn new(rotation: &Rotation) -> Self {
        Self { rotation: rotation.clone() }
    }

    /// Says which versions stay enabled though nothing is reached with them any more.
    fn tell(&self, cloud: &Reader) -> Result<()> {
        let config = &self.rotation.config;
        let newest = Rotation::newest(cloud)?.to_string();
        let (region, service) = (&config.project.region, &config.cloud_run.service);
        let mut named = resources::named_versions(cloud, region, service, names::REDIS_URL)?;
        named.remove(&newest);
        if !named.is_empty() {
            let versions = named.into_iter().collect::<Vec<_>>().join(", ");
            let text = format!(
                "version {versions} of {} stays enabled, because a revision that is kept names it and would not start \
                 without; but the AUTH string in it is no longer valid: that revision would run without the cache",
                names::REDIS_URL
            );
            cloud.note(true, text, None);
        }
        Ok(())
    }
}

impl Part for Finish {
    fn address(&self) -> Address {
        Address::new("rotation", "end")
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Resource(OldVersions::address_of(names::REDIS_URL))]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        Ok(match self.rotation.mark.progress(cloud)? {
            Progress::Done => State::Present,
            _ => State::Drifted(vec![Diff::new("state", "under way", "done")]),
        })
    }

    fn carry_out(&self, cloud: &Writer) -> Result<()> {
        self.tell(cloud)?;
        self.rotation.mark.end(cloud)
    }
}
