//! The three files that the project ships.

use config::key::KEYS;
use config::{Config, FileSource, Loaded, Source, Warning, differing_keys, environments, load};
use std::path::{Path, PathBuf};

fn configs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../configs")
}

fn shipped(name: &str) -> Loaded {
    let source = Source::file(FileSource::Named { directory: configs(), name: name.into() });
    load(&source).unwrap_or_else(|errors| panic!("{errors}"))
}

fn differences(a: &str, b: &str) -> Vec<String> {
    differing_keys(&shipped(a).config.resolved(), &shipped(b).config.resolved())
}

#[test]
fn dev_is_the_built_in_defaults() {
    assert_eq!(shipped("dev").config, Config::default());
}

#[test]
fn there_are_these_three() {
    assert_eq!(environments(&configs()), ["dev", "prod", "staging"]);
    assert_eq!(shipped("staging").environment, "staging");
}

#[test]
fn staging_has_the_sizes_of_dev_and_the_protections_of_prod() {
    let of_staging = ["database.deletion_protection", "project.id", "project.labels.environment"];
    assert_eq!(differences("dev", "staging"), of_staging);
    assert!(!differences("staging", "prod").contains(&"database.deletion_protection".to_owned()));
}

#[test]
fn prod_differs_from_dev_in_these_keys() {
    let expected = [
        "cloud_run.min_instances",
        "database.availability",
        "database.deletion_protection",
        "database.tier",
        "project.id",
        "project.labels.environment",
        "redis.memory_gb",
        "redis.tier",
    ];
    assert_eq!(differences("dev", "prod"), expected);
    let prod = shipped("prod").config;
    assert_eq!((prod.database.tier.as_str(), prod.redis.memory_gb), ("db-custom-2-7680", 5));
    assert_eq!((prod.project.id.as_str(), prod.cloud_run.min_instances), ("codementor-prod", 1));
}

#[test]
fn all_they_warn_of_is_the_connectors_name() {
    for name in ["dev", "staging", "prod"] {
        let warnings = shipped(name).warnings;
        assert!(matches!(warnings[..], [Warning::ConnectorName { counted: 21, .. }]), "{name}: {warnings:?}");
    }
}

/// A key that nobody can read about in the file is a key that nobody knows.
#[test]
fn every_key_is_listed_in_every_file() {
    for name in ["dev", "staging", "prod"] {
        let text = std::fs::read_to_string(configs().join(format!("{name}.toml"))).unwrap();
        let mut table = String::new();
        let mut listed = Vec::new();
        for line in text.lines() {
            let line = line.trim_start_matches("# ");
            if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                table = header.to_owned();
                listed.push(table.clone());
            } else if let Some((key, value)) = line.split_once(" = ") {
                listed.push(format!("{table}.{key}"));
                for (part, _) in value.split(['{', ',']).filter_map(|part| part.split_once(" = ")) {
                    listed.push(format!("{table}.{key}.{}", part.trim()));
                }
            }
        }
        for key in KEYS {
            assert!(listed.iter().any(|listed| listed == key.path), "{name}.toml does not list {}", key.path);
        }
    }
}

/// Whoever takes the "#" away from an option must get one that is understood.
#[test]
fn what_is_commented_out_are_keys() {
    for name in ["dev", "staging", "prod"] {
        let text = std::fs::read_to_string(configs().join(format!("{name}.toml"))).unwrap();
        let is_option = |line: &str| line.split_once(" = ").is_some_and(|(key, _)| !key.contains(' '));
        let bare: Vec<String> = text
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(option) if is_option(option) => option.to_owned(),
                _ => line.to_owned(),
            })
            .collect();
        let bytes = bare.join("\n").into_bytes();
        let errors = load(&Source::file(FileSource::Text { name: name.into(), bytes })).unwrap_err();
        let keys: Vec<&str> = errors.problems.iter().map(|problem| problem.key.as_str()).collect();
        // All are understood; what is refused are the examples that must be filled in.
        let expected = [
            "project.folder",
            "project.account",
            "ci_cd.github.owner",
            "ci_cd.github.name",
            "ci_cd.connection",
            "ci_cd.connection",
            "monitoring.notification_email",
        ];
        let known = |key: &str| expected.contains(&key);
        assert!(keys.iter().all(|key| known(key)), "{name}: {errors}");
        assert!(keys.contains(&"project.folder"), "{name}: {errors}");
    }
}
