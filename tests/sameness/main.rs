//! `sameness`: is the stand-in the same as gcloud?
//!
//! `sameness record DIR` lives a deployment's life with a recording gcloud; `sameness corpus DIR [--write]` holds what was
//! recorded against `corpus.txt`; `sameness compare DIR` runs every recorded command line through both. `scripts/sameness`
//! does all three.

mod compare;
mod difference;
mod life;
mod line;
mod outcome;
mod record;
mod table;
mod variant;

use difference::Differences;
use record::Case;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use variant::Variant;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let itself = Path::new(&arguments[0]);
    if itself.file_name().is_some_and(|name| name == "gcloud") {
        // A shell that found it on PATH gives its name alone.
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut found =
            std::env::split_paths(&path).map(|folder| folder.join(itself)).filter(|file| file.is_file());
        return record::become_gcloud(&found.next().unwrap_or_else(|| itself.to_owned()));
    }
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let value =
        |flag: &str| arguments.iter().find_map(|argument| argument.strip_prefix(flag)).map(str::to_owned);
    let folder = |index: usize| PathBuf::from(arguments.get(index).map_or("", String::as_str));
    match arguments.get(1).map(String::as_str) {
        Some("install") => {
            let gcloud = value("--gcloud=").map_or_else(|| support::program("gcloud-standin"), PathBuf::from);
            println!("{}", record::install(&folder(2), &gcloud).display());
            ExitCode::SUCCESS
        }
        Some("record") => {
            life::live(&folder(2), &folder(2).join("bin"));
            ExitCode::SUCCESS
        }
        Some("corpus") => corpus(&folder(2), has("--write")),
        Some("compare") => {
            let variants = variant::ALL.iter().copied().filter(|variant| match value("--variants=") {
                Some(names) => names.split(',').any(|name| name == variant.name()),
                None => has("--all") || variant::ALWAYS.contains(variant),
            });
            let jobs = value("--jobs=").and_then(|n| n.parse().ok()).unwrap_or(2);
            let Some(real) = support::gcloud() else { return ExitCode::SUCCESS };
            compare_all(&folder(2), &real, &variants.collect::<Vec<_>>(), value("--only=").as_deref(), jobs)
        }
        _ => {
            eprintln!(
                "usage: sameness install|record|corpus|compare DIR [--write] [--all] [--variants=A,B] [--only=TEXT] [--jobs=N]"
            );
            ExitCode::from(2)
        }
    }
}

/// One case of every distinct command line: the first that succeeded, else the first.
fn distinct(folder: &Path) -> BTreeMap<String, Case> {
    let mut lines: BTreeMap<String, Case> = BTreeMap::new();
    for case in record::read(folder) {
        let line = line::normal(&case.argv);
        let better = lines.get(&line).is_none_or(|known| known.code != 0 && case.code == 0);
        if better {
            lines.insert(line, case);
        }
    }
    lines
}

/// The corpus as it is kept: one command line a line.
const CORPUS: &str = include_str!("corpus.txt");

fn corpus(folder: &Path, write: bool) -> ExitCode {
    let recorded: BTreeSet<String> = distinct(folder).into_keys().collect();
    if write {
        let text: String = recorded.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(support::top().join("tests/sameness/corpus.txt"), text).expect("written");
    }
    let kept: BTreeSet<String> = CORPUS.lines().map(str::to_owned).collect();
    let missing: Vec<&String> = recorded.difference(&kept).collect();
    let stale: Vec<&String> = kept.difference(&recorded).collect();
    println!("{} distinct command lines were recorded; the corpus has {}", recorded.len(), kept.len());
    if write || (missing.is_empty() && stale.is_empty()) {
        return ExitCode::SUCCESS;
    }
    missing.iter().for_each(|line| println!("not in the corpus: {line}"));
    stale.iter().for_each(|line| println!("in the corpus, and no longer asked: {line}"));
    println!("`scripts/sameness --record` writes it anew");
    ExitCode::FAILURE
}

fn compare_all(
    folder: &Path,
    real: &Path,
    variants: &[Variant],
    only: Option<&str>,
    jobs: usize,
) -> ExitCode {
    let lines = distinct(folder);
    let lines: Vec<(&String, &Case)> =
        lines.iter().filter(|(line, _)| only.is_none_or(|only| line.starts_with(only))).collect();
    let mut work: Vec<(Variant, &Case)> = Vec::new();
    for variant in variants {
        let (mut commands, mut formless) = (BTreeSet::new(), BTreeSet::new());
        for (_, case) in &lines {
            let first = commands.insert(line::command(&case.argv));
            // A failure is told in the same way whatever the answer would have been printed as.
            let other = *variant == Variant::Success || formless.insert(line::formless(&case.argv));
            if (first || (variant.of_each_line() && other)) && variant.applies(case) {
                work.push((*variant, case));
            }
        }
    }
    let commands: BTreeSet<String> = lines.iter().map(|(_, case)| line::command(&case.argv)).collect();
    println!(
        "{} command lines of {} commands × {} variants: {} comparisons",
        lines.len(),
        commands.len(),
        variants.len(),
        work.len()
    );
    let differences = Differences::read();
    let table = Mutex::new(table::Table::default());
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for job in 0..jobs {
            let (work, next, table, differences) = (&work, &next, &table, &differences);
            scope.spawn(move || {
                let private = tempfile::tempdir().expect("a folder");
                let bench = compare::Bench::new(&private.path().join(job.to_string()), real);
                while let Some((variant, case)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let (real, standin) = bench.compare(case, *variant);
                    let command = line::command(&case.argv);
                    let differing: Vec<table::Differing> = outcome::PARTS
                        .iter()
                        .filter(|part| real.part(part) != standin.part(part))
                        .map(|part| table::Differing {
                            part,
                            real: real.part(part).to_owned(),
                            standin: standin.part(part).to_owned(),
                            reason: differences.reason(&command, variant.name(), part).map(str::to_owned),
                        })
                        .collect();
                    let line = line::normal(&variant.argv(case));
                    table.lock().expect("nobody panicked").add(variant.name(), &line, differing);
                }
            });
        }
    });
    let table = table.into_inner().expect("nobody panicked");
    let whole = only.is_none() && variants.len() == variant::ALL.len();
    let stale: Vec<&difference::Difference> =
        differences.difference.iter().filter(|d| whole && !d.seen.load(Ordering::Relaxed)).collect();
    stale
        .iter()
        .for_each(|d| println!("explained, and seen no more: {} {} {}", d.command, d.variant, d.part));
    table.print();
    if table.unexplained() == 0 && stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
