//! What can be configured. The built-in defaults are those of `configs/dev.toml`.

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that a deployment is made from. No field holds a secret.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Config {
    pub project: Project,
    pub budget: Budget,
    pub network: Network,
    pub database: Database,
    pub redis: Redis,
    pub cloud_run: CloudRun,
    pub ci_cd: CiCd,
    pub monitoring: Monitoring,
    pub rotation: Rotation,
}

/// The project and where it lies.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Project {
    /// Project id: 6 to 30 of `a-z0-9-`.
    pub id: String,
    /// Display name of the project.
    pub name: String,
    /// Number of the organization to create the project under; excludes `folder`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// Number of the folder to create the project under; excludes `organization`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// `XXXXXX-XXXXXX-XXXXXX`. Unset: the one open account that the login sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub billing_account: Option<String>,
    /// The login to use. Unset: gcloud's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Region of everything regional.
    pub region: String,
    /// Zone, for what is zonal.
    pub zone: String,
    /// Labels of the project and of every resource that can carry labels.
    pub labels: BTreeMap<String, String>,
}

/// The monthly budget alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Budget {
    /// Whole units of the currency a month; unset: no budget.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_amount: Option<u64>,
    /// ISO 4217 code; unset: the billing account's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Percents of the amount at which an alert is sent.
    pub thresholds: Vec<u32>,
}

/// The VPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Network {
    /// Name of the VPC network.
    pub name: String,
    /// Name of the subnet.
    pub subnet: String,
    /// Range of the subnet.
    pub range: Ipv4Net,
    /// Range that Google's services (Cloud SQL, Memorystore) take their private addresses from.
    pub services_range: Ipv4Net,
    /// Ranges that may reach tcp:22. The default is that of Identity-Aware Proxy.
    pub ssh_source_ranges: Vec<Ipv4Net>,
    /// Without this, 0.0.0.0/0 in `ssh_source_ranges` is refused.
    pub allow_ssh_from_anywhere: bool,
}

/// Days of the week as Google's APIs spell them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(missing_docs)]
pub enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// A weekly maintenance window, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Maintenance {
    /// `SUNDAY`
    pub day: Day,
    /// 0 to 23.
    pub hour: u8,
}

/// Cloud SQL editions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Edition {
    Enterprise,
    EnterprisePlus,
}

/// Cloud SQL availability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs)]
pub enum Availability {
    Zonal,
    Regional,
}

/// Cloud SQL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// Name of the instance.
    pub instance: String,
    /// `POSTGRES_15`
    pub version: String,
    /// `enterprise` or `enterprise-plus`
    pub edition: Edition,
    /// Machine type, `db-f1-micro`, `db-custom-CPUS-MEGABYTES`.
    pub tier: String,
    /// SSD size in GB at creation; it grows by itself.
    pub storage_gb: u32,
    /// `zonal` or `regional`
    pub availability: Availability,
    /// Start of the daily backup window, `HH:MM`, UTC.
    pub backup_start: String,
    /// How many automatic backups are kept.
    pub retained_backups: u32,
    /// Point-in-time recovery.
    pub pitr: bool,
    /// Weekly maintenance window.
    pub maintenance: Maintenance,
    /// Database flags, e.g. `max_connections = "100"`.
    pub flags: BTreeMap<String, String>,
    /// Refuse deletion of the instance.
    pub deletion_protection: bool,
    /// How many connections one instance of the application may hold.
    pub pool_per_instance: u32,
    /// Name of the database.
    pub name: String,
    /// Name of the application's user.
    pub user: String,
}

/// Memorystore tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RedisTier {
    /// One node.
    Basic,
    /// A primary and a replica (`STANDARD_HA`).
    Standard,
}

