//! What is said outside of a run's report. A reader that went away (a closed pipe, a terminal that vanished) must not turn
//! the exit code into a panic's: whoever asked for that code still waits for it. A standard output that takes no more (a full
//! disk) is remembered: half of what was asked for must not look like all of it.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write, stderr, stdout};
use std::sync::OnceLock;

/// Why standard output is not whole.
static LOST: OnceLock<io::Error> = OnceLock::new();

/// Standard output, where what is written to it is what was asked for.
pub struct Product;

impl Write for Product {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        noted(stdout().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        noted(stdout().flush())
    }
}

fn noted<T>(done: io::Result<T>) -> io::Result<T> {
    done.map_err(|error| {
        let kind = error.kind();
        // Whoever closes a pipe has read as much as they wanted.
        if !matches!(kind, ErrorKind::BrokenPipe | ErrorKind::Interrupted) {
            let _ = LOST.set(error);
        }
        kind.into()
    })
}

/// Why something of what was asked for did not reach standard output.
pub fn lost() -> Option<&'static io::Error> {
    // What the program still holds is written when it ends, where nobody would hear of it.
    let _ = Product.flush();
    LOST.get()
}

/// A line of what was asked for.
pub fn line(text: impl Display) {
    let _ = writeln!(Product, "{text}");
}

/// What was asked for, as it is.
pub fn text(text: impl Display) {
    let _ = write!(Product, "{text}");
}

/// A line beside it: errors, warnings.
pub fn aside(text: impl Display) {
    let _ = writeln!(stderr(), "{text}");
}
