//! One module a Google API. To add one: its description in `scripts/api-descriptions`, a module, a row here.

use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::world::World;

pub mod artifactregistry;
pub mod billingbudgets;
pub mod certificate;
pub mod cloudbilling;
pub mod cloudbuild;
pub mod cloudresourcemanager;
pub mod compute;
pub mod iam;
mod labels;
pub mod locations;
pub mod logging;
pub mod monitoring;
mod nesting;
pub mod orgpolicy;
#[cfg(test)]
mod private_fixture;
pub mod pubsub;
mod quoted;
pub mod redis;
pub mod roles;
pub mod run;
pub mod secretmanager;
pub mod servicenetworking;
pub mod serviceusage;
pub mod sqladmin;
pub mod storage;
pub mod vpcaccess;

/// How an API is served.
pub struct Service {
    /// Name in its description, `redis`.
    pub api: &'static str,
    /// Version in its description; empty: all.
    pub version: &'static str,
    /// What Google calls it in "... has not been used in project".
    pub title: &'static str,
    /// The API that must be enabled in the project of the path.
    pub required_api: Option<&'static str>,
    /// The service decides by itself on projects, APIs and rights.
    pub own_gate: bool,
    /// The permission that a method asks for on the project; `None`: none, or the service checks it itself.
    pub permission: fn(&str) -> Option<&'static str>,
    /// Answers a method, by its id without the API's name.
    pub handle: fn(&str, &mut Call) -> Answer,
}

/// All services.
pub static SERVICES: &[Service] = &[
    Service {
        api: "artifactregistry",
        version: "",
        title: "Artifact Registry API",
        required_api: Some("artifactregistry.googleapis.com"),
        own_gate: false,
        permission: artifactregistry::permission,
        handle: artifactregistry::handle,
    },
    Service {
        api: "billingbudgets",
        version: "",
        title: "Cloud Billing Budget API",
        required_api: None,
        own_gate: true,
        permission: billingbudgets::permission,
        handle: billingbudgets::handle,
    },
    Service {
        api: "cloudbilling",
        version: "",
        title: "Cloud Billing API",
        required_api: None,
        own_gate: true,
        permission: cloudbilling::permission,
        handle: cloudbilling::handle,
    },
    Service {
        api: "cloudbuild",
        version: "",
        title: "Cloud Build API",
        required_api: Some("cloudbuild.googleapis.com"),
        own_gate: false,
        permission: cloudbuild::permission,
        handle: cloudbuild::handle,
    },
    Service {
        api: "cloudresourcemanager",
        version: "",
        title: "Cloud Resource Manager API",
        required_api: None,
        own_gate: true,
        permission: cloudresourcemanager::permission,
        handle: cloudresourcemanager::handle,
    },
    Service {
        api: "compute",
        version: "",
        title: "Compute Engine API",
        required_api: Some("compute.googleapis.com"),
        own_gate: false,
        permission: compute::permission,
        handle: compute::handle,
    },
    Service {
        api: "iam",
        version: "",
        title: "Identity and Access Management (IAM) API",
        required_api: Some("iam.googleapis.com"),
        own_gate: false,
        permission: iam::permission,
        handle: iam::handle,
    },
    Service {
        api: "logging",
        version: "",
        title: "Cloud Logging API",
        required_api: Some("logging.googleapis.com"),
        own_gate: false,
        permission: logging::permission,
        handle: logging::handle,
    },
    Service {
        api: "monitoring",
        version: "",
        title: "Cloud Monitoring API",
        required_api: Some("monitoring.googleapis.com"),
        own_gate: false,
        permission: monitoring::permission,
        handle: monitoring::handle,
    },
    Service {
        api: "orgpolicy",
        version: "",
        title: "Organization Policy API",
        required_api: None,
        own_gate: true,
        permission: orgpolicy::permission,
        handle: orgpolicy::handle,
    },
    Service {
        api: "pubsub",
        version: "",
        title: "Cloud Pub/Sub API",
        required_api: Some("pubsub.googleapis.com"),
        own_gate: false,
        permission: pubsub::permission,
        handle: pubsub::handle,
    },
    Service {
        api: "redis",
        version: "",
        title: "Google Cloud Memorystore for Redis API",
        required_api: Some("redis.googleapis.com"),
        own_gate: false,
        permission: redis::permission,
        handle: redis::handle,
    },
    Service {
        api: "run",
        version: "",
        title: "Cloud Run Admin API",
        required_api: Some("run.googleapis.com"),
        own_gate: false,
        permission: run::permission,
        handle: run::handle,
    },
    Service {
        api: "secretmanager",
        version: "",
        title: "Secret Manager API",
        required_api: Some("secretmanager.googleapis.com"),
        own_gate: false,
        permission: secretmanager::permission,
        handle: secretmanager::handle,
    },
    Service {
        api: "servicenetworking",
        version: "",
        title: "Service Networking API",
        required_api: None,
        own_gate: true,
        permission: servicenetworking::permission,
        handle: servicenetworking::handle,
    },
    Service {
        api: "serviceusage",
        version: "",
        title: "Service Usage API",
        required_api: None,
        own_gate: true,
        permission: serviceusage::permission,
        handle: serviceusage::handle,
    },
    Service {
        api: "sqladmin",
        version: "",
        title: "Cloud SQL Admin API",
        required_api: Some("sqladmin.googleapis.com"),
        own_gate: false,
        permission: sqladmin::permission,
        handle: sqladmin::handle,
    },
    Service {
        api: "storage",
        version: "",
        title: "Cloud Storage API",
        required_api: None,
        own_gate: true,
        permission: storage::permission,
        handle: storage::handle,
    },
    Service {
        api: "vpcaccess",
        version: "",
        title: "Serverless VPC Access API",
        required_api: Some("vpcaccess.googleapis.com"),
        own_gate: false,
        permission: vpcaccess::permission,
        handle: vpcaccess::handle,
    },
];

/// The service of an API.
pub fn find(api: &str, version: &str) -> Option<&'static Service> {
    SERVICES.iter().find(|s| s.api == api && (s.version.is_empty() || s.version == version))
}

/// What services do by themselves once its time has come.
pub fn settle(world: &mut World) {
    secretmanager::rotate_due(world);
}

/// For a method that Google has and this emulator does not: 404, since gcloud repeats any 5xx for half a minute.
pub fn unserved(id: &str) -> Answer {
    Err(ApiError::not_found(format!("Method {id} is not served by this emulator.")))
}
