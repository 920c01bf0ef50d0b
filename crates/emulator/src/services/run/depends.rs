//! What a revision needs besides itself: an account, an image, secrets, a way into the network.

use crate::error::ApiError;
use crate::services::roles;
use crate::world::World;
use ipnet::Ipv4Net;
use serde_json::Value;

/// The service account must be there and the caller must be allowed to act as it. Google checks both at once and does
/// not say which it was [google-github-actions/deploy-cloudrun and many others].
pub fn account(world: &World, project: &str, principal: Option<&str>, email: &str) -> Result<(), ApiError> {
    let owner = email
        .split_once('@')
        .and_then(|(_, domain)| domain.strip_suffix(".iam.gserviceaccount.com"))
        .unwrap_or(project);
    let key = format!("iam/projects/{owner}/serviceAccounts/{email}");
    // Accounts that Google makes itself (`N-compute@developer`) may not be in the world; they exist nevertheless.
    let there = world.has(&key) || email.ends_with("@developer.gserviceaccount.com");
    let disabled = world.get(&key).is_some_and(|account| account["disabled"] == true);
    if there && !disabled && roles::allowed(world, principal, &key, "iam.serviceAccounts.actAs") {
        return Ok(());
    }
    Err(ApiError::permission_denied(format!(
        "Permission 'iam.serviceaccounts.actAs' denied on service account {email} (or it may not exist)."
    )))
}

/// Everything that keeps a revision from starting, in Google's words; empty: nothing.
pub fn failures(world: &World, project: &str, region: &str, service: &Value) -> Vec<String> {
    let template = &service["spec"]["template"];
    let marks = &template["metadata"]["annotations"];
    let mut found = Vec::new();
    for container in template["spec"]["containers"].as_array().into_iter().flatten() {
        let image = container["image"].as_str().unwrap_or("");
        if !image_exists(world, project, image) {
            found.push(format!("Image '{image}' not found."));
        }
    }
    secrets(world, project, template, &mut found);
    connector(world, project, region, marks, &mut found);
    interfaces(world, project, region, marks, &mut found);
    found
}

/// Images of projects of this world need their repository. What is in it the emulator does not know, and what lies
/// elsewhere (Docker Hub, Google's samples) it takes as given. Container Registry is shut down: `gcr.io/P` is served from
/// a repository of that name, if there is one.
fn image_exists(world: &World, project: &str, image: &str) -> bool {
    let mut parts = image.split('/');
    let (host, owner, repository) = (parts.next(), parts.next(), parts.next());
    let (Some(host), Some(owner)) = (host, owner) else { return true };
    let known = |owner: &str| world.has(&format!("cloudresourcemanager/projects/{owner}"));
    if host == "gcr.io" || host.ends_with(".gcr.io") {
        let at = host.strip_suffix(".gcr.io").unwrap_or("us");
        let at = if at == "eu" { "europe" } else { at };
        return owner == "cloudrun"
            || world.has(&format!("artifactregistry/projects/{owner}/locations/{at}/repositories/{host}"));
    }
    match (host.strip_suffix("-docker.pkg.dev"), repository) {
        (Some(location), Some(repository)) if known(owner) || owner == project => {
            let key =
                format!("artifactregistry/projects/{owner}/locations/{location}/repositories/{repository}");
            world.get(&key).is_some_and(|found| found["format"] == "DOCKER")
        }
        _ => true,
    }
}

fn secrets(world: &World, project: &str, template: &Value, found: &mut Vec<String>) {
    let account = template["spec"]["serviceAccountName"].as_str().unwrap_or("");
    let aliases = template["metadata"]["annotations"]["run.googleapis.com/secrets"].as_str().unwrap_or("");
    let mut look = |field: String, name: &str, version: &str| {
        let target = aliases
            .split(',')
            .filter_map(|alias| alias.trim().split_once(':'))
            .find(|(alias, _)| *alias == name)
            .map_or_else(
                || format!("projects/{project}/secrets/{name}"),
                |(_, path)| world.relative_name(path),
            );
        if let Some(problem) = secret(world, &target, version, account) {
            found.push(format!("{field}: {problem}"));
        }
    };
    for (c, container) in template["spec"]["containers"].as_array().into_iter().flatten().enumerate() {
        for (e, env) in container["env"].as_array().into_iter().flatten().enumerate() {
            let reference = &env["valueFrom"]["secretKeyRef"];
            if let (Some(name), Some(version)) = (reference["name"].as_str(), reference["key"].as_str()) {
                look(
                    format!("spec.template.spec.containers[{c}].env[{e}].value_from.secret_key_ref.name"),
                    name,
                    version,
                );
            }
        }
    }
    for (v, volume) in template["spec"]["volumes"].as_array().into_iter().flatten().enumerate() {
        let Some(name) = volume["secret"]["secretName"].as_str() else { continue };
        let items = volume["secret"]["items"].as_array().map_or(&[][..], Vec::as_slice);
        let versions: Vec<&str> = items.iter().filter_map(|item| item["key"].as_str()).collect();
        for version in if versions.is_empty() { vec!["latest"] } else { versions } {
            look(format!("spec.template.spec.volumes[{v}].secret.items[0].key"), name, version);
        }
    }
}

