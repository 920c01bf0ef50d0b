//! Step 06-monitoring.

use config::Config;
use engine::Step;

/// What this step keeps.
pub fn step(_config: &Config) -> Step {
    Step::new("06-monitoring", "Logs, checks, alerts")
}
