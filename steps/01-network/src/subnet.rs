use crate::{COMPUTE, MARK};
use config::Config;
use engine::{Action, Address, Diff, Error, Impact, Need, Reader, Resource, Result, State, Way, Writer};
use gcloud::gcloud;
use ipnet::Ipv4Net;
use resources::network::{links_to, network_address, range_taken, subnet_address, subnets};

/// The subnet, whose machines reach Google's services without public addresses.
pub struct Subnet {
    name: String,
    network: String,
    region: String,
    range: Ipv4Net,
    wanted: bool,
}

impl Subnet {
    pub fn new(config: &Config) -> Self {
        Self {
            name: config.network.subnet.clone(),
            network: config.network.name.clone(),
            region: config.project.region.clone(),
            range: config.network.range,
            wanted: true,
        }
    }

    /// One that the config named before.
    pub fn former(config: &Config, name: &str) -> Self {
        Self { name: name.to_owned(), wanted: false, ..Self::new(config) }
    }
}

impl Resource for Subnet {
    fn address(&self) -> Address {
        subnet_address(&self.name)
    }

    fn wanted(&self) -> bool {
        self.wanted
    }

    fn needs(&self) -> Vec<Need> {
        vec![COMPUTE, Need::Resource(network_address(&self.network))]
    }

    fn stands_alone(&self) -> bool {
        true
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Self { name, network, region, range, .. } = self;
        let subnets = subnets(cloud)?;
        let own = |row: &&serde_json::Value| row["name"] == name.as_str() && links_to(&row["region"], region);
        let Some(subnet) = subnets.iter().find(own) else {
            if !self.wanted {
                return Ok(State::Absent);
            }
            return match range_taken(cloud, network, range, name)? {
                None => Ok(State::Absent),
                Some(taken) => Err(Error::person(
                    format!("the subnet {name} cannot have the range {range}"),
                    format!("{} of {} in the network {network} overlaps it", taken.range, taken.by),
                    "set network.range to a range that is free, or remove what has this one",
                )),
            };
        };
        let mut diffs = Vec::new();
        if !links_to(&subnet["network"], network) {
            let other = subnet["network"].as_str().and_then(|n| n.rsplit('/').next()).unwrap_or("another");
            diffs.push(Diff::new("network", other, network));
        }
        let found = subnet["ipCidrRange"].as_str().unwrap_or("none");
        if found != range.to_string() {
            diffs.push(Diff::new("range", found, range));
        }
        if subnet["privateIpGoogleAccess"] != true {
            diffs.push(Diff::new("private_google_access", false, true));
        }
        Ok(State::from_diffs(diffs))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let Self { name, network, region, range, .. } = self;
        cloud.change(gcloud![
            "compute networks subnets create",
            name,
            "--network={network}",
            "--region={region}",
            "--range={range}",
            "--enable-private-ip-google-access",
            "--description={MARK}"
        ])?;
        Ok(())
    }

    /// It grows around the range that it has.
    fn way(&self, diffs: &[Diff]) -> Way {
        if diffs.iter().any(|diff| diff.field == "network") {
            return Way::Never {
                why: "a subnet keeps its network".to_owned(),
                todo: "set network.subnet to a name that is free, and network.range to a range that is"
                    .to_owned(),
            };
        }
        let grows = |diff: &Diff| diff.old.parse::<Ipv4Net>().is_ok_and(|old| self.range.contains(&old));
        let Some(diff) = diffs.iter().find(|diff| diff.field == "range" && !grows(diff)) else {
            return Way::InPlace;
        };
        Way::Replace {
            why: "a subnet can grow around the range that it has; it can neither shrink nor move".to_owned(),
            instead: format!(
                "set network.range to {}, or to a range around it; or name a second subnet (network.subnet), which is made \
                 beside this one",
                diff.old
            ),
        }
    }

    fn impact(&self, action: Action, _diffs: &[Diff]) -> Impact {
        match action {
            Action::Replace => Impact::default()
                .interrupting("what has an address in the subnet; Google refuses while something has one"),
            _ => Impact::default(),
        }
    }

    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let Self { name, region, range, .. } = self;
        for diff in diffs {
            match diff.field.as_str() {
                "range" => {
                    let prefix = range.prefix_len();
                    cloud.change(gcloud![
                        "compute networks subnets expand-ip-range",
                        name,
                        "--region={region}",
                        "--prefix-length={prefix}"
                    ])?;
                }
                _ => {
                    cloud.change(gcloud![
                        "compute networks subnets update",
                        name,
                        "--region={region}",
                        "--enable-private-ip-google-access"
                    ])?;
                }
            }
        }
        Ok(())
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let subnets = subnets(cloud)?;
        let own = |row: &&serde_json::Value| {
            row["name"] == self.name.as_str() && links_to(&row["region"], &self.region)
        };
        Ok(subnets.iter().find(own).is_some_and(|row| row["description"] == MARK))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let Self { name, region, .. } = self;
        cloud.change(gcloud!["compute networks subnets delete", name, "--region={region}"])?;
        Ok(())
    }

    fn expected_seconds(&self) -> Option<u32> {
        Some(15)
    }
}
