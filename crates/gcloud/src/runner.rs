use crate::answer::{Answer, Ended};
use crate::child::{Child, End, GRACE, Watch};
use crate::{Command, Environment, Interrupt, Stdin, mask, quote};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Runs gcloud commands. Implemented by [`Gcloud`], and by scripts in tests.
pub trait Run: Send + Sync {
    /// Runs one command to its end.
    fn run(&self, command: &Command, watch: &mut dyn Watch) -> Answer;

    /// The whole command line, masked, as it can be pasted.
    fn line(&self, command: &Command) -> String;
}

/// There is no gcloud.
#[derive(Debug, thiserror::Error)]
#[error("{}", match wanted {
    Some(path) => format!("{} is not a program that can be run", path.display()),
    None => "gcloud is not on the PATH".to_owned(),
})]
pub struct GcloudMissing {
    wanted: Option<PathBuf>,
}

/// The gcloud of this machine, with what all of its children have in common.
#[derive(Clone)]
pub struct Gcloud {
    path: PathBuf,
    environment: Environment,
    interrupt: Interrupt,
    folder: PathBuf,
    project: Option<String>,
    account: Option<String>,
    grace: Duration,
}

impl Gcloud {
    /// Finds gcloud: this file, or the first on the PATH.
    pub fn find(wanted: Option<&Path>) -> Result<PathBuf, GcloudMissing> {
        let found = match wanted {
            Some(path) => which::which(path),
            None => which::which("gcloud"),
        };
        found.map_err(|_| GcloudMissing { wanted: wanted.map(Path::to_path_buf) })
    }

    /// A runner for this gcloud. `folder` takes the files that commands are given.
    pub fn new(path: PathBuf, environment: Environment, interrupt: Interrupt, folder: PathBuf) -> Self {
        Self { path, environment, interrupt, folder, project: None, account: None, grace: GRACE }
    }

    /// The project that each command is told.
    pub fn project(mut self, project: impl Into<String>) -> Self {
        self.project = Some(project.into());
        self
    }

    /// The login that each command is told.
    pub fn account(mut self, account: Option<String>) -> Self {
        self.account = account;
        self
    }

    /// The login that each command is told, where one is.
    pub fn account_given(&self) -> Option<&str> {
        self.account.as_deref()
    }

    /// gcloud's arguments: the command's own, and what every command gets.
    fn arguments(&self, command: &Command) -> Vec<String> {
        let mut arguments = command.args().to_vec();
        for (flag, name, content) in command.files() {
            arguments.push(format!("{flag}={}", self.file_path(name, content).display()));
        }
        if let Some(project) = self.project.as_ref().filter(|_| command.wants_project()) {
            arguments.push(format!("--project={project}"));
        }
        if let Some(account) = &self.account {
            arguments.push(format!("--account={account}"));
        }
        arguments.push("--quiet".to_owned());
        if command.wants_json() {
            arguments.push("--format=json".to_owned());
        }
        arguments
    }

    /// The place of a file: another one where the name is taken by another content, so that no printed command line
    /// changes its meaning.
    fn file_path(&self, name: &str, content: &str) -> PathBuf {
        let free = |path: &PathBuf| match fs::read(path) {
            Ok(found) => found == content.as_bytes(),
            Err(_) => true,
        };
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "txt"));
        let numbered = (2..).map(|number| self.folder.join(format!("{stem}-{number}.{extension}")));
        let paths = std::iter::once(self.folder.join(name)).chain(numbered);
        paths.into_iter().find(free).unwrap_or_else(|| self.folder.join(name))
    }

    fn write_files(&self, command: &Command) -> io::Result<()> {
        for (_, name, content) in command.files() {
            let path = self.file_path(name, content);
            fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
            let mut file =
                fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
            file.write_all(content.as_bytes())?;
        }
        Ok(())
    }

    fn answer(&self, command: &Command, ended: Ended, stderr: String, seconds: f64) -> Answer {
        let line = self.line(command);
        Answer { line, ended, stderr: mask(&stderr), seconds, stdout: Some(Vec::new()) }
    }
}

impl Run for Gcloud {
    fn run(&self, command: &Command, watch: &mut dyn Watch) -> Answer {
        if let Some(signal) = self.interrupt.signal() {
            return self.answer(command, Ended::Interrupted(signal), String::new(), 0.0);
        }
        if let Err(error) = self.write_files(command) {
            let why = format!("cannot write a file to {}: {error}", self.folder.display());
            return self.answer(command, Ended::NotStarted, why, 0.0);
        }
        let arguments = self.arguments(command);
        let child = Child {
            program: &self.path,
            environment: &self.environment.for_command(&arguments),
            args: &arguments,
            stdin: match command.stdin_ref() {
                Stdin::Closed => None,
                Stdin::Secret(secret) => Some(secret),
            },
            deadline: command.deadline_ref(),
            grace: self.grace,
        };
        let result = child.run(&self.interrupt, watch);
        let mut stderr = String::from_utf8_lossy(&result.stderr).into_owned();
        let ended = match result.end {
            End::Exited(status) => Ended::Exited(status.code().filter(|_| status.signal().is_none())),
            End::Deadline => Ended::Deadline,
            End::Interrupted(signal) => Ended::Interrupted(signal),
            End::NotStarted(error) => {
                stderr = format!("cannot run {}: {error}", self.path.display());
                Ended::NotStarted
            }
        };
        let mut answer = self.answer(command, ended, stderr, result.elapsed.as_secs_f64());
        answer.stdout = Some(result.stdout).filter(|_| !result.stdout_too_long);
        answer
    }

    fn line(&self, command: &Command) -> String {
        let arguments = self.arguments(command);
        let words = std::iter::once("gcloud").chain(arguments.iter().map(String::as_str));
        let line = mask(&quote::line(words));
        match command.stdin_ref() {
            Stdin::Closed => line,
            Stdin::Secret(_) => format!("{line}  # reads a secret on stdin"),
        }
    }
}

#[cfg(test)]
#[path = "runner_tests.rs"]
mod tests;
