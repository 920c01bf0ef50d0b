//! Whether the change was made cannot be told from the answer.

use super::{Act, Family::Ambiguous, Named};

const CHANGES: &str = "^(POST|PUT|PATCH|DELETE) ";

/// All of them.
pub const FAULTS: &[Named] = &[
    Named {
        name: "unavailable-after",
        family: Ambiguous,
        about: "the change is made, and the answer is 503; gcloud sends it four times more",
        source: "an observed habit of gcloud 528: it repeats POSTs that are not idempotent",
        on: CHANGES,
        requests: 5,
        act: Act::RefuseAfter(503, "The service is currently unavailable."),
    },
    Named {
        name: "internal-after",
        family: Ambiguous,
        about: "the change is made, and the answer is 500; gcloud sends it four times more",
        source: "google.rpc.Code INTERNAL, in Google's usual words",
        on: CHANGES,
        requests: 5,
        act: Act::RefuseAfter(500, "Internal error encountered."),
    },
    Named {
        name: "answer-lost",
        family: Ambiguous,
        about: "the change is made, and the connection breaks before the answer",
        source: "any network",
        on: CHANGES,
        requests: 5,
        act: Act::DropAfter,
    },
    Named {
        name: "wait-lost",
        family: Ambiguous,
        about: "the operation goes on, and nobody can be asked about it",
        source: "any network",
        on: "^GET sqladmin.*/operations/",
        requests: 5,
        act: Act::DropBefore,
    },
    Named {
        name: "client-timeout",
        family: Ambiguous,
        about: "Cloud SQL takes longer for an instance than gcloud waits for it",
        source: "gcloud's own limit of an hour, and its text (its sources)",
        on: "^POST sqladmin.*/instances\\?",
        requests: 1,
        act: Act::Outlast("^GET sqladmin.*/instances/[^/?]+\\?", 4),
    },
    Named {
        name: "made-but-reported-failed",
        family: Ambiguous,
        about: "the cache is made, and its operation is reported as failed",
        source: "google.rpc.Code INTERNAL at the end of an operation, as Memorystore's users report it",
        on: "^POST redis.*/instances\\?",
        requests: 1,
        act: Act::ReportFailed(13, "INTERNAL", "an internal error has occurred"),
    },
    Named {
        name: "operation-failed",
        family: Ambiguous,
        about: "the cache is not made: its operation ends with an internal error",
        source: "the same, with nothing left behind",
        on: "^POST redis.*/instances\\?",
        requests: 1,
        act: Act::FailOperation(13, "INTERNAL", "an internal error has occurred"),
    },
];
