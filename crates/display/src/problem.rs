use crate::{Style, Tone, command, text};
use events::{Address, Fact};

/// Why a run cannot go on, for the person who has to do something about it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Problem {
    /// The step it happened in.
    pub step: Option<String>,
    /// The resource it happened to.
    pub resource: Option<Address>,
    /// What failed.
    pub what: String,
    /// What gcloud said; may have many lines.
    pub said: String,
    /// Why.
    pub why: String,
    /// What to do.
    pub todo: String,
    /// The command that resumes.
    pub resume: String,
}

impl Problem {
    /// The problem that an error event tells of.
    pub fn of(fact: &Fact) -> Option<Self> {
        let Fact::Error { step, resource, what, said, why, todo, resume } = fact else { return None };
        Some(Self {
            step: step.clone(),
            resource: resource.clone(),
            what: what.clone(),
            said: said.clone(),
            why: why.clone(),
            todo: todo.clone(),
            resume: resume.clone(),
        })
    }
}

/// So many lines of gcloud's words are shown; the rest is in the run's `commands.log`.
const SAID_LINES: usize = 8;
/// The widest label and the space around it.
const LABELS: usize = 15;

/// The paragraph: what failed, what gcloud said, why, what to do, how to resume. What is not known is left out.
pub fn problem_lines(problem: &Problem, style: Style) -> Vec<String> {
    let columns = style.prose();
    let place = match (&problem.resource, &problem.step) {
        // The person looks for the resource first; a sentence that names it already need not repeat it.
        (Some(resource), step) if !problem.what.contains(resource.as_str()) => {
            format!(" ({}{resource})", step.as_ref().map(|s| format!("{s}, ")).unwrap_or_default())
        }
        (_, Some(step)) => format!(" ({step})"),
        _ => String::new(),
    };
    let what = text::one_line(&format!("{}{place}", problem.what), style);
    let mut lines: Vec<String> = text::hang("Error: ", &what, columns)
        .into_iter()
        .enumerate()
        .map(|(n, line)| {
            let Some(rest) = line.strip_prefix("Error:").filter(|_| n == 0) else {
                return style.paint(Tone::Strong, &line);
            };
            format!("{}{}", style.paint(Tone::Bad, "Error:"), style.paint(Tone::Strong, rest))
        })
        .collect();
    lines.push(String::new());
    let details = lines.len();
    section(&mut lines, "gcloud said", &said(&problem.said, style), columns, style);
    section(&mut lines, "why", &text::clean(&problem.why, style), columns, style);
    section(&mut lines, "what to do", &text::clean(&problem.todo, style), columns, style);
    let resume = text::one_line(&problem.resume, style);
    if !resume.is_empty() {
        let head = text::pad(&label("resume with", style), LABELS);
        if text::width(&resume) + LABELS + 2 <= columns {
            lines.push(format!("{head}{}", style.paint(Tone::Active, &format!("$ {resume}"))));
        } else {
            lines.push(head.trim_end().to_owned());
            lines.extend(command::command_lines(&resume, 4, style.with_width(columns)));
        }
    }
    if lines.len() == details {
        lines.pop();
    }
    lines
}

fn label(name: &str, style: Style) -> String {
    format!("  {}", style.paint(Tone::Quiet, name))
}

/// A labelled part: beside its label where there is room, below it where there is not.
fn section(lines: &mut Vec<String>, name: &str, body: &str, columns: usize, style: Style) {
    if body.trim().is_empty() {
        return;
    }
    // Beside the label there must be room for a sentence, and for the longest web address in it.
    let longest = body.split_whitespace().filter(|word| word.contains("://")).map(text::width).max();
    if columns < 50 || longest.unwrap_or(0) + LABELS > columns {
        lines.push(label(name, style));
        lines.extend(text::wrap(body, columns - 4).iter().map(|line| format!("    {line}")));
        return;
    }
    for (n, line) in text::wrap(body, columns - LABELS).into_iter().enumerate() {
        let head = if n == 0 { label(name, style) } else { String::new() };
        lines.push(format!("{}{line}", text::pad(&head, LABELS)).trim_end().to_owned());
    }
}

/// What gcloud printed, without the blank lines and, where it is long, without its end.
fn said(said: &str, style: Style) -> String {
    let clean = text::clean(said, style);
    let lines: Vec<&str> = clean.lines().filter(|line| !line.trim().is_empty()).collect();
    if lines.len() <= SAID_LINES {
        return lines.join("\n");
    }
    let kept = &lines[..SAID_LINES - 1];
    format!(
        "{}\n{} {} more lines in commands.log",
        kept.join("\n"),
        style.ellipsis(),
        lines.len() - kept.len()
    )
}
