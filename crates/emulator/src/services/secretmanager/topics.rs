//! The topics of a secret. The sentences are those that public tests against Google quote.

use super::events;
use crate::error::ApiError;
use crate::world::World;
use serde_json::Value;

fn names(topics: &Value) -> impl Iterator<Item = &str> {
    topics.as_array().into_iter().flatten().map(|topic| topic["name"].as_str().unwrap_or_default())
}

/// What can be said of the list alone.
pub fn check(topics: &Value) -> Result<(), ApiError> {
    if names(topics).count() > 10 {
        return Err(ApiError::invalid("No more than 10 topics can be configured on a secret."));
    }
    let mut seen = std::collections::BTreeSet::new();
    if !names(topics).all(|name| seen.insert(name)) {
        return Err(ApiError::invalid("Topics must have distinct names."));
    }
    for name in names(topics) {
        let parts: Vec<&str> = name.split('/').collect();
        if !matches!(parts[..], ["projects", project, "topics", topic] if !project.is_empty() && !topic.is_empty())
        {
            return Err(ApiError::invalid(format!(
                "Failed to Publish to topic [{name}], got an error from Pub/Sub."
            )));
        }
    }
    Ok(())
}

/// Google publishes a message to topics that are set, to see that it can.
pub fn reach(world: &World, project: &str, topics: &Value) -> Result<(), ApiError> {
    for name in names(topics) {
        let topic = world.relative_name(name);
        if !world.has(&format!("pubsub/{topic}")) {
            return Err(ApiError::not_found(format!("Topic [{name}] not found.")));
        }
        let (account, may) = events::publisher(world, project, &topic);
        if !may {
            return Err(ApiError::failed_precondition(format!(
                "Permission 'pubsub.topics.publish' denied for {account} for pubsub topic: {name} or the topic doesn't exist. \
                 Grant the 'pubsub.topic.publish' permission (or 'roles/pubsub.publisher') on this topic to {account}."
            )));
        }
    }
    Ok(())
}
