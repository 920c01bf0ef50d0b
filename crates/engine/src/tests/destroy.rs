use super::world::{Fault, Thing, World, thing};
use crate::testing::{Events, Reply, deps};
use crate::{Address, AtDestroy, Candidate, Engine, Error, Fate, Item, Plan, Result, Selection, Step};
use events::{Fact, PlanItem};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A destroy of these steps, up to its plan.
struct Destroy {
    plan: Result<Plan>,
    /// What was told of the plan.
    told: Vec<PlanItem>,
    calls: Vec<String>,
}

impl Destroy {
    fn of(world: &World, steps: Vec<Step>, selected: &[&str], decide: impl Fn(&mut Candidate)) -> Self {
        let (script, events) = (Arc::new(world.script()), Arc::new(Events::default()));
        let engine = Engine::new(deps(&script, &events, None));
        let selection = Selection::of(selected.iter().copied());
        let mut candidates = engine.doomed(&steps, &selection, &BTreeSet::new()).expect("it is looked at");
        candidates.iter_mut().for_each(decide);
        let plan = engine.destruction(steps, &selection, &mut candidates).map(|(_, plan)| plan);
        let told = events.facts().into_iter().find_map(|fact| match fact {
            Fact::Plan { items } => Some(items),
            _ => None,
        });
        Self { plan, told: told.expect("the plan is told"), calls: script.calls() }
    }

    fn told(&self, name: &str) -> &PlanItem {
        self.told.iter().find(|item| item.resource.name() == name).unwrap_or_else(|| panic!("{name} is told"))
    }
}

fn with(name: &'static str, container: &str) -> Thing {
    Thing { end: AtDestroy::With(Address::new("thing", container)), ..thing(name) }.needs(container)
}

/// A secret, an account that may read it, and a service that runs as that account.
fn stack() -> Vec<Step> {
    let service = Thing { alone: true, ..thing("service") };
    vec![
        Step::new("01-first", "First").keep(thing("secret")).keep(thing("cache").needs("secret")),
        Step::new("02-second", "Second")
            .keep(with("access", "secret"))
            .keep(service.needs("access").needs("elsewhere"))
            .keep(thing("other").needs("elsewhere"))
            .keep(thing("user").needs("cache")),
    ]
}

#[test]
fn what_is_not_part_of_it_and_needs_what_goes_is_told_and_only_that_is_looked_at() {
    let world = ["secret", "cache", "access", "service", "other"]
        .iter()
        .fold(World::default(), |w, name| w.has(name, 1));
    let destroy = Destroy::of(&world, stack(), &["01-first"], |_| {});
    let needed = |name: &str| destroy.told(name).interrupts.clone();
    let service = "thing/service needs it: no new instance of it can start";
    assert_eq!(needed("secret").as_deref(), Some(service), "over its access, which goes with the secret");
    assert_eq!(needed("cache"), None, "its user does not exist");
    let reads = ["secret", "cache", "service", "user"].map(|name| format!("things describe {name}"));
    assert_eq!(destroy.calls, reads);
}

#[test]
fn what_goes_as_well_needs_no_word() {
    let world = ["secret", "cache", "access", "service", "user"]
        .iter()
        .fold(World::default(), |w, name| w.has(name, 1));
    let destroy = Destroy::of(&world, stack(), &["01-first", "02-second"], |_| {});
    assert!(destroy.told.iter().all(|item| item.interrupts.is_none()), "{:?}", destroy.told);
}

#[test]
fn what_stays_after_all_interrupts_nothing() {
    let world =
        ["secret", "cache", "service", "user"].iter().fold(World::default(), |w, name| w.has(name, 1));
    let destroy = Destroy::of(&world, stack(), &["01-first"], |candidate| {
        if candidate.address.name() == "cache" {
            candidate.fate = Fate::Kept("a person said so".to_owned());
        }
    });
    // The cache keeps the secret that it needs.
    assert!(destroy.told.iter().all(|item| item.interrupts.is_none() && item.skipped.is_some()));
}

#[test]
fn what_may_need_it_and_cannot_be_read_is_told_too() {
    let denied = Reply::error("ERROR: (gcloud.things.describe) PERMISSION_DENIED: not you");
    let world = World::default().has("secret", 1);
    let steps = vec![
        Step::new("01-first", "First").keep(thing("secret")),
        Step::new("02-second", "Second").keep(thing("service").needs("secret")),
    ];
    // The first look is at the secret; it is found.
    let world = world.fault("describe", Fault::After(Reply::json(serde_json::json!({"size": 1}))));
    let destroy = Destroy::of(&world.fault("describe", Fault::Before(denied)), steps, &["01-first"], |_| {});
    let told = destroy.told("secret").interrupts.as_deref();
    assert_eq!(told, Some("thing/service may need it: it could not be read"));
}

