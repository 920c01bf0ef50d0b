//! What Google cannot change in place: refused before anything is touched, replaced where a person permits it by name.

use super::world::{Fault, Run, Thing, World, all, one, store, thing};
use crate::testing::Reply;
use crate::{Action, Address, Error, Former, Step};
use events::{Fact, Outcome};

fn steps() -> Vec<Step> {
    let fixed = Thing { kind: "fixed", size: 2, ..thing("connector") };
    let archive = Thing { kind: "archive", size: 2, ..thing("archive") };
    one([thing("other"), fixed, archive])
}

fn permitted(world: &World, steps: &[Step]) -> Run {
    let may = [Address::new("fixed", "connector"), Address::new("archive", "archive")];
    Run::arranged(world.script(), steps, &all(steps), |deps| deps.may_replace.extend(may))
}

#[test]
fn all_that_cannot_be_done_is_told_at_once_and_nothing_is_touched() {
    let world = World::default().has("connector", 1).has("archive", 1);
    let run = Run::of(&world, &steps());
    assert!(run.changes().is_empty(), "{:?}", run.calls);
    assert!(matches!(&run.result, Err(Error::Refused(refused)) if refused.len() == 2));
    let problem = run.problem();
    for part in
        ["fixed/connector: it keeps its size", "--allow-replace fixed/connector", "archive/archive: copy it"]
    {
        assert!(problem.contains(part), "{part}: {problem}");
    }
    assert!(!problem.contains("--allow-replace archive"), "{problem}");
    let planned = run.facts.iter().find_map(|fact| match fact {
        Fact::Plan { items } => Some(items.clone()),
        _ => None,
    });
    let planned = planned.expect("the plan is told all the same");
    let actions: Vec<_> = planned.iter().map(|item| (item.action, item.refused.is_some())).collect();
    assert_eq!(actions, [(Action::Create, false), (Action::Replace, true), (Action::Update, true)]);
}

#[test]
fn a_permission_replaces_and_never_what_holds_data() {
    let world = World::default().has("connector", 1).has("archive", 1);
    let run = permitted(&world, &steps());
    assert!(
        run.changes().is_empty()
            && run.problem().contains("archive/archive cannot be changed in place: size is 1, not 2")
    );
    let world = World::default().has("connector", 1).has("other", 1);
    let run =
        permitted(&world, &one([thing("other"), Thing { kind: "fixed", size: 2, ..thing("connector") }]));
    assert_eq!(run.changes(), ["things delete connector", "things create connector"]);
    assert_eq!((world.size("connector"), run.summary.counts.replaced), (Some(2), 1));
    let ended = |fact: &Fact| matches!(fact, Fact::ResourceFinished { outcome: Outcome::Replaced, .. });
    assert!(run.facts.iter().any(ended));
}

fn planned(run: &Run) -> Vec<(Action, bool)> {
    let plan = run.facts.iter().find_map(|fact| match fact {
        Fact::Plan { items } => Some(items.iter().map(|item| (item.action, item.assumed)).collect()),
        _ => None,
    });
    plan.expect("there was a plan")
}

/// What needs it is there, so that it is checked; and again after it was replaced.
#[test]
fn what_needs_a_replaced_resource_is_planned_by_its_own_check() {
    let world = World::default().has("connector", 1).has("rule", 1);
    let needs = vec![crate::Need::Resource(Address::new("fixed", "connector"))];
    let rule = Thing { needs, ..thing("rule") };
    let run = permitted(&world, &one([Thing { kind: "fixed", size: 2, ..thing("connector") }, rule]));
    assert_eq!(planned(&run), [(Action::Replace, false), (Action::None, false)]);
    assert_eq!(run.calls.iter().filter(|call| call.contains("describe rule")).count(), 2, "{:?}", run.calls);
}

/// It is as configured, and yet it must let go of the old one. Also where the run before this one ended between the two.
#[test]
fn what_holds_on_to_a_replaced_resource_is_renewed_once() {
    let steps = || {
        let needs = vec![crate::Need::Resource(Address::new("fixed", "connector"))];
        let service = Thing { needs, ..thing("service") };
        one([Thing { kind: "fixed", size: 2, ..thing("connector") }, service])
    };
    let world = World::default().has("connector", 1).has("service", 1);
    let run = permitted(&world, &steps());
    assert_eq!(planned(&run), [(Action::Replace, false), (Action::Update, false)]);
    assert_eq!(
        run.changes(),
        ["things delete connector", "things create connector", "things update service"]
    );
    assert_eq!((run.summary.counts.replaced, run.summary.counts.updated), (1, 1));
    assert!(Run::of(&world, &steps()).changes().is_empty());
    // A new deployment has nothing to let go of.
    let fresh = Run::of(&World::default(), &steps());
    assert_eq!(fresh.changes(), ["things create connector", "things create service"]);
}

