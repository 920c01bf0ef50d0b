//! Identity and Access Management API: service accounts, roles.

mod accounts;
mod custom_roles;

pub(crate) use accounts::forget;

use super::unserved;
use crate::call::{Answer, Call};

/// The permission that a method asks for on the project. What lies in `projects/-` is checked by the method.
pub fn permission(id: &str) -> Option<&'static str> {
    Some(match id {
        "projects.serviceAccounts.create" => "iam.serviceAccounts.create",
        "projects.serviceAccounts.list" => "iam.serviceAccounts.list",
        "projects.roles.create" => "iam.roles.create",
        "projects.roles.delete" => "iam.roles.delete",
        "projects.roles.get" => "iam.roles.get",
        "projects.roles.list" => "iam.roles.list",
        "projects.roles.patch" => "iam.roles.update",
        "projects.roles.undelete" => "iam.roles.undelete",
        _ => return None,
    })
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    match id {
        "projects.serviceAccounts.create" => accounts::create(call),
        "projects.serviceAccounts.list" => accounts::list(call),
        "projects.serviceAccounts.undelete" => accounts::undelete(call),
        _ if id.starts_with("projects.serviceAccounts.") => accounts::one(id, call),
        _ if id.starts_with("projects.roles.") => custom_roles::handle(id, call),
        "roles.get" => custom_roles::predefined(call),
        "roles.list" => custom_roles::list_predefined(call),
        "roles.queryGrantableRoles" => custom_roles::grantable(call),
        "permissions.queryTestablePermissions" => custom_roles::testable(call),
        _ => unserved(id),
    }
}

#[cfg(test)]
mod tests;
