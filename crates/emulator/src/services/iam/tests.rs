use crate::testing::Testing;
use serde_json::{Value, json};

const HOST: &str = "iam.googleapis.com";
const CRM: &str = "cloudresourcemanager.googleapis.com";
const EMAIL: &str = "x-account@p.iam.gserviceaccount.com";

fn with_account() -> Testing {
    let mut t = Testing::new();
    let body = json!({"accountId": "x-account", "serviceAccount": {"displayName": "X", "email": "ignored"}});
    t.ok("POST", HOST, "/v1/projects/p/serviceAccounts", body);
    t
}

fn path(verb: &str) -> String {
    format!("/v1/projects/-/serviceAccounts/{EMAIL}{verb}")
}

#[test]
fn an_account_is_made_found_changed_and_its_name_is_taken() {
    let mut t = with_account();
    let account = t.ok("GET", HOST, &path(""), Value::Null);
    assert_eq!((&account["email"], &account["displayName"]), (&json!(EMAIL), &json!("X")));
    let unique = account["uniqueId"].as_str().unwrap();
    assert_eq!(t.ok("GET", HOST, &format!("/v1/projects/p/serviceAccounts/{unique}"), Value::Null), account);
    let again = t.refused("POST", HOST, "/v1/projects/p/serviceAccounts", json!({"accountId": "x-account"}));
    assert_eq!(
        again,
        (409, "Service account x-account already exists within project projects/p.".to_owned())
    );
    let change = json!({"serviceAccount": {"description": "why", "displayName": "ignored"}, "updateMask": "description"});
    let changed = t.ok("PATCH", HOST, &path(""), change);
    assert_eq!((&changed["description"], &changed["displayName"]), (&json!("why"), &json!("X")));
    let name = json!({"serviceAccount": {"email": "e"}, "updateMask": "email"});
    assert_eq!(t.refused("PATCH", HOST, &path(""), name).0, 400);
}

#[test]
fn ids_have_six_to_thirty_characters() {
    let mut t = Testing::new();
    for id in ["short", "1starts", "ends-", "Upper-case", "much-too-long-for-a-service-account"] {
        assert_eq!(
            t.refused("POST", HOST, "/v1/projects/p/serviceAccounts", json!({ "accountId": id })).0,
            400,
            "{id}"
        );
    }
}

#[test]
fn what_is_not_there_is_said_to_be_unknown_only_to_who_may_look() {
    let mut t = Testing::new();
    assert_eq!(t.refused("GET", HOST, &path(""), Value::Null), (404, "Unknown service account".to_owned()));
    let elsewhere = "/v1/projects/-/serviceAccounts/x@other-project.iam.gserviceaccount.com";
    assert_eq!(t.refused("GET", HOST, elsewhere, Value::Null).0, 403);
    t.principal = Some("nobody@example.com".to_owned());
    assert_eq!(t.refused("GET", HOST, &path(""), Value::Null).0, 403);
}

#[test]
fn a_deleted_account_leaves_a_tombstone_in_policies() {
    let mut t = with_account();
    let member = format!("serviceAccount:{EMAIL}");
    let policy = json!({"policy": {"bindings": [{"role": "roles/run.developer", "members": [member]}]}});
    t.ok("POST", CRM, "/v1/projects/p:setIamPolicy", policy);
    let unique = t.ok("GET", HOST, &path(""), Value::Null)["uniqueId"].as_str().unwrap().to_owned();
    t.ok("DELETE", HOST, &path(""), Value::Null);
    let read = |t: &mut Testing| {
        t.ok("POST", CRM, "/v1/projects/p:getIamPolicy", json!({}))["bindings"][0]["members"][0].clone()
    };
    assert_eq!(read(&mut t), format!("deleted:serviceAccount:{EMAIL}?uid={unique}"));
    // A new account of the same name gets nothing of the old one.
    t.ok("POST", HOST, "/v1/projects/p/serviceAccounts", json!({"accountId": "x-account"}));
    assert_eq!(read(&mut t), format!("deleted:serviceAccount:{EMAIL}?uid={unique}"));
    t.ok("DELETE", HOST, &path(""), Value::Null);
    t.ok("POST", HOST, &format!("/v1/projects/-/serviceAccounts/{unique}:undelete"), json!({}));
    assert_eq!(read(&mut t), member);
}

#[test]
fn the_api_must_be_on_also_for_accounts_in_any_project() {
    let mut t = with_account();
    t.world().remove("serviceusage/projects/p/services/iam.googleapis.com");
    let (status, text) = t.refused("GET", HOST, &path(""), Value::Null);
    assert_eq!(status, 403);
    assert!(text.contains("has not been used in project 111 before or it is disabled"), "{text}");
}

#[test]
fn an_accounts_own_policy_takes_only_what_is_about_accounts() {
    let mut t = with_account();
    let set = |role: &str| json!({"policy": {"bindings": [{"role": role, "members": [format!("serviceAccount:{EMAIL}")]}]}});
    let target = path(":setIamPolicy");
    t.ok("POST", HOST, &target, set("roles/iam.serviceAccountUser"));
    let (status, text) = t.refused("POST", HOST, &target, set("roles/run.invoker"));
    assert_eq!((status, text.as_str()), (400, "Role roles/run.invoker is not supported for this resource."));
}

#[test]
fn a_projects_own_role_can_be_granted_until_it_is_deleted() {
    let mut t = with_account();
    let role = json!({"roleId": "reader", "role": {"title": "R", "includedPermissions": ["secretmanager.versions.access"]}});
    t.ok("POST", HOST, "/v1/projects/p/roles", role);
    let policy = json!({"policy": {"bindings": [{"role": "projects/p/roles/reader", "members": [format!("serviceAccount:{EMAIL}")]}]}});
    t.ok("POST", CRM, "/v1/projects/p:setIamPolicy", policy.clone());
    let who = format!("serviceAccount:{EMAIL}");
    let secret = "secretmanager/projects/p/secrets/s";
    assert!(crate::services::roles::allowed(&t.world(), Some(&who), secret, "secretmanager.versions.access"));
    t.ok("DELETE", HOST, "/v1/projects/p/roles/reader", Value::Null);
    assert!(!crate::services::roles::allowed(
        &t.world(),
        Some(&who),
        secret,
        "secretmanager.versions.access"
    ));
    assert_eq!(t.refused("POST", CRM, "/v1/projects/p:setIamPolicy", policy).0, 400);
}
