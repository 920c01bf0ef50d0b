//! Values that are known only once a script runs. While the script is written, a mark stands for each of them: a value that
//! nothing real has, of the kind that the code that reads it expects. Where the mark turns up in a command, the script has a
//! variable.

use gcloud::{Command, Secret};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use std::net::Ipv4Addr;
use std::sync::Mutex;

/// All that a URL may carry as it is (RFC 3986, unreserved).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A value that is known only later.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    /// The variable that has it in the script.
    pub variable: String,
    pub source: Source,
    /// Written on standard input and nowhere else.
    pub secret: bool,
    mark: String,
}

/// Where a script has a value from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A person gives it, on standard input; what it is, in words.
    Asked(String),
    /// gcloud prints it.
    Read { args: Vec<String>, project: bool, cut: Cut },
    /// The change of this number prints it, in this format.
    Printed { change: usize, format: String, cut: Cut },
    /// SHA-256, in hexadecimal digits, of a text that itself has such values in it.
    Digest(Vec<Piece>),
}

/// Which part of what gcloud prints is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Cut {
    #[default]
    Nothing,
    /// All that follows this.
    Prefix(&'static str),
    /// What follows the last slash.
    Path,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    /// The value of a slot, written in one of the ways.
    Value(usize, Way),
}

/// How a value is written where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    AsItIs,
    /// Inside of a string of JSON.
    Json,
    /// Percent-encoded.
    Url,
}

/// How a shell reads a value: a command that prints it, and which part of that is meant.
#[derive(Clone, Debug)]
pub struct Reading {
    command: Command,
    cut: Cut,
}

impl From<Command> for Reading {
    fn from(command: Command) -> Self {
        Self { command, cut: Cut::Nothing }
    }
}

impl Reading {
    /// Only what follows this.
    pub fn after(command: Command, prefix: &'static str) -> Self {
        Self { command, cut: Cut::Prefix(prefix) }
    }

    fn source(self) -> Source {
        let Self { command, cut } = self;
        Source::Read { args: command.args().to_vec(), project: command.wants_project(), cut }
    }
}

/// Makes values that a change prints, once it is made. Each has the name of its variable and the field of the answer.
pub struct Printed<'a> {
    pub(crate) later: &'a Later,
    /// The number of the change.
    pub(crate) change: usize,
}

impl Printed<'_> {
    fn source(&self, field: &str, cut: Cut) -> Source {
        Source::Printed { change: self.change, format: format!("--format=value({field})"), cut }
    }

    /// A field that is a text without a blank.
    pub fn text(&self, variable: &str, field: &str) -> String {
        self.later.add_text(variable, self.source(field, Cut::Nothing))
    }

    /// What follows the last slash of a field.
    pub fn last_part(&self, variable: &str, field: &str) -> String {
        self.later.add_text(variable, self.source(field, Cut::Path))
    }

    /// A number, which is a field or follows the last slash of it.
    pub fn number(&self, variable: &str, field: &str) -> String {
        self.later.add_number(variable, self.source(field, Cut::Path))
    }
}

/// Makes values that are known only once a script runs. Each has the name of its variable and the command that reads it.
#[derive(Default)]
pub struct Later(Mutex<Vec<Slot>>);

impl Later {
    fn add(
        &self,
        variable: &str,
        source: Source,
        secret: bool,
        mark: impl FnOnce(usize) -> String,
    ) -> String {
        let mut slots = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let taken = |name: &str| slots.iter().any(|slot| slot.variable == name);
        let numbered = (2..).map(|number| format!("{variable}_{number}"));
        let mut names = std::iter::once(variable.to_owned()).chain(numbered);
        let variable = names.find(|name| !taken(name)).unwrap_or_default();
        let mark = mark(slots.len());
        slots.push(Slot { variable, source, mark: mark.clone(), secret });
        mark
    }

    /// A name, an address, any text without a blank.
    pub fn text(&self, variable: &str, read: impl Into<Reading>) -> String {
        self.add_text(variable, read.into().source())
    }

    fn add_text(&self, variable: &str, source: Source) -> String {
        self.add(variable, source, false, |n| format!("zzlater{n}zz"))
    }

    /// A whole number that Google chooses.
    pub fn number(&self, variable: &str, read: impl Into<Reading>) -> String {
        self.add_number(variable, read.into().source())
    }

    fn add_number(&self, variable: &str, source: Source) -> String {
        self.add(variable, source, false, |n| (770_777_077_000_u64 + n as u64).to_string())
    }

    /// A port.
    pub fn port(&self, variable: &str, read: impl Into<Reading>) -> u16 {
        let mark = |n: usize| (64_007 + n).to_string();
        self.add(variable, read.into().source(), false, mark).parse().unwrap_or_default()
    }

    /// An IPv4 address. Nobody has those of 240.0.0.0/4.
    pub fn address(&self, variable: &str, read: impl Into<Reading>) -> Ipv4Addr {
        let mark = |n: usize| Ipv4Addr::from(0xF0F0_0000 + u32::try_from(n).unwrap_or_default()).to_string();
        self.add(variable, read.into().source(), false, mark).parse().unwrap_or(Ipv4Addr::BROADCAST)
    }

