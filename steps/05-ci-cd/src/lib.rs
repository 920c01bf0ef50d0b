//! Step 05-ci-cd.

use config::Config;
use engine::Step;

/// What this step keeps.
pub fn step(_config: &Config) -> Step {
    Step::new("05-ci-cd", "Build and delivery")
}
