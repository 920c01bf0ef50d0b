//! What the rotations of all secrets have in common: the mark that says how far one is, and the parts that both have.

mod mark;
mod new_value;
mod old_versions;
mod part;

pub use mark::{Progress, Rotation};
pub use new_value::NewValue;
pub use old_versions::{OldVersions, Pending};
pub use part::{Part, Parted};
