//! What a secret tells its topics [Google's page "Set up notifications on a secret"]: a message for each change, with the secret
//! or the version as the API shows it in its data. A value is never in one.

use crate::services::pubsub::{self, Message};
use crate::services::roles;
use crate::services::serviceusage::identity;
use crate::world::World;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::Offset;
use serde_json::{Map, Value, json};

/// What happened to a secret.
pub struct Event<'a> {
    /// `SECRET_UPDATE`
    pub kind: &'a str,
    /// The secret: its topics are told.
    pub secret: &'a Value,
    /// The version that it happened to.
    pub version: Option<&'a Value>,
    /// When.
    pub at: Timestamp,
}

/// The address of Secret Manager's own account in the project of a secret, and whether it may publish to a topic. The account
/// is made by `generateServiceIdentity` and gets no role by itself.
pub fn publisher(world: &World, project: &str, topic: &str) -> (String, bool) {
    let number = world.project_number(project).unwrap_or_default();
    let email =
        identity::agent("secretmanager.googleapis.com").map(|agent| agent.email(&number)).unwrap_or_default();
    let principal = format!("serviceAccount:{email}");
    let key = format!("pubsub/{topic}");
    let may = world.has(&key) && roles::allowed(world, Some(&principal), &key, "pubsub.topics.publish");
    (email, may)
}

/// Tells it to all of the secret's topics. One that is gone, or that may not be published to any more, is not told.
pub fn tell(world: &mut World, project: &str, event: &Event) {
    let message = message(event);
    for topic in event.secret["topics"].as_array().into_iter().flatten() {
        let topic = world.relative_name(topic["name"].as_str().unwrap_or_default());
        if publisher(world, project, &topic).1 {
            pubsub::publish(world, &topic, &message, event.at);
        }
    }
}

fn message(event: &Event) -> Message {
    let mut attributes = Map::new();
    attributes.insert("eventType".to_owned(), json!(event.kind));
    attributes.insert("secretId".to_owned(), event.secret["name"].clone());
    attributes.insert("timestamp".to_owned(), json!(pacific(event.at)));
    if let Some(version) = event.version {
        attributes.insert("versionId".to_owned(), version["name"].clone());
    }
    if event.kind == "SECRET_DELETE" {
        attributes.insert("deleteType".to_owned(), json!("REQUESTED"));
    }
    let mut data = String::new();
    // The message that tries new topics out has no contents [that it also lacks their format: guess].
    if event.kind != "TOPIC_CONFIGURED" {
        attributes.insert("dataFormat".to_owned(), json!("JSON_API_V1"));
        data = STANDARD.encode(event.version.unwrap_or(event.secret).to_string());
    }
    Message { data, attributes, ..Message::default() }
}

/// Google writes this one instant with California's offset to UTC (messages that people have kept, `2022-03-27T14:31:37.964139-07:00`).
/// Here it is that of winter all year.
fn pacific(at: Timestamp) -> String {
    let offset = Offset::constant(-8);
    format!("{:.6}-08:00", offset.to_datetime(at))
}
