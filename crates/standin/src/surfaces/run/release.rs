//! `gcloud run deploy` and `run services update`: read, change, send, wait.

use super::progress::{Progress, Stage};
use super::{Place, changes, check_name, found, wait};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Refusal, Request, Trouble};
use crate::print::Answer;
use crate::typed;
use serde_json::{Value, json};

const EVERYONE: &str = "allUsers";
const INVOKER: &str = "roles/run.invoker";

/// What a command asks of a release.
struct Release<'a> {
    call: &'a Call,
    place: Place,
    name: &'a str,
    found: Option<Value>,
    /// Whether everybody may call it, where that is to change.
    public: Option<bool>,
    /// Whether a service that is not there is made.
    creates: bool,
}

/// `gcloud run deploy`.
pub(super) fn deploy(call: &Call) -> Result<Answer, Failure> {
    let flags: Vec<&str> = changes::FLAGS.iter().copied().chain(["--allow-unauthenticated"]).collect();
    call.takes(&flags)?;
    if call.one("--image").is_none() {
        let text = "Missing required argument [--image]: Requires a container image to deploy (e.g. \
                    `gcr.io/cloudrun/hello:latest`) if no build source is provided.";
        return Err(Failure::Said(text.to_owned()));
    }
    let (place, name) = (Place::of(call)?, call.word("SERVICE"));
    check_name(name)?;
    let found = found(call, &place.knative("GET", &format!("services/{name}")))?;
    let public = match call.on("--allow-unauthenticated") {
        None if found.is_none() => may_be_public(call, &place, name)?,
        Some(false) if found.is_none() => None,
        asked => asked,
    };
    call.say(&format!(
        "Deploying container to Cloud Run service [{name}] in project [{}] region [{}]",
        place.project, place.region
    ));
    let header = if found.is_none() { "Deploying new service..." } else { "Deploying..." };
    let release = Release { call, place, name, found, public, creates: true };
    release.run(header, "Deployment failed", true, "deploying")
}

/// gcloud asks whether everybody may call a new service, if the caller may say so at all; nobody is there to answer,
/// which means no.
fn may_be_public(call: &Call, place: &Place, name: &str) -> Result<Option<bool>, Failure> {
    const PERMISSION: &str = "run.services.setIamPolicy";
    let path = format!("{}:testIamPermissions", place.service_path(name));
    let request = Request::new("POST", &place.host(), path).body(json!({"permissions": [PERMISSION]}));
    let may = call.send(&request)?;
    if !may["permissions"].as_array().is_some_and(|list| list.iter().any(|one| one == PERMISSION)) {
        call.say("This service will require authentication to be invoked.");
    }
    Ok(None)
}

/// `gcloud run services update`.
pub(super) fn update(call: &Call) -> Result<Answer, Failure> {
    call.takes(changes::FLAGS)?;
    let (place, name) = (Place::of(call)?, call.word("SERVICE"));
    check_name(name)?;
    let found = found(call, &place.knative("GET", &format!("services/{name}")))?;
    if !changes::are_given(call) {
        let text = "No configuration change requested. Did you mean to include the flags `--update-env-vars`, \
                    `--memory`, `--concurrency`, `--timeout`, `--connectivity`, `--image`?";
        return Err(Failure::Said(text.to_owned()));
    }
    let release = Release { call, place, name, found, public: None, creates: call.one("--image").is_some() };
    if changes::adjusts_template(call) {
        release.run("Deploying...", "Deployment failed", true, "deploying")
    } else {
        release.run("Updating...", "Update failed", false, "updating")
    }
}

