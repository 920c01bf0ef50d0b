//! What a failed gcloud means. gcloud says nothing by its exit code but "usage" or "failed": the text tells.
//!
//! Every rule is a small pure function; the first that knows the text decides, so that the special stand before the
//! general. A text that no rule knows is [`Kind::Unknown`]: never transient, never absent.

use crate::{Cause, Command, Kind, Lag};

/// What gcloud said, and about what.
struct Said<'a> {
    text: &'a str,
    lower: String,
    command: &'a Command,
}

type Rule = fn(&Said) -> Option<Kind>;

const RULES: &[Rule] = &[
    metric_not_visible,
    login,
    installation,
    billing,
    api_disabled,
    organization_policy,
    project_deleted,
    quota,
    name_taken,
    in_progress,
    concurrent_change,
    in_use,
    exists,
    service_account_not_visible,
    peering_missing,
    service_agent,
    builds,
    range_conflict,
    role_not_effective,
    not_found,
    hidden,
    ambiguous,
    permission,
    operation_error,
];

/// What a failure means. `status` is the exit code, `None` when a signal ended gcloud.
pub(crate) fn classify(status: Option<i32>, stderr: &str, command: &Command) -> Kind {
    match status {
        // Something outside of this tool killed it, in the middle of whatever it did.
        None => return Kind::Ambiguous,
        Some(2) => return Kind::Usage,
        Some(_) => {}
    }
    let said = Said { text: stderr, lower: stderr.to_lowercase(), command };
    RULES.iter().find_map(|rule| rule(&said)).unwrap_or(Kind::Unknown)
}

/// What a person must put right, where a text that did not come from a failed command says so: why a resource is broken.
pub fn cause_of(text: &str) -> Option<Cause> {
    let command = Command::new("");
    let said = Said { text, lower: text.to_lowercase(), command: &command };
    match RULES.iter().find_map(|rule| rule(&said)) {
        Some(Kind::Person(cause)) => Some(cause),
        _ => None,
    }
}

impl Said<'_> {
    fn any(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.lower.contains(text))
    }

    fn all(&self, texts: &[&str]) -> bool {
        texts.iter().all(|text| self.lower.contains(text))
    }

    /// A word by itself: `imagetag` is no `etag`.
    fn word(&self, word: &str) -> bool {
        self.lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|found| found == word)
    }

    fn verb(&self, verbs: &[&str]) -> bool {
        self.command.args().iter().any(|arg| verbs.contains(&arg.as_str()))
    }

    fn group(&self, groups: &[&str]) -> bool {
        groups.iter().any(|group| self.command.args().join(" ").starts_with(group))
    }
}

fn when(holds: bool, kind: Kind) -> Option<Kind> {
    holds.then_some(kind)
}

/// Stands behind a misleading `Projects instance [p] not found:`.
fn metric_not_visible(said: &Said) -> Option<Kind> {
    when(said.any(&["cannot find metric"]), Kind::Lagging(Lag::Metric))
}

fn login(said: &Said) -> Option<Kind> {
    let texts = &[
        "you do not currently have an active account selected",
        "problem refreshing your current auth tokens",
        "reauthentication",
        "unauthenticated: ",
        "invalid authentication credentials",
        "invalid_grant",
        "invalid_rapt",
        "unable to load credentials",
        "does not have any valid credentials",
        "your current active account",
    ];
    when(said.any(texts), Kind::Person(Cause::Login))
}

fn installation(said: &Said) -> Option<Kind> {
    let texts = &[
        "certificate_verify_failed",
        "gcloud crashed (filenotfounderror)",
        "gcloud crashed (permissionerror)",
        "gcloud crashed (importerror)",
        "gcloud crashed (modulenotfounderror)",
        "do not currently have this command group installed",
        "unable to write file",
        "could not create directory",
    ];
    when(said.any(texts), Kind::Person(Cause::Installation))
}

fn billing(said: &Said) -> Option<Kind> {
    if said.any(&["cloud billing quota exceeded", "billing_quota_increase"]) {
        return Some(Kind::Person(Cause::BillingQuota));
    }
    let texts = &[
        "billing must be enabled",
        "ureq_project_billing_not_found",
        "ureq_project_billing_not_open",
        "billing_disabled",
        "requires billing to be enabled",
        "billing to be enabled on project",
        "billing account for the owning project is disabled",
        "billing is disabled",
        "billing account is not open",
        "billing has not been enabled",
    ];
    when(said.any(texts), Kind::Person(Cause::Billing))
}

fn api_disabled(said: &Said) -> Option<Kind> {
    if said.any(&["service_networking_not_enabled"]) {
        return Some(Kind::Lagging(Lag::Api(Some("servicenetworking.googleapis.com".to_owned()))));
    }
    let texts =
        &["service_disabled", "has not been used in project", "it is disabled. enable it by visiting"];
    when(said.any(texts), Kind::Lagging(Lag::Api(api_name(said.text))))
}

