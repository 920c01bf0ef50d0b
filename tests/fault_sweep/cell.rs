//! One cell: a fault, once or for ever, against a run that is about to meet it.

use crate::catalogue::{Expect, Row};
use crate::events::{Events, Paragraph};
use crate::run::{self, BASE};
use crate::stage::{STEPS, Stage, Stages};
use regex::Regex;
use serde_json::{Value, json};
use std::sync::LazyLock;
use support::{Finished, Lab, normalised};

/// How often the fault happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    Once,
    ForEver,
}

impl Times {
    pub fn name(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::ForEver => "for ever",
        }
    }
}

/// What became of a cell.
#[derive(Debug, Default)]
pub struct Report {
    /// In a few words, for the table.
    pub happened: String,
    /// What is not as it should be.
    pub problem: Option<String>,
}

/// Runs one cell.
pub fn run(lab: &Lab, stages: &Stages, row: &Row, times: Times) -> Report {
    let mut happened = String::new();
    let problem = trial(lab, stages, row, times, &mut happened).err();
    Report { happened, problem }
}

fn trial(lab: &Lab, stages: &Stages, row: &Row, times: Times, happened: &mut String) -> Result<(), String> {
    let begin = if row.again { row.step + 1 } else { row.step };
    stages.before(begin).load(lab)?;
    let mut fault = json!({"name": row.fault, "times": (times == Times::Once).then_some(1)});
    if let Some((_, pattern)) = row.on {
        fault["match"] = json!(pattern);
    }
    if let Some(requests) = row.requests {
        fault["requests"] = json!(requests);
    }
    lab.emulator.fault(fault);
    let until = STEPS[row.step];
    let mut arguments: Vec<&str> = BASE.into_iter().chain(["--until", until]).collect();
    if row.again {
        // The step is finished: a run that resumes would skip it.
        arguments.push("--fresh");
    }
    let finished = run::deploy(lab, &arguments)?;
    let events = Events::newest(&lab.state())?;
    *happened = describe(&finished, &events);
    let wrong = |problem: &str| format!("{problem}\n{}{}", finished.stdout, finished.stderr);
    struck(lab).map_err(|problem| wrong(&problem))?;
    let expected = if times == Times::Once { &row.once } else { &row.for_ever };
    let end = stages.before(row.step + 1);
    match expected {
        Expect::Passes => passed(&finished).and_then(|()| compare(lab, end, row)),
        Expect::LeavesOut(words) => {
            passed(&finished).and_then(|()| match contains(&events.warnings, words) {
                true => finish(lab, &arguments, end, row, happened),
                false => Err(format!("no warning says \"{words}\"")),
            })
        }
        Expect::GivesUp { why, todo, minutes } => stopped(&finished, &events, 1, why, todo)
            .and_then(|()| patience(&events, *minutes))
            .and_then(|()| finish(lab, &arguments, end, row, happened)),
        Expect::Ends { why, todo } => stopped(&finished, &events, 1, why, todo)
            .and_then(|()| finish(lab, &arguments, end, row, happened)),
        Expect::Stops { code, why, todo } => stopped(&finished, &events, *code, why, todo)
            .and_then(|()| match events.tries {
                0 => Ok(()),
                tries => Err(format!("it tried again {tries} times, for what only a person can put right")),
            })
            .and_then(|()| if times == Times::ForEver { again(lab, &arguments) } else { Ok(()) })
            .and_then(|()| finish(lab, &arguments, end, row, happened)),
    }
    .map_err(|problem| wrong(&problem))?;
    match lab.emulator.violations() {
        Value::Array(list) if list.is_empty() => Ok(()),
        violations => Err(format!("the emulator's answers are not Google's: {violations}")),
    }
}

/// An injected failure that did not fire proves nothing.
fn struck(lab: &Lab) -> Result<(), String> {
    let fired = lab.emulator.faults().iter().map(|fault| fault["fired"].as_u64().unwrap_or(0)).sum::<u64>();
    if fired > 0 { Ok(()) } else { Err("the fault did not strike".to_owned()) }
}

fn passed(finished: &Finished) -> Result<(), String> {
    match finished.code {
        Some(0) => Ok(()),
        code => Err(format!("it ended with {code:?}, and should have got over it")),
    }
}

/// Whether it stopped as it should: the exit code, and a paragraph that says everything.
fn stopped(finished: &Finished, events: &Events, code: i32, why: &str, todo: &str) -> Result<(), String> {
    if finished.code != Some(code) {
        return Err(format!("it ended with {:?}, and should have ended with {code}", finished.code));
    }
    let paragraph = paragraph(finished, events)?;
    for (name, text, words) in [("why", &paragraph.why, why), ("what to do", &paragraph.todo, todo)] {
        if !text.contains(words) {
            return Err(format!("\"{name}\" does not say \"{words}\", but: {text}"));
        }
    }
    Ok(())
}

/// The paragraph, whole, on stderr too, with a resume command that has every option.
fn paragraph<'a>(finished: &Finished, events: &'a Events) -> Result<&'a Paragraph, String> {
    let paragraph = events.error.as_ref().ok_or("there is no paragraph")?;
    let Paragraph { what, said, why, todo, resume } = paragraph;
    // The paragraph is wrapped, also in the middle of what has no spaces, and a long command stands apart from its sentence.
    let signs = |c: char| c.is_whitespace() || "`$\\(),;.:".contains(c);
    let words = |text: &str| text.replace('…', "...").split(signs).collect::<String>();
    let shown = words(&finished.stderr);
    for (name, text) in [("what", what), ("why", why), ("what to do", todo)] {
        if text.is_empty() {
            return Err(format!("the paragraph does not say \"{name}\""));
        }
        if !shown.contains(&words(text)) {
            return Err(format!("stderr does not show \"{name}\": {text}"));
        }
    }
    if !shown.contains(&words(said)) {
        return Err(format!("stderr does not show what gcloud said: {said}"));
    }
    match BASE.iter().find(|option| !resume.contains(*option)) {
        None => Ok(paragraph),
        Some(option) => Err(format!("the command that resumes lacks {option}: {resume}")),
    }
}

