//! `kill-sweep-gcloud`: carries out the sweep's orders and then becomes the real program, with the same process id.

mod orders;

use orders::Orders;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    let Err(error) = become_it();
    eprintln!("kill-sweep-gcloud: {error}");
    ExitCode::FAILURE
}

fn become_it() -> std::io::Result<std::convert::Infallible> {
    let home = std::env::var_os("HOME").unwrap_or_default();
    let orders: Orders = serde_json::from_slice(&std::fs::read(orders::file(Path::new(&home)))?)?;
    if orders.alone {
        nix::sys::prctl::set_pdeathsig(None)?;
    }
    if let Some(socket) = &orders.ask {
        let mut stream = UnixStream::connect(socket)?;
        stream.write_all(&std::process::id().to_be_bytes())?;
        // The end of the stream means that the sweep is gone.
        stream.read_exact(&mut [0])?;
    }
    Err(Command::new(&orders.program).args(std::env::args_os().skip(1)).exec())
}
