//! What is said outside of a run's report. A reader that went away (a closed pipe, a terminal that vanished) must not turn
//! the exit code into a panic's: whoever asked for that code still waits for it.

use std::fmt::Display;
use std::io::{Write as _, stderr, stdout};

/// A line of what was asked for.
pub fn line(text: impl Display) {
    let _ = writeln!(stdout(), "{text}");
}

/// What was asked for, as it is.
pub fn text(text: impl Display) {
    let _ = write!(stdout(), "{text}");
}

/// A line beside it: errors, warnings.
pub fn aside(text: impl Display) {
    let _ = writeln!(stderr(), "{text}");
}
