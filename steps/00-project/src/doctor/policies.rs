//! The organization policies that would make a step fail.

use super::{Level, Row, uninterrupted};
use config::Config;
use engine::{Reader, Result};
use gcloud::gcloud;
use serde_json::Value;

/// A constraint, and what a deployment needs of it.
struct Constraint {
    name: &'static str,
    /// Reads the effective list policy.
    judge: fn(&Policy, &Config) -> (Level, String, Option<&'static str>),
}

/// An effective list policy.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Policy {
    all: Option<bool>,
    allowed: Vec<String>,
    denied: Vec<String>,
}

const CONSTRAINTS: &[Constraint] = &[
    Constraint { name: "iam.allowedPolicyMemberDomains", judge: members },
    Constraint { name: "compute.restrictVpcPeering", judge: peering },
    Constraint { name: "gcp.resourceLocations", judge: locations },
    Constraint { name: "run.allowedIngress", judge: ingress },
    Constraint { name: "run.allowedVPCEgress", judge: egress },
];

/// One row a constraint. Through Resource Manager, whose API needs not be enabled in the project.
pub(super) fn check(cloud: &Reader, config: &Config) -> Result<Vec<Row>> {
    let id = &config.project.id;
    let mut rows = Vec::new();
    for Constraint { name, judge } in CONSTRAINTS {
        let subject = format!("policy {name}");
        let read = gcloud!["resource-manager org-policies describe", name, "--project={id}", "--effective"];
        rows.push(match cloud.find(read.without_project()) {
            Ok(answer) => {
                let (level, text, todo) = judge(&Policy::read(&answer.unwrap_or_default()), config);
                let row = Row::new(&subject, level, text);
                if let Some(todo) = todo { row.todo(todo) } else { row }
            }
            Err(error) => Row::of_error(&subject, Level::Unknown, id, uninterrupted(&error)?),
        });
    }
    Ok(rows)
}

