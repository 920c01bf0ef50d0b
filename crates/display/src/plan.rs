use crate::{Run, StepState, StepView, Style, Tone, Verbosity, command, estimate, phrase, span, text};
use events::{Action, Outcome, PlanItem};

/// The plan as a person reads it: by step, what changes in full, what stays as a number, and the sum.
pub fn plan_lines(run: &Run, verbosity: Verbosity, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    let ids = run.steps.iter().map(|step| text::width(&step.id)).max().unwrap_or(0);
    let items: Vec<&PlanItem> = run.items.iter().map(|item| &item.plan).collect();
    // On a new project nearly everything is assumed: a mark on each line would then tell nothing.
    let assumed = items.iter().filter(|item| item.assumed).count();
    let marks = assumed * 2 <= run.changing().count();
    let nothing = if run.destroys() { "nothing to do" } else { "nothing to keep" };
    for step in &run.steps {
        let of_step: Vec<&PlanItem> = items.iter().copied().filter(|item| item.step == step.id).collect();
        step_part(&mut lines, step, (ids, marks, nothing), &of_step, verbosity, style);
    }
    if lines.last().is_some_and(|line| !line.is_empty()) {
        lines.push(String::new());
    }
    lines.push(style.paint(Tone::Strong, &plan_summary(run)));
    lines = lines.into_iter().flat_map(|line| narrow(line, style)).collect();
    let changes = run.changing().count();
    // A run says so at its end.
    if changes == 0 && run.only_looks() {
        let words = match run.destroys() {
            true if run.items.is_empty() => "There is nothing to destroy.",
            true => "There is nothing to destroy: all of this stays.",
            false => "Nothing to do: everything is as the config wants it.",
        };
        lines.extend(text::wrap(words, style.prose()));
    }
    let refused = items.iter().any(|item| item.refused.is_some());
    if let Some(seconds) = expected_total(run).filter(|_| !refused) {
        let words = format!("Google usually takes {} for this.", span::about(seconds));
        lines.extend(text::wrap(&words, style.prose()));
    }
    let assumed = items.iter().filter(|item| item.assumed && item.skipped.is_none()).count();
    if assumed > 0 {
        let which = if marks { "Those marked *".to_owned() } else { format!("{assumed} of these") };
        let words = format!(
            "{which} could not be checked yet: something that they need does not exist. Each is checked before \
             it is made."
        );
        lines.extend(phrase::painted(style, Tone::Quiet, text::wrap(&words, style.prose())));
    }
    lines
}

/// `Plan: 31 to create, 0 to update, 0 to delete, 12 unchanged.`
pub fn plan_summary(run: &Run) -> String {
    let count = |action: Action| {
        let counts = |item: &PlanItem| item.skipped.is_none() && item.refused.is_none();
        run.items.iter().filter(|i| counts(&i.plan) && i.plan.action == action).count()
    };
    let refused = run.items.iter().filter(|item| item.plan.refused.is_some()).count();
    let skipped = run.items.iter().filter(|item| item.plan.skipped.is_some()).count();
    if run.destroys() {
        let refused = if refused > 0 { format!("{refused} refused, ") } else { String::new() };
        return format!("Plan: {} to delete, {refused}{skipped} to keep.", count(Action::Delete));
    }
    let mut parts =
        vec![format!("{} to create", count(Action::Create)), format!("{} to update", count(Action::Update))];
    // A replacement is rare and drastic: it is not announced where there is none.
    if count(Action::Replace) > 0 {
        parts.push(format!("{} to replace", count(Action::Replace)));
    }
    parts.push(format!("{} to delete", count(Action::Delete)));
    if count(Action::Adopt) > 0 {
        parts.push(format!("{} to wait for", count(Action::Adopt)));
    }
    parts.push(format!("{} unchanged", count(Action::None)));
    if refused > 0 {
        parts.push(format!("{refused} refused"));
    }
    if skipped > 0 {
        parts.push(format!("{skipped} skipped"));
    }
    format!("Plan: {}.", parts.join(", "))
}

/// How long Google usually takes for the plan; none where it is not worth a word.
pub fn expected_total(run: &Run) -> Option<f64> {
    let seconds: f64 = run.items.iter().map(estimate::expected).sum();
    (seconds >= 45.0).then_some(seconds)
}

