//! Messages: each subscription has its own copy until that is acknowledged, as an object below it in the world.

use super::topics::attached;
use super::{key, missing};
use crate::duration;
use crate::error::ApiError;
use crate::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

/// How long a subscription keeps a message unless it says otherwise: 7 days [description].
pub const RETENTION: i64 = 604_800;

/// What a publisher sends.
#[derive(Clone, Debug, Default)]
pub struct Message {
    /// The contents, in base64; empty: none.
    pub data: String,
    /// What can be told without looking at the contents.
    pub attributes: Map<String, Value>,
    /// Empty: it has no order.
    pub ordering_key: String,
}

impl Message {
    /// Out of a request. The limits are the description's; the first sentence is Pub/Sub's own, the others are guesses.
    pub(super) fn read(sent: &Value) -> Result<Self, ApiError> {
        let text = |field: &str| sent[field].as_str().unwrap_or_default().to_owned();
        // Both alphabets are taken, as everywhere in protobuf's JSON.
        let data = text("data").replace('-', "+").replace('_', "/");
        let bytes = STANDARD.decode(&data);
        let bytes = bytes.map_err(|_| {
            ApiError::invalid("Invalid value at 'messages.data' (TYPE_BYTES), Base64 decoding failed")
        })?;
        let attributes = sent["attributes"].as_object().cloned().unwrap_or_default();
        if bytes.is_empty() && attributes.is_empty() {
            return Err(ApiError::invalid(
                "One or more messages in the publish request is empty. Each message must contain either non-empty data, or at \
                 least one attribute.",
            ));
        }
        for (key, value) in &attributes {
            let length = value.as_str().map_or(0, str::len);
            if key.is_empty()
                || key.len() > 256
                || key.starts_with("goog")
                || length > 1024
                || attributes.len() > 100
            {
                return Err(ApiError::invalid(format!("Invalid attribute (key={key}).")));
            }
        }
        if bytes.len() > 10_000_000 {
            return Err(ApiError::invalid(format!(
                "The value for request_size is too large. You passed {} in the request, but the maximum value is 10000000.",
                bytes.len()
            )));
        }
        Ok(Self { data, attributes, ordering_key: text("orderingKey") })
    }
}

/// How many messages one request may have [the texts as other emulators record them from Google].
pub fn check_count(count: usize) -> Result<(), ApiError> {
    let (how, which, limit) = match count {
        0 => ("small", "minimum", 1),
        1..=1000 => return Ok(()),
        _ => ("large", "maximum", 1000),
    };
    Err(ApiError::invalid(format!(
        "The value for message_count is too {how}. You passed {count} in the request, but the {which} value is {limit}."
    )))
}

/// Gives a message to all subscriptions of a topic (`projects/P/topics/T`); its id. Whether the publisher may is the caller's
/// to ask.
pub fn publish(world: &mut World, topic: &str, message: &Message, at: Timestamp) -> String {
    // Ids grow, and are as long as Google's, so that their order is that of the keys.
    let id = (10_000_000_000_000_000 + world.count("pubsub-message")).to_string();
    let mut shown = json!({"messageId": id, "publishTime": format!("{at:.3}")});
    if !message.data.is_empty() {
        shown["data"] = json!(message.data);
    }
    if !message.attributes.is_empty() {
        shown["attributes"] = Value::Object(message.attributes.clone());
    }
    if !message.ordering_key.is_empty() {
        shown["orderingKey"] = json!(message.ordering_key);
    }
    for subscription in attached(world, topic) {
        world.put(&format!("{subscription}/messages/{id}"), json!({ "message": shown }));
    }
    id
}

/// Hands out up to `limit` messages that nobody has just now, oldest first, and forgets those that were kept for too long.
pub fn pull(world: &mut World, subscription: &str, limit: usize) -> Vec<Value> {
    let now = world.now;
    let settings = world.get(subscription).cloned().unwrap_or_default();
    let kept = settings["messageRetentionDuration"].as_str().and_then(duration::parse);
    let kept = kept.unwrap_or(SignedDuration::from_secs(RETENTION));
    let deadline = settings["ackDeadlineSeconds"].as_i64().unwrap_or(10);
    let instant = |value: &Value| value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
    let mut free = Vec::new();
    let mut stale = Vec::new();
    for (key, held) in world.list(&format!("{subscription}/messages")) {
        let published = instant(&held["message"]["publishTime"]).unwrap_or(now);
        if now.duration_since(published) > kept {
            stale.push(key.to_owned());
        } else if free.len() < limit && instant(&held["until"]).is_none_or(|until| until <= now) {
            free.push(key.to_owned());
        }
    }
    for key in stale {
        world.remove(&key);
    }
    free.into_iter()
        .map(|key| {
            let ack = format!("{}-{}", key.rsplit('/').next().unwrap_or_default(), world.alphanumeric(40));
            hold(world, &key, deadline);
            let message = world.get(&key).map(|held| held["message"].clone());
            json!({ "ackId": ack, "message": message })
        })
        .collect()
}

/// Keeps a message from being handed out again for so long. 0: it may be at once.
fn hold(world: &mut World, key: &str, seconds: i64) {
    let until = world.now.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX);
    if let Some(held) = world.get_mut(key) {
        held["until"] = json!(until.to_string());
    }
}

/// What is done to messages by their acknowledgement ids.
pub enum Change {
    /// They were dealt with.
    Forget,
    /// They are dealt with for so many seconds from now.
    Hold(i64),
}

/// Does it. An id of what is not there any more is not refused: it was acknowledged before, perhaps by somebody else.
pub fn change(world: &mut World, subscription: &str, ids: &Value, change: &Change) -> Result<(), ApiError> {
    let ids: Vec<&str> = ids.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if ids.is_empty() {
        return Err(ApiError::invalid("You have not specified an ack ID in the request."));
    }
    let mut keys = Vec::new();
    for ack in ids {
        let message = ack.split_once('-').map(|(message, _)| message).filter(|id| id.len() == 17);
        let message = message.ok_or_else(|| {
            ApiError::invalid(format!("You have passed an invalid ack ID to the service (ack_id={ack})."))
        })?;
        keys.push(format!("{subscription}/messages/{message}"));
    }
    for key in keys.into_iter().filter(|key| world.has(key)).collect::<Vec<_>>() {
        match change {
            Change::Forget => drop(world.remove(&key)),
            Change::Hold(seconds) => hold(world, &key, *seconds),
        }
    }
    Ok(())
}

/// The topic of a new subscription, if it is there.
pub fn topic(world: &World, name: &str) -> Result<String, ApiError> {
    let name = world.relative_name(name);
    if world.has(&key(&name)) { Ok(name) } else { Err(missing(name.rsplit('/').next().unwrap_or_default())) }
}
