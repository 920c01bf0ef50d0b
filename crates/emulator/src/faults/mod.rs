//! The catalogue of what goes wrong at Google: faults with a name, in Google's words.
//!
//! Where a fault is a state of the world (an account that is closed, a name that is taken, a server that has not heard of
//! something yet), it is one here too: the services refuse by their own rules. Only what has no cause that can be looked
//! at (a quota, an outage, a race) is a scripted answer.

mod ambiguous;
mod arrange;
mod human;
mod propagation;
mod scene;
mod state;
#[cfg(test)]
mod tests;
mod transient;

use crate::Reply;
use crate::fault::{Action, Fault};
use crate::operation::Failure;
use serde::Deserialize;
use serde_json::Value;

pub use arrange::{LOGIN, arrange, undo};
pub use scene::Scene;

/// What a fault asks of the one who meets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// It passes by itself: try again.
    Transient,
    /// What was just made is not known everywhere yet: wait.
    Propagation,
    /// Whether the change was made cannot be told from the answer: look.
    Ambiguous,
    /// The world is not as it should be: see what is there, and whose it is.
    State,
    /// A person must do something.
    Human,
}

impl Family {
    /// In lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Propagation => "propagation",
            Self::Ambiguous => "ambiguous",
            Self::State => "state",
            Self::Human => "human",
        }
    }
}

/// A fault of the catalogue.
#[derive(Debug)]
pub struct Named {
    /// `redis-quota`
    pub name: &'static str,
    /// What it asks for.
    pub family: Family,
    /// What happens, in one sentence.
    pub about: &'static str,
    /// Where the words, or the behaviour, are from.
    pub source: &'static str,
    /// Which requests it strikes unless it is told otherwise: a regular expression on `METHOD host/path?query`.
    pub on: &'static str,
    /// How many requests make up one occurrence: gcloud gives up after five tries.
    pub requests: u64,
    /// What happens.
    pub act: Act,
}

/// What happens, as it stands in the catalogue.
#[derive(Debug)]
pub enum Act {
    /// A refusal: HTTP status, `google.rpc` status, text, and a detail message as JSON (or nothing).
    Refuse(u16, &'static str, &'static str, &'static str),
    /// The same, with `Retry-After: 30`.
    RefuseForAWhile(u16, &'static str, &'static str, &'static str),
    /// The change is made, then refused.
    RefuseAfter(u16, &'static str),
    /// The page of Google's front end.
    Page(u16),
    /// The connection breaks before the change is made.
    DropBefore,
    /// The connection breaks after the change was made.
    DropAfter,
    /// Half a second passes.
    Slow,
    /// The operation fails: `google.rpc` code, the service's own code, text.
    FailOperation(i32, &'static str, &'static str),
    /// The operation does its work and is reported as failed.
    ReportFailed(i32, &'static str, &'static str),
    /// The operation goes on until its object (a regular expression on requests) was looked at so often.
    Outlast(&'static str, u64),
    /// What matches these has not arrived yet at the server that answers.
    Unseen(&'static [&'static str]),
    /// The world is changed, as `arrange` says under this fault's name.
    Arrange,
}

/// The whole catalogue, family by family.
pub fn all() -> impl Iterator<Item = &'static Named> {
    [transient::FAULTS, propagation::FAULTS, ambiguous::FAULTS, state::FAULTS, human::FAULTS]
        .into_iter()
        .flatten()
}

/// A fault by its name.
pub fn find(name: &str) -> Option<&'static Named> {
    all().find(|fault| fault.name == name)
}

/// A fault that is asked for by its name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    name: String,
    /// How often it happens; null (or missing): always.
    #[serde(default)]
    times: Option<u64>,
    /// It strikes these requests, and not those that the catalogue says.
    #[serde(default, rename = "match")]
    pattern: Option<String>,
    /// The first matching request that it strikes, from 1.
    #[serde(default)]
    nth: Option<u64>,
    /// How many requests make up one occurrence, where gcloud does not try as often as the catalogue takes it to.
    #[serde(default)]
    requests: Option<u64>,
}

