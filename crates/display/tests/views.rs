//! What people see, as snapshots: read them as a person would.

mod page;

use display::{
    Finding, Hint, Plain, Problem, Run, Settings, StepRow, Style, Verbosity, Verdict, finding_lines,
    plan_lines, problem_lines, step_lines, summary_lines,
};
use events::{Counts, Event, Fact, Outputs, Refusal, RunOutcome, Sink};
use page::Page;

const FIRST: &str = include_str!("../samples/first-run.ndjson");
const UPDATE: &str = include_str!("../samples/update.ndjson");
const RERUN: &str = include_str!("../samples/rerun.ndjson");
const DESTROY: &str = include_str!("../samples/destroy.ndjson");
const FAILED: &str = include_str!("../samples/failed.ndjson");

fn events(sample: &str) -> Vec<Event> {
    sample.lines().map(|line| serde_json::from_str(line).expect("a recorded event")).collect()
}

fn style(width: usize) -> Style {
    Style { colour: false, unicode: true, width }
}

/// What the plain view writes: reports, and errors.
fn plain(sample: &str, settings: Settings) -> (String, String) {
    let (out, err) = (Page::default(), Page::default());
    let view = Plain::new(out.clone(), err.clone(), settings);
    events(sample).iter().for_each(|event| view.emit(event));
    (out.text(), err.text())
}

/// The run as it was when the plan was known.
fn planned(sample: &str) -> Run {
    let all = events(sample);
    let end = all.iter().position(|event| matches!(event.fact, Fact::Plan { .. })).expect("a plan");
    Run::of(&all[..=end])
}

fn hints() -> Vec<Hint> {
    vec![Hint {
        text: "See that everything is still as it should be, at any time:".to_owned(),
        command: Some("deploy-all plan --env dev".to_owned()),
    }]
}

#[test]
fn plan_of_a_new_project() {
    insta::assert_snapshot!(plan_lines(&planned(FIRST), Verbosity::Normal, style(100)).join("\n"));
}

#[test]
fn plan_of_a_new_project_narrow() {
    insta::assert_snapshot!(plan_lines(&planned(FIRST), Verbosity::Normal, style(60)).join("\n"));
}

#[test]
fn plan_of_changes() {
    insta::assert_snapshot!(plan_lines(&planned(UPDATE), Verbosity::Normal, style(100)).join("\n"));
}

#[test]
fn plan_of_changes_narrow_without_unicode() {
    let ascii = Style { unicode: false, ..style(60) };
    insta::assert_snapshot!(plan_lines(&planned(UPDATE), Verbosity::Normal, ascii).join("\n"));
}

#[test]
fn plan_of_a_destroy_of_one_step() {
    insta::assert_snapshot!(plan_lines(&planned(DESTROY), Verbosity::Normal, style(100)).join("\n"));
}

#[test]
fn plan_of_a_destroy_of_one_step_narrow() {
    insta::assert_snapshot!(plan_lines(&planned(DESTROY), Verbosity::Normal, style(40)).join("\n"));
}

#[test]
fn plan_of_a_destroy_of_what_is_protected() {
    let mut run = planned(DESTROY);
    let plan = &mut run.items[0].plan;
    let refusal = Refusal { why: "its protection is on".to_owned(), todo: "take it off".to_owned() };
    (plan.refused, plan.data) = (Some(refusal), Some("all that is in it".to_owned()));
    insta::assert_snapshot!(plan_lines(&run, Verbosity::Normal, style(100)).join("\n"));
}

#[test]
fn a_destroy_that_finds_nothing_says_so() {
    let mut run = planned(DESTROY);
    run.items.clear();
    (run.kind, run.outcome) = ("plan-destroy".to_owned(), Some(RunOutcome::Succeeded));
    let lines = plan_lines(&run, Verbosity::Normal, style(100));
    assert_eq!(lines.last().map(String::as_str), Some("There is nothing to destroy."));
    assert!(lines[0].ends_with("nothing to do"), "{lines:?}");
    run.kind = "destroy".to_owned();
    assert_eq!(summary_lines(&run, &[], style(100))[0], "Nothing to destroy. Checked in 0.0s.");
}

#[test]
fn the_end_of_a_step_names_it_however_short_its_title_is() {
    let (out, _) = plain(DESTROY, Settings::new(style(100)));
    assert!(out.contains("\n  ✓ 01-network  Network  done  "), "{out}");
}

