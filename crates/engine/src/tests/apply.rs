use super::world::{Fault, Run, Thing, World, all, one, store, thing};
use crate::testing::Reply;
use crate::{Address, Diff, Need, Reader, Resource, Result, State, Step, Writer};
use events::{Fact, Outcome};
use gcloud::gcloud;
use jiff::Timestamp;

fn unavailable() -> Reply {
    Reply::error("UNAVAILABLE: The service is currently unavailable.")
}

fn outcomes(run: &Run) -> Vec<Outcome> {
    let outcome = |fact: &Fact| match fact {
        Fact::ResourceFinished { outcome, .. } => Some(*outcome),
        _ => None,
    };
    run.facts.iter().filter_map(outcome).collect()
}

#[test]
fn a_first_run_makes_everything_and_the_second_nothing() {
    let world = World::default().has("old", 5).has("unwanted", 1);
    let steps = one([thing("new"), thing("old"), Thing { wanted: false, ..thing("unwanted") }]);
    let run = Run::of(&world, &steps);
    run.result.as_ref().unwrap();
    assert_eq!(outcomes(&run), [Outcome::Created, Outcome::Updated, Outcome::Deleted]);
    assert_eq!((world.size("new"), world.size("old"), world.size("unwanted")), (Some(1), Some(1), None));
    assert_eq!(run.summary.outputs["thing.new"], "1");

    let again = Run::of(&world, &steps);
    assert_eq!(again.changes(), Vec::<&str>::new());
    assert_eq!((again.summary.counts.unchanged, again.summary.counts.changes()), (3, 0));
    let Some(Fact::RunFinished { gcloud_commands, .. }) = again.facts.last() else { panic!("not finished") };
    assert_eq!(*gcloud_commands, 3);
}

#[test]
fn rate_limits_and_conflicts_are_repeated_visibly() {
    let conflict = "Status code: 409. There were concurrent policy changes.";
    let world = World::default()
        .fault("create", Fault::Before(Reply::error("RESOURCE_EXHAUSTED: slow down")))
        .fault("create", Fault::Before(Reply::error(conflict)))
        .fault("create", Fault::Before(Reply::error("Another activation or deactivation is in progress")));
    let run = Run::of(&world, &one([thing("a")]));
    run.result.as_ref().unwrap();
    assert_eq!(run.changes().len(), 4);
    let retries = run.retries();
    assert!(retries[0].contains("slow down") && retries[1].contains("concurrent"), "{retries:?}");
    assert_eq!(outcomes(&run), [Outcome::Created]);
}

#[test]
fn a_budget_of_retries_ends() {
    let mut world = World::default();
    for _ in 0..100 {
        world = world.fault("create", Fault::Before(Reply::error("RESOURCE_EXHAUSTED: slow down")));
    }
    let run = Run::of(&world, &one([thing("a")]));
    assert!(run.problem().contains("slow down"));
    assert!(run.changes().len() < 20 && run.changes().len() > 4, "{}", run.changes().len());
    assert_eq!(run.summary.counts.failed, 1);
}

#[test]
fn a_change_with_an_unknown_end_is_looked_at_and_adopted() {
    let killed =
        [Fault::After(unavailable()), Fault::After(Reply::killed()), Fault::After(Reply::text("<html>"))];
    for fault in killed {
        let world = World::default().fault("create", fault);
        let run = Run::of(&world, &one([thing("a")]));
        run.result.as_ref().unwrap();
        assert_eq!(run.changes(), ["things create a"], "it is not made twice");
        assert_eq!(outcomes(&run), [Outcome::Adopted]);
    }
}

#[test]
fn a_change_that_was_lost_is_made_again() {
    let world = World::default().fault("create", Fault::Before(unavailable()));
    let run = Run::of(&world, &one([thing("a")]));
    run.result.as_ref().unwrap();
    assert_eq!(run.changes(), ["things create a", "things create a"]);
    assert_eq!(outcomes(&run), [Outcome::Created]);
}

