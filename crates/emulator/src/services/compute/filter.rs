//! List filters, in both of the grammars that compute documents: `field eq REGEX` (with parentheses for several), and
//! AIP-160 (`field = value`, `AND`, `OR`, `NOT`). The two do not mix. gcloud sends the first kind and does not filter
//! again, so a filter that is not applied here shows wrong rows.

use regex::Regex;
use serde_json::Value;

/// A parsed filter.
#[derive(Debug)]
pub enum Filter {
    /// All of them.
    All(Vec<Filter>),
    /// One of them.
    Any(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// `field eq REGEX`: the whole field matches.
    Matches(String, Regex),
    /// `field OP value`.
    Compare(String, Operator, String),
}

/// An operator of AIP-160.
#[derive(Clone, Copy, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Has,
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Open,
    Close,
    Operator(Operator),
    Word(String),
    Quoted(String),
}

/// Parses a filter; `None` where it fits neither grammar.
pub fn parse(text: &str) -> Option<Filter> {
    if crate::services::nesting::too_deep(text) {
        return None;
    }
    if let Some(filter) = regular(text) {
        return Some(filter);
    }
    let tokens = tokens(text)?;
    let mut rest = &tokens[..];
    let filter = any(&mut rest)?;
    rest.is_empty().then_some(filter)
}

// The older grammar: `(a eq x)(b ne y)` or `a eq x`, where an unquoted literal runs to the end.

fn regular(text: &str) -> Option<Filter> {
    let text = text.trim();
    if !text.starts_with('(') {
        return regular_term(text);
    }
    let mut terms = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let close = closing(rest)?;
        terms.push(regular_term(&rest[1..close])?);
        rest = rest[close + 1..].trim_start();
        rest = rest.strip_prefix("AND ").unwrap_or(rest).trim_start();
    }
    Some(Filter::All(terms))
}

/// The place of the parenthesis that closes the first one, quotes observed.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quote, mut escaped) = (0, None, false);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (_, '\\') => escaped = true,
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

fn regular_term(text: &str) -> Option<Filter> {
    let (field, rest) = text.trim().split_once(char::is_whitespace)?;
    let (operator, literal) = rest.trim_start().split_once(char::is_whitespace)?;
    if !field.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-')) {
        return None;
    }
    let literal = literal.trim();
    let literal = ['"', '\'']
        .iter()
        .find_map(|q| literal.strip_prefix(*q).and_then(|l| l.strip_suffix(*q)))
        .unwrap_or(literal)
        .replace("\\\"", "\"");
    let regex = Regex::new(&format!("^(?:{literal})$")).ok()?;
    let term = Filter::Matches(field.to_owned(), regex);
    match operator {
        "eq" => Some(term),
        "ne" => Some(Filter::Not(Box::new(term))),
        _ => None,
    }
}

// AIP-160.

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '(' => (Token::Open, 1),
            ')' => (Token::Close, 1),
            '"' | '\'' => {
                let end = rest[1..].find(first)? + 1;
                (Token::Quoted(rest[1..end].to_owned()), end + 1)
            }
            _ => match operator(rest) {
                Some((operator, length)) => (Token::Operator(operator), length),
                None => {
                    let end = rest.find(|c: char| c.is_whitespace() || "()=!<>:\"'".contains(c));
                    // A link may hold colons; a field may not, and a word after an operator runs to the next blank.
                    let value = matches!(found.last(), Some(Token::Operator(_)));
                    let end =
                        if value { rest.find(|c: char| c.is_whitespace() || "()".contains(c)) } else { end };
                    let end = end.unwrap_or(rest.len());
                    if end == 0 {
                        return None;
                    }
                    (Token::Word(rest[..end].to_owned()), end)
                }
            },
        };
        found.push(token);
        rest = rest[length..].trim_start();
    }
    Some(found)
}

fn operator(text: &str) -> Option<(Operator, usize)> {
    let all = [
        ("!=", Operator::NotEqual),
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("=", Operator::Equal),
        ("<", Operator::Less),
        (">", Operator::Greater),
        (":", Operator::Has),
    ];
    all.into_iter().find(|(sign, _)| text.starts_with(sign)).map(|(sign, operator)| (operator, sign.len()))
}

fn any(rest: &mut &[Token]) -> Option<Filter> {
    let mut terms = vec![all(rest)?];
    while rest.first() == Some(&Token::Word("OR".into())) {
        *rest = &rest[1..];
        terms.push(all(rest)?);
    }
    Some(Filter::Any(terms))
}

fn all(rest: &mut &[Token]) -> Option<Filter> {
    let mut terms = vec![term(rest)?];
    loop {
        match rest.first() {
            Some(Token::Word(word)) if word == "AND" => *rest = &rest[1..],
            Some(Token::Word(word)) if word == "OR" => break,
            None | Some(Token::Close) => break,
            // Expressions side by side are joined by AND.
            Some(_) => {}
        }
        terms.push(term(rest)?);
    }
    Some(Filter::All(terms))
}

fn term(rest: &mut &[Token]) -> Option<Filter> {
    match rest {
        [Token::Word(not), ..] if not == "NOT" => {
            *rest = &rest[1..];
            Some(Filter::Not(Box::new(term(rest)?)))
        }
        [Token::Open, ..] => {
            *rest = &rest[1..];
            let inner = any(rest)?;
            let [Token::Close, ..] = rest else { return None };
            *rest = &rest[1..];
            Some(inner)
        }
        [Token::Word(field), Token::Operator(operator), Token::Word(value) | Token::Quoted(value), ..] => {
            let (field, not) = match field.strip_prefix('-') {
                Some(field) => (field, true),
                None => (field.as_str(), false),
            };
            let compare = Filter::Compare(field.to_owned(), *operator, value.clone());
            *rest = &rest[3..];
            Some(if not { Filter::Not(Box::new(compare)) } else { compare })
        }
        _ => None,
    }
}

