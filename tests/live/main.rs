//! Looks at a deployment that exists: what is told of it agrees with the emulator's world, whatever happened to it.

mod outputs;
mod status;
mod verify;

use support::{Finished, Lab};

/// A dev deployment, made by the stand-in.
fn deployed() -> Lab {
    let lab = Lab::standin();
    lab.deploy_all(&["--yes", "--wait-scale", "0"]).expect(0);
    lab
}

/// `deploy-all COMMAND ...`, which must neither change the world nor start more gcloud processes than it says; how many.
fn look(lab: &Lab, arguments: &[&str]) -> (Finished, usize) {
    let (requests, processes) = (lab.emulator.requests().len(), lab.recorded().len());
    let finished = lab.deploy_all(&[arguments, &["--wait-scale", "0"]].concat());
    assert_eq!(
        lab.emulator.writes(requests),
        Vec::<serde_json::Value>::new(),
        "{arguments:?} changes nothing"
    );
    (finished, lab.recorded().len() - processes)
}

/// The same looks by the real gcloud: one test, since it starts fifty processes of a second each. What `status` reads,
/// `verify` reads too.
#[test]
fn by_the_real_gcloud() {
    let Some(lab) = Lab::new() else { return };
    lab.quick(&["--yes", "--wait-scale", "0"]).expect(0);
    let json = |finished: Finished| -> serde_json::Value {
        serde_json::from_str(&finished.stdout).unwrap_or_else(|e| panic!("{e}: {}", finished.stdout))
    };
    let (verification, _) = look(&lab, &["verify", "--output", "json"]);
    let verification = json(verification.expect(0));
    assert_eq!(
        (&verification["counts"]["failed"], &verification["counts"]["unknown"]),
        (&0.into(), &0.into())
    );
    let (outputs, _) = look(&lab, &["outputs", "--output", "json"]);
    let outputs = json(outputs.expect(0));
    assert_eq!((&outputs["missing"], &outputs["unknown"]), (&serde_json::json!({}), &serde_json::json!({})));
    assert!(outputs["outputs"]["service.url"].is_string(), "{outputs}");
    assert_eq!(lab.emulator.violations(), serde_json::json!([]));
}
