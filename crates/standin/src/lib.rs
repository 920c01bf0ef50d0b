//! A small `gcloud`: it takes the command lines that the steps and the operating commands produce, sends the emulator
//! the requests that gcloud 528 sends, and prints what gcloud prints, in about a millisecond.
//!
//! It speaks HTTP to a proxy on loopback (`CLOUDSDK_PROXY_ADDRESS`, as `gcp-emulator env` prints it) and to nothing
//! else, so that it can never touch Google. What gcloud refuses, it refuses: the grammar of every command comes from
//! gcloud itself (`scripts/gcloud-grammar`). That it is the same is tested: `scripts/sameness`.

mod args;
mod call;
mod content;
mod failure;
mod google;
mod grammar;
mod labels;
mod longrunning;
mod pages;
mod policy;
mod print;
mod settings;
mod surfaces;
mod typed;
mod yaml;

pub use settings::WAIT_SCALE;

use call::Call;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

/// The version of gcloud that it stands for.
pub const VERSION: &str = "528.0.0";

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let code = run(std::env::args_os().skip(1).collect());
    // Nobody waits for what a closed pipe did not take.
    let _ = std::io::stdout().flush();
    ExitCode::from(code)
}

fn run(argv: Vec<OsString>) -> u8 {
    let argv: Vec<String> = argv.into_iter().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let parsed = match args::parse(&argv) {
        Ok(parsed) => parsed,
        Err(failure) => return failure.report(),
    };
    let call = match Call::new(parsed) {
        Ok(call) => call,
        Err(failure) => return failure.report(),
    };
    match surfaces::handle(&call).and_then(|answer| print::answer(&call, answer)) {
        Ok(()) => 0,
        Err(failure) => failure.of(&call.command).report(),
    }
}

#[cfg(test)]
mod properties;
