//! Plan and apply. Knows steps, resources, checks, the checkpoint and the lock; knows no terminal, no clap and no config.

mod apply;
pub mod checkpoint;
mod clock;
mod cloud;
mod core;
mod dependents;
mod destroy;
mod engine;
mod error;
#[cfg(not(feature = "failpoints"))]
mod failpoint;
#[cfg(feature = "failpoints")]
pub mod failpoint;
mod file;
mod former;
mod impact;
mod journal;
pub mod lock;
mod look;
pub mod orphan;
mod outputs;
mod plan;
mod resource;
pub mod resume;
mod retry;
pub mod saved;
mod script;
mod step;
mod survey;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
#[cfg(test)]
mod tests;
mod verify;
mod web;

pub use clock::Clock;
pub use cloud::{Reader, Writer};
pub use destroy::{AtDestroy, Candidate, Fate};
pub use engine::{Asking, Deps, Engine, Summary};
pub use error::{Error, Problem, Refused};
pub use events::{Action, Address, Diff};
pub use former::Former;
pub use impact::{Impact, Way};
pub use outputs::{Output, Value as OutputValue};
pub use plan::{Plan, Selection};
pub use resource::{Need, Resource, State};
pub use script::{About, Later, Printed, Reading};
pub use step::{Item, Step};
pub use survey::{Standing, Surveyed};
pub use verify::{Finding, Verdict, Verification, Verified};
pub use web::{Reached, Web};

/// What the engine's and the steps' functions return.
pub type Result<T> = std::result::Result<T, Error>;
