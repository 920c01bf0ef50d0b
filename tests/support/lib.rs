//! A laboratory for one end-to-end test: an emulator of its own, a private home, a recorded real gcloud.

pub mod chance;
mod emulator;
mod fake;
mod process;
mod record;
mod terminal;
mod world;

pub use emulator::Emulator;
pub use fake::{Fake, contents};
pub use process::{Finished, Running, ends_within, with_environment};
pub use record::Recorded;
pub use terminal::Terminal;
pub use world::{masked, normalised};

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Everything that one test needs. Dropping it stops the emulator and removes the files.
pub struct Lab {
    /// The emulator.
    pub emulator: Emulator,
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
}

/// Whether the real gcloud is here. Without it a test skips loudly, or fails where `REQUIRE_GCLOUD` is set.
pub fn gcloud() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join("gcloud")).find(|file| file.is_file());
    if found.is_none() {
        assert!(std::env::var_os("REQUIRE_GCLOUD").is_none(), "REQUIRE_GCLOUD is set and there is no gcloud");
        eprintln!("SKIPPED: this test needs the real gcloud, which is not on PATH");
    }
    found
}

/// A program that `cargo build --workspace --bins` made: beside this one (a program of this package) or one folder up
/// (a test).
pub fn program(name: &str) -> PathBuf {
    let itself = std::env::current_exe().expect("a program knows itself");
    let found =
        itself.ancestors().skip(1).take(2).map(|folder| folder.join(name)).find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("{name} is missing: run scripts/test, or cargo build --workspace --bins"))
}

/// Runs a prepared command to its end.
pub fn finish(command: Command) -> Finished {
    process::run(command)
}

/// The workspace's top level.
pub fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ has a parent")
}

impl Lab {
    /// A new laboratory with an empty world; `None` (after a loud word) where there is no gcloud.
    pub fn new() -> Option<Self> {
        Self::with_arguments(&[])
    }

    /// The same, with further arguments for `gcp-emulator serve`.
    pub fn with_arguments(arguments: &[&str]) -> Option<Self> {
        Some(Self::with_gcloud(&gcloud()?, arguments))
    }

    /// A laboratory whose gcloud is the stand-in, which is the same (`scripts/sameness`) and takes milliseconds.
    pub fn standin() -> Self {
        Self::with_gcloud(&program("gcloud-standin"), &[])
    }

    fn with_gcloud(gcloud: &Path, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let emulator = Emulator::start(folder.path(), arguments);
        record::install(folder.path(), gcloud);
        std::fs::create_dir_all(folder.path().join("home")).expect("a home");
        let mut environment = emulator.environment();
        let path =
            format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap_or_default());
        environment.push(("PATH".into(), path));
        environment.push(("HOME".into(), folder.path().join("home").display().to_string()));
        environment.push(("GCLOUD_STANDIN_WAIT_SCALE".into(), "0".into()));
        Self { emulator, folder, environment }
    }

    /// Runs `deploy-all ARGUMENTS` with the stand-in: for what is not the point of a test.
    pub fn quick(&self, arguments: &[&str]) -> Finished {
        process::run(self.quick_tool(arguments))
    }

    /// Prepares `deploy-all ARGUMENTS` with the stand-in, and nothing that records it.
    pub fn quick_tool(&self, arguments: &[&str]) -> Command {
        let mut command = self.tool("deploy-all", arguments);
        command.env("PATH", self.quick_path());
        command
    }

    /// A PATH with the stand-in on it, and nothing that records it.
    pub fn quick_path(&self) -> String {
        let bin = self.folder().join("standin");
        if !bin.exists() {
            std::fs::create_dir_all(&bin).expect("a folder");
            std::os::unix::fs::symlink(program("gcloud-standin"), bin.join("gcloud")).expect("a link");
        }
        format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default())
    }

    /// Has every gcloud run this (bash) first; a body that does not exit goes on to the gcloud that was there, whose
    /// name is `$GCLOUD`.
    pub fn intercept(&self, body: &str) {
        let (gcloud, real) = (self.folder().join("bin/gcloud"), self.folder().join("bin/gcloud.real"));
        if !real.exists() {
            std::fs::rename(&gcloud, &real).expect("it is moved");
        }
        let real = real.display();
        fake::executable(&gcloud, &format!("#!/bin/bash\nGCLOUD={real}\n{body}\nexec {real} \"$@\"\n"));
    }

    /// The test's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the tool keeps its checkpoint.
    pub fn state(&self) -> PathBuf {
        self.folder().join("state")
    }

    /// A command in this laboratory's environment and in no other.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment.iter().cloned()).current_dir(top());
        command.env("TERM", "dumb");
        command
    }

    /// Prepares `deploy-all ARGUMENTS` with this laboratory's state folder.
    pub fn tool(&self, name: &str, arguments: &[&str]) -> Command {
        let mut command = self.command(&program(name));
        command.args(arguments).arg("--state-dir").arg(self.state());
        command
    }

    /// Runs `deploy-all ARGUMENTS` to its end.
    pub fn deploy_all(&self, arguments: &[&str]) -> Finished {
        process::run(self.tool("deploy-all", arguments))
    }

    /// Runs `step ARGUMENTS` to its end.
    pub fn step(&self, arguments: &[&str]) -> Finished {
        process::run(self.tool("step", arguments))
    }

    /// Starts `deploy-all ARGUMENTS`.
    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.tool("deploy-all", arguments))
    }

    /// Runs the real gcloud by hand, as a user of the emulator would: its stdout.
    pub fn gcloud(&self, arguments: &[&str]) -> String {
        let finished = process::run({
            let mut command = self.command(&gcloud().expect("gcloud was here"));
            command.args(arguments);
            command
        });
        assert_eq!(finished.code, Some(0), "gcloud {arguments:?}: {}", finished.stderr);
        finished.stdout
    }

    /// Every gcloud process that the tool has started.
    pub fn recorded(&self) -> Vec<Recorded> {
        record::read(self.folder())
    }

    /// The process ids of what still runs in this laboratory's environment, the emulator aside. A process that was
    /// killed a moment ago gets the time that a busy machine needs to take it down.
    pub fn survivors(&self) -> Vec<i32> {
        let mark = self.folder().join("bin").display().to_string();
        let alive = || process::with_environment(&mark).into_iter().filter(|pid| *pid != self.emulator.pid());
        alive().filter(|pid| !process::ends_within(*pid, Duration::from_secs(20))).collect()
    }
}
