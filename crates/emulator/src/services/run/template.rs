//! What a service may ask for, as far as it can be told without looking at anything else, and what Google fills in.

use super::{limits, violation};
use crate::error::ApiError;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Annotations of a service that begin with `run.googleapis.com/` [description of `ObjectMeta.annotations`, gcloud's sources].
const SERVICE_ANNOTATIONS: &[&str] = &[
    "base-images",
    "binary-authorization",
    "binary-authorization-breakglass",
    "build-base-image",
    "build-enable-automatic-updates",
    "build-environment-variables",
    "build-function-target",
    "build-id",
    "build-image-uri",
    "build-name",
    "build-service-account",
    "build-source-location",
    "build-worker-pool",
    "client-name",
    "client-version",
    "custom-audiences",
    "default-url-disabled",
    "description",
    "gc-traffic-tags",
    "iap-enabled",
    "ingress",
    "ingress-status",
    "invoker-iam-disabled",
    "launch-stage",
    "manualInstanceCount",
    "maxScale",
    "minScale",
    "minimum-instances",
    "operation-id",
    "scalingMode",
    "urls",
    "zonal-redundancy-disabled",
];

/// The same for a revision.
const REVISION_ANNOTATIONS: &[&str] = &[
    "base-images",
    "binary-authorization-breakglass",
    "build-function-target",
    "client-name",
    "client-version",
    "cloudsql-instances",
    "container-dependencies",
    "cpu-throttling",
    "custom-audiences",
    "encryption-key",
    "encryption-key-shutdown-hours",
    "execution-environment",
    "gc-traffic-tags",
    "gpu-zonal-redundancy-disabled",
    "health-check-disabled",
    "launch-stage",
    "network-interfaces",
    "post-key-revocation-action-type",
    "secrets",
    "sessionAffinity",
    "sources",
    "startup-cpu-boost",
    "vpc-access-connector",
    "vpc-access-egress",
];

/// Refuses what Google refuses at once.
pub fn check(service: &Value) -> Result<(), ApiError> {
    annotations(&service["metadata"]["annotations"], SERVICE_ANNOTATIONS, "metadata.annotations")?;
    ingress(&service["metadata"]["annotations"])?;
    let template = &service["spec"]["template"];
    let marks = &template["metadata"]["annotations"];
    annotations(marks, REVISION_ANNOTATIONS, "spec.template.metadata.annotations")?;
    let spec = &template["spec"];
    let containers = spec["containers"].as_array().map_or(&[][..], Vec::as_slice);
    if containers.is_empty() {
        return Err(violation(
            "spec.template.spec.containers",
            "Revision template must have at least one container.",
        ));
    }
    let with_ports = containers.iter().filter(|c| c["ports"].as_array().is_some_and(|p| !p.is_empty()));
    if containers.len() > 1 && with_ports.count() != 1 {
        return Err(violation(
            "spec.template.spec.containers",
            "Revision template should contain exactly one container with an exposed port.",
        ));
    }
    for (index, container) in containers.iter().enumerate() {
        let field = format!("spec.template.spec.containers[{index}]");
        image(&field, container["image"].as_str().unwrap_or(""))?;
        environment(&field, container)?;
        mounts(&field, container, &spec["volumes"])?;
    }
    limits::check(spec, marks)?;
    egress(marks)?;
    traffic(&service["spec"]["traffic"])
}

fn annotations(given: &Value, known: &[&str], field: &str) -> Result<(), ApiError> {
    for key in given.as_object().into_iter().flat_map(|map| map.keys()) {
        if let Some(name) = key.strip_prefix("run.googleapis.com/")
            && !known.contains(&name)
        {
            return Err(violation(field, format!("Annotation '{key}' is not supported on this resource.")));
        }
    }
    Ok(())
}

fn ingress(annotations: &Value) -> Result<(), ApiError> {
    match annotations["run.googleapis.com/ingress"].as_str() {
        None | Some("all" | "internal" | "internal-and-cloud-load-balancing") => Ok(()),
        Some(other) => Err(violation(
            "metadata.annotations[run.googleapis.com/ingress]",
            format!(
                "Invalid value '{other}': expected one of all, internal, internal-and-cloud-load-balancing."
            ),
        )),
    }
}

/// `[host/]path[:tag][@sha256:digest]`; the hosts are those that Cloud Run reads from, the sentence is Google's.
fn image(field: &str, image: &str) -> Result<(), ApiError> {
    let refuse = || {
        violation(
            &format!("{field}.image"),
            format!(
                "Expected an image path like [host/]repo-path[:tag and/or @digest], where host is one of [region.]gcr.io, \
                 [region-]docker.pkg.dev or docker.io but obtained {image}"
            ),
        )
    };
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let digest_ok = digest.is_none_or(|d| {
        d.strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    });
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    let word = |text: &str, more: &[u8]| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || more.contains(&b))
    };
    let tag_ok = tag.is_none_or(|tag| {
        !tag.is_empty()
            && tag.len() <= 128
            && tag.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
    });
    let mut parts = path.split('/');
    let parts_ok = parts.clone().count() > 0 && parts.clone().all(|part| word(part, b"._-"));
    let host = parts.next().filter(|first| first.contains('.') && path.contains('/'));
    let host_ok = host.is_none_or(|host| {
        matches!(host, "docker.io" | "gcr.io" | "mirror.gcr.io")
            || host.ends_with(".gcr.io")
            || host.ends_with("-docker.pkg.dev")
    });
    let deep_enough = !host.is_some_and(|h| h.ends_with("-docker.pkg.dev")) || path.split('/').count() >= 4;
    if digest_ok && tag_ok && parts_ok && host_ok && deep_enough { Ok(()) } else { Err(refuse()) }
}

