//! Roles, members, and who may do what.

mod member;
mod predefined;

pub use member::check_member;
pub use predefined::{PREDEFINED, Role, find};

use crate::world::World;
use serde_json::Value;

/// Who calls when no principal is named: the owner of everything.
pub const OWNER: &str = "user:owner@example.com";

/// Whether a role exists: a predefined one that this emulator knows, or a custom one of the world.
pub fn is_role(world: &World, role: &str) -> bool {
    match role.split_once("/roles/") {
        Some(_) => world.get(&format!("iam/{role}")).is_some_and(|r| r["deleted"] != true),
        None => find(role).is_some(),
    }
}

/// Whether a role can be granted on an object: one that has nothing to do with the object's service cannot
/// [Google: "is not supported for this resource"].
pub fn supported(world: &World, key: &str, role: &str) -> bool {
    if !is_role(world, role) {
        return false;
    }
    let Some(role) = find(role) else { return true };
    let service = key.split('/').next().unwrap_or("");
    let prefix = match service {
        "cloudresourcemanager" | "cloudbilling" => return true,
        "secretmanager" => "secretmanager.",
        "run" => "run.",
        "storage" => "storage.",
        "artifactregistry" => "artifactregistry.",
        "pubsub" => "pubsub.",
        "iam" => "iam.serviceAccounts.",
        _ => return true,
    };
    role.permissions.iter().any(|p| p.starts_with(prefix) || prefix.starts_with(p.trim_end_matches('*')))
}

/// Whether a caller has a permission on an object, by the object's policy or by that of something it lies in.
/// `None` is the owner of everything.
pub fn allowed(world: &World, principal: Option<&str>, key: &str, permission: &str) -> bool {
    let Some(principal) = principal else { return true };
    if !active(world, principal) {
        return false;
    }
    ancestors(world, key).iter().any(|key| granted(world, key, principal, permission))
}

/// An account that is disabled or gone can do nothing.
fn active(world: &World, principal: &str) -> bool {
    let Some(email) = principal.strip_prefix("serviceAccount:") else { return true };
    if is_agent(world, email) {
        return true;
    }
    account_key(world, email)
        .and_then(|key| world.get(&key))
        .is_some_and(|account| account["disabled"] != true)
}

/// Whether an account is a service's own: one that a project has of it, or the one that each database instance has.
fn is_agent(world: &World, email: &str) -> bool {
    if world.has(&format!("iam/agents/{email}")) {
        return true;
    }
    let of = |instance: &Value| instance["serviceAccountEmailAddress"] == email;
    email.ends_with("@gcp-sa-cloud-sql.iam.gserviceaccount.com")
        && world.below("sqladmin/projects/").iter().any(|(_, instance)| of(instance))
}

/// The key of a service account, by its address.
pub fn account_key(world: &World, email: &str) -> Option<String> {
    let ending = format!("/serviceAccounts/{email}");
    world
        .below("iam/projects/")
        .into_iter()
        .find(|(key, _)| key.ends_with(&ending))
        .map(|(key, _)| key.to_owned())
}

fn granted(world: &World, key: &str, principal: &str, permission: &str) -> bool {
    let policy = world.policy(key);
    let bindings = policy["bindings"].as_array().cloned().unwrap_or_default();
    bindings
        .iter()
        // A condition is not evaluated here: what depends on one is not granted.
        .filter(|b| b["condition"].is_null())
        .filter(|b| b["members"].as_array().is_some_and(|m| m.iter().any(|m| is_member(m, principal))))
        .any(|b| permits(world, b["role"].as_str().unwrap_or(""), permission))
}

fn is_member(member: &Value, principal: &str) -> bool {
    let member = member.as_str().unwrap_or("");
    member.eq_ignore_ascii_case(principal)
        || member == "allUsers"
        || member == "allAuthenticatedUsers"
        || member.strip_prefix("domain:").is_some_and(|domain| principal.ends_with(&format!("@{domain}")))
}

