//! APIs are switched on and off, and what Google makes when that happens.

use super::catalogue::{self, Api};
use super::{Consumer, identity, shown, unknown};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::{Effect, Operation, Start};
use crate::services::compute;
use serde_json::{Value, json};

/// `services.enable`
pub(super) fn one(call: &mut Call) -> Answer {
    let consumer = Consumer::of(call, "serviceusage.services.enable")?;
    let name = call.param("servicesId").to_owned();
    let apis = known(&[name.as_str()])?;
    let response = json!({"@type": "type.googleapis.com/google.api.serviceusage.v1.EnableServiceResponse",
                          "service": shown(&consumer.number, apis[0], "ENABLED")});
    enable(call, &consumer, &apis, response)
}

/// `services.batchEnable`: at most 20, all or nothing.
pub(super) fn many(call: &mut Call) -> Answer {
    let consumer = Consumer::of(call, "serviceusage.services.enable")?;
    let body = call.body.clone();
    let names: Vec<&str> =
        body["serviceIds"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if names.is_empty() {
        return Err(ApiError::invalid("No services were given.")); // guess
    }
    if names.len() > 20 {
        // [description]; wording: guess
        return Err(ApiError::invalid(format!(
            "Too many services to enable: {}. The maximum number of services that can be enabled in one request is 20.",
            names.len()
        )));
    }
    let apis = known(&names)?;
    let services: Vec<Value> = apis.iter().map(|api| shown(&consumer.number, api, "ENABLED")).collect();
    let response = json!({"@type": "type.googleapis.com/google.api.serviceusage.v1.BatchEnableServicesResponse",
                          "services": services});
    enable(call, &consumer, &apis, response)
}

fn known(names: &[&str]) -> Result<Vec<&'static Api>, ApiError> {
    let unknowns: Vec<&str> = names.iter().copied().filter(|n| catalogue::find(n).is_none()).collect();
    if unknowns.is_empty() {
        Ok(names.iter().filter_map(|name| catalogue::find(name)).collect())
    } else {
        Err(unknown(&unknowns))
    }
}

fn enable(call: &mut Call, consumer: &Consumer, apis: &[&'static Api], response: Value) -> Answer {
    let mut wanted: Vec<&'static Api> = Vec::new();
    let mut queue: Vec<&'static Api> = apis.to_vec();
    while let Some(api) = queue.pop() {
        if !wanted.iter().any(|w| w.name == api.name) && !call.world.api_enabled(&consumer.project, api.name)
        {
            queue.extend(api.brings.iter().filter_map(|name| catalogue::find(name)));
            wanted.push(api);
        }
    }
    if wanted.is_empty() {
        return Ok(noop(response).into());
    }
    check_free(call, consumer)?;
    check_billing(call, consumer, apis)?;
    let mut effects = Vec::new();
    for api in wanted.iter().rev() {
        effects.push(Effect::Put {
            key: consumer.key(api.name),
            data: shown(&consumer.number, api, "ENABLED"),
            hidden: Value::Null,
        });
        effects.extend(brought_by(call, consumer, api));
    }
    let id = format!("acat.p2-{}-{}", consumer.number, call.world.uuid());
    let names: Vec<String> =
        apis.iter().map(|api| format!("services/{}/projectSettings/{}", api.name, consumer.number)).collect();
    let operation = call.world.start(
        &format!("serviceusage/operations/{id}"),
        Start {
            seconds: 20.0,
            effects,
            meta: json!({ "resourceNames": names }),
            response,
            ..Start::default()
        },
    );
    Ok(rendered(&operation).into())
}

/// What else exists once an API is on.
fn brought_by(call: &mut Call, consumer: &Consumer, api: &Api) -> Vec<Effect> {
    let mut effects = Vec::new();
    if api.name == "compute.googleapis.com" {
        effects.extend(compute::default_network(call.world, &consumer.project));
        effects.extend(identity::compute_accounts(call.world, &consumer.project, &consumer.number));
    }
    if api.agent_at_once
        && let Some(agent) = identity::agent(api.name)
    {
        effects.extend(agent.effects(call.world, &consumer.project, &consumer.number));
    }
    effects
}

/// One change of a project's APIs at a time; the wording is as its users report it.
fn check_free(call: &Call, consumer: &Consumer) -> Result<(), ApiError> {
    let end = format!("/projectSettings/{}", consumer.number);
    let name = |resource: &Value| {
        let resource = resource.as_str()?.strip_suffix(&end)?;
        resource.strip_prefix("services/").map(str::to_owned)
    };
    let operations = call.world.operations("serviceusage/operations/");
    let running = operations.iter().filter(|operation| !operation.done);
    let busy: Vec<String> = running
        .flat_map(|o| o.meta["resourceNames"].as_array().into_iter().flatten().filter_map(name))
        .collect();
    if busy.is_empty() {
        return Ok(());
    }
    Err(ApiError::failed_precondition(format!(
        "Another activation or deactivation is in progress for the following service(s): {}.",
        busy.join(",")
    )))
}

/// Google's wording and details, as gcloud's users report them.
fn check_billing(call: &Call, consumer: &Consumer, apis: &[&'static Api]) -> Result<(), ApiError> {
    if call.world.billing_enabled(&consumer.project) {
        return Ok(());
    }
    let paid: Vec<&str> = apis.iter().filter(|api| api.paid).map(|api| api.name).collect();
    if paid.is_empty() {
        return Ok(());
    }
    let (number, names) = (&consumer.number, paid.join(","));
    Err(ApiError::failed_precondition(format!(
        "Billing account for project '{number}' is not found. Billing must be enabled for activation of service(s) \
         '{names}' to proceed."
    ))
    .detail(json!({"@type": "type.googleapis.com/google.rpc.PreconditionFailure", "violations": [
        {"type": "googleapis.com", "subject": format!("?error_code=390001&project={number}&services={names}")}]}))
    .detail(json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "UREQ_PROJECT_BILLING_NOT_FOUND",
        "domain": "serviceusage.googleapis.com/billing-enabled", "metadata": {"project": number, "services": names}})))
}

