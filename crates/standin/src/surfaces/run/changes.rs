//! What flags change in a service, in gcloud's order.

use super::secrets;
use crate::call::Call;
use crate::failure::Failure;
use serde_json::{Map, Value, json};

const CONNECTOR: &str = "run.googleapis.com/vpc-access-connector";
const EGRESS: &str = "run.googleapis.com/vpc-access-egress";
const INTERFACES: &str = "run.googleapis.com/network-interfaces";
const BREAKGLASS: &str = "run.googleapis.com/binary-authorization-breakglass";
const NONCE: &str = "client.knative.dev/nonce";

/// Every flag that is understood here.
pub(super) const FLAGS: &[&str] = &[
    "--region",
    "--async",
    "--image",
    "--set-env-vars",
    "--update-env-vars",
    "--remove-env-vars",
    "--clear-env-vars",
    "--set-secrets",
    "--update-secrets",
    "--remove-secrets",
    "--clear-secrets",
    "--cpu",
    "--memory",
    "--service-account",
    "--labels",
    "--update-labels",
    "--remove-labels",
    "--clear-labels",
    "--vpc-connector",
    "--clear-vpc-connector",
    "--vpc-egress",
    "--network",
    "--subnet",
    "--network-tags",
    "--clear-network-tags",
    "--clear-network",
    "--min-instances",
    "--max-instances",
    "--concurrency",
    "--timeout",
    "--ingress",
    "--description",
    "--cpu-boost",
];

/// Those that change the service, and not its template.
const OF_SERVICE: &[&str] = &["--ingress", "--description"];

/// Those that change nothing by themselves.
const OF_COMMAND: &[&str] = &["--region", "--async"];

/// Whether a new revision comes of it.
pub(super) fn adjusts_template(call: &Call) -> bool {
    let of_template = |flag: &&&str| !OF_SERVICE.contains(*flag) && !OF_COMMAND.contains(*flag);
    FLAGS.iter().filter(of_template).any(|flag| call.given(flag))
}

/// Whether anything comes of it.
pub(super) fn are_given(call: &Call) -> bool {
    adjusts_template(call) || OF_SERVICE.iter().any(|flag| call.given(flag))
}

/// A service that is not there yet, as gcloud begins one.
pub(super) fn new_service(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "serving.knative.dev/v1",
        "kind": "Service",
        "metadata": {"annotations": {}, "labels": {}, "name": name, "namespace": namespace},
        "spec": {"template": {
            "metadata": {"annotations": {}, "labels": {}},
            "spec": {"containers": [{"name": ""}], "nodeSelector": {}},
        }},
        "status": {"address": {}},
    })
}

/// Ten letters that make every revision another one.
pub(super) fn nonce() -> String {
    (0..10).map(|_| char::from(rand::random_range(b'a'..=b'z'))).collect()
}

fn object<'a>(value: &'a mut Value, field: &str) -> Option<&'a mut Map<String, Value>> {
    if !value[field].is_object() {
        value[field] = json!({});
    }
    value[field].as_object_mut()
}

fn put(metadata: &mut Value, annotation: &str, value: impl Into<Value>) {
    if let Some(annotations) = object(metadata, "annotations") {
        annotations.insert(annotation.to_owned(), value.into());
    }
}

fn remove(metadata: &mut Value, annotation: &str) {
    if let Some(annotations) = metadata["annotations"].as_object_mut() {
        annotations.remove(annotation);
    }
}

