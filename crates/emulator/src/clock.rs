//! Virtual durations: seconds of the real thing times a scale.

use jiff::{SignedDuration, Timestamp};

/// How fast operations run. 0: they are done at once. 1: as slow as Google.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale(pub f64);

impl Scale {
    /// The instant at which something that takes `seconds` on Google ends here.
    pub fn after(self, start: Timestamp, seconds: f64) -> Timestamp {
        let scaled =
            SignedDuration::try_from_secs_f64(seconds * self.0.max(0.0)).unwrap_or(SignedDuration::ZERO);
        start.checked_add(scaled).unwrap_or(Timestamp::MAX)
    }
}
