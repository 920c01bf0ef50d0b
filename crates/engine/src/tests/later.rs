use super::world::{Run, World, all, store, thing};
use crate::testing::{Gcloud, Reply, reader};
use crate::{Address, Diff, Error, Reader, Resource, Result, State, Step, Writer};
use events::{Fact, Outcome};
use gcloud::gcloud;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

/// Cannot be made before a person has connected a repository.
struct Trigger;

impl Resource for Trigger {
    fn address(&self) -> Address {
        Address::new("trigger", "t")
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        Ok(cloud.find(gcloud!["builds describe", "t"])?.map_or(State::Absent, |_| State::Present))
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        cloud.change(gcloud!["builds create", "t"]).map(drop).map_err(|_| {
            Error::later("t is left out", "nothing is connected", "connect it", Some("connect".into()))
        })
    }

    fn update(&self, _cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        Ok(())
    }

    fn delete(&self, _cloud: &Writer) -> Result<()> {
        Ok(())
    }

    fn outputs(&self, _cloud: &Reader) -> Result<Vec<(String, String)>> {
        Ok(vec![("trigger".to_owned(), "t".to_owned())])
    }
}

#[test]
fn what_waits_for_a_person_is_left_out_visibly_and_the_run_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), |_| {});
    let world = World::default();
    let script = world
        .script()
        .on("builds describe", Reply::not_found())
        .on("builds create", Reply::error("FAILED_PRECONDITION: Repository mapping does not exist."));
    let steps = [
        Step::new("05-ci-cd", "Delivery").keep(Trigger),
        Step::new("06-monitoring", "Monitoring").keep(thing("next")),
    ];
    let run = Run::with(script, &steps, &all(&steps), Some(Arc::clone(&store)));
    run.result.unwrap();
    assert_eq!(world.size("next"), Some(1), "the later step goes on");
    let note = run.facts.iter().find_map(|fact| match fact {
        Fact::Note { step, resource, warning, text, command } => {
            Some((step, resource, warning, text, command))
        }
        _ => None,
    });
    let (step, resource, warning, text, command) = note.unwrap();
    assert_eq!((step.as_deref(), *warning, command.as_deref()), (Some("05-ci-cd"), true, Some("connect")));
    assert_eq!(resource.as_ref().unwrap().as_str(), "trigger/t");
    assert_eq!(text, "t is left out: nothing is connected; connect it");
    let ended = run.facts.iter().any(|fact| {
        matches!(fact, Fact::ResourceFinished { resource, outcome: Outcome::Skipped, .. } if resource.as_str() == "trigger/t")
    });
    assert!(ended);
    assert_eq!(
        (run.summary.counts.skipped, run.summary.counts.created, run.summary.counts.failed),
        (1, 1, 0)
    );
    assert!(!run.summary.outputs.contains_key("trigger"), "what is not there has no outputs");
    let checkpoint = store.current().unwrap();
    assert!(checkpoint.intents.is_empty() && !checkpoint.made.contains_key(&Trigger.address()));
    // A run that resumes this one must try again.
    let finished: Vec<_> = checkpoint.steps.keys().cloned().collect();
    assert_eq!(finished, ["06-monitoring"]);
}

/// A file that is installed for the person.
struct Installed(&'static str);

impl Resource for Installed {
    fn address(&self) -> Address {
        Address::new("file", "a.yaml")
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        Ok(match cloud.file("a.yaml")? {
            None => State::Absent,
            Some(found) if found == self.0 => State::Present,
            Some(_) => State::Drifted(vec![Diff::new("content", "another", "ours")]),
        })
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        cloud.write_file("a.yaml", self.0)
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        self.create(cloud)
    }

    fn delete(&self, cloud: &Writer) -> Result<()> {
        cloud.remove_file("a.yaml")
    }
}

#[test]
fn a_file_is_installed_and_rewritten_only_where_it_differs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml");
    let run = |content| {
        let steps = [Step::new("05-ci-cd", "Delivery").keep(Installed(content))];
        let run = Run::inside(folder.path(), &steps);
        run.result.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
        (run.summary.counts.created, run.summary.counts.updated, run.summary.counts.unchanged)
    };
    assert_eq!(run("one"), (1, 0, 0));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(run("one"), (0, 0, 1));
    assert_eq!(run("two"), (0, 1, 0));
    // A folder that is not there has no files, and what is no file is an error, not absence.
    assert_eq!(reader(&Arc::new(Gcloud::new())).file("a.yaml").unwrap(), None);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let steps = [Step::new("05-ci-cd", "Delivery").keep(Installed("one"))];
    assert!(matches!(Run::inside(folder.path(), &steps).result, Err(Error::Person { .. })));
}
