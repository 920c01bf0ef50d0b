//! The filter of `projects.list`: `field:value`, `field=value`, AND, OR, NOT, parentheses.

use crate::error::ApiError;
use serde_json::Value;

/// A parsed filter.
pub(super) enum Filter {
    Any,
    Term { field: String, value: String },
    Not(Box<Filter>),
    All(Vec<Filter>),
    Either(Vec<Filter>),
}

/// Parses; an empty text matches everything.
pub(super) fn parse(text: &str) -> Result<Filter, ApiError> {
    if crate::services::nesting::too_deep(text) {
        return Err(ApiError::invalid(
            "field [filter] has issue [Invalid filter expression: it is nested too deep]",
        ));
    }
    let tokens = tokens(text);
    let mut parser = Parser { tokens: &tokens, at: 0 };
    if tokens.is_empty() {
        return Ok(Filter::Any);
    }
    let parsed = parser.expression();
    match parsed {
        Some(filter) if parser.at == tokens.len() => Ok(filter),
        // Wording: guess, after the field violations that gcloud shows.
        _ => Err(ApiError::invalid(format!("field [filter] has issue [Invalid filter expression: {text}]"))),
    }
}

fn tokens(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '(' | ')' if !quoted => {
                out.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
                out.push(c.to_string());
            }
            c if c.is_whitespace() && !quoted => {
                out.extend((!word.is_empty()).then(|| std::mem::take(&mut word)))
            }
            c => word.push(c),
        }
    }
    out.extend((!word.is_empty()).then_some(word));
    out
}

struct Parser<'a> {
    tokens: &'a [String],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&str> {
        self.tokens.get(self.at).map(String::as_str)
    }

    fn take(&mut self, word: &str) -> bool {
        let found = self.peek().is_some_and(|t| t.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn expression(&mut self) -> Option<Filter> {
        let mut parts = vec![self.conjunction()?];
        // Fields that merely follow each other are alternatives [description of projects.list].
        while self.take("OR") || self.peek().is_some_and(|t| t != ")") {
            parts.push(self.conjunction()?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Filter::Either(parts) })
    }

    fn conjunction(&mut self) -> Option<Filter> {
        let mut parts = vec![self.factor()?];
        loop {
            // `parent.type:folder parent.id:123` is the one pair that belongs together [description].
            let pair = matches!((parts.last(), self.peek()),
                (Some(Filter::Term { field, .. }), Some(next)) if field.starts_with("parent.") && next.starts_with("parent."));
            if !self.take("AND") && !pair {
                break;
            }
            parts.push(self.factor()?);
        }
        Some(if parts.len() == 1 { parts.remove(0) } else { Filter::All(parts) })
    }

    fn factor(&mut self) -> Option<Filter> {
        if self.take("NOT") {
            return Some(Filter::Not(Box::new(self.factor()?)));
        }
        if self.take("(") {
            let inner = self.expression()?;
            return self.take(")").then_some(inner);
        }
        let token = self.peek()?.to_owned();
        self.at += 1;
        let (token, negated) = match token.strip_prefix('-') {
            Some(rest) => (rest.to_owned(), true),
            None => (token, false),
        };
        let place = token.find([':', '='])?;
        let (field, value) = (&token[..place], &token[place + 1..]);
        let term = Filter::Term { field: field.to_ascii_lowercase(), value: value.to_ascii_lowercase() };
        Some(if negated { Filter::Not(Box::new(term)) } else { term })
    }
}

impl Filter {
    /// Whether a project fits.
    pub(super) fn matches(&self, project: &Value) -> bool {
        match self {
            Self::Any => true,
            Self::Not(inner) => !inner.matches(project),
            Self::All(parts) => parts.iter().all(|p| p.matches(project)),
            Self::Either(parts) => parts.iter().any(|p| p.matches(project)),
            Self::Term { field, value } => {
                let found = match field.as_str() {
                    "id" | "projectid" => &project["projectId"],
                    "name" => &project["name"],
                    "lifecyclestate" => &project["lifecycleState"],
                    "projectnumber" => &project["projectNumber"],
                    "parent.id" => &project["parent"]["id"],
                    "parent.type" => &project["parent"]["type"],
                    label => match label.strip_prefix("labels.") {
                        Some(key) => &project["labels"][key],
                        None => &Value::Null,
                    },
                };
                found.as_str().is_some_and(|found| fits(&found.to_ascii_lowercase(), value))
            }
        }
    }
}

fn fits(found: &str, wanted: &str) -> bool {
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        _ if wanted == "*" => true,
        (Some(end), None) => found.ends_with(end),
        (None, Some(start)) => found.starts_with(start),
        (Some(_), Some(_)) => found.contains(wanted.trim_matches('*')),
        (None, None) => found == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fits(filter: &str) -> bool {
        let project = json!({"projectId": "tokyo-rain", "name": "Howl", "lifecycleState": "ACTIVE",
                             "labels": {"color": "red"}, "parent": {"type": "folder", "id": "7"}});
        parse(filter).unwrap().matches(&project)
    }

    #[test]
    fn it_reads_what_gcloud_and_the_description_write() {
        for yes in [
            "",
            "lifecycleState:ACTIVE AND (id=tokyo-rain)",
            "name:how*",
            "NAME:howl",
            "labels.color:*",
            "labels.color:blue name:howl",
            "parent.type:folder parent.id:7",
            "NOT id:x",
            "-id:x",
        ] {
            assert!(fits(yes), "{yes}");
        }
        for no in [
            "lifecycleState:ACTIVE AND (id=tokyo)",
            "labels.size:*",
            "parent.type:folder parent.id:8",
            "id:rain",
        ] {
            assert!(!fits(no), "{no}");
        }
        assert!(parse("lifecycleState:ACTIVE AND (").is_err());
        assert!(parse("nonsense").is_err());
    }
}
