//! Questions, and how their answers are waited for.

use crate::exit::{Stop, USAGE, interrupted};
use crate::work::Work;
use display::Style;
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
pub fn go_on(work: &Work, changes: u32) -> Result<(), Stop> {
    if !somebody_there() {
        let text = "Nothing was changed: there is no terminal to ask on. Look at the plan above and run the same command with --yes.";
        return Err(Stop::say(USAGE, text));
    }
    let what = if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") };
    match is_yes(&answer(work, &format!("Make {what} in {} {}?", place(work), work.project()), "[y/N]")?) {
        true => Ok(()),
        false => Err(declined()),
    }
}

/// Asks to type the project's id, where more is at stake than a `y` is worth; `why` says what, as the beginning of a sentence.
pub fn type_project(work: &Work, why: &str) -> Result<(), Stop> {
    let project = work.project();
    if !somebody_there() {
        let text = format!(
            "Nothing was changed: {why}, and there is no terminal to ask on. Look at the plan above and run the same command with --confirm {project}."
        );
        return Err(Stop::say(USAGE, text));
    }
    let mut why = why.to_owned();
    why[..1].make_ascii_uppercase();
    let question = format!("{why}. To go on, type the id of {} ({project}):", place(work));
    match answer(work, &question, "")?.trim() == project {
        true => Ok(()),
        false => Err(declined()),
    }
}

/// Asks about one thing. Without a terminal the answer is no.
pub fn about(work: &Work, question: &str) -> Result<bool, Stop> {
    Ok(somebody_there() && is_yes(&answer(work, question, "[y/N]")?))
}

fn somebody_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

fn place(work: &Work) -> &'static str {
    let redirected = work.session.ready.redirection.is_some();
    if redirected { "the emulated project" } else { "the Google Cloud project" }
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

fn declined() -> Stop {
    Stop::say(USAGE, "Nothing was changed.")
}

/// What a person types. The end of the input or a signal ends the program, nothing changed. The reporters know that somebody is
/// asked, and leave the screen alone; where no answer came, they leave it so.
fn answer(work: &Work, question: &str, hint: &str) -> Result<String, Stop> {
    let asking = work.engine.asks(question);
    // A prompt that cannot be written will not be answered either; the read below ends it.
    let mut prompt = std::io::stderr();
    let text = display::prompt(question, hint, Style::of_stderr());
    let _ = write!(prompt, "{text}").and_then(|()| prompt.flush());
    match listen(&work.session.interrupt) {
        Heard::Answer(answer) => {
            asking.answered();
            Ok(answer)
        }
        Heard::End => Err(Stop::say(USAGE, "\nNothing was changed.")),
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
