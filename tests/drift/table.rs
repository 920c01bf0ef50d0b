//! What each key of the config changes.

/// One key and another value for it.
pub struct Row {
    pub key: &'static str,
    /// `KEY=VALUE`, with what has to go with it.
    pub set: &'static [&'static str],
    pub want: Want,
}

/// What is documented to happen.
pub enum Want {
    /// Exactly these changes, made in place.
    Changes(&'static [&'static str]),
    /// The run ends before it touches anything, with this exit code and these words.
    Stops { code: i32, says: &'static [&'static str] },
    /// No resource depends on it, and why.
    Nothing(&'static str),
}

const fn row(key: &'static str, set: &'static [&'static str], want: Want) -> Row {
    Row { key, set, want }
}

const fn stops(code: i32, says: &'static [&'static str]) -> Want {
    Want::Stops { code, says }
}

const SQL: &str = "~ sql-instance/codementor-db";
const REDIS: &str = "~ redis-instance/codementor-cache";
const RUN: &str = "~ run-service/codementor-backend";
const CONNECTOR: &str = "~ vpc-connector/codementor-connector";
const DATABASE_URL: &str = "~ secret/database-url";
const TRIGGER: &str = "~ build-trigger/codementor-deploy";
const FILE: &str = "~ build-file/cloudbuild.yaml";
const DASHBOARD: &str = "~ dashboard/codementor-backend";
const SCHEDULE: &str = "~ rotation-schedule/db-password";
const FORMER_TOPIC: &str = "- pubsub-topic/codementor-secret-rotation";
const FIREWALL: &str = "~ firewall-rule/codementor-vpc-allow-internal";