/// Memorystore for Redis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Redis {
    /// Name of the instance.
    pub instance: String,
    /// `REDIS_7_0`
    pub version: String,
    /// `basic` or `standard`
    pub tier: RedisTier,
    /// 1 to 300.
    pub memory_gb: u32,
    /// Ask clients for the AUTH string.
    pub auth: bool,
    /// Encrypt connections (port 6378 instead of 6379).
    pub tls: bool,
    /// `1h`, `6h`, `12h`, `24h`; unset: no snapshots.
    // Left out means unset here as well: defaults come from the layers of `load`, not from serde.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rdb_snapshot_period: Option<String>,
    /// Weekly maintenance window.
    pub maintenance: Maintenance,
}

/// How the Cloud Run service reaches the VPC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Egress {
    /// Through a Serverless VPC Access connector.
    Connector,
    /// Direct VPC egress; there is no connector.
    Direct,
}

/// The Serverless VPC Access connector.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Connector {
    pub name: String,
    /// A /28.
    pub range: Ipv4Net,
    pub machine_type: String,
    /// 2 to 9.
    pub min_instances: u32,
    /// 3 to 10, above `min_instances`.
    pub max_instances: u32,
}

/// The Cloud Run service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CloudRun {
    /// Name of the service.
    pub service: String,
    /// The image that the service starts with, until CI deploys another.
    pub image: String,
    /// vCPUs, `1`.
    pub cpu: String,
    /// `512Mi`
    pub memory: String,
    /// Instances kept when idle.
    pub min_instances: u32,
    /// Upper bound of instances.
    pub max_instances: u32,
    /// Requests that one instance takes at once.
    pub concurrency: u32,
    /// Request timeout in seconds.
    pub timeout: u32,
    /// Whether anyone may call it.
    pub public: bool,
    /// `connector` or `direct`
    pub egress: Egress,
    /// The connector, for `egress = "connector"`.
    pub connector: Connector,
    /// Plain environment variables, added to those that the tool sets (`PGSSLMODE`, `REDIS_CA_FILE`).
    pub env: BTreeMap<String, String>,
    /// Further secrets: variable to secret name, added to `DATABASE_URL` and `REDIS_URL`. They must exist.
    pub secrets: BTreeMap<String, String>,
}

/// A GitHub repository that the Cloud Build app is installed on (1st generation trigger).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct GitHub {
    pub owner: String,
    pub name: String,
}

/// Build and delivery.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CiCd {
    /// Artifact Registry repository.
    pub repository: String,
    /// Name of the image in it.
    pub image: String,
    /// The source repository; excludes `connection`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub github: Option<GitHub>,
    /// A repository of a 2nd generation connection, `projects/P/locations/L/connections/C/repositories/R`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The branch whose pushes build and deploy.
    pub branch: String,
    /// Only changes to these files build, e.g. `backend/**`. Empty: all.
    pub included_files: Vec<String>,
    /// Cloud Build machine type, e.g. `E2_HIGHCPU_8`.
    pub machine_type: String,
    /// Build timeout in seconds.
    pub timeout: u32,
}

/// Alert thresholds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alerts {
    /// Share of requests answered 5xx, 0 to 1.
    pub error_ratio: f64,
    /// 95th percentile of request latency, milliseconds.
    pub latency_p95_ms: u32,
    /// Share of `max_connections`, 0 to 1.
    pub db_connections_ratio: f64,
}

/// Logs, checks, alerts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Monitoring {
    /// Days that `_Default` keeps log entries.
    pub log_retention_days: u32,
    /// Days that the archive bucket keeps exported entries.
    pub archive_days: u32,
    /// Who is told of alerts; unset: nobody is mailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notification_email: Option<String>,
    /// Alert thresholds.
    pub alerts: Alerts,
    /// Path of the uptime check.
    pub uptime_path: String,
}

/// When Secret Manager says that it is time to rotate a secret, and where it says so. It only says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rotation {
    /// Days between two rotations of the database password; unset: no schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub db_password_days: Option<u32>,
    /// Days between two rotations of the Redis AUTH string; unset: no schedule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redis_url_days: Option<u32>,
    /// The Pub/Sub topic that is told. Made only where there is a schedule.
    pub topic: String,
}