impl Filter {
    /// Whether a row passes.
    pub fn matches(&self, row: &Value) -> bool {
        match self {
            Filter::All(terms) => terms.iter().all(|t| t.matches(row)),
            Filter::Any(terms) => terms.iter().any(|t| t.matches(row)),
            Filter::Not(term) => !term.matches(row),
            Filter::Matches(field, regex) => texts(row, field).iter().any(|text| regex.is_match(text)),
            Filter::Compare(field, operator, value) => compare(&texts(row, field), *operator, value),
        }
    }
}

/// What a field holds, as text: several for a list, none where it is missing.
fn texts(row: &Value, field: &str) -> Vec<String> {
    let mut values = vec![row];
    for part in field.split('.') {
        values = values
            .into_iter()
            .flat_map(|v| match v {
                Value::Array(items) => items.iter().filter_map(|i| i.get(part)).collect(),
                other => other.get(part).into_iter().collect::<Vec<_>>(),
            })
            .collect();
    }
    values
        .into_iter()
        .flat_map(|v| match v {
            Value::Array(items) => items.iter().collect::<Vec<_>>(),
            other => vec![other],
        })
        .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned))
        .collect()
}

fn compare(texts: &[String], operator: Operator, value: &str) -> bool {
    use std::cmp::Ordering;
    let one = |text: &String| match (text.parse::<f64>(), value.parse::<f64>()) {
        (Ok(a), Ok(b)) => a.partial_cmp(&b),
        _ => Some(text.as_str().cmp(value)),
    };
    let some = |wanted: &[Ordering]| texts.iter().any(|t| one(t).is_some_and(|o| wanted.contains(&o)));
    match operator {
        // `*` stands for anything in an equality of AIP-160.
        Operator::Equal if value.contains('*') => texts.iter().any(|t| like(t, value)),
        Operator::NotEqual if value.contains('*') => !texts.iter().any(|t| like(t, value)),
        Operator::Equal => some(&[Ordering::Equal]),
        Operator::NotEqual => !some(&[Ordering::Equal]),
        Operator::Less => some(&[Ordering::Less]),
        Operator::LessOrEqual => some(&[Ordering::Less, Ordering::Equal]),
        Operator::Greater => some(&[Ordering::Greater]),
        Operator::GreaterOrEqual => some(&[Ordering::Greater, Ordering::Equal]),
        Operator::Has if value == "*" => !texts.is_empty(),
        Operator::Has => texts.iter().any(|t| t.contains(value.trim_matches('*'))),
    }
}

fn like(text: &str, pattern: &str) -> bool {
    let pattern: Vec<String> = pattern.split('*').map(regex::escape).collect();
    Regex::new(&format!("^{}$", pattern.join(".*"))).is_ok_and(|r| r.is_match(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(filter: &str) -> Vec<String> {
        let rows = [
            json!({"name": "n1", "autoCreateSubnetworks": false, "mtu": 1460, "labels": {"a": "b"}}),
            json!({"name": "n1-b", "autoCreateSubnetworks": true, "mtu": 1500, "network": "https://x/global/networks/n1"}),
            json!({"name": "other", "autoCreateSubnetworks": false, "purpose": "VPC_PEERING", "tags": ["p", "q"]}),
        ];
        let parsed = parse(filter).unwrap_or_else(|| panic!("{filter} does not parse"));
        rows.iter().filter(|r| parsed.matches(r)).map(|r| r["name"].as_str().unwrap().to_owned()).collect()
    }

    /// The left column is what gcloud 528 was seen to send.
    #[test]
    fn gcloud_s_filters() {
        assert_eq!(names(r#"name eq ".*\bn1\b.*""#), ["n1", "n1-b"]);
        assert_eq!(names(r#"name ne ".*\bn1\b.*""#), ["other"]);
        assert_eq!(names(r#"name eq ".*(^n1$).*""#), ["n1"]);
        assert_eq!(names(r#"name eq ".*\bn1\-b\b.*""#), ["n1-b"]);
        assert_eq!(names(r#"network eq ".*\bn1\b.*""#), ["n1-b"]);
        assert_eq!(names("purpose eq VPC_PEERING"), ["other"]);
        assert_eq!(names("mtu eq 1460"), ["n1"]);
        assert_eq!(names("autoCreateSubnetworks eq false"), ["n1", "other"]);
        assert_eq!(names(r#"(autoCreateSubnetworks eq false)(name eq ".*\bn1\b.*")"#), ["n1"]);
    }

    #[test]
    fn the_newer_grammar() {
        assert_eq!(names("name = n1"), ["n1"]);
        assert_eq!(names(r#"name="n1""#), ["n1"]);
        assert_eq!(names("name != n1"), ["n1-b", "other"]);
        assert_eq!(names("mtu > 1460"), ["n1-b"]);
        assert_eq!(names("labels.a:*"), ["n1"]);
        assert_eq!(names("name=n1*"), ["n1", "n1-b"]);
        assert_eq!(names("(name = n1) OR (purpose = VPC_PEERING)"), ["n1", "other"]);
        assert_eq!(names("NOT autoCreateSubnetworks = true AND mtu:*"), ["n1"]);
        assert_eq!(names("tags:q"), ["other"]);
        assert_eq!(names("network = https://x/global/networks/n1"), ["n1-b"]);
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in ["name", "name eq", "name =", "(name = a", "= a", "name ~ a b", "name eq (", "name = a) "]
        {
            assert!(parse(bad).is_none(), "{bad}");
        }
    }
}
