//! Exit codes (design.md, section 6) and what is said before the program ends with one.

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
#[derive(Debug, Default)]
pub struct Stop {
    /// The exit code.
    pub code: u8,
    /// What to say on stderr; empty where a reporter has said it.
    pub lines: Vec<String>,
    /// The same as data.
    pub problem: Box<Problem>,
}

impl Stop {
    /// Ends with a sentence.
    pub fn say(code: u8, text: impl Into<String>) -> Self {
        let what = text.into();
        Self {
            code,
            lines: wrapped(&what, Style::of_stderr()),
            problem: Box::new(Problem { what, ..Problem::default() }),
        }
    }

    /// Ends with the paragraph that every error ends in.
    pub fn problem(code: u8, problem: &Problem) -> Self {
        Self { code, lines: problem_lines(problem, Style::of_stderr()), problem: Box::new(problem.clone()) }
    }

    /// Says it; the exit code.
    fn end(self) -> u8 {
        self.lines.iter().for_each(say::aside);
        self.code
    }
}

/// Ends the program: the exit code, unless what was asked for did not reach standard output.
pub fn end(result: Result<u8, Stop>) -> ExitCode {
    let code = match result {
        Ok(code) => code,
        Err(stop) => stop.end(),
    };
    match say::lost() {
        Some(error) if matches!(code, DONE | DIFFERENT) => {
            ExitCode::from(Stop::problem(FAILED, &cut_off(error)).end())
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
