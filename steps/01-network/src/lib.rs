//! Step 01-network: a VPC of its own, with one subnet, two firewall rules, and private services access, over which Cloud
//! SQL and Memorystore have private addresses.

pub mod adopt;
mod default_network;
mod exposure;
mod firewall;
mod network;
mod peering;
mod services_range;
mod subnet;
#[cfg(test)]
mod tests;

use config::{Config, model::Egress, names};
use engine::{Address, Former, Need, Step};

/// A resource of this step under a name that the config names no more: of another network, or another subnet of this one.
/// `None`: none of this step's.
pub fn former(config: &Config, address: &Address) -> Option<Former> {
    const SINCE: &str = "what is in it may still use it";
    let name = address.name();
    let of = |network: &str| {
        let mut config = config.clone();
        network.clone_into(&mut config.network.name);
        config
    };
    let rule = |ending: &str, rule: fn(&Config) -> firewall::FirewallRule| {
        Some(Former::of(rule(&of(name.strip_suffix(ending)?))))
    };
    let former = match address.kind() {
        "network" => Some(Former::of(network::Network::new(&of(name)))),
        "peering" => Some(Former::of(peering::Peering::former(&of(name)))),
        "address-range" => name
            .strip_prefix(names::SERVICES_PREFIX)
            .map(|network| Former::of(services_range::ServicesRange::former(&of(network)))),
        "subnet" => Some(Former::of(subnet::Subnet::former(config, name))),
        "firewall-rule" => rule(names::INTERNAL, allow_internal).or_else(|| rule(names::SSH, allow_ssh)),
        _ => None,
    };
    former.map(|former| former.staying(SINCE))
}

/// What this step keeps.
pub fn step(config: &Config) -> Step {
    Step::new("01-network", "Network")
        .keep(default_network::DefaultNetwork::new(config))
        .keep(network::Network::new(config))
        .keep(subnet::Subnet::new(config))
        .keep(allow_internal(config))
        .keep(allow_ssh(config))
        .keep(services_range::ServicesRange::new(config))
        .keep(peering::Peering::new(config))
}

/// The network's own ranges reach each other. The connector's machines are outside of the subnet.
fn allow_internal(config: &Config) -> firewall::FirewallRule {
    let mut sources = vec![config.network.range];
    if config.cloud_run.egress == Egress::Connector {
        sources.push(config.cloud_run.connector.range);
    }
    let allowed = &[("tcp", "0-65535"), ("udp", "0-65535"), ("icmp", "")];
    firewall::FirewallRule::new(config, config.firewall_internal(), allowed, sources)
}

/// SSH from the configured ranges: by default only through Identity-Aware Proxy. No range, no rule.
fn allow_ssh(config: &Config) -> firewall::FirewallRule {
    let sources = config.network.ssh_source_ranges.clone();
    firewall::FirewallRule::new(config, config.firewall_ssh(), &[("tcp", "22")], sources)
}

/// Network, subnet, rules and addresses cannot carry labels: this description is the owner's mark.
const MARK: &str = "Managed by deploy-all";

/// What everything here needs.
const COMPUTE: Need = Need::Api("compute.googleapis.com");
