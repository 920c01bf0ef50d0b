use crate::{Action, Address, AtDestroy, Diff, Finding, Impact, Reader, Result, Way, Writer};
use std::fmt;

/// What a check found.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Proven not to be there.
    Absent,
    /// There, as the config wants it.
    Present,
    /// There, but these fields differ.
    Drifted(Vec<Diff>),
    /// An operation on it still runs; what it does, in words ("being created").
    Busy(String),
    /// There, but in a state that it does not leave by itself ("state FAILED: quota"). Deleted and made again only
    /// if this tool's journal made it and it holds no data.
    Broken(String),
}

impl State {
    /// Present when nothing differs, else Drifted.
    pub fn from_diffs(diffs: Vec<Diff>) -> Self {
        if diffs.is_empty() { State::Present } else { State::Drifted(diffs) }
    }
}

/// What must be there before a resource can be checked or made.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Need {
    /// A Google API, enabled: `redis.googleapis.com`.
    Api(&'static str),
    /// Another resource, of this step or of an earlier one.
    Resource(Address),
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Need::Api(name) => write!(f, "api/{name}"),
            Need::Resource(address) => address.fmt(f),
        }
    }
}

/// One cloud object that a step keeps in existence: its check, create, update and delete, side by side.
///
/// Invariant: after any prefix of the commands of `create`, `check` says what is missing, so that running
/// `create` or `update` again completes it.
pub trait Resource: Send + Sync {
    /// `kind/name`.
    fn address(&self) -> Address;

    /// False: it must not exist, and is deleted where it does. What holds data is deleted only where a person names it.
    fn wanted(&self) -> bool {
        true
    }

    /// Whether the config named it once, and names it no more ([`crate::Former`]).
    fn is_former(&self) -> bool {
        false
    }

    /// Where it must not be there: why a deploy leaves it alone all the same, until a person names it. `None`: it is deleted.
    fn stays_since(&self) -> Option<&'static str> {
        self.holds_data().then_some("it holds data")
    }

    /// What must be there first. If one of these is absent, the check is not run: the resource is taken as absent.
    fn needs(&self) -> Vec<Need> {
        Vec::new()
    }

    /// True where the check works though another resource that it needs is missing (its API must be there in any case): then it
    /// is made, so that what keeps its place elsewhere (a database in another network) is seen in the plan.
    fn stands_alone(&self) -> bool {
        false
    }

    /// Reads it from the cloud and compares it with the config. A read that fails is an error, never `Absent`.
    fn check(&self, cloud: &Reader) -> Result<State>;

    /// Makes it.
    fn create(&self, cloud: &Writer) -> Result<()>;

    /// Brings the fields that differ up to date.
    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()>;

    /// How the fields that differ come to be as configured. What cannot be changed in place is refused in the plan, before
    /// anything is touched.
    fn way(&self, _diffs: &[Diff]) -> Way {
        Way::InPlace
    }

    /// What this one holds on to, though nothing of it differs: where one of these is made anew, this is updated after it (a
    /// service gets a new revision when its connector is another one, or a secret that its instances read has another value).
    fn renewed_by(&self) -> Vec<Address> {
        Vec::new()
    }

    /// Whether, after this change, what holds on to this one holds the old one.
    fn renews(&self, action: Action, _diffs: &[Diff]) -> bool {
        matches!(action, Action::Create | Action::Replace | Action::Adopt)
    }

    /// What it means that this one is made in the place of another of its kind, which the config named before and which is
    /// still there.
    fn in_place_of(&self, _former: &Address) -> Impact {
        Impact::default()
    }

    /// What a change means for those who use the deployment: how long it takes, what it interrupts, which data is at risk.
    fn impact(&self, _action: Action, _diffs: &[Diff]) -> Impact {
        Impact::default()
    }

    /// Removes it.
    fn delete(&self, cloud: &Writer) -> Result<()>;

    /// How long its creation usually takes on Google, in seconds. For what takes more than a few.
    fn expected_seconds(&self) -> Option<u32> {
        None
    }

    /// True where deleting it loses data: it is then never deleted to get out of a broken state.
    fn holds_data(&self) -> bool {
        false
    }

    /// What a destroy does with it. What is there is deleted only if it carries this tool's mark, or the journal says that
    /// this tool made it, or a person names it.
    fn at_destroy(&self) -> AtDestroy {
        AtDestroy::Deleted
    }

    /// Whether what is there carries this tool's mark: a label, or a fixed description or name where Google takes no label
    /// from gcloud. Reads with the same argv as the check.
    fn marked(&self, _cloud: &Reader) -> Result<bool> {
        Ok(false)
    }

    /// What no longer works of it once this is deleted, which it needs or holds on to ("no new instance of it can start").
    fn without(&self, _gone: &Address) -> Option<&'static str> {
        None
    }

    /// Why it may not be deleted now, and what a person must do before it can be. `None`: nothing protects it.
    fn protected(&self, _cloud: &Reader) -> Result<Option<(String, String)>> {
        Ok(None)
    }

    /// True where a create, an update or a deletion only starts an operation (`--async`) or can exit 0 without having worked
    /// (`run deploy`): the engine then checks again until it is present. Costs a process.
    fn verify_after(&self) -> bool {
        false
    }

    /// True where it can be there in a project that this run made a minute ago, because Google makes it or because
    /// it lives outside of the project (a budget): then it is checked also there.
    fn may_preexist(&self) -> bool {
        false
    }

    /// The needs that this resource satisfies besides its own address: the project step's `apis` name their APIs, so
    /// that the engine knows whose check to run for a `Need::Api`.
    fn provides(&self) -> Vec<Need> {
        Vec::new()
    }

    /// Its acceptance checks: whether what is there does what it is there for, each with what was expected and what was
    /// found. Reads with the same argv as the check wherever that tells enough. Called where it exists.
    fn verify(&self, _cloud: &Reader) -> Result<Vec<Finding>> {
        Ok(Vec::new())
    }

    /// The names of what `outputs` tells once it exists, so that what is missing can be named.
    fn output_names(&self) -> &[&'static str] {
        &[]
    }

    /// What a user of the deployment needs to know of it: dotted name to value, never a secret. Nothing where it does not
    /// exist. Reads with the same argv as the check, so that it costs nothing after one.
    fn outputs(&self, _cloud: &Reader) -> Result<Vec<(String, String)>> {
        Ok(Vec::new())
    }
}
