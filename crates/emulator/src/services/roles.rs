//! Roles, members, and who may do what.

use crate::error::ApiError;
use crate::world::World;

/// Who calls when no principal is named: the owner of everything.
pub const OWNER: &str = "user:owner@example.com";

/// Whether a role can be granted: a predefined one by its form, a custom one by its existence.
pub fn is_role(_world: &World, role: &str) -> bool {
    role.starts_with("roles/") || role.contains("/roles/")
}

/// Refuses a member that Google refuses: malformed, or a service account that does not exist.
pub fn check_member(world: &World, _key: &str, member: &str) -> Result<(), ApiError> {
    if member == "allUsers" || member == "allAuthenticatedUsers" {
        return Ok(());
    }
    let Some((kind, name)) = member.split_once(':') else {
        return Err(ApiError::invalid("Policy members must be of the form \"<type>:<value>\".".to_string()));
    };
    if kind == "serviceAccount"
        && let Some(project) =
            name.strip_suffix(".iam.gserviceaccount.com").and_then(|n| n.split_once('@')).map(|(_, p)| p)
        && world.has(&format!("cloudresourcemanager/projects/{project}"))
        && !world.has(&format!("iam/projects/{project}/serviceAccounts/{name}"))
    {
        return Err(ApiError::invalid(format!("Service account {name} does not exist.")));
    }
    Ok(())
}

/// Whether a caller has a permission on an object. `None` is the owner of everything.
pub fn allowed(_world: &World, principal: Option<&str>, _key: &str, _permission: &str) -> bool {
    principal.is_none()
}