/// Out of the console's address in the message, or out of the details.
fn api_name(text: &str) -> Option<String> {
    let after = |mark: &str| text.split_once(mark).map(|(_, rest)| rest);
    let rest = after("/apis/api/").or_else(|| after("/apis/library/")).or_else(|| after("service: "))?;
    let name: String =
        rest.chars().take_while(|char| char.is_ascii_alphanumeric() || "-.".contains(*char)).collect();
    name.ends_with(".googleapis.com").then_some(name)
}

fn organization_policy(said: &Said) -> Option<Kind> {
    let texts = &[
        "permitted customer",
        "constraint constraints/",
        "violates constraint",
        "constraints/",
        "org policy",
    ];
    when(said.any(texts), Kind::Person(Cause::OrgPolicy))
}

fn project_deleted(said: &Said) -> Option<Kind> {
    let texts = &["delete_requested", "pending deletion", "marked for deletion"];
    let deleted = said.all(&["project", "has been deleted"]);
    when(deleted || said.any(texts), Kind::Person(Cause::ProjectDeleted))
}

/// A quota of requests refills by itself; a quota of capacity does not.
fn quota(said: &Said) -> Option<Kind> {
    let exhausted = said.any(&["resource_exhausted", "resourceexhausted", "\"code\": 8"]);
    let each = said.any(&["per minute", "per second", "per 60 seconds", "per 100 seconds"]);
    let rate = (each && (exhausted || said.any(&["exceeded"])))
        || said.all(&["rate limit", "exceeded"])
        || said.any(&["ratelimitexceeded", "rate_limit_exceeded", "too many requests", "httperror 429"]);
    let capacity = said.any(&[
        "quota limit",
        "quota exceeded",
        "quota_exceeded",
        "exceeded quota",
        "insufficient quota",
        "exceeds quota",
        "zone_resource_pool_exhausted",
        "does not have enough resources available",
    ]) || said.all(&["quota", "exceeded"]);
    // Google's most general refusal names the quota only as a place to look at.
    let general = said.any(&["resource has been exhausted (e.g. check quota)"]);
    match (rate || general, capacity, exhausted) {
        (true, ..) => Some(Kind::RateLimited),
        (_, true, _) => Some(Kind::Person(Cause::Quota)),
        // 429 without a word on what is exhausted: too many requests, unless it speaks of a limit.
        (_, _, true) if said.any(&["limit", "quota"]) => Some(Kind::Person(Cause::Quota)),
        (_, _, true) => Some(Kind::RateLimited),
        _ => None,
    }
}

/// Only where the text says that it is another's: "in use by another project" is also said of our own project, made by
/// a run that crashed.
fn name_taken(said: &Said) -> Option<Kind> {
    when(said.any(&["bucket name is not available"]), Kind::Person(Cause::NameTaken))
}

fn in_progress(said: &Said) -> Option<Kind> {
    let texts = &[
        "another operation was already in progress",
        "another activation or deactivation is in progress",
        "peering operation in progress",
        "operationinprogress",
        "operation_in_progress",
        "resourcenotready",
        "another operation is in progress",
        "unable to queue the operation",
    ];
    // A resource, not a revision: that one has failed.
    let not_ready = said.all(&["the resource '", "' is not ready"]);
    when(not_ready || said.any(texts), Kind::InProgress)
}

fn concurrent_change(said: &Said) -> Option<Kind> {
    let texts = &[
        "concurrent policy changes",
        "aborted: ",
        "httperror 412",
        "at least one of the pre-conditions",
        // Cloud Run, also of a service that is being made.
        "was specified but current version is",
    ];
    let conflict = said.any(&["status code: 409", "is the subject of a conflict"]);
    let stale = said.word("etag") && said.any(&["match", "stale", "out of date", "changed"]);
    let changes_policy = said.command.args().iter().any(|arg| arg.ends_with("-iam-policy-binding"));
    when(stale || said.any(texts) || (conflict && changes_policy), Kind::Conflict)
}

fn in_use(said: &Said) -> Option<Kind> {
    let texts = &[
        "is already being used by",
        "are still using this connection",
        "resource_in_use",
        "is still in use",
    ];
    when(said.any(texts), Kind::Person(Cause::InUse))
}

fn exists(said: &Said) -> Option<Kind> {
    let texts = &[
        "already_exists",
        "already exists",
        "already in use by another project",
        "you already own it",
        "cannot modify allocated ranges in createconnection",
        "\"code\": 6,",
    ];
    let conflict = said.any(&["is the subject of a conflict", "httperror 409", "status code: 409"]);
    when(said.any(texts) || (conflict && said.verb(&["create", "connect", "deploy"])), Kind::Exists)
        .or_else(|| when(conflict, Kind::Conflict))
}

fn service_account_not_visible(said: &Said) -> Option<Kind> {
    let mutates = !said.verb(&["describe", "list", "get-iam-policy"]);
    let missing = said.all(&["service account", "does not exist"])
        || said.any(&[
            "unknown service account",
            "iam.serviceaccounts.get' denied",
            "invalid service account",
        ])
        || said.all(&["gserviceaccount.com", "does not exist"]);
    when(mutates && missing, Kind::Lagging(Lag::ServiceAccount))
}