fn environment(field: &str, container: &Value) -> Result<(), ApiError> {
    let reserved: Vec<&str> = container["env"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|env| env["name"].as_str())
        .filter(|name| matches!(*name, "PORT" | "K_SERVICE" | "K_REVISION" | "K_CONFIGURATION"))
        .collect();
    if !reserved.is_empty() {
        return Err(violation(
            &format!("{field}.env"),
            format!(
                "The following reserved env names were provided: {}. These values are automatically set by the system.",
                reserved.join(", ")
            ),
        ));
    }
    let mut secret = BTreeSet::new();
    for (index, env) in container["env"].as_array().into_iter().flatten().enumerate() {
        let name = env["name"].as_str().unwrap_or("");
        if name.is_empty() || name.contains('=') {
            return Err(violation(
                &format!("{field}.env[{index}].name"),
                "Invalid environment variable name.",
            ));
        }
        let reference = &env["valueFrom"]["secretKeyRef"];
        if reference.is_null() {
            continue;
        }
        if env["value"].as_str().is_some_and(|v| !v.is_empty()) {
            return Err(violation(
                &format!("{field}.env[{index}]"),
                "value and value_from must not both be set.",
            ));
        }
        if !secret.insert(name.to_owned()) {
            return Err(violation(
                &format!("{field}.env"),
                format!(
                    "The name '{name}' is used more than once: names that refer to a secret must be unique."
                ),
            ));
        }
        if reference["name"].as_str().unwrap_or("").is_empty()
            || reference["key"].as_str().unwrap_or("").is_empty()
        {
            return Err(violation(
                &format!("{field}.env[{index}].value_from.secret_key_ref"),
                "name and key must be set.",
            ));
        }
    }
    Ok(())
}

fn mounts(field: &str, container: &Value, volumes: &Value) -> Result<(), ApiError> {
    let names: BTreeSet<&str> =
        volumes.as_array().into_iter().flatten().filter_map(|v| v["name"].as_str()).collect();
    let mut paths = BTreeSet::new();
    for (index, mount) in container["volumeMounts"].as_array().into_iter().flatten().enumerate() {
        let (name, path) = (mount["name"].as_str().unwrap_or(""), mount["mountPath"].as_str().unwrap_or(""));
        if !names.contains(name) {
            return Err(violation(
                &format!("{field}.volume_mounts[{index}].name"),
                format!("Volume '{name}' is not defined."),
            ));
        }
        if !path.starts_with('/') || path.contains(':') {
            return Err(violation(
                &format!("{field}.volume_mounts[{index}].mount_path"),
                "The mount path must be absolute and must not contain ':'.",
            ));
        }
        // A secret hides everything below its folder, so that a folder holds one volume.
        if !paths.insert(path.trim_end_matches('/').to_owned()) {
            return Err(violation(
                &format!("{field}.volume_mounts[{index}].mount_path"),
                format!("Two volumes cannot be mounted at '{path}'."),
            ));
        }
    }
    Ok(())
}

