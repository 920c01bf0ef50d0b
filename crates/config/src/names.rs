//! Names that follow from the config. Every step takes them from here, so that two steps that speak of
//! one object cannot disagree, and so that `validate` can check their lengths before anything is made.

use crate::Config;

/// The secret that holds the generated password of the database user.
pub const DB_PASSWORD: &str = "db-password";
/// The secret that holds the application's database URL.
pub const DATABASE_URL: &str = "database-url";
/// The secret that holds the application's Redis URL.
pub const REDIS_URL: &str = "redis-url";
/// The secret that holds the certificates that the Redis instance's own authority signs with.
pub const REDIS_CA: &str = "redis-ca";

/// The label that marks what this tool made, and its only value: a destroy goes by it where no journal tells.
pub const OWNER_LABEL: (&str, &str) = ("managed-by", "deploy-all");

/// Account id of the service account that the service runs as.
pub const RUN_ACCOUNT: &str = "codementor-run";
/// Account id of the service account that builds run as.
pub const BUILD_ACCOUNT: &str = "codementor-build";

/// The build trigger.
pub const TRIGGER: &str = "codementor-deploy";
/// The log sink that exports to the archive bucket.
pub const SINK: &str = "codementor-logs-archive";
/// The log-based metric that counts the application's errors.
pub const ERROR_METRIC: &str = "codementor-app-errors";

/// What the address range for Google's services is called, before the network's name.
pub const SERVICES_PREFIX: &str = "google-managed-services-";
/// What the firewall rule for internal traffic is called, after the network's name.
pub const INTERNAL: &str = "-allow-internal";
/// What the firewall rule for SSH is called, after the network's name.
pub const SSH: &str = "-allow-ssh";
/// What the second user of the database is called, after the first one's name.
const SECOND: &str = "-b";
/// What the archive bucket is called, before the project's id.
const LOGS_PREFIX: &str = "codementor-logs-";

impl Config {
    /// Email of the service account that the service runs as.
    pub fn run_account_email(&self) -> String {
        self.service_account_email(RUN_ACCOUNT)
    }

    /// Email of the service account that builds run as.
    pub fn build_account_email(&self) -> String {
        self.service_account_email(BUILD_ACCOUNT)
    }

    /// Email of a service account of the project.
    pub fn service_account_email(&self, account: &str) -> String {
        format!("{account}@{}.iam.gserviceaccount.com", self.project.id)
    }

    /// `projects/P/global/networks/N`
    pub fn network_path(&self) -> String {
        format!("projects/{}/global/networks/{}", self.project.id, self.network.name)
    }

    /// The name that [`Config::network_path`] is made from, as `network.name` takes it. `None`: of another project.
    pub fn network_name<'a>(&self, path: &'a str) -> Option<&'a str> {
        path.strip_prefix(&format!("projects/{}/global/networks/", self.project.id))
    }

    /// The global address range that Google's services take their private addresses from.
    pub fn services_address(&self) -> String {
        format!("{SERVICES_PREFIX}{}", self.network.name)
    }

    /// The firewall rule that lets the network's own ranges talk to each other.
    pub fn firewall_internal(&self) -> String {
        format!("{}{INTERNAL}", self.network.name)
    }

    /// The firewall rule for SSH.
    pub fn firewall_ssh(&self) -> String {
        format!("{}{SSH}", self.network.name)
    }

    /// `projects/P/locations/R/connectors/C`
    pub fn connector_path(&self) -> String {
        let Self { project, cloud_run, .. } = self;
        format!(
            "projects/{}/locations/{}/connectors/{}",
            project.id, project.region, cloud_run.connector.name
        )
    }

    /// What CI pushes and deploys, without a tag.
    pub fn image_path(&self) -> String {
        let Self { project, ci_cd, .. } = self;
        format!("{}-docker.pkg.dev/{}/{}/{}", project.region, project.id, ci_cd.repository, ci_cd.image)
    }

    /// A regular expression that matches the configured branch and no other.
    pub fn branch_pattern(&self) -> String {
        let mut pattern = String::from("^");
        for c in self.ci_cd.branch.chars() {
            // Of what a branch name may hold, only these mean something else in RE2.
            if matches!(c, '.' | '+') {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern.push('$');
        pattern
    }

    /// The second user of the database, which takes turns with `database.user` when the password is rotated.
    pub fn second_database_user(&self) -> String {
        // PostgreSQL cuts a longer name off.
        let first: String = self.database.user.chars().take(63 - SECOND.len()).collect();
        format!("{first}{SECOND}")
    }

    /// `projects/P/topics/T`: what Secret Manager tells that a rotation is due.
    pub fn rotation_topic_path(&self) -> String {
        format!("projects/{}/topics/{}", self.project.id, self.rotation.topic)
    }

    /// The bucket that `gcloud builds submit` uploads sources to.
    pub fn source_bucket(&self) -> String {
        format!("{}_cloudbuild", self.project.id)
    }

    /// The bucket that logs are archived in.
    pub fn logs_bucket(&self) -> String {
        format!("{LOGS_PREFIX}{}", self.project.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_config() {
        let mut config = Config::default();
        config.project.id = "acme-1".into();
        config.network.name = "net".into();
        config.ci_cd.branch = "release/1.0".into();
        assert_eq!(config.run_account_email(), "codementor-run@acme-1.iam.gserviceaccount.com");
        assert_eq!(config.build_account_email(), "codementor-build@acme-1.iam.gserviceaccount.com");
        assert_eq!(config.network_path(), "projects/acme-1/global/networks/net");
        assert_eq!(config.network_name("projects/acme-1/global/networks/net"), Some("net"));
        assert_eq!(config.network_name("projects/acme-2/global/networks/net"), None);
        assert_eq!(config.services_address(), "google-managed-services-net");
        assert_eq!(config.firewall_internal(), "net-allow-internal");
        assert_eq!(config.firewall_ssh(), "net-allow-ssh");
        assert_eq!(
            config.connector_path(),
            "projects/acme-1/locations/us-central1/connectors/codementor-connector"
        );
        assert_eq!(config.image_path(), "us-central1-docker.pkg.dev/acme-1/codementor/codementor-backend");
        assert_eq!(config.branch_pattern(), r"^release/1\.0$");
        assert_eq!(config.rotation_topic_path(), "projects/acme-1/topics/codementor-secret-rotation");
        assert_eq!(config.source_bucket(), "acme-1_cloudbuild");
        assert_eq!(config.second_database_user(), "codementor-b");
        config.database.user = "u".repeat(63);
        assert_eq!(config.second_database_user().len(), 63);
        assert_eq!(config.logs_bucket(), "codementor-logs-acme-1");
    }
}
