//! Who is told of a run, and in which form.

use crate::args::{Options, Output};
use crate::exit::{FAILED, Stop};
use crate::here::{Completing, Here};
use crate::say;
use crate::signals::Screen;
use display::{Fan, Hint, Json, Live, Plain, Run, RunFiles, Settings, Style, Verbosity};
use events::{Event, Fact, Sink};
use std::io::{IsTerminal as _, Write};
use std::path::Path;
use std::sync::Arc;

/// This tool's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Everybody who is told of a run.
pub struct Reporters {
    /// Takes the events for all of them.
    pub sink: Arc<dyn Sink>,
    files: Option<Arc<RunFiles>>,
    /// Those who read events as data: the run's files, and a screen of JSON.
    readers: Arc<dyn Sink>,
    /// Whether the screen is one of them.
    pub as_data: bool,
}

impl Reporters {
    /// Tells those who read the events as data; people are told in words of their own.
    pub fn tell_readers(&self, fact: Fact) {
        self.readers.emit(&Event::now(fact));
    }

    /// Says so where the run's files could not be written to the end, e.g. on a full disk.
    pub fn warn_of_lost_files(&self) {
        if let Some(files) = &self.files
            && let Some(problem) = files.problem()
        {
            let folder = files.directory().display();
            say::aside(format_args!("Warning: the files in {folder} are not complete: {problem}"));
        }
    }
}

/// The reporter that the person asked for, and the run's files where there is a run. All are told the same, with every command
/// as it must be pasted `here`.
pub fn to(
    options: &Options,
    here: &Here,
    run_folder: Option<&Path>,
    live: &Screen,
) -> Result<Reporters, Stop> {
    // A run that changes nothing is there for what it prints; a deploy goes on though nobody can read of it.
    let looks = run_folder.is_none();
    let mut sinks: Vec<Arc<dyn Sink>> = vec![screen(options, looks, live)];
    let as_data = options.output == Some(Output::Json);
    let mut readers = if as_data { sinks.clone() } else { Vec::new() };
    let mut files = None;
    if let Some(folder) = run_folder {
        let made = RunFiles::create(folder, VERSION).map_err(|e| {
            Stop::say(FAILED, format!("Cannot write the run's files to {}: {e}", folder.display()))
        })?;
        let made = Arc::new(made);
        sinks.push(Arc::clone(&made) as Arc<dyn Sink>);
        readers.push(Arc::clone(&made) as Arc<dyn Sink>);
        files = Some(made);
    }
    let all = |sinks| -> Arc<dyn Sink> { Arc::new(Completing::new(here, Arc::new(Fan::new(sinks)))) };
    Ok(Reporters { sink: all(sinks), files, readers: all(readers), as_data })
}

/// How to draw on stdout.
pub fn settings(options: &Options) -> Settings {
    let verbosity = match (options.quiet, options.verbose) {
        (true, _) => Verbosity::Quiet,
        (_, true) => Verbosity::Verbose,
        _ => Verbosity::Normal,
    };
    let here = Here::new(options, None);
    Settings {
        verbosity,
        show_commands: options.show_commands,
        hints: Arc::new(move |run| hints(run, &here)),
        ..Settings::new(if options.script { Style::of_stderr() } else { Style::of_stdout() })
    }
}

fn screen(options: &Options, looks: bool, live: &Screen) -> Arc<dyn Sink> {
    let settings = settings(options);
    let out = || -> Box<dyn Write + Send> {
        if looks { Box::new(say::Product) } else { Box::new(std::io::stdout()) }
    };
    let term = std::env::var("TERM").ok();
    let terminal = std::io::stdout().is_terminal();
    match options.output {
        // The script alone is on stdout.
        _ if options.script => Arc::new(Plain::new(std::io::stderr(), std::io::stderr(), settings)),
        Some(Output::Json) => {
            Arc::new(Json::new(VERSION, say::Product, std::io::stderr(), Style::of_stderr()))
        }
        Some(Output::Plain) => Arc::new(Plain::new(out(), std::io::stderr(), settings)),
        // Bars where they can move; a person who asks for them in a pipe gets lines. The other forms are refused before.
        Some(Output::Human | Output::Env | Output::Markdown) | None => {
            match display::Output::human(terminal, term.as_deref()) {
                display::Output::Live => {
                    Arc::clone(live.get_or_init(|| Arc::new(Live::stdout(settings)))) as Arc<dyn Sink>
                }
                _ => Arc::new(Plain::new(out(), std::io::stderr(), settings)),
            }
        }
    }
}

/// What to do next, once everything exists.
fn hints(run: &Run, here: &Here) -> Vec<Hint> {
    let output = |name: &str| run.outputs.get(name).cloned();
    let mut hints = Vec::new();
    if let Some(url) = output("service.url") {
        hints.push(Hint { text: "Look at the service:".into(), command: Some(format!("curl {url}")) });
    }
    if let Some(secret) = output("database.url_secret") {
        let command =
            format!("gcloud secrets versions access latest --secret={secret} --project={}", run.project);
        hints.push(Hint {
            text: "Read the database's URL (it holds the password):".into(),
            command: Some(command),
        });
    }
    if !run.outputs.is_empty() {
        hints.push(Hint {
            text: "All that other teams need to know, from names of secrets to pages of the console:".into(),
            command: Some(here.command("deploy-all outputs")),
        });
    }
    if let Some(images) = output("images.repository") {
        hints.push(Hint {
            text: format!(
                "Push an image to {images} and deploy it, or connect the repository and push to its branch."
            ),
            command: None,
        });
    }
    hints
}
