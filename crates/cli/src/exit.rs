//! Exit codes (design.md, section 6) and what is said before the program ends with one.

use crate::here::Here;
use crate::say;
use display::{Problem, Style, problem_lines};
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

    /// What it comes to, in one line.
    pub fn headline(&self) -> &str {
        let text = match &self.said {
            Said::Text(text) => text,
            Said::Problem(problem) => &problem.what,
        };
        text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
    }

    /// Says it, with every command as it must be pasted here, and ends.
    pub fn end(self, here: &Here) -> ExitCode {
        match self.said {
            Said::Text(text) => say::aside(here.text(&text)),
            Said::Problem(problem) => {
                problem_lines(&here.problem(&problem), Style::of_stderr()).iter().for_each(say::aside);
            }
        }
        ExitCode::from(self.code)
    }
}

/// The exit code of a run that a signal ended: 128 and the signal's number.
pub fn interrupted(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(FAILED)
}
