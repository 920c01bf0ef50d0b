//! The programs `deploy-all` and `step`.

pub mod args;
