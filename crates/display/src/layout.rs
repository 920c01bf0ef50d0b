//! The block of lines that moves at the bottom of the live view, as a pure function of what is known and the time. While a person is
//! asked there is none: a question stands still.

use crate::{
    ItemState, ItemView, Phase, Run, StepState, StepView, Style, Tone, estimate, phrase, span, text,
};
use events::Outcome;
use jiff::Timestamp;

/// So many changes are shown while they go on.
const RUNNING: usize = 3;

/// The block, each line at most as wide as the style says. Empty while there is nothing to move.
pub(crate) fn frame(run: &Run, now: Timestamp, style: Style, height: usize) -> Vec<String> {
    let lines = match run.phase {
        _ if run.asking => Vec::new(),
        Phase::Before | Phase::Planned | Phase::Over => Vec::new(),
        Phase::Checking => vec![checking_line(run, now, style)],
        Phase::Applying => {
            let running = running_lines(run, now, style);
            let overall = overall_line(run, now, style);
            let mut lines = vec![" ".to_owned()];
            // On a low screen the steps give way: what runs now is the news.
            if run.steps.len() + running.len() + 5 <= height {
                lines.extend(step_table(run, now, style));
                lines.push(" ".to_owned());
            }
            lines.extend(running);
            lines.push(overall);
            lines
        }
    };
    lines.into_iter().map(|line| text::cut(&line, style.width, style)).collect()
}

fn spinner(now: Timestamp, style: Style) -> &'static str {
    const DOTS: [&str; 10] = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
    const BARS: [&str; 4] = ["-", "\\", "|", "/"];
    let tick = now.as_millisecond().unsigned_abs() / 100;
    let frames: &[&str] = if style.unicode { &DOTS } else { &BARS };
    frames[(tick % frames.len() as u64) as usize]
}

fn checking_line(run: &Run, now: Timestamp, style: Style) -> String {
    let spin = style.paint(Tone::Active, spinner(now, style));
    let count = if run.resources > 0 {
        format!("{} of {}", run.checked, run.resources)
    } else {
        run.checked.to_string()
    };
    let worked = |start| span::elapsed(span::between(start, now) - run.asked_seconds);
    let since = run.started.map(worked).unwrap_or_default();
    let head = format!("  {spin} checking what exists  {count}  {since}  ");
    let room = style.width.saturating_sub(text::width(&head));
    let last = run.last_checked.as_ref().map(|a| text::one_line(a.as_str(), style)).unwrap_or_default();
    let last = if room < 12 { String::new() } else { text::squeeze(&last, room, style) };
    format!("{head}{}", style.paint(Tone::Quiet, &last))
}

/// A line a step: symbol, name, title where there is room, state, time.
pub(crate) fn step_table(run: &Run, now: Timestamp, style: Style) -> Vec<String> {
    let rows: Vec<Row> = run.steps.iter().map(|step| row(run, step, now, style)).collect();
    let widest = |cell: fn(&Row) -> &str| rows.iter().map(|row| text::width(cell(row))).max().unwrap_or(0);
    let (ids, states, times) = (widest(|r| &r.id), widest(|r| &r.state), widest(|r| &r.time));
    // Symbol and gaps take ten columns; a title that is cut to less than a word helps nobody.
    let fixed = 10 + ids + states + times;
    let (whole, room) = (widest(|r| &r.title), style.prose().saturating_sub(fixed));
    let titles = if room < whole.min(10) { 0 } else { whole.min(room) };
    let with_times = fixed - 2 <= style.width;
    rows.into_iter()
        .map(|row| {
            let mut line = format!("  {} {}", style.paint(row.tone, &row.symbol), text::pad(&row.id, ids));
            if titles > 0 {
                let title = text::cut(&row.title, titles, style);
                line.push_str(&format!("  {}", text::pad(&title, titles)));
            }
            line.push_str(&format!("  {}", style.paint(row.tone_of_state, &text::pad(&row.state, states))));
            if with_times {
                line.push_str(&format!("  {}", text::pad_left(&row.time, times)));
            }
            line.trim_end().to_owned()
        })
        .collect()
}

struct Row {
    tone: Tone,
    symbol: String,
    id: String,
    title: String,
    state: String,
    tone_of_state: Tone,
    time: String,
}

