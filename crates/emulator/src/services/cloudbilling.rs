//! Cloud Billing API: accounts, and which project pays with which.

use super::{roles, unserved};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::policy;
use serde_json::{Value, json};

/// The permission that a method asks for: this API checks for itself.
pub fn permission(_id: &str) -> Option<&'static str> {
    None
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    match id {
        "billingAccounts.list" => list(call),
        "billingAccounts.get" => Ok(account(call, "billing.accounts.get")?.1.into()),
        "billingAccounts.projects.list" => projects(call),
        "billingAccounts.getIamPolicy" => {
            policy::get(call, &account(call, "billing.accounts.getIamPolicy")?.0)
        }
        "billingAccounts.setIamPolicy" => {
            let key = account(call, "billing.accounts.setIamPolicy")?.0;
            policy::set(call, &key)
        }
        "billingAccounts.testIamPermissions" => {
            policy::test(call, &account_key(call.param("billingAccountsId")))
        }
        "projects.getBillingInfo" => {
            let project = project(call, "resourcemanager.projects.get")?;
            Ok(info(call, &project).into())
        }
        "projects.updateBillingInfo" => update(call),
        _ => unserved(id),
    }
}

fn account_key(id: &str) -> String {
    format!("cloudbilling/billingAccounts/{id}")
}

fn denied() -> ApiError {
    ApiError::permission_denied("The caller does not have permission")
}

/// An account in the path: its key and itself. One that does not exist looks like one that may not be seen.
fn account(call: &Call, permission: &str) -> Result<(String, Value), ApiError> {
    let key = account_key(call.param("billingAccountsId"));
    match call.world.get(&key) {
        Some(account) if roles::allowed(call.world, call.principal.as_deref(), &key, permission) => {
            Ok((key, account.clone()))
        }
        _ => Err(denied()),
    }
}

/// The project in the path, if it is there and the caller has the permission on it.
fn project(call: &Call, permission: &str) -> Result<String, ApiError> {
    let id = call.param("projectsId").to_owned();
    let key = format!("cloudresourcemanager/projects/{id}");
    let there = call.world.get(&key).is_some();
    if there && roles::allowed(call.world, call.principal.as_deref(), &key, permission) {
        Ok(id)
    } else {
        Err(denied())
    }
}

fn list(call: &Call) -> Answer {
    let who = call.principal.as_deref();
    let rows = call
        .world
        .list("cloudbilling/billingAccounts")
        .into_iter()
        .filter(|(key, _)| roles::allowed(call.world, who, key, "billing.accounts.get"))
        .map(|(_, account)| account.clone())
        .collect();
    Ok(call.page("billingAccounts", rows))
}

fn projects(call: &Call) -> Answer {
    let (_, account) = account(call, "billing.resourceAssociations.list")?;
    let rows = call
        .world
        .below("cloudbilling/projects/")
        .into_iter()
        .filter(|(_, info)| info["billingAccountName"] == account["name"])
        .map(|(_, info)| info.clone())
        .collect();
    Ok(call.page("projectBillingInfo", rows))
}

/// A project that was never linked has an info all the same, with an empty account.
fn info(call: &Call, project: &str) -> Value {
    let stored = call.world.get(&format!("cloudbilling/projects/{project}/billingInfo")).cloned();
    stored.unwrap_or_else(|| {
        json!({"name": format!("projects/{project}/billingInfo"), "projectId": project,
               "billingAccountName": "", "billingEnabled": false})
    })
}

fn update(call: &mut Call) -> Answer {
    let project = project(call, "resourcemanager.projects.createBillingAssignment")?;
    let name = call.text("billingAccountName").to_owned();
    let mut enabled = false;
    if !name.is_empty() {
        let id = name.strip_prefix("billingAccounts/").unwrap_or("");
        if !well_formed(id) {
            return Err(ApiError::invalid("Request contains an invalid argument."));
        }
        let key = account_key(id);
        let account = call.world.get(&key).ok_or_else(denied)?;
        if !roles::allowed(call.world, call.principal.as_deref(), &key, "billing.resourceAssociations.create")
        {
            return Err(denied());
        }
        // Linking to a closed account succeeds and pays nothing [description: billingEnabled].
        enabled = account["open"] == true;
    }
    let info = json!({"name": format!("projects/{project}/billingInfo"), "projectId": project,
                      "billingAccountName": name, "billingEnabled": enabled});
    call.world.put(&format!("cloudbilling/projects/{project}/billingInfo"), info.clone());
    Ok(info.into())
}

/// `012345-567890-ABCDEF`
fn well_formed(id: &str) -> bool {
    let parts: Vec<&str> = id.split('-').collect();
    parts.len() == 3
        && parts
            .iter()
            .all(|p| p.len() == 6 && p.chars().all(|c| c.is_ascii_digit() || ('A'..='F').contains(&c)))
}

#[cfg(test)]
mod tests {
    use crate::testing::Testing;
    use serde_json::{Value, json};

    const HOST: &str = "cloudbilling.googleapis.com";

    #[test]
    fn a_project_is_linked_and_unlinked() {
        let mut t = Testing::new();
        let open = json!({"billingAccountName": "billingAccounts/000000-000000-000000"});
        assert_eq!(t.ok("PUT", HOST, "/v1/projects/111/billingInfo", open)["billingEnabled"], true);
        let none = t.ok("PUT", HOST, "/v1/projects/p/billingInfo", json!({"billingAccountName": ""}));
        assert_eq!(none["billingEnabled"], false);
        assert_eq!(t.ok("GET", HOST, "/v1/projects/p/billingInfo", Value::Null), none);
    }

    #[test]
    fn what_does_not_exist_looks_like_what_may_not_be_seen() {
        let mut t = Testing::new();
        assert_eq!(t.refused("GET", HOST, "/v1/projects/nope-nope/billingInfo", Value::Null).0, 403);
        assert_eq!(t.refused("GET", HOST, "/v1/billingAccounts/111111-111111-111111", Value::Null).0, 403);
        let other = json!({"billingAccountName": "billingAccounts/111111-111111-111111"});
        assert_eq!(t.refused("PUT", HOST, "/v1/projects/p/billingInfo", other).0, 403);
        let malformed = json!({"billingAccountName": "billingAccounts/x"});
        assert_eq!(t.refused("PUT", HOST, "/v1/projects/p/billingInfo", malformed).0, 400);
    }

    #[test]
    fn a_closed_account_pays_nothing() {
        let mut t = Testing::new();
        t.world().put(
            "cloudbilling/billingAccounts/AAAAAA-AAAAAA-AAAAAA",
            json!({"name": "billingAccounts/AAAAAA-AAAAAA-AAAAAA", "open": false}),
        );
        let closed = json!({"billingAccountName": "billingAccounts/AAAAAA-AAAAAA-AAAAAA"});
        assert_eq!(t.ok("PUT", HOST, "/v1/projects/p/billingInfo", closed)["billingEnabled"], false);
    }
}
