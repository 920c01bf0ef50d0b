//! What a service is set to, compared with what the config asks for. All but the image.

use crate::wanted;
use config::Config;
use config::model::Egress;
use engine::Diff;
use gcloud::{Command, gcloud};
use resources::network::links_to;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The fields that differ.
pub fn compare(config: &Config, service: &Value) -> Vec<Diff> {
    let mut diffs = Vec::new();
    numbers(config, service, &mut diffs);
    egress(config, service, &mut diffs);
    variables(config, service, &mut diffs);
    files(config, service, &mut diffs);
    labels(config, service, &mut diffs);
    diffs
}

/// The container: the first, as it is the only one that this tool makes.
pub fn container(service: &Value) -> &Value {
    &service["spec"]["template"]["spec"]["containers"][0]
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn numbers(config: &Config, service: &Value, diffs: &mut Vec<Diff>) {
    let run = &config.cloud_run;
    let spec = &service["spec"]["template"]["spec"];
    let limits = &container(service)["resources"]["limits"];
    let marks = &service["spec"]["template"]["metadata"]["annotations"];
    let (cpu, memory) = (shown(&limits["cpu"]), shown(&limits["memory"]));
    if millis(&cpu) != millis(&run.cpu) {
        diffs.push(Diff::new("cpu", cpu, &run.cpu));
    }
    if bytes(&memory) != bytes(&run.memory) {
        diffs.push(Diff::new("memory", memory, &run.memory));
    }
    let annotation = |name: &str| marks[format!("autoscaling.knative.dev/{name}")].clone();
    let least = match annotation("minScale") {
        Value::Null => "0".to_owned(),
        set => shown(&set),
    };
    for (field, found, wanted) in [
        ("min_instances", least, run.min_instances.to_string()),
        ("max_instances", shown(&annotation("maxScale")), run.max_instances.to_string()),
        ("concurrency", shown(&spec["containerConcurrency"]), run.concurrency.to_string()),
        ("timeout", shown(&spec["timeoutSeconds"]), run.timeout.to_string()),
        ("service_account", shown(&spec["serviceAccountName"]), config.run_account_email()),
    ] {
        if found != wanted {
            diffs.push(Diff::new(field, found, wanted));
        }
    }
}

/// Thousandths of a CPU: Google writes `1` and `1000m`.
fn millis(text: &str) -> Option<u64> {
    match text.strip_suffix('m') {
        Some(millis) => millis.parse().ok(),
        None => {
            let cpus: f64 = text.parse().ok()?;
            // At most 8 CPUs, so nothing is cut off.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            (cpus.is_finite() && cpus >= 0.0).then_some((cpus * 1000.0).round() as u64)
        }
    }
}

/// `1Gi` and `1024Mi` are the same.
fn bytes(text: &str) -> Option<u64> {
    let units = [
        ("Ki", 1 << 10),
        ("Mi", 1 << 20),
        ("Gi", 1 << 30),
        ("k", 1000),
        ("M", 1_000_000),
        ("G", 1_000_000_000),
    ];
    let found = units.iter().find_map(|(unit, size)| Some((text.strip_suffix(unit)?, *size)));
    let (number, size) = found.unwrap_or((text, 1));
    number.parse::<u64>().ok()?.checked_mul(size)
}

/// How the service leaves into the network: through the connector or directly, for private addresses only.
fn egress(config: &Config, service: &Value, diffs: &mut Vec<Diff>) {
    let marks = &service["spec"]["template"]["metadata"]["annotations"];
    let connector = connector(service);
    let interface = interface(service);
    let (found, wanted) = match config.cloud_run.egress {
        Egress::Connector => (shown(connector), config.cloud_run.connector.name.as_str()),
        Egress::Direct => (shown(&interface["subnetwork"]), config.network.subnet.as_str()),
    };
    let there = match config.cloud_run.egress {
        Egress::Connector => links_to(connector, wanted) && interface.is_null(),
        Egress::Direct => {
            links_to(&interface["subnetwork"], wanted)
                && links_to(&interface["network"], &config.network.name)
                && connector.is_null()
        }
    };
    if !there {
        let how = if interface.is_null() { "through" } else { "directly into" };
        let wanted_how = if config.cloud_run.egress == Egress::Direct { "directly into" } else { "through" };
        let target = match (connector, &interface) {
            (Value::Null, Value::Null) => found,
            (Value::Null, interface) => shown(&interface["subnetwork"]),
            (connector, _) => shown(connector),
        };
        diffs.push(Diff::new("egress", format!("{how} {target}"), format!("{wanted_how} {wanted}")));
    }
    // Private ranges only is also what Google takes where nothing is set.
    let found = marks["run.googleapis.com/vpc-access-egress"].as_str().unwrap_or("private-ranges-only");
    if found != "private-ranges-only" {
        diffs.push(Diff::new("vpc_egress", found, "private-ranges-only"));
    }
}

const CONNECTOR: &str = "run.googleapis.com/vpc-access-connector";

/// All services of the region.
pub fn services(region: &str) -> Command {
    gcloud!["run services list", "--region={region}"]
}

/// Sends a new revision through this connector; null for none.
pub fn set_connector(service: &mut Value, connector: Value) {
    service["spec"]["template"]["metadata"]["annotations"][CONNECTOR] = connector;
}

/// The connector that a new revision goes through; null for none.
pub fn connector(service: &Value) -> &Value {
    &service["spec"]["template"]["metadata"]["annotations"][CONNECTOR]
}

/// The one interface of direct egress; null where there is none.
fn interface(service: &Value) -> Value {
    let marks = &service["spec"]["template"]["metadata"]["annotations"];
    let text = marks["run.googleapis.com/network-interfaces"].as_str().unwrap_or("null");
    let list: Value = serde_json::from_str(text).unwrap_or_default();
    list[0].clone()
}

/// What must be cleared, since Google takes one of the two at a time.
pub fn to_clear(config: &Config, service: &Value) -> Option<&'static str> {
    let connector = connector(service);
    match config.cloud_run.egress {
        Egress::Connector if !interface(service).is_null() => Some("--clear-network"),
        Egress::Direct if !connector.is_null() => Some("--clear-vpc-connector"),
        _ => None,
    }
}

