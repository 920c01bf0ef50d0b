//! Who calls, and where Google is: `CLOUDSDK_*` variables and the flags that go before them.

use crate::args::Parsed;
use crate::failure::Failure;

/// What gcloud calls properties.
#[derive(Debug)]
pub(crate) struct Settings {
    /// `--project`, `CLOUDSDK_CORE_PROJECT`.
    pub project: Option<String>,
    /// `--account`, `CLOUDSDK_CORE_ACCOUNT`.
    pub account: Option<String>,
    /// `--billing-project`, `CLOUDSDK_BILLING_QUOTA_PROJECT`.
    pub billing_project: Option<String>,
    /// What `CLOUDSDK_AUTH_ACCESS_TOKEN_FILE` holds.
    pub token: Option<String>,
    /// `127.0.0.1:PORT`.
    pub proxy: String,
    /// How long a second of gcloud's own waiting takes (between retries, between looks at an operation).
    pub wait_scale: f64,
}

/// Seconds of gcloud's waiting are multiplied by this; 1 unless it is set.
pub const WAIT_SCALE: &str = "GCLOUD_STANDIN_WAIT_SCALE";

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

impl Settings {
    /// Reads them. A stand-in without an emulator would be a program that pretends: that is refused.
    pub(crate) fn read(parsed: &Parsed) -> Result<Self, Failure> {
        let flag = |name: &str| parsed.flags.get(name).and_then(|values| values.last()).cloned();
        let host = variable("CLOUDSDK_PROXY_ADDRESS").unwrap_or_default();
        let port = variable("CLOUDSDK_PROXY_PORT").unwrap_or_default();
        let loopback = host == "localhost" || host.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        if !loopback || port.parse::<u16>().is_err() {
            let text = "gcloud-standin speaks to an emulator on this machine only: set CLOUDSDK_PROXY_ADDRESS and \
                        CLOUDSDK_PROXY_PORT as `gcp-emulator env` prints them.";
            return Err(Failure::Said(text.to_owned()));
        }
        let token_file = flag("--access-token-file").or_else(|| variable("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE"));
        let token = match token_file {
            None => None,
            Some(path) => Some(
                std::fs::read_to_string(&path)
                    .map_err(|e| Failure::Said(format!("Unable to read file [{path}]: {e}")))?
                    .trim()
                    .to_owned(),
            ),
        };
        Ok(Self {
            project: flag("--project").or_else(|| variable("CLOUDSDK_CORE_PROJECT")),
            account: flag("--account").or_else(|| variable("CLOUDSDK_CORE_ACCOUNT")),
            billing_project: flag("--billing-project").or_else(|| variable("CLOUDSDK_BILLING_QUOTA_PROJECT")),
            token,
            proxy: format!("{host}:{port}"),
            wait_scale: variable(WAIT_SCALE)
                .and_then(|v| v.parse().ok())
                .filter(|v| *v >= 0.0)
                .unwrap_or(1.0),
        })
    }
}
