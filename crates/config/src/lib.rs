//! The typed config of a deployment: built-in defaults < file < `DEPLOY_*` environment < `--set`.

pub mod model;

pub use model::Config;
