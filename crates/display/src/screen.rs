use crate::text;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use jiff::Timestamp;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// What time it is. A replay has a time of its own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A terminal with a block of lines at its bottom that is drawn again and again, and lines above that stay.
pub(crate) struct Screen {
    pane: Pane,
    err: Option<Box<dyn Write + Send>>,
    multi: MultiProgress,
    bars: Vec<ProgressBar>,
    /// The width for which the block was drawn.
    drawn_for: usize,
}

impl Screen {
    /// Errors go to `err`, or to the terminal itself.
    pub(crate) fn new(term: Arc<dyn TermLike>, err: Option<Box<dyn Write + Send>>) -> Self {
        let pane = Pane { term, writing: Arc::default() };
        let multi = MultiProgress::with_draw_target(ProgressDrawTarget::term_like(Box::new(pane.clone())));
        Self { pane, err, multi, bars: Vec::new(), drawn_for: 0 }
    }

    pub(crate) fn columns(&self) -> usize {
        usize::from(self.pane.width())
    }

    pub(crate) fn rows(&self) -> usize {
        usize::from(self.pane.height())
    }

    /// Lines that stay, above the block.
    pub(crate) fn print(&mut self, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        self.reflow();
        let Self { pane, multi, .. } = self;
        pane.at_once(|| {
            multi.suspend(|| lines.iter().for_each(|line| pane.line(line)));
        });
    }

    /// An error's lines, which stay too.
    pub(crate) fn complain(&mut self, lines: &[String]) {
        if self.err.is_none() {
            return self.print(lines);
        }
        self.reflow();
        if let Some(err) = &mut self.err {
            self.multi.suspend(|| {
                let _ = writeln!(err, "{}", lines.join("\n")).and_then(|()| err.flush());
            });
        }
    }

    /// Draws the block; no lines: it goes away.
    pub(crate) fn show(&mut self, lines: &[String]) {
        self.reflow();
        let pane = self.pane.clone();
        pane.at_once(|| {
            while self.bars.len() > lines.len() {
                if let Some(bar) = self.bars.pop() {
                    bar.finish_and_clear();
                    self.multi.remove(&bar);
                }
            }
            for (n, line) in lines.iter().enumerate() {
                let bar = match self.bars.get(n) {
                    Some(bar) => bar,
                    None => {
                        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
                        if let Ok(style) = ProgressStyle::with_template("{msg}") {
                            bar.set_style(style);
                        }
                        self.bars.push(self.multi.add(bar));
                        &self.bars[n]
                    }
                };
                // Only what changed is drawn.
                if bar.message() != *line {
                    bar.set_message(line.clone());
                }
            }
        });
    }

    /// When the terminal became narrower, it has broken the block's lines into more rows than indicatif knows of:
    /// they are wiped here, and the cursor is left where indicatif believes it is.
    fn reflow(&mut self) {
        let columns = self.columns().max(1);
        let narrower = columns < self.drawn_for;
        self.drawn_for = columns;
        if !narrower || self.bars.is_empty() {
            return;
        }
        let rows: usize =
            self.bars.iter().map(|bar| text::width(&bar.message()).div_ceil(columns).max(1)).sum();
        let known = self.bars.len();
        self.pane.raw(&format!("\r\u{1b}[{}A\u{1b}[J{}", rows.max(2) - 1, "\n".repeat(known - 1)));
    }
}

/// The terminal, between indicatif and the real one. Three things are put right here:
///
/// - indicatif fills each line with spaces up to the edge instead of ending it. A terminal takes that for one long
///   line: it would be copied as one, and broken anew when the window changes. Here the lines end.
/// - What belongs together is written at once, so that nothing flickers.
/// - indicatif panics when a line cannot be written while it is suspended. A terminal that went away does not stop a
///   deploy: what cannot be written is lost, and the run's files have it.
#[derive(Clone, Debug)]
struct Pane {
    term: Arc<dyn TermLike>,
    writing: Arc<Mutex<Writing>>,
}

#[derive(Debug, Default)]
struct Writing {
    /// A line was written; what comes next is its filling.
    filling: bool,
    /// The line is full; it ends when another one follows.
    ending: bool,
    /// Flushing waits.
    held: bool,
}

impl Pane {
    fn with(&self, change: impl FnOnce(&mut Writing)) {
        change(&mut self.writing.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Does several things whose output is written at once.
    fn at_once(&self, work: impl FnOnce()) {
        self.with(|writing| writing.held = true);
        work();
        self.with(|writing| writing.held = false);
        let _ = self.term.flush();
    }

    /// A line that stays.
    fn line(&self, line: &str) {
        let _ = self.term.write_line(line);
    }

    /// Bytes as they are.
    fn raw(&self, text: &str) {
        let _ = self.term.write_str(text);
    }

    fn moved(&self) {
        self.with(|writing| (writing.filling, writing.ending) = (false, false));
    }
}

impl TermLike for Pane {
    fn width(&self) -> u16 {
        self.term.width()
    }

    fn height(&self) -> u16 {
        self.term.height()
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.moved();
        let _ = self.term.move_cursor_up(n);
        Ok(())
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.moved();
        let _ = self.term.move_cursor_down(n);
        Ok(())
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        let _ = self.term.move_cursor_right(n);
        Ok(())
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        let _ = self.term.move_cursor_left(n);
        Ok(())
    }

    fn write_line(&self, s: &str) -> io::Result<()> {
        self.line(s);
        Ok(())
    }

    fn write_str(&self, s: &str) -> io::Result<()> {
        let (mut filling, mut ending) = (false, false);
        self.with(|writing| {
            filling = writing.filling;
            ending = writing.ending && !filling;
            writing.filling = !filling;
            writing.ending = filling;
        });
        if ending {
            self.line("");
        }
        if !filling {
            self.raw(s);
        }
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.moved();
        let _ = self.term.clear_line();
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let mut held = false;
        self.with(|writing| held = writing.held);
        if !held {
            let _ = self.term.flush();
        }
        Ok(())
    }
}
