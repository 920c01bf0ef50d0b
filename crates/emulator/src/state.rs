//! The state file: the world, and the certificate authority that clients were told to trust.

use crate::tls::Authority;
use crate::world::World;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::Write as _;
use std::path::Path;

/// What survives a restart and a kill.
#[derive(Serialize, Deserialize)]
pub struct Saved {
    /// Format of this file.
    pub version: u32,
    /// Everything that exists.
    pub world: World,
    /// Clients that run on were given this one.
    pub authority: Authority,
}

/// The format that this emulator writes.
pub const VERSION: u32 = 1;

/// Reads a state file; `None` where there is none yet.
pub fn read(path: &Path) -> Result<Option<Saved>, std::io::Error> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let saved: Saved = serde_json::from_str(&text)?;
    if saved.version != VERSION {
        let text = format!(
            "format {} of the state file is not the one this emulator knows, {VERSION}",
            saved.version
        );
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, text));
    }
    Ok(Some(saved))
}

/// Writes a state file: all of it or nothing, also when the process is killed in the middle. It holds secrets in
/// plain, so it is readable by its owner only. It is not synced to the disk: only a power cut could lose it, and a
/// rehearsal would spend most of its time on that.
pub fn write(path: &Path, world: &World, authority: &Authority) -> Result<(), std::io::Error> {
    #[derive(Serialize)]
    struct Saving<'a> {
        version: u32,
        world: &'a World,
        authority: &'a Authority,
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer(
        std::io::BufWriter::new(&mut file),
        &Saving { version: VERSION, world, authority },
    )?;
    file.flush()?;
    file.persist(path).map(drop).map_err(|e| e.error)
}
