//! Runs gcloud: argv, children, answers, failures, secrets.
//!
//! This crate knows what gcloud 528 prints and how it fails; it knows nothing of steps and resources, and it never
//! writes to the terminal.

mod answer;
mod child;
mod classify;
mod command;
mod effect;
mod environment;
mod essence;
mod explain;
mod failure;
mod info;
mod interrupt;
mod mask;
mod memory;
pub mod process;
mod quote;
mod redirection;
mod runner;
mod secret;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use answer::{Answer, Ended};
pub use child::Watch;
pub use classify::cause_of;
pub use command::{Command, Stdin};
pub use effect::{Touched, makes, touched};
pub use environment::Environment;
pub use explain::Explanation;
pub use failure::{Cause, Failure, Kind, Lag};
pub use info::{Info, InfoError, Property};
pub use interrupt::Interrupt;
pub use mask::mask;
pub use memory::Memory;
pub use quote::{line, quote};
pub use redirection::{Redirections, Refused};
pub use runner::{Gcloud, GcloudMissing, Run};
pub use secret::Secret;

#[cfg(test)]
mod properties;
