//! Kinds of resources that several steps keep: IAM binding, secret, service account.

mod iam_binding;
mod secret;
mod service_account;

#[cfg(test)]
mod tests;

pub use iam_binding::IamBinding;
pub use secret::{Latest, SecretValue, add_version, annotate, annotations, create_secret, latest};
pub use service_account::ServiceAccount;
