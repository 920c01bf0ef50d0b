use engine::{Address, AtDestroy, Diff, Error, Need, Reader, Resource, Result, State, Writer};
use resources::{SecretValue, secret_exists};

/// A secret of the application's own (`cloud_run.secrets`): the person makes it, this tool only lets the service read it.
pub struct ExistingSecret {
    name: String,
}

impl ExistingSecret {
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned() }
    }

    fn missing(&self) -> Error {
        let name = &self.name;
        Error::person(
            format!("there is no secret {name}"),
            "cloud_run.secrets gives it to the service, and this tool does not know its value",
            format!(
                "make it: `gcloud secrets create {name} --replication-policy=automatic --data-file=FILE`"
            ),
        )
    }
}

impl Resource for ExistingSecret {
    fn address(&self) -> Address {
        SecretValue::address_of(&self.name)
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Api("secretmanager.googleapis.com")]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        if secret_exists(cloud, &self.name)? { Ok(State::Present) } else { Err(self.missing()) }
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        self.check(cloud).map(drop)
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        self.check(cloud).map(drop)
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::Kept("this tool did not make it")
    }

    fn delete(&self, _cloud: &Writer) -> Result<()> {
        Ok(())
    }
}
