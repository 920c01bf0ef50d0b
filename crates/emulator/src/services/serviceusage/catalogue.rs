//! The APIs that can be switched on: the ones that the emulator serves, and enough others that a person's script finds
//! what it enables.

/// One API.
#[derive(Debug)]
pub struct Api {
    /// `redis.googleapis.com`
    pub name: &'static str,
    /// As the console shows it.
    pub title: &'static str,
    /// It cannot be switched on without billing [gcloud's users' reports; for some: guess].
    pub paid: bool,
    /// What is switched on with it.
    pub brings: &'static [&'static str],
    /// Its agent's account appears at once; otherwise at the first use, or by `generateServiceIdentity`.
    pub agent_at_once: bool,
}

const fn free(name: &'static str, title: &'static str) -> Api {
    Api { name, title, paid: false, brings: &[], agent_at_once: false }
}

const fn paid(name: &'static str, title: &'static str) -> Api {
    Api { name, title, paid: true, brings: &[], agent_at_once: false }
}

/// All of them, sorted by name as `services list` answers them.
pub static APIS: &[Api] = &[
    free("analyticshub.googleapis.com", "Analytics Hub API"),
    paid("apigateway.googleapis.com", "API Gateway API"),
    free("apikeys.googleapis.com", "API Keys API"),
    paid("appengine.googleapis.com", "App Engine Admin API"),
    Api { agent_at_once: true, ..paid("artifactregistry.googleapis.com", "Artifact Registry API") },
    free("bigquery.googleapis.com", "BigQuery API"),
    free("bigqueryconnection.googleapis.com", "BigQuery Connection API"),
    free("bigquerydatapolicy.googleapis.com", "BigQuery Data Policy API"),
    free("bigquerymigration.googleapis.com", "BigQuery Migration API"),
    free("bigqueryreservation.googleapis.com", "BigQuery Reservation API"),
    free("bigquerystorage.googleapis.com", "BigQuery Storage API"),
    free("billingbudgets.googleapis.com", "Cloud Billing Budget API"),
    paid("certificatemanager.googleapis.com", "Certificate Manager API"),
    Api {
        // The bundle that `projects create` switches on by default [Google's documentation of default APIs].
        brings: &[
            "analyticshub.googleapis.com",
            "bigquery.googleapis.com",
            "bigqueryconnection.googleapis.com",
            "bigquerydatapolicy.googleapis.com",
            "bigquerymigration.googleapis.com",
            "bigqueryreservation.googleapis.com",
            "bigquerystorage.googleapis.com",
            "cloudtrace.googleapis.com",
            "dataform.googleapis.com",
            "dataplex.googleapis.com",
            "datastore.googleapis.com",
            "logging.googleapis.com",
            "monitoring.googleapis.com",
            "servicemanagement.googleapis.com",
            "serviceusage.googleapis.com",
            "sql-component.googleapis.com",
            "storage-api.googleapis.com",
            "storage-component.googleapis.com",
            "storage.googleapis.com",
        ],
        ..free("cloudapis.googleapis.com", "Google Cloud APIs")
    },
    free("cloudasset.googleapis.com", "Cloud Asset API"),
    free("cloudbilling.googleapis.com", "Cloud Billing API"),
    Api {
        brings: &["containerregistry.googleapis.com", "pubsub.googleapis.com", "storage-api.googleapis.com"],
        agent_at_once: true,
        ..paid("cloudbuild.googleapis.com", "Cloud Build API")
    },
    paid("cloudfunctions.googleapis.com", "Cloud Functions API"),
    paid("cloudkms.googleapis.com", "Cloud Key Management Service (KMS) API"),
    free("cloudquotas.googleapis.com", "Cloud Quotas API"),
    free("cloudresourcemanager.googleapis.com", "Cloud Resource Manager API"),
    paid("cloudscheduler.googleapis.com", "Cloud Scheduler API"),
    paid("cloudtasks.googleapis.com", "Cloud Tasks API"),
    free("cloudtrace.googleapis.com", "Cloud Trace API"),
    Api {
        brings: &["oslogin.googleapis.com"],
        agent_at_once: true,
        ..paid("compute.googleapis.com", "Compute Engine API")
    },
    Api { brings: &["compute.googleapis.com"], ..paid("container.googleapis.com", "Kubernetes Engine API") },
    paid("containeranalysis.googleapis.com", "Container Analysis API"),
    Api { agent_at_once: true, ..paid("containerregistry.googleapis.com", "Container Registry API") },
    paid("containerscanning.googleapis.com", "Container Scanning API"),
    free("dataform.googleapis.com", "Dataform API"),
    free("dataplex.googleapis.com", "Cloud Dataplex API"),
    free("datastore.googleapis.com", "Cloud Datastore API"),
    free("developerconnect.googleapis.com", "Developer Connect API"),
    paid("dns.googleapis.com", "Cloud DNS API"),
    free("essentialcontacts.googleapis.com", "Essential Contacts API"),
    paid("eventarc.googleapis.com", "Eventarc API"),
    paid("file.googleapis.com", "Cloud Filestore API"),
    free("firestore.googleapis.com", "Cloud Firestore API"),
    free("iam.googleapis.com", "Identity and Access Management (IAM) API"),
    free("iamcredentials.googleapis.com", "IAM Service Account Credentials API"),
    free("iap.googleapis.com", "Cloud Identity-Aware Proxy API"),
    free("logging.googleapis.com", "Cloud Logging API"),
    paid("memcache.googleapis.com", "Cloud Memorystore for Memcached API"),
    free("monitoring.googleapis.com", "Cloud Monitoring API"),
    paid("networkconnectivity.googleapis.com", "Network Connectivity API"),
    free("networkmanagement.googleapis.com", "Network Management API"),
    free("orgpolicy.googleapis.com", "Organization Policy API"),
    free("oslogin.googleapis.com", "Cloud OS Login API"),
    free("policytroubleshooter.googleapis.com", "Policy Troubleshooter API"),
    Api { agent_at_once: true, ..free("pubsub.googleapis.com", "Cloud Pub/Sub API") },
    free("recommender.googleapis.com", "Recommender API"),
    paid("redis.googleapis.com", "Google Cloud Memorystore for Redis API"),
    Api { agent_at_once: true, ..paid("run.googleapis.com", "Cloud Run Admin API") },
    paid("secretmanager.googleapis.com", "Secret Manager API"),
    free("servicecontrol.googleapis.com", "Service Control API"),
    free("servicedirectory.googleapis.com", "Service Directory API"),
    free("servicemanagement.googleapis.com", "Service Management API"),
    free("servicenetworking.googleapis.com", "Service Networking API"),
    free("serviceusage.googleapis.com", "Service Usage API"),
    free("sourcerepo.googleapis.com", "Cloud Source Repositories API"),
    paid("spanner.googleapis.com", "Cloud Spanner API"),
    free("sql-component.googleapis.com", "Cloud SQL"),
    free("sqladmin.googleapis.com", "Cloud SQL Admin API"),
    free("storage-api.googleapis.com", "Google Cloud Storage JSON API"),
    free("storage-component.googleapis.com", "Cloud Storage"),
    free("storage.googleapis.com", "Cloud Storage API"),
    free("storagetransfer.googleapis.com", "Storage Transfer API"),
    free("telemetry.googleapis.com", "Telemetry (OTLP) API"),
    Api { agent_at_once: true, ..paid("vpcaccess.googleapis.com", "Serverless VPC Access API") },
    paid("workflows.googleapis.com", "Workflows API"),
];

/// An API by its name.
pub fn find(name: &str) -> Option<&'static Api> {
    APIS.iter().find(|api| api.name == name)
}
