//! `kill-sweep`: kills a run with `kill -9` at every moment of every command that changes something, runs it again, and
//! holds what comes of it against the undisturbed run. `scripts/kill-sweep` builds what it needs and starts it.

mod capture;
mod cell;
mod choose;
mod judge;
mod orders;
mod table;
mod tool;
mod trial;
mod worker;

use capture::Undisturbed;
use cell::{Cell, Moment};
use clap::Parser;
use judge::{Defect, Kind};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Barrier, Mutex, PoisonError};
use std::time::Instant;
use table::Ran;
use worker::Worker;

/// A run that can be swept.
struct Run {
    name: &'static str,
    /// The shell script that makes the world before it; none for an empty one.
    world: Option<&'static str>,
    /// What the tool does before it, in that world.
    before: &'static [&'static [&'static str]],
    arguments: &'static [&'static str],
    /// What finds nothing to do after it.
    after: &'static [&'static str],
}

const RUNS: &[Run] = &[
    Run { name: "deploy", world: None, before: &[], arguments: &[], after: &[] },
    Run { name: "update", world: None, before: &[&[]], arguments: UPDATE, after: UPDATE },
    Run { name: "destroy", world: None, before: &[&[]], arguments: DESTROY, after: DESTROY },
    Run { name: "rotate", world: None, before: &[&[]], arguments: &["rotate", "db-password"], after: &[] },
    Run { name: "rotate-redis", world: None, before: &[&[]], arguments: &["rotate", "redis"], after: &[] },
    Run {
        name: "adopt",
        world: Some("tests/adopt/old-scripts.sh"),
        before: &[],
        arguments: &["adopt"],
        after: &["adopt"],
    },
];

/// One value of most kinds of resource, each changed in place.
const UPDATE: &[&str] = &[
    "--set=project.name=CodeMentor Two",
    "--set=network.range=10.128.0.0/19",
    "--set=database.tier=db-g1-small",
    "--set=redis.memory_gb=2",
    "--set=cloud_run.memory=1Gi",
    "--set=cloud_run.connector.max_instances=5",
    "--set=monitoring.log_retention_days=60",
    "--set=monitoring.archive_days=900",
    "--set=monitoring.alerts.latency_p95_ms=3000",
    "--set=monitoring.uptime_path=/ready",
    "--set=rotation.db_password_days=90",
];

const DESTROY: &[&str] = &["destroy", "--confirm", PROJECT];

/// The project of the config that is deployed.
const PROJECT: &str = "codementor-dev";

/// Kills a run at every moment of every command, and sees that it recovers.
#[derive(Debug, Parser)]
struct Options {
    /// What is killed.
    #[arg(long, default_value = "deploy")]
    run: String,
    /// Each command once, the moments taking turns.
    #[arg(long)]
    quick: bool,
    /// Only this command.
    #[arg(long, value_name = "K")]
    only: Option<usize>,
    /// Only this moment.
    #[arg(long)]
    moment: Option<Moment>,
    /// Only this cell, as a defect names it.
    #[arg(long)]
    cell: Option<Cell>,
    /// So many pairs of kills, drawn at random [default: 200; 5 with --quick; none with --only, --moment or --cell].
    #[arg(long, value_name = "N")]
    pairs: Option<usize>,
    /// What the pairs are drawn from [default: drawn, and printed].
    #[arg(long)]
    seed: Option<u64>,
    /// How many work at once.
    #[arg(long, default_value_t = 2)]
    jobs: usize,
    /// The gcloud [default: the stand-in beside this program].
    #[arg(long)]
    gcloud: Option<PathBuf>,
    /// Further options of the tool, e.g. --until=00-project.
    #[arg(last = true)]
    tool: Vec<String>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match sweep(&options) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("kill-sweep: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs all cells; whether they are without defects.
fn sweep(options: &Options) -> Result<bool, String> {
    let run = RUNS.iter().find(|run| run.name == options.run).ok_or("there is no such run")?;
    // What a dead tool leaves behind becomes ours, and is taken away by us, as by a system's first process.
    nix::sys::prctl::set_child_subreaper(true).map_err(|e| e.to_string())?;
    let gcloud = options.gcloud.clone().unwrap_or_else(|| support::program("gcloud-standin"));
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let seed = options.seed.unwrap_or_else(rand::random);
    let began = Instant::now();
    let sweep = Sweep {
        cells: Mutex::default(),
        ran: Mutex::default(),
        titles: Mutex::default(),
        errors: Mutex::default(),
        ready: Barrier::new(options.jobs),
    };
    std::thread::scope(|scope| {
        for number in 0..options.jobs {
            let (folder, sweep, gcloud) = (folder.path().join(format!("w{number}")), &sweep, &gcloud);
            scope.spawn(move || sweep.work(number == 0, run, options, seed, &folder, gcloud));
        }
    });
    if let Some(error) = lock(&sweep.errors).first() {
        return Err(error.clone());
    }
    let (titles, mut ran) = (lock(&sweep.titles).clone(), lock(&sweep.ran).clone());
    ran.sort_by_key(|one| one.cell);
    print!("{}", table::render(&titles, &ran, began.elapsed().as_secs_f64()));
    if ran.iter().any(|one| one.cell.second.is_some()) {
        println!("the pairs were drawn with --seed {seed}");
    }
    Ok(!ran.is_empty() && ran.iter().all(|one| one.defects.is_empty()))
}

/// What the workers share.
struct Sweep {
    cells: Mutex<VecDeque<Cell>>,
    ran: Mutex<Vec<Ran>>,
    titles: Mutex<Vec<String>>,
    errors: Mutex<Vec<String>>,
    ready: Barrier,
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sweep {
    fn work(&self, first: bool, run: &Run, options: &Options, seed: u64, folder: &Path, gcloud: &Path) {
        let prepared = catch(|| prepare(run, options, folder, gcloud));
        match &prepared {
            Ok((_, undisturbed)) if first => {
                *lock(&self.titles) = undisturbed.steps.iter().map(capture::Step::title).collect();
                *lock(&self.cells) = chosen(options, undisturbed, seed).into();
            }
            Ok(_) => {}
            Err(error) => lock(&self.errors).push(error.clone()),
        }
        self.ready.wait();
        let Ok((worker, undisturbed)) = prepared else { return };
        if undisturbed.steps.len() != lock(&self.titles).len() {
            lock(&self.errors).push("two undisturbed runs do not have the same commands".to_owned());
        }
        while lock(&self.errors).is_empty() {
            let Some(cell) = lock(&self.cells).pop_front() else { return };
            let ran = catch(|| Ok(trial::run(&worker, &undisturbed, &cell)));
            let defects = ran.unwrap_or_else(|error| vec![Defect::new(Kind::Missed, error)]);
            if !defects.is_empty() {
                tell(run, options, &cell, &defects, &undisturbed);
            }
            lock(&self.ran).push(Ran { cell, defects });
        }
    }
}

/// A panic (the laboratory's way to say that something is not there) is an error like any other.
fn catch<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        Err(text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default())
    })
}