fn peering_missing(said: &Said) -> Option<Kind> {
    let texts = &[
        "network_not_peered",
        "create service networking connection",
        "private service access is not enabled",
        "private services access is not enabled",
        "network doesn't have at least 1 private services connection",
    ];
    when(said.any(texts), Kind::Lagging(Lag::Peering))
}

/// Google acts through an agent of its own, whose rights are given just in time. The login's own rights are another
/// matter, though compute names them in the same words.
fn service_agent(said: &Said) -> Option<Kind> {
    if said.any(&["needs editor role"]) {
        return Some(Kind::Person(Cause::ServiceAgentRole));
    }
    let own = said.group(&["compute networks", "compute firewall", "compute addresses"])
        && !said.group(&["compute networks vpc-access"]);
    let texts = &[
        "iam policy might be missing",
        ".serviceagent",
        "service agent",
        "required 'compute.projects.get' permission",
    ];
    when(!own && said.any(texts), Kind::Lagging(Lag::ServiceAgent))
}

fn builds(said: &Said) -> Option<Kind> {
    when(said.any(&["repository mapping does not exist"]), Kind::Person(Cause::RepositoryNotConnected))
        .or_else(|| {
            when(
                said.any(&["cloud build cannot run builds in this region"]),
                Kind::Person(Cause::BuildRegion),
            )
        })
}

fn range_conflict(said: &Said) -> Option<Kind> {
    let texts = &[
        "invalid ip cidr range",
        "conflicts with an existing sub",
        "conflicts with existing sub",
        "conflicts with ip range",
        " ip space",
        "overlaps",
    ];
    when(said.any(texts), Kind::Person(Cause::RangeConflict))
}

/// A grant to a service account takes minutes; a right that the login itself lacks does not come.
fn role_not_effective(said: &Said) -> Option<Kind> {
    let denied = said.any(&["denied", "does not have", "lacks"]);
    let account = said.any(&["service account", "gserviceaccount.com", "secretmanager.versions.access"]);
    when(denied && account, Kind::Lagging(Lag::Role))
}

fn not_found(said: &Said) -> Option<Kind> {
    let texts = &[
        "not_found: ",
        "httperror 404",
        "status code: 404",
        "not found: 404",
        "' was not found",
        "cannot find service [",
        "cannot find job [",
        "cannot find revision [",
        "could not be found",
        "image not found",
        "matched no objects or files",
        "role, and condition not found",
    ];
    let instance = said.lower.split("instance [").nth(1).is_some_and(|rest| rest.contains("] not found"));
    when(instance || said.any(texts), Kind::NotFound)
}

fn hidden(said: &Said) -> Option<Kind> {
    let texts =
        &["(or it may not exist)", "(or resource may not exist)", "or you are not authorized to access it"];
    when(said.any(texts), Kind::Hidden)
}

/// A 5xx that gcloud gave up to repeat, or a lost connection: the change may have been made.
fn ambiguous(said: &Said) -> Option<Kind> {
    let crashed = [
        "connectionerror",
        "readtimeout",
        "connecttimeout",
        "communicationerror",
        "proxyerror",
        "sslerror",
        "chunkedencodingerror",
        "protocolerror",
        "incompleteread",
        "transporterror",
        "servernotfounderror",
        "timeouterror",
        "remotedisconnected",
        "retryerror",
        "invaliddatafromservererror",
    ];
    let crashed = crashed.iter().any(|name| said.lower.contains(&format!("gcloud crashed ({name})")));
    let server = said.lower.contains("httperror accessing") && said.any(&["'status': 5", "'status': '5"]);
    let texts = &[
        "unavailable: ",
        "internal: ",
        "deadline_exceeded",
        "httperror 5",
        "status code: 5",
        "the service is currently unavailable",
        "backend error",
        "backenderror",
        "internal error",
        "has not finished in",
        "is taking longer than expected",
        "connection aborted",
        // The page of Google's front end.
        "(server error)!!1",
        "\"code\": 13,",
        "\"code\": 14,",
        "\"code\": 4,",
        "aborted by user",
    ];
    when(crashed || server || said.any(texts), Kind::Ambiguous)
}

fn permission(said: &Said) -> Option<Kind> {
    let texts = &[
        "permission_denied",
        "does not have permission",
        "' permission for '",
        "httperror 403",
        "status code: 403",
        "access denied",
        "forbidden",
        "permission denied",
        "\"code\": 7,",
    ];
    when(said.any(texts), Kind::Person(Cause::Permission))
}

/// What an operation ended with, where gcloud prints nothing but its code.
fn operation_error(said: &Said) -> Option<Kind> {
    when(said.any(&["\"code\": 10,"]), Kind::Conflict)
}

#[cfg(test)]
#[path = "classify_tests.rs"]
mod tests;
