//! The server: a plain HTTP endpoint, an HTTP proxy, and TLS for Google's hosts behind CONNECT, all on one port.

mod batch;
pub(crate) mod google;
mod server;

use crate::clock::Scale;
use crate::fault::{Fault, Faults, Hold};
use crate::journal::Entry;
use crate::state;
use crate::tls::Authority;
use crate::world::World;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::watch;

/// How to serve.
#[derive(Clone, Default)]
pub struct Options {
    /// Where to listen; port 0 takes a free one. Loopback only.
    pub listen: Option<SocketAddr>,
    /// File that keeps the world between runs.
    pub state: Option<PathBuf>,
    /// Virtual durations are multiplied by this; 0 ends every operation at once.
    pub time_scale: f64,
    /// Faults that are set from the start.
    pub faults: Vec<Fault>,
    /// Where remarks go (an unknown host, a violation); nowhere if not set. Inside another program's terminal they
    /// would garble it, so nothing is printed by default.
    pub log: Option<Log>,
}

/// Takes one remark.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

/// Why it does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Not a loopback address.
    #[error(
        "{0} is not a loopback address: the emulator holds secrets and has no passwords, so it serves this machine only"
    )]
    NotLoopback(SocketAddr),
    /// The address cannot be had.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The state file cannot be read.
    #[error("cannot read the state file {path}: {source}")]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A fault's pattern is not a regular expression.
    #[error("a fault's pattern is not a regular expression: {0}")]
    Pattern(#[from] regex::Error),
    /// The certificates cannot be made.
    #[error("cannot make certificates: {0}")]
    Certificates(String),
    /// No thread or no runtime.
    #[error("cannot start: {0}")]
    Runtime(std::io::Error),
}

/// What all requests share.
pub struct Shared {
    pub(crate) world: Mutex<World>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) holds: Mutex<Vec<(regex::Regex, Hold)>>,
    pub(crate) entries: Mutex<Vec<Entry>>,
    pub(crate) violations: Mutex<Vec<String>>,
    /// Changes whenever a request arrives or a hold is released: waiters look again.
    pub(crate) changed: watch::Sender<u64>,
    pub(crate) authority: Authority,
    pub(crate) tls: Arc<rustls::ServerConfig>,
    pub(crate) state: Option<PathBuf>,
    pub(crate) scale: Scale,
    pub(crate) log: Option<Log>,
}

/// A poisoned lock means that a handler panicked; its world is still the best there is.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn remark(&self, text: &str) {
        if let Some(log) = &self.log {
            log(text);
        }
    }

    pub(crate) fn notify(&self) {
        self.changed.send_modify(|n| *n += 1);
    }
}

/// A running emulator. It stops when this is dropped.
pub struct Handle {
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// The certificate that clients must trust, PEM.
    pub authority: String,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Handle {
    /// Serves until the process ends.
    pub fn wait(&self) {
        if let Some(runtime) = &self.runtime {
            runtime.block_on(std::future::pending::<()>());
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Starts an emulator on threads of its own.
pub fn start(options: Options) -> Result<Handle, StartError> {
    let address = options.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
    if !address.ip().is_loopback() {
        return Err(StartError::NotLoopback(address));
    }
    let saved = match &options.state {
        Some(path) => state::read(path).map_err(|source| StartError::State { path: path.clone(), source })?,
        None => None,
    };
    let certificates = |e: &dyn std::fmt::Display| StartError::Certificates(e.to_string());
    let scale = Scale(options.time_scale);
    let (mut world, authority) = match saved {
        Some(saved) => (saved.world, saved.authority),
        None => (World::default(), Authority::generate().map_err(|e| certificates(&e))?),
    };
    world.scale = scale;
    let tls = authority.server_config().map_err(|e| certificates(&e))?;
    let mut faults = Faults::default();
    for fault in options.faults {
        faults.add(fault)?;
    }
    let shared = Arc::new(Shared {
        world: Mutex::new(world),
        faults: Mutex::new(faults),
        holds: Mutex::new(Vec::new()),
        entries: Mutex::new(Vec::new()),
        violations: Mutex::new(Vec::new()),
        changed: watch::Sender::new(0),
        authority,
        tls,
        state: options.state,
        scale,
        log: options.log,
    });
    let certificate = shared.authority.certificate().to_owned();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("emulator")
        .enable_all()
        .build()
        .map_err(StartError::Runtime)?;
    let listener = runtime
        .block_on(tokio::net::TcpListener::bind(address))
        .map_err(|source| StartError::Listen { address, source })?;
    let bound = listener.local_addr().map_err(StartError::Runtime)?;
    runtime.spawn(server::accept(listener, shared));
    Ok(Handle { url: format!("http://{bound}"), authority: certificate, runtime: Some(runtime) })
}
