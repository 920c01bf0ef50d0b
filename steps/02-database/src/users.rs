//! Two users of the database take turns: `database.user`, which owns everything, and a second one that acts as it. Whose turn
//! it is stands in annotations on the password's secret, so that every laptop sees the same.

use config::{Config, names};
use engine::{Reader, Result};
use resources::Rotation;

/// Which user was given which version of the password: `INSTANCE/USER/VERSION`. Cloud SQL never shows a password, so this is
/// how a disagreement is seen.
pub const SET: &str = "sql-user-password";

/// Who acts as whom: `INSTANCE/SECOND/FIRST`.
pub const ACTS: &str = "sql-user-acts-as";

/// The rotation that is under way, which notes `USER/VERSION` (to this user, after this version), or the last one.
const ROTATION: &str = "sql-rotation";

/// The two users.
#[derive(Clone)]
pub struct Users {
    pub instance: String,
    pub first: String,
    pub second: String,
}

/// How far a rotation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not begun, or by another name.
    Ahead,
    Underway {
        /// Whose turn it will be.
        to: String,
        /// The version of the password before it.
        after: u64,
    },
    /// This very one is done.
    Done,
}

impl Users {
    pub fn new(config: &Config) -> Self {
        Self {
            instance: config.database.instance.clone(),
            first: config.database.user.clone(),
            second: config.second_database_user(),
        }
    }

    pub fn mark(&self, user: &str, version: &str) -> String {
        format!("{}/{user}/{version}", self.instance)
    }

    /// The user and the version that were set last, if they are of this instance and one of the two.
    pub fn set(&self, cloud: &Reader) -> Result<Option<(String, String)>> {
        let mark = resources::annotations(cloud, names::DB_PASSWORD)?.remove(SET);
        Ok(mark.as_deref().and_then(|mark| self.read(mark)))
    }

    fn read(&self, mark: &str) -> Option<(String, String)> {
        let (user, version) = mark.strip_prefix(&self.instance)?.strip_prefix('/')?.rsplit_once('/')?;
        let known = user == self.first || user == self.second;
        known.then(|| (user.to_owned(), version.to_owned()))
    }

    /// Whose turn it is: that of the first one, where nothing says otherwise.
    pub fn current(&self, cloud: &Reader) -> Result<String> {
        Ok(self.set(cloud)?.map_or_else(|| self.first.clone(), |(user, _)| user))
    }

    /// The other one of the two.
    pub fn other_than(&self, user: &str) -> &str {
        if user == self.first { &self.second } else { &self.first }
    }
}

/// The mark of a rotation of the password; without a name, that of any.
pub fn mark() -> Rotation {
    Rotation::new(names::DB_PASSWORD, ROTATION)
}

/// Reads how far a rotation is.
pub fn progress(cloud: &Reader, rotation: &Rotation) -> Result<Progress> {
    Ok(match rotation.progress(cloud)? {
        resources::Progress::Underway(what) => underway(&what).unwrap_or(Progress::Ahead),
        resources::Progress::Ahead => Progress::Ahead,
        resources::Progress::Done => Progress::Done,
    })
}

/// `USER/VERSION`
fn underway(what: &str) -> Option<Progress> {
    let (to, after) = what.rsplit_once('/')?;
    Some(Progress::Underway { to: to.to_owned(), after: after.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_way_says_whose_turn_comes() {
        assert_eq!(underway("app-b/3"), Some(Progress::Underway { to: "app-b".into(), after: 3 }));
        assert_eq!((underway("3"), underway("app-b/three")), (None, None));
    }

    #[test]
    fn a_mark_counts_for_its_instance_and_the_two_users() {
        let users = Users { instance: "db".into(), first: "app".into(), second: "app-b".into() };
        let read = |mark: &str| users.read(mark).map(|(user, version)| format!("{user} {version}"));
        assert_eq!(read("db/app-b/2").as_deref(), Some("app-b 2"));
        assert_eq!(read("db/app/1").as_deref(), Some("app 1"));
        assert_eq!((read("other/app/1"), read("db/else/1"), read("db-2/app/1")), (None, None, None));
        assert_eq!((users.other_than("app"), users.other_than("app-b")), ("app-b", "app"));
    }
}
