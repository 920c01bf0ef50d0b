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
