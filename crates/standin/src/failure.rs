//! How gcloud says that something failed.

use crate::google::{Refusal, Trouble};
use std::io::Write as _;

/// Why a command ends without success.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The command line is wrong: exit 2.
    Usage(String),
    /// A sentence of gcloud's own: exit 1.
    Said(String),
    /// Everything is said already: only the exit code is left.
    Silent(u8),
    /// A failure of a named command.
    Of(String, Box<Failure>),
}

impl Failure {
    /// The same, of this command (unless one is named already).
    pub(crate) fn of(self, command: &str) -> Self {
        match self {
            named @ Self::Of(..) => named,
            other => Self::Of(command.to_owned(), Box::new(other)),
        }
    }

    /// `(gcloud.sql.instances.describe) …`
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Usage(text) | Self::Said(text) => format!("(gcloud) {text}"),
            Self::Silent(_) => String::new(),
            Self::Of(command, inner) => match &**inner {
                Self::Usage(text) | Self::Said(text) => {
                    let path = format!("gcloud {command}").trim().replace(' ', ".");
                    format!("({path}) {text}")
                }
                other => other.text(),
            },
        }
    }

    /// Prints it on stderr; the exit code.
    pub(crate) fn report(&self) -> u8 {
        let inner = match self {
            Self::Of(_, inner) => inner,
            other => other,
        };
        if let Self::Silent(code) = inner {
            return *code;
        }
        let _ = writeln!(std::io::stderr(), "ERROR: {}", self.text());
        if matches!(inner, Self::Usage(_)) { 2 } else { 1 }
    }
}

/// The rendering of most surfaces (`exceptions.HttpException` with gcloud's default error format): status, message, who
/// called, details as YAML.
impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Refused(refusal) => Self::Said(refused(&refusal)),
            Trouble::Lost(text) => Self::Said(format!("gcloud crashed (ConnectionError): {text}")),
        }
    }
}

fn refused(refusal: &Refusal) -> String {
    format!("{}: {}", refusal.status_name(), refusal.message())
}
