//! Google, for a rehearsal: an emulator in this process, its world kept between runs.

use crate::args::Rehearse;
use crate::exit::{PREFLIGHT, Stop, USAGE};
use emulator::environment::Environment;
use std::path::Path;

/// In a rehearsal an hour of Google's takes 36 seconds, so that there is something to watch and nothing to wait for.
pub const SCALE: f64 = 0.01;

/// A running emulator and what points gcloud at it.
pub struct Rehearsal {
    /// It stops when this is dropped.
    pub emulator: emulator::Handle,
    /// Variables for gcloud.
    pub environment: Environment,
}

/// Starts one, with its world in `folder/world.json`.
pub fn start(how: Rehearse, folder: &Path, scale: f64) -> Result<Rehearsal, Stop> {
    if how == Rehearse::Embedded {
        let text = "The embedded stand-in for gcloud is not part of this version. Use --rehearse, which takes the real gcloud.";
        return Err(Stop::say(USAGE, text));
    }
    let fail =
        |error: &dyn std::fmt::Display| Stop::say(PREFLIGHT, format!("The emulator does not start: {error}"));
    let options =
        emulator::Options { state: Some(folder.join("world.json")), time_scale: scale, ..Default::default() };
    let emulator = emulator::start(options).map_err(|e| fail(&e))?;
    let environment =
        emulator::environment::prepare(&emulator.url, &folder.join("google"), &emulator.authority)
            .map_err(|e| fail(&e))?;
    Ok(Rehearsal { emulator, environment })
}
