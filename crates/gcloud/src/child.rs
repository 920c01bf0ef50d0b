//! One child process: started, watched, ended, collected.

use crate::{Interrupt, Secret, process};
use duct::cmd;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::sys::signal::{Signal, killpg};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, PipeReader, Read, Write as _};
use std::path::Path;
use std::process::ExitStatus;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// More than any answer that this tool asks for.
const STDOUT_LIMIT: usize = 16 << 20;
/// The end of it is kept: gcloud's error is what it prints last.
const STDERR_LIMIT: usize = 256 << 10;
/// How long a child may take to end itself once it was asked to.
pub(crate) const GRACE: Duration = Duration::from_secs(5);
/// How long to wait for output that a stray grandchild, out of reach, may hold open.
const DRAIN: Duration = Duration::from_secs(2);
/// How often the watcher is told that the child still runs.
const TICK: Duration = Duration::from_secs(10);

/// Is told how a child gets on.
pub trait Watch {
    /// The child runs: its id, and when it began ([`process::start_time`]).
    fn started(&mut self, _pid: u32, _start: Option<u64>) {}
    /// The child still runs. About every 10 s.
    fn tick(&mut self, _elapsed: Duration) {}
}

/// Watches nothing.
impl Watch for () {}

/// How a child ended.
#[derive(Debug)]
pub(crate) enum End {
    Exited(ExitStatus),
    NotStarted(io::Error),
    Deadline,
    Interrupted(i32),
}

/// What is left of a child. Has no `Debug`: stdout may hold a secret.
pub(crate) struct Ended {
    pub end: End,
    pub stdout: Vec<u8>,
    pub stdout_too_long: bool,
    pub stderr: Vec<u8>,
    pub elapsed: Duration,
}

/// What to start.
pub(crate) struct Child<'a> {
    pub program: &'a Path,
    pub args: &'a [String],
    pub environment: &'a BTreeMap<OsString, OsString>,
    pub stdin: Option<&'a Secret>,
    pub deadline: Duration,
    pub grace: Duration,
}

enum Message {
    Started(u32),
    NotStarted(io::Error),
    Exited(ExitStatus),
    Interrupt(i32),
}

/// The child's group, while its id cannot be another's: the leader is not collected before this is empty again.
type Group = Arc<Mutex<Option<Pid>>>;

