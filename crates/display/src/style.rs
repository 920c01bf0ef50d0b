use std::ffi::OsString;

/// How to draw: decided once, handed in as a value, so that everything that draws is a pure function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// ANSI colours.
    pub colour: bool,
    /// Characters beyond ASCII in what this program adds itself.
    pub unicode: bool,
    /// Columns. [`Style::UNLIMITED`] where nobody counts them: lines that a program may search are then not broken.
    pub width: usize,
}

/// What a piece of text is, not what it looks like: the few colours are chosen in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Made, in order.
    Good,
    /// Changed, or deserves attention.
    Change,
    /// Failed or removed.
    Bad,
    /// Goes on at this moment, or can be run or opened.
    Active,
    /// Headings.
    Strong,
    /// What may be overlooked.
    Quiet,
}

impl Style {
    /// The width where nobody counts columns: a pipe, a file, a log of CI.
    pub const UNLIMITED: usize = usize::MAX;

    /// No colour, ASCII, no limit.
    pub const PLAIN: Self = Self { colour: false, unicode: false, width: Self::UNLIMITED };

    /// Decides from the environment and what the output is. `width` is the terminal's; none for a pipe.
    ///
    /// `NO_COLOR` beats all; `CLICOLOR_FORCE` asks for colour even in a pipe; `CLICOLOR=0` and `TERM=dumb` ask for
    /// none.
    pub fn from_env(get: impl Fn(&str) -> Option<OsString>, width: Option<usize>) -> Self {
        let get = |name: &str| get(name).map(|value| value.to_string_lossy().into_owned());
        let set = |name: &str| get(name).is_some_and(|value| !value.is_empty());
        let on = |name: &str| get(name).is_some_and(|value| !value.is_empty() && value != "0");
        let dumb = is_dumb(get("TERM").as_deref());
        let willing = width.is_some() && !dumb && get("CLICOLOR").as_deref() != Some("0");
        let locale =
            ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|name| get(name).filter(|v| !v.is_empty()));
        let utf8 = locale.is_none_or(|value| {
            let value = value.to_ascii_lowercase();
            value.contains("utf-8") || value.contains("utf8")
        });
        Self {
            colour: !set("NO_COLOR") && (on("CLICOLOR_FORCE") || willing),
            unicode: utf8 && !dumb,
            width: width.unwrap_or(Self::UNLIMITED),
        }
    }

    /// The style for the process's standard output.
    pub fn of_stdout() -> Self {
        Self::of(&console::Term::stdout())
    }

    /// The style for the process's standard error.
    pub fn of_stderr() -> Self {
        Self::of(&console::Term::stderr())
    }

    fn of(term: &console::Term) -> Self {
        let width =
            term.is_term().then(|| term.size_checked().map_or(80, |(_, columns)| usize::from(columns)));
        Self::from_env(|name| std::env::var_os(name), width)
    }

    /// The same, in another width.
    pub fn with_width(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// The columns for text that people read: long lines are hard to read even where there is room.
    pub fn prose(self) -> usize {
        self.width.clamp(20, 100)
    }

    /// The columns for a line that stands for itself.
    pub fn line(self) -> usize {
        self.width.max(20)
    }

    /// Gives text its colour.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let style = console::Style::new().force_styling(true);
        let style = match tone {
            Tone::Good => style.green(),
            Tone::Change => style.yellow(),
            Tone::Bad => style.red(),
            Tone::Active => style.cyan(),
            Tone::Strong => style.bold(),
            Tone::Quiet => style.dim(),
        };
        style.apply_to(text).to_string()
    }

    /// The first where the terminal knows Unicode, else the second.
    pub(crate) fn pick<'a>(self, unicode: &'a str, ascii: &'a str) -> &'a str {
        if self.unicode { unicode } else { ascii }
    }

    /// Between the old value and the new one.
    pub(crate) fn arrow(self) -> &'static str {
        self.pick("→", "->")
    }

    /// Between facts on one line.
    pub(crate) fn dot(self) -> &'static str {
        self.pick(" · ", ", ")
    }

    /// Where something was cut off.
    pub(crate) fn ellipsis(self) -> &'static str {
        self.pick("…", "..")
    }
}

/// Whether a terminal of this name only appends: it cannot redraw a line.
pub(crate) fn is_dumb(term: Option<&str>) -> bool {
    term.is_none_or(|name| name.is_empty() || name == "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(vars: &[(&str, &str)], width: Option<usize>) -> Style {
        let find = |name: &str| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| OsString::from(v));
        Style::from_env(find, width)
    }

    #[test]
    fn colour_follows_the_conventions() {
        let term = ("TERM", "xterm-256color");
        assert!(style(&[term], Some(80)).colour);
        assert!(!style(&[term], None).colour, "a pipe");
        assert!(!style(&[("TERM", "dumb")], Some(80)).colour);
        assert!(!style(&[], Some(80)).colour, "no TERM at all");
        assert!(!style(&[term, ("NO_COLOR", "1")], Some(80)).colour);
        assert!(style(&[term, ("NO_COLOR", "")], Some(80)).colour, "an empty NO_COLOR counts as unset");
        assert!(!style(&[term, ("CLICOLOR", "0")], Some(80)).colour);
        assert!(style(&[("CLICOLOR_FORCE", "1")], None).colour, "forced in a pipe");
        assert!(!style(&[("CLICOLOR_FORCE", "0")], None).colour);
        assert!(!style(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], None).colour, "NO_COLOR wins");
    }

    #[test]
    fn unicode_follows_the_locale_and_a_dumb_terminal_gets_none() {
        let term = ("TERM", "xterm");
        assert!(style(&[term], Some(80)).unicode);
        assert!(style(&[term, ("LANG", "de_DE.UTF-8")], Some(80)).unicode);
        assert!(!style(&[term, ("LANG", "C")], Some(80)).unicode);
        assert!(!style(&[term, ("LC_ALL", "POSIX"), ("LANG", "C.UTF-8")], Some(80)).unicode, "LC_ALL wins");
        assert!(!style(&[("TERM", "dumb"), ("LANG", "C.UTF-8")], Some(80)).unicode);
    }

    #[test]
    fn without_colour_there_are_no_escape_codes() {
        assert_eq!(Style::PLAIN.paint(Tone::Bad, "x"), "x");
        let coloured = Style { colour: true, ..Style::PLAIN };
        assert_eq!(coloured.paint(Tone::Bad, "x"), "\u{1b}[31mx\u{1b}[0m");
    }
}
