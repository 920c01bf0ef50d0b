//! `gcloud artifacts repositories …` (Artifact Registry).

use super::declarative::Change;
use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::Request;
use crate::print::Answer;
use crate::{args, labels, pages, policy};
use serde_json::{Map, Value, json};

const HOST: &str = "artifactregistry.googleapis.com";

pub(super) fn handle(call: &Call, verb: &str) -> Result<Answer, Failure> {
    let location = call.one("--location").unwrap_or_default();
    let place = format!("projects/{}/locations/{location}", call.project()?);
    let name = format!("{place}/repositories/{}", call.word("REPOSITORY"));
    match verb {
        "create" => create(call, &place, &name),
        "delete" => change(call, "Delete", None).carry_out(call, &request("DELETE", &name)),
        "describe" => describe(call, &name),
        "list" => {
            call.say(&format!("Listing items under project {}, location {location}.\n", call.project()?));
            let list = Request::new("GET", HOST, format!("/v1/{place}/repositories"));
            Ok(Answer::List(pages::all(call, &list, "repositories")?))
        }
        "update" => update(call, &name),
        "set-cleanup-policies" => set_cleanup_policies(call, &name),
        "get-iam-policy" => Ok(Answer::Value(call.send(&request("GET", &format!("{name}:getIamPolicy")))?)),
        "add-iam-policy-binding" | "remove-iam-policy-binding" => {
            let mut policy = call.send(&request("GET", &format!("{name}:getIamPolicy")))?;
            match verb {
                "add-iam-policy-binding" => policy::add(call, &mut policy)?,
                _ => policy::remove(call, &mut policy)?,
            }
            let set = request("POST", &format!("{name}:setIamPolicy")).body(json!({ "policy": policy }));
            let answer = call.send(&set)?;
            policy::say_updated(call, "repository", call.word("REPOSITORY"));
            Ok(Answer::Value(answer))
        }
        _ => Err(unknown(call)),
    }
}

fn request(method: &'static str, name: &str) -> Request {
    Request::new(method, HOST, format!("/v1/{name}"))
}

fn change<'a>(call: &'a Call, verb: &'a str, result: Option<String>) -> Change<'a> {
    Change { host: HOST, verb, name: call.word("REPOSITORY"), kind: "repository", result }
}

fn create(call: &Call, place: &str, name: &str) -> Result<Answer, Failure> {
    let format = call.one("--repository-format").unwrap_or_default().to_uppercase();
    let mut body = json!({"format": format, "mode": "MODE_UNSPECIFIED", "name": name});
    if let Some(description) = call.one("--description") {
        body["description"] = json!(description);
    }
    if let Some(labels) = call.dict("--labels") {
        body["labels"] =
            labels.into_iter().map(|(key, value)| (key, json!(value))).collect::<Map<_, _>>().into();
    }
    if let Some(immutable) = call.on("--immutable-tags") {
        body["dockerConfig"] = json!({ "immutableTags": immutable });
    }
    let post = Request::new("POST", HOST, format!("/v1/{place}/repositories"))
        .with("repositoryId", call.word("REPOSITORY"))
        .body(body);
    change(call, "Create", Some(format!("/v1/{name}"))).carry_out(call, &post)
}

fn describe(call: &Call, name: &str) -> Result<Answer, Failure> {
    let mut found = call.send(&request("GET", name))?;
    let key = if found["kmsKeyName"].is_string() { "Customer" } else { "Google" };
    call.say(&format!("Encryption: {key}-managed key"));
    if !found["registryUri"].is_string() {
        let format = found["format"].as_str().unwrap_or_default().to_lowercase();
        let parts: Vec<&str> = found["name"].as_str().unwrap_or_default().split('/').collect();
        if let ["projects", project, "locations", location, "repositories", repository] = parts.as_slice() {
            call.say(&format!("Registry URL: {location}-{format}.pkg.dev/{project}/{repository}"));
        }
    }
    let bytes: f64 = found["sizeBytes"].as_str().and_then(|size| size.parse().ok()).unwrap_or_default();
    call.say(&format!("Repository Size: {:.3}MB", bytes / 1e6));
    // gcloud has said it, and leaves it out.
    if let Some(found) = found.as_object_mut() {
        found.remove("sizeBytes");
    }
    Ok(Answer::Value(found))
}

