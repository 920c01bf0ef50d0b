use crate::Secret;
use std::time::Duration;

/// Builds a [`Command`] as one would type it.
///
/// The first item is the command's path and is split at blanks; every further item is one argument: a string
/// literal is a format string with captured names, any other expression is taken with `to_string`.
///
/// ```
/// let (region, size) = ("us-central1", 1);
/// let name = "codementor-cache";
/// let command = gcloud::gcloud!["redis instances create", name, "--region={region}", "--size={size}"];
/// assert_eq!(command.args(), ["redis", "instances", "create", "codementor-cache", "--region=us-central1", "--size=1"]);
/// ```
#[macro_export]
macro_rules! gcloud {
    ($path:literal $(, $($rest:tt)*)?) => {{
        let command = $crate::Command::new($path);
        $crate::gcloud!(@args command $(, $($rest)*)?)
    }};
    (@args $command:ident $(,)?) => { $command };
    (@args $command:ident, $arg:literal $(, $($rest:tt)*)?) => {{
        let command = $command.arg(format!($arg));
        $crate::gcloud!(@args command $(, $($rest)*)?)
    }};
    (@args $command:ident, $arg:expr $(, $($rest:tt)*)?) => {{
        let command = $command.arg(($arg).to_string());
        $crate::gcloud!(@args command $(, $($rest)*)?)
    }};
}

/// What a command reads on stdin.
#[derive(Clone, Debug)]
pub enum Stdin {
    /// Nothing: closed.
    Closed,
    /// A value that must appear nowhere else.
    Secret(Secret),
}

/// One gcloud command line, without what every child gets (`--project`, `--account`, `--quiet`, `--format`).
#[derive(Clone, Debug)]
pub struct Command {
    args: Vec<String>,
    stdin: Stdin,
    files: Vec<(String, String, String)>,
    json: bool,
    project: bool,
    deadline: Duration,
}

/// gcloud repeats a request for about 30 s by itself; a plain command that takes four times that hangs.
const DEADLINE: Duration = Duration::from_secs(120);

impl Command {
    /// Starts with the command's path, e.g. `redis instances describe`.
    pub fn new(path: &str) -> Self {
        Self {
            args: path.split_whitespace().map(str::to_owned).collect(),
            stdin: Stdin::Closed,
            files: Vec::new(),
            json: true,
            project: true,
            deadline: DEADLINE,
        }
    }

    /// Adds one argument, as it is.
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds one argument if the condition holds.
    pub fn arg_if(self, condition: bool, arg: impl Into<String>) -> Self {
        if condition { self.arg(arg) } else { self }
    }

    /// Gives the command a secret on stdin (`--data-file=-`, `--flags-file=-`).
    pub fn stdin(mut self, secret: Secret) -> Self {
        self.stdin = Stdin::Secret(secret);
        self
    }

    /// Adds `FLAG=PATH`, PATH being a file named `name` with this content in the run's folder. The file stays there,
    /// so that the printed command line can be pasted. Never for secrets.
    pub fn file(mut self, flag: &str, name: &str, content: impl Into<String>) -> Self {
        self.files.push((flag.to_owned(), name.to_owned(), content.into()));
        self
    }

    /// Leaves `--format=json` away: the answer carries a secret that must not be echoed, or it is not JSON.
    pub fn without_format(mut self) -> Self {
        self.json = false;
        self
    }

    /// Leaves `--project` away, for commands that do not take one or that would charge it.
    pub fn without_project(mut self) -> Self {
        self.project = false;
        self
    }

    /// Ends the child after this long; the outcome is then ambiguous.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// The arguments so far, without files and without what every child gets.
    pub fn args(&self) -> &[String] {
        &self.args
    }

    /// What goes to stdin.
    pub fn stdin_ref(&self) -> &Stdin {
        &self.stdin
    }

    /// The files: flag, name, content.
    pub fn files(&self) -> &[(String, String, String)] {
        &self.files
    }

    /// Whether `--format=json` is added.
    pub fn wants_json(&self) -> bool {
        self.json
    }

    /// Whether `--project` is added.
    pub fn wants_project(&self) -> bool {
        self.project
    }

    /// How long the child may take.
    pub fn deadline_ref(&self) -> Duration {
        self.deadline
    }
}
