//! What was written down, as bash.

use super::later::{Cut, Later, Piece, Slot, Source, Way};
use super::{About, Entry};
use crate::{Action, Error, Plan, Result};
use gcloud::{Secret, quote};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Longer commands are written with one flag a line.
const WIDTH: usize = 100;

const SETTINGS: &str = r#"set -euo pipefail
umask 077
trap 'echo "Stopped. What is left to do tells: $AGAIN" >&2' ERR
# gcloud writes no log file, and shows nothing of what it sends.
export CLOUDSDK_CORE_DISABLE_FILE_LOGGING=true CLOUDSDK_CORE_LOG_HTTP=false
"#;

/// Of the messages that `crates/gcloud` knows, those of a change that Google has not made, and makes a little later.
const GCLOUD: &str = r#"
# gcloud asks nothing, and prints what was asked for and no more. What was made a moment ago is not seen everywhere at once:
# what fails for that reason is tried again, for some minutes.
gcloud() {
  local input='' said status pause
  local soon='has not been used in project|SERVICE_DISABLED|NOT_ENABLED|cannot find metric|service account.* does not exist'
  soon+='|gserviceaccount.com.* does not exist|denied.*(service account|gserviceaccount)|service ?agent|not_peered'
  soon+='|private services? access is not enabled|(operation|activation) (was already |is )?in progress|operation_?in_?progress|is not ready|concurrent policy changes|but current version is'
  soon+='|or it may not exist|too many requests|rate.?limit.?exceeded|per minute'
  case "$* " in *'-file=- '*) IFS= read -rd '' input || true ;; esac
  case "$*" in *--format=* | *' access '*) ;; *) set -- "$@" --format=none ;; esac
  for pause in 5 5 10 20 30 30 60 60 0; do
    status=0
    { said=$(printf '%s' "$input" | command gcloud "$@" --quiet 2>&1 >&3) || status=$?; } 3>&1
    [[ -z $said ]] || printf '%s\n' "$said" >&2
    ((status != 0 && pause != 0)) && grep -qiE "$soon" <<<"$said" || return "$status"
    echo "Again in $pause s." >&2
    sleep "$pause"
  done
}
"#;

const ASK: &str = r#"
# ask VARIABLE WHAT: reads a secret, one line of standard input.
ask() {
  IFS= read -rsp "$2: " "$1" || true
  [[ ! -t 0 ]] || echo >&2
  if [[ -z ${!1} || ${!1} == *[[:cntrl:]]* ]]; then
    echo "A line of text is needed on standard input: $2" >&2
    exit 2
  fi
}
"#;

