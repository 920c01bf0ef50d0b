//! What a run says of itself: `events.ndjson` of its folder.

use serde_json::Value;
use std::fs;
use std::path::Path;

/// The paragraph of an error.
#[derive(Clone, Debug, Default)]
pub struct Paragraph {
    pub what: String,
    pub said: String,
    pub why: String,
    pub todo: String,
    pub resume: String,
}

/// One run.
#[derive(Debug, Default)]
pub struct Events {
    /// How often something was tried again, or looked at again.
    pub tries: usize,
    /// How long the run waited between them, in Google's seconds.
    pub waited: f64,
    /// What it ended with.
    pub error: Option<Paragraph>,
    /// What it warned of.
    pub warnings: Vec<String>,
}

impl Events {
    /// Those of the newest run below a state folder.
    pub fn newest(state: &Path) -> Result<Self, String> {
        let runs = state.join("dev/runs");
        let mut folders: Vec<_> = fs::read_dir(&runs)
            .map_err(|e| format!("{}: {e}", runs.display()))?
            .flatten()
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        folders.sort();
        let (_, folder) = folders.pop().ok_or("no run has left a record")?;
        let text = fs::read_to_string(folder.join("events.ndjson")).map_err(|e| e.to_string())?;
        Ok(text.lines().filter_map(|line| serde_json::from_str(line).ok()).fold(Self::default(), Self::with))
    }

    fn with(mut self, event: Value) -> Self {
        let text = |field: &str| event[field].as_str().unwrap_or_default().to_owned();
        match event["type"].as_str() {
            Some("resource_retrying") => {
                self.tries += 1;
                self.waited += event["wait_seconds"].as_f64().unwrap_or_default();
            }
            Some("note") if event["warning"] == true => self.warnings.push(text("text")),
            Some("error") => {
                self.error = Some(Paragraph {
                    what: text("what"),
                    said: text("said"),
                    why: text("why"),
                    todo: text("todo"),
                    resume: text("resume"),
                });
            }
            _ => {}
        }
        self
    }
}
