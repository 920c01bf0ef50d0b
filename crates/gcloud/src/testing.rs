//! A gcloud whose answers are scripted, for tests that need no process.

use crate::answer::{Answer, Ended};
use crate::child::Watch;
use crate::{Command, Run, Stdin, mask, quote};
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One scripted answer.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Reply {
    /// Success with this JSON.
    pub fn json(value: Value) -> Self {
        Self { status: Some(0), stdout: value.to_string(), stderr: String::new() }
    }

    /// Success with this text, as it is.
    pub fn text(stdout: impl Into<String>) -> Self {
        Self { status: Some(0), stdout: stdout.into(), stderr: String::new() }
    }

    /// Failure: exit code 1 and `ERROR: (gcloud) ` before this text.
    pub fn error(message: &str) -> Self {
        Self { status: Some(1), stdout: String::new(), stderr: format!("ERROR: (gcloud) {message}\n") }
    }

    /// Proven absence, as most of gcloud's groups say it.
    pub fn not_found() -> Self {
        Self::error("NOT_FOUND: Requested entity was not found.")
    }

    /// Ended by a signal.
    pub fn killed() -> Self {
        Self { status: None, stdout: String::new(), stderr: String::new() }
    }

    /// Adds to what it prints on stderr.
    pub fn with_stderr(mut self, text: &str) -> Self {
        self.stderr.push_str(text);
        self
    }
}

/// What a script does for the commands that one rule takes.
type Act = Box<dyn FnMut(&Command) -> Option<Reply> + Send>;

/// A gcloud whose answers are scripted. A command that no rule answers gets [`Reply::error`], which is a failure of the
/// unknown kind: a test sees it.
#[derive(Default)]
pub struct Script {
    rules: Mutex<Vec<Act>>,
    calls: Mutex<Vec<String>>,
    stdin: Mutex<Vec<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn is(command: &Command, prefix: &str) -> bool {
    let line = command.args().join(" ");
    line == prefix || line.starts_with(&format!("{prefix} "))
}

impl Script {
    /// Answers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Every command that begins so gets this answer. Rules that were added later are asked first.
    pub fn on(self, prefix: &str, reply: Reply) -> Self {
        self.on_each(prefix, move |_| reply.clone())
    }

    /// The commands that begin so get these answers, one after the other; when they are used up, the rule added before
    /// this one answers.
    pub fn in_turn(self, prefix: &str, replies: impl IntoIterator<Item = Reply>) -> Self {
        let mut replies: VecDeque<_> = replies.into_iter().collect();
        let prefix = prefix.to_owned();
        self.rule(move |command| if is(command, &prefix) { replies.pop_front() } else { None })
    }

    /// Every command that begins so is answered by this function.
    pub fn on_each(self, prefix: &str, mut answer: impl FnMut(&Command) -> Reply + Send + 'static) -> Self {
        let prefix = prefix.to_owned();
        self.rule(move |command| is(command, &prefix).then(|| answer(command)))
    }

    fn rule(self, act: impl FnMut(&Command) -> Option<Reply> + Send + 'static) -> Self {
        lock(&self.rules).push(Box::new(act));
        self
    }

    /// Every command so far, its arguments with blanks between them.
    pub fn calls(&self) -> Vec<String> {
        lock(&self.calls).clone()
    }

    /// Every command so far that begins so.
    pub fn calls_of(&self, prefix: &str) -> Vec<String> {
        self.calls().into_iter().filter(|call| call.starts_with(prefix)).collect()
    }

    /// What the commands so far were given on stdin.
    pub fn stdin(&self) -> Vec<String> {
        lock(&self.stdin).clone()
    }
}

impl Run for Script {
    fn run(&self, command: &Command, watch: &mut dyn Watch) -> Answer {
        lock(&self.calls).push(command.args().join(" "));
        if let Stdin::Secret(secret) = command.stdin_ref() {
            lock(&self.stdin).push(secret.expose().to_owned());
        }
        watch.started(std::process::id(), None);
        let reply = lock(&self.rules).iter_mut().rev().find_map(|rule| rule(command));
        let reply = reply.unwrap_or_else(|| Reply::error("the test's script has no answer"));
        Answer {
            line: self.line(command),
            ended: Ended::Exited(reply.status),
            stderr: mask(&reply.stderr),
            seconds: 0.0,
            stdout: Some(reply.stdout.into_bytes()),
        }
    }

    fn line(&self, command: &Command) -> String {
        let words = command.args().iter().map(String::as_str);
        mask(&quote::line(std::iter::once("gcloud").chain(words)))
    }
}
