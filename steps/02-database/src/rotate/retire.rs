use super::Rotation;
use crate::PASSWORD_CHARACTERS;
use crate::user;
use crate::users::Progress;
use config::names;
use engine::{Address, Diff, Need, Reader, Result, State, Writer};
use resources::{OldVersions, Part};
use std::time::Duration;

/// The user whose turn is over: it gets a password that nobody knows. It is not deleted: the first one owns what is in the
/// database. Then the rotation is done.
pub struct OldUser {
    rotation: Rotation,
}

impl OldUser {
    pub fn new(rotation: &Rotation) -> Self {
        Self { rotation: rotation.clone() }
    }

    /// Who loses its password.
    fn old(&self, cloud: &Reader) -> Result<String> {
        Ok(self.rotation.users.other_than(&self.rotation.to(cloud)?).to_owned())
    }
}

impl Part for OldUser {
    fn address(&self) -> Address {
        Address::new("sql-user", "old")
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Resource(OldVersions::address_of(names::DB_PASSWORD))]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        Ok(match self.rotation.progress(cloud)? {
            Progress::Done => State::Present,
            _ => State::Drifted(vec![Diff::secret(format!("password of {}", self.old(cloud)?))]),
        })
    }

    fn carry_out(&self, cloud: &Writer) -> Result<()> {
        let (config, old) = (&self.rotation.config, self.old(cloud)?);
        let (region, service) = (&config.project.region, &config.cloud_run.service);
        let newest = resources::latest(cloud, names::DATABASE_URL)?.map(|newest| newest.version);
        let mut named = resources::named_versions(cloud, region, service, names::DATABASE_URL)?;
        named.retain(|version| Some(version) != newest.as_ref());
        if named.is_empty() {
            // Connections live on, but a request that an instance of the old revision still answers may open another one.
            let longest = Duration::from_secs(u64::from(config.cloud_run.timeout));
            cloud.wait(longest, "requests that the old revision still answers")?;
            let nobody_knows = cloud.generate_secret(PASSWORD_CHARACTERS);
            user::give(cloud, &self.rotation.users.instance, &old, true, &nobody_knows)?;
        } else {
            let versions = named.into_iter().collect::<Vec<_>>().join(", ");
            let text = format!(
                "{old} keeps its password: a revision that is kept names version {versions} of {}; delete the revision and \
                 rotate again to end it",
                names::DATABASE_URL
            );
            cloud.note(true, text, None);
        }
        self.rotation.mark.end(cloud)
    }
}
