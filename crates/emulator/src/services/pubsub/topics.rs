//! Topics.

use super::messages::{self, Message};
use super::{SUBSCRIPTION, TOPIC, exists, key, permit_in_project, rules};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::mask;
use crate::world::World;
use serde_json::{Value, json};

/// What a subscription says of its topic once that is deleted [description of `Subscription.topic`].
pub const DELETED: &str = "_deleted-topic_";

const UNSERVED: &[&str] =
    &["kmsKeyName", "schemaSettings", "ingestionDataSourceSettings", "messageTransforms", "tags"];

/// Checks a topic as it would be after the change.
fn settle(topic: &mut Value) -> Result<(), ApiError> {
    rules::unserved(topic, UNSERVED)?;
    rules::labels(&topic["labels"])?;
    // From 10 minutes to 31 days [description].
    rules::within(
        &mut topic["messageRetentionDuration"],
        "message_retention_duration",
        600,
        Some(2_678_400),
    )?;
    rules::tidy(topic);
    Ok(())
}

pub fn create(call: &mut Call) -> Answer {
    permit_in_project(call, "pubsub.topics.create")?;
    let name = TOPIC.name(call);
    rules::name(&name)?;
    let key = key(&name);
    if call.world.has(&key) {
        return Err(exists(call.param("topicsId")));
    }
    let mut topic = call.input();
    topic["name"] = json!(name);
    settle(&mut topic)?;
    call.world.put(&key, topic.clone());
    Ok(topic.into())
}

pub fn get(call: &Call) -> Answer {
    let key = TOPIC.find(call, "get")?;
    Ok(call.world.get(&key).cloned().unwrap_or_default().into())
}

pub fn list(call: &Call) -> Answer {
    let rows = call.world.list(&TOPIC.listed(call)?);
    Ok(call.page("topics", rows.into_iter().map(|(_, topic)| topic.clone()).collect()))
}

/// The mask is in the body, beside the topic.
pub fn patch(call: &mut Call) -> Answer {
    let key = TOPIC.find(call, "update")?;
    let body = call.input();
    let asked = body["updateMask"].as_str().unwrap_or_default();
    rules::mask(
        asked,
        "UpdateTopicRequest",
        "Topic",
        &["name", "kmsKeyName", "state", "satisfiesPzs", "tags"],
    )?;
    let mut topic = call.world.get(&key).cloned().unwrap_or_default();
    mask::apply(call.route.api, "Topic", &mut topic, &body["topic"], asked)?;
    settle(&mut topic)?;
    call.world.put(&key, topic.clone());
    Ok(topic.into())
}

/// Its subscriptions stay, with what they hold.
pub fn delete(call: &mut Call) -> Answer {
    let key = TOPIC.find(call, "delete")?;
    for subscription in attached(call.world, &TOPIC.name(call)) {
        if let Some(subscription) = call.world.get_mut(&subscription) {
            subscription["topic"] = json!(DELETED);
        }
    }
    call.world.remove(&key);
    Ok(Reply::empty())
}

/// The keys of a topic's subscriptions, in whatever project they are.
pub fn attached(world: &World, topic: &str) -> Vec<String> {
    let all = world.below("pubsub/projects/");
    let subscriptions = all.into_iter().filter(|(key, object)| {
        object["topic"] == topic
            && key.split('/').nth(3) == Some(SUBSCRIPTION.collection)
            && key.split('/').count() == 5
    });
    subscriptions.map(|(key, _)| key.to_owned()).collect()
}

/// The names of a topic's subscriptions.
pub fn subscriptions(call: &Call) -> Answer {
    TOPIC.find(call, "get")?;
    let keys = attached(call.world, &TOPIC.name(call));
    let names = keys.iter().filter_map(|key| key.strip_prefix("pubsub/")).map(Value::from).collect();
    Ok(call.page("subscriptions", names))
}

pub fn publish(call: &mut Call) -> Answer {
    TOPIC.find(call, "publish")?;
    let asked = call.body["messages"].as_array().cloned().unwrap_or_default();
    let sent = asked.iter().map(Message::read).collect::<Result<Vec<_>, _>>()?;
    messages::check_count(sent.len())?;
    let (name, now) = (TOPIC.name(call), call.world.now);
    let ids: Vec<String> =
        sent.iter().map(|message| messages::publish(call.world, &name, message, now)).collect();
    Ok(json!({ "messageIds": ids }).into())
}
