//! `unlock` and `reset`: files of this machine only; the cloud is not touched.

use crate::args::Options;
use crate::exit::{DONE, FAILED, LOCKED, Stop};
use crate::{say, settings};
use engine::lock::{Holder, Lock};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// Says who holds the lock. The kernel frees it when its holder dies, so there is never a dead one to break.
pub fn unlock(options: &Options) -> Result<u8, Stop> {
    let folder = settings::folder(options);
    match Lock::holder(&folder).map_err(|e| Stop::say(FAILED, e.to_string()))? {
        None => {
            say::line(format_args!("Nobody holds the lock of {}.", folder.display()));
            Ok(DONE)
        }
        Some(holder) => {
            // A process id means nothing on another machine, where a shared folder may be held from.
            let here = Holder::this(String::new()).host;
            let place = holder.as_ref().filter(|h| h.host != here).map(|h| format!(" on {}", h.host));
            let who = holder
                .as_ref()
                .map_or_else(|| "a run that has not said who it is".to_owned(), Holder::to_string);
            let text = format!(
                "The lock of {} is held by {who}.\nIt is free as soon as that run ends: stop it (kill -TERM {}{}), or wait.",
                folder.display(),
                holder.map_or_else(|| "PID".to_owned(), |h| h.pid.to_string()),
                place.unwrap_or_default()
            );
            Err(Stop::say(LOCKED, text))
        }
    }
}

/// Forgets the checkpoint; with `--rehearse` the emulator's world too.
pub fn reset(options: &Options) -> Result<u8, Stop> {
    let folder = settings::folder(options);
    if !folder.exists() {
        say::line(format_args!("There is nothing to forget in {}.", folder.display()));
        return Ok(DONE);
    }
    let _lock = Lock::take(&folder, &Holder::this(crate::resume::command_line()))
        .map_err(|e| Stop::say(LOCKED, e.to_string()))?;
    remove(&folder.join("checkpoint.toml"))?;
    if options.rehearse.is_some() {
        remove(&folder.join("world.json"))?;
        say::line(format_args!("Forgotten: the checkpoint and the emulated world in {}.", folder.display()));
    } else {
        say::line(format_args!(
            "Forgotten: the checkpoint in {}. The cloud is as it was; the next run checks everything.",
            folder.display()
        ));
    }
    Ok(DONE)
}

fn remove(path: &Path) -> Result<(), Stop> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(Stop::say(FAILED, format!("Cannot remove {}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}
