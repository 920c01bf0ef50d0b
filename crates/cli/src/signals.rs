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
    // `nohup` ignores HUP for its child: who asks for that wants the run to outlive its terminal.
    let ignored = ignored(SIGHUP);
    let wanted = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| *signal != SIGHUP || !ignored);
    let mut signals = Signals::new(wanted)?;
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

/// Whether this process was started with this signal ignored, where the system tells.
fn ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}
