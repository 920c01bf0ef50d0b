use crate::{Address, Resource};

/// One numbered unit of the deploy.
pub struct Step {
    /// `03-redis`; `03` and `redis` name it too.
    pub id: &'static str,
    /// `Memorystore Redis`
    pub title: &'static str,
    /// What it keeps, in the order of creation.
    pub items: Vec<Item>,
}

/// One thing that a step keeps, or visibly does not.
pub enum Item {
    /// A resource that is kept as the config says.
    Keep(Box<dyn Resource>),
    /// Something that the config leaves out, and that a person would miss if it went unsaid.
    Skip {
        /// What is left out.
        address: Address,
        /// Why, in one sentence.
        why: String,
        /// What the person can run or set to get it.
        command: Option<String>,
    },
}

impl Step {
    /// A step that keeps nothing yet.
    pub fn new(id: &'static str, title: &'static str) -> Self {
        Self { id, title, items: Vec::new() }
    }

    /// Adds a resource.
    pub fn keep(mut self, resource: impl Resource + 'static) -> Self {
        self.items.push(Item::Keep(Box::new(resource)));
        self
    }

    /// Adds a visible omission.
    pub fn skip(mut self, address: Address, why: impl Into<String>, command: Option<String>) -> Self {
        self.items.push(Item::Skip { address, why: why.into(), command });
        self
    }
}
