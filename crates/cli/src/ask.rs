//! Questions, and how their answers are waited for.

use crate::exit::{Stop, USAGE, interrupted};
use gcloud::Interrupt;
use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::mpsc::channel;
use std::time::Duration;

/// How long after the end of the input a signal may still tell why it ended.
const HANGUP: Duration = Duration::from_millis(200);

/// What ends the waiting for an answer.
enum Heard {
    Answer(String),
    End,
    Signal(i32),
}

/// Asks whether to go on. Without a terminal nobody can answer: it stops and says so, and never waits.
pub fn go_on(changes: u32, project: &str, redirected: bool, interrupt: &Interrupt) -> Result<(), Stop> {
    if !somebody_there() {
        let text = "Nothing was changed: there is no terminal to ask on. Look at the plan above and run the same command with --yes.";
        return Err(Stop::say(USAGE, text));
    }
    let place = place(redirected);
    let what = if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") };
    match answer(&format!("\nMake {what} in {place} {project}? [y/N] "), interrupt)? {
        Some(answer) if is_yes(&answer) => Ok(()),
        _ => Err(declined()),
    }
}

/// Asks to type the project's id: what is about to be lost cannot be made again.
pub fn type_project(project: &str, redirected: bool, interrupt: &Interrupt) -> Result<(), Stop> {
    if !somebody_there() {
        let text = format!(
            "Nothing was changed: data would be lost, and there is no terminal to ask on. Look at the plan above and run the same command with --confirm {project}."
        );
        return Err(Stop::say(USAGE, text));
    }
    let question =
        format!("\nData will be lost. To go on, type the id of {} ({project}): ", place(redirected));
    match answer(&question, interrupt)? {
        Some(answer) if answer.trim() == project => Ok(()),
        _ => Err(declined()),
    }
}

/// Asks about one thing. Without a terminal the answer is no.
pub fn about(question: &str, interrupt: &Interrupt) -> Result<bool, Stop> {
    if !somebody_there() {
        return Ok(false);
    }
    Ok(answer(&format!("{question} [y/N] "), interrupt)?.is_some_and(|answer| is_yes(&answer)))
}

fn somebody_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

fn place(redirected: bool) -> &'static str {
    if redirected { "the emulated project" } else { "the Google Cloud project" }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

fn declined() -> Stop {
    Stop::say(USAGE, "Nothing was changed.")
}

/// What a person types. `None`: the input has ended.
fn answer(question: &str, interrupt: &Interrupt) -> Result<Option<String>, Stop> {
    // A prompt that cannot be written will not be answered either; the read below ends it.
    let mut prompt = std::io::stderr();
    let _ = write!(prompt, "{}", fitted(question)).and_then(|()| prompt.flush());
    match listen(interrupt) {
        Heard::Answer(answer) => Ok(Some(answer)),
        Heard::End => Ok(None),
        Heard::Signal(signal) => Err(Stop::say(interrupted(signal), "\nNothing was changed.")),
    }
}

/// Asks for a line; without the white space around it. The end of the input or a signal ends the program, nothing written.
pub fn line(prompt: &str, interrupt: &Interrupt) -> Result<String, Stop> {
    let mut screen = std::io::stderr();
    let _ = write!(screen, "{}", fitted(prompt)).and_then(|()| screen.flush());
    match listen(interrupt) {
        Heard::Answer(answer) => Ok(answer.trim().to_owned()),
        Heard::End => Err(Stop::say(USAGE, "\nNothing was written.")),
        Heard::Signal(signal) => Err(Stop::say(interrupted(signal), "\nNothing was written.")),
    }
}

/// A question whose words are whole on this terminal. The answer is typed behind it, after a blank.
fn fitted(question: &str) -> String {
    format!("{} ", display::wrapped(question, display::Style::of_stderr()).join("\n").trim_end())
}

/// Reads on a thread of its own: the system takes a read up again after a signal, so that Ctrl-C would change nothing.
fn listen(interrupt: &Interrupt) -> Heard {
    let (sender, heard) = channel();
    let _listening = interrupt.notify(sender.clone(), Heard::Signal);
    std::thread::spawn(move || {
        let mut answer = String::new();
        match std::io::stdin().lock().read_line(&mut answer) {
            Ok(1..) => drop(sender.send(Heard::Answer(answer))),
            // A terminal that vanishes ends the read and sends a signal, in no order: the signal counts.
            _ => drop(sender.send(Heard::End)),
        }
    });
    match heard.recv() {
        Ok(Heard::End) => heard.recv_timeout(HANGUP).unwrap_or(Heard::End),
        other => other.unwrap_or(Heard::End),
    }
}
