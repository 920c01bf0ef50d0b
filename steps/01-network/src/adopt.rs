//! What the old scripts left in the network, and this tool does not keep.

use crate::firewall::{allowed, texts};
use config::Config;
use engine::{Address, Reader, Result};
use gcloud::gcloud;
use resources::Decision;
use resources::network::links_to;
use serde_json::Value;

const ANYWHERE: [&str; 2] = ["0.0.0.0/0", "::/0"];

/// Rules of the network that let traffic in and are not this tool's. No process: the checks read the same list.
///
/// # Errors
/// The rules cannot be listed.
pub fn decisions(cloud: &Reader, config: &Config) -> Result<Vec<Decision>> {
    let ours = [config.firewall_internal(), config.firewall_ssh()];
    let rows = cloud.list(gcloud!["compute firewall-rules list"])?;
    let foreign = rows.iter().filter(|row| {
        let name = row["name"].as_str().unwrap_or_default();
        links_to(&row["network"], &config.network.name)
            && row["direction"] == "INGRESS"
            && row["disabled"] != true
            && row["allowed"].is_array()
            && !ours.iter().any(|our| our == name)
    });
    Ok(foreign.map(|row| decision(row, config)).collect())
}

fn decision(row: &Value, config: &Config) -> Decision {
    let name = row["name"].as_str().unwrap_or_default();
    let (what, sources) = (allowed(row), texts(&row["sourceRanges"]));
    let world = sources.split(',').any(|source| ANYWHERE.contains(&source.trim()));
    let ssh = what.split(',').map(str::trim).any(|rule| matches!(rule, "tcp:22" | "tcp:0-65535" | "all"));
    let text = match (world, ssh) {
        (true, true) => format!(
            "lets the whole world in to SSH ({what} from {sources}); {} lets in Identity-Aware Proxy only",
            config.firewall_ssh()
        ),
        (true, false) => format!("lets the whole world in ({what} from {sources})"),
        (false, _) => format!(
            "is not this tool's ({what} from {sources}); what it was for, {} and {} do now",
            config.firewall_internal(),
            config.firewall_ssh()
        ),
    };
    Decision {
        step: "01-network",
        about: Address::new("firewall-rule", name),
        text,
        command: format!("gcloud compute firewall-rules delete {name} --project={}", config.project.id),
    }
}