#[test]
fn what_is_protected_is_refused_with_the_whole_plan() {
    let world = ["a", "b", "c"].iter().fold(World::default(), |w, name| w.has(name, 1));
    let lost = Thing { end: AtDestroy::Loses("all of it"), protected: true, ..thing("b") };
    let steps = vec![Step::new("01-one", "One").keep(thing("a")).keep(lost).keep(thing("c"))];
    let destroy = Destroy::of(&world, steps, &["01-one"], |_| {});
    let names: Vec<&str> = destroy.told.iter().map(|item| item.resource.name()).collect();
    assert_eq!(names, ["c", "b", "a"]);
    let told = destroy.told("b");
    assert_eq!(told.refused.as_ref().map(|refusal| refusal.todo.as_str()), Some("unprotect it"));
    assert_eq!(told.data.as_deref(), Some("all of it"));
    let error = destroy.plan.expect_err("it is refused");
    assert!(matches!(&error, Error::Refused(refused) if refused.len() == 1), "{error}");
    assert_eq!(error.to_string(), "thing/b is protected against deletion");
}

#[test]
fn only_what_is_there_is_told_to_stay() {
    let named = |name| Thing {
        end: AtDestroy::KeptUnlessNamed { why: "it is precious", loses: "it" },
        ..thing(name)
    };
    let kept = |name| Thing { end: AtDestroy::Kept("it is not ours"), ..thing(name) };
    let steps = || {
        vec![
            Step::new("01-one", "One")
                .keep(named("project"))
                .keep(kept("agents").needs("project"))
                .keep(kept("bucket").needs("agents")),
        ]
    };
    let told = |world: &World| {
        let destroy = Destroy::of(world, steps(), &["01-one"], |_| {});
        let names = destroy.told.iter().map(|item| item.resource.name().to_owned());
        (names.collect::<Vec<_>>(), destroy.calls)
    };
    let (names, calls) = told(&World::default());
    assert_eq!((names, calls.len()), (vec![], 1), "without the first there is none of the others");
    let (names, _) = told(&World::default().has("project", 1).has("agents", 1));
    assert_eq!(names, ["bucket", "agents", "project"], "what Google made in it is not asked for");
}

/// A service whose secret is gone was taken to be gone too, and ran on.
#[test]
fn what_exists_goes_though_something_that_it_needs_is_missing() {
    let world = World::default().has("service", 1);
    let destroy = Destroy::of(&world, stack(), &["01-first", "02-second"], |_| {});
    let names: Vec<&str> = destroy.told.iter().map(|item| item.resource.name()).collect();
    assert_eq!(names, ["service"]);
    assert!(destroy.plan.is_ok_and(|plan| plan.changes()));
}

#[test]
fn the_time_of_a_question_is_not_the_runs() {
    let began = Instant::now();
    let (script, events) = (Arc::new(World::default().script()), Arc::new(Events::default()));
    let engine = Engine::new(deps(&script, &events, None));
    let asking = engine.asks("Go on?");
    // A person who takes their time.
    let thought = Instant::now();
    while thought.elapsed() < Duration::from_millis(60) {
        std::hint::spin_loop();
    }
    asking.answered();
    engine.conclude(&crate::Summary::default(), &Ok(())).expect("it ends");
    let facts = events.facts();
    let [Fact::Asked { question }, Fact::Answered { seconds: asked }, Fact::RunFinished { seconds, .. }] =
        &facts[..]
    else {
        panic!("{facts:?}")
    };
    assert_eq!(question, "Go on?");
    assert!(*asked >= 0.06 && *seconds <= began.elapsed().as_secs_f64() - asked, "{asked} {seconds}");
}

/// What the config leaves out is nothing that a destroy tells of.
#[test]
fn what_is_left_out_is_not_part_of_it() {
    let item =
        Item::Skip { address: Address::new("thing", "mail"), why: "not asked for".to_owned(), command: None };
    let mut step = Step::new("01-one", "One");
    step.items.push(item);
    let destroy = Destroy::of(&World::default(), vec![step], &["01-one"], |_| {});
    assert_eq!(destroy.told, []);
}
