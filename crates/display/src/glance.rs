//! What is seen while something is looked at that is no run: one line that says how far it is, where it can be wiped away.

use crate::{Style, style, text};
use events::{Event, Fact, Sink};
use std::sync::{Mutex, PoisonError};

/// Draws on stderr, where that is a terminal, and keeps the notes for the end.
pub struct Glance {
    term: Option<console::Term>,
    style: Style,
    total: usize,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    checked: usize,
    notes: Vec<(String, Option<String>)>,
}

impl Glance {
    /// For so many resources. `quiet` draws nothing.
    pub fn new(total: usize, quiet: bool) -> Self {
        let term = console::Term::stderr();
        let wipes = term.is_term() && !style::is_dumb(std::env::var("TERM").ok().as_deref());
        Self {
            term: (wipes && !quiet).then_some(term),
            style: Style::of_stderr(),
            total,
            seen: Mutex::default(),
        }
    }

    /// Wipes the line away.
    pub fn close(&self) {
        if let Some(term) = &self.term {
            // A terminal that went away needs no wiping.
            let _ = term.clear_line();
        }
    }

    /// What the checks had to say, with what a person can run.
    pub fn notes(&self) -> Vec<(String, Option<String>)> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).notes.clone()
    }
}

impl Sink for Glance {
    fn emit(&self, event: &Event) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        match &event.fact {
            Fact::Note { text, command, .. } => seen.notes.push((text.clone(), command.clone())),
            Fact::ResourceChecked { resource, .. } => {
                seen.checked += 1;
                if let Some(term) = &self.term {
                    let line = format!("checked {} of {}: {resource}", seen.checked, self.total);
                    let line = text::cut(&line, self.style.line().saturating_sub(1), self.style);
                    let _ = term.clear_line().and_then(|()| term.write_str(&line));
                }
            }
            _ => {}
        }
    }
}

#[test]
fn what_a_check_says_is_kept_for_the_end() {
    let glance = Glance::new(3, true);
    let note = Fact::Note {
        step: None,
        resource: None,
        warning: true,
        text: "odd".into(),
        command: Some("look".into()),
    };
    glance.emit(&Event::now(note));
    assert_eq!(glance.notes(), [("odd".to_owned(), Some("look".to_owned()))]);
}
