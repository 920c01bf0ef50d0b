//! What acceptance checks expected and found.

use crate::{Style, Tone, Verbosity, phrase, text};
use serde_json::json;

/// What a check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accept {
    /// As expected.
    Passed,
    /// Not yet, and that is normal for now.
    Pending,
    /// Works, but deserves attention.
    Warned,
    /// Not as expected.
    Failed,
    /// Could not be found out.
    Unknown,
}

impl Accept {
    const ALL: [Self; 5] = [Self::Passed, Self::Pending, Self::Warned, Self::Failed, Self::Unknown];

    /// The word for it, also in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Pending => "pending",
            Self::Warned => "warned",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }

    /// The word at the beginning of a line.
    fn short(self) -> (Tone, &'static str) {
        match self {
            Self::Passed => (Tone::Good, "ok"),
            Self::Pending => (Tone::Active, "not yet"),
            Self::Warned => (Tone::Change, "warn"),
            Self::Failed => (Tone::Bad, "FAIL"),
            Self::Unknown => (Tone::Bad, "unknown"),
        }
    }
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// `kind/name`
    pub resource: String,
    /// What was looked at.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// What it came to.
    pub verdict: Accept,
    /// What a person can do.
    pub todo: Option<String>,
}

/// The checks of one step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AcceptanceStep {
    /// `03-redis`
    pub id: String,
    /// `Memorystore Redis`
    pub title: String,
    /// The checks.
    pub rows: Vec<Accepted>,
    /// How many resources were looked at, with or without checks of their own.
    pub resources: usize,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// The project's id.
    pub project: String,
    /// The environment's name.
    pub env: String,
    /// Where the calls go, when not to Google.
    pub redirection: Option<String>,
    /// The steps, in order.
    pub steps: Vec<AcceptanceStep>,
    /// Resources that could not be looked at, because what they need is missing.
    pub unchecked: Vec<String>,
    /// Resources that the config leaves out.
    pub left_out: Vec<String>,
    /// How many gcloud processes were started.
    pub gcloud_commands: u32,
}

impl Acceptance {
    fn count(&self, verdict: Accept) -> usize {
        self.steps.iter().flat_map(|step| &step.rows).filter(|row| row.verdict == verdict).count()
    }

    /// What it all comes to, in a sentence.
    pub fn verdict(&self) -> &'static str {
        match (self.count(Accept::Failed), self.count(Accept::Unknown)) {
            (0, 0) => "Accepted.",
            (0, _) => "Not accepted: not everything could be found out.",
            _ => "Not accepted.",
        }
    }

    fn counts(&self) -> String {
        let counts = Accept::ALL.map(|verdict| (self.count(verdict), verdict.word()));
        let some: Vec<String> =
            counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
        if some.is_empty() { "nothing to check".to_owned() } else { some.join(", ") }
    }
}

/// For a person.
pub fn acceptance_lines(acceptance: &Acceptance, verbosity: Verbosity, style: Style) -> Vec<String> {
    let columns = style.prose().min(style.line());
    let mut lines = Vec::new();
    let verdict = style.paint(Tone::Strong, &format!("{} {}.", acceptance.verdict(), acceptance.counts()));
    if verbosity == Verbosity::Quiet {
        for step in &acceptance.steps {
            let failed = |row: &&Accepted| matches!(row.verdict, Accept::Failed | Accept::Unknown);
            rows(&mut lines, step.rows.iter().filter(failed), columns, style);
        }
        lines.push(verdict);
        return lines;
    }
    if let Some(redirection) = &acceptance.redirection {
        let words = format!("Not on Google: {}", text::one_line(redirection, style));
        lines.extend(phrase::painted(style, Tone::Change, text::wrap(&words, columns)));
    }
    let head = format!("{} verify{}{}", acceptance.project, style.dot(), acceptance.env);
    lines.push(style.paint(Tone::Strong, &text::one_line(&head, style)));
    for step in acceptance.steps.iter().filter(|step| step.resources > 0) {
        let failed = step.rows.iter().any(|row| matches!(row.verdict, Accept::Failed | Accept::Unknown));
        let word = if step.resources == 1 { "resource" } else { "resources" };
        let there = if failed { String::new() } else { format!("{} {word} there", step.resources) };
        let title = format!("{}  {}", step.id, text::one_line(&step.title, style));
        let line = format!(
            "{}  {}",
            text::pad(&style.paint(Tone::Strong, &title), 42),
            style.paint(Tone::Quiet, &there)
        );
        lines.extend([String::new(), line.trim_end().to_owned()]);
        rows(&mut lines, step.rows.iter(), columns, style);
    }
    lines.push(String::new());
    if !acceptance.unchecked.is_empty() {
        let words = format!(
            "{} resources could not be looked at, because what they need is missing.",
            acceptance.unchecked.len()
        );
        lines.extend(text::wrap(&words, columns));
    }
    if !acceptance.left_out.is_empty() {
        let words = format!("Left out by the config: {}.", acceptance.left_out.join(", "));
        lines.extend(text::wrap(&words, columns));
    }
    lines.push(verdict);
    let cost = format!("Nothing was changed. {} gcloud processes were started.", acceptance.gcloud_commands);
    lines.push(style.paint(Tone::Quiet, &cost));
    lines
}

