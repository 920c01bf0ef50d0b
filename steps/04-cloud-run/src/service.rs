use crate::{acceptance, connector, secrets, settings, wanted};
use config::model::Egress;
use config::{Config, names};
use engine::{
    Action, Address, Diff, Error, Finding, Impact, Need, Reader, Reading, Resource, Result, State, Writer,
};
use gcloud::gcloud;
use resources::network::{links_to, subnet_address};
use resources::{IamBinding, SecretValue, ServiceAccount, describe_run_service, run_service};
use serde_json::{Value, json};
use std::time::Duration;

/// gcloud waits until the new revision serves.
pub const DEADLINE: Duration = Duration::from_secs(15 * 60);

/// Which version of a secret is the newest is not seen everywhere at once, and an instance asks when it starts.
pub const SEEN_EVERYWHERE: Duration = Duration::from_secs(30);

/// The Cloud Run service. Its image is the build's: this tool gives it one to begin with, and leaves it alone ever after.
pub struct RunService {
    config: Config,
    /// The service that takes its place, where the config names this one no more.
    successor: Option<String>,
}

/// The service's address.
pub fn address(config: &Config) -> Address {
    Address::new("run-service", &config.cloud_run.service)
}

/// The secrets whose newest version an instance reads when it starts.
fn secret_addresses(config: &Config) -> Vec<Address> {
    secrets(config).iter().map(|secret| SecretValue::address_of(secret)).collect()
}

impl RunService {
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone(), successor: None }
    }

    /// One that the config named before: it goes once the one that it names now serves.
    pub fn former(config: &Config, name: &str) -> Self {
        let successor = Some(config.cloud_run.service.clone());
        let mut config = config.clone();
        name.clone_into(&mut config.cloud_run.service);
        Self { config, successor }
    }

    /// What it begins with: the image of the service in whose place it is made, else the config's.
    fn first_image(&self, cloud: &Reader) -> Result<String> {
        for former in cloud.remembered("run-service") {
            if former != self.address()
                && let Some(service) = run_service(cloud, &self.config.project.region, former.name())?
                && let Some(image) = settings::container(&service)["image"].as_str()
            {
                return Ok(image.to_owned());
            }
        }
        Ok(self.config.cloud_run.image.clone())
    }

    /// A connector that the service is about to leave, and that this tool does not delete since it did not make it.
    fn tell_of_former(&self, cloud: &Reader, service: &Value) {
        let config = &self.config;
        let path = settings::connector(service).as_str().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        let former = Address::new("vpc-connector", name);
        let leaves = config.cloud_run.egress == Egress::Connector && !name.is_empty();
        if leaves && former != connector::address(config) && !cloud.remembers(&former) {
            let region = &config.project.region;
            cloud.note(
                false,
                format!("{former} stays when the service has left it: nothing says that this tool made it"),
                Some(format!(
                    "gcloud compute networks vpc-access connectors delete {name} --region={region}"
                )),
            );
        }
    }

    fn find(&self, cloud: &Reader) -> Result<Option<Value>> {
        run_service(cloud, &self.config.project.region, &self.config.cloud_run.service)
    }
}

/// Whether a deploy is still going on.
pub fn is_settling(service: &Value) -> bool {
    let seen = service["status"]["observedGeneration"] == service["metadata"]["generation"];
    !seen || !matches!(ready(service)["status"].as_str(), Some("True" | "False"))
}

/// Whether the newest revision is ready, and what is said of it.
pub fn ready(service: &Value) -> &Value {
    let conditions = service["status"]["conditions"].as_array().map_or(&[][..], Vec::as_slice);
    conditions.iter().find(|condition| condition["type"] == "Ready").unwrap_or(&Value::Null)
}

impl Resource for RunService {
    fn address(&self) -> Address {
        address(&self.config)
    }