    /// A value that nobody may see: the script writes it on standard input only, and never shows it.
    pub fn secret(&self, variable: &str, read: impl Into<Reading>) -> Secret {
        self.hidden(variable, read.into().source())
    }

    /// A secret that a person gives.
    pub(crate) fn asked(&self, variable: &str, what: &str) -> Secret {
        self.hidden(variable, Source::Asked(what.to_owned()))
    }

    /// JSON and URLs write its mark otherwise than it is, so that it shows how it was written.
    fn hidden(&self, variable: &str, source: Source) -> Secret {
        Secret::new(self.add(variable, source, true, |n| format!("zz\"later/{n}zz")))
    }

    /// Makes known that the digest of this text may follow.
    pub(crate) fn digest_of(&self, text: &str) {
        let pieces = self.pieces(text);
        let first = pieces.iter().find_map(|piece| match piece {
            Piece::Value(index, _) => Some(*index),
            Piece::Text(_) => None,
        });
        let Some(first) = first.and_then(|index| self.slots().into_iter().nth(index)) else { return };
        let digest = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
        self.add(&format!("{}_SHA256", first.variable), Source::Digest(pieces), false, |_| digest);
    }

    pub(crate) fn slots(&self) -> Vec<Slot> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Whether anything of a text is known only later.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.pieces(text).iter().any(|piece| matches!(piece, Piece::Value(..)))
    }

    /// A text, taken apart.
    pub(crate) fn pieces(&self, text: &str) -> Vec<Piece> {
        let forms: Vec<(String, usize, Way)> =
            self.slots().iter().enumerate().flat_map(|(index, slot)| forms(index, slot)).collect();
        let mut pieces = Vec::new();
        let mut rest = text;
        loop {
            let found =
                forms.iter().filter_map(|(form, index, way)| Some((rest.find(form)?, form, index, way)));
            // The longest of those that begin first: 240.240.0.1 is the beginning of 240.240.0.12.
            let Some((at, form, index, way)) =
                found.min_by_key(|(at, form, ..)| (*at, usize::MAX - form.len()))
            else {
                break;
            };
            if at > 0 {
                pieces.push(Piece::Text(rest[..at].to_owned()));
            }
            pieces.push(Piece::Value(*index, *way));
            rest = &rest[at + form.len()..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        pieces
    }
}

fn forms(index: usize, slot: &Slot) -> Vec<(String, usize, Way)> {
    let mark = &slot.mark;
    let mut forms = vec![(mark.clone(), index, Way::AsItIs)];
    if slot.secret {
        let json = serde_json::Value::from(mark.as_str()).to_string();
        forms.push((json.trim_matches('"').to_owned(), index, Way::Json));
        forms.push((utf8_percent_encode(mark, KEPT).to_string(), index, Way::Url));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;
    use gcloud::gcloud;

    #[test]
    fn a_text_tells_what_is_known_later_and_how_it_is_written() {
        let later = Later::default();
        let password = later.asked("PASSWORD", "the password");
        let address = later.address("ADDRESS", gcloud!["sql instances describe", "db"]);
        let url = utf8_percent_encode(password.expose(), KEPT);
        let text = |text: &str| Piece::Text(text.to_owned());
        assert_eq!(
            later.pieces(&format!("pg://a:{url}@{address}:5432")),
            [
                text("pg://a:"),
                Piece::Value(0, Way::Url),
                text("@"),
                Piece::Value(1, Way::AsItIs),
                text(":5432")
            ]
        );
        let json = serde_json::json!({"--password": password.expose()}).to_string();
        assert_eq!(
            later.pieces(&json),
            [text("{\"--password\":\""), Piece::Value(0, Way::Json), text("\"}")]
        );
        assert_eq!(later.pieces(password.expose()), [Piece::Value(0, Way::AsItIs)]);
        assert!(!later.is_in("nothing of it"));
    }

    #[test]
    fn a_value_whose_mark_begins_like_another_is_not_taken_for_it() {
        let later = Later::default();
        let marks: Vec<String> = (0..12).map(|_| later.text("NAME", gcloud!["projects list"])).collect();
        let addresses: Vec<Ipv4Addr> =
            (0..30).map(|_| later.address("IP", gcloud!["projects list"])).collect();
        for (index, mark) in marks.iter().enumerate() {
            assert_eq!(later.pieces(mark), [Piece::Value(index, Way::AsItIs)]);
        }
        for (index, address) in addresses.iter().enumerate() {
            assert_eq!(later.pieces(&address.to_string()), [Piece::Value(index + 12, Way::AsItIs)]);
        }
        let names: Vec<String> = later.slots().into_iter().map(|slot| slot.variable).collect();
        assert_eq!((names[0].as_str(), names[1].as_str(), names[12].as_str()), ("NAME", "NAME_2", "IP"));
    }

    #[test]
    fn a_digest_of_what_is_known_later_is_known_later() {
        let later = Later::default();
        let mark = later.text("CA", gcloud!["redis instances describe", "r"]);
        let body = format!("{mark}\n");
        later.digest_of(&body);
        let digest: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(later.pieces(&digest), [Piece::Value(1, Way::AsItIs)]);
        later.digest_of("known now");
        assert_eq!(later.slots().len(), 2);
    }
}
