//! `gcloud run …`: services and their revisions, by way of Cloud Run's Knative API.

mod changes;
mod delete;
mod progress;
mod release;
mod secrets;
mod wait;

use super::unknown;
use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use crate::print::{self, Answer};
use crate::{pages, policy, typed};
use serde_json::{Value, json};

/// What is not regional.
const HOST: &str = "run.googleapis.com";

pub(super) fn handle(call: &Call, words: &[&str]) -> Result<Answer, Failure> {
    match words {
        ["deploy"] => release::deploy(call),
        ["services", "update"] => release::update(call),
        ["services", "describe"] => {
            call.takes(&["--region"])?;
            described(call, "services", "service", call.word("SERVICE"))
        }
        ["services", "list"] => list_services(call),
        ["services", "delete"] => delete::service(call),
        ["services", "get-iam-policy"] => {
            call.takes(&["--region"])?;
            let place = Place::of(call)?;
            Ok(Answer::Value(call.send(&place.get_policy(call.word("SERVICE"), true))?))
        }
        ["services", "add-iam-policy-binding"] => bind(call, policy::add),
        ["services", "remove-iam-policy-binding"] => bind(call, policy::remove),
        ["revisions", "list"] => list_revisions(call),
        ["revisions", "describe"] => {
            call.takes(&["--region"])?;
            described(call, "revisions", "revision", call.word("REVISION"))
        }
        _ => Err(unknown(call)),
    }
}

/// A project and a region, which is part of the host's name.
struct Place {
    project: String,
    region: String,
}

impl Place {
    fn of(call: &Call) -> Result<Self, Failure> {
        let region = call.one("--region").ok_or_else(|| {
            let text =
                "You must specify a region. Either use the `--region` flag or set the run/region property.";
            Failure::Said(text.to_owned())
        })?;
        Ok(Self { project: call.project()?.to_owned(), region: region.to_owned() })
    }

    fn host(&self) -> String {
        format!("{}-{HOST}", self.region)
    }

    /// A request to the Knative API, below the project's namespace.
    fn knative(&self, method: &'static str, path: &str) -> Request {
        self.in_namespace(method, &self.project, path)
    }

    /// The same below another namespace: Google names it by the project's number.
    fn in_namespace(&self, method: &'static str, namespace: &str, path: &str) -> Request {
        let path = format!("/apis/serving.knative.dev/v1/namespaces/{namespace}/{path}");
        Request::new(method, &self.host(), path)
    }

    fn service_path(&self, service: &str) -> String {
        format!("/v1/projects/{}/locations/{}/services/{service}", self.project, self.region)
    }

    fn get_policy(&self, service: &str, with_conditions: bool) -> Request {
        let request = Request::new("GET", HOST, format!("{}:getIamPolicy", self.service_path(service)));
        if with_conditions { request.with("options.requestedPolicyVersion", "3") } else { request }
    }

    fn set_policy(&self, service: &str, policy: Value) -> Request {
        Request::new("POST", HOST, format!("{}:setIamPolicy", self.service_path(service)))
            .body(json!({ "policy": policy }))
    }
}

/// What there is; none where Google answers 404.
fn found(call: &Call, request: &Request) -> Result<Option<Value>, Failure> {
    match call.google.send(request) {
        Ok(mut value) => {
            typed::settle(&mut value, &[]);
            Ok(Some(value))
        }
        Err(Trouble::Refused(refusal)) if refusal.code == 404 => Ok(None),
        Err(trouble) => Err(trouble.into()),
    }
}

fn described(call: &Call, collection: &str, kind: &str, name: &str) -> Result<Answer, Failure> {
    let place = Place::of(call)?;
    match found(call, &place.knative("GET", &format!("{collection}/{name}")))? {
        Some(value) => Ok(Answer::Value(value)),
        None => Err(Failure::Said(format!("Cannot find {kind} [{name}]"))),
    }
}

/// Of one region, or of all by the API that is not Knative's.
fn list_services(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--region"])?;
    let request = if call.one("--region").is_some() {
        Place::of(call)?.knative("GET", "services")
    } else {
        let project = call.project().map_err(|_| {
            let text = "The [project] resource is not properly specified. Please specify the argument [--project] on the \
                        command line or set the property [core/project].";
            Failure::Said(text.to_owned())
        })?;
        Request::new("GET", HOST, format!("/v1/projects/{project}/locations/-/services"))
    };
    listed(call, &request)
}

fn list_revisions(call: &Call) -> Result<Answer, Failure> {
    call.takes(&["--region", "--service"])?;
    let mut request = Place::of(call)?.knative("GET", "revisions");
    if let Some(service) = call.one("--service") {
        request = request.with("labelSelector", format!("serving.knative.dev/service = {service}"));
    }
    // gcloud has begun to print when it asks.
    listed(call, &request).inspect_err(|_| print::empty_list(call))
}

fn listed(call: &Call, request: &Request) -> Result<Answer, Failure> {
    let mut page = call.send(request)?;
    let mut items = pages::taken(&mut page, "items");
    items.iter_mut().for_each(|item| typed::settle(item, &[]));
    Ok(Answer::List(items))
}

fn bind(call: &Call, change: fn(&Call, &mut Value) -> Result<(), Failure>) -> Result<Answer, Failure> {
    call.takes(&["--region", "--member", "--role", "--condition", "--condition-from-file", "--all"])?;
    let (place, service) = (Place::of(call)?, call.word("SERVICE"));
    let mut policy = call.send(&place.get_policy(service, true))?;
    change(call, &mut policy)?;
    // gcloud says that it knows conditions.
    policy["version"] = json!(3);
    let set = call.send(&place.set_policy(service, policy))?;
    policy::say_updated(call, "service", service);
    Ok(Answer::Value(set))
}

/// gcloud looks at names before it asks Google.
fn check_name(name: &str) -> Result<(), Failure> {
    let right = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.chars().all(right) && !name.starts_with('-') && !name.ends_with('-') && name.len() <= 63 {
        return Ok(());
    }
    Err(Failure::Said(format!(
        "Invalid resource name [{name}]. The name must use only lowercase alphanumeric characters and dashes, cannot \
         begin or end with a dash, and cannot be longer than 63 characters."
    )))
}
