//! The commands, a module a surface.

mod artifacts;
mod billing;
mod budgets;
mod builds;
mod compute;
mod declarative;
mod iam;
mod info;
mod logging;
mod monitoring;
mod org_policies;
mod peerings;
mod projects;
mod pubsub;
mod redis;
mod run;
mod secrets;
mod service_operation;
mod services;
mod sql;
mod storage;
mod vpc_access;

use crate::call::Call;
use crate::failure::Failure;
use crate::print::Answer;

/// Does what the command says.
pub(crate) fn handle(call: &Call) -> Result<Answer, Failure> {
    let words: Vec<&str> = call.command.split(' ').collect();
    // The same command in another release track differs in what it takes, which is the grammar's business.
    let words = match words.as_slice() {
        ["alpha" | "beta", rest @ ..] => rest,
        all => all,
    };
    match words {
        ["info"] => info::handle(call),
        ["projects", verb] => projects::handle(call, verb),
        ["billing", kind, verb] => billing::handle(call, kind, verb),
        ["services", "vpc-peerings", verb] => peerings::handle(call, verb),
        ["services", rest @ ..] => services::handle(call, rest),
        ["resource-manager", "org-policies", verb] => org_policies::handle(call, verb),
        ["iam", "service-accounts", verb] => iam::handle(call, verb),
        ["storage", rest @ ..] => storage::handle(call, rest),
        ["compute", "networks", "vpc-access", kind, verb] => vpc_access::handle(call, kind, verb),
        ["compute", rest @ ..] => compute::handle(call, rest),
        ["sql", kind, verb] => sql::handle(call, kind, verb),
        ["secrets", rest @ ..] => secrets::handle(call, rest),
        ["pubsub", "topics", verb] => pubsub::handle(call, verb),
        ["redis", "instances", verb] => redis::handle(call, verb),
        ["run", rest @ ..] => run::handle(call, rest),
        ["artifacts", "repositories", verb] => artifacts::handle(call, verb),
        ["builds", rest @ ..] => builds::handle(call, rest),
        ["logging", kind, verb] => logging::handle(call, kind, verb),
        ["monitoring", kind, verb] => monitoring::handle(call, kind, verb),
        _ => Err(unknown(call)),
    }
}

/// A command whose grammar is known, and that nobody has needed yet.
fn unknown(call: &Call) -> Failure {
    Failure::Said(format!("gcloud-standin does not do this: gcloud {}", call.command))
}
