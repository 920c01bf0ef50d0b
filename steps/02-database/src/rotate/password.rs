use super::{Rotation, begin_address};
use crate::PASSWORD_CHARACTERS;
use crate::user;
use crate::users::{Progress, SET};
use config::names;
use engine::{Address, Diff, Need, Reader, Result, State, Writer};
use resources::{Part, SecretValue};

/// The new version of the password. It is in Secret Manager before anything uses it.
pub struct NewPassword {
    rotation: Rotation,
}

impl NewPassword {
    pub fn new(rotation: &Rotation) -> Self {
        Self { rotation: rotation.clone() }
    }
}

impl Part for NewPassword {
    fn address(&self) -> Address {
        SecretValue::address_of(names::DB_PASSWORD)
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Resource(begin_address())]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let there = match self.rotation.progress(cloud)? {
            Progress::Ahead => false,
            Progress::Done => true,
            Progress::Underway { after, .. } => {
                let newest = resources::latest(cloud, names::DB_PASSWORD)?;
                newest
                    .and_then(|newest| newest.version.parse::<u64>().ok())
                    .is_some_and(|newest| newest > after)
            }
        };
        Ok(if there { State::Present } else { State::Drifted(vec![Diff::secret("value")]) })
    }

    fn carry_out(&self, cloud: &Writer) -> Result<()> {
        let value = cloud.generate_secret(PASSWORD_CHARACTERS);
        resources::add_version(cloud, names::DB_PASSWORD, &value)?;
        Ok(())
    }
}

/// The user whose turn comes, with the new password.
pub struct NewUser {
    rotation: Rotation,
}

pub fn new_user_address() -> Address {
    Address::new("sql-user", "next")
}

impl NewUser {
    pub fn new(rotation: &Rotation) -> Self {
        Self { rotation: rotation.clone() }
    }
}

impl Part for NewUser {
    fn address(&self) -> Address {
        new_user_address()
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Resource(SecretValue::address_of(names::DB_PASSWORD))]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let progress = self.rotation.progress(cloud)?;
        let users = &self.rotation.users;
        if let Progress::Underway { to, after } = &progress {
            let newest = resources::latest(cloud, names::DB_PASSWORD)?.map(|newest| newest.version);
            if newest.as_deref().and_then(|newest| newest.parse().ok()) == Some(*after) {
                // Which version is the newest is not seen everywhere at once.
                return Ok(State::Busy("waiting for the new password to be seen everywhere".to_owned()));
            }
            let set = users.set(cloud)?;
            let there = user::names(cloud, &users.instance)?.contains(to);
            if there && set.is_some_and(|(user, version)| user == *to && Some(version) == newest) {
                return Ok(State::Present);
            }
        }
        Ok(match progress {
            Progress::Done => State::Present,
            _ => State::Drifted(vec![Diff::secret(format!("password of {}", self.rotation.to(cloud)?))]),
        })
    }

    fn carry_out(&self, cloud: &Writer) -> Result<()> {
        let (users, to) = (&self.rotation.users, self.rotation.to(cloud)?);
        let exists = user::names(cloud, &users.instance)?.contains(&to);
        let password = user::password(cloud, &self.address())?;
        user::give(cloud, &users.instance, &to, exists, &password.value)?;
        // After the user: a crash in between sets the same password once more.
        resources::annotate(cloud, names::DB_PASSWORD, SET, &users.mark(&to, &password.version))
    }
}