#[test]
fn a_run_that_ends_between_the_two_is_gone_on_with_without_the_permission() {
    let steps = || one([Thing { kind: "fixed", size: 2, ..thing("connector") }]);
    let world = World::default().has("connector", 1);
    let world = world.fault("delete", Fault::After(Reply::error("ERROR: nobody has ever seen this one")));
    let run = permitted(&world, &steps());
    assert!(run.result.is_err());
    assert_eq!((world.size("connector"), run.changes()), (None, vec!["things delete connector"]));
    let again = Run::of(&world, &steps());
    assert_eq!((again.problem().as_str(), again.changes()), ("(none)", vec!["things create connector"]));
    assert_eq!(world.size("connector"), Some(2));
}

/// What the config names no more: data stays unless a person names it, and the rest goes.
#[test]
fn what_must_not_be_there_and_holds_data_goes_only_where_it_is_named() {
    let cache = || Thing { kind: "archive", wanted: false, holds_data: true, ..thing("archive") };
    let steps = || one([cache(), Thing { wanted: false, ..thing("rest") }]);
    let world = World::default().has("archive", 1).has("rest", 1);
    let run = Run::of(&world, &steps());
    assert_eq!(run.changes(), ["things delete rest"]);
    let plan = run.facts.iter().find_map(|fact| match fact {
        Fact::Plan { items } => Some(items.clone()),
        _ => None,
    });
    let plan = plan.expect("there was a plan");
    assert_eq!((plan[0].action, plan[1].action), (Action::None, Action::Delete));
    assert!(plan[0].skipped.is_some(), "{plan:?}");
    assert_eq!(plan[0].command.as_deref(), Some("deploy-all --allow-replace archive/archive"));
    assert_eq!((run.summary.counts.skipped, run.summary.counts.deleted), (1, 1));
    assert_eq!(permitted(&world, &steps()).changes(), ["things delete archive"]);
}

/// The journal forgets what is gone, by whosoever hand: else it would be looked for ever after.
#[test]
fn what_must_not_be_there_and_is_gone_was_not_made_by_this_tool_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let made = Address::new("thing", "rest");
    let store = store(folder.path(), |checkpoint| {
        checkpoint.made.insert(made.clone(), checkpoint.started);
    });
    let steps = one([Thing { wanted: false, ..thing("rest") }]);
    let run = Run::with(World::default().script(), &steps, &all(&steps), Some(store.clone()));
    assert!(run.result.is_ok() && run.changes().is_empty());
    assert!(!store.current().unwrap().made.contains_key(&made));
}

/// One that the config names no more, of which the journal knows this.
fn former(world: &World, know: impl FnOnce(&mut crate::checkpoint::Checkpoint, &Address)) -> (Run, bool) {
    let folder = tempfile::tempdir().unwrap();
    let address = Address::new("thing", "rest");
    let store = store(folder.path(), |checkpoint| know(checkpoint, &address));
    let mut steps = one([]);
    steps[0] = std::mem::replace(&mut steps[0], Step::new("x", "X"))
        .keep(Former::of(Thing { marked: false, ..thing("rest") }));
    let run = Run::with(world.script(), &steps, &all(&steps), Some(store.clone()));
    let current = store.current().unwrap();
    let remembered = current.remembered().any(|one| *one == address);
    (run, remembered)
}

#[test]
fn what_was_kept_and_not_made_is_left_alone_when_the_config_names_it_no_more() {
    let world = World::default().has("rest", 1);
    let (run, remembered) =
        former(&world, |journal, address| journal.kept.extend([(address.clone(), journal.started)]));
    assert!(run.result.is_ok() && run.changes().is_empty() && remembered, "{:?}", run.changes());
    let said = run.facts.iter().find_map(|fact| match fact {
        Fact::Plan { items } => items[0].skipped.clone(),
        _ => None,
    });
    assert!(said.is_some_and(|why| why.contains("nothing says that this tool made it")));
    let (run, remembered) =
        former(&world, |journal, address| journal.made.extend([(address.clone(), journal.started)]));
    assert_eq!((run.changes(), remembered), (vec!["things delete rest"], false));
    // Gone by somebody's hand: it is not looked for ever after.
    let (run, remembered) = former(&World::default(), |journal, address| {
        journal.kept.extend([(address.clone(), journal.started)])
    });
    assert!(run.result.is_ok() && run.changes().is_empty() && !remembered);
}
