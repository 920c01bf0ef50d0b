//! Ranges that must not share an address. Google says so only after minutes, some of it never.

use super::Faults;
use super::ranges::{kept_by_google, overlap};
use crate::Config;
use crate::model::Egress;

pub(super) fn check(config: &Config, faults: &mut Faults) {
    let mut ranges = vec![
        ("network.range", config.network.range),
        ("network.services_range", config.network.services_range),
    ];
    if config.cloud_run.egress == Egress::Connector {
        ranges.push(("cloud_run.connector.range", config.cloud_run.connector.range));
    }
    for (index, (key, range)) in ranges.iter().enumerate() {
        let kept = kept_by_google();
        if overlap(range, &kept) {
            let what = format!("overlaps {kept}, which Memorystore and Cloud SQL keep for themselves");
            let remedy = "choose a range outside of it; a part of 10.0.0.0/8 is a good choice";
            faults.add(*key, what, format!("a private range outside of {kept}"), remedy);
        }
        for (other, second) in &ranges[..index] {
            if overlap(range, second) {
                let remedy = "choose ranges that share no address";
                faults.mutual(key, "overlaps", other, "ranges that are apart from each other", remedy);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(subnet: &str, services: &str, connector: &str, egress: Egress) -> Vec<String> {
        let mut config = Config::default();
        config.network.range = subnet.parse().unwrap();
        config.network.services_range = services.parse().unwrap();
        config.cloud_run.connector.range = connector.parse().unwrap();
        config.cloud_run.egress = egress;
        let mut faults = Faults::default();
        check(&config, &mut faults);
        faults.lines()
    }

    #[test]
    fn ranges_are_apart_pairwise() {
        let with = Egress::Connector;
        assert!(lines("10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/28", with).is_empty());
        let cases = [
            (("10.0.0.0/16", "10.0.1.0/24", "10.8.0.0/28"), "network.services_range: overlaps network.range"),
            (("10.0.1.0/24", "10.0.0.0/16", "10.8.0.0/28"), "network.services_range: overlaps network.range"),
            (
                ("10.0.0.0/24", "10.1.0.0/24", "10.0.0.240/28"),
                "cloud_run.connector.range: overlaps network.range",
            ),
            (
                ("10.0.0.0/24", "10.1.0.0/24", "10.1.0.0/28"),
                "cloud_run.connector.range: overlaps network.services_range",
            ),
        ];
        for ((subnet, services, connector), expected) in cases {
            assert_eq!(lines(subnet, services, connector, with), [expected]);
        }
        assert_eq!(lines("10.0.0.0/24", "10.0.0.0/24", "10.0.0.0/28", with).len(), 3);
    }

    #[test]
    fn a_connector_that_is_not_made_is_in_nobodys_way() {
        assert!(lines("10.0.0.0/24", "10.1.0.0/24", "10.0.0.240/28", Egress::Direct).is_empty());
    }

    #[test]
    fn what_google_keeps_is_refused_for_each() {
        for (subnet, services, connector, key) in [
            ("172.17.0.0/24", "10.1.0.0/24", "10.2.0.0/28", "network.range"),
            ("172.16.0.0/12", "10.1.0.0/24", "10.2.0.0/28", "network.range"),
            ("10.0.0.0/24", "172.17.255.0/24", "10.2.0.0/28", "network.services_range"),
            ("10.0.0.0/24", "10.1.0.0/24", "172.17.0.0/28", "cloud_run.connector.range"),
        ] {
            let expected =
                format!("{key}: overlaps 172.17.0.0/16, which Memorystore and Cloud SQL keep for themselves");
            assert_eq!(lines(subnet, services, connector, Egress::Connector), [expected]);
        }
        assert!(lines("172.18.0.0/24", "172.16.0.0/24", "10.2.0.0/28", Egress::Connector).is_empty());
    }
}
