//! The logging query language: its grammar, and enough of its meaning to choose among stored entries.
//!
//! The shape of the refusal is Google's ("Unparseable filter: syntax error at line 2, column 54, token '...'", seen in
//! public issue threads); the grammar follows Google's description of the language.

use crate::services::quoted::quoted;
use serde_json::Value;

/// Longest filter that Google takes (description of `LogMetric.filter`).
pub const LONGEST: usize = 20_000;

/// A parsed filter.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Matches everything.
    All,
    /// Every part matches.
    And(Vec<Filter>),
    /// Some part matches.
    Or(Vec<Filter>),
    /// The part does not match.
    Not(Box<Filter>),
    /// `path op value`
    Compare {
        /// `resource.labels.service_name`
        path: String,
        /// `=`, `>=`, `:` ...
        op: String,
        /// Without its quotes.
        value: String,
    },
    /// A text, anywhere.
    Text(String),
    /// A function, `LOG_ID("x")`.
    Call {
        /// `LOG_ID`
        name: String,
        /// Its arguments.
        arguments: Vec<String>,
    },
}

/// Parses a filter. The error is Google's text.
pub fn parse(text: &str) -> Result<Filter, String> {
    if crate::services::nesting::too_deep(text) {
        return Err("Unparseable filter: it is nested too deep".to_owned());
    }
    let tokens = lex(text)?;
    let mut parser = Parser { tokens, next: 0 };
    if parser.tokens.is_empty() {
        return Ok(Filter::All);
    }
    let filter = parser.any()?;
    match parser.peek() {
        None => Ok(filter),
        Some(token) => Err(token.unexpected()),
    }
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    text: String,
    line: usize,
    column: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Word,
    Quoted,
    Operator,
    Open,
    Close,
    Comma,
    Minus,
}

impl Token {
    fn unexpected(&self) -> String {
        syntax(self.line, self.column, &self.text)
    }
}

fn syntax(line: usize, column: usize, token: &str) -> String {
    format!("Unparseable filter: syntax error at line {line}, column {column}, token '{token}'")
}

