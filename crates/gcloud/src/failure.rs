use std::fmt;
use std::time::Duration;

/// Something Google needs time for after it was made, before everything else sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lag {
    /// An API was enabled; the name where gcloud tells it (`redis.googleapis.com`).
    Api(Option<String>),
    /// A service account was made.
    ServiceAccount,
    /// A role was granted.
    Role,
    /// A private services access peering was made or changed.
    Peering,
    /// Google's own service agent of an API was made.
    ServiceAgent,
    /// A log-based metric was made.
    Metric,
    /// The project was made, or linked to its billing account: its owner's rights and its billing follow.
    Project,
}

impl Lag {
    /// A name for the journal. An API has its own.
    pub fn key(&self) -> String {
        let key = match self {
            Self::Api(Some(name)) => return format!("api/{name}"),
            Self::Api(None) => "api",
            Self::ServiceAccount => "service-account",
            Self::Role => "role",
            Self::Peering => "peering",
            Self::ServiceAgent => "service-agent",
            Self::Metric => "metric",
            Self::Project => "project",
        };
        key.to_owned()
    }

    /// For how long after its making Google says, or is known, to need until everything sees it.
    pub fn limit(&self) -> Duration {
        let minutes = match self {
            Self::Api(_) | Self::Peering | Self::ServiceAgent => 5,
            Self::ServiceAccount | Self::Role => 7,
            Self::Metric => 10,
            Self::Project => 2,
        };
        Duration::from_secs(minutes * 60)
    }

    /// What it is waited for, in words.
    pub fn waiting_for(&self) -> &'static str {
        match self {
            Self::Api(_) => "the API that was just enabled is not usable everywhere yet",
            Self::ServiceAccount => "the service account that was just made is not known everywhere yet",
            Self::Role => "the role that was just granted is not effective yet",
            Self::Peering => "the peering that was just made is not usable yet",
            Self::ServiceAgent => "Google's service agent that was just made is not ready yet",
            Self::Metric => "the metric that was just made cannot be used yet",
            Self::Project => "the project that was just made is not usable everywhere yet",
        }
    }

    /// What it is when this tool did not make the cause a short time ago.
    pub fn otherwise(&self) -> Cause {
        match self {
            Self::Api(_) => Cause::ApiDisabled,
            Self::ServiceAccount => Cause::ServiceAccountMissing,
            Self::Role | Self::Project => Cause::Permission,
            Self::Peering => Cause::PeeringMissing,
            Self::ServiceAgent => Cause::ServiceAgentRole,
            Self::Metric => Cause::MetricMissing,
        }
    }
}

/// What only a person can put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// No login, or one that expired.
    Login,
    /// No billing account is linked, or the linked one is closed.
    Billing,
    /// The billing account has as many projects as it may have.
    BillingQuota,
    /// A quota of capacity is used up.
    Quota,
    /// The login may not do it.
    Permission,
    /// The API is off, and this tool did not just enable it.
    ApiDisabled,
    /// The name belongs to somebody else.
    NameTaken,
    /// An organization policy forbids it.
    OrgPolicy,
    /// The GitHub repository is not connected to Cloud Build.
    RepositoryNotConnected,
    /// The project is marked for deletion.
    ProjectDeleted,
    /// There is no private services access on the network.
    PeeringMissing,
    /// An address range is in use.
    RangeConflict,
    /// Google does not run builds of this project in this region.
    BuildRegion,
    /// The service account is not there, and this tool did not just make it.
    ServiceAccountMissing,
    /// The metric is not there, and this tool did not just make it.
    MetricMissing,
    /// Google's service agent lacks its role.
    ServiceAgentRole,
    /// Something else still uses it.
    InUse,
    /// gcloud itself lacks something: a component, a readable configuration folder.
    Installation,
}

/// What a failure means for what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Proven absent.
    NotFound,
    /// Absent, or not to be seen by this login: Google does not say which.
    Hidden,
    /// It exists already.
    Exists,
    /// Too many requests for the moment.
    RateLimited,
    /// Somebody else changed it at the same time: read again, change again.
    Conflict,
    /// Another operation on it still runs.
    InProgress,
    /// Whether the change was made is unknown: a 5xx, a lost connection, a deadline, a killed child.
    Ambiguous,
    /// Passes by itself if this tool made the cause a short time ago, else needs a person.
    Lagging(Lag),
    /// Needs a person.
    Person(Cause),
    /// gcloud does not understand the command line: a defect of this tool, or another version of gcloud.
    Usage,
    /// Interrupted by this signal.
    Interrupted(i32),
    /// gcloud's answer is not what it documents: not JSON, or too long.
    Answer,
    /// A text that this tool does not know. Never taken for transient or absent.
    Unknown,
}

impl Kind {
    /// What may pass by itself, if this tool made its cause a short time ago.
    pub fn lag(&self) -> Option<Lag> {
        match self {
            Self::Lagging(lag) => Some(lag.clone()),
            Self::Hidden | Self::Person(Cause::Permission | Cause::Billing) => Some(Lag::Project),
            _ => None,
        }
    }

    /// What a person must resolve, where nothing passes by itself.
    pub fn cause(&self) -> Option<Cause> {
        match self {
            Self::Person(cause) => Some(*cause),
            Self::Lagging(lag) => Some(lag.otherwise()),
            Self::Hidden => Some(Cause::Permission),
            _ => None,
        }
    }
}

/// One gcloud command that failed. Everything in it is masked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What it means.
    pub kind: Kind,
    /// The command, as a line that can be pasted.
    pub command: String,
    /// The exit code; none when a signal ended it, or when it was not started.
    pub status: Option<i32>,
    /// The essential of what gcloud said, on one line.
    pub said: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.command, self.said)
    }
}

impl std::error::Error for Failure {}
