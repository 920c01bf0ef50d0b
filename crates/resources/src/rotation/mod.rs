//! What the rotations of all secrets have in common: the mark that says how far one is, and the parts that both have.

mod mark;
mod new_value;
mod old_versions;
mod part;
mod schedule;
mod topic;

pub use mark::{Progress, Rotation, UNDERWAY, way_of_rotation};
pub use new_value::NewValue;
pub use old_versions::{OldVersions, Pending};
pub use part::{Part, Parted};
pub use schedule::RotationSchedule;
pub(crate) use schedule::next_rotation;
pub use topic::{rotation_publisher, topic_address};
