//! A deployment's life, for the recorder: deploys, reruns, changes and destroys, each through the built programs. The steps' own
//! tests, run with the recorder on PATH, add updates, repairs and deletions (see `scripts/sameness`).

use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use support::Emulator;

/// Lives it, with `bin` first on PATH.
pub fn live(folder: &Path, bin: &Path) {
    for (name, env) in [("dev", "dev"), ("prod", "prod"), ("open", "staging")] {
        let home = folder.join(name);
        std::fs::create_dir_all(&home).expect("a folder");
        let emulator = Emulator::start(&home, &[]);
        let tool = |program: &str, arguments: &[&str], codes: &[i32]| {
            let mut command = Command::new(support::program(program));
            let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
            command
                .env_clear()
                .envs(emulator.environment())
                .env("PATH", path)
                .env("HOME", &home)
                .env("TERM", "dumb")
                .current_dir(support::top())
                .args(arguments)
                .args(["--env", env, "--state-dir"])
                .arg(home.join("state"))
                .stdin(Stdio::null());
            let output = command.output().expect("the program runs");
            let code = output.status.code().unwrap_or(-1);
            let said = || {
                String::from_utf8_lossy(&output.stdout).into_owned()
                    + &String::from_utf8_lossy(&output.stderr)
            };
            assert!(codes.contains(&code), "{name}: {program} {arguments:?} ends with {code}:\n{}", said());
        };
        let yes = ["--yes", "--wait-scale", "0"];
        let deploy = |sets: &[&str], codes: &[i32]| {
            let mut arguments = yes.to_vec();
            sets.iter().for_each(|set| arguments.extend(["--set", set]));
            tool("deploy-all", &arguments, codes);
        };
        tool("deploy-all", &["plan"], &[0]);
        let destroy = |also: &[&str]| {
            let project = format!("codementor-{env}");
            let mut arguments = vec!["destroy", "--confirm", &project, "--wait-scale", "0"];
            also.iter().for_each(|address| arguments.extend(["--also", address]));
            tool("deploy-all", &arguments, &[0]);
        };
        match name {
            "dev" => {
                scripted(&home.join("scripted"), bin);
                deploy(&[], &[0]);
                deploy(&[], &[0]);
                tool("deploy-all", &["doctor"], &[0, 5]);
                emulator.arrange(&in_public("codementor-dev"));
                for look in ["status", "outputs", "verify"] {
                    tool("deploy-all", &[look], &[0, 3]);
                }
                for what in ["db-password", "db-password", "redis"] {
                    tool("deploy-all", &["rotate", what, "--yes", "--wait-scale", "0"], &[0]);
                }
                tool("deploy-all", &["adopt", "--dry-run"], &[0]);
                destroy(&[]);
            }
            "prod" => {
                deploy(
                    &[
                        "budget.monthly_amount=400",
                        "monitoring.notification_email=oncall@codementor.test",
                        "rotation.db_password_days=90",
                    ],
                    &[0],
                );
                deploy(
                    &[
                        "budget.monthly_amount=400",
                        "monitoring.notification_email=oncall@codementor.test",
                        "rotation.db_password_days=60",
                        "rotation.topic=second-topic",
                    ],
                    &[0],
                );
                let settings =
                    ["budget.monthly_amount=500", "monitoring.notification_email=second@codementor.test"];
                deploy(&settings, &[0]);
                let sets = |more: &[&'static str]| {
                    settings.into_iter().chain(more.iter().copied()).flat_map(|set| ["--set", set]).collect()
                };
                // Made anew; and second ones beside the first, which go.
                let anew: Vec<&str> = sets(&["cloud_run.connector.range=10.9.0.0/28"]);
                let permit = ["--allow-replace", "vpc-connector/codementor-connector"];
                tool("deploy-all", &[&yes, &anew[..], &permit].concat(), &[0]);
                let second = sets(&[
                    "cloud_run.connector.name=second",
                    "cloud_run.connector.range=10.11.0.0/28",
                    "redis.instance=second-cache",
                ]);
                let permit = ["--allow-replace", "redis-instance/codementor-cache"];
                tool("deploy-all", &[&yes, &second[..], &permit].concat(), &[0]);
            }
            _ => {
                let github = ["ci_cd.github={ owner = \"acme\", name = \"app\" }", "cloud_run.egress=direct"];
                // The first run says that the repository is not connected; then somebody connects it.
                deploy(&github, &[0, 1]);
                emulator.connect(&json!({"project": "codementor-staging", "owner": "acme", "name": "app"}));
                deploy(&github, &[0]);
                deploy(&["database.deletion_protection=false", github[0], github[1]], &[0]);
                destroy(&["bucket/codementor-logs-codementor-staging", "project/codementor-staging"]);
            }
        }
    }
}

/// The first deploy of dev by the script of its plan.
fn scripted(home: &Path, bin: &Path) {
    std::fs::create_dir_all(home).expect("a folder");
    let emulator = Emulator::start(home, &[]);
    let run = |program: &str| {
        let mut command = Command::new(program);
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        command.env_clear().envs(emulator.environment()).env("PATH", path).env("HOME", home);
        command.current_dir(support::top());
        command
    };
    let mut plan = run(&support::program("deploy-all").display().to_string());
    plan.args(["plan", "--script", "--state-dir"]).arg(home.join("state")).stdin(Stdio::null());
    let plan = plan.output().expect("the plan is made");
    assert!(plan.status.success(), "{}", String::from_utf8_lossy(&plan.stderr));
    let file = home.join("script.sh");
    std::fs::write(&file, plan.stdout).expect("the script is written");
    let mut bash = run("bash").arg(file).stdin(Stdio::piped()).spawn().expect("bash");
    let mut asked = bash.stdin.take().expect("piped");
    asked.write_all(b"a-password-of-a-person\n").expect("it reads");
    drop(asked);
    assert!(bash.wait().expect("it ends").success(), "the script fails");
}

/// Somebody's machine and load balancer, with addresses of the internet: no step makes any. gcloud crashes on a machine without
/// its own address (`selfLink`).
fn in_public(project: &str) -> Value {
    let at = format!("https://www.googleapis.com/compute/v1/projects/{project}");
    let rule = |place: &str, name: &str, address: &str, scheme: &str| {
        let place = format!("{place}/forwardingRules/{name}");
        let mut data = json!({
            "kind": "compute#forwardingRule", "name": name, "IPAddress": address, "loadBalancingScheme": scheme,
            "selfLink": format!("{at}/{place}"),
        });
        if let Some((region, _)) =
            place.split_once("/forwardingRules").filter(|(place, _)| *place != "global")
        {
            data["region"] = json!(format!("{at}/{region}"));
        }
        json!({"key": format!("compute/projects/{project}/{place}"), "data": data})
    };
    let zone = "zones/us-central1-a";
    json!([
        rule("global", "web", "203.0.113.11", "EXTERNAL_MANAGED"),
        rule("regions/us-central1", "inside", "10.128.0.10", "INTERNAL"),
        {"key": format!("compute/projects/{project}/{zone}/instances/jump"), "data": {
            "kind": "compute#instance", "name": "jump", "status": "RUNNING", "zone": format!("{at}/{zone}"),
            "selfLink": format!("{at}/{zone}/instances/jump"),
            "networkInterfaces": [{"networkIP": "10.128.0.9", "accessConfigs": [{"type": "ONE_TO_ONE_NAT", "natIP": "203.0.113.12"}]}],
        }},
    ])
}
