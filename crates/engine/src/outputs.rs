//! What a deployment has to tell, read from the cloud and from nothing else.

use crate::{Address, Engine, Error, Item, Resource, Result, Step};

/// One thing that other people need to know of a deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The step that keeps the resource.
    pub step: String,
    /// What it is told of.
    pub resource: Address,
    /// Dotted name: `service.url`.
    pub name: String,
    /// What it is.
    pub value: Value,
}

/// What an output is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Read from the cloud.
    Is(String),
    /// What it would be told of is not there.
    Missing,
    /// It could not be read; why.
    Unknown(String),
}

impl Engine {
    /// Everything that the steps' resources tell, without their checks: each reads only what it tells of. Goes on after a
    /// read that failed.
    ///
    /// # Errors
    /// Only an interruption.
    pub fn outputs(&self, steps: &[Step]) -> Result<Vec<Output>> {
        let mut outputs = Vec::new();
        // In a project that does not exist, every further question is answered by a refusal.
        let mut no_project = false;
        for step in steps {
            for item in &step.items {
                let Item::Keep(resource) = item else { continue };
                // What needs nothing lies on this machine.
                let hopeless = no_project && !resource.needs().is_empty();
                let told = if hopeless { missing(resource.as_ref()) } else { self.ask(resource.as_ref())? };
                let missing = told.iter().all(|(_, value)| *value == Value::Missing);
                no_project |= resource.address().kind() == "project" && !told.is_empty() && missing;
                outputs.extend(told.into_iter().map(|(name, value)| Output {
                    step: step.id.to_owned(),
                    resource: resource.address(),
                    name,
                    value,
                }));
            }
        }
        Ok(outputs)
    }

    fn ask(&self, resource: &dyn Resource) -> Result<Vec<(String, Value)>> {
        if resource.output_names().is_empty() || !resource.wanted() {
            return Ok(Vec::new());
        }
        let told = match resource.outputs(&self.reader()) {
            Ok(told) => told,
            Err(Error::Interrupted(signal)) => return Err(Error::Interrupted(signal)),
            Err(error) => {
                let why =
                    gcloud::mask(&error.failure().map_or_else(|| error.to_string(), |f| f.said.clone()));
                let unknown = |name: &&str| ((*name).to_owned(), Value::Unknown(why.clone()));
                return Ok(resource.output_names().iter().map(unknown).collect());
            }
        };
        let mut all = missing(resource);
        for (name, value) in told {
            let value = Value::Is(gcloud::mask(&value));
            match all.iter_mut().find(|(known, _)| *known == name) {
                Some(known) => known.1 = value,
                None => all.push((name, value)),
            }
        }
        Ok(all)
    }
}

fn missing(resource: &dyn Resource) -> Vec<(String, Value)> {
    let names = if resource.wanted() { resource.output_names() } else { &[] };
    names.iter().map(|name| ((*name).to_owned(), Value::Missing)).collect()
}
