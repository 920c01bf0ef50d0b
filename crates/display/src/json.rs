use crate::{Problem, Style, problem_lines};
use events::{Event, Fact, SCHEMA, Sink};
use std::io::Write;
use std::sync::Mutex;

/// Events as they are, one JSON object a line; errors for a person besides.
pub struct Json {
    state: Mutex<State>,
    style: Style,
}

struct State {
    stream: Stream<Box<dyn Write + Send>>,
    err: Box<dyn Write + Send>,
}

impl Json {
    /// Writes events to `out`, and the paragraphs of errors to `err` in this style.
    pub fn new(
        tool: &str,
        out: impl Write + Send + 'static,
        err: impl Write + Send + 'static,
        style: Style,
    ) -> Self {
        let stream = Stream::new(tool, Box::new(out) as Box<dyn Write + Send>);
        Self { state: Mutex::new(State { stream, err: Box::new(err) }), style }
    }
}

impl Sink for Json {
    fn emit(&self, event: &Event) {
        let Ok(mut state) = self.state.lock() else { return };
        // A reader that went away does not stop a deploy.
        let _ = state.stream.write(event);
        if let Some(problem) = Problem::of(&event.fact) {
            let text = problem_lines(&problem, self.style).join("\n");
            let _ = writeln!(state.err, "{text}").and_then(|()| state.err.flush());
        }
    }
}

/// NDJSON that begins with the version, whatever comes first.
pub(crate) struct Stream<W> {
    out: W,
    tool: String,
    begun: bool,
}

impl<W: Write> Stream<W> {
    pub(crate) fn new(tool: &str, out: W) -> Self {
        Self { out, tool: tool.to_owned(), begun: false }
    }

    pub(crate) fn write(&mut self, event: &Event) -> std::io::Result<()> {
        let is_version = matches!(event.fact, Fact::Version { .. });
        if is_version && self.begun {
            return Ok(());
        }
        if !self.begun && !is_version {
            let version = Fact::Version { schema: SCHEMA.to_owned(), tool: self.tool.clone() };
            self.line(&Event { time: event.time, fact: version })?;
        }
        self.begun = true;
        self.line(event)
    }

    /// One write for the whole line, so that a crash leaves no half of one.
    fn line(&mut self, event: &Event) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.out.write_all(&line)?;
        self.out.flush()
    }
}
