use crate::process;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// A machine whose gcloud is a small script: for what a real gcloud does only when something is badly wrong. There is
/// no emulator, so nothing that the script does not do can happen.
pub struct Fake {
    folder: tempfile::TempDir,
}

impl Fake {
    /// A machine whose gcloud knows its own version and login, and does this (bash) when it is asked anything else.
    pub fn new(body: &str) -> Self {
        let fake = Self { folder: tempfile::tempdir().expect("a temporary folder") };
        for folder in ["bin", "home", "sdk/.install", "config"] {
            std::fs::create_dir_all(fake.at(folder)).expect("a folder");
        }
        fake.version("528.0.0");
        fake.gcloud(&format!(
            "if [ \"$1\" = info ]; then cat {}; exit; fi\n{body}",
            fake.at("info.json").display()
        ));
        fake
    }

    /// Replaces the whole gcloud by this script (bash). What it is asked is written down in any case.
    pub fn gcloud(&self, body: &str) {
        let script = format!("#!/bin/bash\necho \"$*\" >> {}\n{body}\n", self.at("calls").display());
        executable(&self.at("bin/gcloud"), &script);
    }

    /// Installs another version of gcloud.
    pub fn version(&self, version: &str) {
        let info = serde_json::json!({
            "basic": {"version": version},
            "config": {
                "account": "ada@example.com",
                "paths": {"global_config_dir": self.at("config")},
                "properties": {},
            },
            "installation": {"components": {}, "sdk_root": self.at("sdk")},
        });
        std::fs::write(self.at("info.json"), info.to_string()).expect("it is written");
        std::fs::write(self.at("sdk/VERSION"), version).expect("it is written");
    }

    /// A path on this machine.
    pub fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Makes a named pipe in the home folder, by which the script and the test can wait for each other.
    pub fn pipe(&self, name: &str) -> PathBuf {
        let path = self.at("home").join(name);
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).expect("a named pipe");
        path
    }

    /// What gcloud was asked so far, a line each.
    pub fn calls(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.at("calls")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// Prepares a program with this state folder.
    pub fn tool_with(&self, name: &str, arguments: &[&str], state: &Path) -> Command {
        let mut command = Command::new(crate::program(name));
        let path = format!("{}:{}", self.at("bin").display(), std::env::var("PATH").unwrap_or_default());
        command.env_clear().env("PATH", path).env("HOME", self.at("home")).env("TERM", "dumb");
        command.args(arguments).arg("--state-dir").arg(state).current_dir(crate::top());
        command
    }

    /// Prepares `deploy-all ARGUMENTS`.
    pub fn tool(&self, arguments: &[&str]) -> Command {
        self.tool_with("deploy-all", arguments, &self.at("state"))
    }

    /// Runs `deploy-all ARGUMENTS` to its end.
    pub fn deploy_all(&self, arguments: &[&str]) -> crate::Finished {
        process::run(self.tool(arguments))
    }

    /// The process ids of what still runs on this machine.
    pub fn survivors(&self) -> Vec<i32> {
        let alive = process::with_environment(&self.at("bin").display().to_string());
        alive.into_iter().filter(|pid| !process::ends_within(*pid, Duration::from_secs(20))).collect()
    }
}

/// Writes a program.
pub(crate) fn executable(path: &Path, text: &str) {
    // A new file: the old one may be running at this moment.
    let new = path.with_extension("new");
    std::fs::write(&new, text).expect("the script is written");
    std::fs::set_permissions(&new, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
    std::fs::rename(new, path).expect("it takes its place");
}

/// Everything below a folder: path and content. Two of these show whether anything was touched.
pub fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(contents(&path));
        } else {
            let content = std::fs::read(&path).unwrap_or_default();
            found.push((path, content));
        }
    }
    found.sort();
    found
}
