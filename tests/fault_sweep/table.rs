//! The table that is printed.

use crate::catalogue::Row;
use crate::cell::Report;

/// Fault × {once, for ever} → what happened. Reports come in pairs.
pub fn render(rows: &[&Row], reports: &[Report], markdown: bool) -> String {
    let mut lines = vec![["fault".to_owned(), "once".to_owned(), "for ever".to_owned()]];
    for (row, pair) in rows.iter().zip(reports.chunks(2)) {
        let cell = |report: &Report| match &report.problem {
            Some(_) => format!("DEVIATES: {}", report.happened),
            None => report.happened.clone(),
        };
        lines.push([row.name(), cell(&pair[0]), cell(&pair[1])]);
    }
    if markdown {
        let bar = |line: &[String; 3]| format!("| {} |\n", line.join(" | "));
        let mut text = bar(&lines[0]) + "|---|---|---|\n";
        text.extend(lines[1..].iter().map(bar));
        return text;
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let (first, second) = (width(0), width(1));
    lines.iter().map(|[a, b, c]| format!("{a:first$}  {b:second$}  {c}\n")).collect()
}
