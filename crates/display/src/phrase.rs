//! What one event looks like as lines that stay: shared by the live view (above its bars) and the plain one.

use crate::{NoteView, Run, Style, Tone, command, span, text};
use events::{Action, Address, Diff, Outcome};

/// The symbol of an end: the plan's symbol of the action that led to it.
pub(crate) fn mark(outcome: Outcome, style: Style) -> (Tone, &'static str) {
    match outcome {
        Outcome::Created => (Tone::Good, Action::Create.symbol()),
        Outcome::Updated => (Tone::Change, Action::Update.symbol()),
        Outcome::Replaced => (Tone::Change, Action::Replace.symbol()),
        Outcome::Deleted => (Tone::Bad, Action::Delete.symbol()),
        Outcome::Adopted => (Tone::Good, Action::Adopt.symbol()),
        Outcome::Unchanged => (Tone::Quiet, Action::None.symbol()),
        Outcome::Skipped => (Tone::Quiet, style.pick("·", ".")),
        Outcome::Failed => (Tone::Bad, style.pick("✗", "x")),
        Outcome::Interrupted => (Tone::Change, "!"),
    }
}

/// The tone of an action, as in the plan.
pub(crate) fn tone(action: Action) -> Tone {
    match action {
        Action::Create | Action::Adopt => Tone::Good,
        Action::Update | Action::Replace => Tone::Change,
        Action::Delete => Tone::Bad,
        Action::None => Tone::Quiet,
    }
}

/// An end as a participle.
pub(crate) fn past(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Created => "created",
        Outcome::Updated => "updated",
        Outcome::Replaced => "replaced",
        Outcome::Deleted => "deleted",
        Outcome::Adopted => "adopted",
        Outcome::Unchanged => "unchanged",
        Outcome::Skipped => "skipped",
        Outcome::Failed => "failed",
        Outcome::Interrupted => "interrupted",
    }
}

/// An action that goes on.
pub(crate) fn ongoing(action: Action) -> &'static str {
    match action {
        Action::Create => "creating",
        Action::Update => "updating",
        Action::Replace => "replacing",
        Action::Delete => "deleting",
        Action::Adopt => "waiting for",
        Action::None => "checking",
    }
}

/// The first lines of a run. That it does not go to Google comes before all else.
pub(crate) fn opening(run: &Run, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(redirection) = &run.redirection {
        let words = format!("Not on Google: {}", text::one_line(redirection, style));
        lines.extend(painted(style, Tone::Change, text::wrap(&words, style.prose())));
    }
    let resumed = if run.resumed { "goes on where the last run stopped" } else { "" };
    let parts = [run.kind.as_str(), run.env.as_str(), run.id.as_str(), resumed];
    let rest: Vec<String> =
        parts.iter().filter(|part| !part.is_empty()).map(|part| text::one_line(part, style)).collect();
    let project = text::one_line(&run.project, style);
    let rest = rest.join(style.dot());
    if text::width(&project) + 2 + text::width(&rest) <= style.prose() {
        lines.push(format!("{}  {}", style.paint(Tone::Strong, &project), style.paint(Tone::Quiet, &rest)));
    } else {
        lines.extend(painted(style, Tone::Strong, text::wrap(&project, style.prose())));
        lines.extend(painted(style, Tone::Quiet, text::hang("  ", &rest, style.prose())));
    }
    lines
}

/// A check's answer: only for those who want to see everything.
pub(crate) fn checked(resource: &Address, action: Action, fields: &[Diff], style: Style) -> Vec<String> {
    let address = text::one_line(resource.as_str(), style);
    let head = format!("{} checked ", action.symbol());
    let line = format!("{head}{}", text::squeeze(&address, room(&head, style), style));
    let mut lines = vec![style.paint(Tone::Quiet, &line)];
    lines.extend(diff_lines(fields, 4, style));
    lines
}

