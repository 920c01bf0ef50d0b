//! What a value may be, and how to say it to a person.

use ipnet::Ipv4Net;
use toml::Value;

/// What the names of a map's entries look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entries {
    /// Lower case by Google's rules (labels, database flags): an environment variable's name is lowered.
    LowerCase,
    /// Taken as it is written (environment variables).
    AsWritten,
}

/// What a value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// One of these texts, in any case.
    Choice(&'static [&'static str]),
    /// A whole number within bounds.
    Whole {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// Above 0, at most 1.
    Ratio,
    /// `true` or `false`.
    Switch,
    /// An IPv4 range.
    Range,
    /// A list of texts.
    Texts,
    /// A list of whole numbers within bounds.
    Wholes {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// A list of IPv4 ranges.
    Ranges,
    /// Names with texts.
    Map(Entries),
}

/// Why a value cannot stand where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub what: String,
    pub remedy: String,
}

impl Kind {
    /// What is allowed, as the end of the sentence "this must be ...".
    pub fn allowed(&self) -> String {
        match self {
            Kind::Text => "text in quotes".into(),
            Kind::Choice(choices) => format!("one of {}", choices.join(", ")),
            Kind::Whole { least, most } => format!("a whole number from {least} to {most}"),
            Kind::Ratio => "a number above 0 and at most 1".into(),
            Kind::Switch => "true or false".into(),
            Kind::Range => "an IPv4 range such as \"10.128.0.0/20\"".into(),
            Kind::Texts => "a list of texts such as [\"a\", \"b\"]".into(),
            Kind::Wholes { least, most } => format!("a list of whole numbers from {least} to {most}"),
            Kind::Ranges => "a list of IPv4 ranges such as [\"10.0.0.0/24\"]".into(),
            Kind::Map(_) => "a table of texts such as { name = \"value\" }".into(),
        }
    }

    /// What one element of a list may be.
    pub(crate) fn element(&self) -> Option<Kind> {
        match *self {
            Kind::Texts => Some(Kind::Text),
            Kind::Wholes { least, most } => Some(Kind::Whole { least, most }),
            Kind::Ranges => Some(Kind::Range),
            _ => None,
        }
    }

    /// The value as the model takes it, or what is wrong with it.
    pub(crate) fn admit(&self, value: Value) -> Result<Value, Mismatch> {
        match (self, value) {
            (Kind::Text, Value::String(text)) => Ok(Value::String(text)),
            (Kind::Choice(choices), Value::String(text)) => choose(choices, &text).map(Value::String),
            (Kind::Whole { least, most }, Value::Integer(n)) => within(n, *least, *most).map(Value::Integer),
            (Kind::Ratio, Value::Integer(1)) => Ok(Value::Float(1.0)),
            (Kind::Ratio, Value::Float(x)) if x > 0.0 && x <= 1.0 => Ok(Value::Float(x)),
            (Kind::Ratio, Value::Float(_) | Value::Integer(_)) => {
                Err(mismatch("is not above 0 and at most 1", "write a share: 0.05 means 5 of 100"))
            }
            (Kind::Switch, Value::Boolean(on)) => Ok(Value::Boolean(on)),
            (Kind::Range, Value::String(text)) => range(text),
            (Kind::Texts | Kind::Wholes { .. } | Kind::Ranges, Value::Array(list)) => self.admit_all(list),
            (_, other) => Err(self.wrong_type(&other)),
        }
    }

    fn admit_all(&self, list: Vec<Value>) -> Result<Value, Mismatch> {
        let Some(kind) = self.element() else { return Ok(Value::Array(list)) };
        list.into_iter().map(|value| kind.admit(value)).collect::<Result<_, _>>().map(Value::Array)
    }

    fn wrong_type(&self, value: &Value) -> Mismatch {
        let expected = match self {
            Kind::Text | Kind::Choice(_) => "text",
            Kind::Whole { .. } => "a whole number",
            Kind::Ratio => "a number",
            Kind::Switch => "true or false",
            Kind::Range => "an IPv4 range",
            Kind::Texts => "a list of texts",
            Kind::Wholes { .. } => "a list of whole numbers",
            Kind::Ranges => "a list of IPv4 ranges",
            Kind::Map(_) => "a table",
        };
        let remedy = match (self, value) {
            (Kind::Text | Kind::Choice(_), Value::Integer(n)) => format!("put it in quotes: \"{n}\""),
            (Kind::Text | Kind::Choice(_), Value::Float(x)) => format!("put it in quotes: \"{x}\""),
            (Kind::Text | Kind::Choice(_), Value::Boolean(b)) => format!("put it in quotes: \"{b}\""),
            (Kind::Text, Value::Table(_)) => {
                "if the name has a dot, put it in quotes: \"a.b\" = \"...\"".into()
            }
            (Kind::Whole { .. } | Kind::Ratio, Value::String(text)) if text.trim().parse::<f64>().is_ok() => {
                format!("write {} without quotes", text.trim())
            }
            (Kind::Switch, Value::String(text)) if matches!(text.as_str(), "true" | "false") => {
                format!("write {text} without quotes")
            }
            (Kind::Switch, _) => "write true or false, without quotes".into(),
            (Kind::Texts | Kind::Ranges | Kind::Wholes { .. }, Value::String(_) | Value::Integer(_)) => {
                "put it in square brackets".into()
            }
            _ => format!("write {}", self.allowed()),
        };
        mismatch(format!("expected {expected}"), remedy)
    }
}