impl Release<'_> {
    fn run(
        self,
        header: &str,
        failure: &'static str,
        revision: bool,
        doing: &str,
    ) -> Result<Answer, Failure> {
        let (call, name) = (self.call, self.name);
        self.may_lose_connector()?;
        let asynchronous = call.on("--async") == Some(true);
        let latest = |service: &Value| {
            let traffic = service["spec"]["traffic"].as_array();
            traffic.is_some_and(|list| list.iter().any(|target| target["latestRevision"] == true))
        };
        let routes = revision && self.found.as_ref().is_none_or(latest);
        let stages =
            [(Stage::Revision, revision), (Stage::Traffic, routes), (Stage::Policy, self.public.is_some())];
        let stages: Vec<Stage> =
            stages.into_iter().filter(|(_, wanted)| *wanted).map(|(stage, _)| stage).collect();
        let mut progress = Progress::begin(call, asynchronous, header, failure, &stages);
        let service = match self.release(&mut progress, asynchronous) {
            Ok(service) => service,
            Err(error) => {
                progress.failed();
                return Err(error);
            }
        };
        progress.done();
        call.say(&match (asynchronous, revision) {
            (true, _) => format!("Service [{name}] is {doing} asynchronously."),
            (false, true) => success(name, &service),
            (false, false) => format!("Service [{name}] has been updated."),
        });
        Ok(Answer::Value(service))
    }

    /// A service without its connector that sends everything into the network would reach nothing.
    fn may_lose_connector(&self) -> Result<(), Failure> {
        let Some(found) = &self.found else { return Ok(()) };
        if self.call.on("--clear-vpc-connector") != Some(true) {
            return Ok(());
        }
        let annotations = &found["spec"]["template"]["metadata"]["annotations"];
        let egress = self
            .call
            .one("--vpc-egress")
            .or_else(|| annotations["run.googleapis.com/vpc-access-egress"].as_str());
        match egress {
            Some(egress @ ("all" | "all-traffic")) => Err(Failure::Said(format!(
                "Cannot remove VPC connector with VPC egress set to \"{egress}\". Set \
                 `--vpc-egress=private-ranges-only` or run this command interactively and provide confirmation to \
                 continue."
            ))),
            _ => Ok(()),
        }
    }

    fn release(&self, progress: &mut Progress, asynchronous: bool) -> Result<Value, Failure> {
        let Self { call, place, name, found, .. } = self;
        let digest = match found {
            Some(service) if call.one("--image").is_none() && changes::adjusts_template(call) => {
                self.digest(service)?
            }
            _ => None,
        };
        if found.as_ref().is_some_and(|service| service["metadata"]["deletionTimestamp"].is_string()) {
            return Err(Failure::Said(format!("Service [{name}] is in the process of being deleted.")));
        }
        if found.is_none() && !self.creates {
            return Err(Failure::Said(format!("Service [{name}] could not be found.")));
        }
        let mut service = found.clone().unwrap_or_else(|| changes::new_service(&place.project, name));
        changes::apply(call, &mut service, found.is_none())?;
        if let Some(digest) = digest {
            service["spec"]["template"]["spec"]["containers"][0]["image"] = json!(digest);
        }
        typed::settle(&mut service, &[]);
        let request = match found {
            Some(_) => place.knative("PUT", &format!("services/{name}")),
            None => place.knative("POST", "services"),
        };
        let mut sent = match call.google.send(&request.body(service)) {
            Ok(sent) => sent,
            Err(Trouble::Refused(refusal)) if refusal.code == 400 => return Err(refused(refusal)),
            Err(trouble) => return Err(trouble.into()),
        };
        typed::settle(&mut sent, &[]);
        if let Some(public) = self.public {
            self.publish(public, progress);
        }
        if asynchronous || wait::is_ready(&sent) {
            return Ok(sent);
        }
        wait::until_ready(call, place, name, &sent, progress)
    }

    /// Who may call it; what goes wrong there is a warning only.
    fn publish(&self, public: bool, progress: &mut Progress) {
        let Self { call, place, name, .. } = self;
        progress.start(Stage::Policy);
        let set = call.google.send(&place.get_policy(name, false)).and_then(|mut policy| {
            bind_everyone(&mut policy, public);
            call.google.send(&place.set_policy(name, policy))
        });
        match set {
            Ok(_) => progress.end("done"),
            Err(_) => {
                let verb = if public { "add" } else { "remove" };
                progress.warn(format!(
                    "Setting IAM policy failed, try \"gcloud beta run services {verb}-iam-policy-binding \
                     --region={} --member=allUsers --role=roles/run.invoker {name}\"",
                    place.region
                ));
                progress.end("warning");
            }
        }
    }

    /// The image that the newest revision runs: what is not to change is pinned to it.
    fn digest(&self, service: &Value) -> Result<Option<String>, Failure> {
        let template = &service["spec"]["template"];
        let image = template["spec"]["containers"][0]["image"].as_str().unwrap_or_default();
        if image.contains("@sha256:") {
            return Ok(None);
        }
        let Some(revision) = self.newest_revision(service)? else { return Ok(None) };
        let image = revision["spec"]["containers"][0]["image"].as_str().unwrap_or_default();
        if image.contains("@sha256:") {
            return Ok(None);
        }
        Ok(revision["status"]["imageDigest"].as_str().map(str::to_owned))
    }

    /// By its name, by its nonce, or else the one that was made last.
    fn newest_revision(&self, service: &Value) -> Result<Option<Value>, Failure> {
        let namespace = service["metadata"]["namespace"].as_str().unwrap_or(&self.place.project);
        let named = |name: &str| self.place.in_namespace("GET", namespace, &format!("revisions/{name}"));
        let metadata = &service["spec"]["template"]["metadata"];
        if let Some(name) = metadata["name"].as_str()
            && let Some(revision) = self.patiently(|| found(self.call, &named(name)))?
        {
            return Ok(Some(revision));
        }
        if let Some(nonce) = metadata["labels"]["client.knative.dev/nonce"].as_str() {
            let request = self.place.in_namespace("GET", namespace, "revisions");
            let request = request.with("labelSelector", format!("client.knative.dev/nonce = {nonce}"));
            let list = self.patiently(|| {
                let items = self.call.send(&request)?["items"].as_array().cloned().unwrap_or_default();
                Ok((!items.is_empty()).then_some(items))
            })?;
            if let Some([revision]) = list.as_deref() {
                return Ok(Some(revision.clone()));
            }
        }
        match service["status"]["latestCreatedRevisionName"].as_str() {
            Some(name) => found(self.call, &named(name)),
            None => Ok(None),
        }
    }

    /// For two seconds.
    fn patiently<T>(&self, look: impl Fn() -> Result<Option<T>, Failure>) -> Result<Option<T>, Failure> {
        let (mut seconds, mut waited) = (0.5, 0.0);
        loop {
            let seen = look()?;
            if seen.is_some() || waited + seconds > 2.0 {
                return Ok(seen);
            }
            let pause = seconds + rand::random_range(0.0..1.0);
            self.call.google.pause(pause);
            waited += pause;
            seconds *= 1.4;
        }
    }
}

