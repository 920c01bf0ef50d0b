//! What is there, held against what the config wants.

use engine::Diff;
use serde_json::{Value, json};

/// Seconds of `1200s` or `1200.0s`.
pub fn seconds(value: &Value) -> Option<f64> {
    value.as_str()?.strip_suffix('s')?.parse().ok()
}

/// What a step of a build is made from. What Google adds once it runs is not of interest.
const OF_A_STEP: &[&str] = &[
    "allowExitCodes",
    "allowFailure",
    "args",
    "automapSubstitutions",
    "dir",
    "entrypoint",
    "env",
    "id",
    "name",
    "script",
    "secretEnv",
    "timeout",
    "volumes",
    "waitFor",
];

/// In which fields a trigger differs from the wanted one, in the config's words where it has them.
pub fn trigger_diffs(found: &Value, wanted: &Value) -> Vec<Diff> {
    let mut diffs = Vec::new();
    if !same(&found["description"], &wanted["description"]) {
        diffs.push(diff("description", &found["description"], &wanted["description"]));
    }
    source_diffs(found, wanted, &mut diffs);
    if !same(&found["includedFiles"], &wanted["includedFiles"]) {
        diffs.push(diff("included_files", &found["includedFiles"], &wanted["includedFiles"]));
    }
    if last(&found["serviceAccount"]) != last(&wanted["serviceAccount"]) {
        let (is, wanted) = (last(&found["serviceAccount"]), last(&wanted["serviceAccount"]));
        diffs.push(Diff::new("service_account", shown(&json!(is)), wanted));
    }
    let (build, wanted_build) = (&found["build"], &wanted["build"]);
    if build.is_null() {
        let is = ["filename", "gitFileSource", "autodetect"].into_iter().find(|way| !found[*way].is_null());
        diffs.push(Diff::new("build", is.unwrap_or("(none)"), "inline"));
        return diffs;
    }
    step_diffs(&build["steps"], &wanted_build["steps"], &mut diffs);
    let given = substitutions(found);
    if !same(&given, &wanted_build["substitutions"]) {
        diffs.push(diff("build.substitutions", &given, &wanted_build["substitutions"]));
    }
    for (option, wanted) in wanted_build["options"].as_object().into_iter().flatten() {
        let is = &build["options"][option];
        if !same(is, wanted) {
            let field = if option == "machineType" { "machine_type" } else { option };
            diffs.push(diff(field, is, wanted));
        }
    }
    // Google's own default, where none is set.
    let timeout = |build: &Value| seconds(&build["timeout"]).unwrap_or(3600.0);
    let (is, wanted_timeout) = (timeout(build), timeout(wanted_build));
    if (is - wanted_timeout).abs() >= 0.5 {
        diffs.push(Diff::new("timeout", is, wanted_timeout));
    }
    if !same(&build["tags"], &wanted_build["tags"]) {
        diffs.push(diff("build.tags", &build["tags"], &wanted_build["tags"]));
    }
    diffs
}

/// Which repository, and which of its branches.
fn source_diffs(found: &Value, wanted: &Value, diffs: &mut Vec<Diff>) {
    let of = |trigger: &Value| {
        let github = &trigger["github"];
        match (github["owner"].as_str(), github["name"].as_str()) {
            (Some(owner), Some(name)) => ("github", format!("{owner}/{name}")),
            _ => match trigger["repositoryEventConfig"]["repository"].as_str() {
                // The project's id or its number may stand in it.
                Some(path) => ("connection", path.splitn(3, '/').last().unwrap_or(path).to_owned()),
                None => ("source", "another kind of source".to_owned()),
            },
        }
    };
    let (is, (field, repository)) = (of(found), of(wanted));
    // GitHub's names differ in nothing but their case only if they are the same.
    if is.0 != field || !is.1.eq_ignore_ascii_case(&repository) {
        diffs.push(Diff::new(field, is.1, repository));
    }
    let push = |trigger: &Value| {
        let (github, connection) = (&trigger["github"]["push"], &trigger["repositoryEventConfig"]["push"]);
        if connection.is_object() { connection.clone() } else { github.clone() }
    };
    let (is, wanted) = (push(found), push(wanted));
    if !same(&is, &wanted) {
        diffs.push(diff("branch", &is, &wanted));
    }
}

fn step_diffs(found: &Value, wanted: &Value, diffs: &mut Vec<Diff>) {
    let steps = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let (found, wanted) = (steps(found), steps(wanted));
    let ids = |steps: &[Value]| steps.iter().map(|s| shown(&s["id"])).collect::<Vec<_>>().join(", ");
    if ids(&found) != ids(&wanted) {
        diffs.push(Diff::new("build.steps", ids(&found), ids(&wanted)));
        return;
    }
    for (is, wanted) in found.iter().zip(&wanted) {
        for field in OF_A_STEP.iter().filter(|field| !same(&is[**field], &wanted[**field])) {
            let field_name = format!("build.steps.{}.{field}", shown(&wanted["id"]));
            diffs.push(match *field {
                "script" => Diff::new(field_name, "another", "as in cloudbuild.yaml"),
                _ => diff(&field_name, &is[*field], &wanted[*field]),
            });
        }
    }
}

