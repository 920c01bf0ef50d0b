//! Ctrl-C, TERM and HUP: the first stops the run in good order, the second ends the program at once.

use display::Live;
use gcloud::Interrupt;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::sync::{Arc, OnceLock};

/// The live view, once there is one: it must give the terminal back before the program ends at once.
pub type Screen = Arc<OnceLock<Arc<Live>>>;

/// Watches from a thread of its own until the process ends.
pub fn watch(interrupt: Interrupt, screen: Screen) -> std::io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            let first = interrupt.trigger(signal);
            if !first {
                if let Some(live) = screen.get() {
                    live.close();
                }
                std::process::exit(i32::from(crate::exit::interrupted(signal)));
            }
        }
    })?;
    Ok(())
}
