//! The accounts that Google's own services act as in the project.
//!
//! Google makes them at the first use of their service, and that first use can fail because they are not there yet.

use crate::apis::Apis;
use config::Config;
use engine::{Address, AtDestroy, Diff, Error, Need, Reader, Resource, Result, State, Writer};
use gcloud::gcloud;
use resources::{policy_grants, project_number, project_policy_command};

/// A service whose agent must be there before its first use.
struct Agent {
    api: &'static str,
    /// What follows `service-NUMBER@`.
    domain: &'static str,
    role: &'static str,
}

const AGENTS: &[Agent] = &[
    Agent {
        api: "servicenetworking.googleapis.com",
        domain: "service-networking.iam.gserviceaccount.com",
        role: "roles/servicenetworking.serviceAgent",
    },
    Agent {
        api: "sqladmin.googleapis.com",
        domain: "gcp-sa-cloud-sql.iam.gserviceaccount.com",
        role: "roles/cloudsql.serviceAgent",
    },
    Agent {
        api: "redis.googleapis.com",
        domain: "cloud-redis.iam.gserviceaccount.com",
        role: "roles/redis.serviceAgent",
    },
];

impl Agent {
    fn member(&self, project_number: &str) -> String {
        format!("serviceAccount:service-{project_number}@{}", self.domain)
    }
}

/// The agents of all three services, as one resource: one policy tells of all of them.
pub(crate) struct ServiceAgents {
    project: String,
}

impl ServiceAgents {
    pub(crate) fn new(config: &Config) -> Self {
        Self { project: config.project.id.clone() }
    }

    fn number(&self, cloud: &Reader) -> Result<String> {
        project_number(cloud, &self.project)?.ok_or_else(|| {
            Error::answer("projects describe", format!("project {} has no number", self.project))
        })
    }

    /// The agents without their role in the project.
    fn missing(&self, cloud: &Reader) -> Result<Vec<&'static Agent>> {
        let number = self.number(cloud)?;
        let policy = cloud.find(project_policy_command(&self.project))?.unwrap_or_default();
        Ok(AGENTS
            .iter()
            .filter(|agent| !policy_grants(&policy, agent.role, &agent.member(&number)))
            .collect())
    }

    fn make(&self, cloud: &Writer, agents: &[&Agent]) -> Result<()> {
        for Agent { api, .. } in agents {
            cloud.change(gcloud!["beta services identity create", "--service={api}"])?;
        }
        // With most services the role comes with the account. Where it does not, Google's documentation asks the
        // project's owner to give it.
        let number = self.number(cloud)?;
        for agent in self.missing(cloud)? {
            let (project, member, role) = (&self.project, agent.member(&number), agent.role);
            let policy = cloud.change(gcloud![
                "projects add-iam-policy-binding",
                project,
                "--member={member}",
                "--role={role}",
                "--condition=None"
            ])?;
            cloud.remember(&project_policy_command(project), policy);
        }
        Ok(())
    }
}

impl Resource for ServiceAgents {
    fn address(&self) -> Address {
        Address::new("service-agents", "required")
    }

    fn needs(&self) -> Vec<Need> {
        let apis = AGENTS.iter().map(|agent| Need::Api(agent.api));
        std::iter::once(Need::Resource(Apis::address())).chain(apis).collect()
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let missing = self.missing(cloud)?;
        if missing.len() == AGENTS.len() {
            return Ok(State::Absent);
        }
        let diffs = missing.iter().map(|agent| Diff::new(agent.api, "no agent", "agent")).collect();
        Ok(State::from_diffs(diffs))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        self.make(cloud, &AGENTS.iter().collect::<Vec<_>>())
    }

    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let missing = AGENTS.iter().filter(|agent| diffs.iter().any(|diff| diff.field == agent.api));
        self.make(cloud, &missing.collect::<Vec<_>>())
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::Kept("they are Google's own")
    }

    /// They are Google's and go with the project.
    fn delete(&self, _cloud: &Writer) -> Result<()> {
        Ok(())
    }
}
