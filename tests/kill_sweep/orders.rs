//! What the sweep tells the `gcloud` that it puts on the PATH. The tool gives its children only a few variables of its own
//! environment; `HOME` is one, so the orders lie there.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// The program to become.
    pub program: PathBuf,
    /// Live on when the tool dies, as on a system that does not end children with their parents.
    pub alone: bool,
    /// Before that, tell this socket one's id and wait for a byte.
    pub ask: Option<PathBuf>,
}

/// Where the orders lie.
pub fn file(home: &Path) -> PathBuf {
    home.join("kill-sweep.json")
}
