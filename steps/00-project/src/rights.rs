//! Who may do more in the project than the deployment needs.

use config::Config;
use engine::{Finding, Reader, Result, Verdict};
use resources::project_policy_command;
use serde_json::Value;

/// What no account of a deployment needs on the whole project: each reaches everything of its kind.
const BROAD: &[&str] = &[
    "roles/owner",
    "roles/editor",
    "roles/resourcemanager.projectIamAdmin",
    "roles/iam.securityAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
    "roles/run.admin",
    "roles/secretmanager.admin",
    "roles/secretmanager.secretAccessor",
    "roles/secretmanager.secretVersionManager",
    "roles/storage.admin",
];

/// Everybody on the internet.
const PUBLIC: &[&str] = &["allUsers", "allAuthenticatedUsers"];

/// The acceptance checks of the project's policy, which the build account's bindings read too.
pub(crate) fn verify(cloud: &Reader, config: &Config, number: &str) -> Result<Vec<Finding>> {
    let policy = cloud.find(project_policy_command(&config.project.id))?.unwrap_or_default();
    let compute = format!("{number}-compute@developer.gserviceaccount.com");
    // What `projects.locations.builds` ran as in older projects; the bash scripts gave it their roles.
    let builds = format!("{number}@cloudbuild.gserviceaccount.com");
    let ours = [config.run_account_email(), config.build_account_email()];
    let mut broad =
        grants(&policy, |member| ours.iter().chain([&compute, &builds]).any(|own| is(member, own)));
    broad.retain(|(_, role)| BROAD.contains(&role.as_str()));
    // Google gives it by itself when compute is enabled; nothing of the deployment runs as this account.
    let (google, other): (Vec<_>, Vec<_>) =
        broad.into_iter().partition(|(member, role)| is(member, &compute) && role == "roles/editor");
    let public = grants(&policy, |member| PUBLIC.contains(&member));
    let none = "none of the broad ones";
    let mut findings = vec![
        finding("roles of the deployment's accounts on the project", none, &other, config),
        finding("roles of the public on the project", "none", &public, config),
    ];
    if google.is_empty() {
        findings.push(Finding::new("roles of the default compute account", none, none, true));
    } else {
        let warned =
            finding("roles of the default compute account", none, &google, config).verdict(Verdict::Warned);
        findings.push(warned);
    }
    Ok(findings)
}

fn is(member: &str, email: &str) -> bool {
    member.strip_prefix("serviceAccount:") == Some(email)
}

/// Members and their roles, with or without a condition.
fn grants(policy: &Value, wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let bindings = policy["bindings"].as_array().into_iter().flatten();
    let all = bindings.flat_map(|binding| {
        let role = binding["role"].as_str().unwrap_or_default().to_owned();
        let members = binding["members"].as_array().into_iter().flatten().filter_map(Value::as_str);
        members.map(move |member| (member.to_owned(), role.clone())).collect::<Vec<_>>()
    });
    all.filter(|(member, _)| wanted(member)).collect()
}

fn finding(what: &str, expected: &str, grants: &[(String, String)], config: &Config) -> Finding {
    let project = &config.project.id;
    let found: Vec<String> = grants.iter().map(|(member, role)| format!("{member} has {role}")).collect();
    let found = if found.is_empty() { expected.to_owned() } else { found.join(", ") };
    let finding = Finding::new(what, expected, found, grants.is_empty());
    let remove = grants.first().map(|(member, role)| {
        format!(
            "take it away, if nothing else in the project needs it: `gcloud projects remove-iam-policy-binding {project} \
             --member={member} --role={role} --condition=None`"
        )
    });
    match remove {
        Some(remove) => finding.todo(remove),
        None => finding,
    }
}
