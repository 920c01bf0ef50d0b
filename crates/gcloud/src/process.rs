//! What the system says about processes, and how a process is tied to this one.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

/// When a process began, in ticks since the system's start: with its id, it names one process for good. `None` when
/// there is no such process, or the system does not tell.
pub fn start_time(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    parse_start_time(&stat)
}

/// The 22nd field. The 2nd is the program's name in parentheses and may hold anything, blanks and parentheses too.
fn parse_start_time(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace();
    // A process that has ended and waits to be collected holds nothing any more.
    let state = fields.next()?;
    if state == "Z" || state == "X" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

/// Ends a process group that an earlier run of this tool started: only if the process with this id is still the one
/// that began at this time. True if it was there.
pub fn end_group_of(pid: u32, start: u64) -> bool {
    let Ok(group) = i32::try_from(pid) else { return false };
    if start_time(pid) != Some(start) {
        return false;
    }
    killpg(Pid::from_raw(group), Signal::SIGKILL).is_ok()
}

/// Puts the child into a group of its own, and has the system kill it when the thread that starts it ends (which it
/// also does when this process is killed).
pub(crate) fn tie(command: &mut Command) -> io::Result<()> {
    command.process_group(0);
    #[cfg(target_os = "linux")]
    die_with_parent(command);
    Ok(())
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn die_with_parent(command: &mut Command) {
    let parent = nix::unistd::getpid();
    let before_exec = move || {
        nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)?;
        // The parent may have died before the system knew of the wish.
        if nix::unistd::getppid() == parent {
            Ok(())
        } else {
            Err(io::Error::from_raw_os_error(nix::libc::ESRCH))
        }
    };
    // SAFETY: the closure runs between fork and exec. It makes two system calls and touches neither memory that other
    // threads may hold nor any lock; an `io::Error` of a raw number does not allocate.
    unsafe {
        command.pre_exec(before_exec);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_time_is_found_behind_any_name() {
        let fields = "S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 2 3";
        assert_eq!(parse_start_time(&format!("7 (a b) c) {fields}")), Some(4711));
        assert_eq!(parse_start_time(&format!("7 (gcloud) Z{}", &fields[1..])), None);
        assert_eq!(parse_start_time("7 (cut"), None);
    }

    #[test]
    fn another_process_with_the_same_id_is_left_alone() {
        let own = std::process::id();
        let start = start_time(own).unwrap();
        assert!(!end_group_of(own, start + 1));
        assert_eq!(start_time(u32::MAX), None);
    }
}
