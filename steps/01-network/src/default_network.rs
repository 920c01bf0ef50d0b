use crate::COMPUTE;
use config::Config;
use engine::{Address, AtDestroy, Diff, Need, Reader, Resource, Result, State, Writer};
use gcloud::gcloud;
use resources::network::{links_to, network_address, networks};
use serde_json::Value;

/// The network that Google adds to a new project, with SSH and RDP open to the world. It goes where this tool made the
/// project; elsewhere somebody may use it, so it is only told of.
pub struct DefaultNetwork {
    project: String,
}

const NAME: &str = "default";

/// How Google describes it: a network that a person called `default` has another description.
const DESCRIPTION: &str = "Default network for the project";

/// The rules that Google adds to it.
const RULES: &[&str] =
    &["default-allow-icmp", "default-allow-internal", "default-allow-rdp", "default-allow-ssh"];

impl DefaultNetwork {
    pub fn new(config: &Config) -> Self {
        Self { project: config.project.id.clone() }
    }

    /// What a person can run to remove it.
    fn removal(&self, rules: &[String]) -> String {
        let project = format!("--project={}", self.project);
        let rules = rules.join(" ");
        let network = format!("gcloud compute networks delete {NAME} {project}");
        match rules.is_empty() {
            true => network,
            false => format!("gcloud compute firewall-rules delete {rules} {project} && {network}"),
        }
    }
}

/// The names of the network's firewall rules.
fn rules(cloud: &Reader) -> Result<Vec<String>> {
    let rows = cloud.list(gcloud!["compute firewall-rules list"])?;
    let own = rows.iter().filter(|row| links_to(&row["network"], NAME));
    Ok(own.filter_map(|row| row["name"].as_str().map(str::to_owned)).collect())
}

/// As Google made it, and with nothing in it that somebody else put there.
fn is_untouched(network: &Value, rules: &[String]) -> bool {
    network["description"] == DESCRIPTION
        && network["autoCreateSubnetworks"] == true
        && network["peerings"].as_array().is_none_or(Vec::is_empty)
        && rules.iter().all(|rule| RULES.contains(&rule.as_str()))
}

impl Resource for DefaultNetwork {
    fn address(&self) -> Address {
        network_address(NAME)
    }

    fn wanted(&self) -> bool {
        false
    }

    fn needs(&self) -> Vec<Need> {
        vec![COMPUTE]
    }

    /// Google makes it when compute is enabled.
    fn may_preexist(&self) -> bool {
        true
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let networks = networks(cloud)?;
        let Some(network) = networks.iter().find(|network| network["name"] == NAME) else {
            return Ok(State::Absent);
        };
        let rules = rules(cloud)?;
        if cloud.made_by_us(&Address::new("project", &self.project)) && is_untouched(network, &rules) {
            return Ok(State::Present);
        }
        let open: Vec<&str> =
            rules.iter().map(String::as_str).filter(|r| r.ends_with("-ssh") || r.ends_with("-rdp")).collect();
        let why = match open.is_empty() {
            true => String::new(),
            false => format!(", with rules that let the whole world in ({})", open.join(", ")),
        };
        let text = format!(
            "the project has the network `{NAME}` that Google adds by itself{why}; it may be in use, so it is left as it is"
        );
        cloud.note(!open.is_empty(), text, Some(self.removal(&rules)));
        Ok(State::Absent)
    }

    fn create(&self, _cloud: &Writer) -> Result<()> {
        Ok(())
    }

    fn update(&self, _cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        Ok(())
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::Kept("Google made it")
    }

    /// The rules first: a network with rules cannot be deleted. One command takes all of them.
    fn delete(&self, cloud: &Writer) -> Result<()> {
        let rules = match networks(cloud)?.iter().any(|network| network["name"] == NAME) {
            true => rules(cloud)?,
            // Only in a script for a project that is still to be made: what Google will have put there by then.
            false => {
                let text = "Google adds this network with compute; leave this out where your organization forbids that";
                cloud.note(false, text.to_owned(), None);
                RULES.iter().map(|rule| (*rule).to_owned()).collect()
            }
        };
        if !rules.is_empty() {
            let delete = gcloud!["compute firewall-rules delete"];
            cloud.change(rules.iter().fold(delete, |delete, rule| delete.arg(rule)))?;
        }
        cloud.change(gcloud!["compute networks delete", NAME])?;
        Ok(())
    }
}
