//! `fault-sweep`: every fault of the emulator's catalogue, once and for ever, against a deployment that is about to meet it.
//!
//! A cell begins in a world that was saved just before the step concerned, with the state folder of the run that came so
//! far. The fault is scripted, `deploy-all` goes on, and what it does is held against what `catalogue.rs` expects. Prints
//! the table of all cells; exits 1 where one deviates. `scripts/fault-sweep` builds and runs it.

mod catalogue;
mod cell;
mod events;
mod run;
mod stage;
mod table;

use catalogue::Row;
use cell::{Report, Times};
use clap::Parser;
use stage::Stages;
use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use support::Lab;

/// Runs every fault of the emulator's catalogue, once and for ever, and prints what happened.
#[derive(Parser)]
#[command(name = "fault-sweep")]
struct Arguments {
    /// Only the faults whose name contains this.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// How many cells run at the same time.
    #[arg(long, default_value_t = 2)]
    workers: usize,
    /// Print the table as Markdown.
    #[arg(long)]
    markdown: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let began = Instant::now();
    let rows = catalogue::rows();
    let forgotten = not_expected(&rows);
    if !forgotten.is_empty() {
        eprintln!("fault-sweep: the catalogues differ: {}", forgotten.join(", "));
        return ExitCode::FAILURE;
    }
    let chosen: Vec<&Row> = rows
        .iter()
        .filter(|row| arguments.only.as_ref().is_none_or(|text| row.name().contains(text)))
        .collect();
    let cells: Vec<(&Row, Times)> =
        chosen.iter().flat_map(|row| [(*row, Times::Once), (*row, Times::ForEver)]).collect();
    let reports = match sweep(&cells, arguments.workers.max(1)) {
        Ok(reports) => reports,
        Err(problem) => {
            eprintln!("fault-sweep: {problem}");
            return ExitCode::FAILURE;
        }
    };
    print!("{}", table::render(&chosen, &reports, arguments.markdown));
    let deviations = reports.iter().filter(|report| report.problem.is_some()).count();
    for ((row, times), report) in cells.iter().zip(&reports) {
        if let Some(problem) = &report.problem {
            eprintln!("\nDEVIATION {} {}: {problem}", row.name(), times.name());
        }
    }
    println!(
        "{} faults, {} cells, {deviations} deviations, {:.0} s",
        chosen.len(),
        cells.len(),
        began.elapsed().as_secs_f64()
    );
    if deviations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Names that only one of the two catalogues has: the emulator's, and this program's.
fn not_expected(rows: &[Row]) -> Vec<String> {
    let list = support::finish({
        let mut command = std::process::Command::new(support::program("gcp-emulator"));
        command.args(["faults", "--json"]);
        command
    })
    .expect(0);
    let theirs: serde_json::Value = serde_json::from_str(&list.stdout).expect("a JSON list");
    let theirs: BTreeSet<&str> =
        theirs.as_array().into_iter().flatten().filter_map(|fault| fault["name"].as_str()).collect();
    let ours: BTreeSet<&str> = rows.iter().map(|row| row.fault).collect();
    theirs.symmetric_difference(&ours).map(|name| (*name).to_owned()).collect()
}

/// Runs the cells, several at a time; their reports in the same order.
fn sweep(cells: &[(&Row, Times)], workers: usize) -> Result<Vec<Report>, String> {
    let first = Lab::standin();
    let last = cells.iter().map(|(row, _)| row.step).max().ok_or("there is no such fault")?;
    let stages = Stages::prepare(&first, last)?;
    let next = AtomicUsize::new(0);
    let reports: Mutex<Vec<Option<Report>>> = Mutex::new(cells.iter().map(|_| None).collect());
    let work = |lab: &Lab| {
        while let Some((row, times)) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
            let report = cell::run(lab, &stages, row, *times);
            let index = cells.iter().position(|cell| std::ptr::eq(cell.0, *row) && cell.1 == *times);
            let mut reports = reports.lock().expect("no cell panics while it holds this");
            if let Some(place) = index.and_then(|index| reports.get_mut(index)) {
                *place = Some(report);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..workers {
            scope.spawn(|| work(&Lab::standin()));
        }
        work(&first);
    });
    let reports = reports.into_inner().map_err(|_| "a worker has died")?;
    reports.into_iter().collect::<Option<_>>().ok_or_else(|| "a cell did not run".to_owned())
}