/// A resource is done with: `+ created redis-instance/codementor-cache  4m12s`.
pub(crate) fn finished(
    resource: &Address,
    outcome: Outcome,
    seconds: f64,
    fields: &[Diff],
    style: Style,
) -> Vec<String> {
    let (tone, symbol) = mark(outcome, style);
    let head = format!("{symbol} {} ", past(outcome));
    // What was left alone took no time worth a word.
    let quiet = matches!(outcome, Outcome::Unchanged | Outcome::Skipped);
    let time = if quiet { String::new() } else { format!("  {}", span::short(seconds)) };
    let address = text::one_line(resource.as_str(), style);
    let address = text::squeeze(&address, room(&format!("{head}{time}"), style), style);
    let line = format!("{}{address}{}", style.paint(tone, &head), style.paint(Tone::Quiet, &time));
    let mut lines = vec![text::cut(&line, style.line(), style)];
    if matches!(outcome, Outcome::Updated | Outcome::Replaced) {
        lines.extend(diff_lines(fields, 4, style));
    }
    lines
}

/// A longer value is told by the part of it that differs.
const LONG: usize = 60;
/// So much of a long value is told before and behind that part at most: the rest of a word, as a rule.
const AROUND: usize = 24;

/// Fields that differ, one a line, in columns: `memory_gb  1 → 5`. A name that is too long for its column has a line of its own:
/// shortened, it would look like its neighbours.
pub(crate) fn diff_lines(fields: &[Diff], indent: usize, style: Style) -> Vec<String> {
    let names: Vec<String> = fields.iter().map(|diff| text::one_line(&diff.field, style)).collect();
    let most = (style.prose() / 2).saturating_sub(indent + 2);
    let column = names.iter().map(|name| text::width(name)).filter(|width| *width <= most).max().unwrap_or(0);
    let margin = " ".repeat(indent);
    let mut lines = Vec::new();
    for (diff, name) in fields.iter().zip(&names) {
        let (old, new) =
            difference(&text::one_line(&diff.old, style), &text::one_line(&diff.new, style), style);
        let value = |value: String| if value.is_empty() { "(not set)".to_owned() } else { value };
        let change = format!("{} {} {}", value(old), style.arrow(), value(new));
        if text::width(name) > column {
            let whole = text::hang(&margin, name, style.line());
            lines.extend(painted(style, Tone::Quiet, whole));
            lines.extend(text::hang(&format!("{margin}  "), &change, style.line()));
            continue;
        }
        let head = format!("{margin}{}  ", text::pad(name, column));
        for (n, line) in text::hang(&head, &change, style.line()).into_iter().enumerate() {
            let cut = if n == 0 { line.find(name).map_or(0, |at| at + name.len()) } else { 0 };
            lines.push(format!("{}{}", style.paint(Tone::Quiet, &line[..cut]), &line[cut..]));
        }
    }
    lines
}

/// Two values; of long ones what differs, and what stands around it.
fn difference(old: &str, new: &str, style: Style) -> (String, String) {
    if old.is_empty() || new.is_empty() || text::width(old).max(text::width(new)) <= LONG {
        return (old.to_owned(), new.to_owned());
    }
    let (old, new): (Vec<char>, Vec<char>) = (old.chars().collect(), new.chars().collect());
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let behind = old[same..].iter().rev().zip(new[same..].iter().rev()).take_while(|(a, b)| a == b).count();
    let part = |all: &[char]| {
        let (head, tail) = (&all[..same], &all[all.len() - behind..]);
        let before = head.iter().rev().take_while(|c| !c.is_whitespace()).count();
        let after = tail.iter().take_while(|c| !c.is_whitespace()).count();
        let (from, to) = (same - before.min(AROUND), all.len() - behind + after.min(AROUND));
        let before = if from > 0 { style.ellipsis() } else { "" };
        let after = if to < all.len() { style.ellipsis() } else { "" };
        let words: String = all[from..to].iter().collect();
        format!("{before}{}{after}", text::squeeze(words.trim(), LONG.max(2 * AROUND), style))
    };
    (part(&old), part(&new))
}

/// A command will be repeated.
pub(crate) fn retrying(resource: &Address, attempt: u32, why: &str, wait: f64, style: Style) -> Vec<String> {
    let why = text::one_line(why, style);
    let wait = if wait < 1.0 { span::short(wait) } else { span::elapsed(wait.round()) };
    let words = format!("retrying {resource} in {wait}, try {attempt} failed: {why}");
    let words = text::one_line(&words, style);
    painted(style, Tone::Change, text::hang("  ", &words, style.line()))
}

