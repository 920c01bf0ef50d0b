use super::{COMMAND, Rotation, begin_address};
use crate::{adopt, url};
use config::{Config, names};
use engine::{Address, Diff, Error, Need, Reader, Result, State, Writer};
use resources::{Part, Progress};

/// The mark that a rotation is under way. It stands before anything else is changed, and names the version of the URL
/// before it.
pub struct Begin {
    rotation: Rotation,
}

impl Begin {
    pub fn new(rotation: &Rotation) -> Self {
        Self { rotation: rotation.clone() }
    }

    /// What must hold before the window opens: a deployment that works, so that nothing keeps it open.
    fn ready(&self, cloud: &Reader) -> Result<()> {
        let config = &self.rotation.config;
        let (name, region, service) =
            (&config.redis.instance, &config.project.region, &config.cloud_run.service);
        let missing = |what: Address, step: &str| Error::Prerequisite {
            resource: begin_address(),
            need: Need::Resource(what),
            step: step.to_owned(),
        };
        let Some(instance) = resources::redis_instance(cloud, name, region)? else {
            return Err(missing(resources::redis_instance_address(name), "03-redis"));
        };
        let refused = |why: String, todo: &str| {
            Error::person(
                "the AUTH string cannot be rotated now",
                why,
                format!("{todo}, then `{COMMAND}` again"),
            )
        };
        if instance["state"] != "READY" {
            let state = instance["state"].as_str().unwrap_or("unknown");
            return Err(refused(format!("the instance is in state {state}"), "wait until it is READY"));
        }
        if instance["authEnabled"] != true {
            return Err(auth_is_off(cloud, config)?);
        }
        let Some(stored) = resources::latest(cloud, names::REDIS_URL)? else {
            return Err(missing(Rotation::prepared(), "03-redis"));
        };
        if url::redis_url(config)(cloud)?.as_ref() != Some(&stored.value) {
            let why = format!("{} does not say how the instance is reached", names::REDIS_URL);
            return Err(refused(why, "run `deploy-all`"));
        }
        let Some(service) = resources::run_service(cloud, region, service)? else {
            return Err(missing(Address::new("run-service", service), "04-cloud-run"));
        };
        if !resources::is_ready(&service) {
            let why = "the service is not ready, so that a new revision may not become ready either";
            return Err(refused(why.to_owned(), "put it right: its logs say why it does not start"));
        }
        Ok(())
    }
}

/// The config wants AUTH, and the instance has none: its string is a new one as soon as it is on.
fn auth_is_off(cloud: &Reader, config: &Config) -> Result<Error> {
    let todo = match adopt::found(cloud, config)? {
        None => "run `deploy-all`, which turns it on with a string that nobody knew before".to_owned(),
        // One of the old scripts, that a deploy with this config would refuse to change.
        Some(adopt::Kept { decision, .. }) => format!(
            "this instance cannot become what the config says; a second one can, with AUTH and a string that nobody knew before: \
             run `{}`, and write redis.instance into the config",
            decision.command
        ),
    };
    let why = format!("AUTH of {} is off: there is no string to rotate", config.redis.instance);
    Ok(Error::person("the AUTH string cannot be rotated now", why, todo))
}

impl Part for Begin {
    fn address(&self) -> Address {
        begin_address()
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        if self.rotation.mark.progress(cloud)? != Progress::Ahead {
            return Ok(State::Present);
        }
        self.ready(cloud)?;
        Ok(State::Drifted(vec![Diff::new("state", "(none)", "under way")]))
    }

    fn carry_out(&self, cloud: &Writer) -> Result<()> {
        self.rotation.mark.begin(cloud, &Rotation::newest(cloud)?.to_string())
    }
}
