use super::{Rotation, begin_address};
use crate::user;
use crate::users::{ACTS, Progress};
use config::names;
use engine::{Address, Diff, Error, Need, Reader, Result, State, Writer};
use resources::{Part, SecretValue};

/// From this version on, only who has the ADMIN OPTION on a role may hand it out, and nobody has it on the first user.
const STRICT: u32 = 16;

/// The mark that a rotation is under way. It stands before anything else is changed, and names the user whose turn comes.
pub struct Begin {
    rotation: Rotation,
}

impl Begin {
    pub fn new(rotation: &Rotation) -> Self {
        Self { rotation: rotation.clone() }
    }

    /// What must hold before a rotation begins: a deployment that works. The version of the password before it.
    fn ready(&self, cloud: &Reader) -> Result<u64> {
        let (users, config) = (&self.rotation.users, &self.rotation.config);
        let missing = |what: Address, step: &str| Error::Prerequisite {
            resource: begin_address(),
            need: Need::Resource(what),
            step: step.to_owned(),
        };
        let instance = resources::sql_instance(cloud, &users.instance)?;
        let Some(instance) = instance.filter(|instance| instance["state"] == "RUNNABLE") else {
            return Err(missing(resources::sql_instance_address(&users.instance), "02-database"));
        };
        let Some(password) = resources::latest(cloud, names::DB_PASSWORD)? else {
            return Err(missing(SecretValue::address_of(names::DB_PASSWORD), "02-database"));
        };
        let set = users.set(cloud)?;
        let there = user::names(cloud, &users.instance)?;
        let holds = set.is_some_and(|(user, version)| there.contains(&user) && version == password.version);
        if !holds || !there.contains(&users.first) {
            return Err(missing(user::address(config), "02-database"));
        }
        let (region, service) = (&config.project.region, &config.cloud_run.service);
        if resources::run_service(cloud, region, service)?.is_none() {
            return Err(missing(Address::new("run-service", service), "04-cloud-run"));
        }
        self.can_act(cloud, instance["databaseVersion"].as_str().unwrap_or_default())?;
        password
            .version
            .parse()
            .map_err(|_| Error::answer("secrets versions access", "the version is no number"))
    }

    /// Whether the second user can be made to act as the first.
    fn can_act(&self, cloud: &Reader, version: &str) -> Result<()> {
        let users = &self.rotation.users;
        let number = version.split('_').nth(1).and_then(|number| number.parse::<u32>().ok()).unwrap_or(0);
        let acts = resources::annotations(cloud, names::DB_PASSWORD)?.remove(ACTS);
        if number < STRICT || acts == Some(users.mark(&users.second, &users.first)) {
            return Ok(());
        }
        let (first, second) = (&users.first, &users.second);
        Err(Error::person(
            "the password cannot be rotated by this tool",
            format!(
                "in {version}, {first} may not let {second} act as it: that takes the ADMIN OPTION, which Cloud SQL gives to \
                 nobody, and gcloud has no command for it"
            ),
            "rotate by hand, in an hour in which an interruption does no harm: see docs/guide/rotate.md",
        ))
    }
}

impl Part for Begin {
    fn address(&self) -> Address {
        begin_address()
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        if self.rotation.progress(cloud)? != Progress::Ahead {
            return Ok(State::Present);
        }
        self.ready(cloud)?;
        let current = self.rotation.users.current(cloud)?;
        Ok(State::Drifted(vec![Diff::new("user", current, self.rotation.to(cloud)?)]))
    }

    fn carry_out(&self, cloud: &Writer) -> Result<()> {
        let (to, after) = (self.rotation.to(cloud)?, self.ready(cloud)?);
        self.rotation.mark.begin(cloud, &format!("{to}/{after}"))
    }
}
