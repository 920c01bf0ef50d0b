//! `gcloud info`: of what gcloud tells of itself, that which the tool reads: version, components, account, project,
//! and every property that the environment sets.

use crate::VERSION;
use crate::call::Call;
use crate::failure::Failure;
use crate::print::Answer;
use serde_json::{Map, Value, json};

/// The sections of properties that an environment sets for a deploy; gcloud has more.
const SECTIONS: &[&str] = &[
    "api_endpoint_overrides",
    "auth",
    "billing",
    "component_manager",
    "compute",
    "context_aware",
    "core",
    "proxy",
    "run",
    "survey",
];

pub(super) fn handle(call: &Call) -> Result<Answer, Failure> {
    let mut properties: Map<String, Value> = Map::new();
    for (name, value) in std::env::vars() {
        if let Some((section, property)) = property(&name) {
            let entry = json!({"source": {"name": "ENVIRONMENT", "value": "environment"}, "value": value});
            properties.entry(section).or_insert_with(|| json!({}))[property] = entry;
        }
    }
    Ok(Answer::Value(json!({
        "basic": {"version": VERSION},
        "config": {
            "account": call.settings.account,
            "active_config_name": "default",
            "paths": {"global_config_dir": std::env::var("CLOUDSDK_CONFIG").unwrap_or_default()},
            "project": call.settings.project,
            "properties": properties,
            "universe_domain": "googleapis.com",
        },
        "env_proxy": {"address": null, "password": null, "port": null, "type": null, "username": null},
        // A stand-in says what it is.
        "installation": {"components": {"alpha": "", "beta": "", "core": "", "gcloud-standin": ""}, "sdk_root": ""},
    })))
}

/// `CLOUDSDK_CORE_PROJECT` is `project` in the section `core`.
fn property(variable: &str) -> Option<(String, String)> {
    let name = variable.strip_prefix("CLOUDSDK_")?.to_lowercase();
    let section =
        SECTIONS.iter().find(|section| name.strip_prefix(**section).is_some_and(|n| n.starts_with('_')))?;
    Some(((*section).to_owned(), name[section.len() + 1..].to_owned()))
}

#[cfg(test)]
mod tests {
    use super::property;

    #[test]
    fn a_variable_names_a_property() {
        let pair = |section: &str, name: &str| Some((section.to_owned(), name.to_owned()));
        assert_eq!(property("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE"), pair("core", "custom_ca_certs_file"));
        assert_eq!(property("CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL"), pair("api_endpoint_overrides", "sql"));
        assert_eq!(property("CLOUDSDK_CONFIG"), None);
    }
}
