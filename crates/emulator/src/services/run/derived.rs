//! Configurations and routes: two views of a service.

use super::{listing, region, selected, service};
use crate::call::{Answer, Call};
use serde_json::{Value, json};

pub fn get(call: &Call, kind: &str) -> Answer {
    let region = region(call)?;
    let name = if kind.ends_with("routes") { "routesId" } else { "configurationsId" };
    let (_, service) = service::named(call, &region, call.param(name))?;
    Ok(view(&service, kind).into())
}

pub fn list(call: &Call, kind: &str) -> Answer {
    let rows: Vec<Value> =
        service::all(call, &region(call)?).iter().map(|service| view(service, kind)).collect();
    let list = if kind.ends_with("routes") { "RouteList" } else { "ConfigurationList" };
    listing(call, list, selected(call, rows))
}

fn view(service: &Value, kind: &str) -> Value {
    let route = kind.ends_with("routes");
    let meta = &service["metadata"];
    let mut labels = meta["labels"].clone();
    labels["serving.knative.dev/service"] = meta["name"].clone();
    let mut metadata = json!({"name": meta["name"], "namespace": meta["namespace"], "labels": labels,
        "uid": format!("{}-{}", if route { "route" } else { "configuration" }, meta["uid"].as_str().unwrap_or("")),
        "generation": meta["generation"], "resourceVersion": meta["resourceVersion"],
        "creationTimestamp": meta["creationTimestamp"]});
    metadata["annotations"] = json!({});
    let status = &service["status"];
    let ready = if route { "RoutesReady" } else { "ConfigurationsReady" };
    let condition = status["conditions"].as_array().into_iter().flatten().find(|c| c["type"] == ready);
    let mut condition = condition.cloned().unwrap_or_default();
    condition["type"] = json!("Ready");
    let mut shown = json!({"observedGeneration": status["observedGeneration"], "conditions": [condition]});
    let fields: &[&str] = if route {
        &["traffic", "url", "address"]
    } else {
        &["latestCreatedRevisionName", "latestReadyRevisionName"]
    };
    for field in fields {
        if !status[field].is_null() {
            shown[field] = status[field].clone();
        }
    }
    let spec = if route {
        json!({"traffic": service["spec"]["traffic"]})
    } else {
        json!({"template": service["spec"]["template"]})
    };
    json!({"apiVersion": "serving.knative.dev/v1", "kind": if route { "Route" } else { "Configuration" },
           "metadata": metadata, "spec": spec, "status": shown})
}
