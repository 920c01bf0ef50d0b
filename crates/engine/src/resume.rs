//! Whether a run goes on where an earlier one stopped.

use crate::checkpoint::{Checkpoint, CheckpointError, FORMAT};
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What the kinds of runs that rotate something begin with: `rotate db-password`.
pub const ROTATE: &str = "rotate ";

/// After this long the cloud may have changed too much for finished steps to be skipped.
const FRESHNESS: SignedDuration = SignedDuration::from_hours(24);

/// The kind of run that takes a deployment away. Whatever was not finished before it is of no account, and a deploy after an
/// unfinished one makes anew what is missing.
pub const DESTROY: &str = "destroy";

/// What is about to run.
#[derive(Clone, Debug)]
pub struct Intended<'a> {
    /// Version of the tool.
    pub tool: &'a str,
    /// Project id.
    pub project: &'a str,
    /// Where the calls go when not to Google.
    pub redirection: Option<&'a str>,
    /// `deploy`, `step` ...
    pub kind: &'a str,
    /// The resolved config.
    pub config: &'a toml::Table,
    /// Names the keys in which two configs differ; how keys are spelled is the config's business.
    pub differing: fn(&toml::Table, &toml::Table) -> Vec<String>,
    /// `--fresh`, or `--from`: the person wants no resuming.
    pub fresh: bool,
    /// Now.
    pub now: Timestamp,
}

/// How to begin.
#[derive(Clone, Debug, PartialEq)]
pub enum Beginning {
    /// Check everything.
    Everything {
        /// Why finished steps of an unfinished run are not skipped, where there is one.
        because: Option<String>,
    },
    /// Skip these steps: an unfinished run has finished them.
    Resume {
        /// Ids of the steps.
        done: BTreeSet<String>,
    },
}

/// Decides how to begin (the rules of design.md, section 5).
///
/// # Errors
/// The checkpoint belongs to another project, or to an unfinished run that must be finished first.
pub fn beginning(
    path: &Path,
    previous: Option<&Checkpoint>,
    intended: &Intended,
) -> Result<Beginning, CheckpointError> {
    let everything = |because: Option<String>| Ok(Beginning::Everything { because });
    let Some(previous) = previous else { return everything(None) };
    if previous.project != intended.project {
        // A run that was refused its project's name has left nothing there that could be mixed up with another's.
        if previous.steps.is_empty() && previous.made.is_empty() && previous.intents.is_empty() {
            return everything(None);
        }
        let (theirs, ours) = (previous.project.clone(), intended.project.to_owned());
        return Err(CheckpointError::OtherProject { path: path.to_owned(), theirs, ours });
    }
    if previous.finished.is_none()
        && !matches!(previous.kind.as_str(), "deploy" | "step" | "adopt" | DESTROY)
        && previous.kind != intended.kind
        // A plan changes nothing: it shows what is in the way.
        && !matches!(intended.kind, DESTROY | "plan")
    {
        return Err(CheckpointError::Unfinished { path: path.to_owned(), kind: previous.kind.clone() });
    }
    if intended.fresh
        || intended.kind != "deploy"
        || previous.kind != "deploy"
        || previous.finished.is_some()
        || previous.steps.is_empty()
    {
        return everything(None);
    }
    if previous.redirection.as_deref() != intended.redirection {
        return everything(Some("the unfinished run went to another place than this one".into()));
    }
    if previous.tool != intended.tool {
        return everything(Some(format!(
            "the unfinished run was made by version {} of this tool",
            previous.tool
        )));
    }
    let differing = (intended.differing)(&previous.config, intended.config);
    if !differing.is_empty() {
        return everything(Some(format!(
            "the config has changed since the unfinished run: {}",
            differing.join(", ")
        )));
    }
    let stopped = previous.stopped.unwrap_or(previous.started);
    let age = intended.now.duration_since(stopped);
    if age > FRESHNESS {
        return everything(Some(format!("the unfinished run stopped {} hours ago", age.as_hours())));
    }
    // A clock that went backwards says nothing about age; the run is taken for recent only within the same bound.
    if age < -FRESHNESS {
        return everything(Some("the unfinished run is dated in the future".into()));
    }
    Ok(Beginning::Resume { done: previous.steps.keys().cloned().collect() })
}

