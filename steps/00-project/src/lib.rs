//! Step 00-project.

use config::Config;
use engine::Step;

/// What this step keeps.
pub fn step(_config: &Config) -> Step {
    Step::new("00-project", "Project, billing, APIs")
}
