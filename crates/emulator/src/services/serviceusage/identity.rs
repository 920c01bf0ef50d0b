//! The accounts that Google's services use in a project: service agents, the default compute account.

use super::{Consumer, catalogue, unknown};
use crate::call::{Answer, Call};
use crate::operation::Effect;
use crate::services::orgpolicy;
use crate::world::World;
use serde_json::{Value, json};

/// A service's agent.
pub struct Agent {
    /// Its API.
    pub api: &'static str,
    /// The part of its address after `service-NUMBER@`, or with `NUMBER` in it, the whole address.
    pub address: &'static str,
    /// The role that it gets on the project; empty: none.
    pub role: &'static str,
}

/// The agents [Google's list of service agents].
pub static AGENTS: &[Agent] = &[
    agent_of(
        "artifactregistry.googleapis.com",
        "gcp-sa-artifactregistry.iam.gserviceaccount.com",
        "roles/artifactregistry.serviceAgent",
    ),
    agent_of(
        "cloudbuild.googleapis.com",
        "gcp-sa-cloudbuild.iam.gserviceaccount.com",
        "roles/cloudbuild.serviceAgent",
    ),
    agent_of(
        "compute.googleapis.com",
        "compute-system.iam.gserviceaccount.com",
        "roles/compute.serviceAgent",
    ),
    agent_of(
        "containerregistry.googleapis.com",
        "containerregistry.iam.gserviceaccount.com",
        "roles/containerregistry.ServiceAgent",
    ),
    agent_of("logging.googleapis.com", "gcp-sa-logging.iam.gserviceaccount.com", ""),
    agent_of(
        "monitoring.googleapis.com",
        "gcp-sa-monitoring-notification.iam.gserviceaccount.com",
        "roles/monitoring.notificationServiceAgent",
    ),
    agent_of("pubsub.googleapis.com", "gcp-sa-pubsub.iam.gserviceaccount.com", "roles/pubsub.serviceAgent"),
    agent_of("redis.googleapis.com", "cloud-redis.iam.gserviceaccount.com", "roles/redis.serviceAgent"),
    agent_of("run.googleapis.com", "serverless-robot-prod.iam.gserviceaccount.com", "roles/run.serviceAgent"),
    agent_of("secretmanager.googleapis.com", "gcp-sa-secretmanager.iam.gserviceaccount.com", ""),
    agent_of(
        "servicenetworking.googleapis.com",
        "service-networking.iam.gserviceaccount.com",
        "roles/servicenetworking.serviceAgent",
    ),
    agent_of(
        "sqladmin.googleapis.com",
        "gcp-sa-cloud-sql.iam.gserviceaccount.com",
        "roles/cloudsql.serviceAgent",
    ),
    agent_of(
        "vpcaccess.googleapis.com",
        "gcp-sa-vpcaccess.iam.gserviceaccount.com",
        "roles/vpcaccess.serviceAgent",
    ),
];

/// Agents that appear at the first use of their service, not with its API: an early grant to them fails on Google.
pub const LAZY: &[&str] = &[
    "monitoring.googleapis.com",
    "redis.googleapis.com",
    "secretmanager.googleapis.com",
    "servicenetworking.googleapis.com",
    "sqladmin.googleapis.com",
];

const fn agent_of(api: &'static str, address: &'static str, role: &'static str) -> Agent {
    Agent { api, address, role }
}

/// The agent of an API, if it has one.
pub fn agent(api: &str) -> Option<&'static Agent> {
    AGENTS.iter().find(|agent| agent.api == api)
}

impl Agent {
    /// Its address in a project.
    pub fn email(&self, project_number: &str) -> String {
        format!("service-{project_number}@{}", self.address)
    }

    /// What appears with it: the account (`iam/agents/EMAIL`, which no list of a project shows) and its role.
    pub fn effects(&self, world: &mut World, project: &str, number: &str) -> Vec<Effect> {
        let email = self.email(number);
        let key = format!("iam/agents/{email}");
        let mut effects = Vec::new();
        if !world.has(&key) {
            let unique = world.digits(21);
            let data = json!({"email": email, "uniqueId": unique, "projectId": project});
            effects.push(Effect::Put { key, data, hidden: Value::Null });
        }
        if !self.role.is_empty() {
            effects.push(Effect::Grant {
                key: format!("cloudresourcemanager/projects/{project}"),
                role: self.role.to_owned(),
                member: format!("serviceAccount:{email}"),
            });
        }
        effects
    }
}

/// With compute come its default account and the agent of Google's APIs, both editors.
pub(super) fn compute_accounts(world: &mut World, project: &str, number: &str) -> Vec<Effect> {
    let mut effects = Vec::new();
    let email = format!("{number}-compute@developer.gserviceaccount.com");
    let key = format!("iam/projects/{project}/serviceAccounts/{email}");
    if !world.has(&key) {
        let unique = world.digits(21);
        let data = json!({"name": format!("projects/{project}/serviceAccounts/{email}"), "projectId": project,
                          "uniqueId": unique, "email": email, "displayName": "Compute Engine default service account",
                          "etag": "MDEwMjE5MjA=", "oauth2ClientId": unique});
        effects.push(Effect::Put { key, data, hidden: Value::Null });
    }
    let apis = format!("{number}@cloudservices.gserviceaccount.com");
    let key = format!("iam/agents/{apis}");
    if !world.has(&key) {
        let unique = world.digits(21);
        let data = json!({"email": apis, "uniqueId": unique, "projectId": project});
        effects.push(Effect::Put { key, data, hidden: Value::Null });
    }
    let grants = !orgpolicy::enforced(world, project, "iam.automaticIamGrantsForDefaultServiceAccounts");
    let members = if grants { vec![email, apis] } else { vec![apis] };
    for member in members {
        effects.push(Effect::Grant {
            key: format!("cloudresourcemanager/projects/{project}"),
            role: "roles/editor".to_owned(),
            member: format!("serviceAccount:{member}"),
        });
    }
    effects
}

/// `generateServiceIdentity`: gcloud reads the answer's `response` without polling, so that it is done at once.
pub(super) fn generate(call: &mut Call) -> Answer {
    let consumer = Consumer::of(call, "serviceusage.services.enable")?;
    let name = call.param("servicesId").to_owned();
    if catalogue::find(&name).is_none() {
        return Err(unknown(&[name.as_str()]));
    }
    let mut response =
        json!({"@type": "type.googleapis.com/google.api.serviceusage.v1beta1.ServiceIdentity"});
    if let Some(agent) = agent(&name) {
        ensure(call.world, &consumer.project, &name);
        let email = agent.email(&consumer.number);
        response["uniqueId"] =
            call.world.get(&format!("iam/agents/{email}")).map_or(Value::Null, |a| a["uniqueId"].clone());
        response["email"] = json!(email);
    }
    Ok(json!({"name": "operations/finished.DONE_OPERATION", "done": true, "response": response}).into())
}

/// Makes a service's agent at its first use, as Google does; nothing where it has one already.
pub fn ensure(world: &mut World, project: &str, api: &str) {
    let number = world.project_number(project).unwrap_or_default();
    if let Some(agent) = agent(api) {
        for effect in agent.effects(world, project, &number) {
            world.apply(effect);
        }
    }
}