/// The secrets that the service's variables name, `NAME:VERSION`.
pub fn secret_references(service: &Value) -> BTreeSet<String> {
    let variables = container(service)["env"].as_array().map_or(&[][..], Vec::as_slice).iter();
    let references = variables.map(|variable| &variable["valueFrom"]["secretKeyRef"]);
    let named = references.filter_map(|reference| {
        Some(format!("{}:{}", reference["name"].as_str()?, reference["key"].as_str()?))
    });
    named.collect()
}

/// Variables. The values that are found are not shown: somebody may have put a secret there.
fn variables(config: &Config, service: &Value, diffs: &mut Vec<Diff>) {
    let mut found = BTreeMap::new();
    for variable in container(service)["env"].as_array().into_iter().flatten() {
        let reference = &variable["valueFrom"]["secretKeyRef"];
        let value = match reference["name"].as_str() {
            Some(name) => Held::Secret(format!("{name}:{}", shown(&reference["key"]))),
            None => Held::Plain(variable["value"].as_str().unwrap_or("").to_owned()),
        };
        found.insert(variable["name"].as_str().unwrap_or("").to_owned(), value);
    }
    let plain = wanted::variables(config).into_iter().map(|(name, value)| (name, Held::Plain(value)));
    let secret = wanted::secret_variables(config).into_iter();
    let secret = secret.map(|(name, secret)| (name, Held::Secret(format!("{secret}:latest"))));
    let wanted: BTreeMap<String, Held> = plain.chain(secret).collect();
    let names: BTreeSet<&String> = found.keys().chain(wanted.keys()).collect();
    for name in names {
        let (old, new) = (found.get(name), wanted.get(name));
        if old != new {
            let old = old.map_or("(none)", |held| held.veiled());
            let new = new.map_or("(none)".to_owned(), |held| held.told());
            diffs.push(Diff::new(format!("env.{name}"), old, new));
        }
    }
}

/// What a variable holds.
#[derive(PartialEq)]
enum Held {
    Plain(String),
    /// `NAME:VERSION`
    Secret(String),
}

impl Held {
    fn veiled(&self) -> &str {
        match self {
            Held::Plain(_) => "(another value)",
            Held::Secret(name) => name,
        }
    }

    fn told(&self) -> String {
        match self {
            Held::Plain(value) => value.clone(),
            Held::Secret(name) => format!("secret {name}"),
        }
    }
}

/// Mounted secrets by the path of their file. The names of their volumes are gcloud's, and random.
fn files(config: &Config, service: &Value, diffs: &mut Vec<Diff>) {
    let mut found = BTreeMap::new();
    let volumes = service["spec"]["template"]["spec"]["volumes"].as_array().map_or(&[][..], Vec::as_slice);
    for mount in container(service)["volumeMounts"].as_array().into_iter().flatten() {
        let folder = mount["mountPath"].as_str().unwrap_or("").trim_end_matches('/');
        let volume = volumes.iter().find(|volume| volume["name"] == mount["name"]);
        let Some(secret) = volume.map(|volume| &volume["secret"]).filter(|secret| !secret.is_null()) else {
            continue;
        };
        for item in secret["items"].as_array().into_iter().flatten() {
            let path = format!("{folder}/{}", shown(&item["path"]));
            found.insert(path, format!("{}:{}", shown(&secret["secretName"]), shown(&item["key"])));
        }
    }
    let latest = |(path, secret): (String, String)| (path, format!("{secret}:latest"));
    let wanted: BTreeMap<String, String> = wanted::mounts(config).into_iter().map(latest).collect();
    let paths: BTreeSet<&String> = found.keys().chain(wanted.keys()).collect();
    for path in paths {
        let (old, new) = (found.get(path), wanted.get(path));
        if old != new {
            let text = |side: Option<&String>| side.map_or("(none)", String::as_str).to_owned();
            diffs.push(Diff::new(format!("file.{path}"), text(old), text(new)));
        }
    }
}

/// The configured labels must be there; others, such as those of a build, are left alone.
fn labels(config: &Config, service: &Value, diffs: &mut Vec<Diff>) {
    for (key, wanted) in &config.project.labels {
        let found = &service["metadata"]["labels"][key];
        if found != wanted.as_str() {
            diffs.push(Diff::new(format!("labels.{key}"), shown(found), wanted));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_compared_by_what_they_mean() {
        assert_eq!((millis("1"), millis("1000m"), millis("0.5")), (Some(1000), Some(1000), Some(500)));
        assert_eq!(
            (bytes("1Gi"), bytes("1024Mi"), bytes("(none)")),
            (bytes("1048576Ki"), Some(1 << 30), None)
        );
    }
}
