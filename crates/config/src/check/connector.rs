//! `[cloud_run.connector]`

use super::Faults;
use super::grammar::{name, name_rule};
use super::ranges::own;
use crate::model::{CloudRun, Egress};
use crate::warning::Warning;

/// What the API allows for the name.
const NAME: usize = 25;
/// What Google documents: fewer than this, hyphens counted twice.
const DOCUMENTED: usize = 21;

pub(super) fn check(run: &CloudRun, faults: &mut Faults) {
    if run.egress == Egress::Direct {
        return;
    }
    let connector = &run.connector;
    if let Some(what) = name(&connector.name, 1, NAME) {
        faults.add("cloud_run.connector.name", what, name_rule(1, NAME), "choose a shorter or simpler name");
    }
    own(
        "cloud_run.connector.range",
        connector.range,
        28,
        28,
        "Google takes no other for a connector",
        faults,
    );
    if connector.min_instances >= connector.max_instances {
        let (key, other) = ("cloud_run.connector.min_instances", "cloud_run.connector.max_instances");
        faults.against(
            key,
            "is not less than",
            other,
            "2 to 9, below the most",
            "lower this one or raise the other",
        );
    }
}

pub(super) fn warn(run: &CloudRun, warnings: &mut Vec<Warning>) {
    let name = &run.connector.name;
    let counted = name.len() + name.matches('-').count();
    if run.egress == Egress::Connector && counted >= DOCUMENTED {
        warnings.push(Warning::ConnectorName { name: name.clone(), counted });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(change: impl FnOnce(&mut CloudRun)) -> CloudRun {
        let mut run = CloudRun::default();
        change(&mut run);
        run
    }

    fn lines(change: impl FnOnce(&mut CloudRun)) -> Vec<String> {
        let mut faults = Faults::default();
        check(&run(change), &mut faults);
        faults.lines()
    }

    #[test]
    fn names() {
        assert!(lines(|r| r.connector.name = "a".repeat(25)).is_empty());
        let expected = ["cloud_run.connector.name: is 26 characters long, longer than 25"];
        assert_eq!(lines(|r| r.connector.name = "a".repeat(26)), expected);
        assert!(lines(|r| (r.connector.name, r.egress) = ("B".into(), Egress::Direct)).is_empty());
    }

    #[test]
    fn names_that_google_would_rather_not_have() {
        let counted = |name: &str| {
            let mut warnings = Vec::new();
            warn(&run(|r| r.connector.name = name.into()), &mut warnings);
            warnings.into_iter().map(|warning| warning.to_string()).collect::<Vec<_>>()
        };
        assert!(counted(&"a".repeat(20)).is_empty());
        assert_eq!(counted(&"a".repeat(21)).len(), 1);
        assert!(counted("codementor-backends").is_empty());
        assert!(counted("codementor-connector")[0].contains("counts 21 characters"));
        let mut none = Vec::new();
        warn(&run(|r| r.egress = Egress::Direct), &mut none);
        assert!(none.is_empty());
    }

    #[test]
    fn the_range_is_a_28() {
        let range = |text: &str| lines(|r| r.connector.range = text.parse().unwrap());
        assert!(range("192.168.7.16/28").is_empty());
        assert_eq!(range("10.8.0.0/27"), ["cloud_run.connector.range: is too large"]);
        assert_eq!(range("10.8.0.0/29"), ["cloud_run.connector.range: is too small"]);
        assert_eq!(range("10.8.0.1/28"), ["cloud_run.connector.range: has bits set behind its prefix"]);
        assert_eq!(range("11.8.0.0/28"), ["cloud_run.connector.range: is not private"]);
    }

    #[test]
    fn fewer_machines_than_the_most() {
        let sizes =
            |least, most| lines(|r| (r.connector.min_instances, r.connector.max_instances) = (least, most));
        assert!(sizes(2, 3).is_empty());
        assert_eq!(sizes(3, 3).len(), 1);
        assert_eq!(sizes(9, 3).len(), 1);
    }
}