/// gcloud reads, changes, and sends all of it back.
fn update(call: &Call, name: &str) -> Result<Answer, Failure> {
    let mut found = call.send(&request("GET", name))?;
    let mut mask = Vec::new();
    if let Some(description) = call.one("--description") {
        found["description"] = json!(description);
        mask.push("description");
    }
    if let Some(labels) = labels::changed(call, "labels", &found["labels"]) {
        found["labels"] = labels;
        mask.push("labels");
    }
    let patch = request("PATCH", name).with("updateMask", mask.join(",")).body(found);
    let answer = call.send(&patch)?;
    call.say(&format!("Updated repository [{}].", call.word("REPOSITORY")));
    Ok(Answer::Value(answer))
}

fn set_cleanup_policies(call: &Call, name: &str) -> Result<Answer, Failure> {
    let policies = call.one("--policy").map(read_policies).transpose()?;
    let mut found = call.send(&request("GET", name))?;
    let mut mask = Vec::new();
    if let Some(policies) = policies {
        found["cleanupPolicies"] = policies;
        mask.push("cleanupPolicies");
    }
    if let Some(dry) = call.on("--dry-run") {
        found["cleanupPolicyDryRun"] = json!(dry);
        mask.push("cleanupPolicyDryRun");
    }
    let answer = call.send(&request("PATCH", name).with("updateMask", mask.join(",")).body(found))?;
    call.say(&format!("Updated repository [{}].", call.word("REPOSITORY")));
    let dry = if answer["cleanupPolicyDryRun"] == true { "enabled" } else { "disabled" };
    call.say(&format!("Dry run is {dry}."));
    let shown = answer["cleanupPolicies"].as_object().cloned().unwrap_or_default();
    let mut shown: Vec<(String, Value)> = shown.into_iter().collect();
    shown.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(Answer::List(shown.into_iter().map(|(name, policy)| listed(&name, policy)).collect()))
}

/// A policy as gcloud's file and gcloud's list have it.
fn listed(name: &str, mut policy: Value) -> Value {
    policy["action"] = json!({ "type": policy["action"] });
    policy["name"] = json!(name);
    if let Some(policy) = policy.as_object_mut() {
        policy.remove("id");
    }
    policy
}

/// The file of `--policy`, a list, as the map that the API takes.
fn read_policies(path: &str) -> Result<Value, Failure> {
    let wrong = |text: String| Failure::Usage(format!("argument --policy: {text}"));
    let text = args::read(path).map_err(|e| wrong(format!("Unable to read file [{path}]: {e}")))?;
    let list: Value =
        serde_json::from_str(&text).map_err(|e| wrong(format!("Could not read JSON file {path}: {e}")))?;
    let list =
        list.as_array().ok_or_else(|| wrong("Policy file must contain a list of policies.".to_owned()))?;
    let mut policies = Map::new();
    for policy in list {
        let name = policy["name"].as_str();
        let name = name.ok_or_else(|| wrong("Key \"name\" not found in policy.".to_owned()))?;
        let mut made = json!({"id": name, "action": policy["action"]["type"].as_str().unwrap_or("")});
        for part in ["condition", "mostRecentVersions"] {
            if policy[part].is_object() {
                made[part] = policy[part].clone();
            }
        }
        for key in ["versionAge", "olderThan", "newerThan"] {
            if let Some(duration) = made["condition"][key].as_str() {
                let seconds = seconds(duration).ok_or_else(|| {
                    wrong(format!("Duration unit must be preceded by a number in '{duration}'"))
                })?;
                made["condition"][key] = json!(format!("{seconds:?}s"));
            }
        }
        policies.insert(name.to_owned(), made);
    }
    Ok(Value::Object(policies))
}

/// `30d` in seconds; gcloud's other spellings (ISO 8601) are not done.
fn seconds(duration: &str) -> Option<f64> {
    let unit = duration.chars().last()?;
    let factor = match unit {
        's' => 1.0,
        'm' => 60.0,
        'h' => 3600.0,
        'd' => 86400.0,
        _ => return None,
    };
    Some(duration.strip_suffix(unit)?.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn durations_are_sent_in_seconds() {
        assert_eq!(seconds("30d").map(|s| format!("{s:?}")).as_deref(), Some("2592000.0"));
        assert_eq!((seconds("2592000s"), seconds("soon")), (Some(2_592_000.0), None));
    }
}
