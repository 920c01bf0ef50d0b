//! Step 03-redis: Memorystore for Redis, and the secrets that the application reaches it with.

mod acceptance;
pub mod adopt;
mod instance;
pub mod rotate;
mod settings;
mod url;

use config::{Config, names};
use engine::{Address, Former, Need, Reader, Step};
use gcloud::Secret;
use instance::RedisInstance;
use resources::{RotationSchedule, SecretValue};

/// A resource of this step under a name that the config names no more. `None`: none of this step's, or under a fixed name.
pub fn former(config: &Config, address: &Address) -> Option<Former> {
    match address.kind() {
        "redis-instance" => Some(Former::of(RedisInstance::former(config, address.name()))),
        _ => None,
    }
}

/// What this step keeps.
pub fn step(config: &Config) -> Step {
    with(config, RedisInstance::new(config))
}

/// The same, where what cannot be changed in place stays as it was found ([`adopt::Kept`]).
pub fn step_keeping(config: &Config) -> Step {
    with(config, RedisInstance::new(config).keeping())
}

fn with(config: &Config, redis: RedisInstance) -> Step {
    Step::new("03-redis", "Memorystore Redis")
        .keep(redis)
        .keep(url_secret(config).rotated_by(rotate::mark(), rotate::COMMAND))
        .keep(
            SecretValue::computed(names::REDIS_CA, authorities(config))
                .labels(config.project.labels.clone())
                .told_as("redis.ca_secret")
                .needs([instance_of(config)])
                .public()
                .wanted(config.redis.tls),
        )
        .keep(RotationSchedule::new(
            rotate::mark(),
            rotate::COMMAND,
            &config.project.id,
            &config.rotation.topic,
            config.rotation.redis_url_days,
        ))
}

/// The secret that holds the application's Redis URL.
fn url_secret(config: &Config) -> SecretValue {
    SecretValue::computed(names::REDIS_URL, url::redis_url(config))
        .labels(config.project.labels.clone())
        .told_as("redis.url_secret")
        .needs([instance_of(config)])
}

fn instance_of(config: &Config) -> Need {
    Need::Resource(resources::redis_instance_address(&config.redis.instance))
}

/// What a TLS client must trust to connect: the instance signs with an authority of its own.
fn authorities(
    config: &Config,
) -> impl Fn(&Reader) -> engine::Result<Option<Secret>> + Send + Sync + 'static {
    let (name, region) = (config.redis.instance.clone(), config.project.region.clone());
    move |cloud| Ok(resources::redis_certificates(cloud, &name, &region)?.map(Secret::new))
}
