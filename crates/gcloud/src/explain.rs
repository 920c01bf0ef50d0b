//! A failure, for the person who must resolve it.

use crate::{Cause, Failure, Kind, Lag};

/// What gcloud's failure means to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What gcloud said: the essential line.
    pub said: String,
    /// Why, in words.
    pub why: String,
    /// What to do.
    pub todo: String,
}

impl Failure {
    /// What it means to a person who deploys to this project.
    pub fn explain(&self, project: &str) -> Explanation {
        let (why, todo) = match &self.kind {
            Kind::Lagging(Lag::Api(Some(api))) => (
                format!("the API {api} is not enabled in project {project}"),
                format!("enable it: `gcloud services enable {api} --project={project}`"),
            ),
            kind => match kind.cause() {
                Some(cause) => person(cause, project),
                None => other(kind, &self.command),
            },
        };
        Explanation { said: self.said.clone(), why, todo }
    }
}

fn person(cause: Cause, project: &str) -> (String, String) {
    let console = "https://console.cloud.google.com";
    let (why, todo) = match cause {
        Cause::Login => ("the login is missing or has expired", "log in: `gcloud auth login`".to_owned()),
        Cause::Billing => (
            "the project has no open billing account",
            format!("link one: `gcloud billing projects link {project} --billing-account=ACCOUNT` (list them: `gcloud billing accounts list`)"),
        ),
        Cause::BillingQuota => (
            "the billing account has as many projects as Google allows it",
            "unlink a project that is not needed, or ask for more: https://support.google.com/code/contact/billing_quota_increase".to_owned(),
        ),
        Cause::Quota => (
            "a quota of the project is used up",
            format!("ask for more, or delete what is not needed: {console}/iam-admin/quotas?project={project}"),
        ),
        Cause::Permission => (
            "the login may not do this, or what it asks for does not exist",
            format!("ask an owner of the project for the role: {console}/iam-admin/iam?project={project} (who you are: `gcloud auth list`)"),
        ),
        Cause::ApiDisabled => (
            "an API is not enabled in the project",
            "run the step that enables it: `step 00-project`".to_owned(),
        ),
        Cause::NameTaken => (
            "the name belongs to somebody else",
            "choose another name in the config, or use the login that owns it (`gcloud auth list`)".to_owned(),
        ),
        Cause::OrgPolicy => (
            "a policy of the organization forbids it",
            format!("ask the organization's administrator, or change the config: {console}/iam-admin/orgpolicies?project={project}"),
        ),
        Cause::RepositoryNotConnected => (
            "the GitHub repository is not connected to Cloud Build",
            format!("connect it (one click): {console}/cloud-build/triggers/connect?project={project}"),
        ),
        Cause::ProjectDeleted => (
            "the project is marked for deletion",
            format!("bring it back: `gcloud projects undelete {project}`"),
        ),
        Cause::PeeringMissing => (
            "the network has no private services access",
            "run the step that makes it: `step 01-network`".to_owned(),
        ),
        Cause::RangeConflict => (
            "an address range is in use already",
            "choose another range in the config".to_owned(),
        ),
        Cause::BuildRegion => (
            "Google does not run builds of this project in this region",
            "choose another region for builds, or ask Google for the quota".to_owned(),
        ),
        Cause::ServiceAccountMissing => (
            "a service account that it names does not exist",
            "run the step that makes it again; a deleted account's grants must be given anew".to_owned(),
        ),
        Cause::MetricMissing => (
            "a metric that it names does not exist, or is not visible yet (Google needs up to 10 minutes)",
            "wait some minutes, then run the command again".to_owned(),
        ),
        Cause::ServiceAgentRole => (
            "Google's own service agent lacks a role in the project",
            format!("give it back its role: {console}/iam-admin/iam?project={project} (show Google-provided grants)"),
        ),
        Cause::InUse => (
            "something else still uses it",
            "remove what uses it; after a deletion Google may need hours until it lets go".to_owned(),
        ),
        Cause::Installation => (
            "gcloud on this machine does not work as it should",
            "see that `gcloud info` works, and what it says about its installation".to_owned(),
        ),
    };
    (why.to_owned(), todo)
}

fn other(kind: &Kind, command: &str) -> (String, String) {
    let (why, todo) = match kind {
        Kind::RateLimited => {
            ("Google refuses more requests for the moment", "wait some minutes, then run the command again")
        }
        Kind::Conflict => ("somebody else changed it at the same time", "run the command again"),
        Kind::InProgress => {
            ("another operation on it still runs", "wait for it to end, then run the command again")
        }
        Kind::Ambiguous => (
            "Google or the network failed; whether the change was made is not known",
            "run the command again: it looks first, and goes on from what is there",
        ),
        Kind::NotFound => ("something that it needs is not there", "run the step that makes it"),
        Kind::Exists => (
            "it exists already, and cannot be seen or used",
            "see who owns it, or choose another name in the config",
        ),
        Kind::Usage => (
            "this gcloud does not know the command line; it may be too old, or too new for this tool",
            "see that gcloud is up to date (`gcloud components update`)",
        ),
        Kind::Answer => (
            "gcloud printed something that is not an answer",
            "run the command by hand and look at what it prints",
        ),
        Kind::Interrupted(_) => ("the run was interrupted", "run the command again to go on"),
        _ => {
            let todo = format!("run it by hand and look at what it prints: `{command}`");
            return ("this tool does not know that message, so it stops rather than guess".to_owned(), todo);
        }
    };
    (why.to_owned(), todo.to_owned())
}
