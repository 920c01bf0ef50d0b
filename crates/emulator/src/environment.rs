//! What points a real gcloud at an emulator.

use jiff::{SignedDuration, Timestamp};
use std::fs;
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// Variables to set, and variables to unset.
#[derive(Clone, Debug, PartialEq)]
pub struct Environment {
    /// Name and value.
    pub set: Vec<(String, String)>,
    /// These would win over the certificate authority that gcloud is given.
    pub unset: Vec<&'static str>,
}

/// Writes a private gcloud configuration into `folder` and says what to set, so that any real gcloud talks to the
/// emulator at `url` (`http://127.0.0.1:PORT`) and to nothing else.
pub fn prepare(url: &str, folder: &Path, authority: &str) -> io::Result<Environment> {
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let (host, port) = address.rsplit_once(':').ok_or_else(|| {
        io::Error::new(io::ErrorKind::InvalidInput, format!("{url} is not of the form http://127.0.0.1:PORT"))
    })?;
    let configuration = folder.join("gcloud");
    fs::create_dir_all(&configuration)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    let ca = write(&folder.join("ca.pem"), authority)?;
    let token = write(&folder.join("token"), "the-owner-of-the-emulated-world\n")?;
    // Without this file gcloud looks up the metadata server's name; with a date far ahead it never asks again.
    let gce = write(&configuration.join("gce"), "False")?;
    let later =
        Timestamp::now().saturating_add(SignedDuration::from_hours(24 * 3650)).unwrap_or(Timestamp::MAX);
    fs::File::options().write(true).open(&gce)?.set_modified(later.into())?;
    let set = [
        ("CLOUDSDK_CONFIG", configuration.display().to_string()),
        ("CLOUDSDK_PROXY_TYPE", "http".to_owned()),
        ("CLOUDSDK_PROXY_ADDRESS", host.to_owned()),
        ("CLOUDSDK_PROXY_PORT", port.to_owned()),
        ("CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", ca.display().to_string()),
        ("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", token.display().to_string()),
        ("CLOUDSDK_CORE_DISABLE_USAGE_REPORTING", "true".to_owned()),
        ("CLOUDSDK_CORE_DISABLE_FILE_LOGGING", "true".to_owned()),
        ("CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK", "true".to_owned()),
    ];
    Ok(Environment {
        set: set.map(|(name, value)| (name.to_owned(), value)).to_vec(),
        unset: vec!["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"],
    })
}

impl Environment {
    /// Lines for `eval`.
    pub fn shell(&self) -> String {
        let unset = self.unset.iter().map(|name| format!("unset {name}\n"));
        let set = self
            .set
            .iter()
            .map(|(name, value)| format!("export {name}='{}'\n", value.replace('\'', r"'\''")));
        unset.chain(set).collect()
    }
}

fn write(path: &Path, content: &str) -> io::Result<PathBuf> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    io::Write::write_all(&mut file, content.as_bytes())?;
    fs::canonicalize(path)
}
