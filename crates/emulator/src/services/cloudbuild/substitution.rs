//! `$NAME` and `${NAME}` in a build.

use crate::error::ApiError;
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// What Cloud Build fills in by itself [Google's documentation of substitutions].
const BUILT_IN: &[&str] = &[
    "PROJECT_ID",
    "BUILD_ID",
    "PROJECT_NUMBER",
    "LOCATION",
    "TRIGGER_NAME",
    "COMMIT_SHA",
    "REVISION_ID",
    "SHORT_SHA",
    "REPO_NAME",
    "REPO_FULL_NAME",
    "BRANCH_NAME",
    "TAG_NAME",
    "REF_NAME",
    "TRIGGER_BUILD_CONFIG_PATH",
    "SERVICE_ACCOUNT_EMAIL",
    "SERVICE_ACCOUNT",
];

/// Set by triggers on pull requests, although they look like the user's own.
const OF_PULL_REQUESTS: &[&str] = &["_HEAD_BRANCH", "_BASE_BRANCH", "_HEAD_REPO_URL", "_PR_NUMBER"];

/// `$$` is a dollar; `${_A:-x}` and its like are string operations.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\$\$|\$\{([A-Z_][A-Z0-9_]*)[^}]*\}|\$([A-Z_][A-Z0-9_]*)").expect("a constant pattern")
});

static KEY: LazyLock<Regex> = LazyLock::new(|| Regex::new("^_[A-Z0-9_]+$").expect("a constant pattern"));

/// Every name that a build's strings mention. Scripts are not substituted, nor is what a build says of itself.
fn mentioned(build: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    if let Some(map) = build.as_object() {
        for (key, value) in map.iter().filter(|(key, _)| *key != "substitutions") {
            collect(key, value, &mut names);
        }
    }
    names
}

fn collect(key: &str, value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if key != "script" => {
            names.extend(
                NAME.captures_iter(text)
                    .filter_map(|found| Some(found.get(1).or_else(|| found.get(2))?.as_str().to_owned())),
            );
        }
        Value::Array(items) => items.iter().for_each(|item| collect(key, item, names)),
        Value::Object(map) => map.iter().for_each(|(key, value)| collect(key, value, names)),
        _ => {}
    }
}

/// Refuses keys that users may not set, names that nobody sets, and, unless `loose`, what is set for nothing.
/// The wordings are Google's.
pub fn check(build: &Value, given: &Value, loose: bool) -> Result<(), ApiError> {
    let given: BTreeSet<String> = given.as_object().into_iter().flat_map(|map| map.keys()).cloned().collect();
    for key in &given {
        let built_in = BUILT_IN.contains(&key.as_str());
        if !built_in && !KEY.is_match(key) {
            return Err(refuse(format!("substitution key \"{key}\" does not match regex \"^_[A-Z0-9_]+$\"")));
        }
    }
    let mentioned = mentioned(build);
    for name in &mentioned {
        if !name.starts_with('_') && !BUILT_IN.contains(&name.as_str()) {
            return Err(refuse(format!(
                "key in the template \"{name}\" is not a valid built-in substitution"
            )));
        }
        let set = given.contains(name) || OF_PULL_REQUESTS.contains(&name.as_str());
        if name.starts_with('_') && !set && !loose {
            return Err(refuse(format!(
                "key in the template \"{name}\" is not matched in the substitution data"
            )));
        }
    }
    if !loose && let Some(unused) = given.iter().find(|key| key.starts_with('_') && !mentioned.contains(*key))
    {
        return Err(refuse(format!(
            "key in the substitution data \"{unused}\" is not matched in the template"
        )));
    }
    Ok(())
}

fn refuse(problem: String) -> ApiError {
    ApiError::invalid(format!("invalid value for 'build.substitutions': {problem}"))
}
