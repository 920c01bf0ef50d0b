use crate::secret::annotate_and_restart;
use crate::{Pending, annotate, annotations};
use engine::{Diff, Reader, Result, State, Way, Writer};
use jiff::Timestamp;
use std::sync::{Arc, OnceLock};

/// A rotation of what a secret holds. A mark in an annotation of the secret says how far it is, so that it can be finished
/// from any machine and nothing else begins meanwhile: `ID/WHAT` while it is under way, `ID/done` after that, or `ID+ID/done`
/// where one run began it and another finished it.
#[derive(Clone)]
pub struct Rotation {
    secret: &'static str,
    mark: &'static str,
    id: Arc<OnceLock<String>>,
}

/// The field that differs while a rotation is under way.
const ROTATION: &str = "rotation";

/// What an acceptance check finds of what is being rotated.
pub const UNDERWAY: &str = "nothing yet: a rotation is under way";

/// The way of what is being rotated by this command, if these fields say that it is.
pub fn way_of_rotation(diffs: &[Diff], command: &str) -> Option<Way> {
    diffs.iter().any(|diff| diff.field == ROTATION).then(|| Way::First {
        why: "a rotation was begun, here or on another machine, and has not come to its end".to_owned(),
        command: command.to_owned(),
    })
}

/// How far a rotation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Not begun, or by another name.
    Ahead,
    /// Begun, by whomever: what was noted then.
    Underway(String),
    /// This very one is done.
    Done,
}

impl Rotation {
    /// A rotation of this secret that has no name yet; `mark` is the annotation's name.
    pub fn new(secret: &'static str, mark: &'static str) -> Self {
        Self { secret, mark, id: Arc::default() }
    }

    /// Names it: the same name goes on with the same rotation. The first name counts.
    pub fn name(&self, id: String) {
        let _ = self.id.set(id);
    }

    /// The secret's name.
    pub fn secret(&self) -> &'static str {
        self.secret
    }

    fn id(&self) -> &str {
        self.id.get().map_or("", String::as_str)
    }

    fn found(&self, cloud: &Reader) -> Result<Option<String>> {
        Ok(annotations(cloud, self.secret)?.remove(self.mark))
    }

    /// How far it is. Costs no process beside the list of secrets.
    pub fn progress(&self, cloud: &Reader) -> Result<Progress> {
        Ok(self.found(cloud)?.map_or(Progress::Ahead, |mark| read(&mark, self.id())))
    }

    /// Whether some rotation of this secret is under way.
    pub fn is_underway(&self, cloud: &Reader) -> Result<bool> {
        Ok(matches!(self.progress(cloud)?, Progress::Underway(_)))
    }

    /// What follows from the secret while some rotation of it is under way: neither right nor wrong, so that nothing is
    /// compared and nothing planned.
    pub fn unsettled(&self, cloud: &Reader) -> Result<Option<State>> {
        let underway = self.is_underway(cloud)?;
        Ok(underway.then(|| State::Drifted(vec![Diff::new(ROTATION, "under way", "finished")])))
    }

    /// Says whether nothing of it has been done.
    pub fn pending(&self) -> Pending {
        let rotation = self.clone();
        Box::new(move |cloud| Ok(rotation.progress(cloud)? == Progress::Ahead))
    }

    /// Marks it as under way.
    pub fn begin(&self, cloud: &Writer, what: &str) -> Result<()> {
        annotate(cloud, self.secret, self.mark, &format!("{}/{what}", self.id()))
    }

    /// When the last one was begun that came to its end, or the one that is under way. `None`: there was none.
    pub fn last(&self, cloud: &Reader) -> Result<Option<Timestamp>> {
        Ok(self.found(cloud)?.as_deref().and_then(time))
    }

    /// Marks it as done, by all the names that it had. A schedule of the secret begins anew.
    pub fn end(&self, cloud: &Writer) -> Result<()> {
        let mark = self.found(cloud)?;
        let id = self.id();
        let begun = mark.as_deref().and_then(|mark| mark.split('/').next()).unwrap_or(id);
        let done = if begun == id { format!("{id}/done") } else { format!("{begun}+{id}/done") };
        annotate_and_restart(cloud, self.secret, self.mark, &done)
    }
}

/// Names are the milliseconds of the moment at which a run began.
fn time(mark: &str) -> Option<Timestamp> {
    let name = mark.split('/').next()?.rsplit('+').next()?;
    Timestamp::from_millisecond(name.parse().ok()?).ok()
}

fn read(mark: &str, id: &str) -> Progress {
    match (mark.strip_suffix("/done"), mark.split_once('/')) {
        (Some(done), _) if done.split('+').any(|done| done == id) => Progress::Done,
        (None, Some((_, what))) => Progress::Underway(what.to_owned()),
        _ => Progress::Ahead,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rotation_is_known_by_its_name() {
        let underway = Progress::Underway("app-b/3".into());
        assert_eq!(read("17/app-b/3", "17"), underway);
        assert_eq!(read("17/app-b/3", "18"), underway, "one that another run began is gone on with");
        assert_eq!(read("17/done", "17"), Progress::Done);
        assert_eq!((read("17+18/done", "17"), read("17+18/done", "18")), (Progress::Done, Progress::Done));
        assert_eq!((read("17/done", "18"), read("nonsense", "17")), (Progress::Ahead, Progress::Ahead));
    }

    #[test]
    fn a_name_says_when_it_was() {
        let at = |mark: &str| time(mark).map(|time| time.as_millisecond());
        assert_eq!((at("17/app-b/3"), at("17/done"), at("17+18/done")), (Some(17), Some(17), Some(18)));
        assert_eq!(at("nonsense"), None);
    }
}
