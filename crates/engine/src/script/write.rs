use super::{Entry, Scribe, bash};
use crate::core::Scene;
use crate::plan::{Work, action};
use crate::{
    Action, Address, Diff, Engine, Error, Item, Need, Plan, Reader, Resource, Result, State, Step, Writer,
    impact,
};
use events::PlanItem;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

/// What the head of a script says, and what all of its commands have in common.
#[derive(Clone, Debug)]
pub struct About {
    /// The command line that wrote it.
    pub command: String,
    /// The command line that shows what is left to do after it.
    pub again: String,
    /// Where its config came from, besides that command line.
    pub config: Vec<String>,
    /// The version of this tool.
    pub tool: String,
    /// When, in UTC.
    pub written: String,
    /// The project's id.
    pub project: String,
    /// The login that each command is told.
    pub account: Option<String>,
    /// Where calls went when not to Google.
    pub place: Option<String>,
}

impl Engine {
    /// The plan as a bash script. Nothing is run but reads; afterwards this engine changes nothing any more.
    ///
    /// # Errors
    /// A read failed, or something cannot be written down before it is done.
    pub fn script(&self, steps: &[Step], plan: &Plan, about: &About) -> Result<String> {
        let scribe = self.core.write_down();
        let new = |item: &PlanItem| item.resource.kind() == "project" && item.action == Action::Create;
        scribe.state().no_project = plan.items.iter().any(new);
        let author = Author { engine: self, scribe, steps, changed: BTreeSet::new() };
        author.write(plan)?;
        self.core.set_scene(None);
        let state = scribe.state();
        bash::script(about, plan, &state.entries, &scribe.later, &state.hidden)
    }
}

struct Author<'a> {
    engine: &'a Engine,
    scribe: &'a Scribe,
    steps: &'a [Step],
    /// What the script changes.
    changed: BTreeSet<Address>,
}

impl Author<'_> {
    fn write(mut self, plan: &Plan) -> Result<()> {
        for work in &plan.steps {
            let Work { index, done, items } = work;
            let step = &self.steps[*index];
            self.scribe.add(Entry::Step { id: step.id.to_owned(), title: step.title.to_owned() });
            for &(number, planned) in items.iter().filter(|_| !done) {
                let planned = &plan.items[planned];
                match &step.items[number] {
                    Item::Keep(resource) if planned.skipped.is_none() => {
                        self.resource(step, resource.as_ref(), planned)?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn resource(&mut self, step: &Step, resource: &dyn Resource, planned: &PlanItem) -> Result<()> {
        let scene = |action| Scene {
            step: step.id.to_owned(),
            resource: resource.address(),
            action,
            since: Instant::now(),
        };
        self.engine.core.set_scene(Some(scene(Action::None)));
        self.scribe.state().dim = planned.assumed;
        let (action, fields) = self.wanted(resource, planned)?;
        if action == Action::None {
            return Ok(());
        }
        self.engine.core.set_scene(Some(scene(action)));
        let means = [
            planned.interrupts.as_ref().map(|text| format!("interrupts: {text}")),
            planned.data.as_ref().map(|text| format!("data at risk: {text}")),
        ];
        self.scribe.add(Entry::Resource {
            address: resource.address(),
            action,
            fields: fields.clone(),
            means: means.into_iter().flatten().collect(),
        });
        self.scribe.state().writing = true;
        let result = self.change(resource, action, &fields);
        self.scribe.state().writing = false;
        match result {
            // As in a run: said, left out, and the rest goes on.
            Err(Error::Later { what, why, todo, command }) => {
                self.scribe.remark(format!("left out: {what}: {why}; {todo}"), command);
                Ok(())
            }
            result => {
                self.changed.insert(resource.address());
                result
            }
        }
    }

    /// What the script does with a resource: as planned, unless what it needs is changed before.
    fn wanted(&self, resource: &dyn Resource, planned: &PlanItem) -> Result<(Action, Vec<Diff>)> {
        let as_planned = || Ok((planned.action, planned.fields.clone()));
        let changed = |need: &Need| matches!(need, Need::Resource(address) if self.changed.contains(address));
        match planned.action {
            Action::Adopt => Err(Error::person(
                format!("{} cannot be part of a script", resource.address()),
                "something works on it at this moment",
                "write the script once that has ended",
            )),
            Action::None | Action::Update if !planned.assumed && resource.needs().iter().any(changed) => {
                let state = resource.check(&Reader::new(Arc::clone(&self.engine.core)))?;
                let action = action(&self.engine.core, resource, &state)?;
                let renewals = impact::renewals(resource, |by| planned.fields.contains(&impact::renewal(by)));
                match state {
                    State::Drifted(fields) => Ok((action, fields)),
                    _ if action == Action::None && !renewals.is_empty() => as_planned(),
                    _ => Ok((action, Vec::new())),
                }
            }
            _ => as_planned(),
        }
    }

    fn change(&self, resource: &dyn Resource, action: Action, fields: &[Diff]) -> Result<()> {
        let writer = Writer::new(Arc::clone(&self.engine.core));
        match action {
            Action::Create => resource.create(&writer),
            Action::Update => resource.update(&writer, fields),
            Action::Delete => resource.delete(&writer),
            Action::Replace => {
                resource.delete(&writer)?;
                resource.create(&writer)
            }
            Action::Adopt | Action::None => Ok(()),
        }
    }
}
