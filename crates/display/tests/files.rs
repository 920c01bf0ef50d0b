//! What a run leaves on disk and on a pipe of events.

mod page;

use display::{Fan, Json, RunFiles, Style};
use events::{Event, Fact, SCHEMA, Sink};
use page::Page;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

const FIRST: &str = include_str!("../samples/first-run.ndjson");
const FAILED: &str = include_str!("../samples/failed.ndjson");

fn events(sample: &str) -> Vec<Event> {
    sample.lines().map(|line| serde_json::from_str(line).expect("a recorded event")).collect()
}

fn read(directory: &Path, name: &str) -> String {
    std::fs::read_to_string(directory.join(name)).expect("the file is there")
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

#[test]
fn the_files_hold_the_run_and_are_private() {
    let scratch = tempfile::tempdir().expect("a directory");
    let directory = scratch.path().join("dev/runs/20260730-100000-4f2a");
    let files = RunFiles::create(&directory, "0.1.0").expect("the files are made");
    let all = events(FIRST);
    all.iter().for_each(|event| files.emit(event));
    assert!(files.problem().is_none());

    assert_eq!(mode(&directory), 0o700);
    for name in ["events.ndjson", "commands.log", "report.json"] {
        assert_eq!(mode(&directory.join(name)), 0o600, "{name}");
    }
    let kept: Vec<Event> = read(&directory, "events.ndjson")
        .lines()
        .map(|line| serde_json::from_str(line).expect("an event a line"))
        .collect();
    assert_eq!(kept, all);
    let left: Vec<_> = std::fs::read_dir(&directory).expect("readable").collect();
    assert_eq!(left.len(), 3, "no temporary file is left: {left:?}");

    let report: serde_json::Value = serde_json::from_str(&read(&directory, "report.json")).expect("JSON");
    insta::assert_json_snapshot!(report);
}

#[test]
fn each_command_is_a_line_with_its_words_below() {
    let scratch = tempfile::tempdir().expect("a directory");
    let files = RunFiles::create(scratch.path(), "0.1.0").expect("the files are made");
    let command = |line: &str, status, stderr: &str| Event {
        time: "2026-07-30T10:00:00.1234Z".parse().expect("an instant"),
        fact: Fact::Command {
            resource: None,
            line: line.to_owned(),
            mutating: status != Some(0),
            status,
            seconds: 0.714,
            stderr: stderr.to_owned(),
        },
    };
    files.emit(&command("gcloud info --format=json", Some(0), ""));
    files.emit(&command(
        "gcloud redis instances create x",
        Some(1),
        "ERROR: \u{1b}[31mno\u{1b}[0m\nreally\n",
    ));
    files.emit(&command("gcloud sql instances create x", None, ""));
    insta::assert_snapshot!(read(scratch.path(), "commands.log"));
}

#[test]
fn a_report_is_there_before_the_run_ends() {
    let scratch = tempfile::tempdir().expect("a directory");
    let files = RunFiles::create(scratch.path(), "0.1.0").expect("the files are made");
    let all = events(FAILED);
    let error = all.iter().position(|event| matches!(event.fact, Fact::Error { .. })).expect("an error");
    all[..=error].iter().for_each(|event| files.emit(event));
    let report: serde_json::Value = serde_json::from_str(&read(scratch.path(), "report.json")).expect("JSON");
    assert_eq!(report["outcome"], serde_json::Value::Null);
    assert_eq!(report["errors"][0]["resource"], "redis-instance/codementor-cache");
    assert_eq!(report["steps"][3]["resources"][0]["outcome"], "failed");
}

#[test]
fn events_of_several_threads_do_not_mix() {
    let scratch = tempfile::tempdir().expect("a directory");
    let files = RunFiles::create(scratch.path(), "0.1.0").expect("the files are made");
    let all = events(FIRST);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| all[1..].iter().for_each(|event| files.emit(event)));
        }
    });
    let text = read(scratch.path(), "events.ndjson");
    let kept: Vec<Event> =
        text.lines().map(|line| serde_json::from_str(line).expect("an event a line")).collect();
    assert_eq!(kept.len(), 1 + 4 * (all.len() - 1));
    assert!(matches!(kept[0].fact, Fact::Version { .. }));
}

#[test]
fn what_cannot_be_written_is_told_once_and_stops_nothing() {
    let scratch = tempfile::tempdir().expect("a directory");
    let directory = scratch.path().join("run");
    let files = RunFiles::create(&directory, "0.1.0").expect("the files are made");
    std::fs::remove_dir_all(&directory).expect("it goes");
    events(FIRST).iter().for_each(|event| files.emit(event));
    assert_eq!(files.problem().map(|problem| problem.kind()), Some(std::io::ErrorKind::NotFound));
    assert!(files.problem().is_none());
}

#[test]
fn json_begins_with_the_version_and_passes_events_on() {
    for with_version in [true, false] {
        let (out, err) = (Page::default(), Page::default());
        let json =
            Fan::new(vec![std::sync::Arc::new(Json::new("9.9.9", out.clone(), err.clone(), Style::PLAIN))]);
        let all = events(FAILED);
        let given = if with_version { &all[..] } else { &all[1..] };
        given.iter().for_each(|event| json.emit(event));
        let lines: Vec<serde_json::Value> =
            out.text().lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        assert_eq!(lines.len(), all.len());
        assert_eq!(lines[0]["type"], "version");
        assert_eq!(lines[0]["schema"], SCHEMA);
        assert_eq!(lines[0]["tool"], if with_version { "0.1.0" } else { "9.9.9" });
        assert!(err.text().starts_with("Error: could not create redis-instance/codementor-cache"));
    }
}
