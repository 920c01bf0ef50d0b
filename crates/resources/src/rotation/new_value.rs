use super::{Part, Rotation, mark::Progress};
use crate::SecretValue;
use engine::{Address, Diff, Need, Reader, Resource, Result, State, Writer};

/// The new version of a secret whose value follows from what was renewed: a URL, from a new password.
pub struct NewValue {
    rotation: Rotation,
    secret: SecretValue,
    after: Need,
    ready: Ready,
}

/// What must be waited for before the value can be compared, in words.
type Ready = Box<dyn Fn(&Reader) -> Result<Option<String>> + Send + Sync>;

impl NewValue {
    /// That of this secret, once the other thing is renewed.
    pub fn new(rotation: &Rotation, secret: SecretValue, after: Need) -> Self {
        Self { rotation: rotation.clone(), secret, after, ready: Box::new(|_| Ok(None)) }
    }

    /// Adds what must be waited for.
    pub fn waiting_for(
        mut self,
        ready: impl Fn(&Reader) -> Result<Option<String>> + Send + Sync + 'static,
    ) -> Self {
        self.ready = Box::new(ready);
        self
    }
}

impl Part for NewValue {
    fn address(&self) -> Address {
        self.secret.address()
    }

    fn needs(&self) -> Vec<Need> {
        vec![self.after.clone()]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        match self.rotation.progress(cloud)? {
            Progress::Ahead => Ok(State::Drifted(vec![Diff::secret("value")])),
            Progress::Done => Ok(State::Present),
            Progress::Underway(_) => match (self.ready)(cloud)? {
                Some(why) => Ok(State::Busy(why)),
                None => self.secret.check(cloud),
            },
        }
    }

    fn carry_out(&self, cloud: &Writer) -> Result<()> {
        match self.secret.check(cloud)? {
            State::Absent => self.secret.create(cloud),
            State::Drifted(diffs) => self.secret.update(cloud, &diffs),
            _ => Ok(()),
        }
    }
}
