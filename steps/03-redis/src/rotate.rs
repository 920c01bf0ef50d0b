//! Rotating the AUTH string of the cache.
//!
//! Memorystore gives a new one only when AUTH is switched off and on again, and keeps no old one beside it. So there is a
//! window: from when AUTH goes off until the new revision serves, a client that knows the old string opens no new connection
//! (with AUTH off, Redis refuses whoever sends a string; with AUTH on, the old one is wrong). Connections that are open go on.
//! To keep the window short, all that can be refused is looked at before it begins, AUTH goes on right after it went off, and
//! what can wait is done after it.
//!
//! How far it is follows from the cloud: a mark on the secret `redis-url` names its version before the rotation, and the AUTH
//! string is the new one if that version does not hold it.

mod auth;
mod begin;
mod finish;

use config::{Config, names};
use engine::{Address, Error, Need, Reader, Result, Step};
use resources::{NewValue, OldVersions, Parted, Pending, SecretValue};

/// The command that rotates it.
pub const COMMAND: &str = "deploy-all rotate redis";

/// What a person must know before it begins.
pub const WINDOW: &str = "For about 4 minutes, no new connection to the cache can be opened with the URL that the application has: from \
     when AUTH goes off until the new revision of the service serves. Connections that are open go on. For about one of these \
     minutes, while AUTH is off, whoever is in the network reaches the cache without a password. Whoever else reads redis-url must \
     read it again. The way without a window is a second instance: docs/guide/rotate.md.";

/// The mark on the secret: what it notes is the version of `redis-url` before the rotation.
pub fn mark() -> resources::Rotation {
    resources::Rotation::new(names::REDIS_URL, "redis-rotation")
}

/// A rotation, and the name that it has in the cloud.
#[derive(Clone)]
pub struct Rotation {
    config: Config,
    mark: resources::Rotation,
}

/// Where it begins.
fn begin_address() -> Address {
    Address::new("rotation", names::REDIS_URL)
}

impl Rotation {
    /// A rotation that has no name yet.
    pub fn new(config: &Config) -> Self {
        Self { config: config.clone(), mark: mark() }
    }

    /// Names it: the same name goes on with the same rotation. The first name counts.
    pub fn name(&self, id: String) {
        self.mark.name(id);
    }

    /// Says whether nothing of it has been done.
    pub fn pending(&self) -> Pending {
        self.mark.pending()
    }

    /// The new AUTH string, and the secret that says so.
    pub fn prepare(&self) -> Step {
        Step::new("prepare", "New AUTH string")
            .keep(Parted(begin::Begin::new(self)))
            .keep(Parted(auth::NewAuth::new(self)))
            .keep(Parted(NewValue::new(
                &self.mark,
                crate::url_secret(&self.config),
                crate::instance_of(&self.config),
            )))
    }

    /// What must end once `served` stands: the old versions, and the rotation.
    pub fn retire(&self, served: &Address) -> Step {
        let (region, service) = (&self.config.project.region, &self.config.cloud_run.service);
        let old = OldVersions::new(names::REDIS_URL, region, service, self.pending());
        Step::new("retire", "Old URL")
            .keep(Parted(old.needs([Need::Resource(served.clone())])))
            .keep(Parted(finish::Finish::new(self)))
    }

    /// Where the service's part belongs: after this.
    pub fn prepared() -> Address {
        SecretValue::address_of(names::REDIS_URL)
    }

    /// The number of the newest version of the URL.
    fn newest(cloud: &Reader) -> Result<u64> {
        let newest = resources::latest(cloud, names::REDIS_URL)?;
        newest
            .and_then(|newest| newest.version.parse().ok())
            .ok_or_else(|| Error::answer("secrets versions access", "there is no version with a number"))
    }
}
