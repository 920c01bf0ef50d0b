//! What was just made is not known everywhere yet. A server that has not heard of it refuses by its own rules.

use super::{Act, Family::Propagation, Named};

/// All of them.
pub const FAULTS: &[Named] = &[
    Named {
        name: "api-not-visible",
        family: Propagation,
        about: "an API that was just enabled is still off for the server that answers",
        source: "Google's own text: \"If you enabled this API recently, wait a few minutes\"",
        on: "^POST redis.*/instances\\?",
        requests: 1,
        act: Act::Unseen(&["^serviceusage/.*/services/redis\\."]),
    },
    Named {
        name: "project-not-visible",
        family: Propagation,
        about: "a project that was just made is not known to the server that answers",
        source: "403 for a project that is not there, and Google's documentation of projects.create",
        on: "^PUT cloudbilling.*/billingInfo\\?|^POST serviceusage.*:batchEnable\\?",
        requests: 1,
        act: Act::Unseen(&["^cloudresourcemanager/projects/[^/]+$"]),
    },
    Named {
        name: "account-not-visible",
        family: Propagation,
        about: "a service account that was just made is not known to the server that is to grant it something",
        source: "IAM's documentation: service accounts are eventually consistent; terraform-provider-google waits for three good reads",
        on: "^POST secretmanager.*:setIamPolicy\\?",
        requests: 1,
        act: Act::Unseen(&["^iam/projects/[^/]+/serviceAccounts/codementor-run@"]),
    },
    Named {
        name: "account-not-listed",
        family: Propagation,
        about: "the list of service accounts does not show one that is there",
        source: "IAM's documentation: service accounts are eventually consistent",
        on: "^GET iam.*/serviceAccounts\\?",
        requests: 1,
        act: Act::Unseen(&["^iam/projects/[^/]+/serviceAccounts/"]),
    },
    Named {
        name: "sink-writer-not-visible",
        family: Propagation,
        about: "the account that a new log sink writes as is not known to Cloud Storage",
        source: "Cloud Storage's refusal of a member that does not exist",
        on: "^PUT storage.*/codementor-logs-[^/]*/iam\\?",
        requests: 1,
        act: Act::Refuse(
            400,
            "",
            "Service account service-{number}@gcp-sa-logging.iam.gserviceaccount.com does not exist.",
            "",
        ),
    },
    Named {
        name: "role-not-effective",
        family: Propagation,
        about: "the service's account was given access to its secrets, and has none yet",
        source: "IAM's documentation: typically 2 minutes, potentially 7 or longer",
        on: "^(POST|PUT) [a-z0-9-]*run\\..*/services",
        requests: 1,
        act: Act::Unseen(&["^policy secretmanager/"]),
    },
    Named {
        name: "peering-not-ready",
        family: Propagation,
        about: "Cloud SQL does not know of the network's private services access yet",
        source: "Cloud SQL's troubleshooting page: NETWORK_NOT_PEERED",
        on: "^POST sqladmin.*/instances\\?",
        requests: 1,
        act: Act::Unseen(&["^servicenetworking/.*/connections/"]),
    },
    Named {
        name: "peering-not-ready-redis",
        family: Propagation,
        about: "Memorystore does not know of the network's private services access yet",
        source: "Memorystore's troubleshooting page",
        on: "^POST redis.*/instances\\?",
        requests: 1,
        act: Act::Unseen(&["^servicenetworking/.*/connections/"]),
    },
    Named {
        name: "agent-not-ready",
        family: Propagation,
        about: "Memorystore's own account was just made, and its role is not effective yet",
        source: "Memorystore's troubleshooting page",
        on: "^POST redis.*/instances\\?",
        requests: 1,
        act: Act::Refuse(
            400,
            "FAILED_PRECONDITION",
            "A required IAM policy might be missing from the project. Grant roles/redis.serviceAgent to \
             service-{number}@cloud-redis.iam.gserviceaccount.com.",
            "",
        ),
    },
    Named {
        name: "metric-not-visible",
        family: Propagation,
        about: "the metric that an alert policy watches has no descriptor yet",
        source: "terraform-provider-google, issue 11102",
        on: "^POST monitoring.*/alertPolicies\\?",
        requests: 1,
        act: Act::Refuse(
            404,
            "NOT_FOUND",
            "Cannot find metric(s) that match type = \"{metric}\". If a metric was created recently, it could take up to 10 \
             minutes to become available. Please try again soon.",
            "",
        ),
    },
];
