//! Runs a command line through both programs, each against an emulator of its own in the same state.

use crate::outcome::Outcome;
use crate::record::Case;
use crate::variant::Variant;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use support::Emulator;

/// Two emulators and what points at them.
pub struct Bench {
    real: Side,
    standin: Side,
}

struct Side {
    emulator: Emulator,
    program: PathBuf,
    folder: PathBuf,
    environment: Vec<(String, String)>,
}

impl Bench {
    /// Starts both emulators.
    pub fn new(folder: &Path, real: &Path) -> Self {
        let side = |name: &str, program: PathBuf| {
            let folder = folder.join(name);
            std::fs::create_dir_all(&folder).expect("a folder");
            let emulator = Emulator::start(&folder, &[]);
            let environment = emulator.environment();
            Side { emulator, program, folder, environment }
        };
        Self {
            real: side("real", real.to_owned()),
            standin: side("standin", support::program("gcloud-standin")),
        }
    }

    /// What the real one and the stand-in did.
    pub fn compare(&self, case: &Case, variant: Variant) -> (Outcome, Outcome) {
        let standin = &self.standin.program;
        (self.real.run(case, variant, standin), self.standin.run(case, variant, standin))
    }
}

impl Side {
    fn run(&self, case: &Case, variant: Variant, standin: &Path) -> Outcome {
        let again = || {
            let output = self.start(standin, &case.argv, case.stdin.as_deref(), None);
            assert!(output.status.code().is_some(), "the stand-in was killed");
        };
        variant.arrange(&self.emulator, case, &again);
        let before = self.emulator.requests().len();
        let output = self.start(&self.program, &variant.argv(case), case.stdin.as_deref(), variant.caller());
        Outcome::of(&output, &self.emulator.requests()[before..])
    }

    fn start(&self, program: &Path, argv: &[String], stdin: Option<&str>, caller: Option<&str>) -> Output {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", &self.folder)
            .env("TERM", "dumb")
            .env("LANG", "C.UTF-8")
            .env("CLOUDSDK_CORE_DISABLE_PROMPTS", "1")
            // The stand-in waits as often as gcloud does, and a thousandth of the time.
            .env("GCLOUD_STANDIN_WAIT_SCALE", "0.001")
            .envs(self.environment.iter().cloned());
        if argv.first().is_some_and(|word| word == "run") {
            // As the tool calls it.
            command.env("CLOUDSDK_CORE_SHOULD_PROMPT_TO_ENABLE_API", "false");
        }
        if let Some(caller) = caller {
            let token = self.folder.join("stranger").join("token");
            std::fs::create_dir_all(token.parent().expect("a folder")).expect("a folder");
            std::fs::write(&token, caller).expect("a token");
            command.env("CLOUDSDK_AUTH_ACCESS_TOKEN_FILE", token);
        }
        command.args(argv).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn().expect("it starts");
        if let (Some(text), Some(mut pipe)) = (stdin, child.stdin.take()) {
            // A program that ends early has closed its end.
            let _ = pipe.write_all(text.as_bytes());
        }
        child.wait_with_output().expect("it ends")
    }
}
