//! Kinds of resources that several steps keep: IAM binding, secret, service account. And what several steps read.

mod iam_binding;
#[cfg(feature = "testing")]
pub mod lab;
pub mod network;
mod secret;
mod service_account;

#[cfg(test)]
mod tests;

pub use iam_binding::IamBinding;
pub use secret::{Latest, SecretValue, add_version, annotate, annotations, create_secret, latest};
pub use service_account::ServiceAccount;
