use crate::clock::Scale;
use crate::operation::Start;
use crate::testing::Testing;
use serde_json::{Value, json};

const CRM: &str = "cloudresourcemanager.googleapis.com";
const USAGE: &str = "serviceusage.googleapis.com";

/// A new project without billing.
fn bare() -> Testing {
    let mut t = Testing::empty();
    t.ok("POST", CRM, "/v1/projects", json!({"projectId": "new-project"}));
    t
}

fn paying() -> Testing {
    let mut t = bare();
    t.ok(
        "PUT",
        "cloudbilling.googleapis.com",
        "/v1/projects/new-project/billingInfo",
        json!({"billingAccountName": "billingAccounts/000000-000000-000000"}),
    );
    t
}

fn enabled(t: &mut Testing) -> Vec<String> {
    let list = t.ok(
        "GET",
        USAGE,
        "/v1/projects/new-project/services?filter=state:ENABLED&pageSize=200",
        Value::Null,
    );
    let rows = list["services"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|s| s["config"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_must_be_paid_for_is_refused_without_billing() {
    let mut t = bare();
    let ids = json!({"serviceIds": ["run.googleapis.com", "iam.googleapis.com", "compute.googleapis.com"]});
    let (status, body) = t.call("POST", USAGE, "/v1/projects/new-project/services:batchEnable", ids);
    assert_eq!((status, &body["error"]["status"]), (400, &json!("FAILED_PRECONDITION")));
    let number = t.world().project_number("new-project").unwrap();
    assert_eq!(
        body["error"]["message"],
        format!(
            "Billing account for project '{number}' is not found. Billing must be enabled for activation of service(s) \
             'run.googleapis.com,compute.googleapis.com' to proceed."
        )
    );
    assert_eq!(body["error"]["details"][1]["reason"], "UREQ_PROJECT_BILLING_NOT_FOUND");
    assert_eq!(enabled(&mut t), Vec::<String>::new());
    t.ok("POST", USAGE, "/v1/projects/new-project/services/iam.googleapis.com:enable", json!({}));
    assert_eq!(enabled(&mut t), ["iam.googleapis.com"]);
}

#[test]
fn more_than_twenty_at_once_are_refused_and_nothing_changes() {
    let mut t = paying();
    let ids: Vec<&str> = super::catalogue::APIS.iter().map(|a| a.name).take(21).collect();
    let (status, _) = t.refused(
        "POST",
        USAGE,
        "/v1/projects/new-project/services:batchEnable",
        json!({ "serviceIds": ids }),
    );
    assert_eq!(status, 400);
    assert!(enabled(&mut t).is_empty());
    t.ok("POST", USAGE, "/v1/projects/new-project/services:batchEnable", json!({"serviceIds": ids[..20]}));
    assert!(enabled(&mut t).len() >= 20);
}

#[test]
fn an_unknown_api_spoils_the_whole_batch() {
    let mut t = paying();
    let ids = json!({"serviceIds": ["iam.googleapis.com", "compute"]});
    let (status, text) = t.refused("POST", USAGE, "/v1/projects/new-project/services:batchEnable", ids);
    assert_eq!((status, text.as_str()), (403, "Not found or permission denied for service(s): compute."));
    assert!(enabled(&mut t).is_empty());
}

#[test]
fn compute_brings_a_network_that_is_open_to_the_world_and_editors() {
    let mut t = paying();
    t.ok("POST", USAGE, "/v1/projects/new-project/services/compute.googleapis.com:enable", json!({}));
    let world = t.world();
    let number = world.project_number("new-project").unwrap();
    let network = world.get("compute/projects/new-project/global/networks/default").unwrap();
    assert_eq!(network["autoCreateSubnetworks"], true);
    assert_eq!(world.list("compute/projects/new-project/global/firewalls").len(), 4);
    let ssh = world.get("compute/projects/new-project/global/firewalls/default-allow-ssh").unwrap();
    assert_eq!(ssh["sourceRanges"], json!(["0.0.0.0/0"]));
    let key = "cloudresourcemanager/projects/new-project";
    let member = format!("serviceAccount:{number}-compute@developer.gserviceaccount.com");
    assert!(crate::policy::has(&world, key, "roles/editor", &member));
}

#[test]
fn an_identity_is_made_once_and_gets_its_role() {
    let mut t = paying();
    let path = "/v1beta1/projects/new-project/services/redis.googleapis.com:generateServiceIdentity";
    let first = t.ok("POST", USAGE, path, Value::Null);
    assert_eq!(first["done"], true);
    assert_eq!(first, t.ok("POST", USAGE, path, Value::Null));
    let policy = t.ok("POST", CRM, "/v1/projects/new-project:getIamPolicy", json!({}));
    let member = format!("serviceAccount:{}", first["response"]["email"].as_str().unwrap());
    let agents: Vec<&Value> = policy["bindings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|b| b["role"] == "roles/redis.serviceAgent")
        .collect();
    assert_eq!(agents, [&json!({"role": "roles/redis.serviceAgent", "members": [member]})]);
}

#[test]
fn what_is_not_on_cannot_be_switched_off_nor_what_others_need() {
    let mut t = paying();
    let path = "/v1/projects/new-project/services/oslogin.googleapis.com:disable";
    assert_eq!(t.refused("POST", USAGE, path, json!({})).0, 400);
    t.ok("POST", USAGE, "/v1/projects/new-project/services/compute.googleapis.com:enable", json!({}));
    assert!(t.refused("POST", USAGE, path, json!({})).1.contains("compute.googleapis.com"));
    t.ok("POST", USAGE, path, json!({"disableDependentServices": true}));
    assert!(!enabled(&mut t).contains(&"compute.googleapis.com".to_owned()));
}

#[test]
fn an_operation_takes_its_time() {
    let mut t = Testing::slow();
    t.world().remove("serviceusage/projects/p/services/redis.googleapis.com");
    let started = t.ok("POST", USAGE, "/v1/projects/p/services/redis.googleapis.com:enable", json!({}));
    assert_eq!(started["done"], false);
    assert!(!t.world().api_enabled("p", "redis.googleapis.com"));
    t.finish();
    let name = started["name"].as_str().unwrap();
    let ended = t.ok("GET", USAGE, &format!("/v1/{name}"), Value::Null);
    assert_eq!(ended["response"]["service"]["state"], "ENABLED");
    assert!(t.world().api_enabled("p", "redis.googleapis.com"));
}

#[test]
fn one_change_of_a_projects_apis_at_a_time() {
    let mut t = paying();
    let number = t.world().project_number("new-project").unwrap();
    let names = json!([format!("services/compute.googleapis.com/projectSettings/{number}")]);
    let running = Start { seconds: 20.0, meta: json!({ "resourceNames": names }), ..Start::default() };
    let mut world = t.world();
    world.scale = Scale(1.0);
    world.start("serviceusage/operations/one", running);
    drop(world);
    let path = "/v1/projects/new-project/services:batchEnable";
    let (status, text) = t.refused("POST", USAGE, path, json!({"serviceIds": ["redis.googleapis.com"]}));
    assert_eq!(status, 400);
    assert_eq!(
        text,
        "Another activation or deactivation is in progress for the following service(s): compute.googleapis.com."
    );
}
