use crate::rotate::COMMAND;
use crate::users::{SET, Users, mark};
use config::{Config, names};
use engine::{
    Action, Address, AtDestroy, Diff, Error, Finding, Impact, Need, Reader, Resource, Result, State, Way,
    Writer,
};
use gcloud::{Command, Secret, gcloud};
use resources::{Latest, SecretValue, UNDERWAY};
use serde_json::json;

/// The application's user, which owns what is in the database. It, or the second user if it is that one's turn, has the
/// password that the secret holds.
pub struct SqlUser {
    users: Users,
    former: bool,
}

pub fn address(config: &Config) -> Address {
    Address::new("sql-user", &config.database.user)
}

/// The names of the users that the instance has.
pub fn names(cloud: &Reader, instance: &str) -> Result<Vec<String>> {
    let users = cloud.list(gcloud!["sql users list", "--instance={instance}"])?;
    Ok(users.iter().filter_map(|user| Some(user["name"].as_str()?.to_owned())).collect())
}

/// The password that the secret holds.
pub fn password(cloud: &Reader, whose: &Address) -> Result<Latest> {
    resources::latest(cloud, names::DB_PASSWORD)?.ok_or_else(|| {
        Error::person(
            format!("{whose} has no password"),
            format!("the secret {} has no version", names::DB_PASSWORD),
            "run the command again: it makes one",
        )
    })
}

/// Gives a user a password, and makes the user if need be. The password goes in on stdin, as the flag it stands for (JSON is
/// YAML). Without a format: gcloud prints the password back in its JSON.
pub fn give(cloud: &Writer, instance: &str, user: &str, exists: bool, password: &Secret) -> Result<()> {
    let command = match exists {
        true => Command::new("sql users set-password"),
        false => Command::new("sql users create"),
    };
    let flags = Secret::new(json!({"--password": password.expose()}).to_string());
    let command = command.arg(user).arg(format!("--instance={instance}"));
    cloud.change(command.arg("--flags-file=-").stdin(flags).without_format())?;
    Ok(())
}

impl SqlUser {
    pub fn new(config: &Config) -> Self {
        Self { users: Users::new(config), former: false }
    }

    /// One that the config named before.
    pub fn former(config: &Config, name: &str) -> Self {
        let mut config = config.clone();
        name.clone_into(&mut config.database.user);
        Self { users: Users::new(&config), former: true }
    }

    /// Gives this user, or the second one, the password that the secret holds.
    fn set(&self, cloud: &Writer, user: &str, exists: bool) -> Result<()> {
        let password = password(cloud, &self.address())?;
        give(cloud, &self.users.instance, user, exists, &password.value)?;
        // After the user: a crash in between sets the same password once more.
        resources::annotate(cloud, names::DB_PASSWORD, SET, &self.users.mark(user, &password.version))
    }

    /// Whose turn it is; the first one's where the second is gone.
    fn current(&self, cloud: &Reader, there: &[String]) -> Result<String> {
        let current = self.users.current(cloud)?;
        Ok(if there.contains(&current) { current } else { self.users.first.clone() })
    }
}

impl Resource for SqlUser {
    fn address(&self) -> Address {
        Address::new("sql-user", &self.users.first)
    }

    fn needs(&self) -> Vec<Need> {
        vec![
            Need::Resource(resources::sql_instance_address(&self.users.instance)),
            Need::Resource(SecretValue::address_of(names::DB_PASSWORD)),
        ]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        if let Some(unsettled) = mark().unsettled(cloud)? {
            return Ok(unsettled);
        }
        let there = names(cloud, &self.users.instance)?;
        if !there.contains(&self.users.first) {
            return Ok(State::Absent);
        }
        if self.former {
            return Ok(State::Present);
        }
        let current = self.current(cloud, &there)?;
        let wanted = resources::latest(cloud, names::DB_PASSWORD)?.map(|password| password.version);
        let found = self.users.set(cloud)?.filter(|(user, _)| *user == current).map(|(_, version)| version);
        if wanted.is_some() && found == wanted {
            return Ok(State::Present);
        }
        let version = |version: Option<String>| {
            version.map_or("(unknown)".to_owned(), |version| format!("version {version}"))
        };
        Ok(State::Drifted(vec![Diff::new("password", version(found), version(wanted))]))
    }

    fn verify(&self, cloud: &Reader) -> Result<Vec<Finding>> {
        let expected = format!("the newest version of {}", names::DB_PASSWORD);
        if mark().is_underway(cloud)? {
            let finding = Finding::new("password", expected, UNDERWAY, false);
            return Ok(vec![finding.todo(format!("finish it: run `{COMMAND}`"))]);
        }
        let agrees = self.check(cloud)? == State::Present;
        let found = if agrees { expected.clone() } else { "another, or nobody knows".to_owned() };
        Ok(vec![Finding::new("password", expected, found, agrees).todo("run `deploy-all`")])
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        self.set(cloud, &self.users.first, false)
    }

    fn way(&self, diffs: &[Diff]) -> Way {
        resources::way_of_rotation(diffs, COMMAND).unwrap_or(Way::InPlace)
    }

    fn impact(&self, action: Action, _diffs: &[Diff]) -> Impact {
        match action {
            Action::Update => Impact::default().interrupting(
                "new connections with the old password are refused: those of the service until its new revision serves",
            ),
            _ => Impact::default(),
        }
    }

    /// PostgreSQL lets nobody use what another user owns, unless that one grants it.
    fn in_place_of(&self, former: &Address) -> Impact {
        let (user, former) = (&self.users.first, former.name());
        Impact::default().interrupting(format!(
            "the application, where it uses what {former} has made: that stays {former}'s, and {user} may not use it until it is \
             granted (REASSIGN OWNED BY {former} TO {user})"
        ))
    }

    fn stays_since(&self) -> Option<&'static str> {
        self.former.then_some("it owns what it has made in the database; its password still opens it")
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        let there = names(cloud, &self.users.instance)?;
        self.set(cloud, &self.current(cloud, &there)?, true)
    }

    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::With(resources::sql_instance_address(&self.users.instance))
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        let Users { instance, first, .. } = &self.users;
        cloud.change(gcloud!["sql users delete", first, "--instance={instance}"])?;
        Ok(())
    }
}
