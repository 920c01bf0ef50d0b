use super::{COMMAND, Rotation, begin_address};
use crate::instance::{PATIENCE, unready};
use crate::url;
use config::names;
use engine::{Address, Diff, Error, Impact, Need, Reader, Result, State, Writer};
use gcloud::gcloud;
use resources::{Part, Progress};
use serde_json::Value;

/// The instance with a new AUTH string: AUTH off, AUTH on.
pub struct NewAuth {
    rotation: Rotation,
}

impl NewAuth {
    pub fn new(rotation: &Rotation) -> Self {
        Self { rotation: rotation.clone() }
    }

    fn find(&self, cloud: &Reader) -> Result<Value> {
        let (name, region) = (&self.rotation.config.redis.instance, &self.rotation.config.project.region);
        resources::redis_instance(cloud, name, region)?.ok_or_else(|| Error::Prerequisite {
            resource: begin_address(),
            need: Need::Resource(self.address()),
            step: "03-redis".to_owned(),
        })
    }

    /// Whether AUTH was off since the rotation began, and is on again: the string is no longer the one that the URL's version
    /// from before says.
    fn is_new(&self, cloud: &Reader, instance: &Value, before: &str) -> Result<bool> {
        if instance["authEnabled"] != true {
            return Ok(false);
        }
        let newest = resources::latest(cloud, names::REDIS_URL)?;
        let now = url::redis_url(&self.rotation.config)(cloud)?;
        Ok(newest.is_none_or(|newest| newest.version != before || Some(newest.value) != now))
    }

    fn toggle(&self, cloud: &Writer) -> Result<()> {
        if self.find(cloud)?["authEnabled"] == true {
            self.set(cloud, "--no-enable-auth")?;
        }
        self.set(cloud, "--enable-auth")
    }

    fn set(&self, cloud: &Writer, auth: &str) -> Result<()> {
        let (name, region) = (&self.rotation.config.redis.instance, &self.rotation.config.project.region);
        let command = gcloud!["redis instances update", name, "--region={region}", auth];
        cloud.change(command.deadline(PATIENCE)).map(drop)
    }
}

impl Part for NewAuth {
    fn address(&self) -> Address {
        resources::redis_instance_address(&self.rotation.config.redis.instance)
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Resource(begin_address())]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let there = match self.rotation.mark.progress(cloud)? {
            Progress::Ahead => false,
            Progress::Done => true,
            Progress::Underway(before) => {
                let instance = self.find(cloud)?;
                if let Some(unready) = unready(&instance) {
                    return Ok(unready);
                }
                self.is_new(cloud, &instance, &before)?
            }
        };
        Ok(if there { State::Present } else { State::Drifted(vec![Diff::secret("AUTH string")]) })
    }

    fn impact(&self) -> Impact {
        Impact::takes(120).interrupting(
            "new connections to the cache, until the new revision serves; it asks for no password while AUTH is off",
        )
    }

    fn carry_out(&self, cloud: &Writer) -> Result<()> {
        self.toggle(cloud).inspect_err(|_| {
            let text = format!(
                "AUTH of {} may be off: until `{COMMAND}` has come to its end, whoever is in the network may reach it without a \
                 password, and the service may open no new connection to it",
                self.address()
            );
            cloud.note(true, text, None);
        })
    }

    fn holds_data(&self) -> bool {
        true
    }
}
