//! From the command line to a valid config and the folders of this environment.

use crate::args::Options;
use crate::exit::{Stop, USAGE};
use config::{FileSource, Loaded, Source};
use std::path::PathBuf;

/// What all commands need.
pub struct Settings {
    /// The config and its warnings.
    pub loaded: Loaded,
    /// `<state-dir>/<env>`, or `<env>.rehearsal`.
    pub folder: PathBuf,
}

/// Loads the config; all of its errors are told at once.
pub fn load(options: &Options) -> Result<Settings, Stop> {
    let file = match &options.config {
        Some(path) => FileSource::Path(path.clone()),
        None => FileSource::Named { directory: PathBuf::from("configs"), name: options.env.clone() },
    };
    let source = Source { file, environment: std::env::vars_os().collect(), set: options.set.clone() };
    let loaded = config::load(&source).map_err(|errors| Stop::say(USAGE, errors.to_string()))?;
    Ok(Settings { folder: folder(options), loaded })
}

/// Where this environment keeps its files. A rehearsal has its own, so that it can never be taken for the real thing.
pub fn folder(options: &Options) -> PathBuf {
    let name =
        if options.rehearse.is_some() { format!("{}.rehearsal", options.env) } else { options.env.clone() };
    options.state_dir.join(name)
}
