//! Step 02-database: Cloud SQL for PostgreSQL, and the secrets that the application reaches it with.
//!
//! The password exists first as a secret; the user is then given what the secret holds, and an annotation on the secret says so. So the
//! secret, the user and the URL agree at the end of a run, wherever the one before it stopped.

mod acceptance;
pub mod adopt;
mod database;
mod impact;
mod instance;
pub mod rotate;
mod settings;
mod url;
mod user;
mod users;

use config::{Config, names};
use engine::{Address, Former, Need, Step};
use resources::{RotationSchedule, SecretValue};

/// As long as a password manager would make it: 62^40 is more than 2^238.
const PASSWORD_CHARACTERS: usize = 40;

/// A resource of this step under a name that the config names no more. `None`: none of this step's, or under a fixed name.
pub fn former(config: &Config, address: &Address) -> Option<Former> {
    let name = address.name();
    match address.kind() {
        "sql-instance" => Some(Former::of(instance::SqlInstance::former(config, name))),
        "sql-database" => Some(Former::of(database::SqlDatabase::of_name(config, name))),
        // The second user comes and goes with the rotations of the first.
        "sql-user" => Some(Former::of(user::SqlUser::former(config, name))),
        _ => None,
    }
}

/// What this step keeps.
pub fn step(config: &Config) -> Step {
    let labels = config.project.labels.clone();
    Step::new("02-database", "Cloud SQL PostgreSQL")
        .keep(instance::SqlInstance::new(config))
        .keep(database::SqlDatabase::new(config))
        .keep(
            SecretValue::generated(names::DB_PASSWORD, PASSWORD_CHARACTERS)
                .labels(labels)
                .told_as("database.password_secret"),
        )
        .keep(user::SqlUser::new(config))
        .keep(url_secret(config).rotated_by(users::mark(), rotate::COMMAND))
        .keep(RotationSchedule::new(
            users::mark(),
            rotate::COMMAND,
            &config.project.id,
            &config.rotation.topic,
            config.rotation.db_password_days,
        ))
}

/// The secret that holds the application's database URL.
fn url_secret(config: &Config) -> SecretValue {
    SecretValue::computed(names::DATABASE_URL, url::database_url(config))
        .labels(config.project.labels.clone())
        .told_as("database.url_secret")
        .needs([
            Need::Resource(resources::sql_instance_address(&config.database.instance)),
            Need::Resource(SecretValue::address_of(names::DB_PASSWORD)),
        ])
}
