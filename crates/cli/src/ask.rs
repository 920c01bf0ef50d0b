//! The one question.

use crate::exit::{Stop, USAGE};
use std::io::{BufRead as _, IsTerminal as _, Write as _};

/// Asks whether to go on. Without a terminal nobody can answer: it stops and says so, and never waits.
pub fn go_on(changes: u32, project: &str, redirected: bool) -> Result<(), Stop> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        let text = "Nothing was changed: there is no terminal to ask on. Look at the plan above and run the same command with --yes.";
        return Err(Stop::say(USAGE, text));
    }
    let place = if redirected { "the emulated project" } else { "the Google Cloud project" };
    let what = if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") };
    eprint!("\nMake {what} in {place} {project}? [y/N] ");
    // A prompt that cannot be written will not be answered either; the read below ends it.
    let _ = std::io::stderr().flush();
    let mut answer = String::new();
    let read = std::io::stdin().lock().read_line(&mut answer);
    if read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        return Ok(());
    }
    Err(Stop::say(USAGE, "Nothing was changed."))
}
