//! Which layer wins, what unsets, and how words on the command line and in the environment are read.

use config::model::{Availability, Day, Egress};
use config::{Config, Errors, FileSource, Loaded, Origin, Source, Warning, differing_keys, load};
use std::ffi::OsString;

#[derive(Default)]
struct Layers<'a> {
    file: &'a str,
    environment: &'a [(&'a str, &'a str)],
    set: &'a [&'a str],
}

impl Layers<'_> {
    fn source(&self) -> Source {
        Source {
            file: FileSource::Text { name: "test.toml".into(), bytes: self.file.as_bytes().to_vec() },
            environment: self
                .environment
                .iter()
                .map(|(k, v)| (OsString::from(k), OsString::from(v)))
                .collect(),
            set: self.set.iter().map(|&argument| argument.to_owned()).collect(),
        }
    }

    fn loaded(&self) -> Loaded {
        load(&self.source()).unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn errors(&self) -> Errors {
        load(&self.source()).expect_err("it is wrong")
    }
}

fn file(file: &str) -> Config {
    Layers { file, ..Layers::default() }.loaded().config
}

fn set(set: &[&str]) -> Config {
    Layers { set, ..Layers::default() }.loaded().config
}

fn environment(environment: &[(&str, &str)]) -> Config {
    Layers { environment, ..Layers::default() }.loaded().config
}

/// The keys that changed, so that a test sees also what should not have.
fn changed(config: &Config) -> Vec<String> {
    differing_keys(&Config::default().resolved(), &config.resolved())
}

#[test]
fn later_layers_win() {
    let (text, variable, argument) = (
        "[redis]\nmemory_gb = 2",
        [("DEPLOY_REDIS__MEMORY_GB", "3")],
        ["redis.memory_gb=4", "redis.memory_gb=5"],
    );
    let memory = |file, environment, set| Layers { file, environment, set }.loaded().config.redis.memory_gb;
    assert_eq!(memory("", &[], &[]), 1);
    assert_eq!(memory(text, &[], &[]), 2);
    assert_eq!(memory(text, &variable, &[]), 3);
    assert_eq!(memory(text, &variable, &argument[..1]), 4);
    assert_eq!(memory(text, &variable, &argument), 5);
}

#[test]
fn origins_are_known() {
    let layers = Layers {
        file: "[redis]\nmemory_gb = 2\ntls = false\n[database]\ntier = \"db-g1-small\"",
        environment: &[("DEPLOY_REDIS__MEMORY_GB", "3")],
        set: &["database.tier=db-f1-micro"],
    };
    let loaded = layers.loaded();
    let told: Vec<_> = loaded.origins.iter().map(|(key, origin)| format!("{key}: {origin}")).collect();
    let expected = [
        "database.tier: --set database.tier",
        "redis.memory_gb: environment variable DEPLOY_REDIS__MEMORY_GB",
        "redis.tls: test.toml:3:7",
    ];
    assert_eq!(told, expected);
    assert_eq!(loaded.environment, "test");
}

#[test]
fn tables_and_maps_are_merged_key_by_key_and_lists_replaced() {
    let config = file(
        "budget.thresholds = [80]\n[database]\nmaintenance = { day = \"MONDAY\" }\n\
         flags = { \"cloudsql.iam_authentication\" = \"on\" }",
    );
    let expected =
        ["budget.thresholds", "database.flags.cloudsql.iam_authentication", "database.maintenance.day"];
    assert_eq!(changed(&config), expected);
    assert_eq!(config.budget.thresholds, [80]);
    assert_eq!((config.database.maintenance.day, config.database.maintenance.hour), (Day::Monday, 4));
    assert_eq!(config.database.flags["max_connections"], "100");
}

#[test]
fn an_empty_value_takes_out() {
    let without = |config: &Config| (config.redis.rdb_snapshot_period.clone(), config.project.labels.len());
    assert_eq!(without(&file("redis.rdb_snapshot_period = \"\"\nproject.labels.app = \"\"")), (None, 1));
    assert_eq!(without(&set(&["redis.rdb_snapshot_period=", "project.labels.app="])), (None, 1));
    let variables = [("DEPLOY_REDIS__RDB_SNAPSHOT_PERIOD", ""), ("DEPLOY_PROJECT__LABELS__APP", "")];
    assert_eq!(without(&environment(&variables)), (None, 1));

    let layers = Layers {
        file: "[budget]\nmonthly_amount = 100",
        set: &["budget.monthly_amount="],
        ..Layers::default()
    };
    assert_eq!(layers.loaded().config.budget.monthly_amount, None);
    let layers = Layers {
        file: "[ci_cd.github]\nowner = \"acme\"\nname = \"app\"",
        set: &["ci_cd.github="],
        ..Layers::default()
    };
    assert_eq!(layers.loaded().config.ci_cd.github, None);
    assert!(set(&["database.flags="]).database.flags.is_empty());
    assert!(set(&["network.ssh_source_ranges="]).network.ssh_source_ranges.is_empty());
    assert!(set(&["ci_cd.included_files=[]"]).ci_cd.included_files.is_empty());
}

