use crate::{
    NoteView, Problem, Run, Settings, Tone, Verbosity, command, cost, estimate, phrase, plan_lines,
    plan_summary, problem_lines, span, summary_headline, summary_lines, text,
};
use events::{Event, Fact, Outcome, Sink};
use std::io::Write;
use std::sync::Mutex;

/// The view for a pipe, a log, or a terminal that only appends: lines that stay, no control characters.
pub struct Plain {
    state: Mutex<State>,
    settings: Settings,
}

struct State {
    teller: Teller,
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
}

impl Plain {
    /// Writes reports to `out` and errors to `err`.
    pub fn new(
        out: impl Write + Send + 'static,
        err: impl Write + Send + 'static,
        settings: Settings,
    ) -> Self {
        let state = State { teller: Teller::default(), out: Box::new(out), err: Box::new(err) };
        Self { state: Mutex::new(state), settings }
    }
}

impl Sink for Plain {
    fn emit(&self, event: &Event) {
        let Ok(mut state) = self.state.lock() else { return };
        let told = state.teller.tell(event, &self.settings, Manner::Plain);
        // A reader that went away does not stop a deploy.
        let _ = write_lines(&mut state.out, &told.lines);
        let _ = write_lines(&mut state.err, &told.problem);
    }
}

fn write_lines(out: &mut dyn Write, lines: &[String]) -> std::io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let mut text = lines.join("\n");
    text.push('\n');
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Who listens: below a live view's lines a block tells what goes on, a plain one has the lines only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Live,
    Plain,
}

/// Turns events into the lines that stay.
#[derive(Default)]
pub(crate) struct Teller {
    pub(crate) run: Run,
    /// Whether a blank line is due before the next part.
    spaced: bool,
}

/// What one event gives to read.
#[derive(Default)]
pub(crate) struct Told {
    pub(crate) lines: Vec<String>,
    /// The paragraph of an error, which goes elsewhere.
    pub(crate) problem: Vec<String>,
}

