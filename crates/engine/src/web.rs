//! What answers at a URL: for what gcloud cannot tell, whether the service itself works.

use crate::{Engine, Reader};
use std::sync::Arc;

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reached {
    /// The status of the answer.
    Answered(u16),
    /// There was none; why, in words.
    Nothing(String),
}

/// Sends a GET, without any login, by the way that gcloud's own calls go.
pub trait Web: Send + Sync {
    /// What answers. Redirects are not followed.
    fn get(&self, url: &str) -> Reached;
}

impl Engine {
    /// Gives resources a way to ask a URL.
    pub fn with_web(self, web: Arc<dyn Web>) -> Self {
        // Nobody else has set one: an engine is made once.
        let _ = self.core.web.set(web);
        self
    }
}

impl Reader {
    /// What answers at a URL.
    pub fn reach(&self, url: &str) -> Reached {
        match self.core.web.get() {
            Some(web) => web.get(url),
            None => Reached::Nothing("nothing but gcloud may be asked here".to_owned()),
        }
    }
}