fn mismatch(what: impl Into<String>, remedy: impl Into<String>) -> Mismatch {
    Mismatch { what: what.into(), remedy: remedy.into() }
}

fn choose(choices: &[&str], text: &str) -> Result<String, Mismatch> {
    if let Some(choice) = choices.iter().find(|choice| choice.eq_ignore_ascii_case(text)) {
        return Ok((*choice).to_owned());
    }
    let lower = text.to_lowercase();
    let closest = choices
        .iter()
        .map(|choice| (strsim::jaro_winkler(&choice.to_lowercase(), &lower), choice))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let remedy = match closest {
        Some((_, choice)) => format!("did you mean \"{choice}\"?"),
        None => "write one of the allowed texts".into(),
    };
    Err(mismatch("is not one of the allowed texts", remedy))
}

fn within(n: i64, least: i64, most: i64) -> Result<i64, Mismatch> {
    if n < least {
        Err(mismatch(format!("is less than {least}"), format!("write at least {least}")))
    } else if n > most {
        Err(mismatch(format!("is more than {most}"), format!("write at most {most}")))
    } else {
        Ok(n)
    }
}

fn range(text: String) -> Result<Value, Mismatch> {
    match text.parse::<Ipv4Net>() {
        Ok(_) => Ok(Value::String(text)),
        Err(_) => {
            let remedy = if text.parse::<std::net::Ipv4Addr>().is_ok() {
                format!("add the length of the prefix: \"{text}/32\" is this one address")
            } else if text.contains(':') {
                "IPv6 ranges are not supported here; write an IPv4 range".into()
            } else {
                "write four numbers from 0 to 255 and a prefix length from 0 to 32".into()
            };
            Err(mismatch("is not an IPv4 range", remedy))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        let table: toml::Table = format!("x = {text}").parse().unwrap();
        table["x"].clone()
    }

    #[test]
    fn values_are_admitted_or_told_why_not() {
        let seven = Kind::Whole { least: 2, most: 7 };
        let zones = Kind::Choice(&["zonal", "regional"]);
        let cases: &[(Kind, &str, Result<&str, &str>)] = &[
            (Kind::Text, "\"a\"", Ok("\"a\"")),
            (Kind::Text, "1", Err("expected text")),
            (zones, "\"Zonal\"", Ok("\"zonal\"")),
            (zones, "\"zone\"", Err("is not one of the allowed texts")),
            (zones, "1", Err("expected text")),
            (seven, "2", Ok("2")),
            (seven, "7", Ok("7")),
            (seven, "1", Err("is less than 2")),
            (seven, "8", Err("is more than 7")),
            (seven, "\"big\"", Err("expected a whole number")),
            (seven, "2.0", Err("expected a whole number")),
            (Kind::Ratio, "1", Ok("1.0")),
            (Kind::Ratio, "1.0", Ok("1.0")),
            (Kind::Ratio, "0.001", Ok("0.001")),
            (Kind::Ratio, "0.0", Err("is not above 0 and at most 1")),
            (Kind::Ratio, "1.01", Err("is not above 0 and at most 1")),
            (Kind::Ratio, "nan", Err("is not above 0 and at most 1")),
            (Kind::Ratio, "true", Err("expected a number")),
            (Kind::Switch, "true", Ok("true")),
            (Kind::Switch, "1", Err("expected true or false")),
            (Kind::Range, "\"10.0.0.0/8\"", Ok("\"10.0.0.0/8\"")),
            (Kind::Range, "\"10.0.0.0/33\"", Err("is not an IPv4 range")),
            (Kind::Range, "\"10.0.0.0\"", Err("is not an IPv4 range")),
            (Kind::Range, "\"fd00::/8\"", Err("is not an IPv4 range")),
            (Kind::Ranges, "[\"10.0.0.0/8\"]", Ok("[\"10.0.0.0/8\"]")),
            (Kind::Ranges, "\"10.0.0.0/8\"", Err("expected a list of IPv4 ranges")),
            (Kind::Wholes { least: 1, most: 9 }, "[1, 10]", Err("is more than 9")),
            (Kind::Texts, "[\"a\", 1]", Err("expected text")),
            (Kind::Map(Entries::AsWritten), "1", Err("expected a table")),
        ];
        for (kind, text, expected) in cases {
            let got = kind.admit(value(text));
            let expected = expected.map(value).map_err(str::to_owned);
            assert_eq!(got.map_err(|wrong| wrong.what), expected, "{kind:?} {text}");
        }
    }

    #[test]
    fn the_remedy_fits_the_slip() {
        let seven = Kind::Whole { least: 2, most: 7 };
        let remedy = |kind: Kind, text: &str| kind.admit(value(text)).unwrap_err().remedy;
        assert_eq!(remedy(Kind::Text, "1"), "put it in quotes: \"1\"");
        assert_eq!(remedy(seven, "\"5\""), "write 5 without quotes");
        assert_eq!(remedy(Kind::Switch, "\"true\""), "write true without quotes");
        assert_eq!(remedy(Kind::Choice(&["zonal", "regional"]), "\"region\""), "did you mean \"regional\"?");
        let one = "add the length of the prefix: \"10.0.0.1/32\" is this one address";
        assert_eq!(remedy(Kind::Range, "\"10.0.0.1\""), one);
    }
}
