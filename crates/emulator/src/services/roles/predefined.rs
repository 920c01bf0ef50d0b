//! Google's predefined roles, as far as this project, its users and their scripts grant them.
//!
//! The permissions are those that this emulator's services ask for: a pattern ends in `*` for all below it.

/// A predefined role.
pub struct Role {
    /// `roles/redis.admin`
    pub name: &'static str,
    /// As the console shows it.
    pub title: &'static str,
    /// What it permits.
    pub permissions: &'static [&'static str],
}

/// What an editor cannot do, though a pattern would let him: policies, secrets' values, the project itself.
fn beyond_an_editor(permission: &str) -> bool {
    permission.ends_with(".setIamPolicy")
        || permission == "secretmanager.versions.access"
        || permission.starts_with("iam.roles.") && !reads(permission)
        || permission.starts_with("orgpolicy.") && !reads(permission)
        || permission.starts_with("billing.")
        || permission.starts_with("resourcemanager.projects.")
            && !reads(permission)
            && !permission.ends_with(".update")
}

fn reads(permission: &str) -> bool {
    [".get", ".list", ".getIamPolicy"].iter().any(|verb| permission.ends_with(verb))
}

impl Role {
    /// Whether it holds a permission.
    pub fn permits(&self, permission: &str) -> bool {
        match self.name {
            "roles/owner" => !permission.starts_with("billing."),
            "roles/editor" => !beyond_an_editor(permission),
            "roles/viewer" => reads(permission) && !permission.starts_with("billing."),
            _ => self.permissions.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => permission.starts_with(start),
                None => *pattern == permission,
            }),
        }
    }
}

/// A role by its full name.
pub fn find(name: &str) -> Option<&'static Role> {
    PREDEFINED.iter().find(|role| role.name == name)
}

macro_rules! roles {
    ($($name:literal $title:literal [$($permission:literal),* $(,)?])*) => {
        /// All of them.
        pub static PREDEFINED: &[Role] = &[$(Role {
            name: concat!("roles/", $name), title: $title, permissions: &[$($permission),*],
        }),*];
    };
}

