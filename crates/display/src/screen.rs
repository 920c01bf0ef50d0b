use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use jiff::Timestamp;
use std::io::{self, Write};
use std::sync::Arc;

/// What time it is. A replay has a time of its own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// A terminal with a block of lines at its bottom that is drawn again and again, and lines above that stay.
pub(crate) struct Screen {
    term: Arc<dyn TermLike>,
    err: Option<Box<dyn Write + Send>>,
    multi: MultiProgress,
    bars: Vec<ProgressBar>,
}

impl Screen {
    /// Errors go to `err`, or to the terminal itself.
    pub(crate) fn new(term: Arc<dyn TermLike>, err: Option<Box<dyn Write + Send>>) -> Self {
        let target = ProgressDrawTarget::term_like(Box::new(Shared(term.clone())));
        Self { term, err, multi: MultiProgress::with_draw_target(target), bars: Vec::new() }
    }

    pub(crate) fn columns(&self) -> usize {
        usize::from(self.term.width())
    }

    pub(crate) fn rows(&self) -> usize {
        usize::from(self.term.height())
    }

    /// Lines that stay, above the block.
    pub(crate) fn print(&self, lines: &[String]) {
        if lines.is_empty() {
            return;
        }
        // A terminal that went away does not stop a deploy: what cannot be written is lost, and the files have it.
        if self.bars.is_empty() {
            let _ = lines.iter().try_for_each(|line| self.term.write_line(line));
            let _ = self.term.flush();
        } else {
            let _ = self.multi.println(lines.join("\n"));
        }
    }

    /// An error's lines, which stay too.
    pub(crate) fn complain(&mut self, lines: &[String]) {
        let Some(err) = &mut self.err else { return self.print(lines) };
        self.multi.suspend(|| {
            let _ = writeln!(err, "{}", lines.join("\n")).and_then(|()| err.flush());
        });
    }

    /// Draws the block; no lines: it goes away.
    pub(crate) fn show(&mut self, lines: &[String]) {
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
    }
}

/// One terminal for the bars and for the lines beside them.
#[derive(Debug)]
struct Shared(Arc<dyn TermLike>);

impl TermLike for Shared {
    fn width(&self) -> u16 {
        self.0.width()
    }
    fn height(&self) -> u16 {
        self.0.height()
    }
    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_up(n)
    }
    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_down(n)
    }
    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_right(n)
    }
    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.0.move_cursor_left(n)
    }
    fn write_line(&self, s: &str) -> io::Result<()> {
        self.0.write_line(s)
    }
    fn write_str(&self, s: &str) -> io::Result<()> {
        self.0.write_str(s)
    }
    fn clear_line(&self) -> io::Result<()> {
        self.0.clear_line()
    }
    fn flush(&self) -> io::Result<()> {
        self.0.flush()
    }
}
