//! The constraints that this emulator knows.

use serde_json::{Value, json};

/// What a constraint is about.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Values that are allowed or denied.
    List,
    /// On or off.
    Boolean,
}

/// A constraint.
#[derive(Debug)]
pub struct Constraint {
    /// Without `constraints/`.
    pub name: &'static str,
    /// As the console shows it.
    pub title: &'static str,
    /// List or boolean.
    pub kind: Kind,
}

const fn list(name: &'static str, title: &'static str) -> Constraint {
    Constraint { name, title, kind: Kind::List }
}

const fn boolean(name: &'static str, title: &'static str) -> Constraint {
    Constraint { name, title, kind: Kind::Boolean }
}

/// All of them.
pub static CONSTRAINTS: &[Constraint] = &[
    boolean("compute.requireOsLogin", "Require OS Login"),
    list("compute.restrictVpcPeering", "Restrict VPC peering usage"),
    boolean("compute.skipDefaultNetworkCreation", "Skip default network creation"),
    list("compute.vmExternalIpAccess", "Define allowed external IPs for VM instances"),
    list("gcp.resourceLocations", "Google Cloud Platform - Resource Location Restriction"),
    list("gcp.restrictServiceUsage", "Restrict Resource Service Usage"),
    list("iam.allowedPolicyMemberDomains", "Domain restricted sharing"),
    boolean(
        "iam.automaticIamGrantsForDefaultServiceAccounts",
        "Disable Automatic IAM Grants for Default Service Accounts",
    ),
    boolean("iam.disableServiceAccountCreation", "Disable service account creation"),
    boolean("iam.disableServiceAccountKeyCreation", "Disable service account key creation"),
    list("run.allowedIngress", "Allowed ingress settings (Cloud Run)"),
    list("run.allowedVPCEgress", "Allowed VPC egress settings (Cloud Run)"),
    boolean("sql.restrictPublicIp", "Restrict Public IP access on Cloud SQL instances"),
    boolean("storage.publicAccessPrevention", "Enforce Public Access Prevention"),
    boolean("storage.uniformBucketLevelAccess", "Enforce uniform bucket-level access"),
];

impl Constraint {
    /// What holds where no policy is set.
    pub fn default_rule(&self) -> Value {
        match self.kind {
            Kind::List => json!({"allowAll": true}),
            Kind::Boolean => json!({"enforce": false}),
        }
    }

    /// As v2 lists it.
    pub fn shown_v2(&self, project_number: &str) -> Value {
        let mut shown = self.shown();
        shown["name"] = json!(format!("projects/{project_number}/constraints/{}", self.name));
        shown
    }

    /// As v1 lists it.
    pub fn shown_v1(&self) -> Value {
        let mut shown = self.shown();
        shown["name"] = json!(format!("constraints/{}", self.name));
        shown
    }

    fn shown(&self) -> Value {
        let mut shown = json!({"displayName": self.title, "constraintDefault": "ALLOW"});
        match self.kind {
            Kind::List => shown["listConstraint"] = json!({}),
            Kind::Boolean => shown["booleanConstraint"] = json!({}),
        }
        shown
    }
}