/// Something that a person should know.
pub(crate) fn note(note: &NoteView, style: Style) -> Vec<String> {
    let (tone, head) = if note.warning { (Tone::Change, "warning: ") } else { (Tone::Active, "note: ") };
    let mut words = text::one_line(&note.text, style);
    if let Some(resource) = note.resource.as_ref().filter(|r| !note.text.contains(r.as_str())) {
        words = format!("{words} ({})", text::one_line(resource.as_str(), style));
    }
    let mut lines: Vec<String> = text::hang("  ", &format!("{head}{words}"), style.prose().min(style.line()))
        .into_iter()
        .map(|line| match line.strip_prefix("  ").and_then(|l| l.strip_prefix(head.trim_end())) {
            Some(rest) => format!("  {}{rest}", style.paint(tone, head.trim_end())),
            None => line,
        })
        .collect();
    if let Some(command) = &note.command {
        lines.extend(command::command_lines(command, 4, style));
    }
    lines
}

/// A change still goes on: the heartbeat of the plain view, always one line.
pub(crate) fn still(
    resource: &Address,
    action: Action,
    doing: &str,
    seconds: f64,
    style: Style,
) -> Vec<String> {
    let head = format!("  still {} ", ongoing(action));
    let time = format!(" [{} elapsed]", span::elapsed(seconds));
    let address = text::one_line(resource.as_str(), style);
    let address = text::squeeze(&address, room(&format!("{head}{time}"), style), style);
    let mut line = format!("{head}{address}{time}");
    let doing = text::one_line(doing, style);
    if !doing.is_empty() && text::width(&doing) + 2 <= room(&line, style) {
        line.push_str(&format!(": {doing}"));
    }
    vec![style.paint(Tone::Quiet, &text::cut(&line, style.line(), style))]
}

/// A long change begins.
pub(crate) fn begins(resource: &Address, action: Action, expected: f64, style: Style) -> Vec<String> {
    let words = format!("{} {resource}, usually {}", ongoing(action), span::about(expected));
    painted(style, Tone::Quiet, text::hang("  ", &text::one_line(&words, style), style.line()))
}

/// The columns that are left beside this.
fn room(beside: &str, style: Style) -> usize {
    style.line().saturating_sub(text::width(beside))
}

/// All of the lines in one tone.
pub(crate) fn painted(style: Style, tone: Tone, lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| style.paint(tone, &line)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNICODE: Style = Style { colour: false, unicode: true, width: 60 };

    #[test]
    fn long_values_are_told_by_what_differs() {
        let filter = |instance: &str| {
            format!(
                "resource.type=\"redis_instance\" AND instance_id=\"{instance}\" AND metric.type=\"redis.com/usage\""
            )
        };
        let fields = [Diff::new("filter", filter("cache"), filter("cache-2"))];
        assert_eq!(
            diff_lines(&fields, 4, UNICODE.with_width(120)),
            ["    filter  …instance_id=\"cache\"… → …instance_id=\"cache-2\"…"]
        );
        assert_eq!(difference("short", "other", UNICODE), ("short".into(), "other".into()));
        let long = "x".repeat(200);
        let (old, new) = difference(&long, "", UNICODE);
        assert_eq!((old.len(), new.len()), (200, 0), "what is taken away is told");
        assert!(text::width(&difference(&long, &"y".repeat(200), UNICODE).1) <= LONG);
    }

    #[test]
    fn names_that_begin_and_end_alike_stay_apart() {
        let field = |name: &str| Diff::new(name, "(secret)", "(another secret)");
        let lines =
            diff_lines(&[field("password of codementor-b"), field("password of codementor")], 6, UNICODE);
        assert_eq!(
            lines,
            [
                "      password of codementor-b",
                "        (secret) → (another secret)",
                "      password of codementor  (secret) → (another secret)"
            ]
        );
        let long = "mosaicLayout.tiles[3].widget.xyChart.filter";
        assert_eq!(
            diff_lines(&[Diff::new("a", 1, 2), Diff::new(long, 1, 2)], 2, UNICODE),
            ["  a  1 → 2", &format!("  {long}"), "    1 → 2"]
        );
    }
}