/// Faults out of JSON: one or a list, each by name (`{"name": "redis-quota", "times": 1}`) or written out.
///
/// # Errors
/// What does not parse, or has no such name.
pub fn parse(value: Value) -> Result<Vec<Fault>, String> {
    let list = match value {
        Value::Array(list) => list,
        one => vec![one],
    };
    list.into_iter().map(one).collect()
}

fn one(value: Value) -> Result<Fault, String> {
    if value.get("action").is_some() {
        return serde_json::from_value(value).map_err(|e| e.to_string());
    }
    let asked: Asked = serde_json::from_value(value).map_err(|e| e.to_string())?;
    let named = find(&asked.name)
        .ok_or_else(|| format!("there is no fault {}; `gcp-emulator faults` lists them", asked.name))?;
    Ok(Fault {
        id: 0,
        name: named.name.to_owned(),
        pattern: asked.pattern.unwrap_or_else(|| named.on.to_owned()),
        nth: asked.nth.unwrap_or(1),
        times: asked.times.map(|times| times * asked.requests.unwrap_or(named.requests)),
        seconds: None,
        action: named.action(asked.times),
        seen: 0,
        fired: 0,
        since: jiff::Timestamp::now(),
    })
}

impl Named {
    /// What the server does. `times` as it was asked for: an operation that always goes on never ends.
    fn action(&self, times: Option<u64>) -> Action {
        let failure = |code: i32, name: &str, message: &str| Failure {
            code,
            name: name.to_owned(),
            message: message.to_owned(),
        };
        let refusal = |code, status: &str, message: &str, detail: &str, headers| Action::Status {
            code,
            status: status.to_owned(),
            message: message.to_owned(),
            // The catalogue's details are constants, and a test parses all of them.
            details: serde_json::from_str(detail).into_iter().collect(),
            headers,
        };
        match self.act {
            Act::Refuse(code, status, message, detail) => refusal(code, status, message, detail, Vec::new()),
            Act::RefuseForAWhile(code, status, message, detail) => {
                refusal(code, status, message, detail, vec![("Retry-After".to_owned(), "30".to_owned())])
            }
            Act::RefuseAfter(code, message) => Action::StatusAfter { code, message: message.to_owned() },
            Act::Page(code) => Action::Page { code },
            Act::DropBefore => Action::DropBefore {},
            Act::DropAfter => Action::DropAfter {},
            Act::Slow => Action::Slow { seconds: 0.5 },
            Act::FailOperation(code, name, message) => Action::FailOperation(failure(code, name, message)),
            Act::ReportFailed(code, name, message) => Action::ReportFailed(failure(code, name, message)),
            Act::Outlast(look, looks) => {
                Action::Outlast { look: look.to_owned(), looks: times.map(|times| times * looks) }
            }
            Act::Unseen(keys) => Action::Unseen { keys: keys.iter().map(|key| (*key).to_owned()).collect() },
            Act::Arrange => Action::Arrange(self.name.to_owned()),
        }
    }
}

/// What Google's front end shows when it reaches no server: HTML, whatever the client accepts. As people see it all over
/// the web, without its style sheet.
pub fn page(code: u16) -> Reply {
    let text = format!(
        "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <meta name=viewport content=\"initial-scale=1, \
         minimum-scale=1, width=device-width\">\n  <title>Error {code} (Server Error)!!1</title>\n  <p><b>{code}.</b> \
         <ins>That’s an error.</ins>\n  <p>The server encountered a temporary error and could not complete your \
         request.<p>Please try again in 30 seconds.  <ins>That’s all we know.</ins>\n"
    );
    let media = Some(("text/html; charset=UTF-8".to_owned(), text.into_bytes()));
    Reply { status: code, body: Value::Null, media, headers: Vec::new() }
}