fn row(run: &Run, step: &StepView, now: Timestamp, style: Style) -> Row {
    let (done, all) = run.step_progress(&step.id);
    let (tone, symbol, state, time) = match step.state {
        StepState::Waiting if run.phase == Phase::Over => {
            (Tone::Quiet, style.pick("·", "."), "not started".to_owned(), String::new())
        }
        StepState::Waiting => (Tone::Quiet, style.pick("·", "."), "waiting".to_owned(), String::new()),
        StepState::Running { since } => {
            let state = format!("{done} of {all}");
            (Tone::Active, spinner(now, style), state, span::elapsed(span::between(since, now)))
        }
        StepState::Done { outcome, seconds } => {
            let (tone, symbol) = match outcome {
                Outcome::Failed | Outcome::Interrupted | Outcome::Skipped => phrase::mark(outcome, style),
                _ => (Tone::Good, style.pick("✓", "*")),
            };
            let state = match outcome {
                Outcome::Failed | Outcome::Interrupted | Outcome::Skipped | Outcome::Unchanged => {
                    phrase::past(outcome).to_owned()
                }
                _ => "done".to_owned(),
            };
            let time = if seconds < 0.05 { String::new() } else { span::short(seconds) };
            (tone, symbol, state, time)
        }
    };
    let loud = matches!(step.state, StepState::Running { .. })
        || matches!(step.state, StepState::Done { outcome: Outcome::Failed | Outcome::Interrupted, .. });
    Row {
        tone,
        symbol: symbol.to_owned(),
        id: text::one_line(&step.id, style),
        title: text::one_line(&step.title, style),
        state,
        tone_of_state: if loud { tone } else { Tone::Quiet },
        time,
    }
}

/// What goes on now, for how long, and what it waits for. At least one line, so that the block keeps its height.
fn running_lines(run: &Run, now: Timestamp, style: Style) -> Vec<String> {
    let running: Vec<&ItemView> = run.running().collect();
    let mut lines: Vec<String> =
        running.iter().take(RUNNING).map(|item| running_line(item, now, style)).collect();
    if running.len() > RUNNING {
        lines.push(style.paint(Tone::Quiet, &format!("    and {} more", running.len() - RUNNING)));
    }
    if lines.is_empty() {
        let spin = style.paint(Tone::Active, spinner(now, style));
        let step = run.steps.iter().find(|step| matches!(step.state, StepState::Running { .. }));
        let doing = step.map_or_else(|| "next step".to_owned(), |step| text::one_line(&step.id, style));
        lines.push(format!("  {spin} {}", style.paint(Tone::Quiet, &doing)));
    }
    lines
}

fn running_line(item: &ItemView, now: Timestamp, style: Style) -> String {
    let ItemState::Running { since, doing } = &item.state else { return String::new() };
    let spin = style.paint(Tone::Active, spinner(now, style));
    let verb = phrase::ongoing(item.plan.action);
    let time = span::elapsed(span::between(*since, now));
    let head = format!("  {spin} {verb} ");
    let room = style.width.saturating_sub(text::width(&head) + text::width(&time) + 2);
    let address = text::squeeze(&text::one_line(item.plan.resource.as_str(), style), room, style);
    let mut line = format!("{head}{address}  {time}");
    // What has no room is left out; only the last part may be cut off, where enough of it is left to be read.
    let usual =
        estimate::usual(item).map(|seconds| format!(" of {}", span::about(seconds))).unwrap_or_default();
    if text::width(&line) + text::width(&usual) <= style.width {
        line.push_str(&style.paint(Tone::Quiet, &usual));
    }
    let doing = text::one_line(doing, style);
    if !doing.is_empty() && text::width(&line) + 16 <= style.width {
        line.push_str(&style.paint(Tone::Quiet, &format!("{}{doing}", style.dot())));
    }
    line
}

/// The overall bar. What matters least gives way first where there is little room.
fn overall_line(run: &Run, now: Timestamp, style: Style) -> String {
    let steps_done = run.steps.iter().filter(|step| matches!(step.state, StepState::Done { .. })).count();
    let (done, all) = run.progress();
    let time = run.applying.map(|start| span::elapsed(span::between(start, now))).unwrap_or_default();
    let left = estimate::words(run.remaining(now));
    let left = left.iter().map(String::as_str);
    let steps = format!("{steps_done} of {} steps", run.steps.len());
    let resources = format!("{done} of {all} resources");
    let short = format!("{steps_done}/{} steps", run.steps.len());
    let shorter = format!("{done}/{all}");
    let variants: [Vec<&str>; 5] = [
        [&*steps, &*resources, &*time].into_iter().chain(left.clone()).collect(),
        [&*short, &*shorter, &*time].into_iter().chain(left.clone()).collect(),
        [&*shorter, &*time].into_iter().chain(left.clone()).collect(),
        [&*time].into_iter().chain(left).collect(),
        vec![&*shorter, &*time],
    ];
    let room = style.prose().saturating_sub(4);
    // A bar needs some columns to say anything; without it two more words may fit.
    for least in [8, 0] {
        for words in &variants {
            let words = words.join(style.dot());
            let free = room.saturating_sub(text::width(&words) + 2);
            if free >= least && text::width(&words) <= room {
                let bar = if least > 0 { bar(run.fraction(now), free.min(28), style) } else { String::new() };
                let gap = if least > 0 { "  " } else { "" };
                return format!("  {bar}{gap}{words}");
            }
        }
    }
    format!("  {time}")
}

fn bar(fraction: f64, columns: usize, style: Style) -> String {
    let filled = ((fraction.clamp(0.0, 1.0) * columns as f64).floor() as usize).min(columns);
    let full = style.pick("━", "#").repeat(filled);
    let empty = style.pick("─", "-").repeat(columns - filled);
    format!("{}{}", style.paint(Tone::Good, &full), style.paint(Tone::Quiet, &empty))
}
