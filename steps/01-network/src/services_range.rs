use crate::{COMPUTE, MARK};
use config::Config;
use engine::{Address, Diff, Error, Need, Reader, Resource, Result, State, Way, Writer};
use gcloud::gcloud;
use ipnet::Ipv4Net;
use resources::network::{address_range, global_addresses, links_to, network_address, range_taken};

/// The range out of which Google's services take private addresses. It is set aside at an explicit place, so that
/// overlaps are seen before anything is made.
pub struct ServicesRange {
    name: String,
    network: String,
    range: Ipv4Net,
    wanted: bool,
}

impl ServicesRange {
    pub fn new(config: &Config) -> Self {
        Self {
            name: config.services_address(),
            network: config.network.name.clone(),
            range: config.network.services_range,
            wanted: true,
        }
    }

    /// One that the config named before: another network's.
    pub fn former(config: &Config) -> Self {
        Self { wanted: false, ..Self::new(config) }
    }
}

impl Resource for ServicesRange {
    fn address(&self) -> Address {
        Address::new("address-range", &self.name)
    }

    fn wanted(&self) -> bool {
        self.wanted
    }

    fn needs(&self) -> Vec<Need> {
        vec![COMPUTE, Need::Resource(network_address(&self.network))]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Self { name, network, range, wanted } = self;
        let addresses = global_addresses(cloud)?;
        let Some(row) = addresses.iter().find(|row| row["name"] == name.as_str()) else {
            if !wanted {
                return Ok(State::Absent);
            }
            return match range_taken(cloud, network, range, name)? {
                None => Ok(State::Absent),
                Some(taken) => Err(Error::person(
                    format!("the range {range} cannot be set aside for Google's services"),
                    format!("{} of {} in the network {network} overlaps it", taken.range, taken.by),
                    "set network.services_range to a range that is free, or remove what has this one",
                )),
            };
        };
        let found = address_range(row).filter(|_| row["purpose"] == "VPC_PEERING");
        let Some(found) = found.filter(|_| links_to(&row["network"], network)) else {
            return Err(Error::person(
                format!("the address {name} is not the one that this tool keeps"),
                format!(
                    "the global address of this name is not a range for services of the network {network}"
                ),
                format!("delete the address {name}, if nobody needs it, or set network.name to another name"),
            ));
        };
        if row["status"] == "RESERVING" {
            return Ok(State::Busy("being reserved".to_owned()));
        }
        let diff = (found != *range).then(|| Diff::new("services_range", found, range));
        Ok(State::from_diffs(diff.into_iter().collect()))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let Self { name, network, range, .. } = self;
        let (first, prefix) = (range.network(), range.prefix_len());
        cloud.change(gcloud![
            "compute addresses create",
            name,
            "--global",
            "--purpose=VPC_PEERING",
            "--addresses={first}",
            "--prefix-length={prefix}",
            "--network={network}",
            "--description={MARK}"
        ])?;
        Ok(())
    }

    /// No address can be changed, and what has its addresses out of this range would lose them.
    fn way(&self, diffs: &[Diff]) -> Way {
        let found = diffs.first().map_or("what it was", |diff| diff.old.as_str());
        let why = "Google cannot change an allocated range, and databases and caches have their addresses out of it";
        let Self { name, network, .. } = self;
        let todo = format!(
            "set network.services_range back to {found}; where it is full, allocate another range by hand and add it to \
             the peering (`gcloud services vpc-peerings update --network={network} --ranges={name},OTHER`): this tool leaves \
             further ranges alone"
        );
        Way::Never { why: why.to_owned(), todo }
    }

    /// Nothing of it can be changed.
    fn update(&self, _cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        Ok(())
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let addresses = global_addresses(cloud)?;
        let own = addresses.iter().find(|row| row["name"] == self.name.as_str());
        Ok(own.is_some_and(|row| row["description"] == MARK))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["compute addresses delete", &self.name, "--global"])?;
        Ok(())
    }
}
