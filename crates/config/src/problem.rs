//! What is wrong with a config, told so that a person can mend it without reading code.

use std::fmt;

/// Where a value comes from. The order is the order in which problems are told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A place in the file. Lines and columns count from 1; line 0 means the file as a whole.
    File {
        /// The file, as the user named it.
        file: String,
        /// Line.
        line: usize,
        /// Column, in characters.
        column: usize,
    },
    /// An environment variable, by name.
    Environment(String),
    /// A `--set` on the command line.
    Set {
        /// Its place among its kind.
        index: usize,
        /// The key it names.
        key: String,
    },
    /// The defaults that the tool is built with.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::File { file, line: 0, .. } => f.write_str(file),
            Origin::File { file, line, column } => write!(f, "{file}:{line}:{column}"),
            Origin::Environment(name) => write!(f, "environment variable {name}"),
            Origin::Set { key, .. } => write!(f, "--set {key}"),
            Origin::Default => f.write_str("built-in default"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub origin: Origin,
    /// The key, `redis.memory_gb`; empty where the text is not even TOML.
    pub key: String,
    /// The value as TOML writes it; unset where there is none or where it may be a secret.
    pub value: Option<String>,
    /// What is wrong.
    pub what: String,
    /// What is allowed.
    pub allowed: String,
    /// What to do.
    pub remedy: String,
}

impl Problem {
    /// `redis.memory_gb = "big"`, as far as there is a key and a value.
    fn subject(&self) -> String {
        match &self.value {
            Some(value) => format!("{} = {value}", self.key),
            None => self.key.clone(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.origin)?;
        let subject = self.subject();
        let colon = if subject.is_empty() { "" } else { ": " };
        write!(f, "  {subject}{colon}{}", self.what)?;
        for (name, text) in [("allowed", &self.allowed), ("remedy", &self.remedy)] {
            if !text.is_empty() {
                write!(f, "\n  {name}: {text}")?;
            }
        }
        Ok(())
    }
}

/// Everything that is wrong, in the order of the places.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Errors {
    /// At least one.
    pub problems: Vec<Problem>,
}

impl Errors {
    pub(crate) fn new(mut problems: Vec<Problem>) -> Self {
        problems = problems.into_iter().map(Problem::tidy).collect();
        problems.sort_by(|a, b| (&a.origin, &a.key, &a.what).cmp(&(&b.origin, &b.key, &b.what)));
        problems.dedup();
        Self { problems }
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.problems.len() {
            1 => write!(f, "The config has an error; nothing was touched.")?,
            n => write!(f, "The config has {n} errors; nothing was touched.")?,
        }
        for problem in &self.problems {
            write!(f, "\n\n{problem}")?;
        }
        Ok(())
    }
}

/// A value for the eye: on one line, without anything that moves the cursor, and not too long.
pub(crate) fn shown(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => quoted(text),
        other => one_line(&other.to_string(), 100),
    }
}

/// Text for the eye, in quotes.
pub(crate) fn quoted(text: &str) -> String {
    let escaped = text.chars().fold(String::new(), |mut line, c| {
        match c {
            '\'' => line.push(c),
            c => line.extend(c.escape_debug()),
        }
        line
    });
    one_line(&format!("\"{escaped}\""), 100)
}

/// Names come from the user as well: whatever they hold, they must not draw on the terminal.
fn one_line(text: &str, most: usize) -> String {
    let visible: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if visible.chars().count() <= most {
        return visible;
    }
    let kept: String = visible.chars().take(most - 3).collect();
    format!("{kept}...")
}

impl Origin {
    fn tidy(self) -> Self {
        match self {
            Origin::File { file, line, column } => Origin::File { file: one_line(&file, 400), line, column },
            Origin::Environment(name) => Origin::Environment(one_line(&name, 200)),
            Origin::Set { index, key } => Origin::Set { index, key: one_line(&key, 200) },
            Origin::Default => Origin::Default,
        }
    }
}

impl Problem {
    fn tidy(self) -> Self {
        Self {
            origin: self.origin.tidy(),
            key: one_line(&self.key, 200),
            value: self.value.map(|value| one_line(&value, 100)),
            what: one_line(&self.what, 600),
            allowed: one_line(&self.allowed, 600),
            remedy: one_line(&self.remedy, 600),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(line: usize, key: &str) -> Problem {
        Problem {
            origin: Origin::File { file: "configs/dev.toml".into(), line, column: 1 },
            key: key.into(),
            value: Some("\"big\"".into()),
            what: "expected a whole number".into(),
            allowed: "a whole number from 1 to 300".into(),
            remedy: "write 1 without quotes".into(),
        }
    }

    #[test]
    fn problems_are_told_once_and_by_place() {
        let errors = Errors::new(vec![problem(9, "b"), problem(2, "a"), problem(9, "b"), problem(10, "c")]);
        let lines: Vec<_> = errors.problems.iter().map(|p| p.key.as_str()).collect();
        assert_eq!(lines, ["a", "b", "c"]);
    }

    #[test]
    fn what_is_shown_stays_on_one_short_line() {
        let nasty = toml::Value::String("a\u{1b}[2J\n\"b\"".repeat(50));
        for text in [shown(&nasty), quoted("x\u{1b}\n")] {
            assert!(!text.chars().any(char::is_control), "{text:?}");
            assert!(text.chars().count() <= 100);
        }
    }
}
