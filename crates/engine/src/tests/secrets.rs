use super::world::{all, store};
use crate::testing::{Events, Gcloud, Reply, deps};
use crate::{Address, Diff, Engine, Reader, Resource, Result, State, Step, Writer};
use gcloud::gcloud;
use proptest::prelude::*;
use std::sync::{Arc, Mutex};

/// Uses a secret in every way that a resource can.
struct Keeper(Arc<Mutex<String>>);

impl Resource for Keeper {
    fn address(&self) -> Address {
        Address::new("secret", "s")
    }

    fn check(&self, cloud: &Reader) -> Result<State> {
        let found = cloud.find_secret(gcloud!["secrets versions access latest"])?;
        Ok(if found.is_some() { State::Drifted(vec![Diff::secret("value")]) } else { State::Absent })
    }

    fn create(&self, cloud: &Writer) -> Result<()> {
        let value = cloud.generate_secret(40);
        *self.0.lock().unwrap() = value.expose().to_owned();
        cloud.note(
            true,
            format!("a careless note: {}", value.expose()),
            Some(format!("echo {}", value.expose())),
        );
        cloud.change(gcloud!["secrets versions add", "s", "--data-file=-"].stdin(value)).map(drop)
    }

    fn update(&self, cloud: &Writer, _diffs: &[Diff]) -> Result<()> {
        self.create(cloud)
    }

    fn delete(&self, _cloud: &Writer) -> Result<()> {
        Ok(())
    }

    fn outputs(&self, _cloud: &Reader) -> Result<Vec<(String, String)>> {
        Ok(vec![("careless".to_owned(), self.0.lock().unwrap().clone())])
    }
}

/// One run in which gcloud itself prints the secrets; everything that left the engine, as text.
fn everything_said(stored: &str, fails: bool) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let store = store(folder.path(), |_| {});
    let made = Arc::new(Mutex::new(String::new()));
    let (known, old) = (Arc::clone(&made), stored.to_owned());
    let loud = move || format!("{} and {old}", known.lock().unwrap());
    let script = Gcloud::new().on("secrets versions access", Reply::text(stored)).on_each(
        "secrets versions add",
        move |_| match fails {
            true => Reply::error(&format!("INVALID_ARGUMENT: {} is bad", loud())),
            false => Reply::json(serde_json::json!({"name": "projects/1/secrets/s/versions/2"}))
                .with_stderr(&loud()),
        },
    );
    let (script, events) = (Arc::new(script), Arc::new(Events::default()));
    let engine = Engine::new(deps(&script, &events, Some(Arc::clone(&store))));
    let steps = [Step::new("02-database", "Database").keep(Keeper(Arc::clone(&made)))];
    let plan = engine.plan(&steps, &all(&steps)).unwrap();
    let (summary, result) = engine.apply(&steps, &plan);
    assert_eq!(result.is_err(), fails);
    engine.conclude(&summary, &result).unwrap();
    let mut said = format!("{:?}", events.facts());
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        said.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    assert!(said.contains("(secret)"), "gcloud's own print went through the mask");
    let made = made.lock().unwrap().clone();
    assert_eq!(made.len(), 40);
    assert_eq!(script.stdin(), std::slice::from_ref(&made), "the secret itself got where it belongs");
    (said, made)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_secret_leaves_the_engine(stored in "[a-zA-Z0-9/+!%-]{16,40}", fails: bool) {
        let (said, made) = everything_said(&stored, fails);
        prop_assert!(!said.contains(&stored), "{said}");
        prop_assert!(!said.contains(&made), "{said}");
    }
}