fn bind_everyone(policy: &mut Value, public: bool) {
    let mut bindings = policy["bindings"].as_array().cloned().unwrap_or_default();
    let invoker = |binding: &Value| binding["role"] == INVOKER && binding["condition"].is_null();
    if public {
        match bindings.iter_mut().find(|binding| invoker(binding)) {
            Some(binding) => {
                let members = binding["members"].as_array_mut();
                if let Some(members) = members.filter(|members| !members.contains(&json!(EVERYONE))) {
                    members.push(json!(EVERYONE));
                }
            }
            None => bindings.push(json!({"members": [EVERYONE], "role": INVOKER})),
        }
    } else {
        for binding in bindings.iter_mut().filter(|binding| invoker(binding)) {
            if let Some(members) = binding["members"].as_array_mut() {
                members.retain(|member| member != EVERYONE);
            }
        }
        bindings.retain(|binding| binding["members"].as_array().is_none_or(|members| !members.is_empty()));
    }
    policy["bindings"] = Value::Array(bindings);
    typed::settle(policy, &[]);
}

/// gcloud says only what is wrong with which field, where Google says that.
fn refused(refusal: Refusal) -> Failure {
    let details = refusal.body["error"]["details"].as_array().into_iter().flatten();
    let violations = details.filter_map(|detail| detail["fieldViolations"].as_array()).flatten();
    let lines: Vec<String> = violations
        .map(|violation| {
            let text = |field: &str| violation[field].as_str().unwrap_or_default();
            format!("{}: {}", text("field"), text("description"))
        })
        .collect();
    if lines.is_empty() { refusal.into() } else { Failure::Said(lines.join("\n")) }
}

/// What was deployed, and where it answers.
fn success(name: &str, service: &Value) -> String {
    let status = &service["status"];
    let ready = status["latestReadyRevisionName"].as_str().unwrap_or("None");
    let latest = |target: &&Value| target["latestRevision"] == true || target["revisionName"] == ready;
    let targets: Vec<&Value> = status["traffic"].as_array().into_iter().flatten().filter(latest).collect();
    let percent: i64 = targets.iter().filter_map(|target| target["percent"].as_i64()).sum();
    let mut text = format!(
        "Service [{name}] revision [{ready}] has been deployed and is serving {percent} percent of traffic."
    );
    if percent > 0 {
        let urls = service["metadata"]["annotations"]["run.googleapis.com/urls"].as_str().unwrap_or_default();
        let urls: Vec<String> = serde_json::from_str(urls).unwrap_or_default();
        let url = urls.into_iter().next().or_else(|| status["url"].as_str().map(str::to_owned));
        text = format!("{text}\nService URL: {}", url.unwrap_or_else(|| "None".to_owned()));
    }
    match targets.iter().find_map(|target| target["url"].as_str()) {
        Some(url) => format!("{text}\nThe revision can be reached directly at {url}"),
        None => text,
    }
}
