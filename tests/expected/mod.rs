//! What must exist after a deploy, written down from the issue and not from the code.

use serde_json::{Value, json};
use support::Lab;

struct Sizes {
    tier: &'static str,
    availability: &'static str,
    protected: bool,
    redis: (&'static str, i64),
}

fn sizes(env: &str) -> Sizes {
    match env {
        "prod" => Sizes {
            tier: "db-custom-2-7680",
            availability: "REGIONAL",
            protected: true,
            redis: ("STANDARD_HA", 5),
        },
        "staging" => {
            Sizes { tier: "db-f1-micro", availability: "ZONAL", protected: true, redis: ("BASIC", 1) }
        }
        _ => Sizes { tier: "db-f1-micro", availability: "ZONAL", protected: false, redis: ("BASIC", 1) },
    }
}

/// One object and its policy.
struct Seen {
    data: Value,
    policy: Value,
}

struct World {
    objects: Value,
    project: String,
}

impl World {
    fn at(&self, key: &str) -> Seen {
        let key = key.replace("$P", &self.project);
        let object = &self.objects[&key];
        assert!(object.is_object(), "{key} is not in the world");
        Seen { data: object["data"].clone(), policy: object["policy"].clone() }
    }

    fn below(&self, prefix: &str) -> Vec<Value> {
        let prefix = prefix.replace("$P", &self.project);
        let objects = self.objects.as_object().expect("objects");
        objects
            .iter()
            .filter(|(key, _)| key.starts_with(&prefix))
            .map(|(_, object)| object["data"].clone())
            .collect()
    }
}

/// Whether a policy grants exactly these members a role.
#[track_caller]
fn granted(policy: &Value, role: &str, members: &[&str]) {
    let found: Vec<&str> = policy["bindings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|b| b["role"] == role)
        .flat_map(|b| b["members"].as_array().into_iter().flatten())
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(found, members, "{role} in {policy}");
}

/// Asserts everything that issue 2, section 1, names, in a project that the tool made.
#[track_caller]
pub fn assert_deployed(lab: &Lab, env: &str) {
    assert_all(lab, env, true);
}

/// The same in a project that was there: its `default` network is left as it is.
#[track_caller]
pub fn assert_deployed_into_existing(lab: &Lab, env: &str) {
    assert_all(lab, env, false);
}

#[track_caller]
fn assert_all(lab: &Lab, env: &str, ours: bool) {
    let project = format!("codementor-{env}");
    let world = World { objects: lab.emulator.world()["objects"].clone(), project: project.clone() };
    let sizes = sizes(env);
    project_and_network(&world, ours);
    database(&world, &sizes);
    redis(&world, &sizes);
    service(&world);
    delivery(&world);
    monitoring(&world);
    secrets_agree(lab, &world);
}

fn project_and_network(world: &World, ours: bool) {
    let project = world.at("cloudresourcemanager/projects/$P").data;
    assert_eq!(project["lifecycleState"], "ACTIVE");
    assert_eq!(world.at("cloudbilling/projects/$P/billingInfo").data["billingEnabled"], true);
    for api in [
        "compute",
        "servicenetworking",
        "sqladmin",
        "redis",
        "vpcaccess",
        "run",
        "cloudbuild",
        "artifactregistry",
        "secretmanager",
        "cloudresourcemanager",
        "iam",
        "logging",
        "monitoring",
        "cloudtrace",
        "storage",
        "serviceusage",
        "billingbudgets",
    ] {
        let service = world.at(&format!("serviceusage/projects/$P/services/{api}.googleapis.com")).data;
        assert_eq!(service["state"], "ENABLED", "{api}");
    }
    let networks = world.below("compute/projects/$P/global/networks/");
    let default = networks.iter().any(|network| network["name"] == "default");
    assert_eq!(default, !ours, "the default network goes where the tool made the project, and only there");
    let network = world.at("compute/projects/$P/global/networks/codementor-vpc").data;
    assert_eq!(network["autoCreateSubnetworks"], false);
    assert_eq!(network["routingConfig"]["routingMode"], "REGIONAL");
    let own = |objects: Vec<Value>| -> Vec<Value> {
        let ours =
            |object: &Value| object["network"].as_str().is_some_and(|n| n.ends_with("/codementor-vpc"));
        objects.into_iter().filter(ours).collect()
    };
    let subnets = own(world.below("compute/projects/$P/regions/us-central1/subnetworks/"));
    assert_eq!(subnets.len(), 1);
    assert_eq!(subnets[0]["name"], "codementor-subnet");
    assert_eq!(subnets[0]["ipCidrRange"], "10.128.0.0/20");
    assert_eq!(subnets[0]["privateIpGoogleAccess"], true);
    let rules = own(world.below("compute/projects/$P/global/firewalls/"));
    assert_eq!(rules.len(), 2, "{rules:?}");
    for rule in &rules {
        let mut sources: Vec<&str> =
            rule["sourceRanges"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        sources.sort_unstable();
        if rule["name"].as_str().is_some_and(|n| n.contains("ssh")) {
            assert_eq!(sources, ["35.235.240.0/20"]);
            assert_eq!(rule["allowed"], json!([{"IPProtocol": "tcp", "ports": ["22"]}]));
        } else {
            assert_eq!(sources, ["10.128.0.0/20", "10.8.0.0/28"]);
            let mut protocols: Vec<&str> = rule["allowed"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|a| a["IPProtocol"].as_str())
                .collect();
            protocols.sort_unstable();
            assert_eq!(protocols, ["icmp", "tcp", "udp"]);
        }
    }
    let address =
        world.at("compute/projects/$P/global/addresses/google-managed-services-codementor-vpc").data;
    assert_eq!((&address["address"], &address["prefixLength"]), (&json!("10.20.0.0"), &json!(16)));
    assert_eq!(address["purpose"], "VPC_PEERING");
    let peering = world
        .at("servicenetworking/projects/$P/global/networks/codementor-vpc/connections/servicenetworking.googleapis.com")
        .data;
    assert_eq!(peering["reservedPeeringRanges"], json!(["google-managed-services-codementor-vpc"]));
}

fn database(world: &World, sizes: &Sizes) {
    let instance = world.at("sqladmin/projects/$P/instances/codementor-db").data;
    assert_eq!(instance["databaseVersion"], "POSTGRES_15");
    assert_eq!(instance["state"], "RUNNABLE");
    let settings = &instance["settings"];
    assert_eq!(settings["tier"], sizes.tier);
    assert_eq!(settings["edition"], "ENTERPRISE");
    assert_eq!(settings["availabilityType"], sizes.availability);
    assert_eq!(settings["deletionProtectionEnabled"].as_bool().unwrap_or(false), sizes.protected);
    assert_eq!(settings["dataDiskType"], "PD_SSD");
    assert_eq!(settings["dataDiskSizeGb"], "10");
    assert_eq!(settings["storageAutoResize"], true);
    let backups = &settings["backupConfiguration"];
    assert_eq!((&backups["enabled"], &backups["startTime"]), (&json!(true), &json!("03:00")));
    assert_eq!(backups["pointInTimeRecoveryEnabled"], true);
    assert_eq!(backups["backupRetentionSettings"]["retainedBackups"], 7);
    assert_eq!(
        (&settings["maintenanceWindow"]["day"], &settings["maintenanceWindow"]["hour"]),
        (&json!(7), &json!(4))
    );
    let ip = &settings["ipConfiguration"];
    assert_eq!((&ip["ipv4Enabled"], &ip["sslMode"]), (&json!(false), &json!("ENCRYPTED_ONLY")));
    assert!(ip["privateNetwork"].as_str().is_some_and(|n| n.ends_with("global/networks/codementor-vpc")));
    assert_eq!(settings["databaseFlags"], json!([{"name": "max_connections", "value": "100"}]));
    let addresses = instance["ipAddresses"].as_array().expect("addresses");
    assert!(addresses.iter().all(|a| a["type"] == "PRIVATE"), "{addresses:?}");
    world.at("sqladmin/projects/$P/instances/codementor-db/databases/codementor");
    world.at("sqladmin/projects/$P/instances/codementor-db/users/codementor");
}

fn redis(world: &World, sizes: &Sizes) {
    let instance = world.at("redis/projects/$P/locations/us-central1/instances/codementor-cache").data;
    assert_eq!(
        (&instance["tier"], &instance["memorySizeGb"]),
        (&json!(sizes.redis.0), &json!(sizes.redis.1))
    );
    assert_eq!(instance["redisVersion"], "REDIS_7_0");
    assert_eq!(instance["connectMode"], "PRIVATE_SERVICE_ACCESS");
    assert_eq!(instance["authEnabled"], true);
    assert_eq!(instance["transitEncryptionMode"], "SERVER_AUTHENTICATION");
    assert_eq!(instance["persistenceConfig"]["persistenceMode"], "RDB");
    assert_eq!(instance["persistenceConfig"]["rdbSnapshotPeriod"], "TWELVE_HOURS");
    assert_eq!(instance["maintenancePolicy"]["weeklyMaintenanceWindow"][0]["day"], "SUNDAY");
}

fn service(world: &World) {
    let account = format!("codementor-run@{}.iam.gserviceaccount.com", world.project);
    let member = format!("serviceAccount:{account}");
    for secret in ["database-url", "redis-url", "redis-ca"] {
        granted(
            &world.at(&format!("secretmanager/projects/$P/secrets/{secret}")).policy,
            "roles/secretmanager.secretAccessor",
            &[&member],
        );
    }
    assert_eq!(
        world.at("secretmanager/projects/$P/secrets/db-password").policy["bindings"],
        Value::Null,
        "the service does not read it"
    );
    let connector =
        world.at("vpcaccess/projects/$P/locations/us-central1/connectors/codementor-connector").data;
    assert_eq!(
        (&connector["ipCidrRange"], &connector["machineType"]),
        (&json!("10.8.0.0/28"), &json!("f1-micro"))
    );
    assert_eq!((&connector["minInstances"], &connector["maxInstances"]), (&json!(2), &json!(3)));
    assert_eq!(connector["state"], "READY");
    let seen = world.at("run/projects/$P/locations/us-central1/services/codementor-backend");
    granted(&seen.policy, "roles/run.invoker", &["allUsers"]);
    let template = &seen.data["spec"]["template"];
    let annotations = &template["metadata"]["annotations"];
    assert_eq!(annotations["autoscaling.knative.dev/maxScale"], "10");
    assert_eq!(annotations["run.googleapis.com/vpc-access-egress"], "private-ranges-only");
    assert!(
        annotations["run.googleapis.com/vpc-access-connector"]
            .as_str()
            .is_some_and(|c| c.ends_with("codementor-connector"))
    );
    assert_eq!(template["spec"]["serviceAccountName"], account);
    assert_eq!(template["spec"]["containerConcurrency"], 80);
    assert_eq!(template["spec"]["timeoutSeconds"], 300);
    let container = &template["spec"]["containers"][0];
    let limits = &container["resources"]["limits"];
    assert!(limits["cpu"] == "1" || limits["cpu"] == "1000m", "{limits}");
    assert_eq!(limits["memory"], "512Mi");
    let env = |name: &str| {
        let list = container["env"].as_array().cloned().unwrap_or_default();
        list.into_iter().find(|e| e["name"] == name).unwrap_or_else(|| panic!("{name} in {container}"))
    };
    assert_eq!(env("PGSSLMODE")["value"], "require");
    assert_eq!(env("DATABASE_URL")["valueFrom"]["secretKeyRef"]["name"], "database-url");
    assert_eq!(env("REDIS_URL")["valueFrom"]["secretKeyRef"]["name"], "redis-url");
    assert_eq!(template["spec"]["volumes"][0]["secret"]["secretName"], "redis-ca");
    let mount = container["volumeMounts"][0]["mountPath"].as_str().expect("the CA is mounted");
    assert!(env("REDIS_CA_FILE")["value"].as_str().is_some_and(|file| file.starts_with(mount)));
}

fn delivery(world: &World) {
    let build = format!("serviceAccount:codementor-build@{}.iam.gserviceaccount.com", world.project);
    let repository = world.at("artifactregistry/projects/$P/locations/us-central1/repositories/codementor");
    assert_eq!(repository.data["format"], "DOCKER");
    let policies = repository.data["cleanupPolicies"].as_object().expect("cleanup policies");
    assert!(
        policies
            .values()
            .any(|p| p["action"].as_str() == Some("KEEP") || p["mostRecentVersions"]["keepCount"] == 10)
    );
    assert!(
        policies
            .values()
            .any(|p| p["condition"]["olderThan"].as_str().is_some_and(|t| t.starts_with("2592000")))
    );
    granted(&repository.policy, "roles/artifactregistry.writer", &[&build]);
    let project = world.at("cloudresourcemanager/projects/$P").policy;
    granted(&project, "roles/run.developer", &[&build]);
    granted(&project, "roles/logging.logWriter", &[&build]);
    let bindings = project["bindings"].as_array().cloned().unwrap_or_default();
    for broad in ["roles/run.admin", "roles/iam.serviceAccountUser", "roles/secretmanager.secretAccessor"] {
        assert!(bindings.iter().all(|b| b["role"] != broad), "{broad} on the whole project");
    }
    let runtime =
        world.at("iam/projects/$P/serviceAccounts/codementor-run@$P.iam.gserviceaccount.com").policy;
    granted(&runtime, "roles/iam.serviceAccountUser", &[&build]);
    let sources = world.at("storage/b/$P_cloudbuild").policy;
    granted(&sources, "roles/storage.objectViewer", &[&build]);
}

fn monitoring(world: &World) {
    let default = world.at("logging/projects/$P/locations/global/buckets/_Default").data;
    assert_eq!(default["retentionDays"], 30);
    let archive = world.at("storage/b/codementor-logs-$P");
    let access = &archive.data["iamConfiguration"];
    assert_eq!(access["uniformBucketLevelAccess"]["enabled"], true);
    assert_eq!(access["publicAccessPrevention"], "enforced");
    assert!(archive.data["lifecycle"]["rule"].as_array().is_some_and(|rules| !rules.is_empty()));
    let sinks = world.below("logging/projects/$P/sinks/");
    let destination = format!("storage.googleapis.com/codementor-logs-{}", world.project);
    let sink =
        sinks.iter().find(|s| s["destination"] == destination.as_str()).expect("a sink to the archive");
    granted(
        &archive.policy,
        "roles/storage.objectCreator",
        &[sink["writerIdentity"].as_str().expect("a writer")],
    );
    assert_eq!(world.below("logging/projects/$P/metrics/").len(), 1);
    let url =
        world.at("run/projects/$P/locations/us-central1/services/codementor-backend").data["status"]["url"]
            .clone();
    let checks = world.below("monitoring/projects/$P/uptimeCheckConfigs/");
    assert_eq!(checks.len(), 1);
    let host = checks[0]["monitoredResource"]["labels"]["host"].as_str().expect("a host");
    assert_eq!(url, format!("https://{host}"));
    assert_eq!(checks[0]["httpCheck"]["path"], "/health");
    let policies = world.below("monitoring/projects/$P/alertPolicies/");
    assert_eq!(policies.len(), 5, "{policies:?}");
    let text = Value::Array(policies.clone()).to_string();
    for part in [
        "denominatorFilter",
        "uptime_check/check_passed",
        "PERCENTILE_95",
        "conditionPrometheusQueryLanguage",
        "num_backends",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(world.below("monitoring/projects/$P/dashboards/").len(), 1);
}

/// The cache's AUTH string, as a user reads it.
pub fn auth_string(lab: &Lab, project: &str) -> String {
    lab.gcloud(&[
        "redis",
        "instances",
        "get-auth-string",
        "codementor-cache",
        "--region=us-central1",
        "--format=value(authString)",
        &format!("--project={project}"),
    ])
}

/// The user's password, the secret and the URL agree; read back with gcloud, as a user would.
fn secrets_agree(lab: &Lab, world: &World) {
    let project = format!("--project={}", world.project);
    let read = |secret: &str| {
        lab.gcloud(&["secrets", "versions", "access", "latest", &format!("--secret={secret}"), &project])
    };
    let (password, url) = (read("db-password"), read("database-url"));
    assert!(password.len() >= 32, "{} characters", password.len());
    let instance = world.at("sqladmin/projects/$P/instances/codementor-db").data;
    let ip = instance["ipAddresses"][0]["ipAddress"].as_str().expect("an address");
    assert_eq!(url, format!("postgresql://codementor:{password}@{ip}:5432/codementor"));
    // Equal secrets have equal digests in the emulator's world.
    let key = format!("sqladmin/projects/{}/instances/codementor-db/users/codementor", world.project);
    let user = world.objects[&key]["hidden"]["password"].clone();
    let versions = format!("secretmanager/projects/{}/secrets/db-password/versions/1", world.project);
    let stored = world.objects[&versions]["hidden"].to_string();
    assert!(user.as_str().is_some_and(|digest| stored.contains(digest)), "{user} in {stored}");
    let cache = world.at("redis/projects/$P/locations/us-central1/instances/codementor-cache").data;
    let auth = auth_string(lab, &world.project);
    let host = cache["host"].as_str().expect("a host");
    assert_eq!(read("redis-url"), format!("rediss://:{}@{host}:6378/0", auth.trim()));
    assert_eq!(cache["port"], 6378);
    let authority = cache["serverCaCerts"][0]["cert"].as_str().expect("a certificate").trim().to_owned();
    assert_eq!(read("redis-ca").trim(), authority);
    for secret in ["db-password", "database-url", "redis-url", "redis-ca"] {
        assert_eq!(
            world.below(&format!("secretmanager/projects/$P/secrets/{secret}/versions/")).len(),
            1,
            "{secret}"
        );
    }
}