#[test]
fn an_operation_that_goes_on_is_waited_for() {
    let world = World::default().fault("create", Fault::Begins(3, unavailable()));
    let run = Run::of(&world, &one([thing("a")]));
    run.result.as_ref().unwrap();
    assert_eq!(run.changes(), ["things create a"]);
    let waits = run
        .facts
        .iter()
        .filter(|fact| matches!(fact, Fact::ResourceProgress { doing, .. } if doing == "being created"));
    assert_eq!(waits.count(), 3);
}

#[test]
fn something_busy_is_adopted_and_then_brought_up_to_date() {
    let world = World::default().has("a", 9);
    world.0.lock().unwrap().things.get_mut("a").unwrap()["busy"] = 2.into();
    let run = Run::of(&world, &one([thing("a")]));
    run.result.as_ref().unwrap();
    assert_eq!(outcomes(&run), [Outcome::Adopted]);
    assert_eq!(world.size("a"), Some(1));
}

#[test]
fn what_exists_under_anothers_name_needs_a_person() {
    let mut world = World::default();
    for _ in 0..9 {
        world = world.fault("create", Fault::Before(Reply::error("already in use by another project")));
    }
    let run = Run::of(&world, &one([thing("a")]));
    assert!(run.problem().contains("choose another name"), "{}", run.problem());
    assert_eq!(run.changes().len(), 4);
}

#[test]
fn only_what_this_run_made_is_waited_for() {
    let denied = "PERMISSION_DENIED: B API has not been used in project 1 before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/b.googleapis.com/overview?project=1 then retry.";
    let lagging = || World::default().fault("create", Fault::Before(Reply::error(denied)));
    let alone = Run::of(&lagging(), &one([thing("a")]));
    assert!(alone.problem().contains("gcloud services enable b.googleapis.com"), "{}", alone.problem());
    assert_eq!(alone.changes().len(), 1, "it is not repeated");

    // The journal of a run that stopped a minute ago says that it enabled the API.
    let folder = tempfile::tempdir().unwrap();
    let journal = store(folder.path(), |c| {
        c.caused.insert("api/b.googleapis.com".to_owned(), Timestamp::now());
    });
    let steps = one([thing("a")]);
    let run = Run::with(lagging().script(), &steps, &all(&steps), Some(journal));
    run.result.as_ref().unwrap();
    assert_eq!(run.changes().len(), 2);
    assert!(run.retries()[0].contains("just enabled"));

    let folder = tempfile::tempdir().unwrap();
    let old = store(folder.path(), |c| {
        c.caused
            .insert("api/b.googleapis.com".to_owned(), Timestamp::now() - jiff::SignedDuration::from_mins(6));
    });
    let run = Run::with(lagging().script(), &steps, &all(&steps), Some(old));
    assert_eq!(run.changes().len(), 1, "after the documented time it is no propagation any more");
}

#[test]
fn what_a_person_must_do_stops_at_once_with_one_paragraph() {
    let quota = "PERMISSION_DENIED: Quota limit 'BasicTierCapacityGBPerRegion' has been exceeded. Limit: 0 in region us-central1.";
    let world = World::default().fault("create", Fault::Before(Reply::error(quota)));
    let run = Run::of(&world, &one([thing("a"), thing("b")]));
    assert_eq!(run.changes(), ["things create a"], "nothing after it");
    let Some(Fact::Error { step, resource, what, said, why, todo, resume }) =
        run.facts.iter().find(|fact| matches!(fact, Fact::Error { .. }))
    else {
        panic!("no error")
    };
    assert_eq!((step.as_deref(), resource.as_ref().unwrap().as_str()), (Some("01-one"), "thing/a"));
    insta::assert_snapshot!([what, said, why, todo, resume].map(String::as_str).join("\n"));
}

#[test]
fn a_change_that_may_not_have_worked_is_verified() {
    let steps = one([Thing { verify: true, ..thing("a") }]);
    let world = World::default().fault("create", Fault::Begins(2, Reply::text("")));
    let run = Run::of(&world, &steps);
    run.result.as_ref().unwrap();
    assert_eq!(outcomes(&run), [Outcome::Created]);
    // It says that it worked, and it has not.
    let run = Run::of(&World::default().fault("create", Fault::Before(Reply::text(""))), &steps);
    assert!(run.problem().contains("it is not there"), "{}", run.problem());
}