/// What the build gets: its own, overridden by the trigger's.
fn substitutions(trigger: &Value) -> Value {
    let maps = [&trigger["build"]["substitutions"], &trigger["substitutions"]];
    maps.into_iter()
        .filter_map(Value::as_object)
        .flatten()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Equal, where Google leaves away what is empty or false.
fn same(is: &Value, wanted: &Value) -> bool {
    match (is, wanted) {
        (Value::Object(a), Value::Object(b)) => {
            a.keys().chain(b.keys()).all(|key| same(&is[key.as_str()], &wanted[key.as_str()]))
        }
        _ => is == wanted || (blank(is) && blank(wanted)),
    }
}

fn blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(map) => map.values().all(blank),
        Value::Number(_) => false,
    }
}

fn diff(field: &str, is: &Value, wanted: &Value) -> Diff {
    Diff::new(field, shown(is), shown(wanted))
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        value if blank(value) => "(none)".to_owned(),
        // A push to a branch is said by the branch alone.
        Value::Object(map) if map.len() == 1 && map.contains_key("branch") => shown(&map["branch"]),
        value => value.to_string(),
    }
}

fn last(value: &Value) -> &str {
    value.as_str().and_then(|name| name.rsplit('/').next()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::Source;
    use crate::trigger::BuildTrigger;
    use config::{Config, model::GitHub};

    fn trigger() -> Value {
        let source = Source::GitHub(GitHub { owner: "acme".into(), name: "app".into() });
        BuildTrigger::new(&Config::default(), source).wanted().unwrap()
    }

    /// The fields that differ once this was done to a trigger.
    fn after(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut found = trigger();
        change(&mut found);
        trigger_diffs(&found, &trigger()).into_iter().map(|diff| diff.field).collect()
    }

    #[test]
    fn what_google_adds_is_no_difference() {
        let added = after(|found| {
            found["id"] = json!("1");
            found["createTime"] = json!("2026-01-01T00:00:00Z");
            found["eventType"] = json!("REPO");
            found["github"]["installationId"] = json!("7");
            found["github"]["push"]["invertRegex"] = json!(false);
            found["github"]["owner"] = json!("Acme");
            found["substitutions"] = json!({});
            found["build"]["timeout"] = json!("1200.0s");
            found["build"]["queueTtl"] = json!("3600s");
            found["build"]["options"]["substitutionOption"] = json!("ALLOW_LOOSE");
            found["build"]["steps"][0]["status"] = json!("QUEUED");
            found["serviceAccount"] =
                json!("projects/-/serviceAccounts/codementor-build@codementor-dev.iam.gserviceaccount.com");
        });
        assert!(added.is_empty(), "{added:?}");
    }

    #[test]
    fn what_a_person_keeps_in_the_trigger_is_no_difference() {
        let kept = after(|found| {
            found["approvalConfig"] = json!({"approvalRequired": true});
            found["ignoredFiles"] = json!(["docs/**"]);
            found["disabled"] = json!(true);
        });
        assert!(kept.is_empty(), "{kept:?}");
    }

    #[test]
    fn each_thing_that_the_config_says_is_compared() {
        type Change = fn(&mut Value);
        let changes: [(&str, Change); 19] = [
            ("description", |t| t["description"] = Value::Null),
            ("github", |t| t["github"]["name"] = json!("other")),
            ("branch", |t| t["github"]["push"]["branch"] = json!("^dev$")),
            ("branch", |t| t["github"]["push"]["invertRegex"] = json!(true)),
            ("branch", |t| t["github"]["push"] = json!({"tag": ".*"})),
            ("included_files", |t| t["includedFiles"] = json!(["**"])),
            ("included_files", |t| t["includedFiles"] = Value::Null),
            ("service_account", |t| t["serviceAccount"] = Value::Null),
            ("build.steps", |t| drop(t["build"]["steps"].as_array_mut().unwrap().remove(0))),
            ("build.steps", |t| t["build"]["steps"].as_array_mut().unwrap().swap(0, 1)),
            ("build.steps.test.script", |t| t["build"]["steps"][0]["script"] = json!("true")),
            ("build.steps.test.allowFailure", |t| t["build"]["steps"][0]["allowFailure"] = json!(true)),
            ("build.steps.deploy.env", |t| t["build"]["steps"][3]["env"][0] = json!("IMAGE=gcr.io/x/y")),
            ("build.substitutions", |t| t["build"]["substitutions"]["_IMAGE"] = json!("x")),
            ("build.substitutions", |t| t["substitutions"] = json!({"_SERVICE": "other"})),
            ("machine_type", |t| t["build"]["options"]["machineType"] = json!("E2_MEDIUM")),
            ("logging", |t| t["build"]["options"]["logging"] = json!("NONE")),
            ("timeout", |t| t["build"]["timeout"] = Value::Null),
            ("build.tags", |t| t["build"]["tags"] = json!([])),
        ];
        for (field, change) in changes {
            assert_eq!(after(change), [field]);
        }
    }

    #[test]
    fn another_kind_of_trigger_differs_in_its_source_and_its_build() {
        let fields = after(|found| {
            found["github"] = Value::Null;
            found["repositoryEventConfig"] = json!({
                "repository": "projects/1/locations/us-central1/connections/c/repositories/r",
                "push": {"branch": "^main$"}
            });
        });
        assert_eq!(fields, ["github"]);
        let fields = after(|found| {
            found["build"] = Value::Null;
            found["filename"] = json!("cloudbuild.yaml");
        });
        assert_eq!(fields, ["build"]);
    }
}
