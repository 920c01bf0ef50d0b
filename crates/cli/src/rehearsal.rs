//! Google, for a rehearsal: an emulator in this process, its world kept between runs; and a gcloud, the real one or the
//! built-in stand-in.

use crate::args::Rehearse;
use crate::exit::{PREFLIGHT, Stop};
use emulator::environment::Environment;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A running emulator and what points gcloud at it.
pub struct Rehearsal {
    /// It stops when this is dropped.
    pub emulator: emulator::Handle,
    /// Variables for gcloud.
    pub environment: Environment,
    /// The stand-in; `None`: the real gcloud, wherever it is.
    pub standin: Option<PathBuf>,
}

impl Rehearse {
    /// How much of Google's time passes: there is something to watch and nothing to wait for. The twenty minutes of a
    /// first deploy take half a minute; the real gcloud is slow enough by itself.
    pub fn scale(self) -> f64 {
        match self {
            Self::Embedded => 0.025,
            Self::Gcloud => 0.01,
        }
    }
}

/// Whether this program was started as `gcloud`, which a rehearsal with the stand-in does.
pub fn asked_to_be_gcloud() -> bool {
    std::env::args_os().next().is_some_and(|name| Path::new(&name).file_name().is_some_and(|n| n == "gcloud"))
}

/// Starts one, with its world in `folder/world.json`.
pub fn start(how: Rehearse, folder: &Path, scale: f64) -> Result<Rehearsal, Stop> {
    let fail = |error: &dyn std::fmt::Display| {
        Stop::say(PREFLIGHT, format!("The rehearsal does not start: {error}"))
    };
    let options =
        emulator::Options { state: Some(folder.join("world.json")), time_scale: scale, ..Default::default() };
    let emulator = emulator::start(options).map_err(|e| fail(&e))?;
    let google = folder.join("google");
    let mut environment =
        emulator::environment::prepare(&emulator.url, &google, &emulator.authority).map_err(|e| fail(&e))?;
    let standin = match how {
        Rehearse::Gcloud => None,
        Rehearse::Embedded => {
            environment.set.push((standin::WAIT_SCALE.to_owned(), scale.to_string()));
            Some(link(&google.join("bin")).map_err(|e| fail(&e))?)
        }
    };
    Ok(Rehearsal { emulator, environment, standin })
}

/// `gcloud`, a link to this very program.
fn link(folder: &Path) -> std::io::Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let link = folder.join("gcloud");
    match std::fs::remove_file(&link) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => std::os::unix::fs::symlink(std::env::current_exe()?, &link)?,
    }
    Ok(link)
}
