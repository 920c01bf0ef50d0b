//! `deploy-all init`: writes a commented config, from questions, from flags, or from the bash scripts' `project.env`.

mod from_env;
mod questions;
mod shell;

use crate::args::{Init, Options};
use crate::exit::{DONE, FAILED, Stop, USAGE};
use crate::here::Here;
use crate::settings::{self, Settings};
use crate::{look, say, signals};
use config::{Config, FileSource, Loaded, Problem, Source};
use gcloud::Interrupt;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// The environments that there are defaults for.
const ENVIRONMENTS: [&str; 3] = ["dev", "staging", "prod"];

/// The file that a new one of this environment begins as.
fn base(environment: &str) -> Option<&'static str> {
    match environment {
        "dev" => Some(include_str!("../../../../configs/dev.toml")),
        "staging" => Some(include_str!("../../../../configs/staging.toml")),
        "prod" => Some(include_str!("../../../../configs/prod.toml")),
        _ => None,
    }
}

/// Writes it.
///
/// # Errors
/// What keeps it from being written. Nothing is written then.
pub fn run(options: &Options, init: &Init) -> Result<u8, Stop> {
    let converted = match &init.from_env {
        Some(file) => Some(convert(file, init)?),
        None => None,
    };
    let person = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let asking = person && converted.is_none() && !options.yes;
    let interrupt = Interrupt::new();
    if asking {
        signals::watch(interrupt.clone(), signals::Screen::default())
            .map_err(|e| Stop::say(FAILED, format!("Cannot watch for signals: {e}")))?;
    }
    let environment = match converted.as_ref().and_then(|c| c.environment.clone()) {
        Some(environment) => environment,
        None if asking => questions::environment(&options.env, &interrupt)?,
        None => options.env.clone(),
    };
    let base = base(&environment).ok_or_else(|| {
        let known = ENVIRONMENTS.join(", ");
        Stop::say(USAGE, format!("init has defaults for {known}, not for {environment:?}.\nWrite one of these, and copy it: cp configs/dev.toml configs/{environment}.toml"))
    })?;
    let path = options
        .config
        .clone()
        .unwrap_or_else(|| PathBuf::from("configs").join(format!("{environment}.toml")));
    if path.exists() && !init.force {
        return Err(exists(&path));
    }
    let mut answers = Answers::new(&environment, base);
    for (key, value) in converted.iter().flat_map(|c| &c.values) {
        answers.take(key, value);
    }
    for (key, value) in init.given() {
        answers.take(key, value);
    }
    answers.more.clone_from(&options.set);
    if asking {
        let accounts =
            if init.billing_account.is_some() { Ok(Vec::new()) } else { accounts(options, &answers) };
        questions::ask_for(&mut answers, &accounts, &interrupt)?;
    } else if converted.is_none() && !answers.has("project.id") {
        let text = "There is nobody to ask: say at least --project-id ID.\nThe others have defaults: --billing-account, --region, --github OWNER/NAME, --email, --set KEY=VALUE.";
        return Err(Stop::say(USAGE, text));
    }
    if let Some(converted) = &converted {
        converted.report.iter().for_each(say::line);
        say::line("");
    }
    let loaded = answers.load().map_err(|problems| invalid(&problems, converted.as_ref()))?;
    let text = loaded.config.written(base, &answers.keys());
    check(&text, &loaded.config)?;
    save(&path, &text, init.force)?;
    tell(&path, &environment, options, &loaded);
    Ok(DONE)
}

/// What was answered so far.
pub struct Answers {
    name: String,
    base: &'static str,
    /// `redis.memory_gb=2`
    set: Vec<(String, String)>,
    /// What `--set` gave.
    more: Vec<String>,
}

impl Answers {
    fn new(environment: &str, base: &'static str) -> Self {
        Self { name: format!("{environment}.toml"), base, set: Vec::new(), more: Vec::new() }
    }

    /// Whether there is an answer for this key, or for one in its table.
    fn has(&self, key: &str) -> bool {
        let set = self.more.iter().filter_map(|set| Some(set.split_once('=')?.0));
        let mut all = self.set.iter().map(|(key, _)| key.as_str()).chain(set);
        all.any(|found| found == key || found.strip_prefix(key).is_some_and(|rest| rest.starts_with('.')))
    }

    /// Takes an answer as it is.
    fn take(&mut self, key: &str, value: &str) {
        match key {
            "ci_cd.github" => {
                let (owner, name) = value.split_once('/').unwrap_or((value, ""));
                self.put("ci_cd.github.owner", owner);
                self.put("ci_cd.github.name", name);
            }
            "project.region" => {
                self.put(key, value);
                // These two regions have no zone a.
                let letter = if matches!(value, "europe-west1" | "us-east1") { "b" } else { "a" };
                if !self.has("project.zone") {
                    self.put("project.zone", &format!("{value}-{letter}"));
                }
            }
            _ => self.put(key, value),
        }
    }

    fn put(&mut self, key: &str, value: &str) {
        self.set.retain(|(known, _)| known != key);
        self.set.push((key.to_owned(), value.to_owned()));
    }

    /// Takes an answer if the config does.
    fn give(&mut self, key: &str, value: &str) -> Result<(), Vec<String>> {
        let before = self.set.clone();
        self.take(key, value);
        let Err(problems) = self.load() else { return Ok(()) };
        let about = |problem: &&Problem| {
            problem.key.starts_with(key) || (key == "project.region" && problem.key == "project.zone")
        };
        let told: Vec<String> = problems.iter().filter(about).map(describe).collect();
        if told.is_empty() {
            return Ok(());
        }
        self.set = before;
        Err(told)
    }

