//! Triggers, by id or by name.

use super::{build, grammar, location, missing, source};
use crate::Reply;
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::mask;
use crate::services::unserved;
use regex::Regex;
use serde_json::{Value, json};

pub fn handle(verb: &str, call: &mut Call) -> Answer {
    match verb {
        "create" => create(call),
        "get" => Ok(find(call)?.1.into()),
        "list" => list(call),
        "patch" => patch(call),
        "delete" => {
            let (key, _) = find(call)?;
            call.world.remove(&key);
            Ok(Reply::empty())
        }
        "run" => run(call),
        _ => unserved(call.route.id),
    }
}

fn collection(call: &Call) -> Result<String, ApiError> {
    Ok(format!("cloudbuild/projects/{}/locations/{}/triggers", call.project(), location(call)?))
}

fn find(call: &Call) -> Result<(String, Value), ApiError> {
    let names = ["triggerId", "triggersId"];
    let name = names.iter().map(|n| call.param(n)).find(|n| !n.is_empty()).unwrap_or("");
    let rows = call.world.list(&collection(call)?);
    let found = rows.into_iter().find(|(_, trigger)| trigger["id"] == name || trigger["name"] == name);
    found.map(|(key, trigger)| (key.to_owned(), trigger.clone())).ok_or_else(missing)
}

fn list(call: &Call) -> Answer {
    let rows = call.world.list(&collection(call)?);
    Ok(call.page("triggers", rows.into_iter().map(|(_, trigger)| trigger.clone()).collect()))
}

fn create(call: &mut Call) -> Answer {
    let mut trigger = call.input();
    let id = call.world.uuid();
    if trigger["name"].as_str().unwrap_or("").is_empty() {
        trigger["name"] = json!(format!("trigger-{}", &id[..6]));
    }
    check(call, &trigger, None)?;
    let key = format!("{}/{id}", collection(call)?);
    trigger["id"] = json!(id);
    trigger["createTime"] = json!(call.world.stamp());
    trigger["resourceName"] = json!(key.trim_start_matches("cloudbuild/"));
    call.world.put(&key, trigger.clone());
    Ok(trigger.into())
}

/// With a mask the fields of it, without one everything.
fn patch(call: &mut Call) -> Answer {
    let (key, current) = find(call)?;
    let body = call.input();
    let mut wanted = match call.query("updateMask").filter(|m| !m.is_empty()) {
        Some(asked) => {
            let mut wanted = current.clone();
            mask::apply(call.route.api, "BuildTrigger", &mut wanted, &body, asked)?;
            wanted
        }
        None => body,
    };
    for field in ["id", "createTime", "resourceName"] {
        wanted[field] = current[field].clone();
    }
    if wanted["name"].as_str().unwrap_or("").is_empty() {
        wanted["name"] = current["name"].clone();
    }
    check(call, &wanted, current["id"].as_str())?;
    call.world.put(&key, wanted.clone());
    Ok(wanted.into())
}

/// What a trigger must be; `own` is its id, if it is there already. The wording on the repository is Google's, the others are
/// guesses.
fn check(call: &Call, trigger: &Value, own: Option<&str>) -> Result<(), ApiError> {
    let name = trigger["name"].as_str().unwrap_or("");
    let edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let letters = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if name.len() > 64 || !letters || !edge(name.chars().next()) || !edge(name.chars().last()) {
        return Err(ApiError::invalid(format!(
            "invalid trigger name \"{name}\": it must contain only alphanumeric characters and dashes, begin and end with an \
             alphanumeric character, and be 1-64 characters long"
        )));
    }
    let all = call.world.below(&format!("cloudbuild/projects/{}/locations/", call.project()));
    let mut others = all.into_iter().filter(|(key, _)| key.contains("/triggers/"));
    if others.any(|(_, other)| other["name"] == name && other["id"].as_str() != own) {
        return Err(ApiError::already_exists(format!("trigger named \"{name}\" already exists")));
    }
    event(call, trigger)?;
    template(call, trigger)
}

/// What sets it off: exactly one kind of event.
fn event(call: &Call, trigger: &Value) -> Result<(), ApiError> {
    let kinds = [
        "github",
        "triggerTemplate",
        "repositoryEventConfig",
        "pubsubConfig",
        "webhookConfig",
        "sourceToBuild",
        "bitbucketServerTriggerConfig",
        "developerConnectEventConfig",
    ];
    let given: Vec<&str> = kinds.into_iter().filter(|kind| !trigger[*kind].is_null()).collect();
    let [kind] = given[..] else {
        return Err(ApiError::invalid("exactly one source of events must be set for a trigger"));
    };
    match kind {
        "github" => {
            pushes(&trigger["github"])?;
            let (owner, name) = (trigger["github"]["owner"].as_str(), trigger["github"]["name"].as_str());
            connected(call, owner.unwrap_or(""), name.unwrap_or(""))
        }
        "repositoryEventConfig" => {
            pushes(&trigger["repositoryEventConfig"])?;
            let name = trigger["repositoryEventConfig"]["repository"].as_str().unwrap_or("");
            let path = call.world.relative_name(name);
            let here = format!("projects/{}/locations/{}/connections/", call.project(), location(call)?);
            if !path.starts_with(&here) || !call.world.has(&format!("cloudbuild/{path}")) {
                return Err(ApiError::failed_precondition(format!(
                    "repository \"{name}\" is not linked in this region"
                )));
            }
            Ok(())
        }
        // Cloud Source Repositories takes no new customers, so that no project of this world has one.
        "triggerTemplate" => Err(not_connected(call)),
        _ => Ok(()),
    }
}

