//! One run at a time in one environment.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Who holds a lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Name of the machine.
    pub host: String,
    /// Login name.
    pub user: String,
    /// Process id.
    pub pid: u32,
    /// Command line.
    pub command: String,
    /// Since when.
    pub since: Timestamp,
}

impl Holder {
    /// This process.
    pub fn this(command: String) -> Self {
        let host = nix::unistd::gethostname()
            .ok()
            .and_then(|h| h.into_string().ok())
            .unwrap_or_else(|| "this machine".into());
        let user = nix::unistd::User::from_uid(nix::unistd::getuid())
            .ok()
            .flatten()
            .map_or_else(|| "unknown".into(), |u| u.name);
        Self { host, user, pid: std::process::id(), command, since: Timestamp::now() }
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}, pid {}, since {:.0}: {}", self.user, self.host, self.pid, self.since, self.command)
    }
}

/// Why the lock cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another run holds it.
    #[error("another run holds the lock {path}: {}", holder.as_ref().map_or_else(|| "it has not said who it is".to_owned(), Holder::to_string))]
    Held {
        /// The file.
        path: PathBuf,
        /// Who, where the file says so.
        holder: Option<Holder>,
    },
    /// The file cannot be used.
    #[error("cannot use the lock {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The lock of one environment; it is free when this is dropped, and when the process dies.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Takes `FOLDER/lock`. The kernel holds it, not the file's existence, and children do not inherit it: a crash
    /// leaves nothing to clean up.
    ///
    /// # Errors
    /// Another run holds it, or the file cannot be used.
    pub fn take(folder: &Path, holder: &Holder) -> Result<Self, LockError> {
        let path = folder.join("lock");
        let io = |source| LockError::Io { path: path.clone(), source };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(io)?;
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held { holder: says(&mut file), path }),
            Err(TryLockError::Error(source)) => return Err(LockError::Io { path, source }),
        }
        let text = toml::to_string(holder).map_err(|e| io(io::Error::other(e)))?;
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| file.write_all(text.as_bytes()))
            .map_err(io)?;
        Ok(Self { file })
    }

    /// Who holds `FOLDER/lock` now; `None` where nobody does.
    ///
    /// # Errors
    /// The file cannot be used.
    pub fn holder(folder: &Path) -> Result<Option<Option<Holder>>, LockError> {
        let path = folder.join("lock");
        let mut file = match File::options().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(error) if crate::checkpoint::nothing_there(&error) => return Ok(None),
            Err(source) => return Err(LockError::Io { path, source }),
        };
        match file.try_lock() {
            Ok(()) => Ok(None),
            Err(TryLockError::WouldBlock) => Ok(Some(says(&mut file))),
            Err(TryLockError::Error(source)) => Err(LockError::Io { path, source }),
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // An empty file says that nobody holds it; closing it frees the lock even if this fails.
        let _ = self.file.set_len(0);
    }
}

fn says(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    toml::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let holder = Holder::this("deploy-all --env dev".into());
        let first = Lock::take(folder.path(), &holder).unwrap();
        let Err(LockError::Held { holder: Some(said), .. }) = Lock::take(folder.path(), &holder) else {
            panic!("it was free")
        };
        assert_eq!(said, holder);
        assert_eq!(Lock::holder(folder.path()).unwrap(), Some(Some(holder.clone())));
        drop(first);
        assert_eq!(Lock::holder(folder.path()).unwrap(), None);
        Lock::take(folder.path(), &holder).unwrap();
    }

    #[test]
    fn what_a_dead_run_left_in_the_file_does_not_hold_it() {
        let folder = tempfile::tempdir().unwrap();
        let holder = Holder::this("deploy-all".into());
        fs::write(folder.path().join("lock"), toml::to_string(&holder).unwrap()).unwrap();
        assert_eq!(Lock::holder(folder.path()).unwrap(), None);
        Lock::take(folder.path(), &holder).unwrap();
    }
}