impl Rotation {
    /// Whether any secret has a schedule.
    pub fn is_scheduled(&self) -> bool {
        self.db_password_days.is_some() || self.redis_url_days.is_some()
    }
}

fn net(text: &str) -> Ipv4Net {
    text.parse().expect("a built-in range is valid")
}

impl Default for Project {
    fn default() -> Self {
        Self {
            id: "codementor-dev".into(),
            name: "CodeMentor".into(),
            organization: None,
            folder: None,
            billing_account: None,
            account: None,
            region: "us-central1".into(),
            zone: "us-central1-a".into(),
            labels: BTreeMap::from([
                ("app".into(), "codementor".into()),
                (crate::names::OWNER_LABEL.0.into(), crate::names::OWNER_LABEL.1.into()),
            ]),
        }
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self { monthly_amount: None, currency: None, thresholds: vec![50, 90, 100] }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self {
            name: "codementor-vpc".into(),
            subnet: "codementor-subnet".into(),
            range: net("10.128.0.0/20"),
            services_range: net("10.20.0.0/16"),
            ssh_source_ranges: vec![net("35.235.240.0/20")],
            allow_ssh_from_anywhere: false,
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self {
            instance: "codementor-db".into(),
            version: "POSTGRES_15".into(),
            edition: Edition::Enterprise,
            tier: "db-f1-micro".into(),
            storage_gb: 10,
            availability: Availability::Zonal,
            backup_start: "03:00".into(),
            retained_backups: 7,
            pitr: true,
            maintenance: Maintenance { day: Day::Sunday, hour: 4 },
            flags: BTreeMap::from([("max_connections".into(), "100".into())]),
            deletion_protection: false,
            pool_per_instance: 5,
            name: "codementor".into(),
            user: "codementor".into(),
        }
    }
}

impl Default for Redis {
    fn default() -> Self {
        Self {
            instance: "codementor-cache".into(),
            version: "REDIS_7_0".into(),
            tier: RedisTier::Basic,
            memory_gb: 1,
            auth: true,
            tls: true,
            rdb_snapshot_period: Some("12h".into()),
            maintenance: Maintenance { day: Day::Sunday, hour: 5 },
        }
    }
}

impl Default for Connector {
    fn default() -> Self {
        Self {
            name: "codementor-connector".into(),
            range: net("10.8.0.0/28"),
            machine_type: "f1-micro".into(),
            min_instances: 2,
            max_instances: 3,
        }
    }
}

impl Default for CloudRun {
    fn default() -> Self {
        Self {
            service: "codementor-backend".into(),
            image: "us-docker.pkg.dev/cloudrun/container/hello".into(),
            cpu: "1".into(),
            memory: "512Mi".into(),
            min_instances: 0,
            max_instances: 10,
            concurrency: 80,
            timeout: 300,
            public: true,
            egress: Egress::Connector,
            connector: Connector::default(),
            env: BTreeMap::new(),
            secrets: BTreeMap::new(),
        }
    }
}

impl Default for CiCd {
    fn default() -> Self {
        Self {
            repository: "codementor".into(),
            image: "codementor-backend".into(),
            github: None,
            connection: None,
            branch: "main".into(),
            included_files: vec!["backend/**".into()],
            machine_type: "E2_HIGHCPU_8".into(),
            timeout: 1200,
        }
    }
}

impl Default for Alerts {
    fn default() -> Self {
        Self { error_ratio: 0.05, latency_p95_ms: 1000, db_connections_ratio: 0.8 }
    }
}

impl Default for Monitoring {
    fn default() -> Self {
        Self {
            log_retention_days: 30,
            archive_days: 365,
            notification_email: None,
            alerts: Alerts::default(),
            uptime_path: "/health".into(),
        }
    }
}

impl Default for Rotation {
    fn default() -> Self {
        Self { db_password_days: None, redis_url_days: None, topic: "codementor-secret-rotation".into() }
    }
}
