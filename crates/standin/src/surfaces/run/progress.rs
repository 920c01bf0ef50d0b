//! How gcloud shows that a deployment goes on, where nobody sits at a terminal.

use crate::call::Call;

/// What a deployment goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// `ConfigurationsReady`.
    Revision,
    /// `RoutesReady`.
    Traffic,
    /// Who may call it.
    Policy,
}

impl Stage {
    fn header(self) -> &'static str {
        match self {
            Self::Revision => "Creating Revision...",
            Self::Traffic => "Routing traffic...",
            Self::Policy => "Setting IAM Policy...",
        }
    }

    /// The condition of the service that belongs to it.
    pub(super) fn of_condition(kind: &str) -> Option<Self> {
        match kind {
            "ConfigurationsReady" => Some(Self::Revision),
            "RoutesReady" => Some(Self::Traffic),
            _ => None,
        }
    }
}

/// The lines on stderr.
pub(super) struct Progress<'a> {
    call: &'a Call,
    silent: bool,
    /// What is still to come, in order; the first may be running.
    left: Vec<Stage>,
    running: Option<Stage>,
    failure: &'static str,
    warnings: Vec<String>,
}

impl<'a> Progress<'a> {
    /// Begins with a line.
    pub(super) fn begin(
        call: &'a Call,
        silent: bool,
        header: &str,
        failure: &'static str,
        stages: &[Stage],
    ) -> Self {
        if !silent {
            call.say(header);
        }
        Self { call, silent, left: stages.to_vec(), running: None, failure, warnings: Vec::new() }
    }

    fn tell(&self, text: &str) {
        if !self.silent {
            self.call.tell(text);
        }
    }

    /// Whether a stage is being shown.
    pub(super) fn is_running(&self, stage: Stage) -> bool {
        self.running == Some(stage)
    }

    /// Whether a stage belongs to this deployment and is not over.
    pub(super) fn has(&self, stage: Stage) -> bool {
        self.left.contains(&stage)
    }

    /// Shows a stage, unless it is done or not one of this deployment.
    pub(super) fn start(&mut self, stage: Stage) {
        if self.running.is_none() && self.left.contains(&stage) {
            self.running = Some(stage);
            self.tell(stage.header());
            // Dots count tenths of seconds.
            self.tell("...");
        }
    }

    /// Ends the stage that is shown with a word.
    pub(super) fn end(&mut self, word: &str) {
        if let Some(stage) = self.running.take() {
            self.left.retain(|left| *left != stage);
            self.tell(&format!("{word}\n"));
        }
    }

    /// What is said at the end.
    pub(super) fn warn(&mut self, text: String) {
        self.warnings.push(text);
    }

    /// The last lines where all went well.
    pub(super) fn done(self) {
        self.tell(if self.warnings.is_empty() { "Done.\n" } else { "Completed with warnings:\n" });
        for warning in &self.warnings {
            self.call.say(&format!("  {warning}"));
        }
    }

    /// The last lines where it did not.
    pub(super) fn failed(self) {
        self.tell(&format!("failed\n{}\n", self.failure));
        for warning in &self.warnings {
            self.call.say(&format!("  {warning}"));
        }
    }
}
