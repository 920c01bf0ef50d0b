//! Step 03-redis.

use config::Config;
use engine::Step;

/// What this step keeps.
pub fn step(_config: &Config) -> Step {
    Step::new("03-redis", "Memorystore Redis")
}