#[test]
fn a_new_project_is_not_searched_for_what_cannot_be_there() {
    let project = Thing { kind: "project", ..thing("p") };
    let need = Address::new("project", "p");
    let mut inside = thing("inside");
    inside.needs.push(crate::Need::Resource(need.clone()));
    let outside = Thing { preexists: true, name: "outside", ..inside.clone() };
    let steps = [Step::new("00-project", "Project").keep(project).keep(inside).keep(outside)];
    let world = World::default().has("outside", 1);
    let run = Run::of(&world, &steps);
    run.result.as_ref().unwrap();
    assert_eq!(outcomes(&run), [Outcome::Created, Outcome::Created, Outcome::Unchanged]);
    let before_create: Vec<_> = run.calls.iter().take_while(|call| !call.contains("create inside")).collect();
    assert!(!before_create.iter().any(|call| call.contains("describe inside")), "{before_create:?}");
}

#[test]
fn in_a_project_that_was_there_what_was_assumed_is_checked_before_it_is_made() {
    let world = World::default().has("b", 1);
    let run = Run::of(&world, &one([thing("a"), thing("b").needs("a")]));
    run.result.as_ref().unwrap();
    assert_eq!(run.changes(), ["things create a"]);
    assert_eq!(outcomes(&run), [Outcome::Created, Outcome::Unchanged]);
}

#[test]
fn not_found_while_deleting_is_looked_at_and_not_believed() {
    let unwanted = || one([Thing { wanted: false, ..thing("a") }]);
    let refused = World::default().has("a", 1).fault("delete", Fault::Before(Reply::not_found()));
    let run = Run::of(&refused, &unwanted());
    run.result.as_ref().unwrap();
    assert_eq!((run.changes().len(), refused.size("a")), (2, None));
    assert_eq!(outcomes(&run), [Outcome::Deleted]);
    let lost = World::default().has("a", 1).fault("delete", Fault::After(unavailable()));
    let run = Run::of(&lost, &unwanted());
    assert_eq!((run.changes().len(), outcomes(&run)), (1, vec![Outcome::Deleted]));
    let mut never = World::default().has("a", 1);
    for _ in 0..9 {
        never = never.fault("delete", Fault::Before(Reply::not_found()));
    }
    assert!(Run::of(&never, &unwanted()).problem().contains("NOT_FOUND"));
}

/// Must be as large as `a` is.
struct Follower;

impl Resource for Follower {
    fn address(&self) -> Address {
        Address::new("follower", "b")
    }

    fn needs(&self) -> Vec<Need> {
        vec![Need::Resource(Address::new("thing", "a"))]
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let size = |name: &str| {
            cloud.find(gcloud!["things describe", name]).map(|thing| thing.unwrap()["size"].clone())
        };
        let (wanted, found) = (size("a")?, size("b")?);
        let diff = (wanted != found).then(|| Diff::new("size", found, wanted));
        Ok(State::from_diffs(diff.into_iter().collect()))
    }

    fn create(&self, _cloud: &Writer) -> Result<()> {
        unreachable!("it is there")
    }

    fn update(&self, cloud: &Writer, diffs: &[Diff]) -> Result<()> {
        let size = &diffs[0].new;
        cloud.change(gcloud!["things update", "b", "--size={size}"]).map(drop)
    }

    fn delete(&self, _cloud: &Writer) -> Result<()> {
        unreachable!("it is wanted")
    }
}

#[test]
fn what_needs_a_changed_thing_is_looked_at_again() {
    let world = World::default().has("a", 9).has("b", 9);
    let steps = [Step::new("01-one", "One").keep(thing("a")).keep(Follower)];
    let run = Run::of(&world, &steps);
    run.result.as_ref().unwrap();
    assert_eq!((world.size("a"), world.size("b")), (Some(1), Some(1)));
    assert_eq!(outcomes(&run), [Outcome::Updated, Outcome::Updated]);
}
