use crate::{Hint, ItemState, Phase, Run, StepState, Style, Tone, command, layout, phrase, span, text};
use events::{Outcome, RunOutcome};
use jiff::Timestamp;

/// The first line of the end: what came of it and how long it took.
pub fn summary_headline(run: &Run, style: Style) -> Vec<String> {
    let time = span::short(run.seconds);
    let counts = &run.counts;
    let numbers = [
        (counts.created, "created"),
        (counts.updated, "updated"),
        (counts.replaced, "replaced"),
        (counts.deleted, "deleted"),
        (counts.adopted, "adopted"),
        (counts.unchanged, "unchanged"),
        (counts.skipped, "skipped"),
        (counts.failed, "failed"),
        (not_started(run), "not started"),
    ];
    let numbers: Vec<String> =
        numbers.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let numbers = if numbers.is_empty() { String::new() } else { format!(": {}", numbers.join(", ")) };
    let (tone, first, rest) = match run.outcome {
        Some(RunOutcome::Failed) => (Tone::Bad, "Failed", format!(" after {time}{numbers}.")),
        Some(RunOutcome::Interrupted) => (Tone::Change, "Interrupted", format!(" after {time}{numbers}.")),
        _ if counts.changes() == 0 => {
            let nothing = if run.destroys() { "Nothing to destroy" } else { "Nothing to do" };
            (Tone::Good, nothing, format!("{numbers}. Checked in {time}."))
        }
        _ => (Tone::Good, "Done", format!(" in {time}{numbers}.")),
    };
    let mut lines = text::hang("", &format!("{first}{rest}"), style.prose());
    if let Some(line) = lines.first_mut()
        && let Some(rest) = line.strip_prefix(first)
    {
        *line = format!("{}{rest}", style.paint(tone, first));
    }
    lines
}

/// The end of a run: what came of it, what exists, how long it took, what to do next.
pub fn summary_lines(run: &Run, hints: &[Hint], style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    if run.only_looks() {
        if run.outcome == Some(RunOutcome::Succeeded) {
            lines.push("Nothing was changed.".to_owned());
        } else {
            lines.extend(summary_headline(run, style));
        }
    } else if run.outcome != Some(RunOutcome::Succeeded) {
        // The error's paragraph stands above: whatever else were printed here would push it away.
        lines.extend(summary_headline(run, style));
    } else {
        lines.extend(summary_headline(run, style));
        steps(&mut lines, run, style);
        outputs(&mut lines, run, style);
        // Where nothing happened in between, the plan still stands right above.
        if run.counts.changes() > 0 {
            left_out(&mut lines, run, style);
        }
        warnings(&mut lines, run, style);
    }
    next(&mut lines, run, hints, style);
    if run.gcloud_commands > 0 && run.outcome == Some(RunOutcome::Succeeded) {
        lines.push(String::new());
        let changing = run.mutating_commands;
        let some =
            if changing > 0 { format!(", {changing} of them to change something") } else { String::new() };
        let were = if run.gcloud_commands == 1 { "process was" } else { "processes were" };
        let words = format!("{} gcloud {were} started{some}.", run.gcloud_commands);
        lines.extend(phrase::painted(style, Tone::Quiet, text::wrap(&words, style.prose())));
    }
    lines
}

/// How many changes were planned and never begun.
fn not_started(run: &Run) -> u32 {
    let waiting = run.changing().filter(|item| item.state == ItemState::Waiting).count();
    if run.outcome == Some(RunOutcome::Succeeded) { 0 } else { u32::try_from(waiting).unwrap_or(u32::MAX) }
}

fn heading(lines: &mut Vec<String>, words: &str, style: Style) {
    lines.push(String::new());
    lines.push(style.paint(Tone::Strong, words));
}

/// The steps with their times, where anything happened at all.
fn steps(lines: &mut Vec<String>, run: &Run, style: Style) {
    let worked = run.steps.iter().any(|step| {
        matches!(step.state, StepState::Done { outcome, .. } if !matches!(outcome, Outcome::Unchanged | Outcome::Skipped))
    });
    if !worked {
        return;
    }
    lines.push(String::new());
    let over = Run { phase: Phase::Over, ..run.clone() };
    let end = run.finished.unwrap_or(Timestamp::UNIX_EPOCH);
    let table = layout::step_table(&over, end, style);
    lines.extend(table.iter().map(|line| text::cut(line, style.prose(), style)));
}