roles! {
    "owner" "Owner" ["*"]
    "editor" "Editor" ["*"]
    "viewer" "Viewer" ["*"]
    "browser" "Browser" ["resourcemanager.projects.get", "resourcemanager.projects.list", "resourcemanager.projects.getIamPolicy"]

    "resourcemanager.projectCreator" "Project Creator" ["resourcemanager.projects.create", "resourcemanager.organizations.get"]
    "resourcemanager.projectDeleter" "Project Deleter" ["resourcemanager.projects.delete"]
    "resourcemanager.projectIamAdmin" "Project IAM Admin" ["resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy", "iam.policybindings.get", "iam.policybindings.list"]
    "resourcemanager.organizationAdmin" "Organization Administrator" ["resourcemanager.organizations.*", "resourcemanager.folders.get", "resourcemanager.projects.get", "resourcemanager.projects.list", "resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy", "orgpolicy.policy.get"]
    "resourcemanager.organizationViewer" "Organization Viewer" ["resourcemanager.organizations.get"]
    "resourcemanager.folderAdmin" "Folder Admin" ["resourcemanager.folders.*", "resourcemanager.projects.get", "resourcemanager.projects.list"]
    "orgpolicy.policyAdmin" "Organization Policy Administrator" ["orgpolicy.*"]
    "orgpolicy.policyViewer" "Organization Policy Viewer" ["orgpolicy.policy.get", "orgpolicy.policies.list", "orgpolicy.constraints.list"]

    "billing.admin" "Billing Account Administrator" ["billing.*", "resourcemanager.projects.createBillingAssignment", "resourcemanager.projects.deleteBillingAssignment", "resourcemanager.projects.get"]
    "billing.user" "Billing Account User" ["billing.accounts.get", "billing.accounts.getIamPolicy", "billing.accounts.list", "billing.resourceAssociations.create"]
    "billing.viewer" "Billing Account Viewer" ["billing.accounts.get", "billing.accounts.getIamPolicy", "billing.accounts.list", "billing.budgets.get", "billing.budgets.list", "billing.resourceAssociations.list"]
    "billing.costsManager" "Billing Account Costs Manager" ["billing.accounts.get", "billing.accounts.getIamPolicy", "billing.accounts.list", "billing.budgets.*", "billing.resourceAssociations.list"]
    "billing.projectManager" "Project Billing Manager" ["resourcemanager.projects.createBillingAssignment", "resourcemanager.projects.deleteBillingAssignment"]

    "serviceusage.serviceUsageAdmin" "Service Usage Admin" ["serviceusage.*"]
    "serviceusage.serviceUsageConsumer" "Service Usage Consumer" ["serviceusage.services.get", "serviceusage.services.list", "serviceusage.services.use"]
    "serviceusage.serviceUsageViewer" "Service Usage Viewer" ["serviceusage.services.get", "serviceusage.services.list"]

    "iam.serviceAccountAdmin" "Service Account Admin" ["iam.serviceAccounts.create", "iam.serviceAccounts.delete", "iam.serviceAccounts.disable", "iam.serviceAccounts.enable", "iam.serviceAccounts.get", "iam.serviceAccounts.getIamPolicy", "iam.serviceAccounts.list", "iam.serviceAccounts.setIamPolicy", "iam.serviceAccounts.undelete", "iam.serviceAccounts.update", "resourcemanager.projects.get"]
    "iam.serviceAccountCreator" "Create Service Accounts" ["iam.serviceAccounts.create", "iam.serviceAccounts.get", "iam.serviceAccounts.list"]
    "iam.serviceAccountDeleter" "Delete Service Accounts" ["iam.serviceAccounts.delete", "iam.serviceAccounts.get", "iam.serviceAccounts.list"]
    "iam.serviceAccountUser" "Service Account User" ["iam.serviceAccounts.actAs", "iam.serviceAccounts.get", "iam.serviceAccounts.list", "resourcemanager.projects.get"]
    "iam.serviceAccountTokenCreator" "Service Account Token Creator" ["iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken", "iam.serviceAccounts.implicitDelegation", "iam.serviceAccounts.signBlob", "iam.serviceAccounts.signJwt", "iam.serviceAccounts.get", "iam.serviceAccounts.list"]
    "iam.serviceAccountOpenIdTokenCreator" "Service Account OpenID Connect Identity Token Creator" ["iam.serviceAccounts.getOpenIdToken"]
    "iam.serviceAccountKeyAdmin" "Service Account Key Admin" ["iam.serviceAccountKeys.*", "iam.serviceAccounts.get", "iam.serviceAccounts.list"]
    "iam.workloadIdentityUser" "Workload Identity User" ["iam.serviceAccounts.get", "iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.getOpenIdToken", "iam.serviceAccounts.list"]
    "iam.workloadIdentityPoolAdmin" "IAM Workload Identity Pool Admin" ["iam.workloadIdentityPools.*"]
    "iam.roleAdmin" "Role Administrator" ["iam.roles.*", "resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy"]
    "iam.roleViewer" "Role Viewer" ["iam.roles.get", "iam.roles.list"]
    "iam.securityAdmin" "Security Admin" ["resourcemanager.projects.getIamPolicy", "resourcemanager.projects.setIamPolicy", "iam.serviceAccounts.getIamPolicy", "iam.serviceAccounts.setIamPolicy", "secretmanager.secrets.getIamPolicy", "secretmanager.secrets.setIamPolicy", "run.services.getIamPolicy", "run.services.setIamPolicy", "storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy", "artifactregistry.repositories.getIamPolicy", "artifactregistry.repositories.setIamPolicy"]
    "iam.securityReviewer" "Security Reviewer" ["resourcemanager.projects.getIamPolicy", "iam.serviceAccounts.getIamPolicy", "secretmanager.secrets.getIamPolicy", "run.services.getIamPolicy", "storage.buckets.getIamPolicy"]
    "iap.tunnelResourceAccessor" "IAP-secured Tunnel User" ["iap.tunnelInstances.accessViaIAP"]
    "iap.httpsResourceAccessor" "IAP-secured Web App User" ["iap.webServiceVersions.accessViaIAP"]

    "compute.admin" "Compute Admin" ["compute.*", "resourcemanager.projects.get", "serviceusage.services.get", "serviceusage.services.list"]
    "compute.networkAdmin" "Compute Network Admin" ["compute.networks.*", "compute.subnetworks.*", "compute.addresses.*", "compute.globalAddresses.*", "compute.routers.*", "compute.routes.*", "compute.firewalls.get", "compute.firewalls.list", "compute.globalOperations.*", "compute.regionOperations.*", "compute.regions.*", "compute.zones.*", "compute.projects.get", "servicenetworking.*", "resourcemanager.projects.get"]
    "compute.networkUser" "Compute Network User" ["compute.networks.get", "compute.networks.list", "compute.networks.use", "compute.subnetworks.get", "compute.subnetworks.list", "compute.subnetworks.use", "compute.addresses.useInternal"]
    "compute.networkViewer" "Compute Network Viewer" ["compute.networks.get", "compute.networks.list", "compute.subnetworks.get", "compute.subnetworks.list", "compute.firewalls.get", "compute.firewalls.list"]
    "compute.securityAdmin" "Compute Security Admin" ["compute.firewalls.*", "compute.networks.get", "compute.networks.list", "compute.networks.updatePolicy", "compute.globalOperations.get", "compute.projects.get"]
    "compute.viewer" "Compute Viewer" ["compute.networks.get", "compute.networks.list", "compute.subnetworks.get", "compute.subnetworks.list", "compute.firewalls.get", "compute.firewalls.list", "compute.addresses.get", "compute.addresses.list", "compute.globalAddresses.get", "compute.globalAddresses.list", "compute.globalOperations.get", "compute.regions.get", "compute.regions.list", "compute.zones.get", "compute.zones.list", "compute.projects.get"]
    "compute.instanceAdmin.v1" "Compute Instance Admin (v1)" ["compute.instances.*", "compute.disks.*", "compute.projects.get", "compute.zones.*", "compute.regions.*"]
    "compute.osLogin" "Compute OS Login" ["compute.instances.osLogin"]
    "compute.osAdminLogin" "Compute OS Admin Login" ["compute.instances.osAdminLogin"]
    "servicenetworking.networksAdmin" "Service Networking Admin" ["servicenetworking.*", "resourcemanager.projects.get"]
    "vpcaccess.admin" "Serverless VPC Access Admin" ["vpcaccess.*", "resourcemanager.projects.get"]
    "vpcaccess.user" "Serverless VPC Access User" ["vpcaccess.connectors.get", "vpcaccess.connectors.list", "vpcaccess.connectors.use", "vpcaccess.locations.list", "vpcaccess.operations.get"]
    "vpcaccess.viewer" "Serverless VPC Access Viewer" ["vpcaccess.connectors.get", "vpcaccess.connectors.list", "vpcaccess.locations.list", "vpcaccess.operations.get"]

    "cloudsql.admin" "Cloud SQL Admin" ["cloudsql.*", "resourcemanager.projects.get"]
    "cloudsql.client" "Cloud SQL Client" ["cloudsql.instances.connect", "cloudsql.instances.get"]
    "cloudsql.editor" "Cloud SQL Editor" ["cloudsql.instances.get", "cloudsql.instances.list", "cloudsql.instances.update", "cloudsql.instances.connect", "cloudsql.databases.*", "cloudsql.users.get", "cloudsql.users.list", "cloudsql.backupRuns.*"]
    "cloudsql.instanceUser" "Cloud SQL Instance User" ["cloudsql.instances.get", "cloudsql.instances.login"]
    "cloudsql.viewer" "Cloud SQL Viewer" ["cloudsql.instances.get", "cloudsql.instances.list", "cloudsql.databases.get", "cloudsql.databases.list", "cloudsql.users.list", "cloudsql.backupRuns.get", "cloudsql.backupRuns.list"]
    "redis.admin" "Cloud Memorystore Redis Admin" ["redis.*", "resourcemanager.projects.get"]
    "redis.editor" "Cloud Memorystore Redis Editor" ["redis.instances.get", "redis.instances.list", "redis.instances.update", "redis.locations.*", "redis.operations.*"]
    "redis.viewer" "Cloud Memorystore Redis Viewer" ["redis.instances.get", "redis.instances.list", "redis.locations.*", "redis.operations.get", "redis.operations.list"]
    "redis.dbConnectionUser" "Cloud Memorystore Redis Db Connection User" ["redis.clusters.connect"]
    "secretmanager.admin" "Secret Manager Admin" ["secretmanager.*", "resourcemanager.projects.get"]
    "secretmanager.secretAccessor" "Secret Manager Secret Accessor" ["secretmanager.versions.access", "resourcemanager.projects.get"]
    "secretmanager.secretVersionAdder" "Secret Manager Secret Version Adder" ["secretmanager.versions.add", "resourcemanager.projects.get"]
    "secretmanager.secretVersionManager" "Secret Manager Secret Version Manager" ["secretmanager.versions.add", "secretmanager.versions.destroy", "secretmanager.versions.disable", "secretmanager.versions.enable", "secretmanager.versions.get", "secretmanager.versions.list"]
    "secretmanager.viewer" "Secret Manager Viewer" ["secretmanager.locations.get", "secretmanager.locations.list", "secretmanager.secrets.get", "secretmanager.secrets.getIamPolicy", "secretmanager.secrets.list", "secretmanager.versions.get", "secretmanager.versions.list"]

    "run.admin" "Cloud Run Admin" ["run.*", "resourcemanager.projects.get"]
    "run.developer" "Cloud Run Developer" ["run.configurations.*", "run.executions.*", "run.jobs.create", "run.jobs.delete", "run.jobs.get", "run.jobs.list", "run.jobs.run", "run.jobs.update", "run.locations.list", "run.operations.*", "run.revisions.*", "run.routes.get", "run.routes.list", "run.services.create", "run.services.delete", "run.services.get", "run.services.getIamPolicy", "run.services.list", "run.services.update", "resourcemanager.projects.get"]
    "run.invoker" "Cloud Run Invoker" ["run.routes.invoke", "run.jobs.run"]
    "run.servicesInvoker" "Cloud Run Service Invoker" ["run.routes.invoke"]
    "run.sourceDeveloper" "Cloud Run Source Developer" ["run.services.create", "run.services.get", "run.services.list", "run.services.update", "cloudbuild.builds.create", "cloudbuild.builds.get", "artifactregistry.repositories.create", "artifactregistry.repositories.get"]
    "run.viewer" "Cloud Run Viewer" ["run.services.get", "run.services.list", "run.services.getIamPolicy", "run.revisions.get", "run.revisions.list", "run.routes.get", "run.routes.list", "run.locations.list", "run.operations.get", "run.jobs.get", "run.jobs.list"]
    "artifactregistry.admin" "Artifact Registry Administrator" ["artifactregistry.*"]
    "artifactregistry.reader" "Artifact Registry Reader" ["artifactregistry.repositories.get", "artifactregistry.repositories.list", "artifactregistry.repositories.downloadArtifacts", "artifactregistry.files.*", "artifactregistry.dockerimages.*", "artifactregistry.packages.get", "artifactregistry.packages.list", "artifactregistry.versions.get", "artifactregistry.versions.list", "artifactregistry.tags.get", "artifactregistry.tags.list"]
    "artifactregistry.writer" "Artifact Registry Writer" ["artifactregistry.repositories.get", "artifactregistry.repositories.list", "artifactregistry.repositories.downloadArtifacts", "artifactregistry.repositories.uploadArtifacts", "artifactregistry.files.*", "artifactregistry.dockerimages.*", "artifactregistry.packages.get", "artifactregistry.packages.list", "artifactregistry.versions.get", "artifactregistry.versions.list", "artifactregistry.tags.*"]
    "artifactregistry.repoAdmin" "Artifact Registry Repository Administrator" ["artifactregistry.repositories.get", "artifactregistry.repositories.list", "artifactregistry.repositories.downloadArtifacts", "artifactregistry.repositories.uploadArtifacts", "artifactregistry.repositories.deleteArtifacts", "artifactregistry.files.*", "artifactregistry.packages.*", "artifactregistry.versions.*", "artifactregistry.tags.*"]
    "artifactregistry.createOnPushWriter" "Artifact Registry Create-on-Push Writer" ["artifactregistry.repositories.createOnPush", "artifactregistry.repositories.get", "artifactregistry.repositories.uploadArtifacts"]
    "cloudbuild.builds.builder" "Cloud Build Service Account" ["artifactregistry.repositories.*", "cloudbuild.builds.*", "logging.logEntries.create", "storage.buckets.create", "storage.buckets.get", "storage.objects.*"]
    "cloudbuild.builds.editor" "Cloud Build Editor" ["cloudbuild.builds.*", "resourcemanager.projects.get"]
    "cloudbuild.builds.viewer" "Cloud Build Viewer" ["cloudbuild.builds.get", "cloudbuild.builds.list"]
    "cloudbuild.connectionAdmin" "Cloud Build Connection Admin" ["cloudbuild.connections.*", "cloudbuild.repositories.*"]
    "cloudbuild.connectionViewer" "Cloud Build Connection Viewer" ["cloudbuild.connections.get", "cloudbuild.connections.list", "cloudbuild.repositories.get", "cloudbuild.repositories.list"]
    "developerconnect.readTokenAccessor" "Developer Connect Read Token Accessor" ["developerconnect.gitRepositoryLinks.fetchReadToken"]

    "storage.admin" "Storage Admin" ["storage.*", "resourcemanager.projects.get"]
    "storage.bucketViewer" "Storage Bucket Viewer" ["storage.buckets.get", "storage.buckets.list"]
    "storage.objectAdmin" "Storage Object Admin" ["storage.objects.*", "storage.folders.*", "storage.multipartUploads.*"]
    "storage.objectCreator" "Storage Object Creator" ["storage.objects.create", "storage.folders.create", "storage.multipartUploads.create"]
    "storage.objectUser" "Storage Object User" ["storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list", "storage.objects.update"]
    "storage.objectViewer" "Storage Object Viewer" ["storage.objects.get", "storage.objects.list", "storage.folders.get", "storage.folders.list"]
    "storage.insightsCollectorService" "Storage Insights Collector Service" ["storage.buckets.get", "storage.buckets.getObjectInsights"]
    "storage.legacyBucketOwner" "Storage Legacy Bucket Owner" ["storage.buckets.get", "storage.buckets.getIamPolicy", "storage.buckets.setIamPolicy", "storage.buckets.update", "storage.objects.create", "storage.objects.delete", "storage.objects.list"]
    "storage.legacyBucketReader" "Storage Legacy Bucket Reader" ["storage.buckets.get", "storage.objects.list"]
    "storage.legacyBucketWriter" "Storage Legacy Bucket Writer" ["storage.buckets.get", "storage.objects.create", "storage.objects.delete", "storage.objects.list"]
    "storage.legacyObjectOwner" "Storage Legacy Object Owner" ["storage.objects.get", "storage.objects.getIamPolicy", "storage.objects.setIamPolicy", "storage.objects.update"]
    "storage.legacyObjectReader" "Storage Legacy Object Reader" ["storage.objects.get"]

    "logging.admin" "Logging Admin" ["logging.*", "resourcemanager.projects.get"]
    "logging.bucketWriter" "Logs Bucket Writer" ["logging.buckets.write"]
    "logging.configWriter" "Logs Configuration Writer" ["logging.buckets.*", "logging.exclusions.*", "logging.locations.*", "logging.logMetrics.*", "logging.logs.list", "logging.operations.*", "logging.settings.*", "logging.sinks.*", "logging.views.*", "resourcemanager.projects.get"]
    "logging.logWriter" "Logs Writer" ["logging.logEntries.create", "logging.logEntries.route"]
    "logging.viewer" "Logs Viewer" ["logging.buckets.get", "logging.buckets.list", "logging.logEntries.list", "logging.logMetrics.get", "logging.logMetrics.list", "logging.logs.list", "logging.sinks.get", "logging.sinks.list"]
    "logging.privateLogViewer" "Private Logs Viewer" ["logging.buckets.get", "logging.buckets.list", "logging.logEntries.list", "logging.privateLogEntries.list", "logging.logMetrics.get", "logging.logMetrics.list", "logging.logs.list", "logging.sinks.get", "logging.sinks.list"]
    "logging.viewAccessor" "Logs View Accessor" ["logging.logEntries.download", "logging.views.access"]
    "monitoring.admin" "Monitoring Admin" ["monitoring.*", "resourcemanager.projects.get"]
    "monitoring.editor" "Monitoring Editor" ["monitoring.*"]
    "monitoring.viewer" "Monitoring Viewer" ["monitoring.alertPolicies.get", "monitoring.alertPolicies.list", "monitoring.dashboards.get", "monitoring.dashboards.list", "monitoring.notificationChannels.get", "monitoring.notificationChannels.list", "monitoring.uptimeCheckConfigs.get", "monitoring.uptimeCheckConfigs.list", "monitoring.timeSeries.list", "monitoring.metricDescriptors.get", "monitoring.metricDescriptors.list"]
    "monitoring.metricWriter" "Monitoring Metric Writer" ["monitoring.metricDescriptors.create", "monitoring.metricDescriptors.get", "monitoring.metricDescriptors.list", "monitoring.timeSeries.create"]
    "monitoring.alertPolicyEditor" "Monitoring AlertPolicy Editor" ["monitoring.alertPolicies.*"]
    "monitoring.dashboardEditor" "Monitoring Dashboard Configuration Editor" ["monitoring.dashboards.*"]
    "monitoring.notificationChannelEditor" "Monitoring NotificationChannel Editor" ["monitoring.notificationChannels.*"]
    "monitoring.uptimeCheckConfigEditor" "Monitoring Uptime Check Configuration Editor" ["monitoring.uptimeCheckConfigs.*"]
    "cloudtrace.agent" "Cloud Trace Agent" ["cloudtrace.traces.patch"]
    "cloudtrace.user" "Cloud Trace User" ["cloudtrace.*"]
    "cloudprofiler.agent" "Cloud Profiler Agent" ["cloudprofiler.profiles.create", "cloudprofiler.profiles.update"]
    "errorreporting.writer" "Error Reporting Writer" ["errorreporting.errorEvents.create"]

    "pubsub.admin" "Pub/Sub Admin" ["pubsub.*"]
    "pubsub.editor" "Pub/Sub Editor" ["pubsub.topics.attachSubscription", "pubsub.topics.create", "pubsub.topics.delete", "pubsub.topics.detachSubscription", "pubsub.topics.get", "pubsub.topics.list", "pubsub.topics.publish", "pubsub.topics.update", "pubsub.subscriptions.consume", "pubsub.subscriptions.create", "pubsub.subscriptions.delete", "pubsub.subscriptions.get", "pubsub.subscriptions.list", "pubsub.subscriptions.update", "resourcemanager.projects.get"]
    "pubsub.publisher" "Pub/Sub Publisher" ["pubsub.topics.publish"]
    "pubsub.subscriber" "Pub/Sub Subscriber" ["pubsub.subscriptions.consume", "pubsub.topics.attachSubscription"]
    "pubsub.viewer" "Pub/Sub Viewer" ["pubsub.topics.get", "pubsub.topics.list", "pubsub.subscriptions.get", "pubsub.subscriptions.list", "resourcemanager.projects.get"]
    "cloudkms.admin" "Cloud KMS Admin" ["cloudkms.*"]
    "cloudkms.cryptoKeyEncrypterDecrypter" "Cloud KMS CryptoKey Encrypter/Decrypter" ["cloudkms.cryptoKeyVersions.useToDecrypt", "cloudkms.cryptoKeyVersions.useToEncrypt"]
    "dns.admin" "DNS Administrator" ["dns.*"]
    "cloudscheduler.admin" "Cloud Scheduler Admin" ["cloudscheduler.*"]
    "cloudtasks.enqueuer" "Cloud Tasks Enqueuer" ["cloudtasks.tasks.create"]
    "cloudfunctions.developer" "Cloud Functions Developer" ["cloudfunctions.*"]
    "container.developer" "Kubernetes Engine Developer" ["container.*"]
    "bigquery.dataEditor" "BigQuery Data Editor" ["bigquery.datasets.*", "bigquery.tables.*"]
    "bigquery.dataViewer" "BigQuery Data Viewer" ["bigquery.datasets.get", "bigquery.tables.get", "bigquery.tables.list"]
    "bigquery.jobUser" "BigQuery Job User" ["bigquery.jobs.create"]
    "datastore.user" "Cloud Datastore User" ["datastore.*"]
    "cloudasset.viewer" "Cloud Asset Viewer" ["cloudasset.*"]

    "artifactregistry.serviceAgent" "Artifact Registry Service Agent" ["artifactregistry.*", "storage.objects.get"]
    "cloudbuild.serviceAgent" "Cloud Build Service Agent" ["cloudbuild.*", "iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.actAs", "logging.logEntries.create", "storage.objects.get"]
    "cloudsql.serviceAgent" "Cloud SQL Service Agent" ["cloudsql.*", "compute.networks.get", "compute.networks.use"]
    "compute.serviceAgent" "Compute Engine Service Agent" ["compute.*"]
    "containerregistry.ServiceAgent" "Container Registry Service Agent" ["storage.*", "pubsub.topics.publish"]
    "logging.serviceAgent" "Cloud Logging Service Agent" ["logging.*"]
    "monitoring.notificationServiceAgent" "Monitoring Service Agent" ["monitoring.*", "servicedirectory.networks.access"]
    "pubsub.serviceAgent" "Cloud Pub/Sub Service Agent" ["iam.serviceAccounts.getOpenIdToken", "resourcemanager.projects.get"]
    "redis.serviceAgent" "Cloud Memorystore Redis Service Agent" ["redis.*", "compute.networks.get", "compute.networks.use", "compute.projects.get"]
    "run.serviceAgent" "Cloud Run Service Agent" ["run.*", "artifactregistry.repositories.downloadArtifacts", "artifactregistry.repositories.get", "iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.signBlob", "storage.objects.get", "vpcaccess.connectors.get", "vpcaccess.connectors.use"]
    "servicenetworking.serviceAgent" "Service Networking Service Agent" ["servicenetworking.*", "compute.networks.*", "compute.globalAddresses.*", "compute.subnetworks.get"]
    "vpcaccess.serviceAgent" "Serverless VPC Access Service Agent" ["vpcaccess.*", "compute.networks.get", "compute.subnetworks.get", "compute.instances.*", "compute.firewalls.*"]
}
