//! A look at the cloud that changes nothing and is no run: `doctor`, `outputs`, `status`, `verify`.

use crate::args::{Options, Output};
use crate::exit::{FAILED, Stop, USAGE, interrupted};
use crate::here::{Completing, Here};
use crate::session::{self, Session};
use crate::settings::Settings;
use crate::web::Client;
use crate::{former, report, resume, say, settings, steps};
use display::{Fan, Glance, Style, wrapped};
use engine::{Deps, Engine, Error, Step};
use events::Sink;
use std::sync::Arc;

/// Everything that is needed to look.
pub struct Look {
    /// What it was opened with.
    pub session: Session,
    /// All steps, in order.
    pub steps: Vec<Step>,
    /// Reads the cloud.
    pub engine: Engine,
    /// How to draw on stdout.
    pub style: Style,
    /// What is seen while it goes on.
    pub glance: Arc<Glance>,
}

/// Opens a look. It takes no lock, but for a rehearsal's.
///
/// # Errors
/// What ends the program before anything is read, with what to say.
pub fn open(options: &Options) -> Result<Look, Stop> {
    with(options, settings::load(options)?)
}

/// The same with settings that are known already.
///
/// # Errors
/// What ends the program before anything is read, with what to say.
pub fn with(options: &Options, settings: Settings) -> Result<Look, Stop> {
    let session = session::open(options, settings, false)?;
    let config = &session.settings.loaded.config;
    let mut steps = steps::all(config);
    let journal = session.own_checkpoint();
    if let Some(journal) = &journal {
        former::add(&mut steps, config, journal, false);
    }
    let glance = Arc::new(Glance::new(
        steps.iter().map(|step| step.items.len()).sum(),
        options.show_commands || options.quiet,
    ));
    let mut sinks = vec![Arc::clone(&glance) as Arc<dyn Sink>];
    if options.show_commands {
        sinks.push(report::to(options, &session.here, None, &session.screen)?.sink);
    }
    let engine = Engine::new(Deps {
        gcloud: Arc::new(session.ready.gcloud.clone()),
        sink: Arc::new(Completing::new(&session.here, Arc::new(Fan::new(sinks)))),
        store: None,
        journal,
        interrupt: session.interrupt.clone(),
        wait_scale: session.scale,
        project: config.project.id.clone(),
        run: session.run.clone(),
        marks_steps: false,
        resume: resume::command_line(),
        folder: session.settings.folder.clone(),
        may_replace: std::collections::BTreeSet::new(),
    });
    let engine = engine.with_web(Arc::new(Client::new(&session.ready.way)));
    engine.count_commands(session.ready.commands);
    Ok(Look { steps, engine, style: report::settings(options).style, session, glance })
}

impl Look {
    /// What leads a command to the same deployment.
    pub fn here(&self) -> &Here {
        &self.session.here
    }

    /// The project's id.
    pub fn project(&self) -> &str {
        &self.session.settings.loaded.config.project.id
    }

    /// Says where the calls go, when not to Google, before anything else.
    pub fn introduce(&self) {
        if let Some(redirection) = &self.session.ready.redirection {
            for line in wrapped(&format!("Not on Google: {redirection}"), self.style) {
                say::line(line);
            }
            say::line("");
        }
    }

    /// Says what it cost.
    pub fn count(&self) {
        say::line(format_args!("\n{} gcloud processes were started.", self.engine.commands()));
    }
}

/// What keeps from looking on.
pub fn stopped(error: Error) -> Stop {
    match error {
        Error::Interrupted(signal) => Stop::say(interrupted(signal), "Interrupted. Nothing was changed."),
        other => Stop::say(FAILED, other.to_string()),
    }
}

/// Refuses a form that this command does not have.
pub fn only(options: &Options, forms: &[Output]) -> Result<(), Stop> {
    match options.output {
        Some(form) if !forms.contains(&form) => {
            let names: Vec<&str> = forms.iter().map(|form| form.name()).collect();
            let text = format!("This command has no --output {}: it has {}.", form.name(), names.join(", "));
            Err(Stop::say(USAGE, text))
        }
        _ => Ok(()),
    }
}
