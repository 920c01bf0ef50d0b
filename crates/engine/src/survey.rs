//! How everything that the steps keep stands, whether or not some of it cannot be read. Changes nothing.

use crate::impact;
use crate::look::{Doubt, Found, Looker};
use crate::{Action, Address, Diff, Engine, Error, Item, Need, Problem, Resource, Result, State, Step};
use events::Fact;

/// How one resource stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// As the config wants it.
    AsConfigured,
    /// Not there, and the config says that it must not be.
    Gone,
    /// Proven not to be there.
    Missing,
    /// There, with other settings.
    Drifted(Vec<Diff>),
    /// There, and the config says that it must not be.
    Unwanted,
    /// An operation on it still runs; what it does, in words.
    Busy(String),
    /// There, in a state that it does not leave by itself; why.
    Broken(String),
    /// Its check failed.
    Unknown(Problem),
    /// Not checked, because this is missing, which it needs, or which that needs in turn.
    Unchecked(Need),
    /// The config leaves it out.
    LeftOut {
        /// Why, in one sentence.
        why: String,
        /// What the person can run or set to get it.
        command: Option<String>,
    },
}

impl Standing {
    /// Whether it exists and can be read.
    pub fn is_there(&self) -> bool {
        matches!(self, Self::AsConfigured | Self::Drifted(_) | Self::Unwanted)
    }

    /// Whether it is known to be otherwise than the config says.
    pub fn differs(&self) -> bool {
        !matches!(self, Self::AsConfigured | Self::Gone | Self::Unknown(_) | Self::LeftOut { .. })
    }
}

/// One resource, and how it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Surveyed {
    /// The step that keeps it.
    pub step: String,
    /// The resource.
    pub resource: Address,
    /// How it stands.
    pub standing: Standing,
    /// What a person can do about what no update puts right.
    pub todo: Option<String>,
    /// What it tells, where it is there: dotted name to value.
    pub outputs: Vec<(String, String)>,
}

impl Engine {
    /// Checks everything that the steps keep, in order. A check that fails makes its resource unknown, and the others are
    /// checked all the same.
    ///
    /// # Errors
    /// Only an interruption.
    pub fn survey(&self, steps: &[Step]) -> Result<Vec<Surveyed>> {
        let mut looker = Looker::new(&self.core, steps, Doubt::Goes);
        let mut surveyed = Vec::new();
        for step in steps {
            for item in &step.items {
                let (resource, standing, todo, outputs) = match item {
                    Item::Skip { address, why, command } => {
                        let left_out = Standing::LeftOut { why: why.clone(), command: command.clone() };
                        (address.clone(), left_out, None, Vec::new())
                    }
                    Item::Keep(resource) => {
                        let standing = self.stand(&mut looker, step, resource.as_ref())?;
                        let outputs = match standing.is_there() && resource.wanted() {
                            // What cannot be told is no reason not to tell how it stands.
                            true => resource.outputs(&self.reader()).unwrap_or_default(),
                            false => Vec::new(),
                        };
                        let todo = match &standing {
                            Standing::Drifted(diffs) => resource.way(diffs).refusal(&resource.address()),
                            _ => None,
                        };
                        (resource.address(), standing, todo.map(|(refusal, _)| refusal.todo), outputs)
                    }
                };
                surveyed.push(Surveyed { step: step.id.to_owned(), resource, standing, todo, outputs });
            }
        }
        self.core.set_scene(None);
        Ok(surveyed)
    }

    fn stand(&self, looker: &mut Looker<'_>, step: &Step, resource: &dyn Resource) -> Result<Standing> {
        let address = resource.address();
        let standing = match looker.look(step, resource)? {
            // What must not be there cannot be, without what it needs.
            Found::Impossible(_) if !resource.wanted() => Standing::Gone,
            Found::Impossible(need) => Standing::Unchecked(need),
            Found::State(state) => match impact::staying(&self.core, resource, &state) {
                Ok(Some((why, command))) => Standing::LeftOut { why, command: Some(command) },
                Ok(None) => of_state(resource, state),
                Err(Error::Interrupted(signal)) => return Err(Error::Interrupted(signal)),
                Err(error) => Standing::Unknown(self.problem(&error, &address)),
            },
            Found::Unknown(error) => Standing::Unknown(self.problem(&error, &address)),
        };
        self.core.emit(Fact::ResourceChecked {
            step: step.id.to_owned(),
            resource: address,
            action: Action::None,
            fields: match &standing {
                Standing::Drifted(diffs) => diffs.clone(),
                _ => Vec::new(),
            },
        });
        Ok(standing)
    }

    fn problem(&self, error: &Error, address: &Address) -> Problem {
        let problem = error.explain(&self.project, format!("checking {address} failed"));
        let masked = |text: &str| gcloud::mask(text);
        Problem {
            what: masked(&problem.what),
            said: masked(&problem.said),
            why: masked(&problem.why),
            todo: masked(&problem.todo),
        }
    }
}

fn of_state(resource: &dyn Resource, state: State) -> Standing {
    match (resource.wanted(), state) {
        (true, State::Present) => Standing::AsConfigured,
        (false, State::Absent) => Standing::Gone,
        (true, State::Absent) => Standing::Missing,
        (true, State::Drifted(diffs)) => Standing::Drifted(diffs),
        (true, State::Busy(doing)) => Standing::Busy(doing),
        (true, State::Broken(why)) => Standing::Broken(why),
        (false, _) => Standing::Unwanted,
    }
}
