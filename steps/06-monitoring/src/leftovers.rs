use crate::ours::{self, CHANNEL, DASHBOARD, Kind, POLICY, UPTIME};
use crate::{MONITORING, dashboard, email_channel, uptime_check};
use config::Config;
use engine::{Address, Diff, Need, Reader, Resource, Result, State, Writer};
use serde_json::Value;

/// Objects with this deployment's labels that nothing keeps: a second copy, since gcloud repeats a create whose answer
/// was lost; an uptime check of a former host; a policy that the config leaves out now. They must not exist.
///
/// They come after everything that may still name them. What makes them can be a create of this very run: the engine looks
/// again where what a resource needs has changed.
pub struct Leftovers {
    config: Config,
    kind: Kind,
    /// Keys of what is kept.
    keys: Vec<String>,
    needs: Vec<Need>,
}

fn resources(addresses: &[Address]) -> Vec<Need> {
    addresses.iter().cloned().map(Need::Resource).collect()
}

impl Leftovers {
    /// `kept`: the policies that there are.
    pub fn alert_policies(config: &Config, kept: &[Address]) -> Self {
        let prefix = format!("{}-", config.cloud_run.service);
        let keys = kept.iter().filter_map(|address| address.name().strip_prefix(&prefix)).map(str::to_owned);
        Self { config: config.clone(), kind: POLICY, keys: keys.collect(), needs: resources(kept) }
    }

    /// `watching`: the policies that there are.
    pub fn uptime_checks(config: &Config, watching: &[Address]) -> Self {
        let mut needs = vec![Need::Resource(uptime_check::address(config))];
        needs.extend(resources(watching));
        Self { config: config.clone(), kind: UPTIME, keys: Vec::new(), needs }
    }

    /// Dashboards.
    pub fn dashboards(config: &Config) -> Self {
        let needs = vec![Need::Resource(dashboard::address(config))];
        Self { config: config.clone(), kind: DASHBOARD, keys: vec!["overview".to_owned()], needs }
    }

    /// `naming`: the policies that there are.
    pub fn channels(config: &Config, naming: &[Address]) -> Self {
        let mut needs = vec![Need::Resource(email_channel::address(config))];
        needs.extend(resources(naming));
        Self { config: config.clone(), kind: CHANNEL, keys: vec!["email".to_owned()], needs }
    }

    fn found(&self, cloud: &Reader) -> Result<Vec<Value>> {
        let mut rows = self.kind.ours(cloud, &self.config)?;
        let mut kept: Vec<String> = Vec::new();
        if self.kind.name == UPTIME.name {
            // Before the service has a URL, nothing tells which check is the right one. Where it has one, and no check fits, the
            // right one is made before this resource's turn.
            if uptime_check::host(cloud, &self.config)?.is_none() {
                return Ok(Vec::new());
            }
            let check = uptime_check::kept(cloud, &self.config)?;
            kept.extend(check.map(|check| ours::name(&check).to_owned()));
        } else {
            for key in &self.keys {
                let first = rows.iter().find(|row| self.kind.key(row) == key);
                kept.extend(first.map(|row| ours::name(row).to_owned()));
            }
        }
        rows.retain(|row| !kept.iter().any(|name| name == ours::name(row)));
        Ok(rows)
    }
}

impl Resource for Leftovers {
    fn address(&self) -> Address {
        Address::new(self.kind.leftovers, &self.config.cloud_run.service)
    }

    fn wanted(&self) -> bool {
        false
    }

    fn needs(&self) -> Vec<Need> {
        // Looked for also where what they make room for is still to be made: then only the API says that one can look.
        [MONITORING].into_iter().chain(self.needs.clone()).collect()
    }

    fn stands_alone(&self) -> bool {
        true
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        Ok(if self.found(cloud)?.is_empty() { State::Absent } else { State::Present })
    }

    fn create(&self, _cloud: &Writer) -> Result<()> {
        Ok(())
    }

    fn update(&self, _cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        Ok(())
    }

    /// It is found by its labels, which are the mark.
    fn marked(&self, _cloud: &Reader) -> Result<bool> {
        Ok(true)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        for row in self.found(cloud)? {
            let shown = row["displayName"].as_str().unwrap_or_default();
            cloud.note(
                false,
                format!(
                    "deleting {} {} ({shown}): another one of this deployment has taken its place",
                    self.kind.name,
                    ours::name(&row)
                ),
                None,
            );
            cloud.change(self.kind.delete(ours::name(&row)))?;
        }
        Ok(())
    }
}