const JSON: &str = r#"
# A text, as it stands inside of a string of JSON.
json() {
  local text=${1//\\/\\\\}
  printf '%s' "${text//\"/\\\"}"
}
"#;

const URL: &str = r#"
# A text, as it stands in a URL.
url() {
  local LC_ALL=C text=$1 at byte
  for ((at = 0; at < ${#text}; at++)); do
    case ${text:at:1} in
      [a-zA-Z0-9._~-]) printf '%s' "${text:at:1}" ;;
      *) printf -v byte '%d' "'${text:at:1}"; printf '%%%02X' $((byte & 255)) ;;
    esac
  done
}
"#;

const FILES: &str = r#"
# What gcloud reads from a file.
files=$(mktemp -d)
trap 'rm -rf "$files"' EXIT
"#;

/// The whole script.
pub(super) fn script(
    about: &About,
    plan: &Plan,
    entries: &[Entry],
    later: &Later,
    hidden: &[Secret],
) -> Result<String> {
    let slots = later.slots();
    let body = |used| Body { about, later, slots: &slots, known: BTreeSet::new(), used, text: String::new() };
    // Twice: what a change prints is kept where something later needs it.
    let mut first = body(BTreeSet::new());
    first.entries(entries)?;
    let mut body = body(first.known);
    body.entries(entries)?;
    let Body { known, text: body, .. } = body;
    let asked: Vec<(&Slot, &str)> = known
        .iter()
        .filter_map(|index| match &slots[*index] {
            slot @ Slot { source: Source::Asked(what), .. } => Some((slot, what.as_str())),
            _ => None,
        })
        .collect();
    let mut text = head(about, plan, &asked);
    if !plan.changes() {
        text.push_str("echo 'Nothing to do: everything is as configured.'\n");
        return Ok(text);
    }
    let _ = writeln!(text, "AGAIN={}", quote(&gcloud::mask(&about.again)));
    text.push_str(SETTINGS);
    text.push_str(GCLOUD);
    let used = |part: &str| body.contains(part);
    for (function, is_used) in
        [(ASK, !asked.is_empty()), (JSON, used("$(json ")), (URL, used("$(url ")), (FILES, used("\"$files/"))]
    {
        text.push_str(if is_used { function } else { "" });
    }
    if !asked.is_empty() {
        text.push('\n');
    }
    for (slot, what) in &asked {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(text, "ask {} {}", slot.variable, quote(what));
    }
    // Nothing else may read what is meant for these.
    text.push_str("exec </dev/null\n");
    text.push_str(&body);
    text.push_str("\necho \"Done. Look whether anything is left to do: $AGAIN\"\n");
    match hidden.iter().any(|secret| shows(&text, secret)) {
        false => Ok(text),
        true => Err(cannot("it would show a secret that is in use")),
    }
}

fn cannot(why: &str) -> Error {
    Error::person("the plan cannot be written as a script", why, "this is a defect of the tool: report it")
}

/// Whether a text has a secret in it, in one of the forms in which a script could write it.
fn shows(text: &str, secret: &Secret) -> bool {
    let json = serde_json::Value::from(secret.expose()).to_string();
    let url = utf8_percent_encode(secret.expose(), NON_ALPHANUMERIC).to_string();
    let forms = [secret.expose(), json.trim_matches('"'), &url];
    // What is shorter is in every text.
    forms.iter().any(|form| form.len() >= 4 && text.contains(form))
}

fn head(about: &About, plan: &Plan, asked: &[(&Slot, &str)]) -> String {
    let About { command, config, tool, written, project, place, .. } = about;
    let count = |action| plan.items.iter().filter(|item| item.action == action).count();
    let counts: Vec<String> = [
        (count(Action::Create), "to create"),
        (count(Action::Update), "to update"),
        (count(Action::Replace), "to replace"),
        (count(Action::Delete), "to delete"),
    ]
    .iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("{number} {what}"))
    .collect();
    let counts = if counts.is_empty() { "nothing to do".to_owned() } else { counts.join(", ") };
    let mut text = format!(
        "#!/usr/bin/env bash\n\
         # The plan for the project {project} as gcloud commands: {counts}.\n\
         #\n\
         # Written {written} by deploy-all {tool}, for the cloud as it was then:\n\
         #     {}\n",
        gcloud::mask(command)
    );
    if !config.is_empty() {
        let _ = writeln!(text, "# The config is that of {}.", config.join(", "));
    }
    if let Some(place) = place {
        let _ = writeln!(text, "# Not on Google: {place}.");
    }
    if plan.changes() {
        text.push_str("#\n# Read it, then run it with bash");
        match asked {
            [] => text.push_str(".\n"),
            asked => {
                text.push_str("; it asks, on standard input, one line each, for\n");
                for (_, what) in asked {
                    let _ = writeln!(text, "#   - {what}");
                }
                let random = "openssl rand -hex 20";
                let random = match asked.len() {
                    1 => random.to_owned(),
                    several => format!("{{ {}; }}", vec![random; several].join("; ")),
                };
                let _ = writeln!(
                    text,
                    "#     {random} | bash SCRIPT\n# A secret is in no command line and is never shown."
                );
            }
        }
        text.push_str(
            "# It stops at the first failure. Do not run it twice: what is left to do then, a new plan tells.\n",
        );
    }
    text
}

struct Body<'a> {
    about: &'a About,
    later: &'a Later,
    slots: &'a [Slot],
    /// Which of the variables have their value by now.
    known: BTreeSet<usize>,
    /// Those that are of use at all.
    used: BTreeSet<usize>,
    text: String,
}

