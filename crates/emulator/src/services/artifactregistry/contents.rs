//! What is in a repository: nothing, since nobody can push to this emulator.

use super::{missing, repository};
use crate::Reply;
use crate::call::{Answer, Call};
use crate::services::unserved;

pub fn handle(kind: &str, verb: &str, call: &Call) -> Answer {
    repository::find(call)?;
    match (kind, verb) {
        (
            "dockerImages" | "packages" | "files" | "rules" | "mavenArtifacts" | "npmPackages"
            | "pythonPackages",
            "list",
        ) => Ok(Reply::empty()),
        ("packages.tags" | "packages.versions", "list") | (_, "get" | "delete" | "patch") => Err(missing()),
        _ => unserved(call.route.id),
    }
}
