//! Reporters: live bars, plain lines, NDJSON, report files. They only draw; they decide nothing.
//!
//! A reporter is an [`events::Sink`]. Each folds the events into a [`Run`] and draws from that; [`Fan`] sends one
//! stream to several. What is printed outside a run (tables of `step list` and `doctor`, errors before a run) comes
//! from functions that turn plain data into lines.
//!
//! A program that deploys chooses one reporter for its standard output and adds the files:
//!
//! ```no_run
//! # fn main() -> std::io::Result<()> {
//! use display::{Fan, Json, Live, Output, Plain, RunFiles, Settings, Style};
//! use std::{io, path::Path, sync::Arc};
//!
//! let settings = Settings::new(Style::of_stdout());
//! let terminal = io::IsTerminal::is_terminal(&io::stdout());
//! let view: Arc<dyn events::Sink> = match Output::human(terminal, std::env::var("TERM").ok().as_deref()) {
//!     Output::Live => Arc::new(Live::stdout(settings)),
//!     Output::Plain => Arc::new(Plain::new(io::stdout(), io::stderr(), settings)),
//!     Output::Json => Arc::new(Json::new("0.1.0", io::stdout(), io::stderr(), settings.style)),
//! };
//! let files = Arc::new(RunFiles::create(Path::new(".deploy/dev/runs/1"), "0.1.0")?);
//! let sink = Fan::new(vec![files, view]);
//! # drop(sink);
//! # Ok(())
//! # }
//! ```
//!
//! Nothing here fails when a terminal or a pipe goes away: a deploy does not stop because nobody watches it.

mod acceptance;
mod command;
mod cost;
mod estimate;
mod fan;
mod files;
mod glance;
mod json;
mod layout;
mod live;
mod output;
mod outputs;
mod phrase;
mod plain;
mod plan;
mod problem;
mod prompt;
mod report;
mod run;
mod screen;
mod span;
mod status;
mod style;
mod summary;
mod table;
mod text;

pub use acceptance::{Accept, Acceptance, AcceptanceStep, Accepted, acceptance_json, acceptance_lines};
pub use command::{command_lines, command_words};
pub use cost::{Amount, CostRow, CostStep, CostTable, cost_lines};
pub use estimate::Remaining;
pub use fan::Fan;
pub use files::RunFiles;
pub use glance::Glance;
pub use json::Json;
pub use live::Live;
pub use output::{Hint, Hints, Output, Settings, Verbosity};
pub use outputs::{OutputRow, OutputValue, output_env, output_json, output_lines, output_markdown};
pub use plain::Plain;
pub use plan::{expected_total, plan_lines, plan_summary};
pub use problem::{Problem, problem_lines};
pub use prompt::prompt;
pub use run::{ItemState, ItemView, NoteView, Phase, Run, StepState, StepView};
pub use screen::Clock;
pub use span::short;
pub use status::{LastRun, Stand, Status, StatusRow, StatusStep, status_json, status_lines, status_markdown};
pub use style::{Style, Tone};
pub use summary::{summary_headline, summary_lines};
pub use table::{Finding, StepRow, Verdict, finding_json, finding_lines, step_json, step_lines};
pub use text::wrapped;
