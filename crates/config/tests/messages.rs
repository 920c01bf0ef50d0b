//! What a person reads.

use config::{FileSource, Source, load};
use std::ffi::OsString;

fn said(file: &[u8], environment: &[(&str, &str)], set: &[&str]) -> String {
    let source = Source {
        file: FileSource::Text { name: "configs/dev.toml".into(), bytes: file.to_vec() },
        environment: environment.iter().map(|(k, v)| (OsString::from(k), OsString::from(v))).collect(),
        set: set.iter().map(|&argument| argument.to_owned()).collect(),
    };
    load(&source).expect_err("it is wrong").to_string()
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let file = r#"
[project]
id = "your-project-id"
billing_account = "abc"
folder = "folders/123"
organization = "42"
zone = "europe-west1-b"

[netwrok]
name = "x"

[network]
range = "10.128.0.7/20"
services_range = "172.17.0.0/24"
ssh_source_ranges = ["35.235.240.0/20", "0.0.0.0/0", "10.0.0.0", 7]

[database]
tier = "db-custom-3-7680"
version = "POSTGRES_99"
maintenance = { day = "SOMEDAY", hour = 24 }
password = "hunter2"
backup_start = "3:00"
deletion_protection = "true"

[redis]
memory_gb = "big"
tire = "basic"

[cloud_run]
cpu = 1
memory = "8Gi"
image = "gcr.io/cloudrun/hello"
service = "-backend"
min_instances = 20

[cloud_run.env]
PORT = "80"
MOTTO = "one\ntwo"

[ci_cd]
github = { owner = "acme" }
branch = "^main$"

[monitoring]
notification_email = "ops@example.com"
alerts = { error_ratio = 5 }
"#;
    let environment = [("DEPLOY_REDIS__MEMRY_GB", "2"), ("DEPLOY_CLOUD_RUN__CONCURRENCY", "many")];
    let set = ["redis.memory_gb", "cloud_run.connector.range=10.20.0.0/28", "redis=big"];
    insta::assert_snapshot!(said(file.as_bytes(), &environment, &set));
}

#[test]
fn text_that_is_not_toml() {
    let file = b"[redis]\nmemory_gb = \ntier = \"basic\n[network\nrange = 10.0.0.0/8\n";
    insta::assert_snapshot!(said(file, &[], &["redis.memory_gb=0"]));
    insta::assert_snapshot!(said(b"[project]\nname = \"caf\xe9\"\n", &[], &[]));
}

#[test]
fn files_that_are_not_there() {
    let directory = tempfile::tempdir().unwrap();
    let named = |name: &str| {
        let file = FileSource::Named { directory: directory.path().to_owned(), name: name.into() };
        let text = load(&Source::file(file)).unwrap_err().to_string();
        text.replace(&directory.path().display().to_string(), "configs")
    };
    insta::assert_snapshot!("nothing_there", named("dev"));
    for name in ["dev", "prod", "Not.One"] {
        std::fs::write(directory.path().join(format!("{name}.toml")), "").unwrap();
    }
    insta::assert_snapshot!("another_there", named("production"));
    insta::assert_snapshot!("no_name", named("../dev"));
    let missing = load(&Source::file(FileSource::Path("nowhere/x.toml".into()))).unwrap_err();
    insta::assert_snapshot!("no_file", missing.to_string());
    let folder = load(&Source::file(FileSource::Path(directory.path().to_owned()))).unwrap_err();
    assert!(folder.to_string().contains("cannot be read"), "{folder}");
    std::fs::write(directory.path().join("big.toml"), vec![b'#'; (1 << 20) + 1]).unwrap();
    assert!(named("big").contains("is larger than 1 MB"));
}

#[test]
fn nothing_that_may_be_a_secret_is_shown() {
    let text = said(
        b"[database]\npassword = \"hunter2\"\n[secret]\nx = \"hunter2\"",
        &[("DEPLOY_DATABASE__PASSWORD", "hunter2")],
        &["database.passwd=hunter2"],
    );
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("no secret belongs into a config"), "{text}");
}

#[test]
fn no_value_can_move_the_cursor() {
    let text = said(b"[redis]\ntier = \"a\\u001b[2J\\nb\"\n[project]\nid = \"\\u001b]0;x\\u0007\"", &[], &[]);
    assert!(!text.contains('\u{1b}') && !text.contains('\u{7}'), "{text:?}");
}

#[test]
fn warnings_in_words() {
    let source = Source {
        file: FileSource::None,
        environment: vec![("DEPLOY_REDIS_TIER".into(), "standard".into())],
        set: ["database.pool_per_instance=20", "database.availability=regional", "cloud_run.env.API_TOKEN=x"]
            .map(str::to_owned)
            .to_vec(),
    };
    let warnings = load(&source).unwrap().warnings;
    let lines: Vec<String> =
        warnings.iter().map(|warning| format!("[{}] {warning}", warning.key().unwrap_or_default())).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn names_cannot_move_the_cursor_either() {
    let file = b"\"a\\u001b[2J\" = 1\n[cloud_run.env]\n\"b\\u001b\" = \"x\"\n[redis]\n\"\\n\" = 1";
    let text = said(file, &[("DEPLOY_X__\u{1b}", "x")], &["c\u{1b}", "d\u{1b}=1"]);
    assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text:?}");
    assert_eq!(text.matches("\n\n").count(), 6, "{text}");
}