/// It gave up neither long before nor after what it has for a fault of this class.
fn patience(events: &Events, minutes: f64) -> Result<(), String> {
    let waited = events.waited / 60.0;
    // What was made some minutes ago has that much less; chance makes waits a quarter longer or shorter.
    if (0.5 * minutes..1.3 * minutes).contains(&waited) {
        return Ok(());
    }
    Err(format!("it waited {waited:.1} min in {} tries, and its budget is {minutes} min", events.tries))
}

/// The same command once more, with nothing put right: it stops again.
fn again(lab: &Lab, arguments: &[&str]) -> Result<(), String> {
    let finished = run::deploy(lab, arguments)?;
    let events = Events::newest(&lab.state())?;
    if finished.code == Some(0) {
        return Err(format!("run again with nothing put right, it succeeded:\n{}", finished.stdout));
    }
    paragraph(&finished, &events).map(drop).map_err(|problem| format!("run again: {problem}"))
}

/// The cause is lifted, and the same command finishes.
fn finish(
    lab: &Lab,
    arguments: &[&str],
    end: &Stage,
    row: &Row,
    happened: &mut String,
) -> Result<(), String> {
    lab.emulator.lift_faults();
    let arguments: Vec<&str> = arguments.iter().chain(row.then).copied().collect();
    let finished = run::deploy(lab, &arguments)?;
    if finished.code != Some(0) {
        let (out, err) = (finished.stdout, finished.stderr);
        return Err(format!("with the cause lifted it ended with {:?}:\n{out}{err}", finished.code));
    }
    happened.push_str("; then finishes");
    compare(lab, end, row)
}

/// What a deletion leaves behind, what the catalogue itself keeps, what a person has clicked, tries of a service, and what
/// Google makes when it is first looked at.
static ELSEWHERE: LazyLock<Regex> = LazyLock::new(|| {
    let keys = [
        "iam/deleted/",
        "emulator/",
        "cloudresourcemanager/reserved/",
        "cloudbuild/[^ ]*/connectedRepositories/",
        "run/[^ ]*/revisions/",
        "logging/[^ ]*/(buckets|sinks)/_",
    ];
    Regex::new(&format!("^({})", keys.join("|"))).expect("a pattern")
});
static DELETED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#""deleted:serviceAccount:[^"]*",?"#).expect("a pattern"));

/// What there is now is what an undisturbed run makes.
fn compare(lab: &Lab, end: &Stage, row: &Row) -> Result<(), String> {
    let leaves: Vec<Regex> = row.leaves.iter().map(|text| Regex::new(text).expect("a pattern")).collect();
    let tidy = |lines: &[String]| -> Vec<String> {
        let kept = lines.iter().filter(|line| !ELSEWHERE.is_match(line));
        let kept = kept.map(|line| DELETED.replace_all(line, "").replace(row.renamed, crate::stage::PROJECT));
        let kept =
            kept.map(|line| leaves.iter().fold(line, |line, left| left.replace(&line, "").into_owned()));
        let mut kept: Vec<String> = kept.filter(|line| !line.is_empty()).collect();
        kept.sort();
        kept
    };
    let (found, wanted) = (tidy(&normalised(&lab.emulator.world())), tidy(&end.lines));
    let only = |a: &[String], b: &[String], sign: &str| -> String {
        a.iter().filter(|line| !b.contains(line)).map(|line| format!("{sign} {line}\n")).collect()
    };
    if found == wanted {
        return Ok(());
    }
    let (more, less) = (only(&found, &wanted, "+"), only(&wanted, &found, "-"));
    Err(format!("what there is differs from what an undisturbed run makes:\n{less}{more}"))
}

fn contains(texts: &[String], words: &str) -> bool {
    texts.iter().any(|text| text.contains(words))
}

/// The cell of the table: the same words each time, though chance makes waits longer or shorter.
fn describe(finished: &Finished, events: &Events) -> String {
    let tries = match events.tries {
        1 => "1 more try".to_owned(),
        many => format!("{many} more tries"),
    };
    match (finished.code, &events.error) {
        (Some(0), _) => {
            let warnings = events.warnings.iter().map(|text| format!(", with a warning: {}", first(text)));
            let after = if events.tries == 0 { String::new() } else { format!(" after {tries}") };
            format!("done{after}{}", warnings.collect::<String>())
        }
        (Some(code), Some(error)) => {
            let waited = (events.waited / 60.0).round();
            let when = match events.tries {
                0 => "stops at once".to_owned(),
                _ if waited < 1.0 => format!("stops after {tries}"),
                _ => format!("gives up after {waited} min"),
            };
            format!("{when} (exit {code}): {}", first(&error.why))
        }
        (code, _) => format!("ends with {code:?}"),
    }
}

/// The first sentence, or what comes before its details.
fn first(text: &str) -> &str {
    text.split([';', ':']).next().unwrap_or(text).split(" (").next().unwrap_or(text)
}