    fn needs(&self) -> Vec<Need> {
        let config = &self.config;
        let way = match config.cloud_run.egress {
            Egress::Connector => connector::address(config),
            Egress::Direct => subnet_address(&config.network.subnet),
        };
        let account = ServiceAccount::address_of(names::RUN_ACCOUNT);
        let accesses = secrets(config).into_iter().map(|secret| crate::access(config, &secret));
        [Need::Api("run.googleapis.com"), Need::Resource(account), Need::Resource(way)]
            .into_iter()
            .chain(accesses.map(|access: IamBinding| Need::Resource(access.address())))
            .collect()
    }

    fn stands_alone(&self) -> bool {
        true
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Some(service) = self.find(cloud)? else { return Ok(State::Absent) };
        if service["metadata"]["deletionTimestamp"].is_string() {
            return Ok(State::Busy("being deleted".to_owned()));
        }
        let ready = ready(&service);
        if is_settling(&service) {
            return Ok(State::Busy("being deployed".to_owned()));
        }
        let mut diffs = settings::compare(&self.config, &service);
        self.tell_of_former(cloud, &service);
        if ready["status"] == "False" {
            let why = ready["message"].as_str().unwrap_or("Google does not say why");
            if service["status"]["latestReadyRevisionName"].is_string() {
                // An older revision serves: what failed is somebody's deploy of an image, not this tool's.
                cloud.note(
                    true,
                    format!("the newest revision does not start, an older one serves: {why}"),
                    None,
                );
            } else {
                // It has never come up, e.g. because its access to a secret was not effective yet: the same again.
                diffs.push(Diff::new("ready", why, "True"));
            }
        }
        Ok(State::from_diffs(diffs))
    }

    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let Some(service) = self.find(cloud)? else { return Ok(Vec::new()) };
        Ok(acceptance::findings(cloud, &self.config, &service, ready(&service)))
    }

    fn wanted(&self) -> bool {
        self.successor.is_none()
    }

    /// Without an `--allow-unauthenticated`: who may call it is a resource of its own. The command can be run again on a
    /// service that is there.
    fn create(&self, cloud: &Writer) -> Result<()> {
        let (name, image) = (&self.config.cloud_run.service, self.first_image(cloud)?);
        let command = gcloud!["run deploy", name, "--image={image}", "--no-allow-unauthenticated"];
        cloud.change(wanted::flags(&self.config, command).deadline(DEADLINE))?;
        let region = &self.config.project.region;
        cloud.foretell(&describe_run_service(region, name), |later| {
            let field = |field: &str| {
                gcloud!["run services describe", name, "--region={region}", "--format=value({field})"]
            };
            let host = later.text("SERVICE_HOST", Reading::after(field("status.url"), "https://"));
            // The project's number.
            let namespace = later.number("SERVICE_NAMESPACE", field("metadata.namespace"));
            let ready = json!([{"type": "Ready", "status": "True"}]);
            let status = json!({"url": format!("https://{host}"), "conditions": ready});
            Ok(json!({"metadata": {"namespace": namespace}, "status": status}))
        })
    }

    /// A revision that runs is not known to find its way through a connector of the same name that was made since; and its
    /// instances read the secrets when they start, and keep what they read.
    fn renewed_by(&self) -> Vec<Address> {
        let config = &self.config;
        let connector = (config.cloud_run.egress == Egress::Connector).then(|| connector::address(config));
        connector.into_iter().chain(secret_addresses(config)).collect()
    }

    /// Cloud Run makes the URL from the service's name.
    fn in_place_of(&self, former: &Address) -> Impact {
        let (new, old) = (&self.config.cloud_run.service, former.name());
        Impact::default().interrupting(format!(
            "whoever calls the URL of {old}: {new} has a URL of its own, and {old} goes once {new} serves"
        ))
    }

    fn impact(&self, action: Action, _diffs: &[Diff]) -> Impact {
        match action {
            Action::Delete if !self.wanted() => {
                Impact::default().interrupting("its URL does not answer any more")
            }
            _ => Impact::default(),
        }
    }

    /// The image is named as it is now. Without that, gcloud would replace its tag by the digest of the newest revision.
    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let another = |secret: &Address| {
            // A script is written before anything is changed: there the plan says it.
            cloud.owes_renewal(&self.address(), secret)
                || diffs.iter().any(|diff| diff.field == secret.as_str())
        };
        if secret_addresses(&self.config).iter().any(another) {
            cloud.wait(SEEN_EVERYWHERE, "the new version of the secret")?;
        }
        // A build may have deployed since the plan was made.
        cloud.forget(&describe_run_service(&self.config.project.region, &self.config.cloud_run.service));
        let Some(service) = self.find(cloud)? else { return self.create(cloud) };
        let name = &self.config.cloud_run.service;
        let image = settings::container(&service)["image"].as_str().unwrap_or(&self.config.cloud_run.image);
        let mut command = gcloud!["run services update", name, "--image={image}"];
        if let Some(flag) = settings::to_clear(&self.config, &service) {
            command = command.arg(flag);
        }
        cloud.change(wanted::flags(&self.config, command).deadline(DEADLINE))?;
        let way = match self.config.cloud_run.egress {
            Egress::Connector => json!(self.config.cloud_run.connector.name),
            Egress::Direct => Value::Null,
        };
        // Whether a former connector can go is asked next.
        if settings::connector(&service)
            .as_str()
            .is_some_and(|found| !links_to(&json!(found), way.as_str().unwrap_or_default()))
        {
            let list = settings::services(&self.config.project.region);
            cloud.foretell(&list, |_| {
                let mut rows = cloud.list(list.clone())?;
                if let Some(own) = rows.iter_mut().find(|row| row["metadata"]["name"] == name.as_str()) {
                    settings::set_connector(own, way);
                }
                Ok(Value::Array(rows))
            })?;
        }
        Ok(())
    }

    /// An instance reads the secrets when it starts; those that run go on.
    fn without(&self, gone: &Address) -> Option<&'static str> {
        match gone.kind() {
            "secret" => Some("no new instance of it can start"),
            "redis-instance" => Some("its instances lose the cache"),
            "vpc-connector" | "subnet" => Some("its instances lose their way into the network"),
            _ => None,
        }
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        let service = self.find(cloud)?;
        Ok(service.is_some_and(|found| resources::labelled(&found["metadata"], &self.config.project.labels)))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let (name, region) = (&self.config.cloud_run.service, &self.config.project.region);
        if let Some(successor) = &self.successor
            && run_service(cloud, region, successor)?.is_some_and(|service| !resources::is_ready(&service))
        {
            let (what, why) =
                (format!("{} is left over", self.address()), format!("{successor} does not serve yet"));
            return Err(Error::later(what, why, "once it does, run the command again", None));
        }
        cloud.change(gcloud!["run services delete", name, "--region={region}"])?;
        Ok(())
    }

    fn expected_seconds(&self) -> Option<u32> {
        Some(30)
    }

    fn output_names(&self) -> &[&'static str] {
        &[
            "service.name",
            "service.url",
            "service.image",
            "service.account",
            "service.console",
            "service.logs",
        ]
    }

    fn outputs(&self, cloud: &Reader) -> Result<Vec<(String, String)>> {
        let Some(service) = self.find(cloud)? else { return Ok(Vec::new()) };
        let (name, region) = (&self.config.cloud_run.service, &self.config.project.region);
        let page = |of: &str| self.config.console(&format!("run/detail/{region}/{name}/{of}"));
        let mut outputs = vec![
            ("service.name".to_owned(), name.clone()),
            ("service.console".to_owned(), page("metrics")),
            ("service.logs".to_owned(), page("logs")),
        ];
        for (name, value) in [
            ("service.url", &service["status"]["url"]),
            ("service.image", &settings::container(&service)["image"]),
            ("service.account", &service["spec"]["template"]["spec"]["serviceAccountName"]),
        ] {
            if let Some(value) = value.as_str() {
                outputs.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(outputs)
    }
}
