//! `deploy-all init`: a config by asking, from flags, or from the bash scripts' file; never half of one, never over another.

use std::path::Path;
use std::process::{Command, Stdio};
use support::{Fake, Lab, Terminal, program};

struct Said {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs it without a terminal and without any gcloud: it must not need one.
fn init(folder: &Path, arguments: &[&str]) -> Said {
    let output = Command::new(program("deploy-all"))
        .arg("init")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/nonexistent")
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Said { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn values(file: &Path) -> toml::Table {
    std::fs::read_to_string(file).expect("the config").parse().expect("it is TOML")
}

/// What lies in the folder: nothing may be left of what was not finished.
fn files(folder: &Path) -> Vec<String> {
    let found = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        found.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn without_a_terminal_flags_answer_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().expect("a folder");
    let dev = folder.path().join("configs/dev.toml");
    let said = init(folder.path(), &[]);
    assert_eq!(said.code, Some(2));
    assert!(said.stderr.contains("--project-id") && !dev.exists(), "{}", said.stderr);

    let flags =
        ["--project-id=acme-dev-1", "--region=europe-west1", "--github=acme/app", "--email=oncall@acme.dev"];
    let said = init(folder.path(), &[&flags[..], &["--set=redis.memory_gb=2"]].concat());
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let table = values(&dev);
    assert_eq!(table["project"]["id"].as_str(), Some("acme-dev-1"));
    assert_eq!(table["project"]["zone"].as_str(), Some("europe-west1-b"));
    assert_eq!(table["redis"]["memory_gb"].as_integer(), Some(2));
    assert_eq!(table["ci_cd"]["github"]["owner"].as_str(), Some("acme"));
    assert_eq!(files(&folder.path().join("configs")), ["dev.toml"]);

    let before = std::fs::read(&dev).expect("the config");
    let said = init(folder.path(), &["--project-id=acme-dev-2"]);
    assert!(said.code == Some(2) && said.stderr.contains("--force"), "{}", said.stderr);
    assert_eq!(std::fs::read(&dev).expect("the config"), before);
    let said = init(folder.path(), &["--project-id=acme-dev-2", "--force"]);
    assert_eq!((said.code, values(&dev)["project"]["id"].as_str()), (Some(0), Some("acme-dev-2")));
}

#[test]
fn every_flag_that_is_wrong_is_told_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let flags = ["--project-id=X", "--region=mars", "--billing-account=12", "--github=foo"];
    let said = init(folder.path(), &flags);
    assert_eq!(said.code, Some(2));
    for key in [
        "project.id\n",
        "project.region\n",
        "project.billing_account\n",
        "ci_cd.github\n  \"foo\" is not OWNER/NAME",
    ] {
        assert!(said.stderr.contains(key), "{key} in {}", said.stderr);
    }
    assert!(said.stderr.matches("remedy: ").count() >= 4 && files(folder.path()).is_empty());
}

#[test]
fn the_bash_scripts_file_is_converted_and_every_variable_reported() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "# shell\nexport PROJECT_ID=\"acme-prod-1\"\nGCP_REGION=us-east1\nGCP_ZONE=${GCP_REGION}-c\nENVIRONMENT='prod'\n\
                REDIS_TIER=STANDARD_HA\nREDIS_MEMORY_SIZE_GB=6\nREPO_NAME=app\nJWT_SECRET=hunter2\n";
    std::fs::write(folder.path().join("project.env"), text).expect("it is written");
    let said = init(folder.path(), &["--from-env=project.env", "--github=acme/app"]);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    let table = values(&folder.path().join("configs/prod.toml"));
    assert_eq!(table["project"]["zone"].as_str(), Some("us-east1-c"));
    assert_eq!(table["redis"]["tier"].as_str(), Some("standard"));
    assert_eq!(table["redis"]["memory_gb"].as_integer(), Some(6));
    assert_eq!(table["ci_cd"]["github"]["name"].as_str(), Some("app"));
    for variable in
        text.lines().filter_map(|line| Some(line.trim_start_matches("export ").split_once('=')?.0))
    {
        assert!(said.stdout.lines().any(|line| line.starts_with(variable)), "{variable} in {}", said.stdout);
    }
    assert!(
        !said.stdout.contains("hunter2") && said.stdout.contains("JWT_SECRET            not used"),
        "{}",
        said.stdout
    );

    // What is wrong is told by the variable's name and line, all of it, and the old file stays.
    std::fs::write(folder.path().join("bad.env"), "PROJECT_ID=a\nDB_VERSION=MYSQL\n").expect("it is written");
    let said = init(folder.path(), &["--from-env=bad.env"]);
    assert_eq!(said.code, Some(2));
    for part in ["PROJECT_ID (bad.env:1), project.id", "DB_VERSION (bad.env:2), database.version", "remedy: "]
    {
        assert!(said.stderr.contains(part), "{part} in {}", said.stderr);
    }
    std::fs::write(folder.path().join("runs.env"), "PROJECT_ID=$(touch made)\n").expect("it is written");
    let said = init(folder.path(), &["--from-env=runs.env"]);
    assert!(said.code == Some(2) && said.stderr.contains("runs.env:1\n  runs a command"), "{}", said.stderr);
    assert_eq!(files(folder.path()), ["bad.env", "configs", "project.env", "runs.env"]);
    assert_eq!(files(&folder.path().join("configs")), ["prod.toml"]);
}

#[test]
fn the_command_line_wins_over_the_bash_scripts_file_and_an_id_must_be_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "PROJECT_ID=abc-def-9\nENVIRONMENT=dev\nGCP_REGION=us-east1\n";
    std::fs::write(folder.path().join("project.env"), text).expect("it is written");
    let arguments =
        ["--from-env=project.env", "--env=prod", "--project-id=other-proj-1", "--region=us-east4"];
    let said = init(folder.path(), &arguments);
    assert_eq!(said.code, Some(0), "{}", said.stderr);
    assert_eq!(files(&folder.path().join("configs")), ["prod.toml"]);
    let table = values(&folder.path().join("configs/prod.toml"));
    assert_eq!(table["database"]["deletion_protection"].as_bool(), Some(true));
    assert_eq!(table["project"]["id"].as_str(), Some("other-proj-1"));
    assert_eq!(table["project"]["zone"].as_str(), Some("us-east4-a"));
    for line in [
        "PROJECT_ID   not used: --project-id says it\n",
        "ENVIRONMENT  not used: --env prod says it\n",
        "GCP_REGION   not used: --region says it\n",
    ] {
        assert!(said.stdout.contains(line), "{line} in {}", said.stdout);
    }

