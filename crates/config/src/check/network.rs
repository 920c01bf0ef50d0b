//! `[network]`

use super::Faults;
use super::grammar::{name, name_rule};
use super::ranges::{canonical, own};
use crate::Config;
use crate::model::Egress;

/// What Google allows for the name of anything in Compute Engine.
const NAME: usize = 63;

/// A shorter prefix than this lets so much of the world in that it is "anywhere".
const ANYWHERE: u8 = 8;

pub(super) fn check(config: &Config, faults: &mut Faults) {
    let network = &config.network;
    // The longest name that is made from the network's own must fit as well.
    let most = NAME - (config.services_address().len() - network.name.len());
    if let Some(what) = name(&network.name, 1, most) {
        let allowed =
            format!("{}; \"{}\" must fit into {NAME}", name_rule(1, most), config.services_address());
        faults.add("network.name", what, allowed, "choose another name");
    }
    if let Some(what) = name(&network.subnet, 1, NAME) {
        faults.add("network.subnet", what, name_rule(1, NAME), "choose another name");
    }
    match config.cloud_run.egress {
        Egress::Connector => {
            own("network.range", network.range, 8, 29, "Google's smallest subnet is a /29", faults)
        }
        Egress::Direct => {
            own("network.range", network.range, 8, 26, "direct egress needs a /26 or larger", faults)
        }
    }
    let why = "each service takes a /24 of it";
    own("network.services_range", network.services_range, 8, 24, why, faults);
    ssh(config, faults);
}

fn ssh(config: &Config, faults: &mut Faults) {
    let network = &config.network;
    for (index, range) in network.ssh_source_ranges.iter().enumerate() {
        let key = format!("network.ssh_source_ranges[{index}]");
        canonical(&key, *range, faults);
        if range.prefix_len() < ANYWHERE && !network.allow_ssh_from_anywhere {
            let allowed = "ranges of /8 or smaller, unless network.allow_ssh_from_anywhere = true";
            let remedy =
                "keep \"35.235.240.0/20\" and connect with `gcloud compute ssh --tunnel-through-iap`";
            faults.add(key, "opens SSH to the world", allowed, remedy);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(change: impl FnOnce(&mut Config)) -> Vec<String> {
        let mut config = Config::default();
        change(&mut config);
        let mut faults = Faults::default();
        check(&config, &mut faults);
        faults.lines()
    }

    fn range(text: &str) -> Vec<String> {
        lines(|c| c.network.range = text.parse().unwrap())
    }

    #[test]
    fn the_names_that_follow_from_the_network_must_fit() {
        assert!(lines(|c| c.network.name = "n".repeat(39)).is_empty());
        let expected = ["network.name: is 40 characters long, longer than 39"];
        assert_eq!(lines(|c| c.network.name = "n".repeat(40)), expected);
        assert!(lines(|c| c.network.subnet = "n".repeat(63)).is_empty());
        let expected = ["network.subnet: is 64 characters long, longer than 63"];
        assert_eq!(lines(|c| c.network.subnet = "n".repeat(64)), expected);
    }

    #[test]
    fn the_subnet_is_canonical_private_and_of_a_sensible_size() {
        for good in ["10.0.0.0/8", "10.0.0.0/29", "172.16.0.0/12", "192.168.255.0/24"] {
            assert!(range(good).is_empty(), "{good}");
        }
        assert_eq!(range("10.128.0.1/20"), ["network.range: has bits set behind its prefix"]);
        for public in ["8.8.8.0/24", "172.32.0.0/16", "192.169.0.0/16", "100.64.0.0/10"] {
            assert_eq!(range(public), ["network.range: is not private"], "{public}");
        }
        assert_eq!(range("10.0.0.0/30"), ["network.range: is too small"]);
        assert_eq!(range("8.0.0.0/7"), ["network.range: is not private", "network.range: is too large"]);
    }

    #[test]
    fn direct_egress_needs_more_addresses() {
        let direct = |text: &str| {
            lines(|c| {
                c.cloud_run.egress = Egress::Direct;
                c.network.range = text.parse().unwrap();
            })
        };
        assert!(direct("10.0.0.0/26").is_empty());
        assert_eq!(direct("10.0.0.0/27"), ["network.range: is too small"]);
        assert!(range("10.0.0.0/27").is_empty());
    }

    #[test]
    fn the_services_range_has_room() {
        let services = |text: &str| lines(|c| c.network.services_range = text.parse().unwrap());
        assert!(services("10.20.0.0/24").is_empty());
        assert_eq!(services("10.20.0.0/25"), ["network.services_range: is too small"]);
        assert_eq!(services("10.20.0.9/16"), ["network.services_range: has bits set behind its prefix"]);
    }

    #[test]
    fn ssh_from_anywhere_must_be_asked_for() {
        let ssh = |text: &str, allow: bool| {
            lines(|c| {
                c.network.ssh_source_ranges = vec!["35.235.240.0/20".parse().unwrap(), text.parse().unwrap()];
                c.network.allow_ssh_from_anywhere = allow;
            })
        };
        assert!(ssh("203.0.113.7/32", false).is_empty());
        assert!(ssh("11.0.0.0/8", false).is_empty());
        for world in ["0.0.0.0/0", "128.0.0.0/1", "8.0.0.0/7"] {
            let expected = ["network.ssh_source_ranges[1]: opens SSH to the world"];
            assert_eq!(ssh(world, false), expected, "{world}");
            assert!(ssh(world, true).is_empty(), "{world}");
        }
        let expected = ["network.ssh_source_ranges[1]: has bits set behind its prefix"];
        assert_eq!(ssh("203.0.113.7/24", false), expected);
    }
}
