//! Which options belong to which command. All of them have the same names everywhere, so one that a command cannot follow is
//! refused and not shown in its help: ignored in silence, it would let a person believe in something that was not done.

use crate::args::{DeployAllCommand, Options, Step};
use crate::exit::{Stop, USAGE};
use crate::script;

const FROM: &str = "from";
const UNTIL: &str = "until";
const FRESH: &str = "fresh";
const ALLOW_REPLACE: &str = "allow_replace";
const DRY_RUN: &str = "dry_run";
const EXIT_CODE: &str = "exit_code";
const SCRIPT: &str = "script";

/// Said of `--exit-code` where something is changed.
const LOOKS: &str =
    "--exit-code belongs to what only looks: deploy-all plan --exit-code, or any run with --dry-run.";

/// The options that a command of this name does not follow. `deploy-all` by itself and `plan` follow all.
pub fn foreign(command: &str) -> &'static [&'static str] {
    match command {
        "deploy-all" | "plan" => &[],
        "step" => &[FROM, UNTIL],
        "destroy" | "rotate" => &[FROM, UNTIL, ALLOW_REPLACE, SCRIPT],
        "adopt" => &[FROM, UNTIL, SCRIPT],
        _ => &[FROM, UNTIL, FRESH, ALLOW_REPLACE, DRY_RUN, EXIT_CODE, SCRIPT],
    }
}

/// The name of a command of `deploy-all`.
pub fn name(command: Option<&DeployAllCommand>) -> &'static str {
    match command {
        None => "deploy-all",
        Some(DeployAllCommand::Plan { .. }) => "plan",
        Some(DeployAllCommand::Status { .. }) => "status",
        Some(DeployAllCommand::Verify) => "verify",
        Some(DeployAllCommand::Outputs) => "outputs",
        Some(DeployAllCommand::Cost { .. }) => "cost",
        Some(DeployAllCommand::Destroy(_)) => "destroy",
        Some(DeployAllCommand::Rotate { .. }) => "rotate",
        Some(DeployAllCommand::Doctor) => "doctor",
        Some(DeployAllCommand::Adopt) => "adopt",
        Some(DeployAllCommand::Init(_)) => "init",
        Some(DeployAllCommand::Unlock) => "unlock",
        Some(DeployAllCommand::Reset) => "reset",
    }
}

/// Refuses what a command of `deploy-all` does not follow.
///
/// # Errors
/// Some of it was given.
pub fn to_deploy_all(options: &Options, command: Option<&DeployAllCommand>) -> Result<(), Stop> {
    let name = name(command);
    refuse(options, name, &format!("deploy-all {name}"))?;
    let looks = options.dry_run || matches!(command, Some(DeployAllCommand::Plan { .. }));
    if options.exit_code && !looks { Err(Stop::say(USAGE, LOOKS)) } else { Ok(()) }
}

/// Refuses what `step` does not follow, as it is called.
///
/// # Errors
/// Some of it was given.
pub fn to_step(arguments: &Step) -> Result<(), Stop> {
    let options = &arguments.options;
    let lists = arguments.step == "list";
    let (name, words) = match (lists, arguments.destroy) {
        (true, true) => return Err(Stop::say(USAGE, "`step list` destroys nothing: step NAME --destroy.")),
        (true, false) => ("list", "step list".to_owned()),
        (false, true) => ("destroy", format!("step {} --destroy", arguments.step)),
        (false, false) => ("step", "step".to_owned()),
    };
    let destruction = &arguments.destruction;
    if !arguments.destroy && (destruction.confirm.is_some() || !destruction.also.is_empty()) {
        let text = "--confirm and --also belong to a destroy, and this is none: step NAME --destroy.";
        return Err(Stop::say(USAGE, text));
    }
    refuse(options, name, &words)?;
    if options.exit_code && !options.dry_run { Err(Stop::say(USAGE, LOOKS)) } else { Ok(()) }
}

/// Refuses what a command of this name does not follow; `words` are what a person calls it.
fn refuse(options: &Options, name: &str, words: &str) -> Result<(), Stop> {
    let given = [
        (FROM, options.from.is_some()),
        (UNTIL, options.until.is_some()),
        (FRESH, options.fresh),
        (ALLOW_REPLACE, !options.allow_replace.is_empty()),
        (DRY_RUN, options.dry_run),
        (EXIT_CODE, options.exit_code),
        (SCRIPT, options.script),
    ];
    let foreign = foreign(name);
    let Some((id, _)) = given.into_iter().find(|(id, given)| *given && foreign.contains(id)) else {
        return Ok(());
    };
    let text = match (name, id) {
        (_, SCRIPT) => script::BELONGS.to_owned(),
        ("step", _) => "`step` runs one step: --from and --until belong to deploy-all.".to_owned(),
        ("destroy", FROM | UNTIL) => {
            "A destroy takes everything, or one step: `step STEP --destroy`.".to_owned()
        }
        ("rotate", FROM | UNTIL) => {
            "A rotation has an order of its own: --from and --until belong to a deploy.".to_owned()
        }
        ("adopt", FROM | UNTIL) => {
            "An environment is adopted as a whole: --from and --until belong to a deploy.".to_owned()
        }
        _ => format!("--{} does not belong to {words}: nothing was done.", id.replace('_', "-")),
    };
    Err(Stop::say(USAGE, text))
}
