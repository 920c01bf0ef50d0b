//! No secret leaves: not in a command line, an environment, a request's line, a file, or anything printed.

use crate::expected::auth_string;
use serde_json::Value;
use std::path::{Path, PathBuf};
use support::{Finished, Lab};

/// Which of the user's configurations is active, and what it says.
pub fn gcloud_configuration(lab: &Lab) -> (String, String) {
    let base = lab.folder().join("google/gcloud");
    let read = |name: &str| std::fs::read_to_string(base.join(name)).unwrap_or_default();
    let configuration = (read("active_config"), read("configurations/config_default"));
    assert!(configuration.1.contains("disable_prompts"), "the test has written one: {configuration:?}");
    configuration
}

/// The password and the cache's AUTH string, in any form, are in the world's own file and nowhere else.
pub fn assert_no_secret_left(lab: &Lab, state: &Path, runs: &[&Finished]) {
    // Before the secrets are asked for here, which prints them.
    let tools = lab.recorded();
    let requests: String = lab.emulator.requests().iter().map(Value::to_string).collect();
    let world = lab.emulator.world().to_string();
    for secret in secrets(lab) {
        let secret = secret.trim();
        assert!(secret.len() >= 30, "a canary that can be found");
        assert!(
            std::fs::read_to_string(state).expect("the state").contains(secret),
            "the emulator's own file has it"
        );
        for form in forms(secret) {
            for process in &tools {
                assert!(
                    !process.arguments.iter().any(|a| a.contains(&form)),
                    "in argv: {:?}",
                    process.arguments
                );
                assert!(!process.environment.iter().any(|e| e.contains(&form)), "in the environment");
            }
            let printed = runs.iter().flat_map(|run| [&run.stdout, &run.stderr]).chain([&requests, &world]);
            assert!(!printed.into_iter().any(|text| text.contains(&form)), "printed");
            for file in files_below(lab.folder()) {
                let text = std::fs::read(&file).unwrap_or_default();
                assert!(!String::from_utf8_lossy(&text).contains(&form), "in {}", file.display());
            }
        }
    }
}

fn secrets(lab: &Lab) -> [String; 2] {
    let project = "codementor-dev";
    let password = ["secrets", "versions", "access", "latest", "--secret=db-password", "--project", project];
    [lab.gcloud(&password), auth_string(lab, project)]
}

/// The same secret in the forms in which it could leak.
fn forms(secret: &str) -> Vec<String> {
    use base64::Engine as _;
    let percent: String = secret
        .bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    let decimal = secret.bytes().map(|b| b.to_string()).collect::<Vec<_>>().join(", ");
    vec![
        secret.to_owned(),
        Value::from(secret).to_string().trim_matches('"').to_owned(),
        percent,
        base64::engine::general_purpose::STANDARD.encode(secret).trim_end_matches('=').to_owned(),
        decimal,
    ]
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files_below(&path)) } else { found.push(path) }
    }
    found
}
