//! What a deployment costs a month: from its config and a dated table of Google's list prices, before anything exists.
//!
//! An estimate has a line for each resource, and two columns: the least and the most that it may cost
//! within what is assumed of the traffic ([`Traffic`], which can be set). Nothing here asks anybody: no gcloud, no account, no network.
//!
//! [`difference`] says what a plan's changes do to the month's bill, by the same rules: the estimate of what will be,
//! less the estimate of what is.

mod difference;
mod estimate;
mod price;
mod rates;
mod region;
mod sizes;
mod traffic;

pub use difference::{Change, Difference, difference};
pub use estimate::{Estimate, Line, Part, estimate};
pub use price::{Price, Prices, prices};
pub use region::Region;
pub use traffic::{Assumption, Bounds, Traffic, Wrong};
