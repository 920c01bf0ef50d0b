//! Pub/Sub API: topics, and subscriptions that are pulled from. Schemas, snapshots and what Google delivers by itself
//! (push, BigQuery, Cloud Storage, Bigtable) are not served.

mod messages;
mod rules;
mod subscriptions;
#[cfg(test)]
mod tests;
mod topics;

pub use messages::{Message, publish};

use super::{roles, unserved};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::policy;
use serde_json::json;

/// None is asked for before the service: a refusal of Pub/Sub's has words of its own, and names no permission.
pub fn permission(_: &str) -> Option<&'static str> {
    None
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    match id {
        "projects.topics.create" => topics::create(call),
        "projects.topics.get" => topics::get(call),
        "projects.topics.list" => topics::list(call),
        "projects.topics.patch" => topics::patch(call),
        "projects.topics.delete" => topics::delete(call),
        "projects.topics.publish" => topics::publish(call),
        "projects.topics.subscriptions.list" => topics::subscriptions(call),
        "projects.subscriptions.create" => subscriptions::create(call),
        "projects.subscriptions.get" => subscriptions::get(call),
        "projects.subscriptions.list" => subscriptions::list(call),
        "projects.subscriptions.patch" => subscriptions::patch(call),
        "projects.subscriptions.delete" => subscriptions::delete(call),
        "projects.subscriptions.pull" => subscriptions::pull(call),
        "projects.subscriptions.acknowledge" => subscriptions::acknowledge(call),
        "projects.subscriptions.modifyAckDeadline" => subscriptions::modify_ack_deadline(call),
        _ => match id.rsplit_once('.') {
            Some(("projects.topics", verb)) => policies(call, &TOPIC, verb),
            Some(("projects.subscriptions", verb)) => policies(call, &SUBSCRIPTION, verb),
            _ => unserved(id),
        },
    }
}

/// A kind of object.
struct Kind {
    /// As names and permissions write it, `topics`.
    collection: &'static str,
    /// The path's parameter.
    parameter: &'static str,
}

const TOPIC: Kind = Kind { collection: "topics", parameter: "topicsId" };
const SUBSCRIPTION: Kind = Kind { collection: "subscriptions", parameter: "subscriptionsId" };

impl Kind {
    /// The name of the object in the path, with the project's id, as Pub/Sub answers it.
    fn name(&self, call: &Call) -> String {
        format!("projects/{}/{}/{}", call.project(), self.collection, call.param(self.parameter))
    }

    /// Its key in the world, if it is there and the caller has the permission (`get`, `delete`) on it.
    fn find(&self, call: &Call, verb: &str) -> Result<String, ApiError> {
        let key = key(&self.name(call));
        permit(call, &key, &format!("pubsub.{}.{verb}", self.collection))?;
        if call.world.has(&key) { Ok(key) } else { Err(missing(call.param(self.parameter))) }
    }

    /// The key of the collection, if the caller may list it.
    fn listed(&self, call: &Call) -> Result<String, ApiError> {
        permit_in_project(call, &format!("pubsub.{}.list", self.collection))?;
        Ok(format!("pubsub/projects/{}/{}", call.project(), self.collection))
    }
}

fn policies(call: &mut Call, kind: &Kind, verb: &str) -> Answer {
    match verb {
        "getIamPolicy" => policy::get(call, &kind.find(call, verb)?),
        "setIamPolicy" => {
            let key = kind.find(call, verb)?;
            policy::set(call, &key)
        }
        // What is not there gives no permissions instead of an error [description].
        "testIamPermissions" if !call.world.has(&key(&kind.name(call))) => Ok(json!({}).into()),
        "testIamPermissions" => policy::test(call, &key(&kind.name(call))),
        _ => unserved(call.route.id),
    }
}

/// The key of a topic or subscription, `projects/P/topics/T`.
fn key(name: &str) -> String {
    format!("pubsub/{name}")
}

/// Refuses a caller who lacks a permission on an object, whether it is there or not.
fn permit(call: &Call, key: &str, permission: &str) -> Result<(), ApiError> {
    if roles::allowed(call.world, call.principal.as_deref(), key, permission) {
        return Ok(());
    }
    Err(ApiError::permission_denied("User not authorized to perform this action."))
}

fn permit_in_project(call: &Call, permission: &str) -> Result<(), ApiError> {
    permit(call, &format!("cloudresourcemanager/projects/{}", call.project()), permission)
}

/// Google's words for what is missing; they name it without its project.
fn missing(id: &str) -> ApiError {
    ApiError::not_found(format!("Resource not found (resource={id})."))
}

fn exists(id: &str) -> ApiError {
    ApiError::already_exists(format!("Resource already exists in the project (resource={id})."))
}
