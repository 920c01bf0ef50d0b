//! What holds for any input.

use config::key::KEYS;
use config::kind::Kind;
use config::{Config, FileSource, Source, differing_keys, load};
use proptest::prelude::*;
use std::ffi::OsString;

/// Any text at all; proptest's own leaves control characters out.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), proptest::collection::vec(any::<char>(), 0..20).prop_map(String::from_iter)]
}

fn text(bytes: Vec<u8>) -> FileSource {
    FileSource::Text { name: "any.toml".into(), bytes }
}

/// Loads whatever it is; an error must have something to say about each problem.
fn survive(source: &Source) {
    match load(source) {
        Ok(loaded) => {
            let bytes = loaded.config.resolved().to_string().into_bytes();
            let again = load(&Source::file(text(bytes))).expect("what was resolved loads");
            assert_eq!(again.config, loaded.config);
        }
        Err(errors) => {
            assert!(!errors.problems.is_empty());
            for problem in &errors.problems {
                assert!(!problem.what.is_empty() && !problem.remedy.is_empty(), "{problem:?}");
            }
            assert!(!errors.to_string().chars().any(|c| c.is_control() && c != '\n'), "{errors}");
        }
    }
}

/// A TOML value of any kind, often one that is nearly right.
fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        (0i64..400).prop_map(|n| n.to_string()),
        any::<f64>().prop_filter("TOML has no such float", |x| x.is_finite()).prop_map(|x| format!("{x:?}")),
        any::<bool>().prop_map(|on| on.to_string()),
        "[a-z0-9/.-]{0,12}".prop_map(|text| format!("\"{text}\"")),
        words().prop_map(|text| toml::Value::String(text).to_string()),
        Just("[1, \"a\", []]".to_owned()),
        Just("{ a = 1, day = \"MONDAY\" }".to_owned()),
        Just("1979-05-27T07:32:00Z".to_owned()),
        Just("99999999999999999999999".to_owned()),
        "(10|172)\\.(17|8|20|128)\\.0\\.[0-9]/(8|16|20|24|28|29|33)".prop_map(|text| format!("\"{text}\"")),
    ]
}

fn path() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => proptest::sample::select(KEYS).prop_map(|key| match key.kind {
            Kind::Map(_) => format!("{}.entry", key.path),
            _ => key.path.to_owned(),
        }),
        1 => proptest::sample::select(KEYS).prop_map(|key| key.path.to_owned()),
        1 => "[a-z_]{1,8}(\\.[a-z_]{1,8}){0,3}",
    ]
}

proptest! {
    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        survive(&Source::file(text(bytes)));
    }

    #[test]
    fn any_text_like_toml_is_survived(source in "([a-z\\[\\]{}=\"'#.,_ \n-]|[0-9]|é){0,200}") {
        survive(&Source::file(text(source.into_bytes())));
    }

    #[test]
    fn any_values_are_survived_in_every_layer(
        lines in proptest::collection::vec((path(), value()), 0..6),
        words in proptest::collection::vec((path(), words()), 0..3),
        variables in proptest::collection::vec((path(), value()), 0..3),
    ) {
        let file: String = lines.iter().map(|(path, value)| format!("{path} = {value}\n")).collect();
        let variable = |path: &str| format!("DEPLOY_{}", path.replace('.', "__").to_uppercase());
        survive(&Source {
            file: text(file.into_bytes()),
            environment: variables
                .iter()
                .map(|(path, value)| (OsString::from(variable(path)), OsString::from(value)))
                .collect(),
            set: words.iter().map(|(path, word)| format!("{path}={word}")).collect(),
        });
    }

    #[test]
    fn any_argument_is_survived(arguments in proptest::collection::vec(words(), 0..3)) {
        survive(&Source { file: FileSource::None, environment: Vec::new(), set: arguments });
    }

    #[test]
    fn only_what_was_set_differs(memory in 2u32..=300, hour in 0u8..=23, pool in 1u32..=10) {
        let set = vec![
            format!("redis.memory_gb={memory}"),
            format!("redis.maintenance.hour={hour}"),
            format!("database.pool_per_instance={pool}"),
        ];
        let loaded = load(&Source { file: FileSource::None, environment: Vec::new(), set }).unwrap();
        let config = loaded.config;
        prop_assert_eq!(
            (config.redis.memory_gb, config.redis.maintenance.hour, config.database.pool_per_instance),
            (memory, hour, pool)
        );
        let changed = differing_keys(&Config::default().resolved(), &config.resolved());
        let set = ["redis.memory_gb", "redis.maintenance.hour", "database.pool_per_instance"];
        prop_assert!(changed.iter().all(|key| set.contains(&key.as_str())));
    }
}