fn lex(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens: Vec<Token> = Vec::new();
    let (mut at, mut line, mut start) = (0, 1, 0);
    while at < chars.len() {
        let (column, c) = (at - start + 1, chars[at]);
        let next = chars.get(at + 1).copied();
        let mut push = |kind, text: String| tokens.push(Token { kind, text, line, column });
        match c {
            '\n' => {
                at += 1;
                line += 1;
                start = at;
            }
            c if c.is_whitespace() => at += 1,
            '-' if next == Some('-') => {
                while at < chars.len() && chars[at] != '\n' {
                    at += 1;
                }
            }
            '(' | ')' | ',' => {
                let kind = match c {
                    '(' => Kind::Open,
                    ')' => Kind::Close,
                    _ => Kind::Comma,
                };
                push(kind, c.to_string());
                at += 1;
            }
            '-' => {
                push(Kind::Minus, "-".into());
                at += 1;
            }
            '=' | '!' | '<' | '>' | ':' => {
                let double = matches!((c, next), ('=' | '!', Some('~')) | ('!' | '<' | '>', Some('=')));
                let operator: String = chars[at..at + 1 + usize::from(double)].iter().collect();
                if operator == "!" {
                    return Err(syntax(line, column, "!"));
                }
                at += operator.len();
                push(Kind::Operator, operator);
            }
            '"' | '\'' => {
                let (value, end) = quoted(&chars, at).ok_or_else(|| {
                    let rest: String = chars[at..].iter().collect();
                    syntax(line, column, &rest)
                })?;
                push(Kind::Quoted, value);
                at = end;
            }
            _ => {
                let from = at;
                let mut word = String::new();
                while at < chars.len() && !chars[at].is_whitespace() && !"()=!<>:,\"'".contains(chars[at]) {
                    word.push(chars[at]);
                    at += 1;
                    // `labels."a.b/c".d`: a quoted piece belongs to the path.
                    if word.ends_with('.')
                        && matches!(chars.get(at), Some('"'))
                        && let Some((piece, end)) = quoted(&chars, at)
                    {
                        word.push_str(&piece);
                        at = end;
                    }
                }
                if at == from {
                    return Err(syntax(line, column, &c.to_string()));
                }
                push(Kind::Word, word);
            }
        }
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    next: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn take(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.next).cloned();
        self.next += 1;
        token
    }

    fn is_word(&self, word: &str) -> bool {
        self.peek().is_some_and(|t| t.kind == Kind::Word && t.text == word)
    }

    fn is(&self, kind: Kind) -> bool {
        self.peek().is_some_and(|t| t.kind == kind)
    }

    fn end(&self) -> String {
        let (line, column) =
            self.tokens.last().map_or((1, 1), |t| (t.line, t.column + t.text.chars().count()));
        syntax(line, column, "")
    }

    /// `a OR b AND c`: in this language OR binds tighter than AND.
    fn any(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.either()?];
        loop {
            if self.is_word("AND") {
                self.next += 1;
            } else if self.peek().is_none() || self.is(Kind::Close) {
                break;
            }
            parts.push(self.either()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::And(parts) })
    }

    fn either(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.negated()?];
        while self.is_word("OR") {
            self.next += 1;
            parts.push(self.negated()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Filter::Or(parts) })
    }

    fn negated(&mut self) -> Result<Filter, String> {
        if self.is_word("NOT") || self.is(Kind::Minus) {
            self.next += 1;
            return Ok(Filter::Not(Box::new(self.negated()?)));
        }
        self.term()
    }

    fn term(&mut self) -> Result<Filter, String> {
        let token = self.take().ok_or_else(|| self.end())?;
        match token.kind {
            Kind::Open => {
                let inner = self.any()?;
                match self.take() {
                    Some(t) if t.kind == Kind::Close => Ok(inner),
                    Some(t) => Err(t.unexpected()),
                    None => Err(self.end()),
                }
            }
            Kind::Word if token.text == "AND" || token.text == "OR" => Err(token.unexpected()),
            Kind::Word if self.is(Kind::Open) => self.call(token.text),
            Kind::Word | Kind::Quoted if self.is(Kind::Operator) => {
                let op = self.take().map(|t| t.text).unwrap_or_default();
                self.value(&token.text, &op)
            }
            Kind::Word | Kind::Quoted => Ok(Filter::Text(token.text)),
            _ => Err(token.unexpected()),
        }
    }

    fn call(&mut self, name: String) -> Result<Filter, String> {
        self.next += 1;
        let mut arguments = Vec::new();
        loop {
            match self.take() {
                Some(t) if t.kind == Kind::Close => return Ok(Filter::Call { name, arguments }),
                Some(t) if matches!(t.kind, Kind::Word | Kind::Quoted) => arguments.push(t.text),
                Some(t) if t.kind == Kind::Comma && !arguments.is_empty() => {}
                Some(t) => return Err(t.unexpected()),
                None => return Err(self.end()),
            }
        }
    }

    /// A value, or values in brackets: `severity=(ERROR OR CRITICAL)`.
    fn value(&mut self, path: &str, op: &str) -> Result<Filter, String> {
        let compare = |value: String| Filter::Compare { path: path.to_owned(), op: op.to_owned(), value };
        let token = self.take().ok_or_else(|| self.end())?;
        match token.kind {
            Kind::Word if self.is(Kind::Open) => self.call(token.text),
            Kind::Word | Kind::Quoted => Ok(compare(token.text)),
            Kind::Minus => match self.take() {
                Some(t) if t.kind == Kind::Word => Ok(compare(format!("-{}", t.text))),
                Some(t) => Err(t.unexpected()),
                None => Err(self.end()),
            },
            Kind::Open => {
                let (mut parts, mut all) = (Vec::new(), true);
                loop {
                    parts.push(self.value(path, op)?);
                    match self.take() {
                        Some(t) if t.kind == Kind::Close => break,
                        Some(t) if t.text == "OR" => all = false,
                        Some(t) if t.text == "AND" => {}
                        Some(t) => return Err(t.unexpected()),
                        None => return Err(self.end()),
                    }
                }
                Ok(if all { Filter::And(parts) } else { Filter::Or(parts) })
            }
            _ => Err(token.unexpected()),
        }
    }
}

const SEVERITIES: [&str; 9] =
    ["DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"];