/// Checks below the resource that they are of.
fn rows<'a>(lines: &mut Vec<String>, rows: impl Iterator<Item = &'a Accepted>, columns: usize, style: Style) {
    let mut last = "";
    for row in rows {
        if last != row.resource {
            lines.push(format!("  {}", style.paint(Tone::Quiet, &text::one_line(&row.resource, style))));
            last = &row.resource;
        }
        row_part(lines, row, columns, style);
    }
}

/// What passed says what was expected; what did not says both.
fn row_part(lines: &mut Vec<String>, row: &Accepted, columns: usize, style: Style) {
    let (tone, word) = row.verdict.short();
    let head = format!("    {}  ", text::pad(word, 7));
    let (what, expected, found) = (
        text::one_line(&row.what, style),
        text::one_line(&row.expected, style),
        text::one_line(&row.found, style),
    );
    let words = match row.verdict {
        Accept::Passed if expected == found => format!("{what}: {found}"),
        Accept::Passed => format!("{what}: {expected} ({found})"),
        _ => format!("{what}: expected {expected}; found {found}"),
    };
    for (n, line) in text::hang(&head, &words, columns).into_iter().enumerate() {
        let rest = line.strip_prefix(&head).filter(|_| n == 0).map(str::to_owned);
        lines.push(match rest {
            Some(rest) => format!("{}{rest}", style.paint(tone, &head)),
            None => line,
        });
    }
    if let Some(todo) = &row.todo {
        let hung = text::hang("             to do: ", &text::one_line(todo, style), columns);
        lines.extend(hung.iter().map(|line| style.paint(Tone::Quiet, line)));
    }
}

/// For a program, on one line.
pub fn acceptance_json(acceptance: &Acceptance) -> String {
    let checks = acceptance.steps.iter().flat_map(|step| {
        step.rows.iter().map(|row| {
            json!({"step": step.id, "resource": row.resource, "what": row.what, "expected": row.expected,
                   "found": row.found, "verdict": row.verdict.word(), "todo": row.todo})
        })
    });
    let counts: serde_json::Map<String, serde_json::Value> =
        Accept::ALL.iter().map(|v| (v.word().to_owned(), json!(acceptance.count(*v)))).collect();
    json!({
        "type": "verification", "project": acceptance.project, "env": acceptance.env,
        "redirection": acceptance.redirection, "counts": counts, "checks": checks.collect::<Vec<_>>(),
        "unchecked": acceptance.unchecked, "left_out": acceptance.left_out,
        "gcloud_commands": acceptance.gcloud_commands,
    })
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acceptance(verdicts: &[Accept]) -> Acceptance {
        let row = |verdict: &Accept| Accepted {
            resource: "sql-instance/db".into(),
            what: "TLS".into(),
            expected: "on".into(),
            found: if *verdict == Accept::Passed { "on" } else { "off" }.into(),
            verdict: *verdict,
            todo: (*verdict == Accept::Failed).then(|| "switch it on".to_owned()),
        };
        let step = AcceptanceStep {
            id: "02-database".into(),
            title: "Cloud SQL".into(),
            rows: verdicts.iter().map(row).collect(),
            resources: 5,
        };
        Acceptance { project: "p".into(), env: "dev".into(), steps: vec![step], ..Acceptance::default() }
    }

    #[test]
    fn what_did_not_pass_says_what_was_expected_and_what_to_do() {
        let style = Style { colour: false, unicode: true, width: 80 };
        let all = acceptance(&[Accept::Passed, Accept::Pending, Accept::Warned, Accept::Failed]);
        let lines = acceptance_lines(&all, Verbosity::Normal, style).join("\n");
        assert!(lines.contains("    ok       TLS: on\n"), "{lines}");
        assert!(lines.contains("    not yet  TLS: expected on; found off\n"), "{lines}");
        assert!(
            lines.contains("    FAIL     TLS: expected on; found off\n             to do: switch it on"),
            "{lines}"
        );
        assert!(lines.contains("Not accepted. 1 passed, 1 pending, 1 warned, 1 failed."), "{lines}");
        assert_eq!(lines.matches("sql-instance/db").count(), 1, "a heading for its checks: {lines}");
        assert_eq!(
            acceptance_lines(&all, Verbosity::Quiet, style),
            [
                "  sql-instance/db",
                "    FAIL     TLS: expected on; found off",
                "             to do: switch it on",
                "Not accepted. 1 passed, 1 pending, 1 warned, 1 failed."
            ]
        );
    }

    #[test]
    fn only_what_failed_or_is_unknown_is_no_acceptance() {
        assert_eq!(acceptance(&[Accept::Passed, Accept::Pending, Accept::Warned]).verdict(), "Accepted.");
        assert!(acceptance(&[Accept::Passed, Accept::Unknown]).verdict().starts_with("Not accepted"));
        let json: serde_json::Value =
            serde_json::from_str(&acceptance_json(&acceptance(&[Accept::Failed]))).unwrap();
        assert_eq!(json["counts"]["failed"], 1);
        assert_eq!(json["checks"][0]["todo"], "switch it on");
    }
}
