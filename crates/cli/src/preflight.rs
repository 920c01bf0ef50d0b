//! Before anything else: is gcloud here, is it new enough, where would its calls go, who would it be?

use crate::args::Options;
use crate::exit::{PREFLIGHT, Stop, interrupted};
use crate::rehearsal::Rehearsal;
use crate::say;
use crate::web::Way;
use config::Config;
use display::Problem;
use gcloud::{Environment, Gcloud, Info, Interrupt, Memory, Redirections};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The component that a stand-in for gcloud names among its own.
const STANDIN: &str = "gcloud-standin";

/// A gcloud that may be used, and what is known of it.
pub struct Ready {
    /// Runs commands for the project of the config.
    pub gcloud: Gcloud,
    /// What `gcloud info` said.
    pub info: Info,
    /// The login; `None` where an access token stands for it.
    pub account: Option<String>,
    /// What the first line says of where the calls go, when not to Google.
    pub redirection: Option<String>,
    /// How the checkpoint tells one place from another. The port of a rehearsal changes from run to run; its world stays.
    pub place: Option<String>,
    /// How a URL is asked.
    pub way: Way,
    /// How many gcloud processes it took.
    pub commands: u32,
}

/// Looks at gcloud. `folder` is this environment's, `files` that for files that commands read.
pub fn check(
    options: &Options,
    config: &Config,
    rehearsal: Option<&Rehearsal>,
    interrupt: &Interrupt,
    folder: &Path,
    files: PathBuf,
) -> Result<Ready, Stop> {
    let resume = crate::resume::command_line();
    let standin = rehearsal.and_then(|rehearsal| rehearsal.standin.clone());
    let built_in = standin.is_some();
    let path = standin.map_or_else(|| Gcloud::find(None), Ok).map_err(|error| {
        let todo = match rehearsal {
            Some(_) => "Rehearse with the built-in stand-in (--rehearse), or install the Google Cloud SDK.",
            None => "Install the Google Cloud SDK and see that `gcloud` is on the PATH.",
        };
        refuse("The Google Cloud SDK is needed.", &error.to_string(), todo.to_owned(), &resume)
    })?;
    let first = match rehearsal {
        Some(rehearsal) => private(rehearsal),
        None => Environment::whole(),
    };
    let probe = Gcloud::new(path.clone(), first, interrupt.clone(), files.clone());
    let person =
        || std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
    let known: Vec<(String, String)> = match rehearsal {
        // The port changes from run to run and says nothing about the installation.
        Some(rehearsal) => rehearsal
            .environment
            .set
            .iter()
            .filter(|(name, _)| name != "CLOUDSDK_PROXY_PORT")
            .cloned()
            .collect(),
        None => person().collect(),
    };
    let memory = Memory::new(folder.join("gcloud.json"), path.clone(), known);
    let (info, commands) = memory.info(&probe).map_err(|error| {
        if let Some(signal) = interrupt.signal() {
            return Stop::say(interrupted(signal), "Interrupted. Nothing was changed.");
        }
        let todo = format!("{}.", error.todo());
        refuse("gcloud cannot be used.", &error.to_string(), todo, &resume)
    })?;
    let by = match (built_in, info.components.contains_key(STANDIN)) {
        (true, _) => "the built-in stand-in for gcloud",
        (false, true) => "the stand-in for gcloud",
        (false, false) => "the real gcloud",
    };
    let (environment, redirection, place, way) = match rehearsal {
        Some(rehearsal) => {
            let text = format!("{by}, against the emulator at {}", rehearsal.emulator.url);
            let (proxy, authority) = (rehearsal.emulator.url.clone(), rehearsal.emulator.authority.clone());
            let way = Way::Through { proxy, authority };
            (private(rehearsal), Some(text), Some("rehearsal".to_owned()), way)
        }
        None => {
            let variables = person();
            let found = Redirections::find(&info, variables).map_err(|refused| {
                let why: Vec<String> = refused.iter().map(ToString::to_string).collect();
                let todo: Vec<String> = refused.iter().map(|r| r.todo.clone()).collect();
                refuse("gcloud would not talk to Google.", &why.join("\n"), todo.join("\n"), &resume)
            })?;
            let text = found.target.as_ref().map(|target| format!("{by}, against {target} on this machine"));
            let place = found.target.clone();
            let way = way(&info, place.as_deref());
            (Environment::from_process(found.variables), text, place, way)
        }
    };
    let account = config.project.account.clone().or_else(|| info.account.clone());
    if account.is_none() && rehearsal.is_none() && info.property("auth/access_token_file").is_none() {
        let why = "You do not currently have an active account selected.";
        return Err(refuse("gcloud has no login.", why, "Log in: `gcloud auth login`".to_owned(), &resume));
    }
    if rehearsal.is_none() && options.verbose {
        tell_account(account.as_deref());
    }
    let account = if info.property("auth/access_token_file").is_some() {
        config.project.account.clone()
    } else {
        account
    };
    let gcloud = Gcloud::new(path, environment, interrupt.clone(), files)
        .project(config.project.id.clone())
        .account(account.clone());
    Ok(Ready { gcloud, info, account, redirection, place, way, commands })
}

/// How a URL is asked where gcloud's calls go to this target.
fn way(info: &Info, target: Option<&str>) -> Way {
    let Some(target) = target else { return Way::Direct };
    let authority =
        info.property("core/custom_ca_certs_file").and_then(|file| std::fs::read_to_string(file).ok());
    match (info.property("proxy/address"), authority) {
        (Some(_), Some(authority)) => Way::Through { proxy: format!("http://{target}"), authority },
        _ => Way::Nowhere,
    }
}

fn tell_account(account: Option<&str>) {
    say::aside(format_args!("Account: {}", account.unwrap_or("that of the access token")));
}

/// The environment of a rehearsal: the emulator's variables, and of the person's only what a program needs to run.
fn private(rehearsal: &Rehearsal) -> Environment {
    let kept = ["PATH", "TMPDIR"];
    let own = std::env::vars_os().filter(|(name, _)| kept.iter().any(|k| name == k));
    let home = rehearsal.environment.set.iter().find(|(name, _)| name == "CLOUDSDK_CONFIG");
    // gcloud writes a few things below HOME; a rehearsal leaves the person's own alone.
    let home = home.map(|(_, folder)| (OsString::from("HOME"), OsString::from(folder)));
    Environment::from_variables(own.chain(home), rehearsal.environment.set.clone())
}

fn refuse(what: &str, said: &str, todo: String, resume: &str) -> Stop {
    let problem = Problem {
        what: what.to_owned(),
        said: said.to_owned(),
        todo,
        resume: resume.to_owned(),
        ..Problem::default()
    };
    Stop::problem(PREFLIGHT, problem)
}
