use super::Part;
use crate::{latest, named_versions};
use engine::{Address, Diff, Need, Reader, Result, State, Writer};
use gcloud::gcloud;
use std::collections::BTreeSet;

/// Says of a part of a rotation that it has not begun: then everything is still to be done.
pub type Pending = Box<dyn Fn(&Reader) -> Result<bool> + Send + Sync>;

/// The versions of a secret before its newest one. Nothing uses them any more, and they are disabled, which can be taken
/// back; all but those that a revision of the service names.
pub struct OldVersions {
    secret: String,
    region: String,
    service: String,
    needs: Vec<Need>,
    pending: Pending,
}

impl OldVersions {
    /// Those of this secret, when this service no longer needs them.
    pub fn new(secret: &str, region: &str, service: &str, pending: Pending) -> Self {
        let (region, service) = (region.to_owned(), service.to_owned());
        Self { secret: secret.to_owned(), region, service, needs: Vec::new(), pending }
    }

    /// Adds what must be there first.
    pub fn needs(mut self, needs: impl IntoIterator<Item = Need>) -> Self {
        self.needs.extend(needs);
        self
    }

    /// The address under which those of this secret are kept.
    pub fn address_of(secret: &str) -> Address {
        Address::new("old-versions", secret)
    }

    /// The numbers of those that are still enabled and that nothing names, oldest first.
    fn enabled(&self, cloud: &Reader) -> Result<Vec<u64>> {
        let Some(newest) = latest(cloud, &self.secret)? else { return Ok(Vec::new()) };
        let newest: u64 = newest.version.parse().unwrap_or(0);
        let secret = &self.secret;
        let versions = cloud.list(gcloud!["secrets versions list", secret])?;
        let enabled = versions.iter().filter(|version| version["state"] == "ENABLED");
        let numbers =
            enabled.filter_map(|version| version["name"].as_str()?.rsplit('/').next()?.parse().ok());
        let old: BTreeSet<u64> = numbers.filter(|number| *number < newest).collect();
        if old.is_empty() {
            return Ok(Vec::new());
        }
        let named = named_versions(cloud, &self.region, &self.service, secret)?;
        Ok(old.into_iter().filter(|number| !named.contains(&number.to_string())).collect())
    }
}

impl Part for OldVersions {
    fn address(&self) -> Address {
        Self::address_of(&self.secret)
    }

    fn needs(&self) -> Vec<Need> {
        self.needs.clone()
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        if (self.pending)(cloud)? {
            return Ok(State::Drifted(vec![Diff::new("state", "enabled", "disabled")]));
        }
        let enabled = self.enabled(cloud)?.into_iter();
        Ok(State::from_diffs(
            enabled.map(|number| Diff::new(format!("version {number}"), "enabled", "disabled")).collect(),
        ))
    }

    fn carry_out(&self, cloud: &Writer) -> Result<()> {
        let secret = &self.secret;
        for number in self.enabled(cloud)? {
            cloud.change(gcloud!["secrets versions disable", number, "--secret={secret}"])?;
        }
        Ok(())
    }
}
