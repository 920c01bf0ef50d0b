use super::world::{Apis, Run, World, all, one, thing};
use crate::testing::{Events, deps};
use crate::{Action, Address, Engine, Error, Item, Selection, Step};
use events::{Fact, PlanItem};
use std::sync::Arc;

fn plan(world: &World, steps: &[Step], selection: &Selection) -> (crate::Result<Vec<PlanItem>>, Vec<String>) {
    let (script, events) = (Arc::new(world.script()), Arc::new(Events::default()));
    let engine = Engine::new(deps(&script, &events, None));
    (engine.plan(steps, selection).map(|plan| plan.items), script.calls())
}

fn actions(items: &[PlanItem]) -> Vec<(&str, Action, bool)> {
    items.iter().map(|item| (item.resource.name(), item.action, item.assumed)).collect()
}

#[test]
fn each_state_asks_for_its_change() {
    let world = World::default().has("same", 1).has("other", 7).has("unwanted", 1);
    let unwanted = super::world::Thing { wanted: false, ..thing("unwanted") };
    let gone = super::world::Thing { wanted: false, ..thing("gone") };
    let steps = one([thing("same"), thing("other"), thing("absent"), unwanted, gone]);
    let (items, calls) = plan(&world, &steps, &all(&steps));
    let items = items.unwrap();
    let expected = [
        ("same", Action::None, false),
        ("other", Action::Update, false),
        ("absent", Action::Create, false),
        ("unwanted", Action::Delete, false),
        ("gone", Action::None, false),
    ];
    assert_eq!(actions(&items), expected);
    assert_eq!((items[1].fields[0].field.as_str(), items[1].fields[0].old.as_str()), ("size", "7"));
    assert_eq!(calls.len(), 5, "one read each, and nothing else");
}

#[test]
fn what_needs_something_absent_is_not_checked() {
    let world = World::default();
    let steps = one([thing("network"), thing("subnet").needs("network"), thing("rule").needs("subnet")]);
    let (items, calls) = plan(&world, &steps, &all(&steps));
    let expected = [
        ("network", Action::Create, false),
        ("subnet", Action::Create, true),
        ("rule", Action::Create, true),
    ];
    assert_eq!(actions(&items.unwrap()), expected);
    assert_eq!(calls, ["things describe network"]);
}

/// A new project has what Google adds to it; one that is there had its chance.
#[test]
fn what_google_adds_to_a_new_project_is_planned_to_go() {
    use super::world::Thing;
    for (kind, expected) in [("project", Action::Delete), ("thing", Action::None)] {
        let project = Thing { kind, ..thing("p") };
        let added = Thing { wanted: false, preexists: true, ..thing("added") };
        let other = Thing { wanted: false, ..thing("other") };
        let need =
            |thing: Thing| Thing { needs: vec![crate::Need::Resource(Address::new(kind, "p"))], ..thing };
        let steps = one([project, need(added), need(other)]);
        let (items, _) = plan(&World::default(), &steps, &all(&steps));
        let expected =
            [("p", Action::Create, false), ("added", expected, true), ("other", Action::None, true)];
        assert_eq!(actions(&items.unwrap()), expected);
    }
}

#[test]
fn an_api_that_this_run_enables_is_not_called_yet() {
    let world = World::default();
    world.0.lock().unwrap().apis = vec!["a.googleapis.com".to_owned()];
    let step = Step::new("00-project", "Project")
        .keep(Apis(vec!["a.googleapis.com", "b.googleapis.com"]))
        .keep(thing("one").needs_api("a.googleapis.com"))
        .keep(thing("two").needs_api("b.googleapis.com"));
    let steps = vec![step];
    let (items, calls) = plan(&world, &steps, &all(&steps));
    let expected =
        [("all", Action::Update, false), ("one", Action::Create, false), ("two", Action::Create, true)];
    assert_eq!(actions(&items.unwrap()), expected);
    assert_eq!(calls, ["services list", "things describe one"]);
}

fn three_steps() -> Vec<Step> {
    vec![
        Step::new("00-project", "Project").keep(Apis(vec!["a.googleapis.com"])),
        Step::new("01-network", "Network").keep(thing("network").needs_api("a.googleapis.com")),
        Step::new("03-redis", "Redis")
            .keep(thing("peering").needs("network"))
            .keep(thing("redis").needs("peering")),
    ]
}

