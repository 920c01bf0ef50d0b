//! Monitoring filters: `resource.type="x" AND metric.type="y" AND metric.labels.z="v"`.
//!
//! The shape of the refusals is Google's, from public issue threads: `Could not parse filter "..."; syntax error at
//! line 1, column 26, token '...'`, `must specify a restriction on "resource.type" in the filter; see ...`.

use crate::services::quoted::quoted;

/// Longest filter (description of `MetricThreshold.filter`).
const LONGEST: usize = 2048;

/// One restriction.
#[derive(Clone, Debug, PartialEq)]
pub struct Restriction {
    /// `metric.labels.response_code_class`; `label` is `labels`.
    pub path: String,
    /// `=`, `!=`, `>` ...
    pub op: String,
    /// The values: one, or those of `one_of`.
    pub values: Vec<String>,
    /// The function around them: `starts_with`, `monitoring.regex.full_match`.
    pub function: Option<String>,
    /// Below a NOT.
    pub negated: bool,
}

/// A parsed filter: its restrictions, and whether an OR joins some of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// All of them.
    pub restrictions: Vec<Restriction>,
}

impl Filter {
    /// The value that `path` is restricted to by `=` or `one_of`.
    pub fn exact(&self, path: &str) -> Vec<&str> {
        self.restrictions
            .iter()
            .filter(|r| r.path == path && r.op == "=" && !r.negated)
            .filter(|r| matches!(r.function.as_deref(), None | Some("one_of")))
            .flat_map(|r| r.values.iter().map(String::as_str))
            .collect()
    }

    /// Whether `path` is restricted at all.
    pub fn restricts(&self, path: &str) -> bool {
        self.restrictions.iter().any(|r| r.path == path)
    }
}

/// Parses a filter. The error is the part of Google's text that follows `had an invalid value of "...": `.
pub fn parse(text: &str) -> Result<Filter, String> {
    if crate::services::nesting::too_deep(text) {
        return Err("Could not parse filter: it is nested too deep".to_owned());
    }
    if text.chars().count() > LONGEST {
        return Err(format!("The filter must not exceed {LONGEST} characters."));
    }
    let tokens = lex(text)?;
    let mut parser = Parser { text, tokens, next: 0, restrictions: Vec::new() };
    if !parser.tokens.is_empty() {
        parser.expression(false)?;
        if let Some(token) = parser.peek() {
            return Err(syntax(text, token.line, token.column, &token.text));
        }
    }
    Ok(Filter { restrictions: parser.restrictions })
}

fn syntax(text: &str, line: usize, column: usize, token: &str) -> String {
    format!("Could not parse filter {text:?}; syntax error at line {line}, column {column}, token '{token}'")
}

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Word,
    Quoted,
    Operator,
    Mark,
}

#[derive(Clone, Debug)]
struct Token {
    kind: Kind,
    text: String,
    line: usize,
    column: usize,
}

