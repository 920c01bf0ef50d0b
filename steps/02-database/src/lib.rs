//! Step 02-database.

use config::Config;
use engine::Step;

/// What this step keeps.
pub fn step(_config: &Config) -> Step {
    Step::new("02-database", "Cloud SQL PostgreSQL")
}
