//! What `gcloud info` said last time, for as long as nothing that it depends on has changed: a process saved in every run.

use crate::{Info, InfoError, Run};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// A file that remembers [`Info`].
pub struct Memory {
    file: PathBuf,
    program: PathBuf,
    environment: Vec<(String, String)>,
}

#[derive(Serialize, Deserialize)]
struct Remembered {
    fingerprint: String,
    info: Info,
}

impl Memory {
    /// Remembers in `file` what the gcloud at `program` says in this environment.
    pub fn new(
        file: PathBuf,
        program: PathBuf,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Self {
        // The proxy of the environment counts whatever its spelling.
        let counts = |name: &str| {
            name.starts_with("CLOUDSDK_") || name == "HOME" || name.to_ascii_lowercase().ends_with("_proxy")
        };
        let mut environment: Vec<_> = environment.into_iter().filter(|(name, _)| counts(name)).collect();
        environment.sort();
        Self { file, program, environment }
    }

    /// What gcloud says of itself, and how many processes that took: 0 where it is remembered.
    ///
    /// # Errors
    /// As [`Info::read`].
    pub fn info(&self, gcloud: &dyn Run) -> Result<(Info, u32), InfoError> {
        if let Some(info) = self.recall() {
            return Ok((info, 0));
        }
        let info = Info::read(gcloud)?;
        // What cannot be remembered is asked again next time.
        let _ = self.remember(&info);
        Ok((info, 1))
    }

    fn recall(&self) -> Option<Info> {
        let remembered: Remembered = serde_json::from_slice(&fs::read(&self.file).ok()?).ok()?;
        (remembered.fingerprint == self.fingerprint(&remembered.info)?).then_some(remembered.info)
    }

    fn remember(&self, info: &Info) -> io::Result<()> {
        let secret = |name: &str| name.contains("password") || name.contains("secret");
        if info.properties.iter().any(|property| secret(&property.name)) {
            return Ok(());
        }
        let Some(fingerprint) = self.fingerprint(info) else { return Ok(()) };
        let text = serde_json::to_vec(&Remembered { fingerprint, info: info.clone() })?;
        let new = self.file.with_extension("new");
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(&text)?;
        fs::rename(new, &self.file)
    }

    /// Everything that the answer depends on: the program, the installation and its components, the configurations,
    /// the environment. `None` where the installation is not of the usual shape: then nothing can be remembered.
    fn fingerprint(&self, info: &Info) -> Option<String> {
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        };
        for (name, value) in &self.environment {
            add(name.as_bytes());
            add(value.as_bytes());
        }
        let installation =
            [self.program.clone(), info.sdk_root.join("VERSION"), info.sdk_root.join(".install")];
        for path in installation {
            add(path.as_os_str().as_encoded_bytes());
            let data = fs::metadata(&path).ok()?;
            add(&data.modified().ok()?.duration_since(UNIX_EPOCH).ok()?.as_nanos().to_le_bytes());
            add(&data.len().to_le_bytes());
        }
        add(&fs::read(info.sdk_root.join("VERSION")).ok()?);
        let mut configurations: Vec<PathBuf> = fs::read_dir(info.config_dir.join("configurations"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|e| e.path())
            .collect();
        configurations.sort();
        let fixed = [info.sdk_root.join("properties"), info.config_dir.join("active_config")];
        for path in fixed.iter().chain(&configurations) {
            add(path.as_os_str().as_encoded_bytes());
            add(&fs::read(path).unwrap_or_default());
        }
        // The logins that gcloud stores; who is active also depends on them.
        add(&login(&info.config_dir));
        Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

fn login(folder: &Path) -> Vec<u8> {
    let modified = fs::metadata(folder.join("credentials.db")).and_then(|data| data.modified()).ok();
    let since = modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map(|since| since.as_nanos().to_le_bytes().to_vec()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Answer, Command, Environment, Gcloud, Interrupt, Watch};
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::atomic::{AtomicU32, Ordering};

    /// A gcloud that can be asked for its info, and counts.
    struct Counted(Gcloud, AtomicU32);

    impl Run for Counted {
        fn run(&self, command: &Command, watch: &mut dyn Watch) -> Answer {
            self.1.fetch_add(1, Ordering::Relaxed);
            self.0.run(command, watch)
        }

        fn line(&self, command: &Command) -> String {
            self.0.line(command)
        }
    }

    struct Place {
        folder: tempfile::TempDir,
        gcloud: Counted,
    }

    fn place() -> Place {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("sdk/.install")).unwrap();
        fs::create_dir_all(at("config/configurations")).unwrap();
        fs::write(at("sdk/VERSION"), "528.0.0").unwrap();
        fs::write(at("config/active_config"), "default").unwrap();
        let info = serde_json::json!({
            "basic": {"version": "528.0.0"},
            "installation": {"sdk_root": at("sdk"), "components": {}},
            "config": {"account": "ada@example.com", "paths": {"global_config_dir": at("config")}, "properties": {}},
        });
        fs::write(at("info.json"), info.to_string()).unwrap();
        fs::write(at("gcloud"), format!("#!/bin/sh\nexec cat {}\n", at("info.json").display())).unwrap();
        fs::set_permissions(at("gcloud"), fs::Permissions::from_mode(0o755)).unwrap();
        let gcloud = Gcloud::new(at("gcloud"), Environment::whole(), Interrupt::new(), at("files"));
        Place { gcloud: Counted(gcloud, AtomicU32::new(0)), folder }
    }

    impl Place {
        fn ask(&self, environment: &[(&str, &str)]) -> u32 {
            let at = |name: &str| self.folder.path().join(name);
            let environment = environment.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
            let before = self.gcloud.1.load(Ordering::Relaxed);
            let (info, processes) =
                Memory::new(at("gcloud.json"), at("gcloud"), environment).info(&self.gcloud).unwrap();
            assert_eq!(info.account.as_deref(), Some("ada@example.com"));
            assert_eq!(self.gcloud.1.load(Ordering::Relaxed) - before, processes);
            processes
        }
    }

    #[test]
    fn it_asks_once_and_again_after_every_change_that_could_matter() {
        let place = place();
        let at = |name: &str| place.folder.path().join(name);
        assert_eq!((place.ask(&[]), place.ask(&[])), (1, 0));
        assert_eq!((place.ask(&[("EDITOR", "vi")]), place.ask(&[("HTTPS_PROXY", "x")])), (0, 1));
        assert_eq!((place.ask(&[]), place.ask(&[("CLOUDSDK_CORE_ACCOUNT", "x")])), (1, 1));
        let changes = [
            "sdk/VERSION",
            "sdk/properties",
            "config/active_config",
            "config/configurations/config_default",
            "config/credentials.db",
        ];
        for change in changes {
            place.ask(&[]);
            fs::write(at(change), format!("changed {change}")).unwrap();
            assert_eq!((place.ask(&[]), place.ask(&[])), (1, 0), "{change}");
        }
        fs::write(at("gcloud.json"), "{").unwrap();
        assert_eq!(place.ask(&[]), 1);
    }

    #[test]
    fn only_the_owner_reads_it() {
        let place = place();
        place.ask(&[]);
        let mode = fs::metadata(place.folder.path().join("gcloud.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