#[test]
fn plan_of_changes_in_full_colour() {
    let colour = Style { colour: true, ..style(100) };
    let text = plan_lines(&planned(UPDATE), Verbosity::Verbose, colour).join("\n");
    insta::assert_snapshot!(text.replace('\u{1b}', "␛"));
}

#[test]
fn colour_changes_nothing_but_the_colour() {
    let bare = style(72);
    let colour = Style { colour: true, ..bare };
    for sample in [FIRST, UPDATE, RERUN, FAILED] {
        let run = Run::of(&events(sample));
        let all = |style: Style| {
            let mut lines = plan_lines(&run, Verbosity::Verbose, style);
            lines.extend(run.errors.iter().flat_map(|error| problem_lines(error, style)));
            lines.extend(summary_lines(&run, &hints(), style));
            lines.join("\n")
        };
        assert_ne!(all(colour), all(bare));
        assert_eq!(console::strip_ansi_codes(&all(colour)), all(bare));
    }
}

/// What a heartbeat says, without its time.
fn beat<'a>(line: Option<&&'a str>) -> Option<&'a str> {
    Some(line?.trim().strip_prefix("still ")?.split_once(" [")?.0)
}

#[test]
fn plain_first_run_narrow() {
    let (out, err) = plain(FIRST, Settings::new(style(60)));
    assert_eq!(err, "");
    // The heartbeats of a long wait are all alike: the first and the last tell enough.
    let lines: Vec<&str> = out.lines().collect();
    let kept = lines.iter().enumerate().filter(|(n, line)| {
        let this = beat(Some(line));
        this.is_none() || this != beat(lines.get(n.wrapping_sub(1))) || this != beat(lines.get(n + 1))
    });
    insta::assert_snapshot!(kept.map(|(_, line)| *line).collect::<Vec<_>>().join("\n"));
}

#[test]
fn plain_update_wide() {
    let settings = Settings { hints: std::sync::Arc::new(|_| hints()), ..Settings::new(style(100)) };
    insta::assert_snapshot!(plain(UPDATE, settings).0);
}

#[test]
fn plain_rerun_says_that_there_was_nothing_to_do() {
    insta::assert_snapshot!(plain(RERUN, Settings::new(style(100))).0);
}

#[test]
fn plain_into_a_pipe_breaks_no_address_and_no_command() {
    let (out, _) = plain(FIRST, Settings { show_commands: true, ..Settings::new(Style::PLAIN) });
    let commands: Vec<&str> = out.lines().filter_map(|line| line.strip_prefix("$ ")).collect();
    let recorded: Vec<String> = events(FIRST)
        .into_iter()
        .filter_map(|event| match event.fact {
            Fact::Command { line, .. } => Some(line),
            _ => None,
        })
        .collect();
    assert_eq!(commands, recorded);
    let binding = "+ created iam-binding/secret/database-url/secretmanager.secretAccessor/\
                   serviceAccount:codementor-run@codementor-dev.iam.gserviceaccount.com  ";
    assert!(out.lines().any(|line| line.starts_with(binding)));
    assert!(out.is_ascii(), "no unicode was asked for");
}

#[test]
fn quiet_is_the_last_line_and_errors() {
    let quiet = || Settings { verbosity: Verbosity::Quiet, ..Settings::new(style(100)) };
    assert_eq!(plain(FIRST, quiet()), ("Done in 20m46s: 37 created, 1 skipped.\n".to_owned(), String::new()));
    let (out, err) = plain(FAILED, quiet());
    assert_eq!(out, "Failed after 13m37s: 19 created, 1 failed, 17 not started.\n");
    assert!(err.starts_with("Error: could not create redis-instance/codementor-cache (03-redis)\n"));
}

#[test]
fn verbose_shows_checks_and_what_is_unchanged() {
    let (out, _) = plain(RERUN, Settings { verbosity: Verbosity::Verbose, ..Settings::new(style(100)) });
    insta::assert_snapshot!(out);
}

#[test]
fn a_failure_ends_with_its_paragraph_and_one_line() {
    let (out, err) = plain(FAILED, Settings::new(style(100)));
    insta::assert_snapshot!(format!("{err}{}", out.lines().last().unwrap_or_default()));
}

#[test]
fn error_paragraph_narrow() {
    let run = Run::of(&events(FAILED));
    insta::assert_snapshot!(problem_lines(&run.errors[0], style(60)).join("\n"));
}

