//! Whether the instance is what the application was promised.

use config::Config;
use engine::Finding;
use serde_json::Value;

fn on(yes: bool) -> &'static str {
    if yes { "on" } else { "off" }
}

/// The acceptance checks of an instance, out of its description.
pub fn findings(config: &Config, instance: &Value) -> Vec<Finding> {
    let wanted = &config.redis;
    let text = |field: &str| instance[field].as_str().unwrap_or("(none)");
    let tls = instance["transitEncryptionMode"] == "SERVER_AUTHENTICATION";
    let host = instance["host"].as_str().and_then(|host| host.parse::<std::net::Ipv4Addr>().ok());
    let private = host.is_some_and(|host| host.is_private());
    let host = host.map_or_else(|| "none".to_owned(), |host| host.to_string());
    vec![
        Finding::equal("state", "READY", text("state")),
        Finding::equal("AUTH", on(wanted.auth), on(instance["authEnabled"] == true)),
        Finding::equal("TLS", on(wanted.tls), on(tls)),
        Finding::new("address", "a private one", host, private),
        Finding::equal("connected by", "PRIVATE_SERVICE_ACCESS", text("connectMode")),
    ]
}
