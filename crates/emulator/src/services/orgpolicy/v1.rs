//! Organization policies as Cloud Resource Manager v1 shows them (`gcloud resource-manager org-policies`).

use super::{Constraint, Kind, constraint, constraints, effective};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::services::{roles, unserved};
use serde_json::{Value, json};

/// Answers a method of Cloud Resource Manager: `projects.getEffectiveOrgPolicy`, `organizations.setOrgPolicy` ...
pub fn handle(id: &str, call: &mut Call) -> Answer {
    let verb = id.rsplit('.').next().unwrap_or("");
    let place = place(call, verb)?;
    let prefix = format!("orgpolicy/{place}/policies");
    match verb {
        "listAvailableOrgPolicyConstraints" => {
            let rows: Vec<Value> = constraints::CONSTRAINTS.iter().map(Constraint::shown_v1).collect();
            Ok(json!({ "constraints": rows }).into())
        }
        "listOrgPolicies" => {
            let rows = call.world.list(&prefix);
            let rows: Vec<Value> = rows
                .into_iter()
                .filter_map(|(key, policy)| {
                    let constraint = constraint(key.rsplit('/').next()?).ok()?;
                    Some(shown(constraint, &policy["spec"]))
                })
                .collect();
            Ok(if rows.is_empty() { json!({}) } else { json!({ "policies": rows }) }.into())
        }
        "getOrgPolicy" => {
            let constraint = constraint(call.text("constraint"))?;
            let spec = call.world.get(&format!("{prefix}/{}", constraint.name)).map(|p| p["spec"].clone());
            Ok(match spec {
                Some(spec) => shown(constraint, &spec),
                None => json!({"constraint": format!("constraints/{}", constraint.name)}),
            }
            .into())
        }
        "getEffectiveOrgPolicy" => {
            let constraint = constraint(call.text("constraint"))?;
            let spec = match place.strip_prefix("projects/") {
                Some(project) => effective(call.world, project, constraint),
                None => call
                    .world
                    .get(&format!("{prefix}/{}", constraint.name))
                    .map_or_else(|| json!({"rules": [constraint.default_rule()]}), |p| p["spec"].clone()),
            };
            let mut policy = shown(constraint, &spec);
            policy.as_object_mut().map(|map| map.remove("etag"));
            Ok(policy.into())
        }
        "clearOrgPolicy" => {
            let constraint = constraint(call.text("constraint"))?;
            call.world.remove(&format!("{prefix}/{}", constraint.name));
            Ok(Reply::empty())
        }
        "setOrgPolicy" => set(call, &prefix),
        _ => unserved(id),
    }
}

fn place(call: &Call, verb: &str) -> Result<String, ApiError> {
    let denied = || ApiError::permission_denied("The caller does not have permission");
    let place = match call.param("organizationsId") {
        "" => format!("projects/{}", call.world.project_id(call.param("projectsId")).ok_or_else(denied)?),
        id => format!("organizations/{id}"),
    };
    let key = format!("cloudresourcemanager/{place}");
    let permission = match verb {
        "setOrgPolicy" | "clearOrgPolicy" => "orgpolicy.policy.set",
        _ => "orgpolicy.policy.get",
    };
    // The owner of everything is in every organization.
    if !roles::allowed(call.world, call.principal.as_deref(), &key, permission) {
        return Err(denied());
    }
    Ok(place)
}

/// v2 rules as a v1 policy.
fn shown(constraint: &Constraint, spec: &Value) -> Value {
    let mut policy = json!({"constraint": format!("constraints/{}", constraint.name)});
    if let Some(etag) = spec["etag"].as_str() {
        use base64::Engine as _;
        policy["etag"] = json!(base64::engine::general_purpose::STANDARD.encode(etag));
        policy["updateTime"] = spec["updateTime"].clone();
    }
    if spec["reset"] == true {
        policy["restoreDefault"] = json!({});
        return policy;
    }
    let rules = spec["rules"].as_array().cloned().unwrap_or_default();
    if constraint.kind == Kind::Boolean {
        let enforced = rules.iter().any(|rule| rule["enforce"] == true);
        policy["booleanPolicy"] = if enforced { json!({"enforced": true}) } else { json!({}) };
        return policy;
    }
    let mut list = json!({});
    if rules.iter().any(|rule| rule["denyAll"] == true) {
        list["allValues"] = json!("DENY");
    } else if rules.iter().any(|rule| rule["allowAll"] == true) {
        list["allValues"] = json!("ALLOW");
    } else {
        for field in ["allowedValues", "deniedValues"] {
            let values: Vec<&Value> = rules
                .iter()
                .flat_map(|rule| rule["values"][field].as_array().into_iter().flatten())
                .collect();
            if !values.is_empty() {
                list[field] = json!(values);
            }
        }
    }
    if spec["inheritFromParent"] == true {
        list["inheritFromParent"] = json!(true);
    }
    policy["listPolicy"] = list;
    policy
}

fn set(call: &mut Call, prefix: &str) -> Answer {
    let policy = call.body["policy"].clone();
    let constraint = constraint(policy["constraint"].as_str().unwrap_or(""))?;
    let fits = match constraint.kind {
        Kind::Boolean => policy["listPolicy"].is_null(),
        Kind::List => policy["booleanPolicy"].is_null(),
    };
    if !fits {
        return Err(ApiError::invalid("Request contains an invalid argument."));
    }
    let list = &policy["listPolicy"];
    let rule = match (constraint.kind, list["allValues"].as_str()) {
        (Kind::Boolean, _) => json!({"enforce": policy["booleanPolicy"]["enforced"] == true}),
        (_, Some("ALLOW")) => json!({"allowAll": true}),
        (_, Some("DENY")) => json!({"denyAll": true}),
        _ => {
            let mut values = json!({});
            for field in ["allowedValues", "deniedValues"] {
                if list[field].is_array() {
                    values[field] = list[field].clone();
                }
            }
            json!({ "values": values })
        }
    };
    let mut spec = json!({"etag": call.world.hex(16), "updateTime": call.world.stamp()});
    if policy["restoreDefault"].is_object() {
        spec["reset"] = json!(true);
    } else {
        spec["rules"] = json!([rule]);
    }
    if list["inheritFromParent"] == true {
        spec["inheritFromParent"] = json!(true);
    }
    let answer = shown(constraint, &spec);
    let owner = prefix.trim_start_matches("orgpolicy/").trim_end_matches("/policies");
    let owner = match owner.strip_prefix("projects/") {
        Some(id) => format!("projects/{}", call.world.project_number(id).unwrap_or_default()),
        None => owner.to_owned(),
    };
    let stored = json!({"name": format!("{owner}/policies/{}", constraint.name), "spec": spec});
    call.world.put(&format!("{prefix}/{}", constraint.name), stored);
    Ok(answer.into())
}
