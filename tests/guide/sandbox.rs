//! Where a page's commands run: a folder with the configs in it, as after a clone.

use crate::mask::mask;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::{program, top};

/// A folder of the page's own; it goes when this is dropped.
pub struct Sandbox {
    folder: tempfile::TempDir,
}

impl Sandbox {
    /// With a copy of configs/.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sandbox = Self { folder };
        copy(&top().join("configs"), &sandbox.home().join("configs"));
        sandbox
    }

    fn home(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    /// Runs a line as a person's shell does; what it prints, with what no two runs share masked. A line that is not
    /// `shown` must work.
    pub fn run(&self, line: &str, shown: bool) -> String {
        let programs = program("deploy-all").parent().expect("it lies in a folder").to_owned();
        let path = format!("{}:{}", programs.display(), std::env::var("PATH").unwrap_or_default());
        let output = Command::new("bash")
            .args(["-c", &format!("exec 2>&1\n{line}")])
            .current_dir(self.home())
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.home())
            .env("LANG", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env("REHEARSAL_WAIT_SCALE", "0")
            .env("TOP", top())
            .stdin(Stdio::null())
            .output()
            .expect("bash");
        let printed = String::from_utf8_lossy(&output.stdout);
        let code = output.status.code();
        assert!(shown || code == Some(0), "{line}: {code:?}\n{printed}");
        let mut masked = mask(&printed.replace(&self.home().display().to_string(), "~"));
        if !masked.is_empty() && !masked.ends_with('\n') {
            masked.push('\n');
        }
        match code {
            Some(0) => masked,
            Some(code) => format!("{masked}[exit code {code}]\n"),
            None => panic!("{line} was ended by a signal:\n{printed}"),
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).expect("it is copied");
        }
    }
}
