//! A strict emulator of the Google Cloud REST APIs that gcloud calls for this project, on loopback.
//!
//! Three ideas carry it:
//! - Google's published API descriptions (`apis/*.json`, made by `scripts/api-descriptions`) are the router and the
//!   grammar: a request that they do not know is refused, an answer that they do not know is a violation.
//! - One [`World`] holds every object as Google would show it, what is hidden (secrets, policies) beside it, and every
//!   operation as data with a stored end, so that the world survives a restart.
//! - Services are plain functions from a [`Call`] and the world to an answer. They are strict teachers: they refuse what
//!   Google refuses, in Google's words.
//!
//! It never forwards anything anywhere.

pub mod call;
pub mod clock;
pub mod control;
pub mod description;
pub mod duration;
pub mod environment;
pub mod error;
pub mod fault;
pub mod faults;
pub mod gate;
pub mod http;
pub mod journal;
pub mod mask;
pub mod operation;
pub mod policy;
pub mod schema;
pub mod services;
pub mod state;
#[cfg(test)]
pub(crate) mod testing;
pub mod tls;
pub mod world;

pub use call::{Answer, Call, Reply};
pub use error::ApiError;
pub use http::{Handle, Options, StartError, start};
pub use world::World;

#[cfg(test)]
mod properties;
