//! Members of policies: their forms, and whether they exist.

use super::{account_key, is_agent, project_of};
use crate::error::ApiError;
use crate::services::{orgpolicy, serviceusage::identity};
use crate::world::World;

/// Refuses a member that Google refuses: malformed, a service account that does not exist, or everyone where an
/// organization policy keeps everyone out. One that the policy has already is not looked at again.
pub fn check_member(world: &World, key: &str, member: &str) -> Result<(), ApiError> {
    if world.policy(key)["bindings"].as_array().is_some_and(|bindings| {
        bindings.iter().any(|b| b["members"].as_array().is_some_and(|m| m.iter().any(|m| m == member)))
    }) {
        return Ok(());
    }
    if let Some(project) = project_of(world, key)
        && !orgpolicy::member_permitted(world, &project, member)
    {
        // [issues of Google's users; 400 FAILED_PRECONDITION in gcloud's rendering]
        return Err(ApiError::failed_precondition(
            "One or more users named in the policy do not belong to a permitted customer,  perhaps due to an \
             organization policy.",
        ));
    }
    if member == "allUsers" || member == "allAuthenticatedUsers" {
        return Ok(());
    }
    let Some((kind, name)) = member.split_once(':').filter(|(_, name)| !name.is_empty()) else {
        return Err(ApiError::invalid("Policy members must be of the form \"<type>:<value>\"."));
    };
    match kind {
        "user" | "group" if name.contains('@') => Ok(()),
        "domain" | "deleted" | "principal" | "principalSet" => Ok(()),
        // Convenience values of Cloud Storage.
        "projectOwner" | "projectEditor" | "projectViewer" => Ok(()),
        "serviceAccount" if exists(world, name) => Ok(()),
        "serviceAccount" => Err(ApiError::invalid(format!("Service account {name} does not exist."))),
        "user" | "group" => Err(ApiError::invalid(format!("Invalid principal {member}."))), // guess
        _ => Err(ApiError::invalid(format!("Unknown member type {kind} in {member}."))),    // guess
    }
}

/// Whether an account exists: made by a person, or an agent of a service.
fn exists(world: &World, email: &str) -> bool {
    if account_key(world, email).is_some() || is_agent(world, email) {
        return true;
    }
    // An agent that is not made explicitly appears with its API, except for those that come at the first use.
    let Some((local, domain)) = email.split_once('@') else { return false };
    let Some(number) = local.strip_prefix("service-") else { return false };
    identity::AGENTS
        .iter()
        .filter(|agent| agent.address == domain && !identity::LAZY.contains(&agent.api))
        .any(|agent| world.project_id(number).is_some_and(|project| world.api_enabled(&project, agent.api)))
}

#[cfg(test)]
mod tests {
    use crate::testing::Testing;
    use serde_json::json;

    const PROJECT: &str = "cloudresourcemanager/projects/p";

    #[test]
    fn members_have_a_form_and_exist() {
        let mut t = Testing::new();
        let mut world = t.world();
        let refusal = |world: &crate::World, member: &str| {
            super::check_member(world, PROJECT, member).map_err(|e| e.message).unwrap_err()
        };
        assert!(refusal(&world, "someone@example.com").contains("must be of the form"));
        assert!(refusal(&world, "serviceAccount:").contains("must be of the form"));
        let ghost = "serviceAccount:ghost@p.iam.gserviceaccount.com";
        assert_eq!(refusal(&world, ghost), "Service account ghost@p.iam.gserviceaccount.com does not exist.");
        let redis = "serviceAccount:service-111@cloud-redis.iam.gserviceaccount.com";
        assert!(refusal(&world, redis).contains("does not exist"), "made at its first use, or explicitly");
        world.put("iam/agents/service-111@cloud-redis.iam.gserviceaccount.com", json!({}));
        assert!(super::check_member(&world, PROJECT, redis).is_ok());
        let run = "serviceAccount:service-111@serverless-robot-prod.iam.gserviceaccount.com";
        assert!(super::check_member(&world, PROJECT, run).is_ok());
    }
}