/// Changes a service as the flags say.
pub(super) fn apply(call: &Call, service: &mut Value, new: bool) -> Result<(), Failure> {
    let template = adjusts_template(call);
    remove(&mut service["metadata"], BREAKGLASS);
    client(&mut service["metadata"]);
    if template {
        client(&mut service["spec"]["template"]["metadata"]);
    }
    container(call, &mut service["spec"]["template"]["spec"])?;
    if let Some(account) = call.one("--service-account") {
        service["spec"]["template"]["spec"]["serviceAccountName"] = json!(account);
    }
    labels(call, service);
    network(call, &mut service["spec"]["template"]["metadata"]);
    scaling(call, &mut service["spec"]["template"]["metadata"]);
    limits(call, &mut service["spec"]["template"]["spec"])?;
    for (flag, annotation) in
        [("--description", "run.googleapis.com/description"), ("--ingress", "run.googleapis.com/ingress")]
    {
        if let Some(value) = call.one(flag) {
            put(&mut service["metadata"], annotation, value);
        }
    }
    boost(call, &mut service["spec"]["template"]["metadata"], new);
    if template {
        let metadata = &mut service["spec"]["template"]["metadata"];
        if let Some(labels) = object(metadata, "labels") {
            labels.insert(NONCE.to_owned(), json!(nonce()));
        }
        if let Some(fields) = metadata.as_object_mut() {
            fields.remove("name");
        }
    }
    Ok(())
}

fn client(metadata: &mut Value) {
    put(metadata, "run.googleapis.com/client-name", "gcloud");
    put(metadata, "run.googleapis.com/client-version", crate::VERSION);
}

fn container(call: &Call, spec: &mut Value) -> Result<(), Failure> {
    if let Some(image) = call.one("--image") {
        spec["containers"][0]["image"] = json!(image);
    }
    if secrets::are_given(call) {
        secrets::apply(call, spec)?;
    }
    for (flag, field) in [("--cpu", "cpu"), ("--memory", "memory")] {
        let Some(amount) = call.one(flag) else { continue };
        let container = &mut spec["containers"][0];
        if container["resources"].is_null() {
            container["resources"] = json!({"limits": {}, "requests": {}});
        }
        container["resources"]["limits"][field] = json!(amount);
    }
    Ok(())
}

/// The service's labels are copied to the revision, where they change at all.
fn labels(call: &Call, service: &mut Value) {
    let additions = call.dict("--labels").or_else(|| call.dict("--update-labels"));
    let found = service["metadata"]["labels"].as_object().cloned().unwrap_or_default();
    let mut labels = if call.on("--clear-labels") == Some(true) { Map::new() } else { found.clone() };
    labels.extend(additions.into_iter().flatten().map(|(key, value)| (key, json!(value))));
    for key in call.list("--remove-labels").into_iter().flatten() {
        labels.remove(&key);
    }
    if labels == found {
        return;
    }
    let template = &mut service["spec"]["template"]["metadata"];
    let nonce = template["labels"].get(NONCE).cloned();
    let mut copied = labels.clone();
    copied.remove("networking.knative.dev/visibility");
    copied.extend(nonce.map(|nonce| (NONCE.to_owned(), nonce)));
    template["labels"] = Value::Object(copied);
    service["metadata"]["labels"] = Value::Object(labels);
}

fn network(call: &Call, metadata: &mut Value) {
    if let Some(connector) = call.one("--vpc-connector") {
        put(metadata, CONNECTOR, connector);
    }
    if let Some(egress) = call.one("--vpc-egress") {
        put(metadata, EGRESS, egress);
    }
    if call.on("--clear-vpc-connector") == Some(true) {
        remove(metadata, CONNECTOR);
        remove(metadata, EGRESS);
    }
    interfaces(call, metadata);
    if call.on("--clear-network") == Some(true) {
        remove(metadata, INTERFACES);
        remove(metadata, EGRESS);
    }
}