#[test]
fn a_step_alone_says_which_step_must_run_first() {
    let world = World::default();
    let steps = three_steps();
    let missing = |world: &World| match plan(world, &steps, &Selection::of(["03-redis"])).0 {
        Err(Error::Prerequisite { resource, need, step }) => (resource.to_string(), need.to_string(), step),
        other => panic!("{other:?}"),
    };
    let (resource, need, step) = missing(&world);
    assert_eq!(
        (resource.as_str(), need.as_str(), step.as_str()),
        ("thing/peering", "api/a.googleapis.com", "00-project")
    );
    world.0.lock().unwrap().apis = vec!["a.googleapis.com".to_owned()];
    let (_, need, step) = missing(&world);
    assert_eq!((need.as_str(), step.as_str()), ("thing/network", "01-network"));

    let world = world.has("network", 9);
    let (items, calls) = plan(&world, &steps, &Selection::of(["03-redis"]));
    assert_eq!(
        actions(&items.unwrap()),
        [("peering", Action::Create, false), ("redis", Action::Create, true)]
    );
    assert_eq!(calls, ["services list", "things describe network", "things describe peering"]);
}

#[test]
fn a_prerequisite_that_is_still_being_made_is_missing() {
    let world = World::default().has("network", 1);
    world.0.lock().unwrap().things.get_mut("network").unwrap()["busy"] = 3.into();
    world.0.lock().unwrap().apis = vec!["a.googleapis.com".to_owned()];
    let (items, _) = plan(&world, &three_steps(), &Selection::of(["03-redis"]));
    assert!(matches!(items, Err(Error::Prerequisite { step, .. }) if step == "01-network"));
}

#[test]
fn finished_steps_of_the_run_that_is_resumed_cost_nothing() {
    let world = World::default();
    let steps = three_steps();
    let mut selection = all(&steps);
    selection.done = ["00-project".to_owned(), "01-network".to_owned()].into();
    let (items, calls) = plan(&world, &steps, &selection);
    let items = items.unwrap();
    assert!(items[0].skipped.is_some() && items[1].skipped.is_some() && items[2].skipped.is_none());
    assert_eq!(calls, ["things describe peering"]);
}

#[test]
fn what_the_config_leaves_out_is_said() {
    let skip = Step::new("05-ci-cd", "CI").skip(
        Address::new("trigger", "push"),
        "no repository is configured",
        Some("gcloud builds connections create".to_owned()),
    );
    let run = Run::of(&World::default(), &[skip]);
    let Some(Fact::Plan { items }) = run.facts.iter().find(|fact| matches!(fact, Fact::Plan { .. })) else {
        panic!("no plan")
    };
    assert_eq!(items[0].skipped.as_deref(), Some("no repository is configured"));
    assert_eq!(run.summary.counts.skipped, 1);
}

#[test]
fn a_broken_resource_is_replaced_only_if_it_is_ours_and_holds_no_data() {
    let world = World::default().has_state("broken", "FAILED");
    let (items, _) = plan(&world, &one([thing("broken")]), &Selection::of(["01-one"]));
    let Err(Error::Person { what, todo, .. }) = items else { panic!("it was planned") };
    assert!(what.contains("state FAILED") && todo.contains("thing/broken"));
}

#[test]
fn a_need_that_no_step_keeps_is_a_defect_and_not_a_crash() {
    let (items, _) = plan(&World::default(), &one([thing("a").needs("nobody")]), &Selection::of(["01-one"]));
    assert!(matches!(items, Err(Error::Person { .. })));
    assert!(matches!(Step::new("1", "1").keep(thing("a")).items[0], Item::Keep(_)));
}

#[test]
fn a_check_that_fails_is_an_error_and_never_absence() {
    use super::world::Fault;
    use crate::testing::Reply;
    let world = World::default().fault("describe", Fault::Before(Reply::error("INVALID_ARGUMENT: the moon")));
    let run = Run::of(&world, &one([thing("a")]));
    assert!(run.problem().contains("the moon"), "{}", run.problem());
    assert_eq!(run.changes(), Vec::<&str>::new());
    assert!(matches!(&run.facts[..], [.., Fact::Error { .. }, Fact::RunFinished { .. }]));
}
