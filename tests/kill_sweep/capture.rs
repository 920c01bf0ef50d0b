//! The undisturbed run: what its commands are, and the world and the tool's folder just before each of them.

use crate::choose::Shape;
use crate::judge::{self, Request};
use crate::tool::Reached;
use crate::worker::{OnPath, Worker};

/// One command of the undisturbed run that changes something.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its command line, masked.
    pub line: String,
    /// Its requests that change something.
    pub requests: Vec<Request>,
    /// How many files were replaced from its intent on.
    pub writes: usize,
}

impl Step {
    /// What the choice of cells depends on.
    pub fn shape(&self) -> Shape {
        let operations = self.requests.iter().map(|request| request.operations > 0).collect();
        let waits = !self.line.split_whitespace().any(|word| word == "--async");
        Shape { writes: self.writes, operations, waits }
    }

    /// The command without its flags.
    pub fn title(&self) -> String {
        let words = self.line.split_whitespace().skip(1).take_while(|word| !word.starts_with('-'));
        words.collect::<Vec<_>>().join(" ")
    }
}

/// The undisturbed run.
#[derive(Clone, Debug)]
pub struct Undisturbed {
    /// Its commands, in order.
    pub steps: Vec<Step>,
    /// The world at its end.
    pub world: Vec<String>,
}

impl Undisturbed {
    /// What is created from a command on, this one included.
    pub fn creations(&self, from: usize) -> Vec<String> {
        let requests = self.steps[from - 1..].iter().flat_map(|step| &step.requests);
        requests.filter_map(|request| request.creates.clone()).collect()
    }
}

/// Runs the run, stopping it before each command to keep what there is.
pub fn capture(worker: &Worker) -> Result<Undisturbed, String> {
    let mut tool =
        worker.start_run(OnPath::Plain, "before-intent=return(stop);write-renamed=return(note)", |_| {})?;
    // For each command: its line, how many requests came before it, and how many files were replaced before it.
    let mut stops: Vec<(String, usize, usize)> = Vec::new();
    let written = || written(worker);
    loop {
        match tool.wait()? {
            Reached::Stopped => {
                let notes = worker.notes();
                let line = notes.last().map(|note| note.2.clone()).unwrap_or_default();
                stops.push((line, worker.emulator.requests().len(), written()));
                worker.save(stops.len())?;
                tool.go_on()?;
            }
            end => {
                worker.must_succeed(end)?;
                break;
            }
        }
    }
    let (total, requests) = (written(), worker.emulator.requests());
    let ends = stops.iter().skip(1).map(|stop| (stop.1, stop.2)).chain([(requests.len(), total)]);
    let steps = stops.iter().zip(ends).map(|((line, first, written), (last, until))| Step {
        line: line.clone(),
        requests: judge::changes(&requests[*first..last]),
        writes: until - written,
    });
    let mut steps = steps.collect::<Vec<_>>();
    let world = support::normalised(&worker.emulator.world());
    let count = steps.len();
    if let Some(last) = steps.last_mut() {
        last.writes = writes_to_the_end(worker, count)?;
    }
    Ok(Undisturbed { steps, world })
}

/// How many files are replaced from the last command on, by a run that begins just before it: one that has come all the way
/// writes more at its end (a destroy forgets then what went with something else).
fn writes_to_the_end(worker: &Worker, last: usize) -> Result<usize, String> {
    worker.load(last)?;
    let mut tool =
        worker.start_run(OnPath::Plain, "before-intent=return(stop);write-renamed=return(note)", |_| {})?;
    let mut before = 0;
    loop {
        match tool.wait()? {
            Reached::Stopped => {
                before = written(worker);
                tool.go_on()?;
            }
            end => {
                worker.must_succeed(end)?;
                return Ok(written(worker) - before);
            }
        }
    }
}

/// How many files the tool has replaced since it began.
fn written(worker: &Worker) -> usize {
    worker.notes().iter().filter(|note| note.0 == "write-renamed").count()
}
