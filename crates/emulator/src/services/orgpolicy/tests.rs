use crate::services::orgpolicy;
use crate::testing::Testing;
use serde_json::{Value, json};

const V2: &str = "orgpolicy.googleapis.com";
const CRM: &str = "cloudresourcemanager.googleapis.com";

fn set(t: &mut Testing, constraint: &str, list: Value) {
    let policy = json!({"policy": {"constraint": format!("constraints/{constraint}"), "listPolicy": list}});
    t.ok("POST", CRM, "/v1/projects/p:setOrgPolicy", policy);
}

#[test]
fn a_policy_that_is_set_one_way_is_read_the_other() {
    let mut t = Testing::new();
    let asked = json!({"constraint": "constraints/gcp.resourceLocations"});
    let before = t.ok("POST", CRM, "/v1/projects/p:getEffectiveOrgPolicy", asked.clone());
    assert_eq!(before["listPolicy"], json!({"allValues": "ALLOW"}));
    let path = "/v2/projects/p/policies";
    let rules = json!([{"values": {"allowedValues": ["in:europe-locations"]}}]);
    t.ok(
        "POST",
        V2,
        path,
        json!({"name": "projects/p/policies/gcp.resourceLocations", "spec": {"rules": rules}}),
    );
    let after = t.ok("POST", CRM, "/v1/projects/p:getEffectiveOrgPolicy", asked);
    assert_eq!(after["listPolicy"], json!({"allowedValues": ["in:europe-locations"]}));
    let v2 = t.ok("GET", V2, "/v2/projects/p/policies/gcp.resourceLocations:getEffectivePolicy", Value::Null);
    assert_eq!(v2["spec"]["rules"], rules);
    assert_eq!(v2["name"], "projects/111/policies/gcp.resourceLocations");
    t.ok("DELETE", V2, "/v2/projects/p/policies/gcp.resourceLocations", Value::Null);
    assert_eq!(t.refused("GET", V2, "/v2/projects/p/policies/gcp.resourceLocations", Value::Null).0, 404);
}

#[test]
fn what_an_organization_forbids_holds_in_its_projects() {
    let mut t = Testing::new();
    t.world().get_mut("cloudresourcemanager/projects/p").unwrap()["parent"] =
        json!({"type": "organization", "id": "7"});
    t.world().put("cloudresourcemanager/organizations/7", json!({"name": "organizations/7"}));
    let policy = json!({"policy": {"constraint": "constraints/compute.skipDefaultNetworkCreation", "booleanPolicy": {"enforced": true}}});
    t.ok("POST", CRM, "/v1/organizations/7:setOrgPolicy", policy);
    assert!(orgpolicy::enforced(&t.world(), "p", "compute.skipDefaultNetworkCreation"));
    let path = "/v2/projects/p/policies";
    let own = json!({"name": "projects/p/policies/compute.skipDefaultNetworkCreation", "spec": {"rules": [{"enforce": false}]}});
    t.ok("POST", V2, path, own);
    assert!(!orgpolicy::enforced(&t.world(), "p", "compute.skipDefaultNetworkCreation"));
}

#[test]
fn values_are_matched_with_their_prefixes() {
    let mut t = Testing::new();
    set(&mut t, "gcp.resourceLocations", json!({"allowedValues": ["in:us-locations", "europe-west1"]}));
    let world = t.world();
    for (place, fine) in
        [("us-central1", true), ("US", true), ("europe-west1", true), ("europe-west2", false)]
    {
        assert_eq!(orgpolicy::permits(&world, "p", "gcp.resourceLocations", place), fine, "{place}");
    }
}

#[test]
fn everyone_is_kept_out_where_domains_are_restricted_unless_already_in() {
    let mut t = Testing::new();
    let key = "secretmanager/projects/p/secrets/s";
    let put = |t: &mut Testing| {
        let policy =
            json!({"bindings": [{"role": "roles/secretmanager.secretAccessor", "members": ["allUsers"]}]});
        crate::policy::store(&mut t.world(), key, policy)
    };
    set(&mut t, "iam.allowedPolicyMemberDomains", json!({"allowedValues": ["C0abc"]}));
    let refusal = put(&mut t).unwrap_err();
    assert!(
        refusal
            .message
            .starts_with("One or more users named in the policy do not belong to a permitted customer")
    );
    t.ok(
        "POST",
        CRM,
        "/v1/projects/p:clearOrgPolicy",
        json!({"constraint": "constraints/iam.allowedPolicyMemberDomains"}),
    );
    put(&mut t).unwrap();
    set(&mut t, "iam.allowedPolicyMemberDomains", json!({"allowedValues": ["C0abc"]}));
    put(&mut t).unwrap();
}

#[test]
fn nothing_regional_is_made_in_a_place_that_is_forbidden() {
    let mut t = Testing::new();
    set(&mut t, "gcp.resourceLocations", json!({"allowedValues": ["in:europe-locations"]}));
    let (status, text) = t.refused(
        "POST",
        "redis.googleapis.com",
        "/v1/projects/p/locations/us-central1/instances?instanceId=x",
        json!({"tier": "BASIC", "memorySizeGb": 1}),
    );
    assert_eq!(status, 400);
    assert!(text.contains("constraints/gcp.resourceLocations"), "{text}");
}
