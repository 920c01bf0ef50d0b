use super::world::{Fault, Run, Thing, World, all, one, store, thing};
use crate::checkpoint::{Intent, Store};
use crate::testing::{Events, Gcloud, Reply, deps};
use crate::{Action, Address, Engine, Error, Step};
use events::{Fact, Outcome};
use jiff::Timestamp;
use std::sync::{Arc, Mutex};

fn intent(name: &str) -> Intent {
    Intent {
        resource: Address::new("thing", name),
        action: Action::Create,
        command: format!("gcloud things create {name}"),
        since: Timestamp::now(),
        pid: None,
        pid_started: None,
    }
}

#[test]
fn each_change_is_on_disk_before_it_begins_and_after_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), |_| {});
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (world, place, log) = (World::default(), folder.path().to_owned(), Arc::clone(&seen));
    let script = world.script().on_each("things create", move |command| {
        let on_disk = Store::peek(&place).unwrap().unwrap();
        log.lock().unwrap().push((on_disk.intents, on_disk.made.len()));
        Reply::json(serde_json::json!({"name": command.args()[2]}))
    });
    let steps = one([thing("a")]);
    Run::with(script, &steps, &all(&steps), Some(Arc::clone(&store))).result.unwrap();
    let seen = seen.lock().unwrap();
    let (intents, made) = &seen[0];
    assert_eq!((intents[0].resource.as_str(), intents[0].action, *made), ("thing/a", Action::Create, 1));
    assert!(intents[0].command.starts_with("gcloud things create a") && intents[0].pid.is_some());
    let after = store.current().unwrap();
    assert!(after.intents.is_empty() && after.finished.is_some() && after.steps.contains_key("01-one"));
}

#[test]
fn after_a_crash_what_was_in_flight_is_looked_at_first_and_adopted() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), |c| c.intents.push(intent("a")));
    let world = World::default().has("a", 1);
    world.0.lock().unwrap().things.get_mut("a").unwrap()["busy"] = 3.into();
    let steps = one([thing("a")]);
    let run = Run::with(world.script(), &steps, &all(&steps), Some(Arc::clone(&store)));
    run.result.as_ref().unwrap();
    assert_eq!(run.changes(), Vec::<&str>::new());
    assert_eq!(run.summary.counts.adopted, 1);
    let after = store.current().unwrap();
    assert!(after.intents.is_empty() && after.made.contains_key(&Address::new("thing", "a")));
}

#[test]
fn what_a_dead_run_began_may_arrive_while_the_next_one_is_refused() {
    let update = || Intent { action: Action::Update, ..intent("a") };
    // It has arrived when the refusal is given: 'the new range must be larger than the existing one'.
    let overtaken =
        || World::default().has("a", 1).fault("update", Fault::After(Reply::error("it is that large")));
    let steps = one([Thing { size: 2, ..thing("a") }]);
    let folder = tempfile::tempdir().unwrap();
    let resumed = store(folder.path(), |c| c.intents.push(update()));
    let run = Run::with(overtaken().script(), &steps, &all(&steps), Some(Arc::clone(&resumed)));
    run.result.as_ref().unwrap();
    assert_eq!((run.changes().len(), run.summary.counts.adopted), (1, 1));
    assert!(resumed.current().unwrap().intents.is_empty());
    // What nobody began before stays an error; so does what is refused once more.
    let fresh = tempfile::tempdir().unwrap();
    let run = Run::with(overtaken().script(), &steps, &all(&steps), Some(store(fresh.path(), |_| {})));
    assert!(run.result.is_err());
    let refused = || Fault::Before(Reply::error("it is that large"));
    let world = World::default().has("a", 1).fault("update", refused()).fault("update", refused());
    let again = tempfile::tempdir().unwrap();
    let store = store(again.path(), |c| c.intents.push(update()));
    let run = Run::with(world.script(), &steps, &all(&steps), Some(store));
    assert!(run.result.is_err());
    assert_eq!(run.changes().len(), 2);
}

#[test]
fn what_was_in_flight_and_never_began_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), |c| c.intents.push(intent("a")));
    let world = World::default();
    let steps = one([thing("a")]);
    let run = Run::with(world.script(), &steps, &all(&steps), Some(store));
    assert_eq!(run.changes(), ["things create a"]);
    assert_eq!(run.summary.counts.created, 1);
}

