//! What the old scripts let builds do, in the whole project. Builds of this tool's trigger run as an account of their own.

use config::{Config, names};
use engine::{Address, Reader, Result};
use resources::{Decision, IamBinding};

/// What script 05 gave.
const ROLES: [&str; 3] =
    ["roles/run.admin", "roles/iam.serviceAccountUser", "roles/secretmanager.secretAccessor"];

/// The roles that the legacy Cloud Build account still has in the whole project. No process: the checks read the same policy.
///
/// # Errors
/// The project or its policy cannot be read.
pub fn decisions(cloud: &Reader, config: &Config) -> Result<Vec<Decision>> {
    let project = &config.project.id;
    let Some(number) = resources::project_number(cloud, project)? else { return Ok(Vec::new()) };
    let account = format!("{number}@cloudbuild.gserviceaccount.com");
    let mut decisions = Vec::new();
    for role in ROLES {
        let member = format!("serviceAccount:{account}");
        if !IamBinding::on_project(project, member.clone(), role).is_there(cloud)? {
            continue;
        }
        decisions.push(Decision {
            step: "05-ci-cd",
            about: Address::new("iam-binding", format_args!("project/{role}/{account}")),
            text: format!(
                "gives the legacy Cloud Build account {role} in the whole project; builds of the trigger run as {}, which may do \
                 the least that they need",
                names::BUILD_ACCOUNT
            ),
            command: format!("gcloud projects remove-iam-policy-binding {project} --member={member} --role={role}"),
        });
    }
    Ok(decisions)
}
