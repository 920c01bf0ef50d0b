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
    /// Who that makes the caller.
    pub caller: Caller,
    /// `127.0.0.1:PORT`.
    pub proxy: String,
    /// How long a second of gcloud's own waiting takes (between retries, between looks at an operation).
    pub wait_scale: f64,
}

/// Who calls, as gcloud tells it when it was refused.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// Nobody: credentials are switched off.
    Nobody,
    /// Whoever the token in this file stands for.
    TokenFile(String),
    /// A login.
    Account(Option<String>),
}

impl Caller {
    /// The sentence that gcloud puts behind Google's.
    pub(crate) fn sentence(&self) -> String {
        match self {
            Self::Nobody => {
                "This command is unauthenticated because the [auth/disable_credentials] property is True."
                    .to_owned()
            }
            Self::TokenFile(path) => format!(
                "This command is authenticated with an access token from {path} specified by the \
                 [auth/access_token_file] property."
            ),
            Self::Account(_) => format!(
                "This command is authenticated as {} which is the active account specified by the [core/account] property.",
                self.account()
            ),
        }
    }

    /// The account, `None` as Python prints it where gcloud does not know one.
    pub(crate) fn account(&self) -> &str {
        match self {
            Self::Account(Some(account)) => account,
            _ => "None",
        }
    }
}

/// Seconds of gcloud's waiting are multiplied by this; 1 unless it is set.
pub const WAIT_SCALE: &str = "GCLOUD_STANDIN_WAIT_SCALE";

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn switched_on(name: &str) -> bool {
    variable(name)
        .is_some_and(|value| ["true", "1", "on", "yes", "y"].contains(&value.to_lowercase().as_str()))
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
        let account = flag("--account").or_else(|| variable("CLOUDSDK_CORE_ACCOUNT"));
        let caller = match &token_file {
            _ if switched_on("CLOUDSDK_AUTH_DISABLE_CREDENTIALS") => Caller::Nobody,
            Some(path) => Caller::TokenFile(path.clone()),
            None => Caller::Account(account.clone()),
        };
        let token = match &token_file {
            _ if matches!(caller, Caller::Nobody) => None,
            None => None,
            Some(path) => Some(
                std::fs::read_to_string(path)
                    .map_err(|e| Failure::Said(format!("Unable to read file [{path}]: {e}")))?
                    .trim()
                    .to_owned(),
            ),
        };
        Ok(Self {
            project: flag("--project").or_else(|| variable("CLOUDSDK_CORE_PROJECT")),
            account,
            caller,
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
