//! Step 04-cloud-run.

use config::Config;
use engine::Step;

/// What this step keeps.
pub fn step(_config: &Config) -> Step {
    Step::new("04-cloud-run", "Cloud Run service")
}