/// Why a revision cannot read a version of a secret; wordings from terraform-google-modules/terraform-docs-samples#168 and
/// Google's troubleshooting page.
fn secret(world: &World, name: &str, version: &str, account: &str) -> Option<String> {
    let key = format!("secretmanager/{name}");
    let owner = name.split('/').nth(1).unwrap_or("");
    let number = world.project_number(owner).unwrap_or_else(|| owner.to_owned());
    let shown = format!(
        "{}/versions/{version}",
        name.replacen(&format!("projects/{owner}"), &format!("projects/{number}"), 1)
    );
    if !world.has(&key) {
        return Some(format!("Secret {shown} was not found"));
    }
    let member = format!("serviceAccount:{account}");
    let role = "roles/secretmanager.secretAccessor";
    let granted = roles::allowed(world, Some(&member), &key, "secretmanager.versions.access");
    if !granted {
        return Some(format!(
            "Permission denied on secret: {shown} for Revision service account {account}. The service account used must be \
             granted the 'Secret Manager Secret Accessor' role ({role}) at the secret, project or higher level."
        ));
    }
    let versions = world.list(&format!("{key}/versions"));
    let number = |key: &str| key.rsplit('/').next().and_then(|n| n.parse::<u64>().ok()).unwrap_or(0);
    let chosen = if version == "latest" {
        versions.iter().max_by_key(|(key, _)| number(key))
    } else {
        versions.iter().find(|(key, _)| key.rsplit('/').next() == Some(version))
    };
    match chosen {
        None => Some(format!("Secret {shown} was not found")),
        Some((_, found)) if found["state"] != "ENABLED" => Some(format!(
            "Secret version {shown} is in {} state.",
            found["state"].as_str().unwrap_or("DISABLED")
        )),
        Some(_) => None,
    }
}

fn connector(world: &World, project: &str, region: &str, marks: &Value, found: &mut Vec<String>) {
    let Some(name) = marks["run.googleapis.com/vpc-access-connector"].as_str().filter(|c| !c.is_empty())
    else {
        return;
    };
    let path = if name.contains('/') {
        world.relative_name(name)
    } else {
        format!("projects/{project}/locations/{region}/connectors/{name}")
    };
    // [the sentence is Google's, from its troubleshooting page]
    match world
        .get(&format!("vpcaccess/{path}"))
        .map(|connector| connector["state"].as_str().unwrap_or("").to_owned())
    {
        Some(state) if state == "READY" || state == "UPDATING" => {
            if !path.contains(&format!("/locations/{region}/")) {
                found.push(format!("VPC connector {path} is not in the region {region} of the service."));
            }
        }
        Some(_) => found.push(format!("VPC connector {path} is not ready yet or does not exist.")),
        None => found.push(format!(
            "VPC connector {path} does not exist, or Cloud Run does not have permission to use it."
        )),
    }
}

/// Direct VPC egress: network and subnet must be there, in the service's region, and the subnet must be large enough [Google's
/// documentation: /26; the sentences are guesses].
fn interfaces(world: &World, project: &str, region: &str, marks: &Value, found: &mut Vec<String>) {
    let Some(text) = marks["run.googleapis.com/network-interfaces"].as_str().filter(|t| !t.is_empty()) else {
        return;
    };
    let Ok(Value::Array(interfaces)) = serde_json::from_str(text) else {
        found.push("The annotation run.googleapis.com/network-interfaces is not a JSON list.".to_owned());
        return;
    };
    let full = |name: &str, collection: &str| {
        if name.contains('/') {
            world.relative_name(name)
        } else {
            format!("projects/{project}/{collection}/{name}")
        }
    };
    for interface in interfaces {
        let network = interface["network"].as_str().map(|n| full(n, "global/networks"));
        let subnet =
            interface["subnetwork"].as_str().map(|s| full(s, &format!("regions/{region}/subnetworks")));
        if let Some(network) = &network
            && !world.has(&format!("compute/{network}"))
        {
            found.push(format!("VPC network {network} does not exist."));
        }
        let Some(subnet) = subnet else { continue };
        match world.get(&format!("compute/{subnet}")) {
            None => found.push(format!("VPC subnetwork {subnet} does not exist.")),
            Some(data) => {
                let range = data["ipCidrRange"].as_str().and_then(|r| r.parse::<Ipv4Net>().ok());
                if range.is_some_and(|r| r.prefix_len() > 26) {
                    found.push(format!(
                        "VPC subnetwork {subnet} is too small: Direct VPC egress needs a /26 or larger."
                    ));
                }
                let of = data["network"].as_str().map(|n| world.relative_name(n));
                if let (Some(network), Some(of)) = (&network, of)
                    && *network != of
                {
                    found.push(format!("VPC subnetwork {subnet} is not part of network {network}."));
                }
            }
        }
    }
}
