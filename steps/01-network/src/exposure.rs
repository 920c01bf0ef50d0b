//! Who reaches the network from outside.

use config::Config;
use config::model::Egress;
use engine::{Finding, Reader, Result};
use gcloud::gcloud;
use ipnet::Ipv4Net;
use resources::network::links_to;
use serde_json::Value;

const SSH: u16 = 22;

/// SSH comes only from the configured ranges: Identity-Aware Proxy, by default. All rules of the network count, not only
/// those that this tool keeps.
pub fn ssh(cloud: &Reader, config: &Config) -> Result<Finding> {
    let network = &config.network;
    let rules = cloud.list(gcloud!["compute firewall-rules list"])?;
    let mut inside = vec![network.range];
    if config.cloud_run.egress == Egress::Connector {
        inside.push(config.cloud_run.connector.range);
    }
    let allowed =
        |range: &Ipv4Net| inside.iter().chain(&network.ssh_source_ranges).any(|outer| outer.contains(range));
    let own = rules.iter().filter(|rule| links_to(&rule["network"], &network.name) && lets_in(rule, SSH));
    let mut wrong = Vec::new();
    for rule in own {
        let ranges = rule["sourceRanges"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let others: Vec<&str> =
            ranges.filter(|text| !text.parse().is_ok_and(|range| allowed(&range))).collect();
        if !others.is_empty() {
            wrong.push(format!(
                "{} lets {} in",
                rule["name"].as_str().unwrap_or("a rule"),
                others.join(", ")
            ));
        }
    }
    let ranges: Vec<String> = network.ssh_source_ranges.iter().map(ToString::to_string).collect();
    let (iap, none) = (ranges == ["35.235.240.0/20"], ranges.is_empty());
    let expected = match (none, iap) {
        (true, _) => "from nowhere outside".to_owned(),
        (_, true) => "through Identity-Aware Proxy only (35.235.240.0/20)".to_owned(),
        _ => format!("from {} only", ranges.join(", ")),
    };
    let found = if wrong.is_empty() { expected.clone() } else { wrong.join("; ") };
    let finding = Finding::new("SSH", expected, found, wrong.is_empty());
    Ok(finding.todo("narrow or delete that rule: gcloud compute firewall-rules delete NAME"))
}

/// Whether a rule lets TCP connections to this port in.
fn lets_in(rule: &Value, port: u16) -> bool {
    if rule["direction"] == "EGRESS" || rule["disabled"] == true {
        return false;
    }
    let allowed = rule["allowed"].as_array().into_iter().flatten();
    allowed.into_iter().any(|entry| {
        let protocol = entry["IPProtocol"].as_str().unwrap_or_default();
        let ports = entry["ports"].as_array();
        matches!(protocol, "tcp" | "6" | "all")
            && ports.is_none_or(|ports| ports.iter().filter_map(Value::as_str).any(|text| within(text, port)))
    })
}

/// Whether `22` or `20-30` holds this port.
fn within(text: &str, port: u16) -> bool {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
        (Ok(first), Ok(last)) => (first..=last).contains(&port),
        _ => false,
    }
}

/// Nothing here has an address of the internet: databases, caches and the service have private ones, and Cloud Run's own
/// front end is Google's.
pub fn addresses(cloud: &Reader) -> Result<Finding> {
    // Of all regions, and the global ones: what a load balancer, a NAT gateway or a machine was given.
    let rows = cloud.list(gcloud!["compute addresses list"])?;
    let public = rows.iter().filter(|row| row["addressType"] == "EXTERNAL");
    let public: Vec<String> = public
        .map(|row| {
            let text = |field: &str| row[field].as_str().unwrap_or("?").to_owned();
            format!("{} ({})", text("name"), text("address"))
        })
        .collect();
    let found = if public.is_empty() { "none".to_owned() } else { public.join(", ") };
    let finding = Finding::new("public addresses of the project", "none", found, public.is_empty());
    Ok(finding.todo(
        "release it, if nothing needs it: gcloud compute addresses delete NAME, with --region or --global",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_rule_lets_a_port_in_by_range_by_protocol_or_by_all() {
        let rule = |allowed: Value| json!({"direction": "INGRESS", "allowed": [allowed]});
        for allowed in [
            json!({"IPProtocol": "tcp", "ports": ["22"]}),
            json!({"IPProtocol": "tcp", "ports": ["80", "20-25"]}),
            json!({"IPProtocol": "tcp"}),
            json!({"IPProtocol": "all"}),
            json!({"IPProtocol": "6", "ports": ["0-65535"]}),
        ] {
            assert!(lets_in(&rule(allowed.clone()), 22), "{allowed}");
        }
        for allowed in [
            json!({"IPProtocol": "tcp", "ports": ["443", "23-30"]}),
            json!({"IPProtocol": "udp", "ports": ["22"]}),
            json!({"IPProtocol": "icmp"}),
        ] {
            assert!(!lets_in(&rule(allowed.clone()), 22), "{allowed}");
        }
        let mut off = rule(json!({"IPProtocol": "all"}));
        off["disabled"] = json!(true);
        assert!(!lets_in(&off, 22));
    }
}