fn outputs(lines: &mut Vec<String>, run: &Run, style: Style) {
    let mut rows: Vec<(String, String)> = run
        .outputs
        .iter()
        // `outputs` tells all of it; here it is what a person looks for first.
        .filter(|(name, _)| !is_detail(name))
        .map(|(name, value)| (text::one_line(name, style), text::one_line(value, style)))
        .collect();
    // What can be opened comes first.
    rows.sort_by_key(|(_, value)| !value.contains("://"));
    // Which secrets there are is worth knowing; what they are stays where it is.
    let secrets: Vec<String> = run
        .items
        .iter()
        .filter(|item| item.plan.resource.kind() == "secret" && item.plan.skipped.is_none() && item.settled())
        .filter(|item| !item.plan.unwanted)
        .filter(|_| !run.destroys())
        .map(|item| text::one_line(item.plan.resource.name(), style))
        .collect();
    if !secrets.is_empty() {
        rows.push(("secrets".to_owned(), format!("{} (values: in Secret Manager only)", secrets.join(", "))));
    }
    if rows.is_empty() {
        return;
    }
    heading(lines, "What exists now", style);
    let columns = style.prose();
    let column = rows.iter().map(|(name, _)| text::width(name)).max().unwrap_or(0).min(columns / 2);
    for (name, value) in rows {
        let label = text::squeeze(&name, column, style);
        let head = format!("  {}  ", text::pad(&label, column));
        let room = columns.saturating_sub(text::width(&head));
        // A value that has no room beside its name gets lines of its own, so that an address stays whole.
        let longest = value.split(' ').map(text::width).max().unwrap_or(0);
        if longest > room {
            lines.push(format!("  {}", style.paint(Tone::Quiet, &label)));
            lines.extend(text::hang("    ", &value, columns));
            continue;
        }
        for (n, line) in text::hang(&head, &value, columns).into_iter().enumerate() {
            let rest = line.strip_prefix(&head).filter(|_| n == 0).map(str::to_owned);
            lines.push(match rest {
                Some(rest) => format!("{}{rest}", style.paint(Tone::Quiet, &head)),
                None => line,
            });
        }
    }
}

/// Pages about one part, and names of secrets, which have a line of their own.
fn is_detail(name: &str) -> bool {
    let page = name.ends_with(".console") && name != "project.console";
    page || name.ends_with("_secret")
        || matches!(name, "service.logs" | "service.account" | "service.connector")
}

fn left_out(lines: &mut Vec<String>, run: &Run, style: Style) {
    let mut skipped = run.items.iter().filter(|item| item.plan.skipped.is_some()).peekable();
    if skipped.peek().is_none() {
        return;
    }
    heading(lines, if run.destroys() { "What stays" } else { "Left out" }, style);
    for item in skipped {
        let why = item.plan.skipped.as_deref().unwrap_or_default();
        let words = text::one_line(&format!("{}: {why}", item.plan.resource), style);
        lines.extend(text::hang("  ", &words, style.prose()));
        if let Some(command) = &item.plan.command {
            lines.extend(command::command_lines(command, 4, style));
        }
    }
}

/// Warnings scrolled by long ago.
fn warnings(lines: &mut Vec<String>, run: &Run, style: Style) {
    let warnings: Vec<_> = run.notes.iter().filter(|note| note.warning).collect();
    if warnings.is_empty() {
        return;
    }
    heading(lines, "Warnings", style);
    for note in warnings {
        lines.extend(text::hang("  ", &text::one_line(&note.text, style), style.prose()));
        if let Some(command) = &note.command {
            lines.extend(command::command_lines(command, 4, style));
        }
    }
}

fn next(lines: &mut Vec<String>, run: &Run, hints: &[Hint], style: Style) {
    let mut hints = hints.to_vec();
    // The paragraph of an error says it itself.
    let told = run.errors.iter().any(|error| !error.resume.is_empty());
    if hints.is_empty() && !told && run.outcome == Some(RunOutcome::Interrupted) {
        let text = "What was done is recorded: run the same command again to go on from here.".to_owned();
        hints.push(Hint { text, command: None });
    }
    if hints.is_empty() {
        return;
    }
    heading(lines, "Next", style);
    for hint in &hints {
        lines.extend(text::hang("  ", &text::one_line(&hint.text, style), style.prose()));
        if let Some(command) = &hint.command {
            lines.extend(command::command_lines(command, 4, style));
        }
    }
}
