use crate::{COMPUTE, MARK};
use config::Config;
use engine::{Address, Diff, Error, Need, Reader, Resource, Result, State, Writer};
use gcloud::gcloud;
use ipnet::Ipv4Net;
use resources::network::{links_to, network_address};
use serde_json::Value;
use std::collections::BTreeSet;

/// A rule that lets traffic in from some ranges. No range: no rule, since gcloud would take that for everybody.
pub struct FirewallRule {
    name: String,
    network: String,
    /// Protocol and port range; a protocol without ports has none.
    allowed: &'static [(&'static str, &'static str)],
    sources: Vec<Ipv4Net>,
}

const PRIORITY: u64 = 1000;

/// What would let others in, or leave some machines out: a rule of ours has none of these.
const NARROWING: &[(&str, &str, &str)] = &[
    ("sourceTags", "source_tags", "--source-tags="),
    ("sourceServiceAccounts", "source_service_accounts", "--source-service-accounts="),
    ("targetTags", "target_tags", "--target-tags="),
    ("targetServiceAccounts", "target_service_accounts", "--target-service-accounts="),
    ("destinationRanges", "destination_ranges", "--destination-ranges="),
];

impl FirewallRule {
    pub fn new(
        config: &Config,
        name: String,
        allowed: &'static [(&'static str, &'static str)],
        sources: Vec<Ipv4Net>,
    ) -> Self {
        Self { name, network: config.network.name.clone(), allowed, sources }
    }

    /// `tcp:0-65535,icmp`
    fn rules(&self) -> String {
        let rules = self.allowed.iter().map(|(protocol, ports)| match ports.is_empty() {
            true => (*protocol).to_owned(),
            false => format!("{protocol}:{ports}"),
        });
        sorted(rules)
    }

    fn sources(&self) -> String {
        sorted(self.sources.iter().map(ToString::to_string))
    }
}

/// Order means nothing in these lists.
fn sorted(items: impl Iterator<Item = String>) -> String {
    items.collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(",")
}

pub(crate) fn texts(value: &Value) -> String {
    sorted(value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)))
}

/// What a rule allows, written as gcloud takes it. A protocol that has ports and names none allows all of them.
pub(crate) fn allowed(row: &Value) -> String {
    let rules = row["allowed"].as_array().into_iter().flatten().flat_map(|rule| {
        let protocol = rule["IPProtocol"].as_str().unwrap_or_default().to_owned();
        let ports: Vec<String> = rule["ports"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|p| p.as_str().map(str::to_owned))
            .collect();
        match (ports.is_empty(), protocol.as_str()) {
            (true, "tcp" | "udp") => vec![format!("{protocol}:0-65535")],
            (true, _) => vec![protocol],
            (false, _) => ports.iter().map(|ports| format!("{protocol}:{ports}")).collect(),
        }
    });
    sorted(rules)
}

impl Resource for FirewallRule {
    fn address(&self) -> Address {
        Address::new("firewall-rule", &self.name)
    }

    fn wanted(&self) -> bool {
        !self.sources.is_empty()
    }

    fn needs(&self) -> Vec<Need> {
        vec![COMPUTE, Need::Resource(network_address(&self.network))]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let name = &self.name;
        let rows = cloud.list(gcloud!["compute firewall-rules list"])?;
        let Some(row) = rows.iter().find(|row| row["name"] == name.as_str()) else {
            return Ok(State::Absent);
        };
        // What cannot be changed in place, and is no accident: somebody else's rule.
        let other = if !links_to(&row["network"], &self.network) {
            Some("belongs to another network")
        } else if row["direction"] != "INGRESS" {
            Some("is for traffic that goes out")
        } else if row["denied"].as_array().is_some_and(|denied| !denied.is_empty()) {
            Some("denies instead of allowing")
        } else {
            None
        };
        if let Some(other) = other {
            return Err(Error::person(
                format!("the firewall rule {name} is not the one that this tool keeps"),
                format!("the rule of this name {other}, which Google cannot change in place"),
                format!(
                    "delete the firewall rule {name}, if nobody needs it, or set network.name to another name"
                ),
            ));
        }
        let mut diffs = Vec::new();
        let mut compare = |field: &str, found: String, wanted: String| {
            if found != wanted {
                diffs.push(Diff::new(field, found, wanted));
            }
        };
        compare("allowed", allowed(row), self.rules());
        compare("source_ranges", texts(&row["sourceRanges"]), self.sources());
        compare("priority", row["priority"].to_string(), PRIORITY.to_string());
        compare("enabled", (row["disabled"] != true).to_string(), true.to_string());
        for (key, field, _) in NARROWING {
            compare(field, texts(&row[key]), String::new());
        }
        Ok(State::from_diffs(diffs))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let (name, network, rules, sources) = (&self.name, &self.network, self.rules(), self.sources());
        cloud.change(gcloud![
            "compute firewall-rules create",
            name,
            "--network={network}",
            "--direction=INGRESS",
            "--action=ALLOW",
            "--priority={PRIORITY}",
            "--rules={rules}",
            "--source-ranges={sources}",
            "--description={MARK}"
        ])?;
        Ok(())
    }

    /// One command brings all of it up to date.
    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let (name, rules, sources) = (&self.name, self.rules(), self.sources());
        let drifted = |field: &str| diffs.iter().any(|diff| diff.field == field);
        let command = gcloud!["compute firewall-rules update", name]
            .arg_if(drifted("allowed"), format!("--rules={rules}"))
            .arg_if(drifted("source_ranges"), format!("--source-ranges={sources}"))
            .arg_if(drifted("priority"), format!("--priority={PRIORITY}"))
            .arg_if(drifted("enabled"), "--no-disabled");
        let clear = |command: gcloud::Command, (_, field, flag): &(&str, &str, &str)| {
            command.arg_if(drifted(field), *flag)
        };
        cloud.change(NARROWING.iter().fold(command, clear))?;
        Ok(())
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let rules = cloud.list(gcloud!["compute firewall-rules list"])?;
        let own = rules.iter().find(|rule| rule["name"] == self.name.as_str());
        Ok(own.is_some_and(|rule| rule["description"] == MARK))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["compute firewall-rules delete", &self.name])?;
        Ok(())
    }
}