#[test]
fn error_paragraph_with_little_to_say() {
    let problem = Problem {
        what: "the login has expired".to_owned(),
        todo: "Log in again:\ngcloud auth login".to_owned(),
        resume: "deploy-all --yes".to_owned(),
        ..Problem::default()
    };
    let wide = problem_lines(&problem, style(100)).join("\n");
    let tiny = problem_lines(&problem, style(30)).join("\n");
    insta::assert_snapshot!(format!("{wide}\n\n{tiny}"));
}

#[test]
fn error_paragraph_cuts_a_long_answer_and_its_escape_codes() {
    let said: Vec<String> = (1..=30).map(|n| format!("\u{1b}[31mline {n}\u{1b}[0m\r")).collect();
    let problem = Problem {
        what: "it broke".to_owned(),
        said: said.join("\n"),
        why: "no idea".to_owned(),
        ..Problem::default()
    };
    insta::assert_snapshot!(problem_lines(&problem, style(60)).join("\n"));
}

#[test]
fn summary_wide() {
    insta::assert_snapshot!(summary_lines(&Run::of(&events(FIRST)), &hints(), style(100)).join("\n"));
}

#[test]
fn summary_narrow() {
    insta::assert_snapshot!(summary_lines(&Run::of(&events(FIRST)), &hints(), style(60)).join("\n"));
}

#[test]
fn an_interrupted_run_says_how_to_go_on() {
    let all = events(FIRST);
    let middle = all
        .iter()
        .position(|event| {
            matches!(&event.fact, Fact::ResourceStarted { resource, .. } if resource.kind() == "sql-instance")
        })
        .expect("the database");
    let mut run = Run::of(&all[..=middle]);
    let event = |fact| Event { time: all[middle].time, fact };
    run.apply(&event(Fact::Error {
        step: Some("02-database".to_owned()),
        resource: None,
        what: "interrupted while sql-instance/codementor-db was being created".to_owned(),
        said: String::new(),
        why: "Ctrl-C".to_owned(),
        todo: "Google goes on creating it; the next run waits for it.".to_owned(),
        resume: "deploy-all --env dev --yes".to_owned(),
    }));
    run.apply(&event(Fact::RunFinished {
        outcome: RunOutcome::Interrupted,
        counts: Counts { created: 14, ..Counts::default() },
        outputs: Outputs::new(),
        gcloud_commands: 60,
        seconds: 243.4,
    }));
    let mut lines = problem_lines(&run.errors[0], style(80));
    lines.extend(summary_lines(&run, &[], style(80)));
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn step_list() {
    let row = |id: &str, title: &str, keeps: &[&str], known: &str| StepRow {
        id: id.to_owned(),
        title: title.to_owned(),
        keeps: keeps.iter().map(|k| (*k).to_owned()).collect(),
        known: known.to_owned(),
        finished: None,
    };
    let rows = [
        row(
            "00-project",
            "Project, billing, APIs",
            &["project", "billing link", "17 APIs", "budget"],
            "finished 2 h ago",
        ),
        row(
            "03-redis",
            "Memorystore Redis",
            &["redis instance", "secrets redis-url and redis-ca"],
            "failed 5 min ago",
        ),
        row(
            "06-monitoring",
            "Monitoring",
            &["log retention", "archive bucket", "sink", "alert policies", "dashboard"],
            "",
        ),
    ];
    let wide = step_lines(&rows, style(100)).join("\n");
    let narrow = step_lines(&rows, style(50)).join("\n");
    insta::assert_snapshot!(format!("{wide}\n\n{narrow}"));
}

#[test]
fn doctor() {
    let finding = |verdict, what: &str, found: &str, remedy: Option<&str>, command: Option<&str>| Finding {
        verdict,
        what: what.to_owned(),
        found: found.to_owned(),
        remedy: remedy.map(str::to_owned),
        command: command.map(str::to_owned),
    };
    let findings = [
        finding(Verdict::Ok, "gcloud", "528.0.0 in /usr/bin", None, None),
        finding(
            Verdict::Warn,
            "component beta",
            "not installed",
            Some("Step 06-monitoring needs it for notification channels."),
            Some("gcloud components install beta"),
        ),
        finding(
            Verdict::Fail,
            "login",
            "alex@example.com: the token was refused",
            Some("Log in again."),
            Some("gcloud auth login"),
        ),
        finding(Verdict::Unknown, "organization policy run.allowedIngress", "may not be read", None, None),
    ];
    let wide = finding_lines(&findings, Verbosity::Normal, style(100)).join("\n");
    let narrow = finding_lines(&findings, Verbosity::Normal, style(50)).join("\n");
    insta::assert_snapshot!(format!("{wide}\n\n{narrow}"));
}