/// A list of one, as text in an annotation.
fn interfaces(call: &Call, metadata: &mut Value) {
    let clear_tags = call.given("--clear-network-tags");
    if !["--network", "--subnet", "--network-tags"].iter().any(|flag| call.given(flag)) && !clear_tags {
        return;
    }
    let found = metadata["annotations"][INTERFACES].as_str().unwrap_or_default();
    let list: Vec<Map<String, Value>> = serde_json::from_str(found).unwrap_or_default();
    let mut one = list.into_iter().next().unwrap_or_default();
    let mut set = |field: &str, value: Option<Value>| match value {
        Some(value) => drop(one.insert(field.to_owned(), value)),
        None => drop(one.remove(field)),
    };
    let given = |flag: &str| call.one(flag).filter(|text| !text.is_empty()).map(|text| json!(text));
    if call.given("--network") {
        set("network", given("--network"));
    }
    if call.given("--subnet") {
        set("subnetwork", given("--subnet"));
    }
    if call.given("--network-tags") || clear_tags {
        set("tags", call.list("--network-tags").filter(|tags| !tags.is_empty()).map(|tags| json!(tags)));
    }
    if one.is_empty() {
        remove(metadata, INTERFACES);
        remove(metadata, EGRESS);
    } else {
        put(metadata, INTERFACES, format!("[{}]", as_python(&Value::Object(one))));
    }
}

/// As Python's `json.dumps(..., sort_keys=True)` writes flat values.
fn as_python(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| key.as_str());
            let fields =
                fields.into_iter().map(|(key, value)| format!("{}: {}", json!(key), as_python(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(as_python).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// No smallest number is as good as 0.
fn scaling(call: &Call, metadata: &mut Value) {
    for (flag, annotation, nothing) in [
        ("--min-instances", "autoscaling.knative.dev/minScale", &["0", "default"][..]),
        ("--max-instances", "autoscaling.knative.dev/maxScale", &["default"]),
    ] {
        match call.one(flag) {
            Some(number) if nothing.contains(&number) => remove(metadata, annotation),
            Some(number) => put(metadata, annotation, number),
            None => {}
        }
    }
}

fn limits(call: &Call, spec: &mut Value) -> Result<(), Failure> {
    match call.one("--concurrency") {
        Some("default") => {
            drop(spec.as_object_mut().and_then(|fields| fields.remove("containerConcurrency")))
        }
        Some(number) => {
            let wrong = || Failure::Usage(format!("argument --concurrency: Bad value [{number}]"));
            spec["containerConcurrency"] = json!(number.parse::<u32>().map_err(|_| wrong())?);
        }
        None => {}
    }
    if let Some(given) = call.one("--timeout") {
        let wrong = || Failure::Usage(format!("argument --timeout: Failed to parse duration: [{given}]"));
        spec["timeoutSeconds"] = json!(seconds(given).ok_or_else(wrong)?);
    }
    Ok(())
}

/// `300`, `300s`, `5m`, `1h`.
fn seconds(given: &str) -> Option<u32> {
    let (number, factor) = match given.char_indices().next_back()? {
        (at, 's') => (&given[..at], 1),
        (at, 'm') => (&given[..at], 60),
        (at, 'h') => (&given[..at], 3600),
        _ => (given, 1),
    };
    number.parse::<u32>().ok()?.checked_mul(factor)
}

/// Every service that `run deploy` makes gets more CPU while it starts.
fn boost(call: &Call, metadata: &mut Value, new: bool) {
    let made = new && call.command == "run deploy";
    let wanted = call.on("--cpu-boost").or(made.then_some(true));
    if let Some(on) = wanted {
        put(metadata, "run.googleapis.com/startup-cpu-boost", if on { "True" } else { "False" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_seconds_unless_they_say_otherwise() {
        assert_eq!(
            [seconds("300"), seconds("300s"), seconds("5m"), seconds("1h")],
            [Some(300), Some(300), Some(300), Some(3600)]
        );
        assert_eq!([seconds(""), seconds("m"), seconds("x")], [None; 3]);
    }

    #[test]
    fn an_interface_is_written_as_python_writes_it() {
        let one = json!({"subnetwork": "s", "network": "n", "tags": ["a", "b"]});
        assert_eq!(as_python(&one), r#"{"network": "n", "subnetwork": "s", "tags": ["a", "b"]}"#);
    }
}
