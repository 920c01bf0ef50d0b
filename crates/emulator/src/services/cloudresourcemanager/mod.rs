//! Cloud Resource Manager API, v1: projects, their policies, their place under organizations and folders.

mod filter;
mod projects;

use super::{orgpolicy, roles, unserved};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::policy;
use serde_json::{Value, json};

/// The permission that a method asks for: this API checks for itself, since a project that does not exist must look
/// like one that may not be seen.
pub fn permission(_id: &str) -> Option<&'static str> {
    None
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    match id {
        "operations.get" => operation(call),
        "projects.create" => projects::create(call),
        "projects.list" => projects::list(call),
        "projects.get" => {
            let key = project(call, "projectId", "resourcemanager.projects.get")?;
            Ok(call.world.get(&key).cloned().unwrap_or(Value::Null).into())
        }
        "projects.update" => projects::update(call),
        "projects.delete" => projects::delete(call),
        "projects.undelete" => projects::undelete(call),
        "projects.getAncestry" => {
            let key = project(call, "projectId", "resourcemanager.projects.get")?;
            Ok(projects::ancestry(call, &key).into())
        }
        "projects.getIamPolicy" => {
            policy::get(call, &project(call, "resource", "resourcemanager.projects.getIamPolicy")?)
        }
        "projects.setIamPolicy" => projects::set_policy(call),
        "projects.testIamPermissions" => {
            let key = project(call, "resource", "")?;
            policy::test(call, &key)
        }
        "organizations.get" => {
            Ok(call.world.get(&organization(call)?).cloned().unwrap_or(Value::Null).into())
        }
        "organizations.search" => {
            let rows = call.world.list("cloudresourcemanager/organizations");
            let rows = rows.into_iter().map(|(_, organization)| organization.clone()).collect();
            Ok(call.page("organizations", rows))
        }
        "organizations.getIamPolicy" => policy::get(call, &organization(call)?),
        "organizations.setIamPolicy" => {
            let key = organization(call)?;
            policy::set(call, &key)
        }
        "organizations.testIamPermissions" => policy::test(call, &organization(call)?),
        _ if id.ends_with("OrgPolicy")
            || id.ends_with("OrgPolicies")
            || id.ends_with("OrgPolicyConstraints") =>
        {
            orgpolicy::handle_v1(id, call)
        }
        _ => unserved(id),
    }
}

fn denied() -> ApiError {
    ApiError::permission_denied("The caller does not have permission")
}

/// The key of the project that a path parameter names, if it is there and the caller has the permission on it.
/// An empty permission asks for existence only.
fn project(call: &Call, parameter: &str, permission: &str) -> Result<String, ApiError> {
    let named = call.param(parameter);
    let id = call.world.project_id(named).ok_or_else(denied)?;
    let key = format!("cloudresourcemanager/projects/{id}");
    if permission.is_empty() || roles::allowed(call.world, call.principal.as_deref(), &key, permission) {
        Ok(key)
    } else {
        Err(denied())
    }
}

fn organization(call: &Call) -> Result<String, ApiError> {
    let key = format!("cloudresourcemanager/organizations/{}", call.param("organizationsId"));
    if call.world.has(&key) { Ok(key) } else { Err(denied()) }
}

fn operation(call: &Call) -> Answer {
    let name = call.param("operationsId");
    let operation =
        call.world.operation(&format!("cloudresourcemanager/operations/{name}")).ok_or_else(|| {
            ApiError::not_found(format!("Requested operation operations/{name} was not found."))
        })?;
    Ok(rendered(operation).into())
}

fn rendered(operation: &crate::operation::Operation) -> Value {
    // [description: ProjectCreationStatus]; deletes and the like have no operation in v1.
    operation.longrunning(json!({
        "@type": "type.googleapis.com/google.cloudresourcemanager.v1.ProjectCreationStatus",
        "createTime": operation.meta["createTime"], "gettable": operation.done, "ready": operation.done,
    }))
}

#[cfg(test)]
mod tests {
    use crate::testing::Testing;
    use serde_json::{Value, json};

    const HOST: &str = "cloudresourcemanager.googleapis.com";

