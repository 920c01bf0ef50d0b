//! The world is not as it should be.

use super::{Act, Family::State, Named};

/// All of them.
pub const FAULTS: &[Named] = &[
    Named {
        name: "project-id-taken",
        family: State,
        about: "the project's id belongs to somebody else, whom the login does not see",
        source: "Resource Manager: ids are unique in the world and never free again; gcloud's own text",
        on: "cloudresourcemanager.*/projects",
        requests: 1,
        act: Act::Arrange,
    },
    Named {
        name: "project-deleted",
        family: State,
        about: "somebody has marked the project for deletion",
        source: "Resource Manager: DELETE_REQUESTED for 30 days",
        on: "",
        requests: 1,
        act: Act::Arrange,
    },
    Named {
        name: "connector-error",
        family: State,
        about: "making the connector fails; it stays in state ERROR and keeps its name",
        source: "Serverless VPC Access: a connector that could not be made stays; terraform-provider-google, issue 16690",
        on: "^POST vpcaccess.*/connectors\\?",
        requests: 1,
        act: Act::FailOperation(
            13,
            "INTERNAL",
            "Operation failed: Google Cloud Platform internal error. Please delete the connector manually.",
        ),
    },
    Named {
        name: "connector-error-found",
        family: State,
        about: "a connector of this name, which somebody else has made, is in state ERROR",
        source: "Serverless VPC Access: a connector that could not be made stays; terraform-provider-google, issue 16690",
        on: "^GET vpcaccess.*/connectors/",
        requests: 1,
        act: Act::Arrange,
    },
    Named {
        name: "instance-failed",
        family: State,
        about: "Cloud SQL cannot make the instance, which stays, FAILED",
        source: "terraform-provider-google, issue 3697",
        on: "^POST sqladmin.*/instances\\?",
        requests: 1,
        act: Act::FailOperation(
            13,
            "INTERNAL_ERROR",
            "Failed to create subnetwork. Please create Service Networking connection with service \
             'servicenetworking.googleapis.com' from consumer project '{number}' network 'codementor-vpc' again.",
        ),
    },
    Named {
        name: "secret-without-version",
        family: State,
        about: "the secret is there and has no version: what a crash in the middle of gcloud leaves",
        source: "gcloud's `secrets create --data-file` is two requests (its sources)",
        on: "^GET secretmanager.*/secrets\\?",
        requests: 1,
        act: Act::Arrange,
    },
    Named {
        name: "account-made-again",
        family: State,
        about: "the service's account was deleted and made again: what it was granted names the old one",
        source: "IAM's documentation of deleted members",
        on: "^GET secretmanager.*/secrets\\?|^GET iam.*/serviceAccounts\\?",
        requests: 1,
        act: Act::Arrange,
    },
    Named {
        name: "bucket-name-taken",
        family: State,
        about: "the name of the log archive's bucket belongs to somebody else",
        source: "Cloud Storage: one namespace for all its users; its own text",
        on: "storage.*codementor-logs|^POST storage.*/b\\?",
        requests: 1,
        act: Act::Arrange,
    },
    Named {
        name: "peering-half-removed",
        family: State,
        about: "somebody has removed the peering on this side only: Google's side remembers its ranges",
        source: "terraform-provider-google, issue 3294: Cannot modify allocated ranges in CreateConnection",
        on: "^POST servicenetworking.*/connections\\?",
        requests: 1,
        act: Act::Arrange,
    },
];
