use crate::{Style, Tone, Verbosity, command, text};
use serde_json::json;

/// One line of `step list`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepRow {
    /// `03-redis`
    pub id: String,
    /// `Memorystore Redis`
    pub title: String,
    /// What it keeps, in words or addresses.
    pub keeps: Vec<String>,
    /// What the checkpoint knows: `finished 2 h ago`; empty where it knows nothing.
    pub known: String,
    /// When the checkpoint says that it was finished.
    pub finished: Option<String>,
}

/// The table of `step list`: a line a step, and below it what it keeps.
pub fn step_lines(rows: &[StepRow], style: Style) -> Vec<String> {
    let columns = style.prose();
    let clean = |value: &str| text::one_line(value, style);
    let ids = rows.iter().map(|row| text::width(&clean(&row.id))).max().unwrap_or(0).min(columns / 2);
    let titles = rows.iter().map(|row| text::width(&clean(&row.title))).max().unwrap_or(0);
    let wide = ids + titles + 24 <= columns;
    let mut lines = Vec::new();
    for row in rows {
        let (id, title, known) = (clean(&row.id), clean(&row.title), clean(&row.known));
        let head = format!("{}  ", text::pad(&text::cut(&id, ids, style), ids));
        let words = if known.is_empty() {
            title
        } else if wide {
            format!("{}  {known}", text::pad(&title, titles))
        } else {
            format!("{title} ({known})")
        };
        let fits = text::width(&head) + text::width(&words) <= columns;
        let wrapped = if fits { vec![format!("{head}{words}")] } else { text::hang(&head, &words, columns) };
        for (n, line) in wrapped.into_iter().enumerate() {
            lines.push(match line.strip_prefix(&head).filter(|_| n == 0) {
                Some(rest) => format!("{}{rest}", style.paint(Tone::Strong, &head)),
                None => line,
            });
        }
        let keeps = clean(&row.keeps.join(", "));
        if !keeps.is_empty() {
            let below = text::hang(&" ".repeat(ids + 2), &keeps, columns);
            lines.extend(below.iter().map(|line| style.paint(Tone::Quiet, line)));
        }
    }
    lines
}

/// The steps for a program, on one line.
pub fn step_json(project: &str, env: &str, rows: &[StepRow]) -> String {
    let steps = rows
        .iter()
        .map(|row| json!({"step": row.id, "title": row.title, "keeps": row.keeps, "finished": row.finished}));
    json!({"type": "steps", "project": project, "env": env, "steps": steps.collect::<Vec<_>>()}).to_string()
}

/// What a check of `doctor` came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// In order.
    Ok,
    /// Works, but deserves attention.
    Warn,
    /// A deploy would fail.
    Fail,
    /// Could not be found out.
    Unknown,
}

/// One line of `doctor`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it came to.
    pub verdict: Verdict,
    /// What was checked: `gcloud`, `login`, `billing`.
    pub what: String,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub remedy: Option<String>,
    /// What to run for that.
    pub command: Option<String>,
}

impl Verdict {
    const ALL: [Self; 4] = [Self::Ok, Self::Warn, Self::Fail, Self::Unknown];

    fn word(self) -> (Tone, &'static str) {
        match self {
            Verdict::Ok => (Tone::Good, "ok"),
            Verdict::Warn => (Tone::Change, "warn"),
            Verdict::Fail => (Tone::Bad, "fail"),
            Verdict::Unknown => (Tone::Quiet, "unknown"),
        }
    }
}

/// What `doctor` found, for a program, on one line.
pub fn finding_json(project: &str, env: &str, findings: &[Finding]) -> String {
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let counts: serde_json::Map<String, serde_json::Value> =
        Verdict::ALL.iter().map(|verdict| (verdict.word().1.to_owned(), json!(count(*verdict)))).collect();
    let rows = findings.iter().map(|finding| {
        json!({"what": finding.what, "verdict": finding.verdict.word().1, "found": finding.found,
               "todo": finding.remedy, "command": finding.command})
    });
    json!({"type": "doctor", "project": project, "env": env, "counts": counts, "findings": rows.collect::<Vec<_>>()})
        .to_string()
}