fn pushes(event: &Value) -> Result<(), ApiError> {
    let (push, pull) = (&event["push"], &event["pullRequest"]);
    if push.is_null() == pull.is_null() {
        return Err(ApiError::invalid("exactly one of push and pull_request must be set"));
    }
    let patterns: Vec<&str> = ["branch", "tag"]
        .iter()
        .flat_map(|field| [push[*field].as_str(), pull[*field].as_str()])
        .flatten()
        .filter(|pattern| !pattern.is_empty())
        .collect();
    let [pattern] = patterns[..] else {
        return Err(ApiError::invalid("exactly one of branch and tag must be set"));
    };
    match Regex::new(pattern) {
        Ok(_) => Ok(()),
        Err(_) => Err(ApiError::invalid(format!("invalid regular expression \"{pattern}\""))),
    }
}

fn connected(call: &Call, owner: &str, name: &str) -> Result<(), ApiError> {
    let key = super::connection::key(call.project(), owner, name);
    if call.world.has(&key) { Ok(()) } else { Err(not_connected(call)) }
}

fn not_connected(call: &Call) -> ApiError {
    ApiError::failed_precondition(format!(
        "Repository mapping does not exist. Please visit https://console.cloud.google.com/cloud-build/triggers/connect?project={} \
         to connect a repository to your project",
        call.project_number()
    ))
}

/// What it builds: exactly one way to say it, and an account that is there.
fn template(call: &Call, trigger: &Value) -> Result<(), ApiError> {
    let autodetect = trigger["autodetect"] == true;
    let ways = ["build", "filename", "gitFileSource"].iter().filter(|way| !trigger[**way].is_null()).count();
    if ways + usize::from(autodetect) != 1 {
        return Err(ApiError::invalid(
            "exactly one of build, filename, git_file_source and autodetect must be set",
        ));
    }
    let own = trigger["serviceAccount"].as_str().unwrap_or("");
    let email = source::account(call, own)?;
    let build = &trigger["build"];
    if build.is_null() {
        return super::substitution::check(&json!({}), &trigger["substitutions"], true);
    }
    grammar::check(build, &substitutions(trigger), true)?;
    let of_build = source::account(call, build["serviceAccount"].as_str().unwrap_or(""))?;
    if email.or(of_build).is_some() {
        grammar::logging(build)?;
    }
    Ok(())
}

/// Those of the build, overridden by those of the trigger.
fn substitutions(trigger: &Value) -> Value {
    let mut all = trigger["build"]["substitutions"].as_object().cloned().unwrap_or_default();
    all.extend(trigger["substitutions"].as_object().cloned().unwrap_or_default());
    Value::Object(all)
}

/// Builds at once. The emulator has no repositories: a build that is described in a file of one cannot be read.
fn run(call: &mut Call) -> Answer {
    let (_, trigger) = find(call)?;
    if trigger["build"].is_null() {
        return Err(ApiError::failed_precondition("Couldn't read commit"));
    }
    let source = if call.body["source"].is_null() { &call.body } else { &call.body["source"] };
    let branch = source["branchName"].as_str().unwrap_or("").to_owned();
    let commit = source["commitSha"].as_str().map(str::to_owned);
    let commit = commit.unwrap_or_else(|| call.world.hex(40));
    let mut wanted = trigger["build"].clone();
    let mut all = substitutions(&trigger);
    for (key, value) in [
        ("COMMIT_SHA", commit.as_str()),
        ("REVISION_ID", commit.as_str()),
        ("SHORT_SHA", &commit[..commit.len().min(7)]),
        ("BRANCH_NAME", branch.as_str()),
        ("REF_NAME", branch.as_str()),
        ("REPO_NAME", trigger["github"]["name"].as_str().unwrap_or("")),
        ("TRIGGER_NAME", trigger["name"].as_str().unwrap_or("")),
    ] {
        all[key] = json!(value);
    }
    wanted["substitutions"] = all;
    if trigger["serviceAccount"].is_string() {
        wanted["serviceAccount"] = trigger["serviceAccount"].clone();
    }
    build::create(call, wanted, trigger["id"].as_str())
}
