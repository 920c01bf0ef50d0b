use crate::{COMPUTE, MARK, exposure};
use config::Config;
use engine::{Address, Diff, Finding, Need, Reader, Resource, Result, State, Way, Writer};
use gcloud::gcloud;
use resources::network::{network_address, networks};

/// The VPC: custom mode, so that no subnet comes by itself; regional routing.
pub struct Network {
    name: String,
    config: Config,
}

impl Network {
    pub fn new(config: &Config) -> Self {
        Self { name: config.network.name.clone(), config: config.clone() }
    }
}

impl Resource for Network {
    fn address(&self) -> Address {
        network_address(&self.name)
    }

    fn needs(&self) -> Vec<Need> {
        vec![COMPUTE]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let networks = networks(cloud)?;
        let Some(network) = networks.iter().find(|network| network["name"] == self.name.as_str()) else {
            return Ok(State::Absent);
        };
        let mut diffs = Vec::new();
        match network["autoCreateSubnetworks"].as_bool() {
            Some(false) => {}
            Some(true) => diffs.push(Diff::new("subnet_mode", "auto", "custom")),
            None => diffs.push(Diff::new("subnet_mode", "legacy", "custom")),
        }
        let routing = network["routingConfig"]["routingMode"].as_str().unwrap_or("unknown");
        if routing != "REGIONAL" {
            diffs.push(Diff::new("routing_mode", routing.to_lowercase(), "regional"));
        }
        Ok(State::from_diffs(diffs))
    }

    /// What it is there for: that nobody outside reaches what is inside.
    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        Ok(vec![exposure::ssh(cloud, &self.config)?, exposure::addresses(cloud)?])
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let name = &self.name;
        cloud.change(gcloud![
            "compute networks create",
            name,
            "--subnet-mode=custom",
            "--bgp-routing-mode=regional",
            "--description={MARK}"
        ])?;
        Ok(())
    }

    fn way(&self, diffs: &[Diff]) -> Way {
        match diffs.iter().any(|diff| diff.field == "subnet_mode" && diff.old == "legacy") {
            false => Way::InPlace,
            true => Way::Never {
                why: "it has no subnets, and Google cannot turn it into a network that has".to_owned(),
                todo: "delete it, or set network.name to another name".to_owned(),
            },
        }
    }

    /// gcloud takes one of the two at a time.
    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let name = &self.name;
        for diff in diffs {
            match (diff.field.as_str(), diff.old.as_str()) {
                ("subnet_mode", _) => {
                    cloud.change(gcloud![
                        "compute networks update",
                        name,
                        "--switch-to-custom-subnet-mode"
                    ])?;
                }
                _ => {
                    cloud.change(gcloud!["compute networks update", name, "--bgp-routing-mode=regional"])?;
                }
            }
        }
        Ok(())
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let networks = networks(cloud)?;
        let network = networks.iter().find(|network| network["name"] == self.name.as_str());
        Ok(network.is_some_and(|network| network["description"] == MARK))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["compute networks delete", &self.name])?;
        Ok(())
    }

    fn expected_seconds(&self) -> Option<u32> {
        Some(20)
    }
}
