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
    let (mut wrong, mut names) = (Vec::new(), Vec::new());
    for rule in own {
        let ranges = rule["sourceRanges"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let others: Vec<&str> =
            ranges.filter(|text| !text.parse().is_ok_and(|range| allowed(&range))).collect();
        if !others.is_empty() {
            let name = rule["name"].as_str().unwrap_or_default();
            wrong.push(format!("{name} lets {} in", others.join(", ")));
            names.push(name);
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
    let (them, names) = (if names.len() == 1 { "it" } else { "them" }, names.join(" "));
    Ok(finding
        .todo(format!("narrow {them}, or delete {them}: `gcloud compute firewall-rules delete {names}`")))
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
/// front end is Google's. Three processes: reserved addresses, forwarding rules, machines; of all regions, and the global ones.
pub fn addresses(cloud: &Reader) -> Result<Finding> {
    let mut public = Vec::new();
    for row in &cloud.list(gcloud!["compute addresses list"])? {
        if row["addressType"] == "EXTERNAL" {
            public.push(Public::new("", row, &row["address"], away("addresses", row)));
        }
    }
    for row in &cloud.list(gcloud!["compute forwarding-rules list"])? {
        let scheme = row["loadBalancingScheme"].as_str().unwrap_or_default();
        if scheme.starts_with("EXTERNAL") {
            let away = away("forwarding-rules", row);
            public.push(Public::new("forwarding rule ", row, &row["IPAddress"], away));
        }
    }
    for row in &cloud.list(gcloud!["compute instances list"])? {
        let found = of_machine(row).into_iter();
        public.extend(found.map(|address| Public::new("machine ", row, &address, away_from(row))));
    }
    // What uses a reserved address is told as that.
    let mut told: Vec<&Public> = Vec::new();
    for one in &public {
        if !told.iter().any(|other| one.address.is_some() && other.address == one.address) {
            told.push(one);
        }
    }
    let away: Vec<String> = told.iter().map(|one| format!("`{}`", one.away)).collect();
    let told: Vec<String> = told.into_iter().map(Public::told).collect();
    let found = if told.is_empty() { "none".to_owned() } else { told.join(", ") };
    let finding = Finding::new("public addresses of the project", "none", found, told.is_empty());
    Ok(finding.todo(format!("take away what nothing needs: {}", away.join("; "))))
}

/// The command that deletes a row of one of compute's lists that hold what is regional and what is global.
fn away(list: &str, row: &Value) -> String {
    let place = match last(&row["region"]) {
        "" => "--global".to_owned(),
        region => format!("--region={region}"),
    };
    format!("gcloud compute {list} delete {} {place}", last(&row["name"]))
}

/// The command that takes a machine's address away.
fn away_from(machine: &Value) -> String {
    let (name, zone) = (last(&machine["name"]), last(&machine["zone"]));
    format!("gcloud compute instances delete-access-config {name} --zone={zone}")
}

/// The last part of a name, which may be a whole address.
fn last(name: &Value) -> &str {
    name.as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default()
}

/// Something with an address of the internet.
struct Public {
    what: String,
    /// None while a machine is off: it has a new one each time it starts.
    address: Option<String>,
    /// The command that takes it away.
    away: String,
}

impl Public {
    fn new(kind: &str, row: &Value, address: &Value, away: String) -> Self {
        let what = format!("{kind}{}", row["name"].as_str().unwrap_or("?"));
        Self { what, address: address.as_str().map(str::to_owned), away }
    }

    fn told(&self) -> String {
        format!("{} ({})", self.what, self.address.as_deref().unwrap_or("when it runs"))
    }
}

/// The addresses of the internet that a machine has, or gets when it starts.
fn of_machine(row: &Value) -> Vec<Value> {
    let interfaces = row["networkInterfaces"].as_array().into_iter().flatten();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let found = interfaces.flat_map(|interface| {
        let four = list(&interface["accessConfigs"]).into_iter().map(|config| config["natIP"].clone());
        let six = list(&interface["ipv6AccessConfigs"]).into_iter();
        four.chain(six.map(|config| config["externalIpv6"].clone()))
    });
    found.collect()
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

    #[test]
    fn a_machine_has_an_address_also_while_it_is_off() {
        let machine = |interface: Value| json!({"name": "a", "networkInterfaces": [interface]});
        assert!(of_machine(&machine(json!({"networkIP": "10.0.0.2"}))).is_empty());
        let on = machine(json!({"accessConfigs": [{"type": "ONE_TO_ONE_NAT", "natIP": "203.0.113.4"}]}));
        let off = machine(json!({"accessConfigs": [{"type": "ONE_TO_ONE_NAT"}]}));
        let six = machine(json!({"ipv6AccessConfigs": [{"externalIpv6": "2001:db8::1"}]}));
        assert_eq!(of_machine(&on), ["203.0.113.4"]);
        assert_eq!(of_machine(&off), [Value::Null]);
        assert_eq!(of_machine(&six), ["2001:db8::1"]);
    }
}
