//! Where a person looks at things: pages of the Google Cloud console.

use crate::Config;

impl Config {
    /// A page of the console, about this project: `sql/instances/NAME/overview`.
    pub fn console(&self, page: &str) -> String {
        format!("https://console.cloud.google.com/{page}?project={}", self.project.id)
    }
}