impl Body<'_> {
    fn entries(&mut self, entries: &[Entry]) -> Result<()> {
        for (number, entry) in entries.iter().enumerate() {
            match entry {
                Entry::Step { id, title } => {
                    // A step of which nothing is done is not named.
                    if !matches!(entries.get(number + 1), None | Some(Entry::Step { .. })) {
                        let _ = writeln!(self.text, "\n\n### {id}: {title}\n\necho '== {id}'");
                    }
                }
                Entry::Resource { address, action, fields, means } => {
                    let _ = writeln!(self.text, "\n# {} {address}", action.symbol());
                    for diff in fields {
                        let line = format!("{}: {} → {}", diff.field, diff.old, diff.new);
                        self.comment(&format!("    {line}"));
                    }
                    means.iter().for_each(|text| self.comment(&format!("    {text}")));
                }
                Entry::Remark(text) => self.comment(text),
                Entry::Command { args, project, stdin, files, or_else } => {
                    let line = self.command(number, args, *project, stdin.as_ref(), files)?;
                    let or_else = or_else
                        .as_ref()
                        .map(|text| format!(" ||\n    echo {} >&2", quote(&gcloud::mask(text))));
                    let _ = writeln!(self.text, "{line}{}", or_else.unwrap_or_default());
                    self.printed(number);
                }
                Entry::WriteFile { path, content } => {
                    if let Some(folder) = path.parent() {
                        let _ = writeln!(self.text, "mkdir -p {}", quote(&folder.to_string_lossy()));
                    }
                    let pieces = self.pieces(content, false)?;
                    self.file(&quote(&path.to_string_lossy()), &pieces);
                }
                Entry::RemoveFile { path } => {
                    let _ = writeln!(self.text, "rm -f {}", quote(&path.to_string_lossy()));
                }
                Entry::Wait { seconds, doing } => {
                    let _ = writeln!(self.text, "sleep {seconds} # {doing}");
                }
            }
        }
        Ok(())
    }

    fn comment(&mut self, text: &str) {
        let _ = writeln!(self.text, "# {}", gcloud::mask(text).replace(['\n', '\r'], " ").trim_end());
    }

    /// Takes a text apart, and gives the variables in it their values.
    fn pieces(&mut self, text: &str, on_stdin: bool) -> Result<Vec<Piece>> {
        let pieces = self.later.pieces(text);
        for piece in &pieces {
            let Piece::Value(index, _) = piece else { continue };
            if self.slots[*index].secret && !on_stdin {
                return Err(cannot("a secret would be seen in a command line or in a file"));
            }
            self.assign(*index)?;
        }
        Ok(pieces)
    }

    fn assign(&mut self, index: usize) -> Result<()> {
        if !self.known.insert(index) {
            return Ok(());
        }
        let Slot { variable, source, .. } = &self.slots[index];
        match source {
            // At the head of the script, and where it is made.
            Source::Asked(_) | Source::Printed { .. } => {}
            Source::Read { args, project, cut } => {
                // All else is told to print nothing.
                if !args.iter().any(|arg| arg.starts_with("--format=") || arg == "access") {
                    return Err(cannot("a command that is to print a value has no format"));
                }
                let words = self.words(args, *project)?;
                let _ = writeln!(self.text, "{}", wrapped(&format!("{variable}=$("), &words, ")"));
                self.cut(variable, *cut);
            }
            Source::Digest(pieces) => {
                for piece in pieces {
                    if let Piece::Value(index, _) = piece {
                        self.assign(*index)?;
                    }
                }
                let printed = self.printf(pieces);
                let _ = writeln!(self.text, "{variable}=$({printed} | sha256sum | cut -d ' ' -f 1)");
            }
        }
        Ok(())
    }

    /// Takes the part of a variable that is meant, and sees that there is one.
    fn cut(&mut self, variable: &str, cut: Cut) {
        let part = match cut {
            Cut::Nothing => None,
            Cut::Path => Some("##*/".to_owned()),
            Cut::Prefix(prefix) => Some(format!("#{prefix}")),
        };
        if let Some(part) = part {
            let _ = writeln!(self.text, "{variable}=${{{variable}{part}}}");
        }
        // Better to stop than to go on with an empty value.
        let _ = writeln!(self.text, ": \"${{{variable}:?}}\"");
    }

    /// What a change prints that is of use later: the variable's number, and how it is printed.
    fn of_use(&self, change: usize) -> Option<(usize, &str, Cut)> {
        let slots = self.slots.iter().enumerate();
        slots.filter(|(index, _)| self.used.contains(index)).find_map(|(index, slot)| match &slot.source {
            Source::Printed { change: by, format, cut } if *by == change => {
                Some((index, format.as_str(), *cut))
            }
            _ => None,
        })
    }

    /// After a change whose answer is of use.
    fn printed(&mut self, change: usize) {
        if let Some((index, _, cut)) = self.of_use(change) {
            let variable = self.slots[index].variable.clone();
            self.cut(&variable, cut);
        }
    }

    /// A command's words, quoted.
    fn words(&mut self, args: &[String], project: bool) -> Result<Vec<String>> {
        let mut words = vec!["gcloud".to_owned()];
        for arg in args {
            let pieces = self.pieces(arg, false)?;
            words.push(self.word(arg, &pieces));
        }
        if project {
            words.push(quote(&format!("--project={}", self.about.project)));
        }
        if let Some(account) = &self.about.account {
            words.push(quote(&format!("--account={account}")));
        }
        Ok(words)
    }

    fn word(&self, arg: &str, pieces: &[Piece]) -> String {
        if !pieces.iter().any(|piece| matches!(piece, Piece::Value(..))) {
            return quote(arg);
        }
        match pieces {
            [Piece::Text(first), rest @ ..] if first.starts_with("--") && first.contains('=') => {
                let (flag, text) = first.split_once('=').unwrap_or((first, ""));
                let begin = (!text.is_empty()).then(|| Piece::Text(text.to_owned()));
                let value: Vec<Piece> = begin.into_iter().chain(rest.iter().cloned()).collect();
                format!("{flag}={}", self.double(&value))
            }
            pieces => self.double(pieces),
        }
    }

    /// In double quotes.
    fn double(&self, pieces: &[Piece]) -> String {
        let parts = pieces.iter().map(|piece| match piece {
            Piece::Text(text) => escaped(text, "\\$`\""),
            Piece::Value(index, way) => self.value(*index, *way),
        });
        format!("\"{}\"", parts.collect::<String>())
    }

    fn value(&self, index: usize, way: Way) -> String {
        let variable = &self.slots[index].variable;
        match way {
            Way::AsItIs => format!("${{{variable}}}"),
            Way::Json => format!("$(json \"${variable}\")"),
            Way::Url => format!("$(url \"${variable}\")"),
        }
    }

    /// Prints a text by the shell's own command, which no list of processes shows.
    fn printf(&self, pieces: &[Piece]) -> String {
        let mut format = String::new();
        let mut values = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => {
                    let text = text.replace('\\', "\\\\").replace('%', "%%").replace('\n', "\\n");
                    format.push_str(&text);
                }
                Piece::Value(index, Way::AsItIs) => {
                    format.push_str("%s");
                    let _ = write!(values, " \"${}\"", self.slots[*index].variable);
                }
                Piece::Value(index, way) => {
                    format.push_str("%s");
                    let _ = write!(values, " \"{}\"", self.value(*index, *way));
                }
            }
        }
        format!("printf '{}'{values}", format.replace('\'', r"'\''"))
    }

    fn command(
        &mut self,
        number: usize,
        args: &[String],
        project: bool,
        stdin: Option<&Secret>,
        files: &[(String, String, String)],
    ) -> Result<String> {
        let mut words = self.words(args, project)?;
        for (place, (flag, name, content)) in files.iter().enumerate() {
            let pieces = self.pieces(content, false)?;
            self.file(&format!("\"$files/{name}\""), &pieces);
            words.insert(args.len() + 1 + place, format!("{flag}=\"$files/{name}\""));
        }
        let kept =
            self.of_use(number).map(|(index, format, _)| (self.slots[index].variable.clone(), quote(format)));
        let (open, close) = match &kept {
            Some((variable, format)) => {
                words.push(format.clone());
                (format!("{variable}=$("), ")")
            }
            None => (String::new(), ""),
        };
        let before = match stdin {
            None => String::new(),
            Some(stdin) => {
                let pieces = self.pieces(stdin.expose(), true)?;
                format!("{} |", self.printf(&pieces))
            }
        };
        // A pipe ends a line.
        let before = match before.is_empty() {
            true => String::new(),
            false if before.len() + words.join(" ").len() < WIDTH => format!("{before} "),
            false => format!("{before}\n  "),
        };
        Ok(wrapped(&format!("{open}{before}"), &words, close))
    }

    /// Writes a file, whose name is quoted.
    fn file(&mut self, name: &str, pieces: &[Piece]) {
        let plain = !pieces.iter().any(|piece| matches!(piece, Piece::Value(..)));
        let content: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) if plain => text.clone(),
                Piece::Text(text) => escaped(text, "\\$`"),
                Piece::Value(index, way) => self.value(*index, *way),
            })
            .collect();
        // Without an end of the last line there is no here-document of it.
        if !content.ends_with('\n') {
            let printed = self.printf(pieces);
            let _ = writeln!(self.text, "{printed} >{name}");
            return;
        }
        let free = |mark: &String| content.lines().all(|line| line != mark);
        let mut marks = std::iter::once("END".to_owned()).chain((2..).map(|number| format!("END{number}")));
        let mark = marks.find(free).unwrap_or_default();
        let quoted = if plain { format!("'{mark}'") } else { mark.clone() };
        let _ = writeln!(self.text, "cat >{name} <<{quoted}\n{content}{mark}");
    }
}

/// A command in one line, or one flag a line.
fn wrapped(before: &str, words: &[String], after: &str) -> String {
    let line = format!("{before}{}{after}", words.join(" "));
    if line.lines().all(|line| line.chars().count() <= WIDTH) {
        return line;
    }
    let mut text = before.to_owned();
    let mut width = before.lines().last().map_or(0, |line| line.chars().count());
    for (number, word) in words.iter().enumerate() {
        let long = width + 1 + word.chars().count() > WIDTH;
        if number > 0 && (word.starts_with("--") || long) {
            text.push_str(" \\\n    ");
            width = 4;
        } else if number > 0 {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += word.chars().count();
    }
    text + after
}

fn escaped(text: &str, signs: &str) -> String {
    let escape = |char: char| {
        let before = signs.contains(char).then_some('\\');
        before.into_iter().chain(std::iter::once(char))
    };
    text.chars().flat_map(escape).collect()
}

#[cfg(test)]
#[path = "bash_tests.rs"]
mod tests;
