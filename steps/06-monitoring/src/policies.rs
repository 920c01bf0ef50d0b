//! The alert policies: a key, a template of `configs/templates/`, and what it is filled with.

use crate::alert_policy::AlertPolicy;
use crate::ours::POLICY;
use crate::template::Values;
use config::Config;
use engine::Address;
use serde_json::json;

macro_rules! template {
    ($file:literal) => {
        include_str!(concat!("../../../configs/templates/", $file))
    };
}

/// A policy that cannot be made from this config.
pub struct LeftOut {
    pub address: Address,
    pub why: String,
    pub command: String,
}

/// Their keys, in the same order.
pub const KEYS: [&str; 5] = ["error-ratio", "uptime", "db-connections", "latency", "quota"];

/// All of them.
pub fn all(config: &Config) -> Vec<Result<AlertPolicy, LeftOut>> {
    let alerts = &config.monitoring.alerts;
    let values = common(config);
    let policy = |key, template, uptime| AlertPolicy {
        config: config.clone(),
        key,
        template,
        values: values.clone(),
        uptime,
    };
    let connections = match max_connections(config) {
        Some(most) => {
            let mut policy = policy("db-connections", template!("alert-db-connections.json"), false);
            // Whole connections: 0.8 * 100 is not quite 80 in binary.
            let limit = (f64::from(most) * alerts.db_connections_ratio).round();
            policy.values.insert("db_connections", json!(limit));
            policy.values.insert("max_connections", json!(most));
            Ok(policy)
        }
        None => Err(LeftOut {
            address: Address::new(POLICY.name, format_args!("{}-db-connections", config.cloud_run.service)),
            why: "how many connections the database takes is not configured".to_owned(),
            command: "deploy-all --set database.flags.max_connections=100".to_owned(),
        }),
    };
    vec![
        Ok(policy("error-ratio", template!("alert-error-ratio.json"), false)),
        Ok(policy("uptime", template!("alert-uptime.json"), true)),
        connections,
        Ok(policy("latency", template!("alert-latency.json"), false)),
        Ok(policy("quota", template!("alert-quota.json"), false)),
    ]
}

fn max_connections(config: &Config) -> Option<u32> {
    config.database.flags.get("max_connections")?.parse().ok()
}

/// What every template may name.
pub fn common(config: &Config) -> Values {
    let alerts = &config.monitoring.alerts;
    let percent = |ratio: f64| json!((ratio * 1000.0).round() / 10.0);
    let redis = format!(
        "projects/{}/locations/{}/instances/{}",
        config.project.id, config.project.region, config.redis.instance
    );
    Values::from([
        ("project", json!(config.project.id)),
        ("region", json!(config.project.region)),
        ("service", json!(config.cloud_run.service)),
        ("database", json!(config.database.instance)),
        ("redis_id", json!(redis)),
        ("error_metric", json!(config::names::ERROR_METRIC)),
        ("path", json!(config.monitoring.uptime_path)),
        ("error_ratio", json!(alerts.error_ratio)),
        ("error_percent", percent(alerts.error_ratio)),
        ("latency_p95_ms", json!(alerts.latency_p95_ms)),
        ("db_connections_percent", percent(alerts.db_connections_ratio)),
    ])
}
