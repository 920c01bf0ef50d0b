//! What holds for whatever stands in the environment's folder.

use crate::checkpoint::{Checkpoint, CheckpointError, FORMAT, Finished, Intent, Store};
use crate::lock::{Holder, Lock, LockError};
use crate::resume::{Beginning, Intended, beginning};
use crate::{Action, Address};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

fn time() -> impl Strategy<Value = Timestamp> {
    let range = Timestamp::MIN.as_second()..=Timestamp::MAX.as_second();
    let any = range.prop_map(|second| Timestamp::from_second(second).unwrap());
    prop_oneof![
        any,
        Just(Timestamp::MIN),
        Just(Timestamp::MAX),
        (-100_000i64..100_000).prop_map(|s| {
            "2026-01-02T03:04:05Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(s)
        })
    ]
}

prop_compose! {
    fn checkpoint()(
        started in time(), finished in proptest::option::of(time()), stopped in proptest::option::of(time()),
        tool in any::<String>(), kind in "deploy|step|destroy", run in any::<String>(),
        steps in proptest::collection::btree_map(any::<String>(), time(), 0..3),
        command in any::<String>(), pid in proptest::option::of(any::<u32>()), key in any::<String>(), value in any::<String>()
    ) -> Checkpoint {
        let intent = Intent {
            resource: Address::new("project", "p"), action: Action::Create, command, since: started, pid, pid_started: pid.map(|pid| u64::from(pid) + 1),
        };
        Checkpoint {
            format: FORMAT, tool, project: "p".into(), redirection: None, kind, run, started, finished, stopped,
            steps: steps.into_iter().map(|(id, at)| (id, Finished { started: at, finished: at })).collect(),
            made: BTreeMap::from([(Address::new("project", "p"), started)]), kept: BTreeMap::new(), caused: BTreeMap::new(),
            intents: vec![intent], config: toml::Table::from_iter([(key, toml::Value::String(value))]),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_written_is_read_again_and_a_part_of_it_never(checkpoint in checkpoint(), cut in 0.0f64..1.0) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.begin(checkpoint.clone()).unwrap();
        prop_assert_eq!(Store::peek(folder.path()).unwrap(), Some(checkpoint));
        let whole = fs::read(store.path()).unwrap();
        let part = &whole[..(whole.len() as f64 * cut) as usize];
        fs::write(store.path(), part).unwrap();
        let refused = matches!(Store::peek(folder.path()), Err(CheckpointError::Unreadable { .. }));
        prop_assert!(refused, "{}", String::from_utf8_lossy(part));
    }

    #[test]
    fn any_bytes_are_a_checkpoint_or_an_error_with_a_remedy(
        bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "(format = [0-9]{1,25}\n)?([a-z]{1,8} = [\"0-9a-z\\[\\]{}=-]{0,12}\n){0,4}(# end of the checkpoint\n)?".prop_map(String::into_bytes),
        ]
    ) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("checkpoint.toml"), &bytes).unwrap();
        if let Err(error) = Store::peek(folder.path()) {
            prop_assert!(error.remedy().contains("deploy-all reset") && !error.to_string().is_empty());
        }
        prop_assert_eq!(fs::read(folder.path().join("checkpoint.toml")).unwrap(), bytes);
    }

    #[test]
    fn any_bytes_in_the_lock_neither_hold_it_nor_free_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lock");
        fs::write(&file, &bytes).unwrap();
        let holder = Holder::this("deploy-all".into());
        let taken = Lock::take(folder.path(), &holder).unwrap();
        fs::write(&file, &bytes).unwrap();
        let held = Lock::take(folder.path(), &holder);
        let refused = matches!(&held, Err(error @ LockError::Held { .. }) if !error.to_string().is_empty());
        prop_assert!(refused);
        drop(taken);
        prop_assert_eq!(Lock::holder(folder.path()).unwrap(), None);
    }

    /// Whatever the clocks say: only a young and unfinished deploy by the same tool is gone on with.
    #[test]
    fn finished_steps_are_skipped_only_within_a_day(previous in checkpoint(), now in time()) {
        let config = previous.config.clone();
        let intended = Intended {
            tool: &previous.tool, project: "p", redirection: None, kind: "deploy", config: &config,
            differing: |_, _| Vec::new(), fresh: false, now,
        };
        if let Ok(Beginning::Resume { done }) = beginning(Path::new("c"), Some(&previous), &intended) {
            let age = now.duration_since(previous.stopped.unwrap_or(previous.started));
            prop_assert!(age.abs() <= SignedDuration::from_hours(24));
            prop_assert!(previous.finished.is_none() && previous.kind == "deploy");
            prop_assert!(done.iter().eq(previous.steps.keys()));
        }
    }
}
