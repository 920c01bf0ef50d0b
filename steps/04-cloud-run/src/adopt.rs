//! What the old scripts let the default compute account read. The service itself is given its own account by the plan.

use config::{Config, names};
use engine::{Address, Reader, Result};
use resources::{Decision, IamBinding};

const ROLE: &str = "roles/secretmanager.secretAccessor";

/// The secrets that the default compute account may still read. Three processes at most, which the checks mostly share.
///
/// # Errors
/// The project or a secret's policy cannot be read.
pub fn decisions(cloud: &Reader, config: &Config) -> Result<Vec<Decision>> {
    let project = &config.project.id;
    let Some(number) = resources::project_number(cloud, project)? else { return Ok(Vec::new()) };
    let member = format!("serviceAccount:{number}-compute@developer.gserviceaccount.com");
    let mut decisions = Vec::new();
    for secret in [names::DB_PASSWORD, names::DATABASE_URL, names::REDIS_URL] {
        let there = resources::secret_exists(cloud, secret)?
            && IamBinding::on_secret(secret, member.clone(), ROLE).is_there(cloud)?;
        if !there {
            continue;
        }
        decisions.push(Decision {
            step: "04-cloud-run",
            about: Address::new("secret", secret),
            text: format!(
                "can be read by the default compute account, which every machine and build of the project may run as; the service \
                 runs as {} now",
                names::RUN_ACCOUNT
            ),
            command: format!(
                "gcloud secrets remove-iam-policy-binding {secret} --member={member} --role={ROLE} --project={project}"
            ),
        });
    }
    Ok(decisions)
}
