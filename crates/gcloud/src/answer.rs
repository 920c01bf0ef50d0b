use crate::classify::classify;
use crate::essence::essence;
use crate::{Command, Failure, Kind, Secret};
use serde_json::Value;

/// How one gcloud process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With this exit code; none when a signal ended it.
    Exited(Option<i32>),
    /// It was ended because it took longer than the command's deadline.
    Deadline,
    /// It was ended, or not even started, because of this signal to the tool.
    Interrupted(i32),
    /// It could not be started.
    NotStarted,
}

/// What came of one gcloud process. Has no `Debug`: what it printed may be a secret.
#[derive(Clone)]
pub struct Answer {
    /// The whole command line, masked; can be pasted.
    pub line: String,
    /// How the process ended.
    pub ended: Ended,
    /// What it printed on stderr: masked, and only the end of what is very long.
    pub stderr: String,
    /// How long it took.
    pub seconds: f64,
    /// Standard output, as it is. `None`: it was too long.
    pub(crate) stdout: Option<Vec<u8>>,
}

impl Answer {
    /// The exit code, where there was one.
    pub fn status(&self) -> Option<i32> {
        match self.ended {
            Ended::Exited(status) => status,
            _ => None,
        }
    }

    /// Whether the process did what it was asked; otherwise what its failure means.
    ///
    /// The exit code is tested before anything is read from stdout: failing lists print `[]`. And some failing lists
    /// of compute exit with 0.
    pub fn succeeded(&self, command: &Command) -> Result<(), Failure> {
        let said = |text: &str| text.to_owned();
        let (kind, said) = match self.ended {
            Ended::Exited(Some(0)) if !self.stderr.contains("Some requests did not succeed") => return Ok(()),
            Ended::Exited(status) => {
                let kind = classify(status, &self.stderr, command);
                (
                    kind,
                    essence(&self.stderr).unwrap_or_else(|| match status {
                        Some(code) => format!("gcloud ended with exit code {code} and said nothing"),
                        None => "gcloud was killed".to_owned(),
                    }),
                )
            }
            Ended::Deadline => {
                let seconds = command.deadline_ref().as_secs();
                (Kind::Ambiguous, format!("gcloud was ended: it gave no answer in {seconds} s"))
            }
            Ended::Interrupted(signal) => (Kind::Interrupted(signal), said("interrupted")),
            Ended::NotStarted => (Kind::Person(crate::Cause::Installation), self.stderr.clone()),
        };
        Err(Failure { kind, command: self.line.clone(), status: self.status(), said })
    }

    /// The JSON that it was asked for. A read always prints some, an empty list too (`[]`): a gcloud that prints nothing
    /// and says that all is well has proven nothing.
    pub fn read(&self, command: &Command) -> Result<Value, Failure> {
        self.succeeded(command)?;
        if self.stdout(command)?.trim_ascii().is_empty() {
            return Err(self.wrong("gcloud printed nothing, and ended as if all were well".to_owned()));
        }
        self.json(command)
    }

    /// The JSON that a change printed; `Null` where it printed nothing, as many changes do.
    pub fn json(&self, command: &Command) -> Result<Value, Failure> {
        self.succeeded(command)?;
        let stdout = self.stdout(command)?;
        if stdout.trim_ascii().is_empty() || !command.wants_json() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(stdout)
            .map_err(|error| self.wrong(format!("gcloud's answer is not JSON: {error}")))
    }

    /// What it printed, as a secret, without the line's end.
    pub fn secret(&self, command: &Command) -> Result<Secret, Failure> {
        self.succeeded(command)?;
        let text = std::str::from_utf8(self.stdout(command)?);
        let text = text.map_err(|_| self.wrong("gcloud's answer is not UTF-8".to_owned()))?;
        Ok(Secret::new(text.strip_suffix('\n').unwrap_or(text)))
    }

    fn stdout(&self, _command: &Command) -> Result<&[u8], Failure> {
        self.stdout.as_deref().ok_or_else(|| self.wrong("gcloud's answer is far too long".to_owned()))
    }

    fn wrong(&self, said: String) -> Failure {
        Failure { kind: Kind::Answer, command: self.line.clone(), status: self.status(), said }
    }
}