impl Filter {
    /// Whether an entry is chosen.
    pub fn matches(&self, entry: &Value) -> bool {
        match self {
            Self::All => true,
            Self::And(parts) => parts.iter().all(|p| p.matches(entry)),
            Self::Or(parts) => parts.iter().any(|p| p.matches(entry)),
            Self::Not(part) => !part.matches(entry),
            Self::Text(text) => entry.to_string().to_lowercase().contains(&text.to_lowercase()),
            Self::Call { name, arguments } if name.eq_ignore_ascii_case("log_id") => {
                let id = arguments.first().map_or("", String::as_str).replace('/', "%2F");
                entry["logName"].as_str().is_some_and(|log| log.ends_with(&format!("/logs/{id}")))
            }
            Self::Call { .. } => true,
            Self::Compare { path, op, value } => compare(entry, path, op, value),
        }
    }
}

fn compare(entry: &Value, path: &str, op: &str, value: &str) -> bool {
    let mut place = entry;
    let mut rest = path;
    while !rest.is_empty() {
        // The longest key first, since keys of labels have dots.
        let Some(map) = place.as_object() else { return op.starts_with('!') };
        let found = map.iter().filter(|(key, _)| {
            rest.strip_prefix(key.as_str()).is_some_and(|r| r.is_empty() || r.starts_with('.'))
        });
        let Some((key, inner)) = found.max_by_key(|(key, _)| key.len()) else { return op.starts_with('!') };
        place = inner;
        rest = rest[key.len()..].trim_start_matches('.');
    }
    let have = place.as_str().map_or_else(|| place.to_string(), str::to_owned);
    let order = if path == "severity" {
        let rank = |s: &str| SEVERITIES.iter().position(|known| known.eq_ignore_ascii_case(s));
        rank(&have).partial_cmp(&rank(value))
    } else if let (Ok(a), Ok(b)) = (have.parse::<f64>(), value.parse::<f64>()) {
        a.partial_cmp(&b)
    } else {
        Some(have.as_str().cmp(value))
    };
    let pattern = || regex::Regex::new(value).is_ok_and(|r| r.is_match(&have));
    match op {
        "=" => order.is_some_and(|o| o.is_eq()),
        "!=" => !order.is_some_and(|o| o.is_eq()),
        ">" => order.is_some_and(|o| o.is_gt()),
        ">=" => order.is_some_and(|o| o.is_ge()),
        "<" => order.is_some_and(|o| o.is_lt()),
        "<=" => order.is_some_and(|o| o.is_le()),
        "=~" => pattern(),
        "!~" => !pattern(),
        _ => value == "*" || have.to_lowercase().contains(&value.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_grammar_takes_what_google_takes() {
        for good in [
            "",
            "severity>=ERROR",
            "resource.type=\"cloud_run_revision\" AND resource.labels.service_name=\"s\" AND severity>=ERROR",
            "resource.type=\"gce_instance\"\nseverity=(ERROR OR CRITICAL) -- why\n",
            "NOT LOG_ID(\"cloudaudit.googleapis.com/activity\") AND NOT LOG_ID(\"x\")",
            "labels.\"compute.googleapis.com/resource_name\"=~\"^a\" -textPayload:\"health\"",
            "sample(insertId, 0.99) timeout",
        ] {
            assert!(parse(good).is_ok(), "{good}: {:?}", parse(good));
        }
        for bad in
            ["severity>=", "severity=ERROR AND", "(a=b", "a=b)", "a=\"b", "AND a", "OR", "a ! b", "f(,)"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            parse("a=\"b\"\nc==d").unwrap_err(),
            "Unparseable filter: syntax error at line 2, column 3, token '='"
        );
    }

    #[test]
    fn a_filter_chooses_entries() {
        let entry = json!({"severity": "CRITICAL", "textPayload": "it broke", "labels": {"a.b/c": "1"},
            "logName": "projects/p/logs/run.googleapis.com%2Fstderr", "resource": {"type": "cloud_run_revision"}});
        for (filter, chosen) in [
            ("severity>=ERROR", true),
            ("severity<ERROR", false),
            ("resource.type=\"cloud_run_revision\" AND textPayload:\"BROKE\"", true),
            ("labels.\"a.b/c\"=1", true),
            ("NOT severity=CRITICAL OR broke", true),
            ("LOG_ID(\"run.googleapis.com/stderr\")", true),
            ("jsonPayload.x=1", false),
            ("textPayload=~\"^it .*e$\" severity=(INFO OR DEBUG)", false),
        ] {
            assert_eq!(parse(filter).unwrap().matches(&entry), chosen, "{filter}");
        }
    }
}
