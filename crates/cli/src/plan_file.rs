//! `plan --out FILE`, and `--plan FILE`: exactly that plan or nothing.

use crate::args::Options;
use crate::exit::{FAILED, Stop, USAGE};
use crate::work::Work;
use crate::{report, resume, settings};
use config::Origin;
use display::Problem;
use engine::saved::{FORMAT, SavedPlan};
use engine::{Address, Error, Plan};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The copy that a run keeps of the plan that it carries out.
const COPY: &str = "plan.json";

/// Saves a plan, and says how it is carried out.
///
/// # Errors
/// It cannot be written.
pub fn save(work: &Work, plan: &Plan, path: &Path, may_replace: &[String]) -> Result<(), Stop> {
    let config = &work.session.settings.loaded.config;
    let known = plan.items.iter().map(|item| &item.resource);
    let saved = SavedPlan {
        format: FORMAT,
        made: Timestamp::now(),
        tool: report::VERSION.to_owned(),
        project: config.project.id.clone(),
        redirection: work.session.ready.place.clone(),
        steps: work.selection.steps.clone(),
        may_replace: known.filter(|a| may_replace.iter().any(|text| text == a.as_str())).cloned().collect(),
        config: config.resolved(),
        items: plan.items.clone(),
    };
    saved.write(path).map_err(|error| unwritable(FAILED, error.to_string(), String::new()))?;
    let variables = variables(&work.session.settings.loaded.origins);
    let with = if variables.is_empty() { "" } else { ", with the variables that are set now" };
    let text = format!("the plan is saved in {}; this carries out exactly it{with}:", path.display());
    work.engine.reader().note(false, text, Some(format!("{variables}{}", resume::with_plan(path))));
    Ok(())
}

/// The variables of the environment that the config is made of, as a shell sets them for one command: without them it would be
/// another config.
fn variables(origins: &BTreeMap<String, Origin>) -> String {
    let names = origins.values().filter_map(|origin| match origin {
        Origin::Environment(name) => Some(name.as_str()),
        _ => None,
    });
    let names: BTreeSet<&str> = names.collect();
    let set = |name: &str| Some(format!("{name}={} ", gcloud::quote(&std::env::var(name).ok()?)));
    names.into_iter().filter_map(set).collect()
}

/// Whether a plan can be saved there, before minutes are spent on making it.
///
/// # Errors
/// It cannot: nothing was looked at.
pub fn check(path: &Path) -> Result<(), Stop> {
    let what = || format!("the plan cannot be saved in {}", path.display());
    if path.is_dir() {
        return Err(unwritable(USAGE, what(), "it is a folder".to_owned()));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // It is written beside its place first, and so is this.
    tempfile::NamedTempFile::new_in(folder)
        .map(drop)
        .map_err(|error| unwritable(USAGE, what(), format!("{}: {}", folder.display(), error.kind())))
}

fn unwritable(code: u8, what: String, why: String) -> Stop {
    let todo = "name a file in a folder that exists, can be written and has room: --out FILE".to_owned();
    Stop::problem(code, Problem { what, why, todo, resume: resume::command_line(), ..Problem::default() })
}

/// Reads a plan, and refuses it where it was made by another tool or from another config, before anything is looked at.
///
/// # Errors
/// It cannot be read, or belongs to something else: nothing was touched.
pub fn read(options: &Options, path: &Path) -> Result<SavedPlan, Stop> {
    let refuse = |what: String, why: String| {
        let todo = "make a new plan, look at it, and carry that out".to_owned();
        Stop::problem(USAGE, Problem { what, why, todo, resume: anew(path), ..Problem::default() })
    };
    let saved = SavedPlan::read(path).map_err(|e| refuse(e.to_string(), String::new()))?;
    let settings = settings::load(options)?;
    let config = &settings.loaded.config;
    let belongs = |what: &str| format!("the plan {} belongs to another {what}", path.display());
    if saved.project != config.project.id {
        return Err(refuse(
            belongs("project"),
            format!("it is for {}, the config says {}", saved.project, config.project.id),
        ));
    }
    if saved.tool != report::VERSION {
        let why = format!("version {} of this tool made it, this is {}", saved.tool, report::VERSION);
        return Err(refuse(belongs("version"), why));
    }
    let differing = config::differing_keys(&saved.config, &config.resolved());
    if !differing.is_empty() {
        return Err(refuse(
            belongs("config"),
            format!("these keys have other values now: {}", differing.join(", ")),
        ));
    }
    Ok(saved)
}

/// The options of a run that carries out a plan: what it may do and how far it goes are the plan's.
pub fn options(options: &Options, saved: &SavedPlan) -> Options {
    let may_replace = saved.may_replace.iter().map(Address::to_string).collect();
    Options { fresh: true, from: None, until: None, allow_replace: may_replace, ..options.clone() }
}

/// Why the plan that was made just now is not the saved one; `None` where it is. A run that stopped in the middle of this very
/// plan goes on.
pub fn moved(work: &Work, saved: &SavedPlan, path: &Path, now: &Plan) -> Option<Error> {
    let place = work.session.ready.place.as_deref();
    let lines = match saved.redirection.as_deref() == place {
        true => saved.moved(&now.items, begun(work, path)),
        false => {
            let name = |place: Option<&str>| place.unwrap_or("Google").to_owned();
            vec![format!("it is for {}, this is {}", name(saved.redirection.as_deref()), name(place))]
        }
    };
    if lines.is_empty() {
        return None;
    }
    let mut command = anew(path);
    for (option, step, usual) in [
        ("--from", saved.steps.first(), work.steps.first()),
        ("--until", saved.steps.last(), work.steps.last()),
    ] {
        if let Some(step) = step.filter(|step| usual.is_some_and(|usual| usual.id != step.as_str())) {
            command.push_str(&format!(" {option} {step}"));
        }
    }
    for address in &saved.may_replace {
        command.push_str(&format!(" --allow-replace {}", gcloud::quote(address.as_str())));
    }
    Some(Error::Instead {
        what: format!("the plan {} no longer holds: nothing was changed", path.display()),
        why: lines.join("\n"),
        todo: "look at what has moved, make a new plan, and carry that out".to_owned(),
        command,
    })
}

/// The command that makes a new plan in the place of this one.
fn anew(path: &Path) -> String {
    format!("deploy-all plan --out {}", gcloud::quote(&path.display().to_string()))
}

/// Whether the last run did not finish, and carried out this plan.
fn begun(work: &Work, path: &Path) -> bool {
    let Some(previous) = work.session.checkpoint().filter(|previous| previous.finished.is_none()) else {
        return false;
    };
    let copy = work.session.settings.folder.join("runs").join(previous.run).join(COPY);
    matches!((std::fs::read(copy), std::fs::read(path)), (Ok(a), Ok(b)) if a == b)
}

/// Keeps a copy beside the run's other files, by which a run that goes on knows the plan again.
///
/// # Errors
/// It cannot be written.
pub fn keep(work: &Work, saved: &SavedPlan) -> Result<(), Stop> {
    let Some(folder) = work.session.run_folder() else { return Ok(()) };
    saved.write(&folder.join(COPY)).map_err(|error| Stop::say(crate::exit::FAILED, error.to_string()))
}