    // Where the file goes is where it says, and what comes next is of the same environment.
    let said = init(folder.path(), &["--from-env=project.env", "--config=o8.toml"]);
    assert!(
        said.stdout.contains("the file is o8.toml\n") && !said.stdout.contains("dev.toml"),
        "{}",
        said.stdout
    );
    let said = init(folder.path(), &["--env=prod", "--config=q.toml", "--project-id=acme-prod-1"]);
    assert!(said.stdout.contains("  deploy-all plan --env=prod --config=q.toml    what"), "{}", said.stdout);

    for (name, text) in [("empty.env", ""), ("bare.env", "ENVIRONMENT=prod\nPROJECT_ID=\n")] {
        std::fs::write(folder.path().join(name), text).expect("it is written");
        let said = init(folder.path(), &[&format!("--from-env={name}"), "--config=none.toml"]);
        assert_eq!(said.code, Some(2), "{name}");
        assert!(said.stderr.starts_with(&format!("{name} has no PROJECT_ID: say at least --project-id")));
        assert!(!folder.path().join("none.toml").exists());
    }
}

#[test]
fn an_environment_that_was_named_is_not_asked_for() {
    let lab = Lab::standin();
    let folder = tempfile::tempdir().expect("a folder");
    let start = |arguments: &[&str]| {
        let mut command = lab.quick_tool(arguments);
        command.current_dir(folder.path());
        Terminal::start(&command)
    };
    let (code, seen) = start(&["init", "--env", "test"]).finish();
    assert!(code == Some(2) && seen.contains("not for \"test\"") && !seen.contains("Environment:"), "{seen}");
    // An emulator's account pays for nothing.
    let mut terminal = start(&["init", "--env", "staging", "--rehearse", "--project-id", "acme-staging-1"]);
    terminal.wait_for("a rehearsal knows only the emulator's");
    terminal.wait_for("Billing account id");
    terminal.type_in("\n");
    terminal.wait_for("[us-central1]: ");
    terminal.type_in("\n");
    terminal.wait_for("OWNER/NAME");
    terminal.type_in("foo\n");
    terminal.wait_for("remedy: write both, as in acme/app");
    terminal.type_in("\n");
    terminal.wait_for("Mail address");
    terminal.type_in("\n");
    let (code, seen) = terminal.finish();
    assert!(code == Some(0) && !seen.contains("Environment:"), "{seen}");
    let table = values(&folder.path().join("configs/staging.toml"));
    assert!(table["project"].get("billing_account").is_none());
}