#[test]
fn a_broken_thing_of_ours_is_replaced_and_one_with_data_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let journal =
        || store(folder.path(), |c| c.made.extend([(Address::new("thing", "a"), Timestamp::now())]));
    let world = World::default().has_state("a", "ERROR");
    let steps = one([Thing { holds_data: true, ..thing("a") }]);
    let run = Run::with(world.script(), &steps, &all(&steps), Some(journal()));
    assert!(run.problem().contains("may hold data"));
    let steps = one([thing("a")]);
    let run = Run::with(world.script(), &steps, &all(&steps), Some(journal()));
    run.result.as_ref().unwrap();
    assert_eq!(run.changes(), ["things delete a", "things create a"]);
    assert_eq!(run.summary.counts.replaced, 1);
}

#[test]
fn a_refusal_leaves_no_intent_and_claims_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), |_| {});
    let world = World::default().fault("create", Fault::Before(Reply::error("PERMISSION_DENIED: no")));
    let steps = one([thing("a")]);
    let run = Run::with(world.script(), &steps, &all(&steps), Some(Arc::clone(&store)));
    assert!(run.result.is_err());
    let after = store.current().unwrap();
    assert!(after.intents.is_empty() && after.made.is_empty() && after.steps.is_empty());
    assert!(after.stopped.is_some() && after.finished.is_none());
}

#[test]
fn an_unknown_end_stays_in_flight() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), |_| {});
    let mut world = World::default();
    for _ in 0..9 {
        world = world.fault("create", Fault::Before(Reply::error("UNAVAILABLE: no")));
    }
    let steps = one([thing("a")]);
    let run = Run::with(world.script(), &steps, &all(&steps), Some(Arc::clone(&store)));
    assert!(run.problem().contains("not known"), "{}", run.problem());
    assert_eq!(store.current().unwrap().intents[0].resource.as_str(), "thing/a");
}

#[test]
fn an_interrupt_ends_the_run_between_two_changes_and_leaves_a_good_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), |_| {});
    let (world, events) = (World::default(), Arc::new(Events::default()));
    let interrupt = gcloud::Interrupt::new();
    let (other, answers) = (interrupt.clone(), world.clone());
    let script: Gcloud = answers.script().on_each("things create b", move |_| {
        other.trigger(2);
        Reply::json(serde_json::json!({}))
    });
    let script = Arc::new(script);
    let steps = [
        Step::new("01-one", "One").keep(thing("a")),
        Step::new("02-two", "Two").keep(thing("b")).keep(thing("c")),
    ];
    let mut deps = deps(&script, &events, Some(Arc::clone(&store)));
    deps.interrupt = interrupt;
    let engine = Engine::new(deps);
    let plan = engine.plan(&steps, &all(&steps)).unwrap();
    let (summary, result) = engine.apply(&steps, &plan);
    engine.conclude(&summary, &result).unwrap();
    assert!(matches!(result, Err(Error::Interrupted(2))));
    assert!(script.calls_of("things create c").is_empty());
    let after = store.current().unwrap();
    assert_eq!(after.steps.keys().collect::<Vec<_>>(), ["01-one"]);
    assert!(after.stopped.is_some() && after.finished.is_none());
    let facts = events.facts();
    assert!(facts.iter().any(|f| matches!(f, Fact::StepFinished { outcome: Outcome::Interrupted, .. })));
    assert!(
        facts.iter().any(|f| matches!(f, Fact::Error { resume, .. } if resume == "deploy-all --env dev"))
    );
}

#[test]
fn a_disk_that_is_full_stops_the_run_before_the_change() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), |_| {});
    std::fs::create_dir(store.path().with_extension("toml.new")).unwrap();
    let steps = one([thing("a")]);
    let (script, events) = (Arc::new(World::default().script()), Arc::new(Events::default()));
    let engine = Engine::new(deps(&script, &events, Some(store)));
    let plan = engine.plan(&steps, &all(&steps)).unwrap();
    let (_, result) = engine.apply(&steps, &plan);
    assert!(matches!(result, Err(Error::Checkpoint(_))));
    assert!(script.calls_of("things create").is_empty());
}
