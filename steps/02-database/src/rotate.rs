//! Rotating the password of the database while the application works.
//!
//! A PostgreSQL role has one password, so two users take turns. The one whose turn it is not gets a new password, which nobody
//! uses yet; the secrets say so; a new revision of the service begins with them; only then does the old password end. At every
//! moment, what the newest version of `database-url` says works, and so does what the revision that serves was started with.
//!
//! How far it is follows from the cloud: every part says by itself whether it is done, and a mark on the password's secret says
//! that a rotation is under way, so that it can be finished from any machine, and nothing else begins meanwhile.

mod act_as;
mod begin;
mod password;
mod retire;

use crate::users::{Progress, Users, mark, progress};
use config::{Config, names};
use engine::{Address, Need, Reader, Result, Step};
use resources::{NewValue, OldVersions, Parted, Pending, SecretValue};

/// The command that rotates it.
pub const COMMAND: &str = "deploy-all rotate db-password";

/// A rotation, and the name that it has in the cloud.
#[derive(Clone)]
pub struct Rotation {
    config: Config,
    users: Users,
    mark: resources::Rotation,
}

/// Where it begins.
fn begin_address() -> Address {
    Address::new("rotation", names::DB_PASSWORD)
}

impl Rotation {
    /// A rotation that has no name yet.
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone(), users: Users::new(config), mark: mark() }
    }

    /// Names it: the same name goes on with the same rotation. The first name counts.
    pub fn name(&self, id: String) {
        self.mark.name(id);
    }

    fn progress(&self, cloud: &Reader) -> Result<Progress> {
        progress(cloud, &self.mark)
    }

    /// Whether nothing of it has been done.
    pub fn pending(&self) -> Pending {
        let rotation = self.clone();
        Box::new(move |cloud| Ok(rotation.progress(cloud)? == Progress::Ahead))
    }

    /// Whose turn it will be.
    fn to(&self, cloud: &Reader) -> Result<String> {
        Ok(match self.progress(cloud)? {
            Progress::Underway { to, .. } => to,
            Progress::Done => self.users.current(cloud)?,
            Progress::Ahead => {
                let current = self.users.current(cloud)?;
                self.users.other_than(&current).to_owned()
            }
        })
    }

    /// The new user, its password, and the secrets that name it.
    pub fn prepare(&self) -> Step {
        Step::new("prepare", "New password")
            .keep(Parted(begin::Begin::new(self)))
            .keep(Parted(password::NewPassword::new(self)))
            .keep(Parted(password::NewUser::new(self)))
            .keep(Parted(act_as::ActAs::new(self)))
            .keep(Parted(self.new_url()))
    }

    /// The secret with the URL, which follows from whose turn it is.
    fn new_url(&self) -> NewValue {
        let (secret, users) = (crate::url_secret(&self.config), self.users.clone());
        NewValue::new(&self.mark, secret, Need::Resource(act_as::address())).waiting_for(move |cloud| {
            // Which version is the newest is not seen everywhere at once.
            let newest = resources::latest(cloud, names::DB_PASSWORD)?.map(|newest| newest.version);
            let set = users.set(cloud)?.map(|(_, version)| version);
            let why = "being made from a password that is not seen everywhere yet";
            Ok((newest != set).then(|| why.to_owned()))
        })
    }

    /// What must end once `served` stands: the old versions and the old user's password.
    pub fn retire(&self, served: &Address) -> Step {
        let (region, service) = (&self.config.project.region, &self.config.cloud_run.service);
        let old = |secret: &str, after: Address| {
            Parted(OldVersions::new(secret, region, service, self.pending()).needs([Need::Resource(after)]))
        };
        Step::new("retire", "Old password")
            .keep(old(names::DATABASE_URL, served.clone()))
            .keep(old(names::DB_PASSWORD, OldVersions::address_of(names::DATABASE_URL)))
            .keep(Parted(retire::OldUser::new(self)))
    }

    /// Where the service's part belongs: after this.
    pub fn prepared() -> Address {
        SecretValue::address_of(names::DATABASE_URL)
    }
}
