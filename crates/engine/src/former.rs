use crate::{Action, Address, AtDestroy, Diff, Error, Impact, Need, Reader, Resource, Result, State, Writer};
use std::collections::BTreeSet;

/// A resource under a name that the config named before: it is looked at and deleted as it always was, and is not wanted any
/// more. What holds data stays unless a person names it, and so does what nothing says that this tool made.
pub struct Former {
    resource: Box<dyn Resource>,
    needs: Vec<Need>,
    since: Option<&'static str>,
    /// It stands for what the config leaves out.
    left_out: bool,
}

impl Former {
    /// This resource, which the config names no more.
    pub fn of(resource: impl Resource + 'static) -> Self {
        let needs = resource.needs();
        Self { resource: Box::new(resource), needs, since: None, left_out: false }
    }

    /// Says why a deploy leaves it alone until a person names it, though it holds no data.
    pub fn staying(self, since: &'static str) -> Self {
        Self { since: Some(since), ..self }
    }

    /// Says that it goes also where the config does not name another one, but leaves it out.
    pub fn if_left_out(self) -> Self {
        Self { left_out: true, ..self }
    }

    /// Whether it goes also where the config leaves it out.
    pub fn goes_if_left_out(&self) -> bool {
        self.left_out
    }

    /// Needs nothing but APIs and these: what else it needed may be named no more either, and then comes after it.
    pub fn needing_of(mut self, kept: &BTreeSet<Address>) -> Self {
        self.needs.retain(|need| match need {
            Need::Resource(address) => kept.contains(address),
            Need::Api(_) => true,
        });
        self
    }
}

impl Resource for Former {
    fn address(&self) -> Address {
        self.resource.address()
    }

    fn wanted(&self) -> bool {
        false
    }

    fn is_former(&self) -> bool {
        true
    }

    fn stays_since(&self) -> Option<&'static str> {
        self.since.or_else(|| self.resource.stays_since())
    }

    fn needs(&self) -> Vec<Need> {
        self.needs.clone()
    }

    fn stands_alone(&self) -> bool {
        self.resource.stands_alone()
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        self.resource.check(cloud)
    }

    fn create(&self, _cloud: &Writer) -> Result<()> {
        let what = format!("{} is not made any more", self.address());
        Err(Error::person(what, "this is a defect of the tool", "report it"))
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        self.create(cloud)
    }

    fn impact(&self, action: Action, diffs: &[Diff]) -> Impact {
        self.resource.impact(action, diffs)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        self.resource.delete(cloud)
    }

    fn holds_data(&self) -> bool {
        self.resource.holds_data()
    }

    fn at_destroy(&self) -> AtDestroy {
        self.resource.at_destroy()
    }

    fn marked(&self, cloud: &Reader) -> Result<bool> {
        self.resource.marked(cloud)
    }

    fn protected(&self, cloud: &Reader) -> Result<Option<(String, String)>> {
        self.resource.protected(cloud)
    }

    fn verify_after(&self) -> bool {
        self.resource.verify_after()
    }
}
