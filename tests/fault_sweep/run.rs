//! One run of the tool, which may not hang.

use std::fs::File;
use std::process::Stdio;
use std::time::Duration;
use support::{Finished, Lab};

/// What every run is called with. The waits of the engine take no time; what they would have taken is in the events.
pub const BASE: [&str; 15] = [
    "--yes",
    "--wait-scale",
    "0",
    "--set",
    "ci_cd.github.owner=acme",
    "--set",
    "ci_cd.github.name=shop",
    "--set",
    "monitoring.notification_email=oncall@acme.dev",
    "--set",
    "budget.monthly_amount=100",
    "--set",
    "rotation.db_password_days=90",
    "--set",
    // A name that is not worth a warning.
    "cloud_run.connector.name=codementor-egress",
];

/// Longer than this no run takes here, on the slowest machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// Runs `deploy-all` with the stand-in for gcloud.
pub fn deploy(lab: &Lab, arguments: &[&str]) -> Result<Finished, String> {
    let mut command = lab.quick_tool(arguments);
    let (out, err) = (lab.folder().join("stdout"), lab.folder().join("stderr"));
    let file = |path| File::create(path).map_err(|e: std::io::Error| e.to_string());
    command.stdin(Stdio::null()).stdout(file(&out)?).stderr(file(&err)?);
    let mut child = command.spawn().map_err(|e| format!("the tool does not start: {e}"))?;
    let in_time = support::ends_within(child.id().cast_signed(), PATIENCE);
    if !in_time {
        child.kill().map_err(|e| e.to_string())?;
    }
    let status = child.wait().map_err(|e| e.to_string())?;
    let text = |path| std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let (stdout, stderr) = (text(&out).unwrap_or_default(), text(&err).unwrap_or_default());
    if !in_time {
        return Err(format!("it did not end within {} s:\n{stdout}\n{stderr}", PATIENCE.as_secs()));
    }
    Ok(Finished { code: status.code(), stdout, stderr })
}
