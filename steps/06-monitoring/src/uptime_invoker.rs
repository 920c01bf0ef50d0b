use crate::{MONITORING, run_service};
use config::Config;
use engine::{Address, AtDestroy, Diff, Error, Need, Reader, Resource, Result, State, Writer};
use gcloud::gcloud;
use resources::IamBinding;

/// The right to call a service that is not public, for the agent that Cloud Monitoring probes with.
pub struct UptimeInvoker {
    config: Config,
    binding: IamBinding,
}

/// The agent's address needs the project's number, which Cloud Run shows as the service's namespace.
fn agent(cloud: &Reader, config: &Config) -> Result<Option<String>> {
    let (region, name) = (&config.project.region, &config.cloud_run.service);
    let Some(service) = resources::run_service(cloud, region, name)? else { return Ok(None) };
    let number = service["metadata"]["namespace"].as_str().unwrap_or_default();
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::answer("run services describe", "its namespace is not the project's number"));
    }
    Ok(Some(format!(
        "serviceAccount:service-{number}@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
    )))
}

impl UptimeInvoker {
    pub fn new(config: &Config) -> Self {
        let (service, region) = (&config.cloud_run.service, &config.project.region);
        let known = config.clone();
        let binding = IamBinding::on_run_service(service, region, "", "roles/run.invoker")
            .member_from("monitoring-agent", move |cloud| agent(cloud, &known))
            .needs([MONITORING, run_service(config)])
            // Whoever may call a public service needs no right of its own.
            .wanted(!config.cloud_run.public);
        Self { config: config.clone(), binding }
    }
}

impl Resource for UptimeInvoker {
    fn address(&self) -> Address {
        self.binding.address()
    }

    fn wanted(&self) -> bool {
        !self.config.cloud_run.public
    }

    fn needs(&self) -> Vec<Need> {
        Resource::needs(&self.binding)
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        self.binding.check(cloud)
    }

    /// Google makes the agent at its first use, and refuses a binding for one that is not there yet.
    fn create(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["beta services identity create", "--service=monitoring.googleapis.com"])?;
        self.binding.create(cloud)
    }

    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        self.binding.update(cloud, diffs)
    }

    fn at_destroy(&self) -> AtDestroy {
        self.binding.at_destroy()
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        self.binding.marked(cloud)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        self.binding.delete(cloud)
    }

    fn verify_after(&self) -> bool {
        self.binding.verify_after()
    }
}