/// Whether a role holds a permission.
pub fn permits(world: &World, role: &str, permission: &str) -> bool {
    match find(role) {
        Some(role) => role.permits(permission),
        None => world.get(&format!("iam/{role}")).is_some_and(|role| {
            role["deleted"] != true
                && role["includedPermissions"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|p| p == permission))
        }),
    }
}

/// The object and what it lies in, for policies.
fn ancestors(world: &World, key: &str) -> Vec<String> {
    let mut keys = Vec::new();
    let mut rest = key;
    while rest.contains('/') {
        keys.push(rest.to_owned());
        rest = rest.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    if let Some(project) = project_of(world, key) {
        let key = format!("cloudresourcemanager/projects/{project}");
        let parent = world.get(&key).map_or(Value::Null, |p| p["parent"].clone());
        if !keys.contains(&key) {
            keys.push(key);
        }
        if let (Some(kind), Some(id)) = (parent["type"].as_str(), parent["id"].as_str()) {
            keys.push(format!("cloudresourcemanager/{kind}s/{id}"));
        }
    }
    keys
}

/// The project that an object lies in.
pub fn project_of(world: &World, key: &str) -> Option<String> {
    if let Some((_, rest)) = key.split_once("projects/") {
        return rest.split('/').next().and_then(|id| world.project_id(id));
    }
    let bucket = key.strip_prefix("storage/b/")?.split('/').next()?;
    let number = world.get(&format!("storage/b/{bucket}"))?["projectNumber"].as_str()?.to_owned();
    world.project_id(&number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy;
    use crate::testing::Testing;

    const SECRET: &str = "secretmanager/projects/p/secrets/s";

    #[test]
    fn what_a_project_grants_holds_for_what_is_in_it() {
        let mut t = Testing::new();
        let mut world = t.world();
        let who = Some("user:a@example.com");
        assert!(!allowed(&world, who, SECRET, "secretmanager.versions.access"));
        policy::grant(&mut world, "cloudresourcemanager/projects/p", "roles/editor", "user:a@example.com");
        assert!(allowed(&world, who, SECRET, "secretmanager.secrets.create"));
        assert!(!allowed(&world, who, SECRET, "secretmanager.versions.access"), "an editor reads no secrets");
        assert!(!allowed(&world, who, SECRET, "secretmanager.secrets.setIamPolicy"));
        policy::grant(&mut world, SECRET, "roles/secretmanager.secretAccessor", "user:a@example.com");
        assert!(allowed(&world, who, &format!("{SECRET}/versions/1"), "secretmanager.versions.access"));
        assert!(!allowed(&world, who, "secretmanager/projects/p/secrets/t", "secretmanager.versions.access"));
    }

    #[test]
    fn an_account_must_exist_and_be_enabled() {
        let mut t = Testing::new();
        let mut world = t.world();
        let email = "x-account@p.iam.gserviceaccount.com";
        let who = format!("serviceAccount:{email}");
        policy::grant(&mut world, "cloudresourcemanager/projects/p", "roles/viewer", &who);
        let may = |world: &World| allowed(world, Some(&who), SECRET, "secretmanager.secrets.get");
        assert!(!may(&world));
        world.put(&format!("iam/projects/p/serviceAccounts/{email}"), serde_json::json!({ "email": email }));
        assert!(may(&world));
        world.put(
            &format!("iam/projects/p/serviceAccounts/{email}"),
            serde_json::json!({"email": email, "disabled": true}),
        );
        assert!(!may(&world));
    }

    #[test]
    fn a_role_fits_the_thing_it_is_granted_on() {
        let mut t = Testing::new();
        let world = t.world();
        assert!(supported(&world, SECRET, "roles/secretmanager.secretAccessor"));
        assert!(!supported(&world, SECRET, "roles/run.invoker"));
        assert!(!supported(&world, SECRET, "roles/secretmanager.secretReader"));
        assert!(supported(&world, "cloudresourcemanager/projects/p", "roles/run.invoker"));
        assert!(!supported(&world, "cloudresourcemanager/projects/p", "projects/p/roles/nope"));
    }
}
