//! What organization policies forbid. Services ask here; where something is made is asked for all of them in the gate.

use super::{constraint, effective};
use crate::error::ApiError;
use crate::world::World;
use serde_json::{Value, json};

/// Whether a boolean constraint (`compute.skipDefaultNetworkCreation`) is enforced in a project.
pub fn enforced(world: &World, project: &str, name: &str) -> bool {
    rules(world, project, name).iter().any(|rule| rule["enforce"] == true)
}

fn rules(world: &World, project: &str, name: &str) -> Vec<Value> {
    let Ok(constraint) = constraint(name) else { return Vec::new() };
    effective(world, project, constraint)["rules"].as_array().cloned().unwrap_or_default()
}

/// Whether a list constraint lets a value pass.
pub fn permits(world: &World, project: &str, name: &str, value: &str) -> bool {
    let rules = rules(world, project, name);
    if rules.iter().any(|rule| rule["denyAll"] == true) {
        return false;
    }
    let all = |field: &str| -> Vec<String> {
        rules
            .iter()
            .flat_map(|rule| rule["values"][field].as_array().into_iter().flatten())
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect()
    };
    if all("deniedValues").iter().any(|pattern| covers(pattern, value)) {
        return false;
    }
    let allowed = all("allowedValues");
    rules.iter().any(|rule| rule["allowAll"] == true)
        || allowed.iter().any(|pattern| covers(pattern, value))
        || (allowed.is_empty() && !all("deniedValues").is_empty())
}

/// Whether a list constraint (`compute.restrictVpcPeering`) forbids everything in a project.
pub fn denied_all(world: &World, project: &str, name: &str) -> bool {
    rules(world, project, name).iter().any(|rule| rule["denyAll"] == true)
}

/// Whether a value of a policy covers a value of a request: `is:x`, `under:x`, `in:us-locations`, `in:us-central1-locations`.
fn covers(pattern: &str, value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    if let Some(group) = pattern.strip_prefix("in:") {
        let group = group.trim_end_matches("-locations");
        return value == group || value.starts_with(&format!("{group}-"));
    }
    if let Some(tree) = pattern.strip_prefix("under:") {
        return value == tree || value.starts_with(&format!("{tree}/"));
    }
    pattern.strip_prefix("is:").unwrap_or(pattern).eq_ignore_ascii_case(&value)
}

/// Refuses a value that a list constraint forbids.
pub fn check(world: &World, project: &str, name: &str, value: &str) -> Result<(), ApiError> {
    if permits(world, project, name, value) {
        return Ok(());
    }
    let number = world.project_number(project).unwrap_or_default();
    // [wording: what users of several services report; details: guess]
    Err(ApiError::failed_precondition(format!(
        "Constraint constraints/{name} violated for projects/{number}: '{value}' violates constraint \
         'constraints/{name}'. See https://cloud.google.com/resource-manager/docs/organization-policy/overview for more \
         information."
    ))
    .detail(json!({"@type": "type.googleapis.com/google.rpc.PreconditionFailure", "violations": [
        {"type": format!("constraints/{name}"), "subject": format!("orgpolicy:projects/{number}"),
         "description": format!("'{value}' is not allowed")}]})))
}

/// Whether a member may be put into a policy. Domains stand for customers, which cannot be looked up here: what
/// the constraint certainly keeps out is everyone.
pub fn member_permitted(world: &World, project: &str, member: &str) -> bool {
    let name = "iam.allowedPolicyMemberDomains";
    let everyone = member == "allUsers" || member == "allAuthenticatedUsers";
    !everyone || rules(world, project, name).iter().any(|rule| rule["allowAll"] == true)
}
