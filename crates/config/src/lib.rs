//! The typed config of a deployment: built-in defaults < file < `DEPLOY_*` environment < `--set`.

pub mod model;
pub mod names;
mod resolved;

pub use model::Config;
pub use resolved::differing_keys;
