//! What several steps read of the project itself. Each read is one process for the whole run.

use engine::{Address, Reader, Result};
use gcloud::{Command, gcloud};
use serde_json::Value;

/// The address under which the project is kept.
pub fn project_address(id: &str) -> Address {
    Address::new("project", id)
}

/// The project as gcloud describes it; `None` where it does not exist.
///
/// Google answers 403 for a project that does not exist, so the list of the projects that the login sees decides.
pub fn describe_project(cloud: &Reader, id: &str) -> Result<Option<Value>> {
    cloud.find_or_denied(
        describe_project_command(id),
        gcloud!["projects list", "--filter=projectId={id}"].without_project(),
        |row| row["projectId"] == id,
    )
}

/// The command that describes the project.
pub fn describe_project_command(id: &str) -> Command {
    gcloud!["projects describe", id].without_project()
}

/// The project's number, which the names of Google's own service agents are made of.
pub fn project_number(cloud: &Reader, id: &str) -> Result<Option<String>> {
    let project = describe_project(cloud, id)?;
    Ok(project.and_then(|project| project["projectNumber"].as_str().map(str::to_owned)))
}

/// The command that reads the project's IAM policy: the same argv as [`crate::IamBinding`]'s check, so that both cost
/// one process.
pub fn project_policy_command(id: &str) -> Command {
    gcloud!["projects get-iam-policy", id]
}

/// Whether a policy gives a role to a member, without a condition.
pub fn policy_grants(policy: &Value, role: &str, member: &str) -> bool {
    policy["bindings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|binding| binding["role"] == role && binding["condition"].is_null())
        .filter_map(|binding| binding["members"].as_array())
        .flatten()
        .any(|found| found == member)
}
