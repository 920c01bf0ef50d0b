//! Kinds of resources that several steps keep (IAM binding, secret, service account), and the values that flow between
//! steps.

mod bucket;
mod database;
mod decision;
#[cfg(feature = "testing")]
mod given;
mod iam_binding;
#[cfg(feature = "testing")]
pub mod lab;
mod labels;
pub mod network;
mod project;
mod redis;
mod rotation;
mod run_service;
mod secret;
mod service_account;

#[cfg(test)]
mod tests;

pub use bucket::{bucket, buckets};
pub use database::{describe_sql_instance, private_ip, sql_instance, sql_instance_address};
pub use decision::Decision;
pub use iam_binding::IamBinding;
pub use labels::{label_diffs, labelled, pairs};
pub use project::{
    describe_project, describe_project_command, policy_grants, project_address, project_number,
    project_policy_command,
};
pub use redis::{
    RedisEndpoint, describe_redis_instance, redis_certificates, redis_endpoint, redis_instance,
    redis_instance_address,
};
pub use rotation::{
    NewValue, OldVersions, Part, Parted, Pending, Progress, Rotation, RotationSchedule, UNDERWAY,
    rotation_publisher, topic_address, way_of_rotation,
};
pub use run_service::{
    describe_run_service, is_ready, named_versions, older_revision_that_serves, outlived_by, run_service,
    service_host,
};
pub use secret::{
    Latest, SecretValue, add_version, annotate, annotations, create_secret, latest, secret_exists,
};
pub use service_account::ServiceAccount;