pub static ROWS: &[Row] = &[
    row("project.id", &["project.id=codementor-two"], stops(2, &["codementor-two", "codementor-dev"])),
    row("project.name", &["project.name=Another"], Want::Changes(&["~ project/codementor-dev"])),
    row("project.organization", &["project.organization=123"], stops(1, &["lies elsewhere", "move it"])),
    row("project.folder", &["project.folder=123"], stops(1, &["lies elsewhere", "move it"])),
    row(
        "project.billing_account",
        &["project.billing_account=00BBBB-000000-000000"],
        Want::Changes(&["~ billing-link/codementor-dev", "+ budget/codementor-dev"]),
    ),
    row(
        "project.account",
        &["project.account=other@acme.dev"],
        Want::Nothing("it says who looks, not what is there"),
    ),
    row(
        "project.region",
        &["project.region=europe-west1", "project.zone=europe-west1-b"],
        stops(
            2,
            &[
                "sql-instance/codementor-db: set project.region back to \"us-central1\"",
                "it holds data",
                "bucket/codementor-logs-codementor-dev",
            ],
        ),
    ),
    row("project.zone", &["project.zone=us-central1-b"], Want::Nothing("nothing that is kept is zonal")),
    row(
        "project.labels",
        &["project.labels.team=web"],
        Want::Changes(&[
            "~ alert-policy/codementor-backend-db-connections",
            "~ alert-policy/codementor-backend-error-ratio",
            "~ alert-policy/codementor-backend-latency",
            "~ alert-policy/codementor-backend-quota",
            "~ alert-policy/codementor-backend-uptime",
            "~ bucket/codementor-dev_cloudbuild",
            "~ bucket/codementor-logs-codementor-dev",
            "~ dashboard/codementor-backend",
            "~ image-repository/codementor",
            "~ notification-channel/codementor-backend-email",
            "~ project/codementor-dev",
            "~ pubsub-topic/codementor-secret-rotation",
            "~ redis-instance/codementor-cache",
            "~ run-service/codementor-backend",
            "~ secret/database-url",
            "~ secret/db-password",
            "~ secret/redis-ca",
            "~ secret/redis-url",
            "~ uptime-check/codementor-backend",
        ]),
    ),
    row("budget.monthly_amount", &["budget.monthly_amount=200"], Want::Changes(&["~ budget/codementor-dev"])),
    row("budget.monthly_amount", &["budget.monthly_amount="], Want::Changes(&["- budget/codementor-dev"])),
    row("budget.currency", &["budget.currency=EUR"], stops(1, &["budget.currency to USD"])),
    row("budget.thresholds", &["budget.thresholds=[80]"], Want::Changes(&["~ budget/codementor-dev"])),
    row(
        "network.name",
        &["network.name=second-vpc"],
        stops(2, &["sql-instance/codementor-db: set network.name back", "redis-instance/codementor-cache"]),
    ),
    row(
        "network.subnet",
        &["network.subnet=second"],
        stops(1, &["codementor-subnet", "overlaps it", "set network.range"]),
    ),
    row(
        "network.range",
        &["network.range=10.128.0.0/19"],
        Want::Changes(&["~ subnet/codementor-subnet", FIREWALL]),
    ),
    row(
        "network.range",
        &["network.range=10.130.0.0/20"],
        stops(2, &["neither shrink nor move", "--allow-replace subnet/codementor-subnet"]),
    ),
    row(
        "network.services_range",
        &["network.services_range=10.30.0.0/16"],
        stops(2, &["allocated range", "set network.services_range back to 10.20.0.0/16"]),
    ),
    row(
        "network.ssh_source_ranges",
        &["network.ssh_source_ranges=[]"],
        Want::Changes(&["- firewall-rule/codementor-vpc-allow-ssh"]),
    ),
    row(
        "network.ssh_source_ranges",
        &["network.ssh_source_ranges=35.235.240.0/20,203.0.113.7/32"],
        Want::Changes(&["~ firewall-rule/codementor-vpc-allow-ssh"]),
    ),
    row(
        "network.allow_ssh_from_anywhere",
        &["network.allow_ssh_from_anywhere=true"],
        Want::Nothing("a permission for ssh_source_ranges"),
    ),
    row(
        "database.instance",
        &["database.instance=second-db"],
        Want::Changes(&[
            "+ sql-instance/second-db",
            "+ sql-database/codementor",
            "+ sql-user/codementor",
            DATABASE_URL,
            RUN,
            "~ alert-policy/codementor-backend-db-connections",
            DASHBOARD,
        ]),
    ),
    row(
        "database.version",
        &["database.version=POSTGRES_16"],
        stops(2, &["set database.version back to", "--database-version=POSTGRES_16"]),
    ),
    row(
        "database.edition",
        &[
            "database.edition=enterprise-plus",
            "database.tier=db-perf-optimized-N-2",
            "database.retained_backups=14",
        ],
        Want::Changes(&[SQL]),
    ),
    row("database.tier", &["database.tier=db-g1-small"], Want::Changes(&[SQL])),
    row("database.storage_gb", &["database.storage_gb=20"], Want::Changes(&[SQL])),
    row("database.availability", &["database.availability=regional"], Want::Changes(&[SQL])),
    row("database.backup_start", &["database.backup_start=05:00"], Want::Changes(&[SQL])),
    row("database.retained_backups", &["database.retained_backups=14"], Want::Changes(&[SQL])),
    row("database.pitr", &["database.pitr=false"], Want::Changes(&[SQL])),
    row("database.maintenance.day", &["database.maintenance.day=MONDAY"], Want::Changes(&[SQL])),
    row("database.maintenance.hour", &["database.maintenance.hour=0"], Want::Changes(&[SQL])),
    row("database.flags", &["database.flags.log_min_duration_statement=500"], Want::Changes(&[SQL])),
    row(
        "database.flags",
        &["database.flags="],
        Want::Changes(&[SQL, "- leftover-alert-policies/codementor-backend"]),
    ),
    row(
        "database.flags",
        &["database.flags.max_connections=200"],
        Want::Changes(&[SQL, "~ alert-policy/codementor-backend-db-connections"]),
    ),
    row("database.deletion_protection", &["database.deletion_protection=true"], Want::Changes(&[SQL])),
    row(
        "database.pool_per_instance",
        &["database.pool_per_instance=6"],
        Want::Nothing("it is held against max_connections when the config is read"),
    ),
    row(
        "database.name",
        &["database.name=second"],
        Want::Changes(&["+ sql-database/second", DATABASE_URL, RUN]),
    ),
    row("database.user", &["database.user=second"], Want::Changes(&["+ sql-user/second", DATABASE_URL, RUN])),
    row(
        "redis.instance",
        &["redis.instance=second-cache"],
        Want::Changes(&[
            "+ redis-instance/second-cache",
            "~ secret/redis-url",
            "~ secret/redis-ca",
            RUN,
            DASHBOARD,
        ]),
    ),
    row("redis.version", &["redis.version=REDIS_7_2"], Want::Changes(&[REDIS])),
    row(
        "redis.version",
        &["redis.version=REDIS_6_X"],
        stops(2, &["never takes it back", "set redis.version back to \"REDIS_7_0\""]),
    ),
    row(
        "redis.tier",
        &["redis.tier=standard"],
        stops(2, &["set redis.tier back to \"basic\"", "name a second instance"]),
    ),
    row("redis.memory_gb", &["redis.memory_gb=2"], Want::Changes(&[REDIS])),
    row("redis.auth", &["redis.auth=false"], Want::Changes(&[REDIS, "~ secret/redis-url", RUN])),
    row(
        "redis.tls",
        &["redis.tls=false"],
        stops(2, &["set redis.tls back to true", "name a second instance"]),
    ),
    row("redis.rdb_snapshot_period", &["redis.rdb_snapshot_period=6h"], Want::Changes(&[REDIS])),
    row("redis.rdb_snapshot_period", &["redis.rdb_snapshot_period="], Want::Changes(&[REDIS])),
    row("redis.maintenance.day", &["redis.maintenance.day=MONDAY"], Want::Changes(&[REDIS])),
    row("redis.maintenance.hour", &["redis.maintenance.hour=0"], Want::Changes(&[REDIS])),
    row(
        "cloud_run.service",
        &["cloud_run.service=second"],
        Want::Changes(&[
            "+ alert-policy/second-db-connections",
            "+ alert-policy/second-error-ratio",
            "+ alert-policy/second-latency",
            "+ alert-policy/second-quota",
            "+ alert-policy/second-uptime",
            "+ dashboard/second",
            "+ iam-binding/run-service/second/run.invoker/allUsers",
            "+ notification-channel/second-email",
            "+ run-service/second",
            "+ uptime-check/second",
            "- alert-policy/codementor-backend-db-connections",
            "- alert-policy/codementor-backend-error-ratio",
            "- alert-policy/codementor-backend-latency",
            "- alert-policy/codementor-backend-quota",
            "- alert-policy/codementor-backend-uptime",
            "- dashboard/codementor-backend",
            "- notification-channel/codementor-backend-email",
            "- run-service/codementor-backend",
            "- uptime-check/codementor-backend",
            FILE,
            TRIGGER,
            "~ log-metric/codementor-app-errors",
        ]),
    ),
    row(
        "cloud_run.image",
        &["cloud_run.image=us-docker.pkg.dev/cloudrun/container/other"],
        Want::Nothing("the service keeps the image that a build gave it"),
    ),
    row("cloud_run.cpu", &["cloud_run.cpu=2"], Want::Changes(&[RUN])),
    row("cloud_run.memory", &["cloud_run.memory=1Gi"], Want::Changes(&[RUN])),
    row("cloud_run.min_instances", &["cloud_run.min_instances=1"], Want::Changes(&[RUN])),
    row("cloud_run.max_instances", &["cloud_run.max_instances=5"], Want::Changes(&[RUN])),
    row("cloud_run.concurrency", &["cloud_run.concurrency=40"], Want::Changes(&[RUN])),
    row("cloud_run.timeout", &["cloud_run.timeout=60"], Want::Changes(&[RUN])),
    row(
        "cloud_run.public",
        &["cloud_run.public=false"],
        Want::Changes(&[
            "~ alert-policy/codementor-backend-uptime",
            "+ iam-binding/run-service/codementor-backend/run.invoker/monitoring-agent",
            "+ uptime-check/codementor-backend",
            "- leftover-uptime-checks/codementor-backend",
            "- iam-binding/run-service/codementor-backend/run.invoker/allUsers",
        ]),
    ),
    row(
        "cloud_run.egress",
        &["cloud_run.egress=direct"],
        Want::Changes(&[RUN, FIREWALL, "- vpc-connector/codementor-connector"]),
    ),
    row(
        "cloud_run.connector.name",
        &["cloud_run.connector.name=second", "cloud_run.connector.range=10.9.0.0/28"],
        Want::Changes(&["+ vpc-connector/second", RUN, FIREWALL, "- vpc-connector/codementor-connector"]),
    ),
    row(
        "cloud_run.connector.range",
        &["cloud_run.connector.range=10.9.0.0/28"],
        stops(
            2,
            &[
                "keeps its network and its range",
                "--allow-replace vpc-connector/codementor-connector",
                "without an interruption",
            ],
        ),
    ),
    row(
        "cloud_run.connector.machine_type",
        &["cloud_run.connector.machine_type=e2-micro"],
        Want::Changes(&[CONNECTOR]),
    ),
    row(
        "cloud_run.connector.min_instances",
        &["cloud_run.connector.min_instances=3", "cloud_run.connector.max_instances=4"],
        Want::Changes(&[CONNECTOR]),
    ),
    row(
        "cloud_run.connector.max_instances",
        &["cloud_run.connector.max_instances=5"],
        Want::Changes(&[CONNECTOR]),
    ),
    row("cloud_run.env", &["cloud_run.env.LOG_LEVEL=debug"], Want::Changes(&[RUN])),
    row(
        "cloud_run.secrets",
        &["cloud_run.secrets.PGPASSWORD=db-password"],
        Want::Changes(&["+ iam-binding/secret/db-password/secretmanager.secretAccessor/codementor-run", RUN]),
    ),
    row(
        "cloud_run.secrets",
        &["cloud_run.secrets.KEY=no-such"],
        stops(1, &["there is no secret no-such", "gcloud secrets create no-such"]),
    ),
    row(
        "ci_cd.repository",
        &["ci_cd.repository=second"],
        Want::Changes(&[
            "+ image-repository/second",
            "+ iam-binding/repository/second/artifactregistry.writer/codementor-build",
            FILE,
            TRIGGER,
        ]),
    ),
    row("ci_cd.image", &["ci_cd.image=second"], Want::Changes(&[FILE, TRIGGER])),
    row("ci_cd.github.owner", &["ci_cd.github.owner=umbrella"], Want::Changes(&[TRIGGER])),
    row("ci_cd.github.name", &["ci_cd.github.name=other"], Want::Changes(&[TRIGGER])),
    row(
        "ci_cd.connection",
        &[
            "ci_cd.github=",
            "ci_cd.connection=projects/codementor-dev/locations/us-central1/connections/github/repositories/app",
        ],
        Want::Changes(&[TRIGGER]),
    ),
    row("ci_cd.branch", &["ci_cd.branch=release"], Want::Changes(&[FILE, TRIGGER])),
    row("ci_cd.included_files", &["ci_cd.included_files=[\"src/**\"]"], Want::Changes(&[TRIGGER])),
    row("ci_cd.machine_type", &["ci_cd.machine_type=E2_MEDIUM"], Want::Changes(&[FILE, TRIGGER])),
    row("ci_cd.timeout", &["ci_cd.timeout=600"], Want::Changes(&[FILE, TRIGGER])),
    row(
        "monitoring.log_retention_days",
        &["monitoring.log_retention_days=60"],
        Want::Changes(&["~ log-bucket/_Default"]),
    ),
    row(
        "monitoring.archive_days",
        &["monitoring.archive_days=400"],
        Want::Changes(&["~ bucket/codementor-logs-codementor-dev"]),
    ),
    row(
        "monitoring.notification_email",
        &["monitoring.notification_email=other@acme.dev"],
        Want::Changes(&["~ notification-channel/codementor-backend-email"]),
    ),
    row(
        "monitoring.notification_email",
        &["monitoring.notification_email="],
        Want::Changes(&[
            "~ alert-policy/codementor-backend-db-connections",
            "~ alert-policy/codementor-backend-error-ratio",
            "~ alert-policy/codementor-backend-latency",
            "~ alert-policy/codementor-backend-quota",
            "~ alert-policy/codementor-backend-uptime",
            "- notification-channel/codementor-backend-email",
        ]),
    ),
    row(
        "monitoring.alerts.error_ratio",
        &["monitoring.alerts.error_ratio=0.1"],
        Want::Changes(&["~ alert-policy/codementor-backend-error-ratio", DASHBOARD]),
    ),
    row(
        "monitoring.alerts.latency_p95_ms",
        &["monitoring.alerts.latency_p95_ms=500"],
        Want::Changes(&["~ alert-policy/codementor-backend-latency", DASHBOARD]),
    ),
    row(
        "monitoring.alerts.db_connections_ratio",
        &["monitoring.alerts.db_connections_ratio=0.5"],
        Want::Changes(&["~ alert-policy/codementor-backend-db-connections"]),
    ),
    row(
        "monitoring.uptime_path",
        &["monitoring.uptime_path=/ready"],
        Want::Changes(&["~ uptime-check/codementor-backend", "~ alert-policy/codementor-backend-uptime"]),
    ),
    row("rotation.db_password_days", &["rotation.db_password_days=30"], Want::Changes(&[SCHEDULE])),
    row(
        "rotation.db_password_days",
        &["rotation.db_password_days="],
        Want::Changes(&["- rotation-schedule/db-password", FORMER_TOPIC]),
    ),
    row(
        "rotation.redis_url_days",
        &["rotation.redis_url_days=30"],
        Want::Changes(&["+ rotation-schedule/redis-url"]),
    ),
    row(
        "rotation.topic",
        &["rotation.topic=second-topic"],
        Want::Changes(&[
            "+ pubsub-topic/second-topic",
            "+ iam-binding/topic/second-topic/pubsub.publisher/secret-manager",
            SCHEDULE,
            FORMER_TOPIC,
        ]),
    ),
];
