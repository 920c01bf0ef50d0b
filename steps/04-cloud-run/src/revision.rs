use crate::service::{DEADLINE, SEEN_EVERYWHERE, address, is_settling, ready};
use crate::{settings, wanted};
use config::Config;
use engine::{Address, Diff, Error, Impact, Need, Reader, Result, State, Writer};
use gcloud::gcloud;
use resources::{Part, Pending, describe_run_service, run_service};
use serde_json::Value;

/// A revision of the service that began with the newest version of a secret, and serves all of the traffic. The service
/// names the secret's `latest`, which an instance reads when it starts: those of an older revision keep what they read.
pub struct NewRevision {
    config: Config,
    secret: String,
    needs: Vec<Need>,
    pending: Pending,
}

impl NewRevision {
    /// The revision for this secret; while `pending`, there is no such revision yet.
    pub fn new(config: &Config, secret: &str, pending: Pending) -> Self {
        Self { config: config.clone(), secret: secret.to_owned(), needs: Vec::new(), pending }
    }

    /// Adds what must be there first.
    pub fn needs(mut self, needs: impl IntoIterator<Item = Need>) -> Self {
        self.needs.extend(needs);
        self
    }

    /// The address under which it is kept.
    pub fn address_of(config: &Config) -> Address {
        address(config)
    }

    /// The label of a revision that says with which version it began.
    fn label(&self) -> String {
        format!("{}-version", self.secret)
    }

    fn find(&self, cloud: &Reader) -> Result<Value> {
        let config = &self.config;
        run_service(cloud, &config.project.region, &config.cloud_run.service)?.ok_or_else(|| {
            Error::Prerequisite {
                resource: self.address(),
                need: Need::Resource(address(config)),
                step: "04-cloud-run".to_owned(),
            }
        })
    }

    fn newest(&self, cloud: &Reader) -> Result<String> {
        let newest = resources::latest(cloud, &self.secret)?.map(|newest| newest.version);
        newest.ok_or_else(|| {
            let why = format!("the secret {} has no version", self.secret);
            Error::person(format!("{} has nothing new", self.address()), why, "run `deploy-all`")
        })
    }

    /// What would keep a new revision from reading the newest version, or from serving.
    fn in_the_way(&self, service: &Value) -> Result<()> {
        let (name, region) = (&self.config.cloud_run.service, &self.config.project.region);
        let wanted = format!("{}:latest", self.secret);
        if !settings::secret_references(service).contains(&wanted) {
            return Err(Error::person(
                format!("{} does not read {wanted}", self.address()),
                "somebody changed which version the service names, so that a new one would never arrive",
                "run `deploy-all`, which puts it back, then this command again",
            ));
        }
        let traffic = service["spec"]["traffic"].as_array().map_or(&[][..], Vec::as_slice);
        let newest = |target: &Value| target["latestRevision"] == true && target["percent"] == 100;
        if !traffic.is_empty() && !traffic.iter().any(newest) {
            return Err(Error::person(
                format!("{} does not send its traffic to the newest revision", self.address()),
                "somebody chose the revisions that serve, so that a new one would not",
                format!(
                    "`gcloud run services update-traffic {name} --to-latest --region={region}`, then run this again"
                ),
            ));
        }
        Ok(())
    }
}

impl Part for NewRevision {
    fn address(&self) -> Address {
        address(&self.config)
    }

    fn needs(&self) -> Vec<Need> {
        self.needs.clone()
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let service = self.find(cloud)?;
        if is_settling(&service) {
            return Ok(State::Busy("being deployed".to_owned()));
        }
        self.in_the_way(&service)?;
        let label = self.label();
        let found = service["spec"]["template"]["metadata"]["labels"][&label].as_str().unwrap_or("(none)");
        if (self.pending)(cloud)? {
            return Ok(State::Drifted(vec![Diff::new(label, found, "(the new one)")]));
        }
        let newest = self.newest(cloud)?;
        if found != newest {
            return Ok(State::Drifted(vec![Diff::new(label, found, newest)]));
        }
        match ready(&service)["status"] == "True" {
            true => Ok(State::Present),
            false => {
                let why = ready(&service)["message"].as_str().unwrap_or("Google does not say why");
                Ok(State::Drifted(vec![Diff::new("ready", why, "True")]))
            }
        }
    }

    /// The label makes the revision a new one. The image is named as it is now: without that, gcloud would replace its tag by
    /// the digest of the newest revision.
    fn carry_out(&self, cloud: &Writer) -> Result<()> {
        cloud.wait(SEEN_EVERYWHERE, "the new version of the secret")?;
        let (name, region) = (&self.config.cloud_run.service, &self.config.project.region);
        // A build may have deployed since the plan was made.
        cloud.forget(&describe_run_service(region, name));
        let service = self.find(cloud)?;
        let image = settings::container(&service)["image"].as_str().unwrap_or(&self.config.cloud_run.image);
        let labels = wanted::dictionary(&[(self.label(), self.newest(cloud)?)].into());
        cloud.change(
            gcloud![
                "run services update",
                name,
                "--region={region}",
                "--image={image}",
                "--update-labels={labels}",
            ]
            .deadline(DEADLINE),
        )?;
        Ok(())
    }

    /// With the wait for the secret's version.
    fn impact(&self) -> Impact {
        Impact::takes(90)
    }

    /// gcloud's exit code says nothing of the traffic.
    fn verify_after(&self) -> bool {
        true
    }
}
