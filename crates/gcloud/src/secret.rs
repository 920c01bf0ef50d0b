use crate::mask;
use std::fmt;
use zeroize::Zeroizing;

/// A value that no log, error, event or Debug output may show. Only a command's stdin takes it.
///
/// Making one also makes its value known to [`mask`], for as long as the process lives.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        let value = Zeroizing::new(value.into());
        mask::register(&value);
        Self(value)
    }

    /// The value itself. Every caller is a place to look at in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}
