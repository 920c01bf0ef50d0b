//! A run of the tool that is stopped, killed, or let go to its end.

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

/// Longer than this nothing takes here, on the slowest machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// How far it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It stopped itself at a moment.
    Stopped,
    /// It ended with this code.
    Exited(i32),
    /// A signal ended it.
    Killed(Signal),
}

/// A running tool. Dropping it kills it.
pub struct Tool {
    pid: Pid,
    reader: Option<JoinHandle<()>>,
    ended: bool,
}

impl Tool {
    /// Starts it; what it says as an error goes to this file, and `look` is shown each line that it prints.
    pub fn start(
        mut command: Command,
        errors: &Path,
        mut look: impl FnMut(&str) + Send + 'static,
    ) -> Result<Self, String> {
        let errors = File::create(errors).map_err(|e| e.to_string())?;
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(errors);
        let mut child = command.spawn().map_err(|e| format!("the tool does not start: {e}"))?;
        let pid = Pid::from_raw(child.id().cast_signed());
        // Nothing in a sweep may wait for ever.
        std::thread::spawn(move || {
            if !support::ends_within(pid.as_raw(), PATIENCE) {
                let _ = kill(pid, Signal::SIGKILL);
            }
        });
        let stdout = child.stdout.take().ok_or("no pipe")?;
        let reader = std::thread::spawn(move || {
            BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| look(&line));
        });
        Ok(Self { pid, reader: Some(reader), ended: false })
    }

    /// Waits until it stops itself or ends.
    pub fn wait(&mut self) -> Result<Reached, String> {
        loop {
            match waitpid(self.pid, Some(WaitPidFlag::WUNTRACED)) {
                Ok(WaitStatus::Stopped(..)) => return Ok(Reached::Stopped),
                Ok(WaitStatus::Exited(_, code)) => {
                    self.ended = true;
                    return Ok(Reached::Exited(code));
                }
                Ok(WaitStatus::Signaled(_, signal, _)) => {
                    self.ended = true;
                    return Ok(Reached::Killed(signal));
                }
                Ok(_) | Err(Errno::EINTR) => {}
                Err(error) => return Err(format!("waiting for the tool: {error}")),
            }
        }
    }

    /// Lets it go on after it stopped itself.
    pub fn go_on(&self) -> Result<(), String> {
        kill(self.pid, Signal::SIGCONT).map_err(|e| format!("the tool is gone: {e}"))
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(&mut self) -> Result<(), String> {
        kill(self.pid, Signal::SIGKILL).map_err(|e| format!("the tool was gone before the kill: {e}"))?;
        match self.wait()? {
            Reached::Killed(Signal::SIGKILL) => Ok(()),
            other => Err(format!("the tool came to another end than the kill: {other:?}")),
        }
    }

    /// Lets it run to its end, and has everything looked at that it printed.
    pub fn finish(&mut self) -> Result<Reached, String> {
        let reached = self.wait()?;
        if let Some(reader) = self.reader.take() {
            reader.join().map_err(|_| "what the tool printed could not be read")?;
        }
        Ok(reached)
    }
}

impl Drop for Tool {
    fn drop(&mut self) {
        if !self.ended {
            let _ = kill(self.pid, Signal::SIGKILL);
            let _ = waitpid(self.pid, None);
        }
    }
}
