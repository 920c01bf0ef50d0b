use crate::{IamBinding, project_number};
use engine::{Address, Need};

/// The address of a Pub/Sub topic.
pub fn topic_address(topic: &str) -> Address {
    Address::new("pubsub-topic", topic)
}

/// The right of Secret Manager's service agent to publish to the topic. Without it, no secret can name the topic
/// (Google's documentation, "Set up notifications on a secret").
pub fn rotation_publisher(project: &str, topic: &str) -> IamBinding {
    let project = project.to_owned();
    IamBinding::on_topic(topic, "", "roles/pubsub.publisher")
        .member_from("secret-manager", move |cloud| {
            let number = project_number(cloud, &project)?;
            let agent = "gcp-sa-secretmanager.iam.gserviceaccount.com";
            Ok(number.map(|number| format!("serviceAccount:service-{number}@{agent}")))
        })
        .needs(["pubsub.googleapis.com", "secretmanager.googleapis.com"].map(Need::Api))
        .needs([Need::Resource(topic_address(topic))])
}