/// What the checkpoint says from the beginning of this run on, and whether the steps that it finishes are written
/// down. `steps` are those that this run works on.
///
/// A single step never ends an unfinished deploy: that one's record stays, and the step's own entry is made anew; not
/// if it runs with another config than the deploy's, which must then check the step again.
pub fn record(
    previous: Option<&Checkpoint>,
    intended: &Intended,
    run: &str,
    steps: &[String],
    beginning: &Beginning,
) -> (Checkpoint, bool) {
    // What another place or project holds says nothing here.
    let place = |old: &&Checkpoint| {
        old.project == intended.project && old.redirection.as_deref() == intended.redirection
    };
    let previous = previous.filter(place);
    let single = intended.kind == "step";
    if let Some(old) = previous.filter(|old| single && old.kind == "deploy" && old.finished.is_none()) {
        let mut checkpoint = old.clone();
        checkpoint.steps.retain(|id, _| !steps.contains(id));
        let same = old.config == *intended.config && old.tool == intended.tool;
        return (checkpoint, same);
    }
    let old_steps = previous.map(|old| old.steps.clone()).unwrap_or_default();
    let kept = match beginning {
        Beginning::Resume { done } => old_steps.into_iter().filter(|(id, _)| done.contains(id)).collect(),
        Beginning::Everything { .. } if single => {
            old_steps.into_iter().filter(|(id, _)| !steps.contains(id)).collect()
        }
        Beginning::Everything { .. } => BTreeMap::new(),
    };
    // A rotation is known by when it was begun: the run that goes on with it is the same one.
    let goes_on = previous.filter(|old| {
        old.finished.is_none() && old.kind == intended.kind && old.kind.starts_with(ROTATE) && !intended.fresh
    });
    let checkpoint = Checkpoint {
        format: FORMAT,
        tool: intended.tool.to_owned(),
        project: intended.project.to_owned(),
        redirection: intended.redirection.map(str::to_owned),
        kind: intended.kind.to_owned(),
        run: run.to_owned(),
        started: goes_on.map_or(intended.now, |old| old.started),
        finished: None,
        stopped: None,
        steps: kept,
        made: previous.map(|old| old.made.clone()).unwrap_or_default(),
        kept: previous.map(|old| old.kept.clone()).unwrap_or_default(),
        caused: previous.map(|old| old.caused.clone()).unwrap_or_default(),
        intents: previous.map(|old| old.intents.clone()).unwrap_or_default(),
        config: intended.config.clone(),
    };
    // A step that was destroyed is not one that is done.
    (checkpoint, intended.kind != DESTROY)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::Finished;

    fn differing(a: &toml::Table, b: &toml::Table) -> Vec<String> {
        let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        keys.into_iter().filter(|key| a.get(*key) != b.get(*key)).cloned().collect()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn unfinished() -> Checkpoint {
        let began = at("2026-01-01T00:00:00Z");
        Checkpoint {
            format: FORMAT,
            tool: "1".into(),
            project: "p".into(),
            redirection: None,
            kind: "deploy".into(),
            run: "r".into(),
            started: began,
            finished: None,
            stopped: Some(at("2026-01-01T01:00:00Z")),
            steps: BTreeMap::from([("00-project".into(), Finished { started: began, finished: began })]),
            made: BTreeMap::new(),
            kept: BTreeMap::new(),
            caused: BTreeMap::new(),
            intents: Vec::new(),
            config: toml::from_str("[redis]\nmemory_gb = 1\n").unwrap(),
        }
    }

    fn decide(
        previous: &Checkpoint,
        change: impl FnOnce(&mut Intended),
    ) -> Result<Beginning, CheckpointError> {
        let config: toml::Table = toml::from_str("[redis]\nmemory_gb = 1\n").unwrap();
        let mut intended = Intended {
            tool: "1",
            project: "p",
            redirection: None,
            kind: "deploy",
            config: &config,
            differing,
            fresh: false,
            now: at("2026-01-01T02:00:00Z"),
        };
        change(&mut intended);
        beginning(Path::new("c"), Some(previous), &intended)
    }

    fn everything(result: Result<Beginning, CheckpointError>) -> Option<String> {
        match result.unwrap() {
            Beginning::Everything { because } => because,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_unfinished_deploy_is_resumed() {
        let done = BTreeSet::from(["00-project".to_owned()]);
        assert_eq!(decide(&unfinished(), |_| {}).unwrap(), Beginning::Resume { done });
    }

    #[test]
    fn whatever_differs_is_checked_again_and_named() {
        let other: toml::Table =
            toml::from_str("[redis]\nmemory_gb = 2\n[budget]\ncurrency = 'EUR'\n").unwrap();
        let mut previous = unfinished();
        previous.redirection = Some("http://127.0.0.1:1".into());
        assert!(everything(decide(&previous, |_| {})).unwrap().contains("another place"));
        assert!(everything(decide(&unfinished(), |i| i.redirection = Some("x"))).is_some());
        assert!(everything(decide(&unfinished(), |i| i.tool = "2")).unwrap().contains("version 1"));
        let mut previous = unfinished();
        previous.config = other;
        let because = everything(decide(&previous, |_| {})).unwrap();
        assert!(because.ends_with(": budget, redis"), "{because}");
        assert!(
            everything(decide(&unfinished(), |i| i.now = at("2026-01-02T01:00:01Z")))
                .unwrap()
                .contains("24 hours")
        );
        assert!(matches!(
            decide(&unfinished(), |i| i.now = at("2026-01-02T01:00:00Z")).unwrap(),
            Beginning::Resume { .. }
        ));
    }

    #[test]
    fn a_finished_run_a_single_step_and_fresh_check_everything() {
        let mut previous = unfinished();
        previous.finished = previous.stopped;
        assert_eq!(everything(decide(&previous, |_| {})), None);
        assert_eq!(everything(decide(&unfinished(), |i| i.kind = "step")), None);
        assert_eq!(everything(decide(&unfinished(), |i| i.fresh = true)), None);
        assert_eq!(
            beginning(
                Path::new("c"),
                None,
                &Intended {
                    tool: "1",
                    project: "p",
                    redirection: None,
                    kind: "deploy",
                    config: &toml::Table::new(),
                    differing,
                    fresh: false,
                    now: at("2026-01-01T02:00:00Z")
                }
            )
            .unwrap(),
            Beginning::Everything { because: None }
        );
    }

    #[test]
    fn a_project_id_that_was_refused_is_exchanged_for_another() {
        let mut previous = unfinished();
        previous.steps.clear();
        assert_eq!(everything(decide(&previous, |i| i.project = "q")), None);
        previous.made.insert(crate::Address::new("project", "p"), previous.started);
        assert!(decide(&previous, |i| i.project = "q").is_err());
    }

    #[test]
    fn another_project_and_an_unfinished_rotation_are_refused() {
        assert!(matches!(
            decide(&unfinished(), |i| i.project = "q"),
            Err(CheckpointError::OtherProject { .. })
        ));
        let mut previous = unfinished();
        // What a taking over did not reach, any run can go on with.
        previous.kind = "adopt".into();
        assert!(decide(&previous, |_| {}).is_ok());
        previous.kind = "rotate redis".into();
        let refused = decide(&previous, |_| {}).unwrap_err();
        assert!(matches!(refused, CheckpointError::Unfinished { .. }));
        assert_eq!(refused.instead().as_deref(), Some("deploy-all rotate redis"));
        assert!(decide(&previous, |i| i.kind = "plan").is_ok());
        previous.finished = Some(at("2026-01-01T01:00:00Z"));
        assert!(decide(&previous, |_| {}).is_ok());
    }

    fn recorded(
        previous: &Checkpoint,
        change: impl FnOnce(&mut Intended),
        steps: &[&str],
    ) -> (Checkpoint, bool) {
        let config: toml::Table = toml::from_str("[redis]\nmemory_gb = 1\n").unwrap();
        let mut intended = Intended {
            tool: "1",
            project: "p",
            redirection: None,
            kind: "deploy",
            config: &config,
            differing,
            fresh: false,
            now: at("2026-01-01T02:00:00Z"),
        };
        change(&mut intended);
        let begin = beginning(Path::new("c"), Some(previous), &intended).unwrap();
        let steps: Vec<String> = steps.iter().map(|id| (*id).to_owned()).collect();
        record(Some(previous), &intended, "r2", &steps, &begin)
    }

    fn unfinished_with_journal() -> Checkpoint {
        let mut previous = unfinished();
        previous.made.insert(crate::Address::new("project", "p"), previous.started);
        previous
    }

    #[test]
    fn a_resumed_deploy_keeps_its_steps_and_every_run_keeps_the_journal() {
        let previous = unfinished_with_journal();
        let (next, marks) = recorded(&previous, |_| {}, &["00-project"]);
        assert_eq!(
            (&next.steps, &next.made, next.run.as_str(), marks),
            (&previous.steps, &previous.made, "r2", true)
        );
        let (next, _) = recorded(&previous, |i| i.fresh = true, &["00-project"]);
        assert!(next.steps.is_empty() && next.made == previous.made);
        let (next, _) = recorded(&previous, |i| i.redirection = Some("127.0.0.1:1"), &["00-project"]);
        assert!(next.steps.is_empty() && next.made.is_empty(), "another place");
    }

    #[test]
    fn a_rotation_that_goes_on_is_the_same_one() {
        let mut previous = unfinished_with_journal();
        previous.kind = "rotate db-password".into();
        let (next, _) = recorded(&previous, |i| i.kind = "rotate db-password", &[]);
        assert_eq!((next.started, next.run.as_str()), (previous.started, "r2"));
        previous.finished = previous.stopped;
        let (next, _) = recorded(&previous, |i| i.kind = "rotate db-password", &[]);
        assert_ne!(next.started, previous.started, "that one is over");
        previous.finished = None;
        assert!(decide(&previous, |i| i.kind = "rotate redis").is_err());
    }

    #[test]
    fn a_single_step_never_ends_an_unfinished_deploy() {
        let previous = unfinished_with_journal();
        let (next, marks) = recorded(&previous, |i| i.kind = "step", &["03-redis"]);
        assert_eq!((next, marks), (previous.clone(), true));
        let (next, _) = recorded(&previous, |i| i.kind = "step", &["00-project"]);
        assert!(
            next.steps.is_empty() && next.kind == "deploy" && next.run == "r",
            "its own entry is made anew"
        );
        // With another config the deploy must check the step again.
        let other = toml::Table::new();
        let (next, marks) = recorded(
            &previous,
            |i| {
                i.kind = "step";
                i.config = Box::leak(Box::new(other));
            },
            &["00-project"],
        );
        assert!(next.steps.is_empty() && !marks && next.config == previous.config);
        let mut finished = previous;
        finished.finished = finished.stopped;
        let (next, marks) = recorded(&finished, |i| i.kind = "step", &["03-redis"]);
        assert_eq!((next.kind.as_str(), next.steps.len(), marks), ("step", 1, true));
    }
}