impl Child<'_> {
    /// Runs it to its end, its deadline, or an interrupt; in each case nothing of its group is left.
    pub(crate) fn run(&self, interrupt: &Interrupt, watch: &mut dyn Watch) -> Ended {
        let began = Instant::now();
        let (sender, messages) = channel();
        let _listening = interrupt.notify(sender.clone(), Message::Interrupt);
        let group = Group::default();
        let last = Arc::clone(&group);
        let _ending = interrupt.at_the_end(move || send(&last, Signal::SIGKILL as i32));
        let (stdout, stderr) = match self.start(sender, &group) {
            Ok(outputs) => outputs,
            Err(error) => return Ended::not_started(error, began),
        };
        let end = self.wait(&messages, &group, began, watch);
        let (stdout, stdout_too_long) = stdout.take(DRAIN);
        let (stderr, _) = stderr.take(DRAIN);
        Ended { end, stdout, stdout_too_long, stderr, elapsed: began.elapsed() }
    }

    /// Starts it on a thread of its own, which lives as long as it does: the system's "die with the parent" means the
    /// parent's thread.
    fn start(&self, messages: Sender<Message>, group: &Group) -> io::Result<(Output, Output)> {
        let (stdout, stdout_end) = io::pipe()?;
        let (stderr, stderr_end) = io::pipe()?;
        let mut expression = cmd(self.program, self.args)
            .full_env(self.environment.clone())
            .stdout_file(stdout_end)
            .stderr_file(stderr_end)
            .unchecked()
            .before_spawn(process::tie);
        expression = match self.stdin {
            Some(secret) => match filled(secret.expose().as_bytes())? {
                Some(pipe) => expression.stdin_file(pipe),
                None => expression.stdin_bytes(secret.expose()),
            },
            None => expression.stdin_null(),
        };
        let outputs = (Output::read(stdout, STDOUT_LIMIT, false), Output::read(stderr, STDERR_LIMIT, true));
        let group = Arc::clone(group);
        std::thread::Builder::new().name("gcloud".to_owned()).spawn(move || {
            // A second signal in this very instant waits until the child has a group to be ended with: alone it would leave what
            // it has started itself.
            let mut starting = lock(&group);
            let handle = match expression.start() {
                Ok(handle) => handle,
                Err(error) => return drop(messages.send(Message::NotStarted(error))),
            };
            // Our ends of the pipes: the readers must see the end when the child's are closed.
            drop(expression);
            let Some(&pid) = handle.pids().first() else { return };
            let leader = Pid::from_raw(pid.cast_signed());
            *starting = Some(leader);
            drop(starting);
            drop(messages.send(Message::Started(pid)));
            // Without collecting it, so that the group's id stays taken while the rest of the group is ended: children
            // of its own would hold the pipes open.
            while let Err(nix::errno::Errno::EINTR) =
                waitid(Id::Pid(leader), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT)
            {}
            if let Some(leader) = lock(&group).take() {
                let _ = killpg(leader, Signal::SIGKILL);
            }
            let message = match handle.wait() {
                Ok(output) => Message::Exited(output.status),
                Err(error) => Message::NotStarted(io::Error::new(error.kind(), error.to_string())),
            };
            drop(messages.send(message));
        })?;
        Ok(outputs)
    }

    fn wait(
        &self,
        messages: &Receiver<Message>,
        group: &Group,
        began: Instant,
        watch: &mut dyn Watch,
    ) -> End {
        let mut next_tick = began + TICK;
        let mut deadline = began + self.deadline;
        let mut ending: Option<End> = None;
        loop {
            let now = Instant::now();
            let wait = deadline.min(next_tick).saturating_duration_since(now);
            match messages.recv_timeout(wait) {
                Ok(Message::Started(pid)) => {
                    // An interrupt that came before the child had a group.
                    if let Some(End::Interrupted(signal)) = ending {
                        send(group, signal);
                    }
                    watch.started(pid, process::start_time(pid));
                }
                Ok(Message::NotStarted(error)) => return ending.unwrap_or(End::NotStarted(error)),
                Ok(Message::Exited(status)) => return ending.unwrap_or(End::Exited(status)),
                Ok(Message::Interrupt(signal)) => {
                    send(group, signal);
                    deadline = Instant::now() + self.grace;
                    ending = Some(End::Interrupted(signal));
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() >= deadline => {
                    if ending.is_some() {
                        send(group, Signal::SIGKILL as i32);
                        // The end of a killed child is certain; this only guards against a child that the system
                        // cannot end.
                        deadline = Instant::now() + Duration::from_secs(3600);
                    } else {
                        send(group, Signal::SIGTERM as i32);
                        deadline = Instant::now() + self.grace;
                        ending = Some(End::Deadline);
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    next_tick = Instant::now() + TICK;
                    watch.tick(began.elapsed());
                }
                // The thread ends only after its last message, unless it panicked.
                Err(RecvTimeoutError::Disconnected) => {
                    return ending.unwrap_or_else(|| End::NotStarted(io::Error::other("the child was lost")));
                }
            }
        }
    }
}

impl Ended {
    fn not_started(error: io::Error, began: Instant) -> Self {
        let end = End::NotStarted(error);
        Self { end, stdout: Vec::new(), stdout_too_long: false, stderr: Vec::new(), elapsed: began.elapsed() }
    }
}

/// A pipe that holds all of the content, and then its end. Written while the child runs, it would end early if this process
/// is killed just then, and a child that lives on would take an empty secret for the value. `None`: it holds less.
fn filled(content: &[u8]) -> io::Result<Option<PipeReader>> {
    let (reader, mut writer) = io::pipe()?;
    fcntl(&writer, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    match writer.write(content) {
        Ok(written) if written == content.len() => Ok(Some(reader)),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn send(group: &Group, signal: i32) {
    if let (Some(leader), Ok(signal)) = (*lock(group), Signal::try_from(signal)) {
        let _ = killpg(leader, signal);
    }
}

/// What a child prints on one stream, read on a thread so that it never blocks.
struct Output {
    kept: Arc<Mutex<Kept>>,
    ended: Receiver<()>,
}

#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    too_long: bool,
}

impl Output {
    fn read(mut pipe: PipeReader, limit: usize, keep_end: bool) -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let (sender, ended) = channel();
        let shared = Arc::clone(&kept);
        std::thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            loop {
                match pipe.read(&mut buffer) {
                    Ok(0) => break,
                    Ok(count) => lock(&shared).add(&buffer[..count], limit, keep_end),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
            let _ = sender.send(());
        });
        Self { kept, ended }
    }

    /// What was read when the stream ended, or after this long.
    fn take(self, wait: Duration) -> (Vec<u8>, bool) {
        let _ = self.ended.recv_timeout(wait);
        let kept = std::mem::take(&mut *lock(&self.kept));
        (kept.bytes, kept.too_long)
    }
}

impl Kept {
    fn add(&mut self, bytes: &[u8], limit: usize, keep_end: bool) {
        let room = limit.saturating_sub(self.bytes.len());
        if bytes.len() <= room {
            self.bytes.extend_from_slice(bytes);
            return;
        }
        self.too_long = true;
        if keep_end {
            self.bytes.extend_from_slice(bytes);
            let mut cut = self.bytes.len() - limit;
            // A line that was cut may hold a part of a secret, which nothing recognises any more.
            cut = self.bytes[cut..]
                .iter()
                .position(|&byte| byte == b'\n')
                .map_or(self.bytes.len(), |end| cut + end + 1);
            self.bytes.drain(..cut);
        } else {
            self.bytes.extend_from_slice(&bytes[..room]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filled_pipe_needs_no_writer_any_more() {
        let mut text = String::new();
        filled(b"a secret").unwrap().unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "a secret");
        assert!(filled(&vec![b'x'; 16 << 20]).unwrap().is_none(), "more than a pipe holds");
    }
}
