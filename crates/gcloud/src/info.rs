//! What `gcloud info --format=json` tells: the installation, the login, and every property with where it came from.

use crate::{Command, Failure, Run, gcloud};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The oldest gcloud whose commands and answers are those that this tool knows.
pub const OLDEST: u32 = 500;

/// One of gcloud's properties.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Property {
    /// `proxy/address`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// True where an environment variable sets it, false where gcloud's own configuration does.
    pub from_environment: bool,
}

impl Property {
    /// The environment variable that sets it: `CLOUDSDK_PROXY_ADDRESS`.
    pub fn variable(&self) -> String {
        format!("CLOUDSDK_{}", self.name.replace('/', "_").to_uppercase())
    }
}

/// What gcloud says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Info {
    /// `528.0.0`.
    pub version: String,
    /// Installed components and their versions.
    pub components: BTreeMap<String, String>,
    /// The login that the person's configuration names.
    pub account: Option<String>,
    /// The project that the person's configuration names.
    pub project: Option<String>,
    /// `default`, or another configuration of the person's.
    pub configuration: String,
    /// Where the Google Cloud SDK is installed.
    pub sdk_root: PathBuf,
    /// gcloud's configuration folder.
    pub config_dir: PathBuf,
    /// Everything that is set.
    pub properties: Vec<Property>,
    /// The proxy that the environment names (`HTTPS_PROXY`), as `http://HOST:PORT`.
    pub environment_proxy: Option<String>,
}

/// Why gcloud cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum InfoError {
    /// It does not run.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// It says nothing that is known.
    #[error("`gcloud info` printed something unexpected: {0}")]
    Unreadable(String),
    /// It is too old.
    #[error("gcloud is version {found}; this tool needs {OLDEST}.0.0 or later")]
    TooOld {
        /// The version found.
        found: String,
    },
}

impl InfoError {
    /// What to do.
    pub fn todo(&self) -> &'static str {
        match self {
            Self::Failed(_) | Self::Unreadable(_) => "see that `gcloud info` works on this machine",
            Self::TooOld { .. } => {
                "update it: `gcloud components update` (or with the system's package manager)"
            }
        }
    }
}

impl Info {
    /// The command: no network, no change.
    pub fn command() -> Command {
        gcloud!["info"].without_project()
    }

    /// Asks gcloud. The runner must give it the person's whole environment ([`crate::Environment::whole`]).
    pub fn read(gcloud: &dyn Run) -> Result<Self, InfoError> {
        let command = Self::command();
        let info = Self::parse(&gcloud.run(&command, &mut ()).read(&command)?)?;
        if info.major().is_none_or(|major| major < OLDEST) {
            return Err(InfoError::TooOld { found: info.version });
        }
        Ok(info)
    }

    /// Reads the answer.
    pub fn parse(json: &Value) -> Result<Self, InfoError> {
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let version =
            text(&json["basic"]["version"]).ok_or_else(|| InfoError::Unreadable("no version".to_owned()))?;
        let config = &json["config"];
        let components = json["installation"]["components"].as_object().into_iter().flatten();
        let sections = config["properties"].as_object().into_iter().flatten();
        let properties = sections.flat_map(|(section, values)| {
            let values = values.as_object().into_iter().flatten();
            values.filter_map(move |(name, entry)| property(section, name, entry))
        });
        let proxy = &json["env_proxy"];
        Ok(Self {
            version,
            components: components
                .map(|(name, version)| (name.clone(), text(version).unwrap_or_default()))
                .collect(),
            account: text(&config["account"]),
            project: text(&config["project"]),
            configuration: text(&config["active_config_name"]).unwrap_or_default(),
            sdk_root: text(&json["installation"]["sdk_root"]).unwrap_or_default().into(),
            config_dir: text(&config["paths"]["global_config_dir"]).unwrap_or_default().into(),
            properties: properties.collect(),
            environment_proxy: text(&proxy["address"]).map(|host| {
                let port = proxy["port"].as_u64().map_or(String::new(), |port| format!(":{port}"));
                format!("http://{host}{port}")
            }),
        })
    }

    /// `528` of `528.0.0`.
    pub fn major(&self) -> Option<u32> {
        self.version.split('.').next()?.parse().ok()
    }

    /// Whether this component is installed (`alpha`, `beta`).
    pub fn has_component(&self, name: &str) -> bool {
        self.components.contains_key(name)
    }

    /// A property's value: `auth/access_token_file`.
    pub fn property(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|property| property.name == name).map(|property| property.value.as_str())
    }
}

/// Older versions print the bare value, newer ones an object with the source.
fn property(section: &str, name: &str, entry: &Value) -> Option<Property> {
    let value = entry.get("value").unwrap_or(entry);
    let value = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let source = &entry["source"];
    let from_environment = source["name"] == "ENVIRONMENT" || source == "environment";
    Some(Property { name: format!("{section}/{name}"), value, from_environment })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    pub(crate) fn sample() -> Value {
        json!({
            "basic": {"version": "528.0.0"},
            "config": {
                "account": null, "active_config_name": "default", "project": "p-one",
                "paths": {"global_config_dir": "/home/ada/.config/gcloud"},
                "properties": {
                    "core": {
                        "custom_ca_certs_file": {"source": {"name": "ENVIRONMENT", "value": "environment"}, "value": "/x/ca.pem"},
                        "project": {"source": {"name": "PROPERTY_FILE", "value": "property file"}, "value": "p-one"}
                    }
                }
            },
            "env_proxy": {"address": "127.0.0.1", "port": 4711},
            "installation": {"components": {"alpha": "2025.06.20", "bigtable": ""}}
        })
    }

    #[test]
    fn everything_is_read_with_where_it_came_from() {
        let info = Info::parse(&sample()).unwrap();
        assert_eq!(
            (info.major(), info.account.as_deref(), info.project.as_deref()),
            (Some(528), None, Some("p-one"))
        );
        assert!(info.has_component("alpha") && info.has_component("bigtable") && !info.has_component("beta"));
        assert_eq!(info.environment_proxy.as_deref(), Some("http://127.0.0.1:4711"));
        let ca = &info.properties[0];
        assert_eq!(
            (ca.variable().as_str(), ca.from_environment),
            ("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", true)
        );
        assert!(!info.properties[1].from_environment);
    }

    #[test]
    fn an_old_or_strange_gcloud_is_refused() {
        use crate::testing::{Reply, Script};
        let answer = |json: Value| Info::read(&Script::new().on("info", Reply::json(json)));
        let old = answer(json!({"basic": {"version": "412.0.0"}}));
        assert!(matches!(old, Err(InfoError::TooOld { found }) if found == "412.0.0"));
        assert!(matches!(answer(json!([])), Err(InfoError::Unreadable(_))));
        assert!(matches!(
            Info::read(&Script::new().on("info", Reply::text("oops"))),
            Err(InfoError::Failed(_))
        ));
        assert!(answer(sample()).is_ok());
    }
}
