//! `plan --script`: the plan as gcloud commands that a person runs.

use crate::work::Work;
use crate::{report, resume};
use config::Origin;
use engine::{About, Plan, Result};
use jiff::Timestamp;
use std::collections::BTreeSet;

/// Said where it is asked of another command.
pub const BELONGS: &str =
    "--script belongs to a plan by itself: `deploy-all plan --script`, or `step NAME --dry-run --script`.";

/// The script.
///
/// # Errors
/// Something of it cannot be written down before it is done.
pub fn of(work: &Work, plan: &Plan) -> Result<String> {
    let ready = &work.session.ready;
    let origins = &work.session.settings.loaded.origins;
    let config: BTreeSet<String> = origins
        .values()
        .filter_map(|origin| match origin {
            Origin::File { file, .. } => Some(file.clone()),
            Origin::Environment(_) => Some(origin.to_string()),
            Origin::Set { .. } | Origin::Default => None,
        })
        .collect();
    let about = About {
        command: resume::command_line(),
        again: work.session.here.command("deploy-all plan"),
        config: config.into_iter().collect(),
        tool: report::VERSION.to_owned(),
        written: Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        project: work.project().to_owned(),
        account: ready.gcloud.account_given().map(str::to_owned),
        place: ready.redirection.clone(),
    };
    work.engine.script(&work.steps, plan, &about)
}
