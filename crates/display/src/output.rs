use crate::{Run, Style, style::is_dumb};
use std::fmt;
use std::sync::Arc;

/// How much a person wants to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Errors and the last line.
    Quiet,
    /// What changes, and what must be known.
    #[default]
    Normal,
    /// Checks and unchanged resources too.
    Verbose,
}

/// The forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// Bars that move.
    Live,
    /// Lines.
    Plain,
    /// Events.
    Json,
}

impl Output {
    /// Bars need a terminal that can redraw a line.
    pub fn human(is_terminal: bool, term: Option<&str>) -> Self {
        if is_terminal && !is_dumb(term) { Output::Live } else { Output::Plain }
    }
}

/// Something that a person can do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What it is good for.
    pub text: String,
    /// The command to run, where there is one.
    pub command: Option<String>,
}

/// Says what to do next, once a run is over.
pub type Hints = Arc<dyn Fn(&Run) -> Vec<Hint> + Send + Sync>;

/// What a reporter for people needs to know.
#[derive(Clone)]
pub struct Settings {
    /// How to draw.
    pub style: Style,
    /// How much.
    pub verbosity: Verbosity,
    /// Print each gcloud command.
    pub show_commands: bool,
    /// What to do next: it depends on what came of the run.
    pub hints: Hints,
}

impl Settings {
    /// This style, everything else as usual.
    pub fn new(style: Style) -> Self {
        Self { style, verbosity: Verbosity::Normal, show_commands: false, hints: Arc::new(|_| Vec::new()) }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("style", &self.style)
            .field("verbosity", &self.verbosity)
            .field("show_commands", &self.show_commands)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_only_where_they_can_move() {
        assert_eq!(Output::human(true, Some("xterm")), Output::Live);
        assert_eq!(Output::human(false, Some("xterm")), Output::Plain);
        assert_eq!(Output::human(true, Some("dumb")), Output::Plain);
        assert_eq!(Output::human(true, None), Output::Plain);
    }
}
