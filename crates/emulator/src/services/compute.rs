//! Compute Engine API.

use super::unserved;
use crate::call::{Answer, Call};

/// The permission that a method asks for.
pub fn permission(_id: &str) -> Option<&'static str> {
    None
}

/// Answers a method.
pub fn handle(id: &str, _call: &mut Call) -> Answer {
    unserved(id)
}
