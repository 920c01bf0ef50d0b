use crate::settings;
use config::Config;
use config::model::{self, Egress};
use engine::{
    Action, Address, Diff, Error, Finding, Impact, Need, Reader, Resource, Result, State, Way, Writer,
};
use gcloud::{Command, gcloud};
use resources::network::{links_to, network_address};
use serde_json::Value;

/// The Serverless VPC Access connector: small machines through which the service reaches the network's private addresses.
pub struct Connector {
    settings: model::Connector,
    network: String,
    region: String,
    /// The service that goes through it.
    service: String,
    wanted: bool,
}

/// The connector's address.
pub fn address(config: &Config) -> Address {
    Address::new("vpc-connector", &config.cloud_run.connector.name)
}

impl Connector {
    /// The connector that the config names.
    pub fn new(config: &Config) -> Self {
        Self {
            settings: config.cloud_run.connector.clone(),
            network: config.network.name.clone(),
            region: config.project.region.clone(),
            service: config.cloud_run.service.clone(),
            wanted: config.cloud_run.egress == Egress::Connector,
        }
    }

    /// One that the config named before: it goes once nothing serves through it any more.
    pub fn former(config: &Config, name: &str) -> Self {
        let settings = model::Connector { name: name.to_owned(), ..config.cloud_run.connector.clone() };
        Self { settings, wanted: false, ..Self::new(config) }
    }

    fn describe(&self) -> Command {
        let (name, region) = (&self.settings.name, &self.region);
        gcloud!["compute networks vpc-access connectors describe", name, "--region={region}"]
    }

    fn compare(&self, found: &Value) -> Vec<Diff> {
        let wanted = &self.settings;
        let mut diffs = Vec::new();
        let mut differ = |field: &str, found: String, wanted: String| {
            if found != wanted {
                diffs.push(Diff::new(field, found, wanted));
            }
        };
        let text = |field: &str| found[field].as_str().unwrap_or("(none)").to_owned();
        let number =
            |field: &str| found[field].as_u64().map_or_else(|| "(none)".to_owned(), |n| n.to_string());
        if !links_to(&found["network"], &self.network) {
            differ("network", text("network"), self.network.clone());
        }
        differ("range", text("ipCidrRange"), wanted.range.to_string());
        differ("machine_type", text("machineType"), wanted.machine_type.clone());
        differ("min_instances", number("minInstances"), wanted.min_instances.to_string());
        differ("max_instances", number("maxInstances"), wanted.max_instances.to_string());
        diffs
    }

    /// The connector does not say why it is broken: the operation that made it does.
    fn why_broken(&self, cloud: &Reader) -> Result<String> {
        let (name, region) = (&self.settings.name, &self.region);
        let operations = gcloud!["compute networks vpc-access operations list", "--region={region}"];
        let rows = cloud.list(operations)?;
        let ours = |row: &&Value| links_to(&row["metadata"]["target"], name);
        let mut said: Vec<_> = rows
            .iter()
            .filter(ours)
            .filter_map(|row| {
                Some((row["metadata"]["createTime"].as_str()?, row["error"]["message"].as_str()?))
            })
            .collect();
        said.sort_unstable();
        let said = said.last().map_or("Google does not say why", |(_, message)| message);
        Ok(format!("state ERROR: {said}"))
    }

    /// A second connector beside the first: the service is never without one.
    fn beside(&self) -> String {
        let (name, region) = (&self.settings.name, &self.region);
        format!(
            "without an interruption: name a second connector, with a range of its own (cloud_run.connector.name, \
             cloud_run.connector.range), and deploy: it is made beside the first, a new revision of the service goes through \
             it, and then the first is deleted if this tool made it, and else by you: `gcloud compute networks vpc-access connectors \
             delete {name} --region={region}`"
        )
    }

    /// What still goes through it, and the command that changes that. One process, where there is something to delete.
    fn in_use(&self, cloud: &Reader) -> Result<Option<(String, Option<String>)>> {
        let region = &self.region;
        for service in &cloud.list(settings::services(region))? {
            let name = service["metadata"]["name"].as_str().unwrap_or_default();
            if links_to(settings::connector(service), &self.settings.name) {
                return Ok(Some((format!("the service {name} goes through it"), None)));
            }
            if name == self.service
                && let Some(older) = resources::older_revision_that_serves(service)
            {
                let command =
                    format!("gcloud run services update-traffic {name} --to-latest --region={region}");
                return Ok(Some((format!("{older} still serves, and may go through it"), Some(command))));
            }
        }
        Ok(None)
    }
}

impl Resource for Connector {
    fn address(&self) -> Address {
        Address::new("vpc-connector", &self.settings.name)
    }

