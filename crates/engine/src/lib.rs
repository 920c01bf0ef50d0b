//! Plan and apply. Knows steps, resources, checks, the checkpoint and the lock; knows no terminal, no clap and no config.

mod cloud;
mod error;
mod resource;
mod step;

pub use cloud::{Reader, Writer};
pub use error::Error;
pub use events::{Action, Address, Diff};
pub use resource::{Need, Resource, State};
pub use step::{Item, Step};

/// What the engine's and the steps' functions return.
pub type Result<T> = std::result::Result<T, Error>;
