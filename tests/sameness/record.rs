//! The recorder: a `gcloud` that writes down its command line, its input and the emulator's world before it, and then
//! does what a real one or the stand-in does.
//!
//! It finds its settings beside itself, since the tool passes no strange variables on.

use serde::{Deserialize, Serialize};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

/// One command line and what it needs to be run again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Case {
    /// Arguments; files are copies that last.
    pub argv: Vec<String>,
    /// What was on stdin; the secrets of an emulated world.
    pub stdin: Option<String>,
    /// The world before it, a file like that of `--state`.
    pub world: PathBuf,
    /// How it ended.
    pub code: i32,
}

/// What the recorder is told.
#[derive(Serialize, Deserialize)]
struct Order {
    /// The gcloud to run.
    gcloud: PathBuf,
    /// Where cases go.
    cases: PathBuf,
}

/// Makes `folder/bin/gcloud`, which records into `folder/cases`; the folder for PATH.
pub fn install(folder: &Path, gcloud: &Path) -> PathBuf {
    let (bin, cases) = (folder.join("bin"), folder.join("cases"));
    for made in [&bin, &cases] {
        std::fs::create_dir_all(made).expect("a folder");
    }
    std::fs::set_permissions(&cases, std::fs::Permissions::from_mode(0o700)).expect("private");
    let order = Order { gcloud: gcloud.to_owned(), cases };
    std::fs::write(bin.join("order.json"), serde_json::to_string(&order).expect("JSON")).expect("written");
    let link = bin.join("gcloud");
    // A folder that was used before has it already.
    let _ = std::fs::remove_file(&link);
    std::os::unix::fs::symlink(std::env::current_exe().expect("a path"), link).expect("a link");
    bin
}

/// All cases of a folder, in the order of their emulators and times.
pub fn read(folder: &Path) -> Vec<Case> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join("cases"))
        .expect("cases")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    let read = |file: &PathBuf| std::fs::read_to_string(file).expect("a case");
    files.iter().map(|file| serde_json::from_str(&read(file)).expect("a case is JSON")).collect()
}

/// Is `gcloud` for a moment.
pub fn become_gcloud(itself: &Path) -> ExitCode {
    let order = std::fs::read_to_string(itself.with_file_name("order.json")).expect("an order");
    let order: Order = serde_json::from_str(&order).expect("an order is JSON");
    let port = std::env::var("CLOUDSDK_PROXY_PORT").unwrap_or_else(|_| "0".to_owned());
    let stem = number(&order.cases, &port);
    let argv: Vec<String> = std::env::args().skip(1).collect();
    let stdin = argv.iter().any(|arg| arg.ends_with("=-")).then(|| {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).expect("stdin");
        text
    });
    let world = stem.with_extension("world");
    let saved = ureq::post(format!("http://127.0.0.1:{port}/_emulator/save"))
        .send_json(serde_json::json!({ "file": world }));
    assert!(saved.is_ok(), "the world is saved before a command is recorded: {saved:?}");
    let kept = argv.iter().map(|arg| keep(arg, &stem)).collect();

    let mut command = Command::new(&order.gcloud);
    command.args(&argv).stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.spawn().expect("gcloud starts");
    if let (Some(text), Some(mut pipe)) = (&stdin, child.stdin.take()) {
        // A gcloud that ends early has closed its end; its exit code tells.
        let _ = pipe.write_all(text.as_bytes());
    }
    let code = child.wait().expect("gcloud ends").code().unwrap_or(255);
    let case = Case { argv: kept, stdin, world, code };
    std::fs::write(stem.with_extension("json"), serde_json::to_string(&case).expect("JSON"))
        .expect("written");
    ExitCode::from(u8::try_from(code).unwrap_or(255))
}

/// A name of its own: `cases/PORT-0001`.
fn number(cases: &Path, port: &str) -> PathBuf {
    (1..)
        .map(|number| cases.join(format!("{port}-{number:04}")))
        .find(|stem| std::fs::File::create_new(stem.with_extension("taken")).is_ok())
        .expect("there is always another number")
}

/// An argument; a file that it names is copied, since the run that made it removes it.
fn keep(arg: &str, stem: &Path) -> String {
    let Some((flag, value)) = arg.split_once('=') else { return arg.to_owned() };
    let path = Path::new(value);
    if !path.is_absolute() || !path.is_file() {
        return arg.to_owned();
    }
    let folder = stem.with_extension("files");
    std::fs::create_dir_all(&folder).expect("a folder");
    let copy = folder.join(path.file_name().expect("a file has a name"));
    std::fs::copy(path, &copy).expect("a copy");
    format!("{flag}={}", copy.display())
}