impl Policy {
    fn read(answer: &Value) -> Self {
        let list = &answer["listPolicy"];
        let values = |field: &str| {
            let values = list[field].as_array().into_iter().flatten();
            values.filter_map(|value| value.as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        Self {
            all: match list["allValues"].as_str() {
                Some("ALLOW") => Some(true),
                Some("DENY") => Some(false),
                _ => None,
            },
            allowed: values("allowedValues"),
            denied: values("deniedValues"),
        }
    }

    /// Whether everything is allowed.
    fn open(&self) -> bool {
        self.all == Some(true) || (self.all.is_none() && self.allowed.is_empty() && self.denied.is_empty())
    }

    /// Whether a plain value is allowed.
    fn allows(&self, value: &str) -> bool {
        let named = |values: &[String]| values.iter().any(|v| v.strip_prefix("is:").unwrap_or(v) == value);
        self.open()
            || (self.all.is_none()
                && !named(&self.denied)
                && (self.allowed.is_empty() || named(&self.allowed)))
    }

    fn shown(&self) -> String {
        match self.all {
            Some(true) => "allows everything".to_owned(),
            Some(false) => "allows nothing".to_owned(),
            None if self.allowed.is_empty() => format!("denies {}", self.denied.join(", ")),
            None => format!("allows only {}", self.allowed.join(", ")),
        }
    }
}

type Judgement = (Level, String, Option<&'static str>);

fn fine(policy: &Policy) -> Judgement {
    (Level::Ok, policy.shown(), None)
}

fn members(policy: &Policy, config: &Config) -> Judgement {
    match (policy.open(), config.cloud_run.public) {
        (false, true) => (
            Level::Fail,
            format!("{}: the service cannot be made public (allUsers is in no domain)", policy.shown()),
            Some("set cloud_run.public to false, or ask the organization's administrator for an exception"),
        ),
        (false, false) => (Level::Ok, format!("{}; the service is not public", policy.shown()), None),
        (true, _) => fine(policy),
    }
}

fn peering(policy: &Policy, _config: &Config) -> Judgement {
    if policy.open() {
        return fine(policy);
    }
    let level = if policy.all == Some(false) { Level::Fail } else { Level::Unknown };
    (
        level,
        format!("{}: the network must peer with Google's for Cloud SQL and Redis", policy.shown()),
        Some("ask the organization's administrator to allow peering with servicenetworking.googleapis.com"),
    )
}

fn locations(policy: &Policy, config: &Config) -> Judgement {
    let region = config.project.region.as_str();
    // A group is named after a region or a part of the world; others (`in:low-carbon-locations`) cannot be resolved here.
    let group = |value: &String| {
        value.strip_prefix("in:").and_then(|v| v.strip_suffix("-locations")).map(str::to_owned)
    };
    let covers = |value: &String| match group(value) {
        Some(group) => region == group || region.starts_with(&format!("{group}-")),
        None => value == region,
    };
    let allowed = policy.open()
        || policy.all != Some(false)
            && !policy.denied.iter().any(covers)
            && (policy.allowed.is_empty() || policy.allowed.iter().any(covers));
    if allowed {
        return fine(policy);
    }
    let unclear = policy.allowed.iter().any(|value| group(value).is_some()) && policy.all.is_none();
    (
        if unclear { Level::Unknown } else { Level::Fail },
        format!("{}; project.region is {region}", policy.shown()),
        Some("choose a project.region that is allowed"),
    )
}

fn ingress(policy: &Policy, _config: &Config) -> Judgement {
    if policy.allows("all") {
        return fine(policy);
    }
    (
        Level::Fail,
        format!("{}; the service takes requests from everywhere (all)", policy.shown()),
        Some("ask the organization's administrator to allow the value all"),
    )
}

fn egress(policy: &Policy, _config: &Config) -> Judgement {
    if policy.allows("private-ranges-only") {
        return fine(policy);
    }
    (
        Level::Fail,
        format!("{}; the service sends private ranges only through the network", policy.shown()),
        Some("ask the organization's administrator to allow the value private-ranges-only"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn policy(list: Value) -> Policy {
        Policy::read(&json!({ "listPolicy": list }))
    }

    #[test]
    fn what_is_restricted_and_what_is_not() {
        let config = Config::default();
        let level = |judge: fn(&Policy, &Config) -> Judgement, list: Value| judge(&policy(list), &config).0;
        assert_eq!(level(members, json!({"allValues": "ALLOW"})), Level::Ok);
        assert_eq!(level(members, json!({"allowedValues": ["C0abc"]})), Level::Fail);
        assert_eq!(level(peering, json!({"allValues": "DENY"})), Level::Fail);
        assert_eq!(level(peering, json!({"allowedValues": ["under:organizations/1"]})), Level::Unknown);
        assert_eq!(level(locations, json!({"allowedValues": ["in:us-locations"]})), Level::Ok);
        assert_eq!(level(locations, json!({"allowedValues": ["in:us-central1-locations"]})), Level::Ok);
        assert_eq!(level(locations, json!({"allowedValues": ["in:low-carbon-locations"]})), Level::Unknown);
        assert_eq!(level(locations, json!({"allowedValues": ["europe-west1"]})), Level::Fail);
        assert_eq!(level(locations, json!({"deniedValues": ["in:us-locations"]})), Level::Fail);
        assert_eq!(level(ingress, json!({"allowedValues": ["is:internal"]})), Level::Fail);
        assert_eq!(level(ingress, json!({"allowedValues": ["is:all"]})), Level::Ok);
        assert_eq!(level(egress, json!({"allowedValues": ["all-traffic"]})), Level::Fail);
        assert_eq!(level(egress, json!({})), Level::Ok);
    }

    #[test]
    fn a_service_that_is_not_public_may_live_in_a_restricted_domain() {
        let mut config = Config::default();
        config.cloud_run.public = false;
        assert_eq!(members(&policy(json!({"allowedValues": ["C0abc"]})), &config).0, Level::Ok);
    }
}