fn prepare(
    run: &Run,
    options: &Options,
    folder: &Path,
    gcloud: &Path,
) -> Result<(Worker, Undisturbed), String> {
    std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    let own = |arguments: &[&str]| -> Vec<String> {
        arguments.iter().map(|a| (*a).to_owned()).chain(options.tool.iter().cloned()).collect()
    };
    let worker = Worker::new(folder, gcloud, &own(run.arguments), &own(run.after))?;
    if let Some(script) = run.world {
        worker.live(&support::top().join(script))?;
    }
    for arguments in run.before {
        let mut tool = worker.start(&own(arguments), worker::OnPath::Plain, "", |_| {})?;
        worker.must_succeed(tool.finish()?)?;
    }
    let undisturbed = capture::capture(&worker).map_err(|error| format!("the undisturbed run: {error}"))?;
    Ok((worker, undisturbed))
}

fn chosen(options: &Options, undisturbed: &Undisturbed, seed: u64) -> Vec<Cell> {
    let shapes: Vec<_> = undisturbed.steps.iter().map(capture::Step::shape).collect();
    if let Some(cell) = options.cell {
        return vec![cell];
    }
    let filtered = options.only.is_some() || options.moment.is_some();
    let mut cells = if options.quick { choose::quick(&shapes) } else { choose::all(&shapes) };
    cells.retain(|cell| options.only.is_none_or(|only| only == cell.first.command));
    cells.retain(|cell| options.moment.is_none_or(|moment| moment == cell.first.moment));
    let pairs = options.pairs.unwrap_or(if filtered {
        0
    } else if options.quick {
        5
    } else {
        200
    });
    cells.extend(choose::pairs(&shapes, pairs, seed));
    cells
}

/// Says what is wrong with a cell, and how to see it again.
fn tell(run: &Run, options: &Options, cell: &Cell, defects: &[Defect], undisturbed: &Undisturbed) {
    let line = undisturbed.steps.get(cell.first.command - 1).map_or("", |step| step.line.as_str());
    let mut text = format!("\nDEFECT in {cell}: {line}\n");
    for defect in defects {
        text.push_str(&format!("  {:?}: {}\n", defect.kind, defect.text.replace('\n', "\n    ")));
    }
    let further =
        if options.tool.is_empty() { String::new() } else { format!(" -- {}", options.tool.join(" ")) };
    text.push_str(&format!(
        "  again: scripts/kill-sweep --run {} --jobs 1 --cell {cell}{further}\n",
        run.name
    ));
    eprint!("{text}");
}
