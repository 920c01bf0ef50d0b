//! Organization Policy API.

use super::unserved;
use crate::call::{Answer, Call};
use crate::world::World;

/// The permission that a method asks for.
pub fn permission(_id: &str) -> Option<&'static str> {
    None
}

/// Answers a method.
pub fn handle(id: &str, _call: &mut Call) -> Answer {
    unserved(id)
}

/// Whether a boolean constraint (`compute.skipDefaultNetworkCreation`) is enforced in a project.
pub fn enforced(world: &World, project: &str, constraint: &str) -> bool {
    world
        .get(&format!("orgpolicy/projects/{project}/policies/{constraint}"))
        .is_some_and(|policy| policy["spec"]["rules"][0]["enforce"] == true)
}

/// Whether a list constraint (`compute.restrictVpcPeering`) forbids everything in a project.
pub fn denied_all(world: &World, project: &str, constraint: &str) -> bool {
    world
        .get(&format!("orgpolicy/projects/{project}/policies/{constraint}"))
        .is_some_and(|policy| policy["spec"]["rules"][0]["denyAll"] == true)
}
