//! The typed config of a deployment: built-in defaults < file < `DEPLOY_*` environment < `--set`.
//!
//! The rules of the layers, the same for all of them:
//!
//! - A table is merged key by key, and so are the maps (`project.labels`, `database.flags`, `cloud_run.env`,
//!   `cloud_run.secrets`); any other value, a list too, replaces what an earlier layer gave.
//! - An empty value takes out: an option becomes unset, an entry leaves its map, a list or a map becomes empty.
//!   A key that must have a value refuses it.
//! - `DEPLOY_REDIS__MEMORY_GB=2` sets `redis.memory_gb`: two underscores between table and key, also further down
//!   (`DEPLOY_CLOUD_RUN__CONNECTOR__NAME`). What follows `DEPLOY_CLOUD_RUN__ENV__` and `DEPLOY_CLOUD_RUN__SECRETS__`
//!   is a variable's name as it stands; all else is lowered. Variables without two underscores are not ours.
//! - `--set redis.memory_gb=2`. The value is TOML, or else the text itself; where a key wants text, numbers and words
//!   need no quotes, and a list may be written with commas alone. The last one wins.
//!
//! Everything that is wrong anywhere is told at once, and a config is valid or does not exist.

mod check;
mod console;
mod draft;
mod file;
pub mod key;
pub mod kind;
mod load;
pub mod model;
pub mod names;
mod problem;
mod reference;
mod resolved;
mod warning;
mod words;
mod written;

pub use load::{FileSource, Loaded, Source, environments, load};
pub use model::Config;
pub use problem::{Errors, Origin, Problem};
pub use reference::{Row, reference};
pub use resolved::differing_keys;
pub use warning::Warning;
