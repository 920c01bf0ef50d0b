use engine::{Action, Address, Diff, Error, Impact, Need, Reader, Resource, Result, State, Writer};

/// One part of a rotation. It changes what is there, so that there is one thing to carry out, and nothing to delete.
pub trait Part: Send + Sync {
    /// As of a resource.
    fn address(&self) -> Address;

    /// As of a resource.
    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    /// As of a resource: whether this part is done.
    fn check(&self, cloud: &Reader) -> Result<State>;

    /// Does it, or what is left of it.
    fn carry_out(&self, cloud: &Writer) -> Result<()>;

    /// As of a resource.
    fn impact(&self) -> Impact {
        Impact::default()
    }

    /// As of a resource.
    fn holds_data(&self) -> bool {
        false
    }

    /// As of a resource.
    fn verify_after(&self) -> bool {
        false
    }

    /// As of a resource.
    fn expected_seconds(&self) -> Option<u32> {
        None
    }
}

/// A part as a resource that a step keeps.
pub struct Parted<P>(pub P);

impl<P: Part> Resource for Parted<P> {
    fn address(&self) -> Address {
        self.0.address()
    }

    fn needs(&self) -> Vec<Need> {
        self.0.needs()
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        self.0.check(cloud)
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        self.0.carry_out(cloud)
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        self.0.carry_out(cloud)
    }

    fn delete(&self, _cloud: &Writer) -> Result<()> {
        let what = format!("{} cannot be deleted", self.address());
        Err(Error::person(what, "this is a defect of the tool", "report it"))
    }

    fn impact(&self, _action: Action, _diffs: &[Diff]) -> Impact {
        self.0.impact()
    }

    fn holds_data(&self) -> bool {
        self.0.holds_data()
    }

    fn verify_after(&self) -> bool {
        self.0.verify_after()
    }

    fn expected_seconds(&self) -> Option<u32> {
        self.0.expected_seconds()
    }
}
