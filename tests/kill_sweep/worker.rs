//! One worker's place: an emulator of its own, folders of its own, the tool with its fail points.

use crate::orders::{self, Orders};
use crate::tool::{Reached, Tool};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use support::Emulator;

/// The tool that has fail points. `scripts/kill-sweep` puts it there.
const TOOL: &str = "deploy-all-failpoints";

/// Which `gcloud` stands on the PATH.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnPath {
    /// The program itself.
    Plain,
    /// One that carries out orders first.
    Ordered,
}

/// A place to work in.
pub struct Worker {
    /// Google.
    pub emulator: Arc<Emulator>,
    folder: PathBuf,
    environment: Vec<(String, String)>,
    gcloud: PathBuf,
    arguments: Vec<String>,
    after: Vec<String>,
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Worker {
    /// Sets it up in this folder. `arguments` are those of the run, `after` those of one that must find nothing to do then.
    pub fn new(folder: &Path, gcloud: &Path, arguments: &[String], after: &[String]) -> Result<Self, String> {
        for name in ["plain", "ordered", "home", "saved"] {
            fs::create_dir_all(folder.join(name)).map_err(text)?;
        }
        symlink(gcloud, folder.join("plain/gcloud")).map_err(text)?;
        symlink(support::program("kill-sweep-gcloud"), folder.join("ordered/gcloud")).map_err(text)?;
        let emulator = Emulator::start(folder, &[]);
        let mut environment = emulator.environment();
        environment.push(("HOME".into(), folder.join("home").display().to_string()));
        environment.push(("TERM".into(), "dumb".into()));
        // gcloud's own waits are not what is tested.
        environment.push(("GCLOUD_STANDIN_WAIT_SCALE".into(), "0".into()));
        Ok(Self {
            emulator: Arc::new(emulator),
            folder: folder.to_owned(),
            environment,
            gcloud: gcloud.to_owned(),
            arguments: arguments.to_vec(),
            after: after.to_vec(),
        })
    }

    /// Runs a person's script in this place.
    pub fn live(&self, script: &Path) -> Result<(), String> {
        let path =
            format!("{}:{}", self.folder.join("plain").display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("bash");
        command.env_clear().envs(self.environment.iter().cloned()).env("PATH", path).arg(script);
        let output = command.current_dir(&self.folder).output().map_err(text)?;
        match output.status.success() {
            true => Ok(()),
            false => Err(format!("{}: {}", script.display(), String::from_utf8_lossy(&output.stderr))),
        }
    }

    fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    fn notes_file(&self) -> PathBuf {
        self.folder.join("notes")
    }

    fn orders_file(&self) -> PathBuf {
        self.folder.join("orders")
    }

    /// Sets fail points of a tool that has stopped itself.
    pub fn arm(&self, failpoints: &str) -> Result<(), String> {
        fs::write(self.orders_file(), failpoints).map_err(text)
    }

    fn saved(&self, command: usize) -> PathBuf {
        self.folder.join("saved").join(command.to_string())
    }

    /// What the tool said as an error in its last run.
    pub fn errors(&self) -> String {
        fs::read_to_string(self.folder.join("errors")).unwrap_or_default()
    }

    /// Starts the run, or another command of the tool, with these fail points.
    pub fn start(
        &self,
        arguments: &[String],
        path: OnPath,
        failpoints: &str,
        look: impl FnMut(&str) + Send + 'static,
    ) -> Result<Tool, String> {
        for file in [self.notes_file(), self.orders_file()] {
            let _ = fs::remove_file(file);
        }
        let bin = self.folder.join(if path == OnPath::Plain { "plain" } else { "ordered" });
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new(support::program(TOOL));
        command.env_clear().envs(self.environment.iter().cloned()).current_dir(support::top());
        command.env("PATH", path).env("FAILPOINTS", failpoints).env("FAILPOINT_NOTES", self.notes_file());
        command.env("FAILPOINT_ORDERS", self.orders_file());
        command.args(arguments).args(["--yes", "--wait-scale", "0", "--output", "json", "--state-dir"]);
        command.arg(self.state());
        Tool::start(command, &self.folder.join("errors"), look)
    }

    /// Starts the run.
    pub fn start_run(
        &self,
        path: OnPath,
        failpoints: &str,
        look: impl FnMut(&str) + Send + 'static,
    ) -> Result<Tool, String> {
        self.start(&self.arguments, path, failpoints, look)
    }

    /// Runs the run to its end.
    pub fn run(&self, look: impl FnMut(&str) + Send + 'static) -> Result<(), String> {
        let mut tool = self.start(&self.arguments, OnPath::Plain, "", look)?;
        self.must_succeed(tool.finish()?)
    }

    /// Runs what must find nothing to do.
    pub fn run_after(&self) -> Result<(), String> {
        let mut tool = self.start(&self.after, OnPath::Plain, "", |_| {})?;
        self.must_succeed(tool.finish()?)
    }

    /// Anything but exit code 0 is an error, with what was said.
    pub fn must_succeed(&self, reached: Reached) -> Result<(), String> {
        if reached == Reached::Exited(0) {
            return Ok(());
        }
        Err(format!("{reached:?}\n{}", self.errors()))
    }

    /// What the fail points wrote down: moment, order, and at what.
    pub fn notes(&self) -> Vec<(String, String, String)> {
        let text = fs::read_to_string(self.notes_file()).unwrap_or_default();
        let line = |line: &str| -> Option<(String, String, String)> {
            let mut parts = line.splitn(3, '\t').map(str::to_owned);
            Some((parts.next()?, parts.next()?, parts.next()?))
        };
        text.lines().filter_map(line).collect()
    }

    /// Gives orders to the children to come.
    pub fn order(&self, alone: bool, ask: Option<PathBuf>) -> Result<(), String> {
        let orders = Orders { program: self.gcloud.clone(), alone, ask };
        let text_of = serde_json::to_vec(&orders).map_err(text)?;
        fs::write(orders::file(&self.folder.join("home")), text_of).map_err(text)
    }

    /// Where a child asks.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("asks")
    }

    /// What the tool has written down, of each environment.
    fn checkpoints(&self) -> Vec<toml::Table> {
        let folders = fs::read_dir(self.state()).into_iter().flatten().flatten();
        let texts = folders.filter_map(|f| fs::read_to_string(f.path().join("checkpoint.toml")).ok());
        texts.filter_map(|text| text.parse().ok()).collect()
    }

    /// The child that the checkpoint says is at work.
    pub fn recorded_child(&self) -> Option<i32> {
        self.checkpoints().iter().find_map(|checkpoint| {
            let intents = checkpoint.get("intents")?.as_array()?;
            let pid = intents.iter().find_map(|intent| intent.get("pid")?.as_integer())?;
            i32::try_from(pid).ok()
        })
    }

    /// Whether the checkpoint says that the run came to its end, with nothing in flight.
    pub fn recorded_end(&self) -> bool {
        let checkpoints = self.checkpoints();
        let ended = |checkpoint: &toml::Table| {
            let intents = checkpoint.get("intents").and_then(toml::Value::as_array);
            checkpoint.contains_key("finished") && intents.is_none_or(Vec::is_empty)
        };
        !checkpoints.is_empty() && checkpoints.iter().all(ended)
    }

    /// What lives in this worker's place, the emulator aside.
    pub fn processes(&self) -> Vec<i32> {
        support::with_environment(&format!("HOME={}", self.folder.join("home").display()))
    }

    /// Keeps the world and the tool's folder as they are before a command.
    pub fn save(&self, command: usize) -> Result<(), String> {
        let to = self.saved(command);
        fs::create_dir_all(&to).map_err(text)?;
        self.emulator.save(&to.join("world.json"));
        copy(&self.state(), &to.join("state")).map_err(text)
    }

    /// Goes back to what was kept.
    pub fn load(&self, command: usize) -> Result<(), String> {
        self.emulator.load(&self.saved(command).join("world.json"));
        let _ = fs::remove_dir_all(self.state());
        copy(&self.saved(command).join("state"), &self.state()).map_err(text)
    }

    /// The world as it is now, secrets in plain.
    pub fn plain_world(&self) -> Result<serde_json::Value, String> {
        let file = self.folder.join("now.json");
        self.emulator.save(&file);
        serde_json::from_slice(&fs::read(file).map_err(text)?).map_err(text)
    }
}

/// Copies a folder, the records of earlier runs aside: they grow, and no run reads them.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if !from.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_name() == "runs" {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_everything_but_the_records_of_runs() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        fs::create_dir_all(from.join("dev/runs/1")).unwrap();
        fs::write(from.join("dev/checkpoint.toml"), "x").unwrap();
        let to = folder.path().join("to");
        copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("dev/checkpoint.toml")).unwrap(), "x");
        assert!(!to.join("dev/runs").exists());
        copy(&folder.path().join("none"), &to).unwrap();
    }
}
