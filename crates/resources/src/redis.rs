//! What other resources read of the Redis instance.

use engine::{Address, Reader, Result};
use gcloud::{Command, gcloud};
use serde_json::Value;
use std::net::Ipv4Addr;

/// The address under which the instance of this name is kept.
pub fn redis_instance_address(name: &str) -> Address {
    Address::new("redis-instance", name)
}

/// The instance. `None`: proven absent.
pub fn redis_instance(cloud: &Reader, name: &str, region: &str) -> Result<Option<Value>> {
    cloud.find(describe_redis_instance(name, region))
}

/// The read that tells everything of the instance.
pub fn describe_redis_instance(name: &str, region: &str) -> Command {
    gcloud!["redis instances describe", name, "--region={region}"]
}

/// Where clients connect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RedisEndpoint {
    /// The private address.
    pub host: Ipv4Addr,
    /// 6378 with TLS, else 6379.
    pub port: u16,
    /// Whether connections are encrypted.
    pub tls: bool,
    /// Whether clients must show the AUTH string.
    pub auth: bool,
}

/// Where clients connect to an instance. `None` while it is not there yet.
pub fn redis_endpoint(cloud: &Reader, name: &str, region: &str) -> Result<Option<RedisEndpoint>> {
    Ok(redis_instance(cloud, name, region)?.as_ref().and_then(endpoint))
}

/// Where clients connect, as a description of the instance says it.
fn endpoint(instance: &Value) -> Option<RedisEndpoint> {
    Some(RedisEndpoint {
        host: instance["host"].as_str()?.parse().ok()?,
        port: instance["port"].as_u64()?.try_into().ok()?,
        tls: instance["transitEncryptionMode"] == "SERVER_AUTHENTICATION",
        auth: instance["authEnabled"] == true,
    })
}

/// The certificates that the instance's own authorities sign with, one PEM after the other: during a rotation there
/// are two, and clients must trust both. Sorted, since Google promises no order. `None` while there is none.
pub fn redis_certificates(cloud: &Reader, name: &str, region: &str) -> Result<Option<String>> {
    let Some(instance) = redis_instance(cloud, name, region)? else { return Ok(None) };
    Ok(bundle(&instance))
}

fn bundle(instance: &Value) -> Option<String> {
    let certificates = instance["serverCaCerts"].as_array()?.iter().filter_map(|ca| ca["cert"].as_str());
    let mut certificates: Vec<String> = certificates.map(|pem| format!("{}\n", pem.trim())).collect();
    certificates.sort();
    Some(certificates.concat()).filter(|bundle| !bundle.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_instance_that_is_being_created_has_no_endpoint() {
        assert_eq!(endpoint(&json!({"state": "CREATING", "authEnabled": true})), None);
        let ready = json!({"state": "READY", "host": "10.20.0.4", "port": 6379});
        let endpoint = endpoint(&ready).unwrap();
        assert_eq!((endpoint.port, endpoint.tls, endpoint.auth), (6379, false, false));
    }

    #[test]
    fn the_bundle_does_not_depend_on_the_order() {
        let one = json!({"serverCaCerts": [{"cert": "b\n"}, {"cert": "a"}]});
        let other = json!({"serverCaCerts": [{"cert": "a\n"}, {"cert": "b\n"}]});
        assert_eq!(bundle(&one).as_deref(), Some("a\nb\n"));
        assert_eq!(bundle(&one), bundle(&other));
        assert_eq!(bundle(&json!({"serverCaCerts": []})), None);
    }
}
