//! Subscriptions that are pulled from.

use super::messages::{self, Change};
use super::{SUBSCRIPTION, exists, key, permit, permit_in_project, rules};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::mask;
use serde_json::{Value, json};

const DAY: i64 = 86_400;

const UNSERVED: &[&str] = &[
    "pushConfig",
    "bigqueryConfig",
    "bigtableConfig",
    "cloudStorageConfig",
    "deadLetterPolicy",
    "detached",
    "filter",
    "messageTransforms",
    "retainAckedMessages",
    "retryPolicy",
    "tags",
];

/// Checks a subscription as it would be after the change, and fills in what Google does [description].
fn settle(subscription: &mut Value) -> Result<(), ApiError> {
    rules::unserved(subscription, UNSERVED)?;
    rules::labels(&subscription["labels"])?;
    let deadline = subscription["ackDeadlineSeconds"].as_i64().unwrap_or(0);
    if deadline != 0 && !(10..=600).contains(&deadline) {
        return Err(ApiError::invalid(format!(
            "Invalid ack deadline given (ack_deadline={deadline}). The ack deadline must be between 10 and 600 seconds."
        )));
    }
    subscription["ackDeadlineSeconds"] = json!(if deadline == 0 { 10 } else { deadline });
    let retention = &mut subscription["messageRetentionDuration"];
    rules::within(retention, "message_retention_duration", 600, Some(31 * DAY))?;
    if retention.is_null() {
        *retention = json!(format!("{}s", messages::RETENTION));
    }
    // Given without a time, it never expires.
    if !subscription["expirationPolicy"].is_object() {
        subscription["expirationPolicy"] = json!({"ttl": format!("{}s", 31 * DAY)});
    }
    if subscription["expirationPolicy"]["ttl"].is_string() {
        rules::within(&mut subscription["expirationPolicy"]["ttl"], "expiration duration", DAY, None)?;
    }
    subscription["pushConfig"] = json!({});
    subscription["state"] = json!("ACTIVE");
    rules::tidy(subscription);
    Ok(())
}

pub fn create(call: &mut Call) -> Answer {
    permit_in_project(call, "pubsub.subscriptions.create")?;
    let name = SUBSCRIPTION.name(call);
    rules::name(&name)?;
    let asked = call.text("topic").to_owned();
    let parts: Vec<&str> = asked.split('/').collect();
    if !matches!(parts[..], ["projects", _, "topics", _]) {
        return Err(ApiError::invalid(format!(
            "Invalid resource name given (topic={asked}). Refer to \
             https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names for more information."
        )));
    }
    permit(call, &key(&call.world.relative_name(&asked)), "pubsub.topics.attachSubscription")?;
    if call.world.has(&key(&name)) {
        return Err(exists(call.param("subscriptionsId")));
    }
    let topic = messages::topic(call.world, &asked)?;
    let mut subscription = call.input();
    subscription["name"] = json!(name);
    subscription["topic"] = json!(topic);
    settle(&mut subscription)?;
    call.world.put(&key(&name), subscription.clone());
    Ok(subscription.into())
}

pub fn get(call: &Call) -> Answer {
    let key = SUBSCRIPTION.find(call, "get")?;
    Ok(call.world.get(&key).cloned().unwrap_or_default().into())
}

pub fn list(call: &Call) -> Answer {
    let rows = call.world.list(&SUBSCRIPTION.listed(call)?);
    Ok(call.page("subscriptions", rows.into_iter().map(|(_, subscription)| subscription.clone()).collect()))
}

/// The mask is in the body, beside the subscription.
pub fn patch(call: &mut Call) -> Answer {
    let key = SUBSCRIPTION.find(call, "update")?;
    let body = call.input();
    let asked = body["updateMask"].as_str().unwrap_or_default();
    let fixed = ["name", "topic", "filter", "enableMessageOrdering", "state", "tags"];
    rules::mask(asked, "UpdateSubscriptionRequest", "Subscription", &fixed)?;
    let mut subscription = call.world.get(&key).cloned().unwrap_or_default();
    mask::apply(call.route.api, "Subscription", &mut subscription, &body["subscription"], asked)?;
    settle(&mut subscription)?;
    call.world.put(&key, subscription.clone());
    Ok(subscription.into())
}

/// Its messages go with it.
pub fn delete(call: &mut Call) -> Answer {
    let key = SUBSCRIPTION.find(call, "delete")?;
    call.world.remove(&key);
    Ok(Reply::empty())
}

/// Answers at once, also where Google would wait a while for a message.
pub fn pull(call: &mut Call) -> Answer {
    let key = SUBSCRIPTION.find(call, "consume")?;
    let limit = call.body["maxMessages"].as_i64().and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    let limit = limit.ok_or_else(|| {
        ApiError::invalid("You have passed an invalid argument to the service (argument=max_messages).")
    })?;
    let received = messages::pull(call.world, &key, limit);
    Ok(if received.is_empty() { Reply::empty() } else { json!({ "receivedMessages": received }).into() })
}

pub fn acknowledge(call: &mut Call) -> Answer {
    let key = SUBSCRIPTION.find(call, "consume")?;
    messages::change(call.world, &key, &call.body["ackIds"], &Change::Forget)?;
    Ok(Reply::empty())
}

pub fn modify_ack_deadline(call: &mut Call) -> Answer {
    let key = SUBSCRIPTION.find(call, "consume")?;
    let seconds = call.body["ackDeadlineSeconds"].as_i64().unwrap_or(0);
    if !(0..=600).contains(&seconds) {
        return Err(ApiError::invalid(format!(
            "Invalid ack deadline given (ack_deadline={seconds}). The ack deadline must be between 0 and 600 seconds."
        )));
    }
    messages::change(call.world, &key, &call.body["ackIds"], &Change::Hold(seconds))?;
    Ok(Reply::empty())
}
