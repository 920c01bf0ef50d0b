//! What is allowed but probably not meant.

use std::fmt;

/// Something that a person should know before going on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// The application can ask for more database connections than there are.
    Connections {
        /// `cloud_run.max_instances`
        instances: u32,
        /// `database.pool_per_instance`
        pool: u32,
        /// `max_connections`, from the flag or Google's default for the tier.
        limit: u32,
        /// `database.tier`
        tier: String,
        /// What that tier has.
        memory_mb: u32,
    },
    /// The connector's name is longer than Google documents, though its API takes it.
    ConnectorName {
        /// `cloud_run.connector.name`
        name: String,
        /// Its length, hyphens counted twice.
        counted: usize,
    },
    /// A standby does not bring Google's promise of availability to a shared-core machine.
    SharedCoreRegional {
        /// `database.tier`
        tier: String,
    },
    /// An environment variable that looks like a key, but is not read.
    UnreadVariable {
        /// What is set.
        variable: String,
        /// What would be read.
        meant: String,
    },
    /// A plain environment variable of the service whose name says that it holds a secret.
    PlainSecret {
        /// Its name.
        variable: String,
    },
}

impl Warning {
    /// The key that it is about; none for what is not a key.
    pub fn key(&self) -> Option<String> {
        Some(match self {
            Warning::Connections { .. } => "cloud_run.max_instances".into(),
            Warning::ConnectorName { .. } => "cloud_run.connector.name".into(),
            Warning::SharedCoreRegional { .. } => "database.availability".into(),
            Warning::PlainSecret { variable } => format!("cloud_run.env.{variable}"),
            Warning::UnreadVariable { .. } => return None,
        })
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::Connections { instances, pool, limit, tier, memory_mb } => write!(
                f,
                "cloud_run.max_instances = {instances} times database.pool_per_instance = {pool} is {} connections, \
                 but the database takes {limit} ({tier} has {}.{} GB of memory); lower one of the two, or choose a \
                 larger tier and raise database.flags.max_connections",
                u64::from(*instances) * u64::from(*pool),
                memory_mb / 1024,
                memory_mb % 1024 * 10 / 1024,
            ),
            Warning::ConnectorName { name, counted } => write!(
                f,
                "cloud_run.connector.name = \"{name}\" counts {counted} characters, hyphens twice; Google documents \
                 fewer than 21, though its API takes 25; a shorter name is safe"
            ),
            Warning::SharedCoreRegional { tier } => write!(
                f,
                "database.availability = \"regional\" with the shared-core tier {tier}: there is a standby, but \
                 Google's service level agreement leaves shared-core machines out; db-custom-1-3840 is covered"
            ),
            Warning::UnreadVariable { variable, meant } => {
                write!(f, "the environment variable {variable} is not read; {meant} would be")
            }
            Warning::PlainSecret { variable } => write!(
                f,
                "cloud_run.env.{variable} looks like a secret, but everyone who may see the service can read it \
                 there; keep it in Secret Manager and name it in cloud_run.secrets"
            ),
        }
    }
}