/// `services.disable`
pub(super) fn disable(call: &mut Call) -> Answer {
    let consumer = Consumer::of(call, "serviceusage.services.disable")?;
    let name = call.param("servicesId").to_owned();
    let api = catalogue::find(&name).ok_or_else(|| unknown(&[name.as_str()]))?;
    if !call.world.api_enabled(&consumer.project, &name) {
        return Err(ApiError::failed_precondition(format!(
            "The service {name} is not enabled for consumer projects/{}.", // guess
            consumer.number
        )));
    }
    check_free(call, &consumer)?;
    let mut goes = vec![api];
    let dependants: Vec<&'static Api> = catalogue::APIS
        .iter()
        .filter(|other| {
            other.brings.contains(&api.name) && call.world.api_enabled(&consumer.project, other.name)
        })
        .collect();
    if !dependants.is_empty() && call.body["disableDependentServices"] != true {
        let names: Vec<&str> = dependants.iter().map(|d| d.name).collect();
        return Err(ApiError::failed_precondition(format!(
            "The service {name} is depended on by the following active service(s): {}; Please specify \
             disable_dependent_services=true if you want to proceed with disabling all services.",
            names.join(",")
        )));
    }
    goes.extend(dependants);
    let effects = goes
        .iter()
        .map(|api| Effect::Put {
            key: consumer.key(api.name),
            data: shown(&consumer.number, api, "DISABLED"),
            hidden: Value::Null,
        })
        .collect();
    let id = format!("acat.p2-{}-{}", consumer.number, call.world.uuid());
    let response = json!({"@type": "type.googleapis.com/google.api.serviceusage.v1.DisableServiceResponse",
                          "service": shown(&consumer.number, api, "DISABLED")});
    let operation = call.world.start(
        &format!("serviceusage/operations/{id}"),
        Start {
            seconds: 10.0,
            effects,
            meta: json!({"resourceNames": [format!("services/{name}/projectSettings/{}", consumer.number)]}),
            response,
            ..Start::default()
        },
    );
    Ok(rendered(&operation).into())
}

/// An operation that had nothing to do.
pub(super) fn noop(response: Value) -> Value {
    let mut body = json!({"name": "operations/noop.DONE_OPERATION", "done": true});
    body["response"] = if response.is_null() {
        json!({"@type": "type.googleapis.com/google.protobuf.Empty"})
    } else {
        response
    };
    body
}

pub(super) fn rendered(operation: &Operation) -> Value {
    operation.longrunning(json!({"@type": "type.googleapis.com/google.api.serviceusage.v1.OperationMetadata",
                                 "resourceNames": operation.meta["resourceNames"]}))
}
