//! One command, with all it needs.

use crate::args::Parsed;
use crate::failure::Failure;
use crate::google::{Google, Request};
use crate::settings::Settings;
use crate::typed;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write as _;

/// One command.
pub(crate) struct Call {
    /// `sql instances create`.
    pub command: String,
    /// Who calls.
    pub settings: Settings,
    /// The way to Google.
    pub google: Google,
    flags: BTreeMap<String, Vec<String>>,
    positionals: BTreeMap<String, Vec<String>>,
}

impl Call {
    pub(crate) fn new(parsed: Parsed) -> Result<Self, Failure> {
        let settings = Settings::read(&parsed).map_err(|failure| failure.of(&parsed.command))?;
        let google = Google::new(&settings);
        let Parsed { command, flags, positionals } = parsed;
        Ok(Self { command, settings, google, flags, positionals })
    }

    /// The last value of a flag.
    pub(crate) fn one(&self, flag: &str) -> Option<&str> {
        self.flags.get(flag)?.last().map(String::as_str)
    }

    /// All values of a flag that may be given several times.
    pub(crate) fn all(&self, flag: &str) -> &[String] {
        self.flags.get(flag).map_or(&[], Vec::as_slice)
    }

    /// Whether a flag stands on the command line.
    pub(crate) fn given(&self, flag: &str) -> bool {
        self.flags.contains_key(flag)
    }

    /// A flag that takes nothing: `Some(true)` for `--async`, `Some(false)` for `--no-async`, `None` for neither.
    pub(crate) fn on(&self, flag: &str) -> Option<bool> {
        let no = format!("--no-{}", flag.trim_start_matches("--"));
        match (self.flags.contains_key(flag), self.flags.contains_key(&no)) {
            (_, true) => Some(false),
            (true, false) => Some(true),
            (false, false) => None,
        }
    }

    /// A list: `a,b`, or with another delimiter, `^;^a;b`; `None` where the flag was not given.
    pub(crate) fn list(&self, flag: &str) -> Option<Vec<String>> {
        let values = self.flags.get(flag)?;
        Some(values.iter().flat_map(|value| split(value)).collect())
    }

    /// A list in which gcloud lets nothing stand twice.
    pub(crate) fn distinct(&self, flag: &str) -> Result<Option<Vec<String>>, Failure> {
        let list = self.list(flag);
        let items = list.as_deref().unwrap_or_default();
        let twice = items.iter().enumerate().find(|(index, item)| items[..*index].contains(item));
        if let Some((_, item)) = twice {
            let text = format!("argument {flag}: \"{item}\" cannot be specified multiple times");
            return Err(Failure::Usage(text));
        }
        Ok(list)
    }

    /// A dictionary: `a=b,c=d`; `None` where the flag was not given.
    pub(crate) fn dict(&self, flag: &str) -> Option<Vec<(String, String)>> {
        let pair = |item: String| match item.split_once('=') {
            Some((key, value)) => (key.to_owned(), value.to_owned()),
            None => (item, String::new()),
        };
        Some(self.list(flag)?.into_iter().map(pair).collect())
    }

    /// The word for a positional argument; empty where there is none.
    pub(crate) fn word(&self, positional: &str) -> &str {
        self.words(positional).first().map_or("", String::as_str)
    }

    /// All the words for a positional argument.
    pub(crate) fn words(&self, positional: &str) -> &[String] {
        self.positionals.get(positional).map_or(&[], Vec::as_slice)
    }

    /// The project, or gcloud's refusal to go on without one.
    pub(crate) fn project(&self) -> Result<&str, Failure> {
        self.settings.project.as_deref().ok_or_else(|| {
            let text = "The required property [project] is not currently set.\nIt can be set on a per-command basis \
                        by re-running your command with the [--project] flag.\n\nYou may set it for your current \
                        workspace by running:\n\n  $ gcloud config set project VALUE\n\nor it can be set temporarily \
                        by the environment variable [CLOUDSDK_CORE_PROJECT]";
            Failure::Said(text.to_owned())
        })
    }

    /// Refuses what the command's grammar allows and its code does not do: a flag that is passed over in silence would
    /// make the stand-in a liar.
    pub(crate) fn takes(&self, flags: &[&str]) -> Result<(), Failure> {
        let known = |flag: &str| {
            let plain = flag.strip_prefix("--no-").map(|name| format!("--{name}"));
            EVERYWHERE.contains(&flag)
                || flags.contains(&flag)
                || plain.is_some_and(|p| flags.contains(&p.as_str()))
        };
        match self.flags.keys().find(|flag| !known(flag)) {
            None => Ok(()),
            Some(flag) => {
                let text = format!("gcloud-standin does not do {flag} of gcloud {}", self.command);
                Err(Failure::Said(text))
            }
        }
    }

    /// Sends a request; a refusal is rendered as most surfaces do.
    pub(crate) fn send(&self, request: &Request) -> Result<Value, Failure> {
        Ok(self.google.send(request)?)
    }

    /// The same, read into one of gcloud's typed messages, which keep no empty lists.
    pub(crate) fn message(&self, request: &Request) -> Result<Value, Failure> {
        let mut answer = self.send(request)?;
        typed::settle(&mut answer, &[]);
        Ok(answer)
    }

    /// Says something on stderr and leaves the line open.
    pub(crate) fn tell(&self, text: &str) {
        let _ = write!(std::io::stderr(), "{text}");
    }

    /// Says something on stderr: a line.
    pub(crate) fn say(&self, text: &str) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }
}

/// What every command takes, and the core sees to.
const EVERYWHERE: [&str; 6] =
    ["--project", "--account", "--billing-project", "--access-token-file", "--format", "--quiet"];

fn split(value: &str) -> Vec<String> {
    let (delimiter, value) = match value.strip_prefix('^').and_then(|rest| rest.split_once('^')) {
        Some((delimiter, rest)) if !delimiter.is_empty() => (delimiter, rest),
        _ => (",", value),
    };
    value.split(delimiter).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}