impl Teller {
    /// Takes in an event, and says what there is to say of it.
    pub(crate) fn tell(&mut self, event: &Event, settings: &Settings, manner: Manner) -> Told {
        let fields = match &event.fact {
            Fact::ResourceFinished { resource, .. } => {
                self.run.find(resource).map(|item| item.fields().to_vec()).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        self.run.apply(event);
        let style = settings.style;
        if let Some(problem) = Problem::of(&event.fact) {
            let mut lines = problem_lines(&problem, style);
            // On a terminal it stands below the report's last part, and the next part below it.
            let below = manner == Manner::Live && std::mem::take(&mut self.spaced);
            if settings.verbosity > Verbosity::Quiet && !below {
                lines.insert(0, String::new());
            }
            return Told { lines: Vec::new(), problem: lines };
        }
        let lines = match (settings.verbosity, &event.fact) {
            (Verbosity::Quiet, fact) => self.last_line(fact, settings),
            (_, Fact::ResourceFinished { resource, outcome, seconds, .. }) => {
                // What the plan said would stay as it is needs no line; a surprise does, for those who want all.
                let quiet = matches!(outcome, Outcome::Unchanged | Outcome::Skipped);
                let planned = self.run.find(resource).is_some_and(|item| !item.changes());
                if quiet && (planned || settings.verbosity < Verbosity::Verbose) {
                    Vec::new()
                } else {
                    phrase::finished(resource, *outcome, *seconds, &fields, style)
                }
            }
            (_, fact) => self.lines(fact, settings, manner),
        };
        // A part that ends with a blank line makes one before the next part superfluous.
        if let Some(last) = lines.last() {
            self.spaced = last.is_empty();
        }
        // What stands there now is the answer.
        self.spaced &= !matches!(event.fact, Fact::Answered { .. });
        Told { lines, problem: Vec::new() }
    }

    fn last_line(&self, fact: &Fact, settings: &Settings) -> Vec<String> {
        match fact {
            Fact::Plan { .. } if self.run.only_looks() => {
                text::wrap(&plan_summary(&self.run), settings.style.prose())
            }
            Fact::RunFinished { .. } if !self.run.only_looks() => summary_headline(&self.run, settings.style),
            _ => Vec::new(),
        }
    }

    fn lines(&self, fact: &Fact, settings: &Settings, manner: Manner) -> Vec<String> {
        let style = settings.style;
        let verbose = settings.verbosity == Verbosity::Verbose;
        match fact {
            Fact::RunStarted { .. } => {
                let mut lines = phrase::opening(&self.run, style);
                lines.push(String::new());
                lines
            }
            Fact::Plan { .. } => {
                let mut lines = plan_lines(&self.run, settings.verbosity, style);
                if !self.spaced {
                    lines.insert(0, String::new());
                }
                lines.push(String::new());
                lines
            }
            // The question stands apart.
            Fact::Asked { .. } if !self.spaced => vec![String::new()],
            Fact::PlanCost { low, high, currency, resources, unknown, command } => {
                let range = (*low, *high);
                let mut lines =
                    cost::change_lines(range, currency, resources, unknown, command.as_deref(), style);
                lines.push(String::new());
                lines
            }
            Fact::ResourceChecked { resource, action, fields, .. } if verbose => {
                phrase::checked(resource, *action, fields, style)
            }
            Fact::StepStarted { step, title, .. } if manner == Manner::Plain && self.shows(step) => {
                let head = format!("{}  ", text::one_line(step, style));
                let lines = text::hang(&head, &text::one_line(title, style), style.prose());
                phrase::painted(style, Tone::Strong, lines)
            }
            Fact::StepFinished { step, outcome, seconds } if manner == Manner::Plain && self.shows(step) => {
                let (step, time) = (text::one_line(step, style), span::short(*seconds));
                let words = match outcome {
                    // The paragraph of the error says it better.
                    Outcome::Failed | Outcome::Interrupted => return Vec::new(),
                    Outcome::Skipped | Outcome::Unchanged => format!("{step}  {}", phrase::past(*outcome)),
                    _ => format!("{step}  done in {time}"),
                };
                phrase::painted(style, Tone::Quiet, text::wrap(&words, style.prose()))
            }
            Fact::ResourceStarted { resource, action, .. } if manner == Manner::Plain => {
                // Only what takes long is announced; the rest is done before it is read.
                match self.run.find(resource).and_then(estimate::usual) {
                    Some(seconds) => phrase::begins(resource, *action, seconds, style),
                    None => Vec::new(),
                }
            }
            Fact::ResourceProgress { resource, action, doing, seconds, .. } if manner == Manner::Plain => {
                phrase::still(resource, *action, doing, *seconds, style)
            }
            Fact::ResourceRetrying { resource, attempt, why, wait_seconds, .. } => {
                phrase::retrying(resource, *attempt, why, *wait_seconds, style)
            }
            Fact::Command { line, .. } if settings.show_commands => {
                command::command_lines(&text::clean(line, style), 0, style)
            }
            Fact::Note { step, resource, warning, text, command } => phrase::note(
                &NoteView {
                    step: step.clone(),
                    resource: resource.clone(),
                    warning: *warning,
                    text: text.clone(),
                    command: command.clone(),
                },
                style,
            ),
            Fact::RunFinished { .. } => {
                let mut lines = summary_lines(&self.run, &(settings.hints)(&self.run), style);
                if !self.spaced && !lines.is_empty() {
                    lines.insert(0, String::new());
                }
                lines
            }
            _ => Vec::new(),
        }
    }

    /// Whether a step is worth a line: something changes in it, or what it does is not known.
    fn shows(&self, step: &str) -> bool {
        !self.run.planned || self.run.changing().any(|item| item.plan.step == step)
    }
}