fn lex(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line, mut start) = (0, 1, 0);
    while at < chars.len() {
        let (column, c) = (at - start + 1, chars[at]);
        let mut push = |kind, text: String| tokens.push(Token { kind, text, line, column });
        match c {
            '\n' => {
                at += 1;
                line += 1;
                start = at;
            }
            c if c.is_whitespace() => at += 1,
            '(' | ')' | ',' => {
                push(Kind::Mark, c.to_string());
                at += 1;
            }
            '=' | '!' | '<' | '>' | ':' => {
                let double = matches!((c, chars.get(at + 1)), ('!' | '<' | '>', Some('=')));
                let operator: String = chars[at..at + 1 + usize::from(double)].iter().collect();
                // `=~` is of the logging language; here a function does it.
                if operator == "!" || chars.get(at + operator.len()) == Some(&'~') {
                    let token: String = chars[at..(at + 2).min(chars.len())].iter().collect();
                    return Err(syntax(text, line, column, &token));
                }
                at += operator.len();
                push(Kind::Operator, operator);
            }
            '"' | '\'' => {
                let Some((value, end)) = quoted(&chars, at) else {
                    let rest: String = chars[at..].iter().collect();
                    return Err(syntax(text, line, column, &rest));
                };
                push(Kind::Quoted, value);
                at = end;
            }
            c if c.is_alphanumeric() || "_-.*".contains(c) => {
                let mut word = String::new();
                while at < chars.len() && (chars[at].is_alphanumeric() || "_-./*".contains(chars[at])) {
                    word.push(chars[at]);
                    at += 1;
                    if word.ends_with('.')
                        && matches!(chars.get(at), Some('"'))
                        && let Some((piece, end)) = quoted(&chars, at)
                    {
                        word.push_str(&piece);
                        at = end;
                    }
                }
                push(Kind::Word, word);
            }
            c => return Err(syntax(text, line, column, &c.to_string())),
        }
    }
    Ok(tokens)
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Token>,
    next: usize,
    restrictions: Vec<Restriction>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next)
    }

    fn at(&self, text: &str) -> bool {
        self.peek().is_some_and(|t| t.kind != Kind::Quoted && t.text == text)
    }

    fn take(&mut self) -> Result<Token, String> {
        let token = self.tokens.get(self.next).cloned().ok_or_else(|| {
            let (line, column) =
                self.tokens.last().map_or((1, 1), |t| (t.line, t.column + t.text.chars().count()));
            syntax(self.text, line, column, "")
        })?;
        self.next += 1;
        Ok(token)
    }

    fn refuse<T>(&self, token: &Token) -> Result<T, String> {
        Err(syntax(self.text, token.line, token.column, &token.text))
    }

    fn expression(&mut self, negated: bool) -> Result<(), String> {
        self.term(negated)?;
        loop {
            if self.at("AND") || self.at("OR") {
                self.next += 1;
            } else if self.peek().is_none() || self.at(")") {
                return Ok(());
            }
            self.term(negated)?;
        }
    }

    fn term(&mut self, negated: bool) -> Result<(), String> {
        if self.at("NOT") {
            self.next += 1;
            return self.term(!negated);
        }
        let token = self.take()?;
        if token.kind == Kind::Mark && token.text == "(" {
            self.expression(negated)?;
            let close = self.take()?;
            return if close.text == ")" { Ok(()) } else { self.refuse(&close) };
        }
        if token.kind != Kind::Word || matches!(token.text.as_str(), "AND" | "OR") {
            return self.refuse(&token);
        }
        let path = known_path(&token.text)
            .ok_or_else(|| format!("The filter contains an unknown name: {}", token.text))?;
        let operator = self.take()?;
        if operator.kind != Kind::Operator {
            return self.refuse(&operator);
        }
        let value = self.take()?;
        let (values, function) = match value.kind {
            Kind::Quoted => (vec![value.text], None),
            Kind::Word if self.at("(") => (self.arguments()?, Some(value.text)),
            Kind::Word if !matches!(value.text.as_str(), "AND" | "OR" | "NOT") => (vec![value.text], None),
            _ => return self.refuse(&value),
        };
        if let Some(name) = &function
            && !["starts_with", "ends_with", "has_substring", "one_of", "monitoring.regex.full_match"]
                .contains(&name.as_str())
        {
            return Err(format!("Unknown function: {name}"));
        }
        self.restrictions.push(Restriction { path, op: operator.text, values, function, negated });
        Ok(())
    }

    fn arguments(&mut self) -> Result<Vec<String>, String> {
        self.next += 1;
        let mut values = Vec::new();
        loop {
            let token = self.take()?;
            match (token.kind.clone(), token.text.as_str()) {
                (Kind::Mark, ")") if !values.is_empty() => return Ok(values),
                (Kind::Mark, ",") if !values.is_empty() => {}
                (Kind::Quoted | Kind::Word, _) => values.push(token.text),
                _ => return self.refuse(&token),
            }
        }
    }
}

/// The names that a filter may restrict, `label` written as `labels`.
fn known_path(path: &str) -> Option<String> {
    if matches!(path, "project" | "group.id" | "resource.type" | "metric.type") {
        return Some(path.to_owned());
    }
    for (short, long) in [
        ("resource.label.", "resource.labels."),
        ("metric.label.", "metric.labels."),
        ("metadata.user_label.", "metadata.user_labels."),
        ("metadata.system_label.", "metadata.system_labels."),
    ] {
        for prefix in [short, long] {
            if let Some(name) = path.strip_prefix(prefix).filter(|n| !n.is_empty()) {
                return Some(format!("{long}{name}"));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_is_googles() {
        let filter = parse(
            "resource.type = \"cloud_run_revision\" metric.type=\"run.googleapis.com/request_count\"\n\
             AND resource.label.\"service_name\"=\"s\" AND NOT metric.labels.code = one_of(\"1\", \"2\")",
        )
        .unwrap();
        assert_eq!(filter.exact("resource.type"), ["cloud_run_revision"]);
        assert_eq!(filter.exact("resource.labels.service_name"), ["s"]);
        assert!(filter.restricts("metric.labels.code") && filter.exact("metric.labels.code").is_empty());
        assert!(parse("metric.type = starts_with(\"a\") OR (project=\"p\" AND group.id=\"1\")").is_ok());
        for bad in [
            "resource.type=",
            "a=\"b\"",
            "metric.type=\"x",
            "metric.type \"x\"",
            "(metric.type=\"x\"",
            "metric.type=f(\"x\")",
            "AND",
            "metric.type=\"x\")",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(
            parse("metric.type=\"a\"\nmetric.labels.n=~\".*\"").unwrap_err(),
            "Could not parse filter \"metric.type=\\\"a\\\"\\nmetric.labels.n=~\\\".*\\\"\"; syntax error at line 2, column 16, token '=~'"
        );
    }
}
