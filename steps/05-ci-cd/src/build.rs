//! `cloudbuild.yaml`: the template with the config's values in it.

use config::{Config, names};
use engine::{Error, Result};
use serde_json::Value;

const TEMPLATE: &str = include_str!("../../../configs/templates/cloudbuild.yaml");

/// The file for a person: comments and all.
pub fn yaml(config: &Config) -> String {
    let account = format!("projects/{}/serviceAccounts/{}", config.project.id, config.build_account_email());
    let values = [
        ("account", account),
        ("branch", config.ci_cd.branch.clone()),
        ("image", config.image_path()),
        ("machine_type", config.ci_cd.machine_type.clone()),
        ("project", config.project.id.clone()),
        ("region", config.project.region.clone()),
        ("service", config.cloud_run.service.clone()),
        ("timeout", format!("{}s", config.ci_cd.timeout)),
        ("trigger", names::TRIGGER.to_owned()),
    ];
    values.iter().fold(TEMPLATE.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{{{name}}}}}"), &quoted(value))
    })
}

/// A string of JSON is one of YAML, once no control character is left in it.
fn quoted(value: &str) -> String {
    let json = Value::from(value).to_string();
    json.chars().fold(String::new(), |mut text, c| {
        if c.is_control() {
            text.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            text.push(c);
        }
        text
    })
}

/// The same build as the trigger carries it: as data, without the account, which the trigger names itself.
pub fn inline(config: &Config) -> Result<Value> {
    let parsed: std::result::Result<Value, _> = yaml_serde::from_str(&yaml(config));
    let mut build = parsed.map_err(|error| {
        Error::person(
            "cloudbuild.yaml, as rendered from the config, is not YAML",
            error.to_string(),
            "look for what is strange in [ci_cd] and [cloud_run]; if nothing is, it is a defect of the tool: report it",
        )
    })?;
    if let Some(build) = build.as_object_mut() {
        build.remove("serviceAccount");
    }
    Ok(build)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_file_as_a_person_reads_it() {
        insta::assert_snapshot!(yaml(&Config::default()));
    }

    #[test]
    fn the_build_says_what_the_config_says() {
        let mut config = Config::default();
        config.project.id = "proj-one".into();
        config.project.region = "europe-west1".into();
        config.cloud_run.service = "api".into();
        (config.ci_cd.timeout, config.ci_cd.machine_type) = (600, "E2_MEDIUM".into());
        let build = inline(&config).unwrap();
        let image = "europe-west1-docker.pkg.dev/proj-one/codementor/codementor-backend";
        let expected = json!({"_IMAGE": image, "_REGION": "europe-west1", "_SERVICE": "api"});
        assert_eq!(build["substitutions"], expected);
        assert_eq!(build["timeout"], "600s");
        assert_eq!(build["options"], json!({"logging": "CLOUD_LOGGING_ONLY", "machineType": "E2_MEDIUM"}));
        let ids: Vec<&str> =
            build["steps"].as_array().unwrap().iter().map(|s| s["id"].as_str().unwrap()).collect();
        assert_eq!(ids, ["test", "build", "push", "deploy"]);
        assert!(build["serviceAccount"].is_null(), "the trigger names it");
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        assert!(!yaml(&Config::default()).contains("{{"));
    }

    #[test]
    fn a_strange_value_stays_a_value() {
        let mut config = Config::default();
        for strange in ["a: b", "\"", "\\", "{x}", "# c", "a\nb: c", "é\u{7f}", "'", "- a", "yes"] {
            config.cloud_run.service = strange.into();
            config.ci_cd.branch = strange.into();
            let build = inline(&config).unwrap_or_else(|e| panic!("{strange:?}: {e}"));
            assert_eq!(build["substitutions"]["_SERVICE"], strange);
            assert_eq!(build["steps"].as_array().map(Vec::len), Some(4), "{strange:?}");
        }
    }
}
