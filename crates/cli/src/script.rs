//! `plan --script`: the plan as gcloud commands that a person runs.

use crate::work::Work;
use crate::{report, resume};
use engine::{About, Plan, Result};
use jiff::Timestamp;

/// Said where it is asked of another command.
pub const BELONGS: &str =
    "--script belongs to a plan by itself: deploy-all plan --script, or step NAME --dry-run --script.";

/// The script.
///
/// # Errors
/// Something of it cannot be written down before it is done.
pub fn of(work: &Work, plan: &Plan) -> Result<String> {
    let ready = &work.session.ready;
    let about = About {
        command: resume::command_line(),
        tool: report::VERSION.to_owned(),
        written: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        project: work.project().to_owned(),
        account: ready.gcloud.account_given().map(str::to_owned),
        place: ready.redirection.clone(),
    };
    work.engine.script(&work.steps, plan, &about)
}
