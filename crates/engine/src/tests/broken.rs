//! What breaks while it is made.

use super::world::{Fault, Run, Thing, World, all, one, store, thing};
use crate::testing::Reply;
use serde_json::json;

fn made() -> Reply {
    Reply::json(json!({"name": "a"}))
}

fn verified() -> Thing {
    Thing { verify: true, ..thing("a") }
}

#[test]
fn what_broke_while_it_was_made_is_made_anew_in_the_same_run() {
    let world = World::default().fault("create", Fault::Breaks("ERROR: an internal error", made()));
    let run = Run::of(&world, &one([verified()]));
    run.result.as_ref().unwrap();
    assert_eq!(run.changes(), ["things create a", "things delete a", "things create a"]);
    assert_eq!(run.retries(), ["it is broken, and is made anew: state ERROR: an internal error"]);
}

#[test]
fn not_where_only_a_person_can_put_the_cause_right() {
    let why = "ERROR: Invalid IP CIDR range was provided. It conflicts with an existing subnetwork.";
    let world = World::default().fault("create", Fault::Breaks(why, made()));
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), |_| {});
    let steps = one([verified()]);
    let run = Run::with(world.script(), &steps, &all(&steps), Some(store.clone()));
    assert!(run.problem().contains("an address range is in use"), "{}", run.problem());
    assert!(run.problem().contains("conflicts with an existing subnetwork"), "{}", run.problem());
    assert_eq!(run.changes(), ["things create a"]);
    // The person has put it right: what is left of the first try is ours, and goes.
    let run = Run::with(world.script(), &steps, &all(&steps), Some(store));
    run.result.as_ref().unwrap();
    assert_eq!(run.changes(), ["things delete a", "things create a"]);
}

#[test]
fn nor_for_ever() {
    let mut world = World::default();
    for _ in 0..9 {
        // Each delete finds no fault of its own at the head of the list.
        world = world.fault("create", Fault::Breaks("ERROR", made()));
    }
    let run = Run::of(&world, &one([verified()]));
    assert!(run.problem().contains("was made 3 times"), "{}", run.problem());
    assert_eq!(run.changes().len(), 5, "create, and twice delete and create");
}

#[test]
fn what_never_came_to_life_holds_no_data() {
    let failed = Reply::error("ALREADY_EXISTS: it is there");
    let world = World::default().fault("create", Fault::Breaks("FAILED", failed));
    let run = Run::of(&world, &one([Thing { holds_data: true, ..thing("a") }]));
    run.result.as_ref().unwrap();
    assert_eq!(run.changes(), ["things create a", "things delete a", "things create a"]);
    assert_eq!(run.summary.counts.replaced, 1);
}