#[test]
fn what_must_have_a_value_cannot_be_taken_out() {
    for argument in
        ["project.id=", "redis.tier=", "network.range=", "redis.memory_gb=", "redis.tls=", "redis="]
    {
        let errors = Layers { set: &[argument], ..Layers::default() }.errors();
        assert_eq!(errors.problems.len(), 1, "{errors}");
        assert_eq!(errors.problems[0].key, argument.trim_end_matches('='));
    }
}

#[test]
fn words_are_read_as_their_key_wants_them() {
    let config = set(&[
        "cloud_run.cpu=2",
        "cloud_run.memory = 1Gi",
        "database.flags.max_connections=200",
        "database.flags.cloudsql.logical_decoding=on",
        "network.range=\"10.130.0.0/20\"",
        "network.ssh_source_ranges=35.235.240.0/20, 203.0.113.7/32",
        "budget.thresholds=50,100",
        "ci_cd.included_files=[\"a/{b,c}\", \"d\"]",
        "database.availability=REGIONAL",
        "cloud_run.egress=direct",
        "redis.tls=false",
        "monitoring.alerts.error_ratio=0.1",
        "database.maintenance={ day = 'friday', hour = 1 }",
        "cloud_run.env={ A = \"1\", B = \"2\" }",
        "cloud_run.env.C=a=b,c",
        "project.name='It is 5'",
    ]);
    assert_eq!((config.cloud_run.cpu.as_str(), config.cloud_run.memory.as_str()), ("2", "1Gi"));
    assert_eq!(config.database.flags["max_connections"], "200");
    assert_eq!(config.database.flags["cloudsql.logical_decoding"], "on");
    assert_eq!(config.network.range.to_string(), "10.130.0.0/20");
    assert_eq!(config.network.ssh_source_ranges.len(), 2);
    assert_eq!(config.budget.thresholds, [50, 100]);
    assert_eq!(config.ci_cd.included_files, ["a/{b,c}", "d"]);
    assert_eq!(
        (config.database.availability, config.cloud_run.egress),
        (Availability::Regional, Egress::Direct)
    );
    assert!(!config.redis.tls);
    assert_eq!(config.monitoring.alerts.error_ratio, 0.1);
    assert_eq!((config.database.maintenance.day, config.database.maintenance.hour), (Day::Friday, 1));
    assert_eq!(config.cloud_run.env.len(), 3);
    assert_eq!(config.cloud_run.env["C"], "a=b,c");
    assert_eq!(config.project.name, "It is 5");
}

#[test]
fn variables_of_the_service_keep_their_case() {
    let config = environment(&[
        ("DEPLOY_CLOUD_RUN__ENV__LOG_LEVEL", "debug"),
        ("DEPLOY_CLOUD_RUN__ENV__A__b", "1"),
        ("DEPLOY_CLOUD_RUN__SECRETS__API_KEY", "api-key"),
        ("DEPLOY_CLOUD_RUN__CONNECTOR__NAME", "conn"),
        ("DEPLOY_DATABASE__FLAGS__MAX_CONNECTIONS", "200"),
    ]);
    let expected = [
        "cloud_run.connector.name",
        "cloud_run.env.A__b",
        "cloud_run.env.LOG_LEVEL",
        "cloud_run.secrets.API_KEY",
        "database.flags.max_connections",
    ];
    assert_eq!(changed(&config), expected);
}

#[test]
fn variables_that_are_not_ours_are_left_alone() {
    let layers = Layers {
        environment: &[
            ("DEPLOY_TOKEN", "hunter2"),
            ("DEPLOY_ENV", "prod"),
            ("DEPLOY_STATE_DIR", "x"),
            ("REDIS__MEMORY_GB", "9"),
            ("PATH", "/bin"),
        ],
        ..Layers::default()
    };
    let loaded = layers.loaded();
    assert_eq!(loaded.config, Config::default());
    assert!(!loaded.warnings.iter().any(|warning| matches!(warning, Warning::UnreadVariable { .. })));
}

