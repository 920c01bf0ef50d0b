use crate::{COMPUTE, MARK};
use config::Config;
use engine::{Address, Diff, Need, Reader, Resource, Result, State, Writer};
use gcloud::{Cause, Kind, gcloud};
use resources::network::{network_address, networks, peering_address};
use serde_json::Value;
use std::time::Duration;

/// Private services access: the network is peered with the one in which Google runs databases and caches.
pub struct Peering {
    network: String,
    range: String,
    wanted: bool,
}

const SERVICE: &str = "servicenetworking.googleapis.com";

/// How long is waited for that, in seconds, time after time.
const LETTING_GO: &[u64] = &[15, 30, 60, 120];

/// What the peering is called in the network.
const PEERING: &str = "servicenetworking-googleapis-com";

impl Peering {
    pub fn new(config: &Config) -> Self {
        Self { network: config.network.name.clone(), range: config.services_address(), wanted: true }
    }

    /// That of a network that the config named before.
    pub fn former(config: &Config) -> Self {
        Self { wanted: false, ..Self::new(config) }
    }

    /// Of a network that is not there, not even a list can be had.
    fn has_network(&self, cloud: &Reader) -> Result<bool> {
        Ok(networks(cloud)?.iter().any(|network| network["name"] == self.network.as_str()))
    }

    /// Sets the ranges. `--force`: without it Google refuses every change that might take a range away, though a
    /// union takes none.
    fn set(&self, cloud: &Writer, ranges: &[String]) -> Result<()> {
        let (network, ranges) = (&self.network, ranges.join(","));
        cloud.change(gcloud![
            "services vpc-peerings update",
            "--service={SERVICE}",
            "--network={network}",
            "--ranges={ranges}",
            "--force"
        ])?;
        Ok(())
    }

    /// The ranges of the connection; `None` where there is none.
    fn ranges(&self, cloud: &Reader) -> Result<Option<Vec<String>>> {
        let network = &self.network;
        let rows = cloud.list(gcloud!["services vpc-peerings list", "--network={network}"])?;
        let own = rows.iter().find(|row| row["peering"] == PEERING);
        let names = |row: &Value| {
            let names = row["reservedPeeringRanges"].as_array().into_iter().flatten();
            names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
        };
        Ok(own.map(names))
    }
}

impl Resource for Peering {
    fn address(&self) -> Address {
        peering_address(&self.network)
    }

    fn wanted(&self) -> bool {
        self.wanted
    }

    fn needs(&self) -> Vec<Need> {
        vec![
            COMPUTE,
            Need::Api(SERVICE),
            Need::Resource(network_address(&self.network)),
            Need::Resource(Address::new("address-range", &self.range)),
        ]
    }

    /// More ranges than ours are somebody else's business.
    fn check(&self, cloud: &Reader) -> Result<State> {
        if !self.wanted && !self.has_network(cloud)? {
            return Ok(State::Absent);
        }
        let Some(ranges) = self.ranges(cloud)? else { return Ok(State::Absent) };
        if !ranges.contains(&self.range) {
            let union = format!("{},{}", ranges.join(","), self.range);
            return Ok(State::Drifted(vec![Diff::new("ranges", ranges.join(","), union)]));
        }
        // The list of networks was read before; it tells whether the other side is still there.
        let networks = networks(cloud)?;
        let network = networks.iter().find(|network| network["name"] == self.network.as_str());
        let peerings = network.and_then(|network| network["peerings"].as_array()).into_iter().flatten();
        let inactive = peerings.into_iter().find(|p| p["name"] == PEERING && p["state"] == "INACTIVE");
        Ok(match inactive {
            Some(peering) => {
                let details = peering["stateDetails"].as_str().unwrap_or("no details");
                State::Broken(format!("the peering is inactive: {details}"))
            }
            None => State::Present,
        })
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let (network, range) = (&self.network, &self.range);
        let made = cloud.change(gcloud![
            "services vpc-peerings connect",
            "--service={SERVICE}",
            "--network={network}",
            "--ranges={range}"
        ]);
        match made {
            // A peering that was removed only on this side is in no list, but Google remembers its ranges.
            Err(error) if error.kind() == Some(&Kind::Exists) && self.ranges(cloud)?.is_none() => {
                self.set(cloud, std::slice::from_ref(range))
            }
            made => made.map(|_| ()),
        }
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let mut ranges = self.ranges(cloud)?.unwrap_or_default();
        if !ranges.contains(&self.range) {
            ranges.push(self.range.clone());
        }
        self.set(cloud, &ranges)
    }

    /// A peering carries no mark of its own: that of its network counts.
    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let networks = networks(cloud)?;
        let network = networks.iter().find(|network| network["name"] == self.network.as_str());
        Ok(network.is_some_and(|network| network["description"] == MARK))
    }

    /// Google lets go of it some time, up to days, after the last database or cache is gone (terraform-provider-google, issues
    /// 16275 and 18834): that is waited for a little.
    fn delete(&self, cloud: &Writer) -> Result<()> {
        let network = &self.network;
        let mut waits = LETTING_GO.iter();
        loop {
            let command =
                gcloud!["services vpc-peerings delete", "--service={SERVICE}", "--network={network}"];
            match (cloud.change(command), waits.next()) {
                (Err(error), Some(seconds)) if error.kind() == Some(&Kind::Person(Cause::InUse)) => {
                    cloud.wait(Duration::from_secs(*seconds), "until Google lets go of it")?;
                }
                (result, _) => return result.map(|_| ()),
            }
        }
    }

    fn expected_seconds(&self) -> Option<u32> {
        Some(60)
    }

    /// What is connected over it would lose its connection.
    fn holds_data(&self) -> bool {
        true
    }
}
