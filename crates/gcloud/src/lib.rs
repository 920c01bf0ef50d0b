//! Runs gcloud: argv, children, answers, failures, secrets.
//!
//! This crate knows what gcloud 528 prints and how it fails; it knows nothing of steps and resources, and it never
//! writes to the terminal.

mod command;
mod failure;
mod secret;

pub use command::{Command, Stdin};
pub use failure::{Cause, Failure, Kind, Lag};
pub use secret::Secret;
