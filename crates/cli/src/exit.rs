//! Exit codes (design.md, section 6) and what is said before the program ends with one.

use crate::here::Here;
use crate::say;
use display::{Problem, Style, problem_lines, wrapped};
use std::process::ExitCode;

/// Done, or nothing to do.
pub const DONE: u8 = 0;
/// A check or a change failed; run again to resume.
pub const FAILED: u8 = 1;
/// Usage or config error, declined, no terminal to ask on, a checkpoint of another project: nothing was touched.
pub const USAGE: u8 = 2;
/// `plan --exit-code`, `status`, `verify`: there are differences.
pub const DIFFERENT: u8 = 3;
/// Another run holds the lock.
pub const LOCKED: u8 = 4;
/// gcloud, login, account or project will not do, or a step's prerequisites are missing.
pub const PREFLIGHT: u8 = 5;

/// Why the program ends before or after a run.
#[derive(Debug)]
pub struct Stop {
    /// The exit code.
    pub code: u8,
    said: Said,
}

/// What to say on stderr.
#[derive(Debug)]
enum Said {
    Text(String),
    Problem(Box<Problem>),
    /// The stream of events has said it, on stderr too.
    Already,
}

impl Stop {
    /// Ends with a sentence.
    pub fn say(code: u8, text: impl Into<String>) -> Self {
        Self { code, said: Said::Text(text.into()) }
    }

    /// Ends with the paragraph that every error ends in.
    pub fn problem(code: u8, problem: Problem) -> Self {
        Self { code, said: Said::Problem(Box::new(problem)) }
    }

    /// The same as data.
    pub fn as_problem(&self) -> Problem {
        match &self.said {
            Said::Text(text) => Problem { what: text.trim().to_owned(), ..Problem::default() },
            Said::Problem(problem) => (**problem).clone(),
            Said::Already => Problem::default(),
        }
    }

    /// Says nothing more: the stream of events has.
    pub fn said(self) -> Self {
        Self { said: Said::Already, ..self }
    }

    /// Says it, with every command as it must be pasted here; the exit code.
    fn end(self, here: &Here) -> u8 {
        let style = Style::of_stderr();
        match self.said {
            Said::Text(text) => wrapped(&here.text(&text), style).iter().for_each(say::aside),
            Said::Problem(problem) => {
                problem_lines(&here.problem(&problem), style).iter().for_each(say::aside)
            }
            Said::Already => {}
        }
        self.code
    }
}

/// Ends the program: the exit code, unless what was asked for did not reach standard output. `here` is where it was run.
pub fn end(result: Result<u8, Stop>, here: impl FnOnce() -> Here) -> ExitCode {
    let code = match result {
        Ok(code) => code,
        Err(stop) => stop.end(&here()),
    };
    match say::lost() {
        Some(error) if matches!(code, DONE | DIFFERENT) => {
            ExitCode::from(Stop::problem(FAILED, cut_off(error)).end(&Here::default()))
        }
        _ => ExitCode::from(code),
    }
}

/// Standard output that takes no more.
fn cut_off(error: &std::io::Error) -> Problem {
    Problem {
        what: "standard output could not be written: what it holds is not whole".to_owned(),
        why: error.to_string(),
        todo: "do not use what is there; make room, or write it elsewhere".to_owned(),
        ..Problem::default()
    }
}

/// The exit code of a run that a signal ended: 128 and the signal's number.
pub fn interrupted(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(FAILED)
}