fn step_part(
    lines: &mut Vec<String>,
    step: &StepView,
    (ids, marks, nothing): (usize, bool, &str),
    items: &[&PlanItem],
    verbosity: Verbosity,
    style: Style,
) {
    let id = text::one_line(&step.id, style);
    let title = text::one_line(&step.title, style);
    let unchanged = items.iter().filter(|item| is_unchanged(item)).count();
    let aside = if let StepState::Done { outcome: Outcome::Skipped, .. } = step.state {
        "finished before, not checked again".to_owned()
    } else if items.is_empty() {
        nothing.to_owned()
    } else if unchanged == items.len() && verbosity < Verbosity::Verbose {
        format!("= {unchanged} unchanged")
    } else {
        String::new()
    };
    let head = text::pad(&id, ids + 2);
    let words = format!("{}{title}", style.paint(Tone::Strong, &head));
    if !aside.is_empty() {
        // A step that asks for nothing is one line; two of them stand together.
        let line = text::pad(&words, ids + 30);
        lines.push(format!("{line}  {}", style.paint(Tone::Quiet, &aside)));
        return;
    }
    if lines.last().is_some_and(|line| !line.is_empty()) {
        lines.push(String::new());
    }
    lines.push(words.trim_end().to_owned());
    let symbols = if items.iter().any(|item| item.action == Action::Replace) { 3 } else { 1 };
    let column = items
        .iter()
        .filter(|item| item.skipped.is_none() && takes(item).is_some())
        .map(|item| text::width(&address(item, marks, style)))
        .max()
        .unwrap_or(0);
    for item in items.iter().filter(|item| !is_unchanged(item)) {
        item_part(lines, item, (symbols, column, marks), style);
    }
    if verbosity == Verbosity::Verbose {
        for item in items.iter().filter(|item| is_unchanged(item)) {
            item_part(lines, item, (symbols, column, marks), style);
        }
    } else if unchanged > 0 {
        lines.push(style.paint(Tone::Quiet, &format!("  {} {unchanged} unchanged", text::pad("=", symbols))));
    }
    lines.push(String::new());
}

fn item_part(
    lines: &mut Vec<String>,
    item: &PlanItem,
    (symbols, column, marks): (usize, usize, bool),
    style: Style,
) {
    let address = address(item, marks && item.skipped.is_none(), style);
    if let Some(why) = &item.skipped {
        let symbol = text::pad(style.pick("·", "."), symbols);
        let words = format!("{address}: {}", text::one_line(why, style));
        let wrapped = text::hang(&format!("  {symbol} "), &words, style.prose().min(style.line()));
        lines.extend(phrase::painted(style, Tone::Quiet, wrapped));
        if let Some(command) = &item.command {
            lines.extend(command::command_lines(command, symbols + 5, style));
        }
        return;
    }
    let tone = phrase::tone(item.action);
    let symbol = text::pad(item.action.symbol(), symbols);
    let time = takes(item).map(span::about);
    let mut words = address.clone();
    if let Some(time) = &time {
        words = format!("{}  {}", text::pad(&address, column), time);
    }
    let head = format!("  {symbol} ");
    let fits = style.line().saturating_sub(text::width(&head));
    let wrapped = if text::width(&words) <= fits {
        vec![format!("{head}{words}")]
    } else if let Some(time) = &time {
        text::hang(&head, &format!("{address} {time}"), style.line())
    } else {
        text::hang(&head, &address, style.line())
    };
    for (n, line) in wrapped.into_iter().enumerate() {
        let rest = line.strip_prefix(&head).filter(|_| n == 0);
        lines.push(match rest {
            Some(rest) => {
                let rest = match &time {
                    Some(time) => rest.replacen(time.as_str(), &style.paint(Tone::Quiet, time), 1),
                    None if item.action == Action::None => style.paint(Tone::Quiet, rest),
                    None => rest.to_owned(),
                };
                format!("{}{rest}", style.paint(tone, &head))
            }
            None => line,
        });
    }
    lines.extend(phrase::diff_lines(&item.fields, symbols + 5, style));
    consequences(lines, item, symbols + 5, style);
}

/// What the change interrupts, which data it puts at risk, and why it is not done.
fn consequences(lines: &mut Vec<String>, item: &PlanItem, indent: usize, style: Style) {
    let mut line = |tone: Tone, head: &str, words: &str| {
        let head = format!("{}{head}: ", " ".repeat(indent));
        let words = text::one_line(words, style);
        lines.extend(phrase::painted(
            style,
            tone,
            text::hang(&head, &words, style.prose().min(style.line())),
        ));
    };
    if let Some(refused) = &item.refused {
        line(Tone::Bad, "refused", &refused.why);
        // What a replacement or a deletion means tells what the permission would.
        if !matches!(item.action, Action::Replace | Action::Delete) {
            return;
        }
    }
    if let Some(what) = &item.interrupts {
        line(Tone::Change, "interrupts", what);
    }
    if let Some(data) = &item.data {
        line(Tone::Change, "data at risk", data);
    }
}

fn is_unchanged(item: &PlanItem) -> bool {
    item.action == Action::None && item.skipped.is_none()
}

/// The address, with the mark of what was assumed.
fn address(item: &PlanItem, marks: bool, style: Style) -> String {
    let mark = if item.assumed && marks { " *" } else { "" };
    format!("{}{mark}", text::one_line(item.resource.as_str(), style))
}

/// How long it takes, where that is worth a word.
fn takes(item: &PlanItem) -> Option<f64> {
    let tells = item.action != Action::None && item.refused.is_none();
    item.expected_seconds.filter(|seconds| tells && *seconds >= 45).map(f64::from)
}

/// Headings are short as a rule; where a title is not, it must not be wider than the screen.
fn narrow(line: String, style: Style) -> Vec<String> {
    if text::width(&line) <= style.line() || line.contains("://") || line.contains("$ ") {
        return vec![line];
    }
    text::wrap(&line, style.line())
}
