//! What passes by itself.

use super::{Act, Family::Transient, Named};

/// Whatever may change something.
const CHANGES: &str = "^(POST|PUT|PATCH|DELETE) ";

const RATE: &str = "Quota exceeded for quota metric 'Write requests' and limit 'Write requests per minute' of service \
                    '{host}' for consumer 'project_number:{number}'.";

const RATE_DETAIL: &str = r#"{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "RATE_LIMIT_EXCEEDED",
    "domain": "googleapis.com", "metadata": {"service": "{host}", "consumer": "projects/{number}"}}"#;

/// All of them.
pub const FAULTS: &[Named] = &[
    Named {
        name: "rate-limit",
        family: Transient,
        about: "too many requests in this minute",
        source: "Google's answers to users of many APIs; gcloud does not repeat a 429 (its sources)",
        on: CHANGES,
        requests: 1,
        act: Act::Refuse(429, "RESOURCE_EXHAUSTED", RATE, RATE_DETAIL),
    },
    Named {
        name: "rate-limit-retry-after",
        family: Transient,
        about: "too many requests in this minute, with a Retry-After, which gcloud does not heed",
        source: "the same; gcloud heeds Retry-After on other answers only (its sources)",
        on: CHANGES,
        requests: 1,
        act: Act::RefuseForAWhile(429, "RESOURCE_EXHAUSTED", RATE, RATE_DETAIL),
    },
    Named {
        name: "rate-limit-bare",
        family: Transient,
        about: "too many requests, and Google does not say of what",
        source: "the text that IAM and Cloud Run answer with under load, as their users report it",
        on: CHANGES,
        requests: 1,
        act: Act::Refuse(429, "RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota).", ""),
    },
    Named {
        name: "rate-limit-403",
        family: Transient,
        about: "too many requests in this minute, in Compute Engine's words",
        source: "Compute Engine's documentation of rate quotas: 403 rateLimitExceeded",
        on: "^(POST|PATCH|DELETE) compute",
        requests: 1,
        act: Act::Refuse(
            403,
            "PERMISSION_DENIED",
            "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute' of service 'compute.googleapis.com' \
             for consumer 'project_number:{number}'.",
            "",
        ),
    },
    Named {
        name: "unavailable",
        family: Transient,
        about: "503, and nothing was changed",
        source: "google.rpc.Code UNAVAILABLE; gcloud sends a request five times before it gives up",
        on: CHANGES,
        requests: 5,
        act: Act::Refuse(503, "UNAVAILABLE", "The service is currently unavailable.", ""),
    },
    Named {
        name: "unavailable-read",
        family: Transient,
        about: "503 on a read, where nothing can have changed",
        source: "google.rpc.Code UNAVAILABLE",
        on: "^GET ",
        requests: 5,
        act: Act::Refuse(503, "UNAVAILABLE", "The service is currently unavailable.", ""),
    },
    Named {
        name: "bad-gateway",
        family: Transient,
        about: "Google's front end reaches no server, and shows a page",
        source: "the page that it shows everywhere",
        on: CHANGES,
        requests: 5,
        act: Act::Page(502),
    },
    Named {
        name: "reset",
        family: Transient,
        about: "the connection breaks before Google has the request",
        source: "any network",
        on: CHANGES,
        requests: 5,
        act: Act::DropBefore,
    },
    Named {
        name: "slow-answer",
        family: Transient,
        about: "the answer takes its time",
        source: "any network",
        on: CHANGES,
        requests: 1,
        act: Act::Slow,
    },
    Named {
        name: "policy-conflict",
        family: Transient,
        about: "somebody else changes an IAM policy between our read and our write",
        source: "a state of the world: the etag is refused by the rules of each API",
        on: ":setIamPolicy|^PUT storage.*/iam\\?",
        requests: 1,
        act: Act::Arrange,
    },
    Named {
        name: "run-conflict",
        family: Transient,
        about: "somebody else deploys to the service at the same time",
        source: "Cloud Run's refusal of a stale resourceVersion, as its users report it",
        on: "^(POST|PUT) [a-z0-9-]*run\\..*/services",
        requests: 1,
        act: Act::Refuse(
            409,
            "ABORTED",
            "Conflict for resource 'codementor-backend': version '1' was specified but current version is '2'.",
            "",
        ),
    },
    Named {
        name: "operation-in-progress",
        family: Transient,
        about: "Cloud SQL still works at another change of the instance",
        source: "Cloud SQL's documentation, known issues; the wording of its refusal as its users report it",
        on: "^(POST|PUT|PATCH|DELETE) sqladmin.*/instances/[^/]+/(users|databases)\\?",
        requests: 1,
        act: Act::Refuse(
            409,
            "ABORTED",
            "Operation failed because another operation was already in progress. Try your request after the current \
             operation is complete.",
            "",
        ),
    },
    Named {
        name: "activation-in-progress",
        family: Transient,
        about: "another enabling of APIs is still running in the project",
        source: "Service Usage's refusal, as its users report it",
        on: "^POST serviceusage.*/services:batchEnable\\?",
        requests: 1,
        act: Act::Refuse(
            400,
            "FAILED_PRECONDITION",
            "Another activation or deactivation is in progress for the following service(s): compute.googleapis.com.",
            "",
        ),
    },
    Named {
        name: "peering-busy",
        family: Transient,
        about: "another peering of the network is being made",
        source: "VPC's error text, in terraform-provider-google's list of errors that it retries",
        on: "^POST servicenetworking.*/connections\\?",
        requests: 1,
        act: Act::FailOperation(
            9,
            "FAILED_PRECONDITION",
            "There is a peering operation in progress on the local or peer network. Try again later.",
        ),
    },
    Named {
        name: "network-not-ready",
        family: Transient,
        about: "the network that was just made is not ready for a subnet",
        source: "Compute Engine's resourceNotReady, as its users report it",
        on: "^POST compute.*/subnetworks\\?",
        requests: 1,
        act: Act::Refuse(
            400,
            "RESOURCE_NOT_READY",
            "The resource 'projects/{project}/global/networks/codementor-vpc' is not ready",
            "",
        ),
    },
];