    /// What the file says before anything is answered.
    fn default_of(&self, key: &str) -> String {
        let (table, name) = key.split_once('.').unwrap_or((key, ""));
        let source = Source::file(self.file());
        let resolved = config::load(&source).map(|loaded| loaded.config.resolved()).unwrap_or_default();
        let value = resolved.get(table).and_then(|table| table.get(name)).and_then(|value| value.as_str());
        value.unwrap_or_default().to_owned()
    }

    fn file(&self) -> FileSource {
        FileSource::Text { name: self.name.clone(), bytes: self.base.as_bytes().to_vec() }
    }

    fn load(&self) -> Result<Loaded, Vec<Problem>> {
        let answers = self.set.iter().map(|(key, value)| format!("{key}={value}"));
        let set = answers.chain(self.more.iter().cloned()).collect();
        config::load(&Source { set, ..Source::file(self.file()) }).map_err(|errors| errors.problems)
    }

    fn keys(&self) -> Vec<String> {
        let more = self.more.iter().filter_map(|set| Some(set.split_once('=')?.0.trim().to_owned()));
        self.set.iter().map(|(key, _)| key.clone()).chain(more).collect()
    }
}

fn describe(problem: &Problem) -> String {
    let mut text = problem.value.clone().unwrap_or_default();
    text = format!("{text} {}", problem.what).trim().to_owned();
    for (name, part) in [("allowed", &problem.allowed), ("remedy", &problem.remedy)] {
        if !part.is_empty() {
            text.push_str(&format!("\n    {name}: {part}"));
        }
    }
    text
}

fn invalid(problems: &[Problem], converted: Option<&from_env::Converted>) -> Stop {
    let mut text = String::from("Not everything can be taken; nothing was written.");
    for problem in problems {
        let origins = converted.map(|c| c.origins.as_slice()).unwrap_or_default();
        let origin =
            origins.iter().find(|(key, _)| *key == problem.key).map(|(_, origin)| format!("{origin}, "));
        text.push_str(&format!(
            "\n\n{}{}\n  {}",
            origin.unwrap_or_default(),
            problem.key,
            describe(problem).replace("\n  ", "\n")
        ));
    }
    Stop::say(USAGE, text)
}

fn convert(file: &Path, init: &Init) -> Result<from_env::Converted, Stop> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Stop::say(USAGE, format!("Cannot read {name}: {error}")))?;
    from_env::convert(&text, &name, init.github.as_deref()).map_err(|said| Stop::say(USAGE, said))
}

/// The open billing accounts. That they cannot be listed is no reason not to write a config.
fn accounts(options: &Options, answers: &Answers) -> questions::Accounts {
    let why = |stop: Stop| stop.headline().to_owned();
    let source = Source::file(answers.file());
    let loaded = config::load(&source).map_err(|errors| errors.to_string())?;
    let look = look::with(options, Settings { folder: settings::folder(options), loaded }).map_err(why)?;
    step_project::billing_accounts(&look.engine.reader()).map_err(|error| error.to_string())
}

fn exists(path: &Path) -> Stop {
    let path = path.display();
    Stop::say(
        USAGE,
        format!(
            "{path} exists already; nothing was written.\n--force writes it anew, --config FILE writes another."
        ),
    )
}

/// What is written must be what was meant.
fn check(text: &str, wanted: &Config) -> Result<(), Stop> {
    let file = FileSource::Text { name: "the new file".to_owned(), bytes: text.as_bytes().to_vec() };
    match config::load(&Source::file(file)) {
        Ok(loaded) if loaded.config == *wanted => Ok(()),
        Ok(_) => Err(Stop::say(
            FAILED,
            "The new file would not say what was meant; nothing was written. This is a defect of init.",
        )),
        Err(errors) => Err(Stop::say(FAILED, errors.to_string())),
    }
}

/// All of the file or nothing, and over no other unless that is asked for.
fn save(path: &Path, text: &str, force: bool) -> Result<(), Stop> {
    let fail =
        |error: &std::io::Error| Stop::say(FAILED, format!("Cannot write {}: {error}", path.display()));
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|e| fail(&e))?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| fail(&e))?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(|e| fail(&e))?;
    // A config is no secret, and others of the team may read it.
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644)).map_err(|e| fail(&e))?;
    let done = if force { file.persist(path) } else { file.persist_noclobber(path) };
    match done {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Err(exists(path)),
        Err(error) => Err(fail(&error.error)),
    }
}

fn tell(path: &Path, environment: &str, options: &Options, loaded: &Loaded) {
    let config = &loaded.config;
    say::line(format_args!(
        "Written: {} (project {}, {})",
        path.display(),
        config.project.id,
        config.project.region
    ));
    for warning in &loaded.warnings {
        say::line(format_args!("  warning: {warning}"));
    }
    // What was set is in the file now.
    let options = Options { env: environment.to_owned(), set: Vec::new(), ..options.clone() };
    let here = Here::new(&options, None);
    say::line("Next:");
    let next = [
        ("doctor", "what would make a deploy fail"),
        ("cost", "what the month will cost"),
        ("plan", "what would be made"),
    ];
    let next = next.map(|(command, what)| (here.command(&format!("deploy-all {command}")), what));
    let widest = next.iter().map(|(command, _)| command.len()).max().unwrap_or(0);
    for (command, what) in next {
        say::line(format_args!("  {command:<widest$}  {what}"));
    }
}
