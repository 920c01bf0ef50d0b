use crate::ours::{self, CHANNEL, DASHBOARD, Kind, POLICY, UPTIME};
use crate::{MONITORING, dashboard, email_channel, policies, uptime_check};
use config::Config;
use engine::{Address, Diff, Need, Reader, Resource, Result, State, Writer};

/// What this step kept for a service of another name, or keeps no more: found by the labels that it was given.
pub struct FormerObject {
    address: Address,
    kind: Kind,
    /// With the former service's name.
    config: Config,
    key: &'static str,
}

impl FormerObject {
    /// That of this address. `None`: no object of this step has such an address.
    pub fn of(config: &Config, address: &Address) -> Option<Self> {
        let kind =
            [POLICY, CHANNEL, UPTIME, DASHBOARD].into_iter().find(|kind| kind.name == address.kind())?;
        let name = address.name();
        // `SERVICE-KEY` where a service has several, or may have.
        let keyed = |keys: &[&'static str]| {
            keys.iter().find_map(|key| Some((name.strip_suffix(key)?.strip_suffix('-')?, *key)))
        };
        let (service, key) = match kind.name {
            name if name == POLICY.name => keyed(&policies::KEYS)?,
            name if name == CHANNEL.name => keyed(&[email_channel::KEY])?,
            kind if kind == UPTIME.name => (name, uptime_check::KEY),
            _ => (name, dashboard::KEY),
        };
        let mut config = config.clone();
        service.clone_into(&mut config.cloud_run.service);
        Some(Self { address: address.clone(), kind, config, key })
    }

    fn found(&self, cloud: &Reader) -> Result<Vec<String>> {
        let rows = self.kind.ours(cloud, &self.config)?;
        let own = rows.iter().filter(|row| self.kind.key(row) == self.key);
        Ok(own.map(|row| ours::name(row).to_owned()).collect())
    }
}

impl Resource for FormerObject {
    fn address(&self) -> Address {
        self.address.clone()
    }

    fn wanted(&self) -> bool {
        false
    }

    fn needs(&self) -> Vec<Need> {
        vec![MONITORING]
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
        for name in self.found(cloud)? {
            // An uptime check is named by its id alone.
            let name = if self.kind.name == UPTIME.name {
                name.rsplit('/').next().unwrap_or_default()
            } else {
                &name
            };
            cloud.change(self.kind.delete(name))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_which_service_it_was_for() {
        let of = |kind: &str, name: &str| {
            let former = FormerObject::of(&Config::default(), &Address::new(kind, name))?;
            Some(format!("{} {}", former.config.cloud_run.service, former.key))
        };
        assert_eq!(of("alert-policy", "web-api-db-connections").as_deref(), Some("web-api db-connections"));
        assert_eq!(of("alert-policy", "a-uptime-uptime").as_deref(), Some("a-uptime uptime"));
        assert_eq!(of("notification-channel", "web-email").as_deref(), Some("web email"));
        assert_eq!(of("uptime-check", "web").as_deref(), Some("web uptime"));
        assert_eq!(of("dashboard", "web").as_deref(), Some("web overview"));
        assert_eq!((of("alert-policy", "web-else"), of("log-metric", "web")), (None, None));
    }

    #[test]
    fn every_policy_has_its_key_in_the_list() {
        let addresses = policies::all(&Config::default()).into_iter().map(|policy| match policy {
            Ok(policy) => policy.address(),
            Err(left_out) => left_out.address,
        });
        let config = Config::default();
        let known: Vec<_> =
            addresses.map(|address| FormerObject::of(&config, &address).map(|f| f.key)).collect();
        assert_eq!(known, policies::KEYS.map(Some));
    }
}