#[test]
fn without_a_login_it_says_how_to_log_in_and_goes_on() {
    let machine = Fake::new("exit 1");
    machine
        .gcloud(r#"echo '{"basic": {"version": "528.0.0"}, "config": {"account": null, "properties": {}}}'"#);
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = machine.tool(&["init", "--env", "dev", "--project-id", "acme-dev-1"]);
    command.current_dir(folder.path());
    let mut terminal = Terminal::start(&command);
    terminal.wait_for("gcloud auth login");
    terminal.type_in("\u{3}");
    let (code, seen) = terminal.finish();
    assert_eq!(code, Some(130));
    let words = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("cannot be listed: gcloud has no login. You do not currently have"), "{words}");
}

#[test]
fn a_person_is_asked_and_asked_again_where_an_answer_will_not_do() {
    let lab = Lab::standin();
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = lab.quick_tool(&["init"]);
    command.current_dir(folder.path());
    let mut terminal = Terminal::start(&command);
    terminal.wait_for("prod [dev]: ");
    terminal.type_in("production\n");
    terminal.wait_for("is none of dev, staging, prod");
    terminal.type_in("staging\n");
    terminal.wait_for("[codementor-staging]: ");
    terminal.type_in("Acme!\n");
    terminal.wait_for("remedy: choose another id");
    terminal.type_in("acme-staging-1\n");
    // The list comes from gcloud; its only account is the default.
    terminal.wait_for("1  000000-000000-000000");
    terminal.wait_for("[1]: ");
    terminal.type_in("\n");
    terminal.wait_for("[us-central1]: ");
    terminal.type_in("us-east1-b\n");
    terminal.wait_for("its region is \"us-east1\"");
    terminal.type_in("us-east1\n");
    terminal.wait_for("OWNER/NAME");
    terminal.type_in("acme/app\n");
    terminal.wait_for("Mail address");
    terminal.type_in("\n");
    let (code, seen) = terminal.finish();
    assert_eq!(code, Some(0), "{seen}");
    let table = values(&folder.path().join("configs/staging.toml"));
    assert_eq!(table["project"]["id"].as_str(), Some("acme-staging-1"));
    assert_eq!(table["project"]["billing_account"].as_str(), Some("000000-000000-000000"));
    assert_eq!(table["project"]["region"].as_str(), Some("us-east1"));
    assert!(table["monitoring"].get("notification_email").is_none());
    assert!(seen.contains("deploy-all plan --env=staging"), "{seen}");
}

#[test]
fn ctrl_c_at_a_question_writes_nothing() {
    let lab = Lab::standin();
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = lab.quick_tool(&["init"]);
    command.current_dir(folder.path());
    let mut terminal = Terminal::start(&command);
    terminal.wait_for("prod [dev]: ");
    terminal.type_in("\n");
    terminal.wait_for("[codementor-dev]: ");
    terminal.type_in("\u{3}");
    let (code, seen) = terminal.finish();
    assert!(code == Some(130) && seen.contains("Nothing was written."), "{code:?} {seen}");
    assert!(!folder.path().join("configs").exists());
}
