use crate::{deployed, look};
use serde_json::{Value, json};
use std::process::Command;
use support::Lab;

#[test]
fn everything_that_other_teams_need_is_read_from_the_cloud() {
    let lab = deployed();
    let (told, processes) = look(&lab, &["outputs", "--output", "json"]);
    let told: Value = serde_json::from_str(&told.expect(0).stdout).expect("JSON");
    assert_eq!((&told["missing"], &told["unknown"]), (&json!({}), &json!({})));
    let outputs = &told["outputs"];
    let sql = lab.emulator.object("sqladmin/projects/codementor-dev/instances/codementor-db");
    let redis =
        lab.emulator.object("redis/projects/codementor-dev/locations/us-central1/instances/codementor-cache");
    assert_eq!(outputs["database.connection_name"], sql["connectionName"]);
    assert_eq!(outputs["database.private_ip"], sql["ipAddresses"][0]["ipAddress"]);
    assert_eq!(outputs["redis.host"], redis["host"]);
    assert_eq!(outputs["redis.port"], redis["port"].to_string());
    assert_eq!(outputs["images.repository"], "us-central1-docker.pkg.dev/codementor-dev/codementor");
    for page in
        ["project.console", "database.console", "redis.console", "service.logs", "monitoring.dashboards"]
    {
        let page = outputs[page].as_str().unwrap_or_default();
        assert!(
            page.starts_with("https://console.cloud.google.com/")
                && page.ends_with("?project=codementor-dev")
        );
    }
    let command = told["commands"]["database.url_secret"].as_str().unwrap_or_default();
    assert!(command.contains("access latest --secret=database-url"), "{command}");
    assert_eq!(
        processes, 10,
        "gcloud's version, and one a kind of thing that is told of; no value of a secret is read"
    );
}

#[test]
fn a_shell_takes_the_variables_as_they_are() {
    let lab = deployed();
    let (told, _) = look(&lab, &["outputs", "--output", "env"]);
    let file = lab.folder().join("outputs.env");
    std::fs::write(&file, told.expect(0).stdout).expect("it is written");
    let script =
        format!("set -eu; . {}; echo \"$SERVICE_URL $PROJECT_CONSOLE $DATABASE_URL_SECRET\"", file.display());
    let shell = Command::new("bash").args(["-c", &script]).output().expect("bash");
    let said = String::from_utf8_lossy(&shell.stdout);
    let words: Vec<&str> = said.split_whitespace().collect();
    assert!(words[0].starts_with("https://codementor-backend-") && words[0].ends_with(".run.app"), "{said}");
    assert_eq!(words[1], "https://console.cloud.google.com/home/dashboard?project=codementor-dev");
    assert_eq!(words[2], "database-url");
}

#[test]
fn what_is_gone_is_missing_and_what_cannot_be_read_is_unknown() {
    let lab = deployed();
    let instance = "redis/projects/codementor-dev/locations/us-central1/instances/codementor-cache";
    lab.emulator.arrange(&json!([{"key": instance, "remove": true}]));
    let (told, _) = look(&lab, &["outputs", "--output", "env"]);
    let told = told.expect(0);
    assert!(
        told.stdout.contains("# REDIS_HOST: redis-instance/codementor-cache is missing\n"),
        "{}",
        told.stdout
    );
    assert!(
        told.stdout.contains("REDIS_URL_SECRET=redis-url\n"),
        "the secret is still there: {}",
        told.stdout
    );

    lab.emulator.fault(json!({
        "match": "GET sqladmin.*/instances", "times": 100,
        "action": {"status": {"code": 403, "status": "PERMISSION_DENIED", "message": "not you"}},
    }));
    let (told, _) = look(&lab, &["outputs", "--output", "json"]);
    let told: Value = serde_json::from_str(&told.expect(1).stdout).expect("JSON");
    assert!(told["unknown"]["database.private_ip"].is_string(), "{told}");
    assert!(told["outputs"]["service.url"].is_string(), "it goes on with the others: {told}");
    assert!(told["outputs"]["database.connection_name"].is_null(), "nothing is made up: {told}");
}

#[test]
fn nothing_is_told_of_a_project_that_does_not_exist() {
    let lab = Lab::standin();
    let (told, processes) = look(&lab, &["outputs", "--output", "json"]);
    let told: Value = serde_json::from_str(&told.expect(0).stdout).expect("JSON");
    assert_eq!(told["outputs"], json!({}));
    assert_eq!(told["missing"]["service.url"], "run-service/codementor-backend");
    assert_eq!(processes, 3, "gcloud's version, the project, the list that proves its absence");
}

#[test]
fn forms_that_a_command_does_not_have_are_refused() {
    let lab = Lab::standin();
    let (refused, processes) = look(&lab, &["plan", "--output", "env"]);
    assert!(refused.expect(2).stderr.contains("no --output env: it has human, plain, json"));
    assert_eq!(processes, 0);
}
