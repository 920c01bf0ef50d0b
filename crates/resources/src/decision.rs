use engine::Address;

/// Something that was found, that this tool does not change by itself, and that a person should decide about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The step that it belongs to.
    pub step: &'static str,
    /// What it is about.
    pub about: Address,
    /// What was found, and what follows from it.
    pub text: String,
    /// What to run, once it is decided.
    pub command: String,
}
