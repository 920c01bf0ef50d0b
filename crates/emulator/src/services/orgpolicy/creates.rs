//! What organization policies say to a request that makes or changes something, asked of every request in the gate,
//! so that no service forgets it.

use super::enforce::{check, enforced};
use crate::call::Call;
use crate::error::ApiError;

/// Refuses what a policy forbids.
pub fn check_request(call: &Call) -> Result<(), ApiError> {
    let project = match call.project() {
        "" => call.query("project").and_then(|p| call.world.project_id(p)),
        id => call.world.project_id(id),
    };
    let Some(project) = project else { return Ok(()) };
    place(call, &project)?;
    match call.route.api.api.as_str() {
        "run" => service(call, &project),
        "sqladmin" => instance(call, &project),
        _ => Ok(()),
    }
}

/// A create in a place where `gcp.resourceLocations` allows none. What is global is exempt.
fn place(call: &Call, project: &str) -> Result<(), ApiError> {
    let creates = call.route.id.ends_with(".create") || call.route.id.ends_with(".insert");
    if !creates || call.route.method.method != "POST" {
        return Ok(());
    }
    let place = match call.route.api.api.as_str() {
        "sqladmin" if call.route.id == "instances.insert" => call.text("region").to_owned(),
        "storage" if call.route.id == "buckets.insert" => call.text("location").to_owned(),
        "run" => call.host.strip_suffix("-run.googleapis.com").unwrap_or("").to_owned(),
        _ => {
            let named = ["locationsId", "region"].iter().map(|p| call.param(p)).find(|p| !p.is_empty());
            named.unwrap_or("").to_owned()
        }
    };
    if place.is_empty() || place == "global" || place == "-" {
        return Ok(());
    }
    check(call.world, project, "gcp.resourceLocations", &place)
}

/// Cloud Run's ingress and egress. Where the request names none, Google's defaults count.
fn service(call: &Call, project: &str) -> Result<(), ApiError> {
    if !["namespaces.services.create", "namespaces.services.replaceService"].contains(&call.route.id) {
        return Ok(());
    }
    let ingress = &call.body["metadata"]["annotations"]["run.googleapis.com/ingress"];
    check(call.world, project, "run.allowedIngress", ingress.as_str().unwrap_or("all"))?;
    let egress =
        &call.body["spec"]["template"]["metadata"]["annotations"]["run.googleapis.com/vpc-access-egress"];
    check(call.world, project, "run.allowedVPCEgress", egress.as_str().unwrap_or("private-ranges-only"))
}

/// `sql.restrictPublicIp`
fn instance(call: &Call, project: &str) -> Result<(), ApiError> {
    let changes = ["instances.insert", "instances.patch", "instances.update"].contains(&call.route.id);
    let address = &call.body["settings"]["ipConfiguration"]["ipv4Enabled"];
    let public = match call.route.id {
        // Google gives an instance a public address unless it is told not to.
        "instances.insert" => *address != false,
        _ => *address == true,
    };
    if changes && public && enforced(call.world, project, "sql.restrictPublicIp") {
        return Err(ApiError::failed_precondition(
            "Organization Policy check failure: the external IP of this instance violates the \
             constraints/sql.restrictPublicIp enforced.",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::Testing;
    use serde_json::{Value, json};

    fn set(t: &mut Testing, constraint: &str, policy: Value) {
        let mut policy = json!({ "policy": policy });
        policy["policy"]["constraint"] = json!(format!("constraints/{constraint}"));
        t.ok("POST", "cloudresourcemanager.googleapis.com", "/v1/projects/p:setOrgPolicy", policy);
    }

    #[test]
    fn a_service_that_takes_all_requests_is_refused_where_only_internal_ones_are_allowed() {
        let mut t = Testing::new();
        set(&mut t, "run.allowedIngress", json!({"listPolicy": {"allowedValues": ["is:internal"]}}));
        let (status, text) = t.refused(
            "POST",
            "us-central1-run.googleapis.com",
            "/apis/serving.knative.dev/v1/namespaces/p/services",
            json!({"apiVersion": "serving.knative.dev/v1", "kind": "Service", "metadata": {"name": "s"}}),
        );
        assert_eq!(status, 400);
        assert!(text.contains("'all' violates constraint 'constraints/run.allowedIngress'"), "{text}");
    }

    #[test]
    fn a_public_address_is_refused_where_it_is_restricted() {
        let mut t = Testing::new();
        set(&mut t, "sql.restrictPublicIp", json!({"booleanPolicy": {"enforced": true}}));
        let body = json!({"name": "i", "region": "us-central1", "databaseVersion": "POSTGRES_15", "settings": {"tier": "db-f1-micro"}});
        let (status, text) =
            t.refused("POST", "sqladmin.googleapis.com", "/sql/v1beta4/projects/p/instances", body);
        assert_eq!(status, 400);
        assert!(text.contains("constraints/sql.restrictPublicIp"), "{text}");
    }
}