#[test]
fn a_missing_underscore_is_a_warning_without_the_value() {
    let layers = Layers { environment: &[("DEPLOY_REDIS_MEMORY_GB", "hunter2")], ..Layers::default() };
    let loaded = layers.loaded();
    assert_eq!(loaded.config.redis.memory_gb, 1);
    let text: Vec<String> = loaded.warnings.iter().map(ToString::to_string).collect();
    let expected =
        "the environment variable DEPLOY_REDIS_MEMORY_GB is not read; DEPLOY_REDIS__MEMORY_GB would be";
    assert!(text.contains(&expected.to_owned()), "{text:?}");
    assert!(!text.concat().contains("hunter2"));
}

#[test]
fn half_a_repository_is_an_error_at_the_half_that_is_there() {
    let layers = Layers { file: "[ci_cd.github]\nowner = \"acme\"", ..Layers::default() };
    let errors = layers.errors();
    assert_eq!(errors.problems.len(), 1, "{errors}");
    assert_eq!(errors.problems[0].key, "ci_cd.github.name");
    let Origin::File { line, .. } = errors.problems[0].origin else { panic!("{errors}") };
    assert_eq!(line, 2);
    // The other half may come from another layer.
    let layers = Layers { set: &["ci_cd.github.name=app"], ..layers };
    assert_eq!(layers.loaded().config.ci_cd.github.unwrap().name, "app");
}

#[test]
fn a_value_that_was_not_understood_is_not_judged_as_its_default() {
    // The connector's default lies inside of this range; what was meant for it is unknown.
    let layers = Layers {
        set: &["network.services_range=10.0.0.0/12", "cloud_run.connector.range=oops"],
        ..Layers::default()
    };
    let keys: Vec<String> = layers.errors().problems.into_iter().map(|problem| problem.key).collect();
    assert_eq!(keys, ["cloud_run.connector.range"]);
}

#[test]
fn of_two_ranges_that_overlap_the_one_that_was_written_is_pointed_at() {
    let expect = |layers: Layers<'_>, place: &str, what: &str| {
        let errors = layers.errors();
        assert_eq!(errors.problems.len(), 1, "{errors}");
        assert_eq!(errors.problems[0].origin.to_string(), place);
        assert_eq!(errors.problems[0].what, what);
    };
    let file = "[network]\nservices_range = \"10.8.0.0/16\"";
    let what = "overlaps cloud_run.connector.range = \"10.8.0.0/28\" (built-in default)";
    expect(Layers { file, ..Layers::default() }, "test.toml:2:18", what);
    let set = ["cloud_run.connector.range=10.20.0.0/28"];
    let what = "overlaps network.services_range = \"10.20.0.0/16\" (built-in default)";
    expect(Layers { set: &set, ..Layers::default() }, "--set cloud_run.connector.range", what);
    let file = "[network]\nservices_range = \"10.30.0.0/16\"";
    let set = ["cloud_run.connector.range=10.30.0.0/28"];
    let what = "overlaps network.services_range = \"10.30.0.0/16\" (test.toml:2:18)";
    expect(Layers { file, set: &set, ..Layers::default() }, "--set cloud_run.connector.range", what);
}

#[cfg(unix)]
#[test]
fn bytes_that_are_no_text_are_refused_where_they_matter() {
    use std::os::unix::ffi::OsStringExt;
    let bytes = || OsString::from_vec(vec![0xff, b'x']);
    let source = Source {
        file: FileSource::None,
        environment: vec![
            ("DEPLOY_PROJECT__ID".into(), bytes()),
            ("OTHER".into(), bytes()),
            (bytes(), "x".into()),
        ],
        set: Vec::new(),
    };
    let errors = load(&source).unwrap_err();
    assert_eq!(errors.problems.len(), 1, "{errors}");
    assert_eq!(errors.problems[0].key, "project.id");
}

#[test]
fn a_mistake_is_told_in_each_layer_that_makes_it() {
    let layers = Layers {
        file: "redis.memory_gb = \"big\"\nbudget.thresholds = [0, 50, 2000]",
        environment: &[("DEPLOY_REDIS__MEMORY_GB", "big")],
        set: &["redis.memory_gb=big", "budget.thresholds=x", "redis.memory_gb=2"],
    };
    let told: Vec<_> = layers.errors().problems.iter().map(|p| format!("{}: {}", p.origin, p.key)).collect();
    let expected = [
        "test.toml:1:19: redis.memory_gb",
        "test.toml:2:22: budget.thresholds[0]",
        "test.toml:2:29: budget.thresholds[2]",
        "environment variable DEPLOY_REDIS__MEMORY_GB: redis.memory_gb",
        "--set redis.memory_gb: redis.memory_gb",
        "--set budget.thresholds: budget.thresholds[0]",
    ];
    assert_eq!(told, expected);
}
