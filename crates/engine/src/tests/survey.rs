use super::world::{Apis, Fault, Thing, World, one, thing};
use crate::testing::{Events, Reply, deps};
use crate::{Address, Engine, Error, Need, Standing, Step, Surveyed};
use std::sync::Arc;

fn survey(world: &World, steps: &[Step]) -> (Vec<Surveyed>, Vec<String>) {
    let (script, events) = (Arc::new(world.script()), Arc::new(Events::default()));
    let engine = Engine::new(deps(&script, &events, None));
    (engine.survey(steps).expect("it goes on"), script.calls())
}

#[test]
fn each_resource_is_told_as_it_stands_and_a_failed_check_stops_nothing() {
    let denied = Reply::error("ERROR: (gcloud.things.describe) PERMISSION_DENIED: not you");
    let world = World::default()
        .has("same", 1)
        .has("other", 7)
        .has("unwanted", 1)
        .has_state("broken", "FAILED")
        .fault("describe", Fault::Before(denied));
    let unwanted = |name| Thing { wanted: false, ..thing(name) };
    let things = ["secret", "same", "other", "absent", "broken"].map(thing);
    let steps = one(things.into_iter().chain([unwanted("unwanted"), unwanted("gone")]));
    let (surveyed, calls) = survey(&world, &steps);
    let standings: Vec<&Standing> = surveyed.iter().map(|s| &s.standing).collect();
    let Standing::Unknown(problem) = standings[0] else { panic!("{:?}", standings[0]) };
    assert!(problem.said.contains("not you") && problem.what.contains("thing/secret"), "{problem:?}");
    let Standing::Drifted(diffs) = standings[2] else { panic!("{:?}", standings[2]) };
    assert_eq!((diffs[0].old.as_str(), diffs[0].new.as_str()), ("7", "1"));
    let rest = [
        &Standing::AsConfigured,
        &Standing::Missing,
        &Standing::Broken("state FAILED".into()),
        &Standing::Unwanted,
        &Standing::Gone,
    ];
    assert_eq!([standings[1], standings[3], standings[4], standings[5], standings[6]], rest);
    assert_eq!(surveyed[1].outputs, [("thing.same".to_owned(), "1".to_owned())]);
    assert!([0, 3, 4, 5].iter().all(|index| surveyed[*index].outputs.is_empty()), "{surveyed:?}");
    assert_eq!(calls.len(), 7, "one read each, and nothing else");
    let differ: Vec<bool> = standings.iter().map(|s| s.differs()).collect();
    assert_eq!(differ, [false, false, true, true, true, true, false]);
}

#[test]
fn what_needs_something_missing_is_not_checked_and_says_what() {
    let world = World::default().has("leaf", 1);
    world.0.lock().unwrap().apis = vec!["on.googleapis.com".into()];
    let apis = Step::new("00-first", "First").keep(Apis(vec!["on.googleapis.com", "off.googleapis.com"]));
    let mut steps = one([
        thing("root"),
        thing("middle").needs("root"),
        thing("leaf").needs("middle"),
        thing("off").needs_api("off.googleapis.com"),
        thing("on").needs_api("on.googleapis.com"),
        Thing { wanted: false, ..thing("unwanted") }.needs("root"),
    ]);
    steps.insert(0, apis);
    let (surveyed, calls) = survey(&world, &steps);
    let of = |name: &str| &surveyed.iter().find(|s| s.resource.name() == name).expect("it is told").standing;
    let need = |name: &str| Standing::Unchecked(Need::Resource(Address::new("thing", name)));
    // Each names what is proven to be missing, not what was not looked at either.
    assert_eq!((of("root"), of("middle"), of("leaf")), (&Standing::Missing, &need("root"), &need("root")));
    assert_eq!(of("off"), &Standing::Unchecked(Need::Api("off.googleapis.com")));
    assert_eq!(of("on"), &Standing::Missing);
    assert_eq!(of("unwanted"), &Standing::Gone);
    assert_eq!(calls, ["services list", "things describe root", "things describe on"]);
}

#[test]
fn what_can_be_checked_without_what_it_needs_is_and_counts_for_others() {
    let world = World::default().has("service", 1).has("check", 1);
    world.0.lock().unwrap().apis = vec!["on.googleapis.com".into()];
    let service = |name| Thing { alone: true, ..thing(name) }.needs("access");
    let mut steps = one([
        thing("access"),
        service("service").needs_api("on.googleapis.com"),
        service("other").needs_api("off.googleapis.com"),
        thing("check").needs("service"),
    ]);
    steps.insert(
        0,
        Step::new("00-first", "First").keep(Apis(vec!["on.googleapis.com", "off.googleapis.com"])),
    );
    let (surveyed, calls) = survey(&world, &steps);
    let standings: Vec<&Standing> = surveyed.iter().skip(1).map(|s| &s.standing).collect();
    let off = Standing::Unchecked(Need::Api("off.googleapis.com"));
    let there = &Standing::AsConfigured;
    assert_eq!(standings, [&Standing::Missing, there, &off, there]);
    assert_eq!(surveyed[2].outputs.len(), 1, "what runs tells where");
    let looked = ["access", "service", "check"].map(|name| format!("things describe {name}"));
    assert_eq!(calls[1..], looked, "one read each");
}

#[test]
fn what_needs_something_that_could_not_be_read_is_looked_at_all_the_same() {
    let denied = Reply::error("ERROR: (gcloud.things.describe) PERMISSION_DENIED: not you");
    let world = World::default().has("leaf", 1).fault("describe", Fault::Before(denied));
    let (surveyed, _) = survey(&world, &one([thing("root"), thing("leaf").needs("root")]));
    assert!(matches!(surveyed[0].standing, Standing::Unknown(_)), "{surveyed:?}");
    assert_eq!(surveyed[1].standing, Standing::AsConfigured);
}

#[test]
fn an_interruption_ends_it() {
    let world = World::default();
    let (script, events) = (Arc::new(world.script()), Arc::new(Events::default()));
    let deps = deps(&script, &events, None);
    let interrupt = deps.interrupt.clone();
    let engine = Engine::new(deps);
    interrupt.trigger(2);
    assert!(matches!(engine.survey(&one([thing("a")])), Err(Error::Interrupted(2))));
    assert_eq!(script.calls(), Vec::<String>::new());
}