fn egress(annotations: &Value) -> Result<(), ApiError> {
    let connector = annotations["run.googleapis.com/vpc-access-connector"].as_str().filter(|c| !c.is_empty());
    let interfaces = annotations["run.googleapis.com/network-interfaces"].as_str().filter(|c| !c.is_empty());
    let field = "spec.template.metadata.annotations";
    // The sentence is version 2's (googleapis/google-cloud-node#4731).
    if connector.is_some() && interfaces.is_some() {
        return Err(violation(field, "one and only one of connector and network_interfaces must be set."));
    }
    match annotations["run.googleapis.com/vpc-access-egress"].as_str() {
        None => Ok(()),
        Some("all-traffic" | "all" | "private-ranges-only") if connector.or(interfaces).is_some() => Ok(()),
        Some("all-traffic" | "all" | "private-ranges-only") => {
            Err(violation(field, "VPC egress is set, but neither a connector nor network interfaces."))
        }
        Some(other) => Err(violation(
            &format!("{field}[run.googleapis.com/vpc-access-egress]"),
            format!("Invalid value '{other}': expected one of all-traffic, private-ranges-only."),
        )),
    }
}

fn traffic(traffic: &Value) -> Result<(), ApiError> {
    let targets = traffic.as_array().map_or(&[][..], Vec::as_slice);
    if targets.is_empty() {
        return Ok(());
    }
    let sum: i64 = targets.iter().filter_map(|t| t["percent"].as_i64()).sum();
    if sum != 100 {
        return Err(violation(
            "spec.traffic",
            format!("Traffic target percentages must sum to 100, but they sum to {sum}."),
        ));
    }
    Ok(())
}

/// Fills in what Google fills in.
pub fn fill(service: &mut Value, default_account: &str) {
    let spec = &mut service["spec"];
    if spec["traffic"].as_array().is_none_or(Vec::is_empty) {
        spec["traffic"] = json!([{"latestRevision": true, "percent": 100}]);
    }
    let template = &mut spec["template"];
    let marks = &mut template["metadata"]["annotations"];
    if marks["autoscaling.knative.dev/maxScale"].is_null() {
        marks["autoscaling.knative.dev/maxScale"] = json!("100");
    }
    let spec = &mut template["spec"];
    default(spec, "containerConcurrency", json!(80));
    default(spec, "timeoutSeconds", json!(300));
    default(spec, "serviceAccountName", json!(default_account));
    let empty = spec["nodeSelector"].as_object().is_some_and(serde_json::Map::is_empty);
    if empty && let Some(map) = spec.as_object_mut() {
        map.remove("nodeSelector");
    }
    let single = spec["containers"].as_array().is_some_and(|c| c.len() == 1);
    for container in spec["containers"].as_array_mut().into_iter().flatten() {
        fill_container(container, single);
    }
}

fn fill_container(container: &mut Value, serves: bool) {
    let image = container["image"].as_str().unwrap_or("");
    let short = image.rsplit('/').next().unwrap_or("").split(['@', ':']).next().unwrap_or("").to_owned();
    default(container, "name", json!(format!("{short}-1")));
    let limits = &mut container["resources"]["limits"];
    default(limits, "cpu", json!("1000m"));
    default(limits, "memory", json!("512Mi"));
    if let Some(resources) = container["resources"].as_object_mut() {
        resources.remove("requests");
    }
    if serves && container["ports"].as_array().is_none_or(Vec::is_empty) {
        container["ports"] = json!([{"containerPort": 8080}]);
    }
    for port in container["ports"].as_array_mut().into_iter().flatten() {
        default(port, "name", json!("http1"));
    }
    let port = container["ports"][0]["containerPort"].clone();
    if container["startupProbe"].is_null() && !port.is_null() {
        container["startupProbe"] = json!({"failureThreshold": 1, "periodSeconds": 240, "timeoutSeconds": 240, "tcpSocket": {"port": port}});
    }
}

fn default(place: &mut Value, key: &str, value: Value) {
    let unset = match &place[key] {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_i64() == Some(0),
        _ => false,
    };
    if unset {
        place[key] = value;
    }
}
