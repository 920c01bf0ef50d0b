//! Where cells begin: the world and the state folder just before each step, as a run leaves them that was stopped there.

use crate::run::{self, BASE};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use support::{Lab, normalised};
use tempfile::TempDir;

/// The first change that each step makes after the first one, and the how manieth of its kind it is from there on.
const FIRST_CHANGES: &[(&str, u32)] = &[
    ("^(POST|DELETE) compute", 1),
    ("^POST sqladmin.*/instances\\?", 1),
    ("^POST redis.*/instances\\?", 1),
    ("^POST iam.*/serviceAccounts\\?", 1),
    ("^POST artifactregistry.*/repositories\\?", 1),
    // The first bucket is that of the builds' sources.
    ("^POST storage.*/b\\?", 2),
];

/// The repository whose pushes build. A person has connected it.
const OWNER: &str = "acme";
const REPOSITORY: &str = "shop";

/// The project of the environment that is deployed.
pub const PROJECT: &str = "codementor-dev";

/// The steps' ids, in order.
pub const STEPS: [&str; 7] =
    ["00-project", "01-network", "02-database", "03-redis", "04-cloud-run", "05-ci-cd", "06-monitoring"];

/// One moment of an undisturbed deployment.
pub struct Stage {
    world: PathBuf,
    state: PathBuf,
    place: String,
    /// What there is, without what a server chooses.
    pub lines: Vec<String>,
}

/// All moments: before the first step, between the steps, after the last.
pub struct Stages {
    stages: Vec<Stage>,
    _folder: TempDir,
}

impl Stages {
    /// Deploys once, stopped before each step by a login that is refused; as far as the step with the number `last`.
    pub fn prepare(lab: &Lab, last: usize) -> Result<Self, String> {
        let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
        let mut stages = vec![Stage::save(lab, &folder.path().join("0"))?];
        for (number, (change, nth)) in FIRST_CHANGES.iter().enumerate().take(last) {
            lab.emulator.fault(json!({"match": change, "nth": nth, "action": {"status": {"code": 401}}}));
            let until = ["--until", STEPS[number + 1]];
            let stopped = run::deploy(lab, &[&BASE[..], &until].concat())?;
            if stopped.code != Some(1) || lab.emulator.faults()[0]["fired"] == 0 {
                return Err(format!(
                    "the run did not stop before {}:\n{}",
                    STEPS[number + 1],
                    stopped.stderr
                ));
            }
            lab.emulator.lift_faults();
            if number == 0 {
                lab.emulator.connect(&json!({"project": PROJECT, "owner": OWNER, "name": REPOSITORY}));
            }
            stages.push(Stage::save(lab, &folder.path().join((number + 1).to_string()))?);
        }
        let finished = run::deploy(lab, &[&BASE[..], &["--until", STEPS[last]]].concat())?;
        if finished.code != Some(0) {
            return Err(format!("the undisturbed run fails:\n{}", finished.stderr));
        }
        stages.push(Stage::save(lab, &folder.path().join("end"))?);
        Ok(Self { stages, _folder: folder })
    }

    /// The moment before a step; after the last step for the one that follows it.
    pub fn before(&self, step: usize) -> &Stage {
        &self.stages[step]
    }
}

impl Stage {
    fn save(lab: &Lab, folder: &Path) -> Result<Self, String> {
        fs::create_dir_all(folder).map_err(|e| e.to_string())?;
        let world = folder.join("world.json");
        lab.emulator.save(&world);
        let state = folder.join("state");
        copy(&lab.state(), &state, &|text| text)?;
        let lines = normalised(&lab.emulator.world());
        Ok(Self { world, state, place: place(lab), lines })
    }

    /// Goes back to this moment, in any laboratory.
    pub fn load(&self, lab: &Lab) -> Result<(), String> {
        lab.emulator.load(&self.world);
        if lab.state().exists() {
            fs::remove_dir_all(lab.state()).map_err(|e| e.to_string())?;
        }
        // The checkpoint says where its run went; that is this emulator now.
        let here = place(lab);
        copy(&self.state, &lab.state(), &|text| ripe(&text.replace(&self.place, &here)))
    }
}

/// With a project that was made long before: in a deployment's first two minutes, what a new project refuses may pass.
fn ripe(text: &str) -> String {
    let mut section = "";
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            section = line;
        }
        match line.starts_with("project = ") && section == "[caused]" {
            true => lines.push("project = \"2025-01-01T00:00:00Z\"".to_owned()),
            false => lines.push(line.to_owned()),
        }
    }
    lines.join("\n") + "\n"
}

fn place(lab: &Lab) -> String {
    lab.emulator.url.trim_start_matches("http://").to_owned()
}

/// Copies what a run goes on from. The records of runs are nobody's input.
fn copy(from: &Path, to: &Path, change: &dyn Fn(String) -> String) -> Result<(), String> {
    let Ok(entries) = fs::read_dir(from) else { return Ok(()) };
    fs::create_dir_all(to).map_err(|e| e.to_string())?;
    for entry in entries.flatten() {
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == "runs" {
            continue;
        }
        if path.is_dir() {
            copy(&path, &target, change)?;
            continue;
        }
        let text = fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        fs::write(&target, change(text)).map_err(|e| format!("{}: {e}", target.display()))?;
    }
    Ok(())
}
