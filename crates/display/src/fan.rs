use events::{Event, Sink};
use std::sync::Arc;

/// Sends each event to several reporters, in their order.
#[derive(Default)]
pub struct Fan {
    sinks: Vec<Arc<dyn Sink>>,
}

impl Fan {
    /// Sends to these.
    pub fn new(sinks: Vec<Arc<dyn Sink>>) -> Self {
        Self { sinks }
    }
}

impl Sink for Fan {
    fn emit(&self, event: &Event) {
        for sink in &self.sinks {
            sink.emit(event);
        }
    }
}
