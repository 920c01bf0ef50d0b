//! Files of the environment's folder.

use crate::failpoint;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Replaces a file: all of it or nothing, also when the power fails in the middle. Only its owner can read it.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let temporary = path.with_file_name(name);
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    let at = path.to_string_lossy();
    failpoint::tear("write-torn", &at, &mut file, content);
    file.write_all(content)?;
    file.sync_all()?;
    failpoint::reach("write-whole", &at);
    fs::rename(&temporary, path)?;
    failpoint::reach("write-renamed", &at);
    fs::File::open(folder)?.sync_all()
}
