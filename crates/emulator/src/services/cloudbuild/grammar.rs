//! What a build must look like [description; the sentences are guesses unless said otherwise].

use super::substitution;
use crate::error::ApiError;
use serde_json::Value;
use std::collections::BTreeSet;

/// The longest that a build may take: a day.
const LONGEST: f64 = 86_400.0;

/// Refuses what Cloud Build refuses of a build. `substitutions` are those that it will get; `loose`: it comes from a trigger.
pub fn check(build: &Value, substitutions: &Value, loose: bool) -> Result<(), ApiError> {
    let refuse = |problem: String| Err(ApiError::invalid(format!("invalid build: {problem}")));
    let steps = build["steps"].as_array().map_or(&[][..], Vec::as_slice);
    if steps.is_empty() {
        return refuse("there must be at least one build step".to_owned());
    }
    if steps.len() > 300 {
        return refuse(format!("{} build steps are more than the limit of 300", steps.len()));
    }
    let whole = duration(&build["timeout"], "timeout")?.unwrap_or(3600.0);
    if whole > LONGEST {
        return refuse(format!("timeout {whole}s is longer than the limit of {LONGEST}s"));
    }
    let secrets = secret_names(build);
    let mut ids = BTreeSet::new();
    for (index, step) in steps.iter().enumerate() {
        if let Some(problem) = step_problem(step, &ids, &secrets) {
            return refuse(format!("build step {index}: {problem}"));
        }
        if duration(&step["timeout"], "timeout of a build step")?.is_some_and(|t| t > whole) {
            return refuse(format!("build step {index}: its timeout is longer than that of the build"));
        }
        if let Some(id) = step["id"].as_str().filter(|id| !id.is_empty())
            && !ids.insert(id.to_owned())
        {
            return refuse(format!("build step {index}: the id \"{id}\" is used twice"));
        }
    }
    for image in build["images"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if image.is_empty() || image.contains(char::is_whitespace) || image.contains("://") {
            return refuse(format!("invalid image name \"{image}\""));
        }
    }
    for tag in build["tags"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let letters =
            tag.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '$' | '{' | '}'));
        if tag.is_empty() || tag.len() > 128 || !letters {
            return refuse(format!("invalid tag \"{tag}\""));
        }
    }
    let loose = loose || build["options"]["substitutionOption"] == "ALLOW_LOOSE";
    substitution::check(build, substitutions, loose)
}

fn step_problem(step: &Value, before: &BTreeSet<String>, secrets: &BTreeSet<String>) -> Option<String> {
    let name = step["name"].as_str().unwrap_or("");
    if name.is_empty() {
        return Some("the name of a container image is required".to_owned());
    }
    if name.contains(char::is_whitespace) || name.contains("://") {
        return Some(format!("invalid image name \"{name}\""));
    }
    let full = |field: &str| {
        step[field].as_str().is_some_and(|t| !t.is_empty())
            || step[field].as_array().is_some_and(|a| !a.is_empty())
    };
    if full("script") && (full("args") || full("entrypoint")) {
        return Some("script cannot be combined with args or entrypoint".to_owned());
    }
    for wait in step["waitFor"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if wait != "-" && !before.contains(wait) {
            return Some(format!("waitFor names \"{wait}\", which is the id of no earlier step"));
        }
    }
    for env in step["env"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if env.split_once('=').is_none_or(|(key, _)| key.is_empty()) {
            return Some(format!("env \"{env}\" is not of the form KEY=VALUE"));
        }
    }
    for secret in step["secretEnv"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if !secrets.contains(secret) {
            return Some(format!("secretEnv \"{secret}\" is not defined in availableSecrets"));
        }
    }
    None
}

fn secret_names(build: &Value) -> BTreeSet<String> {
    let manager = build["availableSecrets"]["secretManager"].as_array().into_iter().flatten();
    let of_manager = manager.filter_map(|secret| secret["env"].as_str()).map(str::to_owned);
    let inline = build["availableSecrets"]["inline"].as_array().into_iter().flatten();
    let keys = build["secrets"].as_array().into_iter().flatten();
    let maps =
        inline.filter_map(|s| s["envMap"].as_object()).chain(keys.filter_map(|s| s["secretEnv"].as_object()));
    of_manager.chain(maps.flat_map(|map| map.keys().cloned())).collect()
}

/// Seconds of `1200s`.
fn duration(value: &Value, what: &str) -> Result<Option<f64>, ApiError> {
    let Some(text) = value.as_str() else { return Ok(None) };
    match text.strip_suffix('s').and_then(|n| n.parse::<f64>().ok()).filter(|n| *n >= 0.0) {
        Some(seconds) => Ok(Some(seconds)),
        None => Err(ApiError::invalid(format!("invalid build: {what} \"{text}\" is not a duration"))),
    }
}

/// A build with an account of its own must say where its logs go [the wording is Google's].
pub fn logging(build: &Value) -> Result<(), ApiError> {
    let options = &build["options"];
    let bucket = build["logsBucket"].as_str().is_some_and(|b| !b.is_empty());
    let regional = options["defaultLogsBucketBehavior"] == "REGIONAL_USER_OWNED_BUCKET";
    let logging =
        matches!(options["logging"].as_str(), Some("CLOUD_LOGGING_ONLY" | "STACKDRIVER_ONLY" | "NONE"));
    if bucket || regional || logging {
        return Ok(());
    }
    Err(ApiError::invalid(
        "if 'build.service_account' is specified, the build must either (a) specify 'build.logs_bucket', (b) use the \
         REGIONAL_USER_OWNED_BUCKET build.options.default_logs_bucket_behavior option, or (c) use either CLOUD_LOGGING_ONLY / \
         NONE logging options",
    ))
}