    fn wanted(&self) -> bool {
        self.wanted
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Api("vpcaccess.googleapis.com"), Need::Resource(network_address(&self.network))]
    }

    fn stands_alone(&self) -> bool {
        true
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(found) = cloud.find(self.describe())? else { return Ok(State::Absent) };
        Ok(match found["state"].as_str() {
            Some("CREATING") => State::Busy("being created".to_owned()),
            Some("UPDATING") => State::Busy("being updated".to_owned()),
            Some("DELETING") => State::Busy("being deleted".to_owned()),
            Some("ERROR") if self.wanted => State::Broken(self.why_broken(cloud)?),
            _ => State::from_diffs(self.compare(&found)),
        })
    }

    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let found = cloud.find(self.describe())?;
        let state = found.as_ref().and_then(|found| found["state"].as_str()).unwrap_or("(none)");
        Ok(vec![Finding::equal("state", "READY", state)])
    }

    /// `--async`: what is waited for is the connector itself, so that a run that was stopped goes on waiting for the same one.
    fn create(&self, cloud: &Writer) -> Result<()> {
        let model::Connector { name, range, machine_type, min_instances, max_instances } = &self.settings;
        let (network, region) = (&self.network, &self.region);
        cloud.change(gcloud![
            "compute networks vpc-access connectors create",
            name,
            "--region={region}",
            "--network={network}",
            "--range={range}",
            "--machine-type={machine_type}",
            "--min-instances={min_instances}",
            "--max-instances={max_instances}",
            "--async"
        ])?;
        Ok(())
    }

    /// Machine type and number of instances change in place, the number only upwards.
    fn way(&self, diffs: &[Diff]) -> Way {
        let moves = |diff: &Diff| matches!(diff.field.as_str(), "network" | "range");
        let shrinks = |diff: &Diff| matches!((diff.old.parse::<u64>(), diff.new.parse::<u64>()), (Ok(old), Ok(new)) if new < old);
        let why = match diffs {
            diffs if diffs.iter().any(moves) => "a connector keeps its network and its range",
            diffs if diffs.iter().any(shrinks) => "a connector grows and never shrinks",
            _ => return Way::InPlace,
        };
        Way::Replace { why: why.to_owned(), instead: self.beside() }
    }

    /// <https://cloud.google.com/vpc/docs/configure-serverless-vpc-access>: an update takes minutes, during which traffic can be
    /// disrupted; a service has no way to private addresses while its connector is not there.
    fn impact(&self, action: Action, _diffs: &[Diff]) -> Impact {
        const NO_WAY: &str =
            "the service reaches neither database nor Redis until the connector is there again";
        match action {
            Action::Update => {
                Impact::takes(180).interrupting("connections through the connector may break off")
            }
            Action::Replace => Impact::default().interrupting(NO_WAY),
            Action::Delete if !self.wanted => {
                Impact::default().interrupting("the way back to earlier revisions, which go through it")
            }
            _ => Impact::default(),
        }
    }

    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let model::Connector { name, machine_type, min_instances, max_instances, .. } = &self.settings;
        let region = &self.region;
        let new_machine = diffs.iter().any(|diff| diff.field == "machine_type");
        cloud.change(
            gcloud![
                "compute networks vpc-access connectors update",
                name,
                "--region={region}",
                "--min-instances={min_instances}",
                "--max-instances={max_instances}",
                "--async"
            ]
            .arg_if(new_machine, format!("--machine-type={machine_type}")),
        )?;
        Ok(())
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let (name, region) = (&self.settings.name, &self.region);
        if !self.wanted
            && let Some((why, command)) = self.in_use(cloud)?
        {
            let what = format!("{} is left over", self.address());
            return Err(Error::later(what, why, "once nothing does, run the command again", command));
        }
        cloud.change(gcloud![
            "compute networks vpc-access connectors delete",
            name,
            "--region={region}",
            "--async"
        ])?;
        Ok(())
    }

    fn without(&self, _gone: &Address) -> Option<&'static str> {
        Some("the service reaches database and cache through it")
    }

    fn expected_seconds(&self) -> Option<u32> {
        Some(150)
    }

    fn verify_after(&self) -> bool {
        true
    }

    fn output_names(&self) -> &[&'static str] {
        &["service.connector"]
    }

    /// `projects/P/locations/R/connectors/C`, as whoever else needs the network names it.
    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        let found = cloud.find(self.describe())?;
        let name = found.as_ref().and_then(|found| found["name"].as_str());
        Ok(name.into_iter().map(|name| ("service.connector".to_owned(), name.to_owned())).collect())
    }
}
