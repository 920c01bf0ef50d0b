use config::{Config, names};
use engine::{
    Action, Address, AtDestroy, Diff, Error, Finding, Impact, Need, Reader, Resource, Result, State, Writer,
};
use gcloud::{Command, Secret, gcloud};
use resources::{Latest, SecretValue};
use serde_json::json;

/// The annotation of the password's secret that says which user was given which version: `INSTANCE/USER/VERSION`.
/// Cloud SQL never shows a password, so this is how a disagreement is seen.
const SET: &str = "sql-user-password";

/// The application's user. It has the password that the secret holds.
pub struct SqlUser {
    instance: String,
    name: String,
}

impl SqlUser {
    pub fn new(config: &Config) -> Self {
        Self { instance: config.database.instance.clone(), name: config.database.user.clone() }
    }

    fn password(&self, cloud: &Reader) -> Result<Latest> {
        resources::latest(cloud, names::DB_PASSWORD)?.ok_or_else(|| {
            Error::person(
                format!("{} has no password", self.address()),
                format!("the secret {} has no version", names::DB_PASSWORD),
                "run the command again: it makes one",
            )
        })
    }

    fn mark(&self, password: &Latest) -> String {
        format!("{}/{}/{}", self.instance, self.name, password.version)
    }

    /// The password goes in on stdin, as the flag it stands for (JSON is YAML). Without a format: gcloud prints the
    /// password back in its JSON.
    fn set(&self, cloud: &Writer, command: Command) -> Result<()> {
        let password = self.password(cloud)?;
        let flags = Secret::new(json!({"--password": password.value.expose()}).to_string());
        cloud.change(command.arg("--flags-file=-").stdin(flags).without_format())?;
        // After the user: a crash in between sets the same password once more.
        resources::annotate(cloud, names::DB_PASSWORD, SET, &self.mark(&password))
    }
}

impl Resource for SqlUser {
    fn address(&self) -> Address {
        Address::new("sql-user", &self.name)
    }

    fn needs(&self) -> Vec<Need> {
        vec![
            Need::Resource(resources::sql_instance_address(&self.instance)),
            Need::Resource(SecretValue::address_of(names::DB_PASSWORD)),
        ]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let Self { instance, name } = self;
        let users = cloud.list(gcloud!["sql users list", "--instance={instance}"])?;
        if !users.iter().any(|user| user["name"] == name.as_str()) {
            return Ok(State::Absent);
        }
        let wanted = resources::latest(cloud, names::DB_PASSWORD)?.map(|password| self.mark(&password));
        let found = resources::annotations(cloud, names::DB_PASSWORD)?.remove(SET);
        if wanted.is_some() && found == wanted {
            return Ok(State::Present);
        }
        let version = |mark: Option<String>| {
            let own =
                mark.and_then(|mark| mark.strip_prefix(&format!("{instance}/{name}/")).map(str::to_owned));
            own.map_or("(unknown)".to_owned(), |version| format!("version {version}"))
        };
        Ok(State::Drifted(vec![Diff::new("password", version(found), version(wanted))]))
    }

    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let agrees = self.check(cloud)? == State::Present;
        let expected = format!("the newest version of {}", names::DB_PASSWORD);
        let found = if agrees { expected.clone() } else { "another, or nobody knows".to_owned() };
        Ok(vec![Finding::new("password", expected, found, agrees).todo("run `deploy-all`")])
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let Self { instance, name } = self;
        self.set(cloud, gcloud!["sql users create", name, "--instance={instance}"])
    }

    fn impact(&self, action: Action, _diffs: &[Diff]) -> Impact {
        match action {
            Action::Update => Impact::default().interrupting(
                "new connections with the old password: instances of the service read the new one when they start",
            ),
            _ => Impact::default(),
        }
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let Self { instance, name } = self;
        self.set(cloud, gcloud!["sql users set-password", name, "--instance={instance}"])
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::With(resources::sql_instance_address(&self.instance))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let Self { instance, name } = self;
        cloud.change(gcloud!["sql users delete", name, "--instance={instance}"])?;
        Ok(())
    }
}
