//! What the tests of a step take for granted: that which earlier steps keep, and is there.

use engine::{Address, Diff, Reader, Resource, Result, State, Step, Writer};

/// A step that keeps these and finds them there.
pub fn given(addresses: impl IntoIterator<Item = Address>) -> Step {
    let step = Step::new("00-earlier", "What earlier steps keep");
    addresses.into_iter().fold(step, |step, address| step.keep(Given(address)))
}

struct Given(Address);

impl Resource for Given {
    fn address(&self) -> Address {
        self.0.clone()
    }

    fn check(&self, _cloud: &Reader) -> Result<State> {
        Ok(State::Present)
    }

    fn create(&self, _cloud: &Writer) -> Result<()> {
        Ok(())
    }

    fn update(&self, _cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        Ok(())
    }

    fn delete(&self, _cloud: &Writer) -> Result<()> {
        Ok(())
    }
}
