//! Step 03-redis: Memorystore for Redis, and the secrets that the application reaches it with.

mod acceptance;
pub mod adopt;
mod instance;
mod settings;
mod url;

pub use instance::RedisInstance;

use config::{Config, names};
use engine::{Need, Reader, Step};
use gcloud::Secret;
use resources::SecretValue;

/// What this step keeps.
pub fn step(config: &Config) -> Step {
    with(config, instance::RedisInstance::new(config))
}

/// The same, where what cannot be changed in place stays as it was found ([`adopt::Kept`]).
pub fn step_keeping(config: &Config) -> Step {
    with(config, instance::RedisInstance::new(config).keeping())
}

fn with(config: &Config, redis: instance::RedisInstance) -> Step {
    let labels = config.project.labels.clone();
    let instance = [Need::Resource(resources::redis_instance_address(&config.redis.instance))];
    Step::new("03-redis", "Memorystore Redis")
        .keep(redis)
        .keep(
            SecretValue::computed(names::REDIS_URL, url::redis_url(config))
                .labels(labels.clone())
                .told_as("redis.url_secret")
                .needs(instance.clone()),
        )
        .keep(
            SecretValue::computed(names::REDIS_CA, authorities(config))
                .labels(labels)
                .told_as("redis.ca_secret")
                .needs(instance)
                .public()
                .wanted(config.redis.tls),
        )
}

/// What a TLS client must trust to connect: the instance signs with an authority of its own.
fn authorities(
    config: &Config,
) -> impl Fn(&Reader) -> engine::Result<Option<Secret>> + Send + Sync + 'static {
    let (name, region) = (config.redis.instance.clone(), config.project.region.clone());
    move |cloud| Ok(resources::redis_certificates(cloud, &name, &region)?.map(Secret::new))
}
