use crate::json::Stream;
use crate::report::Report;
use crate::{Run, Style, text};
use events::{Event, Fact, Sink};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// What a run leaves in its directory: `events.ndjson`, `commands.log`, `report.json`; for their owner's eyes only.
///
/// Every line is written at once, so that a crash loses none. A full disk does not stop a run; [`RunFiles::problem`]
/// tells of it.
pub struct RunFiles {
    state: Mutex<State>,
    directory: PathBuf,
}

struct State {
    run: Run,
    events: Stream<File>,
    commands: File,
    problem: Option<io::Error>,
}

impl RunFiles {
    /// Makes the directory where it is missing, and the files in it.
    pub fn create(directory: &Path, tool: &str) -> io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
        let open =
            |name: &str| OpenOptions::new().append(true).create(true).mode(0o600).open(directory.join(name));
        let state = State {
            run: Run { tool: tool.to_owned(), ..Run::default() },
            events: Stream::new(tool, open("events.ndjson")?),
            commands: open("commands.log")?,
            problem: None,
        };
        Ok(Self { state: Mutex::new(state), directory: directory.to_owned() })
    }

    /// Where the files are.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The first thing that could not be written, if any; asking takes it.
    pub fn problem(&self) -> Option<io::Error> {
        self.state.lock().ok()?.problem.take()
    }

    /// The report is replaced as a whole: a reader never sees half of one.
    fn write_report(&self, run: &Run) -> io::Result<()> {
        let new = self.directory.join("report.json.new");
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        let mut text = serde_json::to_vec_pretty(&Report::of(run))?;
        text.push(b'\n');
        file.write_all(&text)?;
        std::fs::rename(&new, self.directory.join("report.json"))
    }
}

impl Sink for RunFiles {
    fn emit(&self, event: &Event) {
        let Ok(mut state) = self.state.lock() else { return };
        state.run.apply(event);
        let mut results = vec![state.events.write(event)];
        if let Some(text) = command_entry(event) {
            results.push(state.commands.write_all(text.as_bytes()));
        }
        // A run that is killed leaves a report up to the last step, too.
        if matches!(event.fact, Fact::StepFinished { .. } | Fact::Error { .. } | Fact::RunFinished { .. }) {
            results.push(self.write_report(&state.run));
        }
        if let Some(problem) = results.into_iter().find_map(Result::err) {
            state.problem.get_or_insert(problem);
        }
    }
}

/// One command of `commands.log`: when, which, how it ended, how long it took; what it said indented below.
fn command_entry(event: &Event) -> Option<String> {
    let Fact::Command { line, mutating, status, seconds, stderr, .. } = &event.fact else {
        return None;
    };
    let style = Style { colour: false, unicode: true, width: Style::UNLIMITED };
    let status = status.map_or_else(|| "signal".to_owned(), |status| format!("exit {status}"));
    let kind = if *mutating { "change" } else { "read" };
    let line = text::clean(line, style).replace('\n', "\n    ");
    let mut text = format!("{:.3}  {status:<6}  {seconds:>7.2}s  {kind:<6}  {line}\n", event.time);
    for line in text::clean(stderr, style).lines() {
        text.push_str(&format!("    {line}\n"));
    }
    Some(text)
}