    #[test]
    fn a_project_is_made_listed_deleted_and_its_id_stays_taken() {
        let mut t = Testing::empty();
        let parent = json!({"type": "organization", "id": "123"});
        let body =
            json!({"projectId": "new-project", "name": "New", "labels": {"app": "x"}, "parent": parent});
        assert_eq!(
            t.refused("POST", HOST, "/v1/projects", body.clone()).0,
            400,
            "a name has at least 4 characters"
        );
        let body =
            json!({"projectId": "new-project", "name": "Newer", "labels": {"app": "x"}, "parent": parent});
        let operation = t.ok("POST", HOST, "/v1/projects", body.clone());
        assert_eq!(operation["response"]["projectId"], "new-project");
        let project = t.ok("GET", HOST, "/v1/projects/new-project", Value::Null);
        assert_eq!(project["projectNumber"].as_str().unwrap().len(), 12);
        assert_eq!(project["parent"], parent);
        assert_eq!(t.refused("POST", HOST, "/v1/projects", body.clone()).0, 409);
        let policy = t.ok("POST", HOST, "/v1/projects/new-project:getIamPolicy", json!({}));
        assert_eq!(
            policy["bindings"],
            json!([{"role": "roles/owner", "members": ["user:owner@example.com"]}])
        );
        t.ok("DELETE", HOST, "/v1/projects/new-project", Value::Null);
        let filter = "/v1/projects?filter=lifecycleState%3AACTIVE%20AND%20%28id%3Dnew-project%29";
        assert_eq!(t.ok("GET", HOST, filter, Value::Null), json!({}));
        let deleted = t.ok("GET", HOST, "/v1/projects/new-project", Value::Null);
        assert_eq!(deleted["lifecycleState"], "DELETE_REQUESTED");
        assert_eq!(t.refused("POST", HOST, "/v1/projects", body).0, 409);
        t.ok("POST", HOST, "/v1/projects/new-project:undelete", json!({}));
        assert_eq!(t.ok("GET", HOST, filter, Value::Null)["projects"][0]["projectId"], "new-project");
    }

    #[test]
    fn a_project_that_is_not_there_looks_like_one_that_may_not_be_seen() {
        let mut t = Testing::new();
        let (status, text) = t.refused("GET", HOST, "/v1/projects/nowhere-1", Value::Null);
        assert_eq!((status, text.as_str()), (403, "The caller does not have permission"));
        t.principal = Some("someone@example.com".to_owned());
        assert_eq!(t.refused("GET", HOST, "/v1/projects/p", Value::Null), (status, text));
    }

    #[test]
    fn an_id_that_is_being_made_is_taken_and_free_again_if_it_fails() {
        let mut t = Testing::slow();
        t.ok("POST", HOST, "/v1/projects", json!({"projectId": "new-project"}));
        assert_eq!(t.refused("GET", HOST, "/v1/projects/new-project", Value::Null).0, 403);
        assert_eq!(t.refused("POST", HOST, "/v1/projects", json!({"projectId": "new-project"})).0, 409);
        t.finish();
        t.ok("GET", HOST, "/v1/projects/new-project", Value::Null);
    }

    #[test]
    fn a_project_without_an_organization_keeps_its_last_owner() {
        let mut t = Testing::empty();
        t.ok("POST", HOST, "/v1/projects", json!({"projectId": "new-project"}));
        let (status, body) = t.call(
            "POST",
            HOST,
            "/v1/projects/new-project:setIamPolicy",
            json!({"policy": {"bindings": []}}),
        );
        assert_eq!(
            (status, &body["error"]["details"][0]["type"]),
            (400, &json!("SOLO_REQUIRE_TOS_ACCEPTOR"))
        );
        let everyone = json!({"policy": {"bindings": [{"role": "roles/viewer", "members": ["allUsers"]}]}});
        assert_eq!(t.refused("POST", HOST, "/v1/projects/new-project:setIamPolicy", everyone).0, 400);
    }

    #[test]
    fn ids_follow_their_grammar() {
        let mut t = Testing::empty();
        for id in [
            "short",
            "1digit-first",
            "ends-with-",
            "Upper-case",
            "has_underscore",
            "a-name-that-is-much-too-long-31",
        ] {
            assert_eq!(t.refused("POST", HOST, "/v1/projects", json!({ "projectId": id })).0, 400, "{id}");
        }
    }
}
