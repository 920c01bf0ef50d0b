//! Every key of the config: another value changes exactly what the table says, or is refused with a way out.

use crate::stage::Stage;
use crate::table::{ROWS, Row, Want};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn the_table_has_a_row_for_every_key() {
    let keys: BTreeSet<&str> = config::key::KEYS.iter().map(|key| key.path).collect();
    let rows: BTreeSet<&str> = ROWS.iter().map(|row| row.key).collect();
    assert_eq!(rows, keys);
}

#[test]
fn project() {
    sweep("project", "project.");
}

#[test]
fn budget_and_network() {
    sweep("budget", "budget.");
    sweep("network", "network.");
}

#[test]
fn database() {
    sweep("database", "database.");
}

#[test]
fn redis() {
    sweep("redis", "redis.");
}

#[test]
fn cloud_run() {
    sweep("cloud_run", "cloud_run.");
}

#[test]
fn ci_cd_and_monitoring() {
    sweep("ci_cd", "ci_cd.");
    sweep("monitoring", "monitoring.");
}

#[test]
fn rotation() {
    sweep("rotation", "rotation.");
}

fn sweep(name: &str, prefix: &str) {
    let rows = ROWS.iter().filter(|row| row.key.starts_with(prefix));
    let only = std::env::var("DRIFT_ONLY").ok();
    let stage = Stage::new();
    let before = stage.leaves();
    let mut report = String::new();
    let mut wrong = Vec::new();
    for row in rows.filter(|row| only.as_deref().is_none_or(|only| row.key.contains(only))) {
        stage.again();
        report.push_str(&format!("{} = {}\n", row.key, row.set.join(" ")));
        match one(&stage, row, &before) {
            Ok(lines) => lines.iter().for_each(|line| report.push_str(&format!("    {line}\n"))),
            Err(why) => wrong.push(format!("{} ({}): {why}", row.key, row.set.join(" "))),
        }
    }
    assert!(wrong.is_empty(), "{}\n{report}", wrong.join("\n\n"));
    if only.is_none() {
        insta::assert_snapshot!(name, report);
    }
}

/// One row: what the plan said and what became of the world, for the snapshot.
fn one(stage: &Stage, row: &Row, before: &BTreeMap<String, String>) -> Result<Vec<String>, String> {
    let requests = stage.lab.emulator.requests().len();
    match row.want {
        Want::Stops { code, says } => {
            let run = stage.run(row.set, &["--yes", "--output", "plain"]);
            let text =
                format!("{}{}", run.stdout, run.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
            if run.code != Some(code) {
                return Err(format!("exit {:?}, not {code}: {text}", run.code));
            }
            if let Some(missing) = says.iter().find(|part| !text.contains(**part)) {
                return Err(format!("it does not say {missing:?}: {text}"));
            }
            match stage.lab.emulator.writes(requests).is_empty() {
                true => Ok(vec![format!("refused, exit {code}: {}", says.join(" ... "))]),
                false => Err("something was touched".to_owned()),
            }
        }
        Want::Nothing(why) => {
            let (finished, lines) = stage.plan(row.set);
            match (finished.code, lines.is_empty()) {
                (Some(0), true) => Ok(vec![format!("nothing: {why}")]),
                _ => Err(format!("exit {:?}, {lines:?}, {}", finished.code, finished.stderr)),
            }
        }
        Want::Changes(wanted) => {
            let run = stage.run(row.set, &["--yes", "--output", "json"]);
            if run.code != Some(0) {
                return Err(format!(
                    "exit {:?}: {}",
                    run.code,
                    run.stdout.lines().rev().take(3).collect::<Vec<_>>().join("\n")
                ));
            }
            let planned = Stage::planned(&run);
            let lines = crate::stage::lines(&planned);
            let head = |line: &String| line.splitn(3, ' ').take(2).collect::<Vec<_>>().join(" ");
            let heads: BTreeSet<String> = lines.iter().map(head).collect();
            let wanted: BTreeSet<String> = wanted.iter().map(|line| (*line).to_owned()).collect();
            if heads != wanted {
                return Err(format!("planned {heads:#?}, wanted {wanted:#?}"));
            }
            if let Some(extra) = changed(&run.stdout)
                .into_iter()
                .find(|address| !heads.iter().any(|h| h.ends_with(&format!(" {address}"))))
            {
                return Err(format!("{extra} was changed, and was not in the plan"));
            }
            let (finished, rest) = stage.plan(row.set);
            if finished.code != Some(0) || !rest.is_empty() {
                return Err(format!("the plan afterwards: exit {:?}, {rest:#?}", finished.code));
            }
            let lines = lines.iter().map(|line| support::masked(line));
            Ok(lines.chain(difference(before, &stage.leaves())).collect())
        }
    }
}

/// The resources that a run changed.
pub fn changed(stream: &str) -> Vec<String> {
    let events = stream.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    events
        .filter(|event| event["type"] == "resource_finished")
        .filter(|event| !matches!(event["outcome"].as_str(), Some("unchanged" | "skipped")))
        .filter_map(|event| event["resource"].as_str().map(str::to_owned))
        .collect()
}

/// The leaves of the world that differ. What a secret holds is only said to differ.
fn difference(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let object = |key: &str| key.split(' ').next().unwrap_or_default().to_owned();
    let objects =
        |leaves: &BTreeMap<String, String>| leaves.keys().map(|key| object(key)).collect::<BTreeSet<_>>();
    let (had, has) = (objects(before), objects(after));
    let mut lines: Vec<String> = has.difference(&had).map(|key| format!("world: + {key}")).collect();
    lines.extend(had.difference(&has).map(|key| format!("world: - {key}")));
    for key in keys.into_iter().filter(|key| had.contains(&object(key)) && has.contains(&object(key))) {
        let (old, new) = (before.get(key), after.get(key));
        if old != new {
            let show = |value: Option<&String>| match value {
                Some(_) if key.contains(" hidden ") => "(hidden)".to_owned(),
                Some(value) => value.chars().take(120).collect(),
                None => "(none)".to_owned(),
            };
            lines.push(format!("world: {key} {} -> {}", show(old), show(new)));
        }
    }
    lines
}
