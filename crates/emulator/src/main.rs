//! `gcp-emulator serve`, `gcp-emulator env` and `gcp-emulator faults`.

use clap::{Parser, Subcommand};
use emulator::fault::Fault;
use emulator::{Options, environment, faults};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// A strict emulator of the Google Cloud REST APIs, on loopback.
#[derive(Parser)]
#[command(name = "gcp-emulator", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve until interrupted. Prints one line when it is ready.
    Serve {
        /// Loopback address; port 0 takes a free one.
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// Keep the world in this file (it holds secrets in plain; only you can read it).
        #[arg(long)]
        state: Option<PathBuf>,
        /// Seconds of the real thing are multiplied by this; 0 ends every operation at once.
        #[arg(long, default_value_t = 1.0)]
        time_scale: f64,
        /// JSON list of faults to begin with, by name or written out: [{"name": "redis-quota", "times": 1}].
        #[arg(long)]
        faults: Option<PathBuf>,
    },
    /// Print the lines that point a real gcloud at a running emulator: eval "$(gcp-emulator env --url URL)".
    Env {
        /// What `serve` printed.
        #[arg(long)]
        url: String,
        /// Folder for the private gcloud configuration.
        #[arg(long)]
        dir: Option<PathBuf>,
    },
    /// List the faults that can be asked for by name (--faults, POST /_emulator/faults).
    Faults {
        /// As a JSON list, with what each strikes and where its words are from.
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gcp-emulator: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    match arguments.command {
        Command::Serve { listen, state, time_scale, faults } => {
            let faults: Vec<Fault> = match faults {
                Some(path) => serde_json::from_str(&std::fs::read_to_string(&path)?)
                    .map_err(|e| e.to_string())
                    .and_then(faults::parse)
                    .map_err(|e| format!("{}: {e}", path.display()))?,
                None => Vec::new(),
            };
            let handle = emulator::start(Options {
                listen: Some(listen),
                state,
                time_scale,
                faults,
                log: Some(Arc::new(|text| eprintln!("gcp-emulator: {text}"))),
            })?;
            println!("listening on {}", handle.url);
            std::io::stdout().flush()?;
            handle.wait();
        }
        Command::Env { url, dir } => {
            let authority = fetch_authority(&url)?;
            let port = url.trim_end_matches('/').rsplit(':').next().unwrap_or_default().to_owned();
            // One folder a port, so that asking twice gives the same lines.
            let folder = dir.unwrap_or_else(|| std::env::temp_dir().join(format!("gcp-emulator-{port}")));
            print!("{}", environment::prepare(&url, &folder, &authority)?.shell());
        }
        Command::Faults { json } => print!("{}", catalogue(json)),
    }
    Ok(())
}

fn catalogue(json: bool) -> String {
    if json {
        let row = |fault: &faults::Named| {
            serde_json::json!({"name": fault.name, "family": fault.family.name(), "about": fault.about,
                               "match": fault.on, "source": fault.source})
        };
        return format!("{:#}\n", faults::all().map(row).collect::<serde_json::Value>());
    }
    faults::all()
        .map(|fault| format!("{:<11}  {:<26}  {}\n", fault.family.name(), fault.name, fault.about))
        .collect()
}

fn fetch_authority(url: &str) -> Result<String, Box<dyn std::error::Error>> {
    let address: SocketAddr = url
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .parse()
        .map_err(|_| format!("{url} is not of the form http://127.0.0.1:PORT"))?;
    if !address.ip().is_loopback() {
        return Err(format!("{address} is not a loopback address").into());
    }
    let mut stream =
        TcpStream::connect(address).map_err(|e| format!("no emulator answers at {address}: {e}"))?;
    write!(stream, "GET /_emulator/ca.pem HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    body.filter(|b| b.contains("BEGIN CERTIFICATE")).ok_or_else(|| "the emulator sent no certificate".into())
}
