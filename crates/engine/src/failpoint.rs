//! Moments at which a test ends this process as `kill -9` does, or stops it to look at what is on disk. Compiled only with
//! the feature `failpoints`, which no release has; without it each of them is nothing.
//!
//! The crate `fail` decides when: `FAILPOINTS="before-intent=3*off->1*return(kill)"`. What it returns is an order:
//!
//! - `kill`: SIGKILL, to itself
//! - `stop`: SIGSTOP, to itself; SIGCONT lets it go on, with what the file that `FAILPOINT_ORDERS` names then says, in the
//!   form of `FAILPOINTS`
//! - `note`: only writes down that it came by
//!
//! Whatever is done is written into the file that `FAILPOINT_NOTES` names, a line each, so that a test can tell that its
//! kill struck where it was meant to.

/// This process is at a moment, busy with `_at`.
#[cfg(not(feature = "failpoints"))]
pub(crate) fn reach(_moment: &str, _at: &str) {}

/// Whether half of a file is to be written at this moment.
#[cfg(not(feature = "failpoints"))]
pub(crate) fn tear(_moment: &str, _at: &str, _file: &mut std::fs::File, _content: &[u8]) {}

#[cfg(feature = "failpoints")]
pub use armed::arm;
#[cfg(feature = "failpoints")]
pub(crate) use armed::{reach, tear};

#[cfg(feature = "failpoints")]
mod armed {
    use nix::sys::signal::{Signal, raise};
    use std::io::Write as _;

    /// Takes the orders of `FAILPOINTS`, for as long as this process lives.
    pub fn arm() {
        std::mem::forget(fail::FailScenario::setup());
    }

    pub(crate) fn reach(moment: &str, at: &str) {
        fail::fail_point!(moment, |order| obey(moment, at, order.as_deref()));
    }

    /// Writes half of the content first, if this moment is to be obeyed.
    pub(crate) fn tear(moment: &str, at: &str, file: &mut std::fs::File, content: &[u8]) {
        fail::fail_point!(moment, |order| {
            if order.as_deref() == Some("kill") {
                let _ = file.write_all(&content[..content.len() / 2]);
            }
            obey(moment, at, order.as_deref());
        });
    }

    fn obey(moment: &str, at: &str, order: Option<&str>) {
        note(moment, at, order.unwrap_or_default());
        match order.unwrap_or_default() {
            "kill" => end(Signal::SIGKILL),
            "stop" => {
                end(Signal::SIGSTOP);
                take_orders();
            }
            "note" => {}
            _ => panic!("the fail point {moment} does not know the order {order:?}"),
        }
    }

    fn end(signal: Signal) {
        if raise(signal).is_err() {
            // Going on would pass for a kill that did no harm.
            std::process::abort();
        }
    }

    fn take_orders() {
        let text = std::env::var_os("FAILPOINT_ORDERS").and_then(|path| std::fs::read_to_string(path).ok());
        for order in text.unwrap_or_default().split(';').filter(|order| !order.is_empty()) {
            let armed = order.split_once('=').map(|(moment, actions)| fail::cfg(moment, actions));
            assert_eq!(armed, Some(Ok(())), "the order {order:?} cannot be carried out");
        }
    }

    fn note(moment: &str, at: &str, order: &str) {
        let Some(path) = std::env::var_os("FAILPOINT_NOTES") else { return };
        let line = format!("{moment}\t{order}\t{}\n", at.replace('\n', " "));
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        if file.and_then(|mut file| file.write_all(line.as_bytes())).is_err() {
            std::process::abort();
        }
    }
}
