//! The facts about a run, as data.
//!
//! Everything that anyone sees of a run (the live view, plain lines, `events.ndjson`, the report) is made from these.
//! The stream's contract: one JSON object a line; the first is [`Fact::Version`]; a reader ignores fields and types
//! that it does not know; an unknown major version of the schema is refused.

mod address;
mod fact;
mod plan;

pub use address::Address;
pub use fact::{Event, Fact, Outcome, Outputs, RunOutcome};
pub use plan::{Action, CostChange, Counts, Diff, PlanItem, Refusal};

/// The version of the event stream's schema, `MAJOR.MINOR`.
pub const SCHEMA: &str = "1.0";

/// Where the work sends its events. Reporters implement it; the work never draws.
pub trait Sink: Send + Sync {
    /// Takes one event. Must not block for longer than a write to a terminal does.
    fn emit(&self, event: &Event);
}