/// The table of `doctor`, and its sum; of quiet ones, what fails.
pub fn finding_lines(findings: &[Finding], verbosity: Verbosity, style: Style) -> Vec<String> {
    let columns = style.prose();
    let quiet = verbosity == Verbosity::Quiet;
    let failed: Vec<Finding>;
    let findings = if quiet {
        failed = findings.iter().filter(|finding| finding.verdict == Verdict::Fail).cloned().collect();
        &failed
    } else {
        findings
    };
    let longest = findings.iter().map(|f| text::width(&text::one_line(&f.what, style))).max().unwrap_or(0);
    // In a narrow window a column of its own would leave nothing for what was found.
    let column = columns >= 60;
    let whats = longest.min(columns * 2 / 5);
    let mut lines = Vec::new();
    for finding in findings {
        let (tone, word) = finding.verdict.word();
        let whole = text::one_line(&finding.what, style);
        let what = if column { text::squeeze(&whole, whats, style) } else { whole };
        let found = text::one_line(&finding.found, style);
        let (label, found) = match column {
            true => (format!("{}  ", text::pad(&what, whats)), found),
            false if found.is_empty() => (String::new(), what),
            false => (String::new(), format!("{what}: {found}")),
        };
        let head = format!("  {}  {label}", text::pad(word, 7));
        for (n, line) in text::hang(&head, &found, columns).into_iter().enumerate() {
            let rest = line.strip_prefix("  ").and_then(|l| l.strip_prefix(word)).filter(|_| n == 0);
            lines.push(match rest {
                Some(rest) => format!("  {}{rest}", style.paint(tone, word)),
                None => line,
            });
        }
        let indent = if columns < 40 { 4 } else { 11 };
        if let Some(remedy) = &finding.remedy {
            let margin = " ".repeat(indent);
            lines.extend(text::hang(&margin, &text::clean(remedy, style), columns));
        }
        if let Some(command) = &finding.command {
            lines.extend(command::command_lines(command, indent, style.with_width(columns)));
        }
    }
    if quiet {
        return lines;
    }
    let count = |verdict| findings.iter().filter(|f| f.verdict == verdict).count();
    let parts: Vec<String> = Verdict::ALL
        .into_iter()
        .filter(|verdict| count(*verdict) > 0)
        .map(|verdict| format!("{} {}", count(verdict), verdict.word().1))
        .collect();
    lines.push(String::new());
    lines.push(style.paint(Tone::Strong, &parts.join(", ")));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(verdict: Verdict, what: &str, found: &str) -> Finding {
        Finding { verdict, what: what.into(), found: found.into(), remedy: None, command: None }
    }

    #[test]
    fn of_quiet_findings_what_fails_is_told() {
        let style = Style { colour: false, unicode: true, width: 80 };
        let all =
            [finding(Verdict::Ok, "gcloud", "528.0.0"), finding(Verdict::Fail, "billing", "nobody pays")];
        assert_eq!(finding_lines(&all, Verbosity::Quiet, style), ["  fail     billing  nobody pays"]);
        assert_eq!(finding_lines(&all[..1], Verbosity::Quiet, style), Vec::<String>::new());
    }

    #[test]
    fn a_program_gets_all_findings_and_their_counts() {
        let all =
            [finding(Verdict::Ok, "gcloud", "528.0.0"), finding(Verdict::Fail, "billing", "nobody pays")];
        let json: serde_json::Value = serde_json::from_str(&finding_json("p", "dev", &all)).unwrap();
        assert_eq!(json["counts"], serde_json::json!({"ok": 1, "warn": 0, "fail": 1, "unknown": 0}));
        assert_eq!(
            (&json["findings"][1]["what"], &json["findings"][1]["verdict"]),
            (&json!("billing"), &json!("fail"))
        );
    }

    #[test]
    fn a_narrow_finding_without_words_has_no_colon() {
        let narrow = Style { colour: false, unicode: true, width: 40 };
        let lines = finding_lines(&[finding(Verdict::Ok, "component alpha", "")], Verbosity::Normal, narrow);
        assert_eq!(lines[0], "  ok       component alpha");
    }
}
