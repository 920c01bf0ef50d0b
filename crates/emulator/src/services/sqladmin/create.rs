//! Making an instance.

use super::operations::{self, Change, link};
use super::{invalid, rules};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::Effect;
use crate::services::certificate;
use crate::services::compute::{NoSpace, private_address};
use crate::world::merge;
use serde_json::{Value, json};

/// A typical creation, in seconds.
const SECONDS: f64 = 360.0;

pub fn insert(call: &mut Call) -> Answer {
    let mut instance = call.input();
    let name = instance["name"].as_str().unwrap_or_default().to_owned();
    rules::name(call.project(), &name)?;
    let key = format!("sqladmin/projects/{}/instances/{name}", call.project());
    if call.world.has(&key) {
        return Err(ApiError::already_exists("The Cloud SQL instance already exists.")
            .reason("instanceAlreadyExists"));
    }
    let region = instance["region"].as_str().unwrap_or("us-central1").to_owned();
    rules::region(&region)?;
    let version = instance["databaseVersion"].as_str().unwrap_or("MYSQL_8_0").to_owned();
    let password = instance.as_object_mut().and_then(|map| map.remove("rootPassword"));
    let mut settings = defaults(&instance["settings"], &region, &version);
    rules::settings(&settings, &version)?;
    set_relative(call, &mut settings);
    let address = network(call, &settings, &key, &name, &region)?;
    settings["settingsVersion"] = json!("1");

    let project = call.project().to_owned();
    let agent =
        format!("p{}-{}@gcp-sa-cloud-sql.iam.gserviceaccount.com", call.project_number(), call.world.hex(6));
    let shown = json!({
        "kind": "sql#instance",
        "name": name,
        "project": project,
        "region": region,
        "gceZone": settings["locationPreference"]["zone"],
        "state": "PENDING_CREATE",
        "databaseVersion": version,
        "databaseInstalledVersion": format!("{version}_13"),
        "backendType": "SECOND_GEN",
        "instanceType": "CLOUD_SQL_INSTANCE",
        "connectionName": format!("{project}:{region}:{name}"),
        "selfLink": link(&project, &name),
        "serviceAccountEmailAddress": agent,
        "createTime": format!("{:.3}", call.world.now),
        "sqlNetworkArchitecture": "NEW_NETWORK_ARCHITECTURE",
        "etag": call.world.hex(32),
        "settings": settings,
    });
    let ready = ready(call, &shown, address, &name)?;
    call.world.put(&key, shown);
    let mut effects = vec![Effect::Merge { key: key.clone(), patch: ready }];
    effects.extend(contents(&key, &project, &name, &version, password));
    // The instance stays, FAILED (gcloud-facts, faults.md).
    let failure_effects = vec![Effect::Merge { key, patch: json!({"state": "FAILED"}) }];
    operations::start(
        call,
        Change { instance: &name, kind: "CREATE", seconds: SECONDS, effects, failure_effects },
    )
}

/// What Google fills in.
fn defaults(given: &Value, region: &str, version: &str) -> Value {
    // The newer versions come in the bigger edition [seen in GoogleCloudPlatform/magic-modules#18014].
    let plus = ["POSTGRES_16", "POSTGRES_17", "POSTGRES_18"].contains(&version);
    let retained =
        given["backupConfiguration"]["backupRetentionSettings"]["retainedBackups"].as_i64().unwrap_or(7);
    let mut settings = json!({
        "kind": "sql#settings",
        "activationPolicy": "ALWAYS",
        "availabilityType": "ZONAL",
        "connectorEnforcement": "NOT_REQUIRED",
        "dataDiskSizeGb": "10",
        "dataDiskType": "PD_SSD",
        "deletionProtectionEnabled": false,
        "edition": if plus { "ENTERPRISE_PLUS" } else { "ENTERPRISE" },
        "locationPreference": {"kind": "sql#locationPreference", "zone": format!("{region}-c")},
        "pricingPlan": "PER_USE",
        "replicationType": "SYNCHRONOUS",
        "storageAutoResize": true,
        "storageAutoResizeLimit": "0",
        "backupConfiguration": {
            "kind": "sql#backupConfiguration",
            "enabled": false,
            "startTime": "08:00",
            "pointInTimeRecoveryEnabled": false,
            "transactionLogRetentionDays": retained.clamp(1, 7),
            "backupRetentionSettings": {"retentionUnit": "COUNT", "retainedBackups": 7},
        },
        "ipConfiguration": {
            "ipv4Enabled": true,
            "requireSsl": false,
            "sslMode": "ALLOW_UNENCRYPTED_AND_ENCRYPTED",
            "serverCaMode": "GOOGLE_MANAGED_INTERNAL_CA",
        },
    });
    merge(&mut settings, given);
    tidy(&mut settings);
    settings
}

/// What is shown only where it is set, and always with its kind.
pub fn tidy(settings: &mut Value) {
    if settings["maintenanceWindow"].is_object() {
        settings["maintenanceWindow"]["kind"] = json!("sql#maintenanceWindow");
    }
    let backups = &mut settings["backupConfiguration"];
    if backups["pointInTimeRecoveryEnabled"] == true {
        backups["transactionalLogStorageState"] = json!("CLOUD_STORAGE");
    }
    // `requireSsl` follows from `sslMode` [description].
    let ip = &mut settings["ipConfiguration"];
    ip["requireSsl"] = json!(ip["sslMode"] == "TRUSTED_CLIENT_CERTIFICATE_REQUIRED");
}

/// The network as Cloud SQL shows it: relative, whatever URL it was given as.
pub fn set_relative(call: &Call, settings: &mut Value) {
    let ip = &mut settings["ipConfiguration"];
    if let Some(network) = ip["privateNetwork"].as_str() {
        ip["privateNetwork"] = json!(call.world.relative_name(network));
    }
}

/// A private address, if the settings ask for one and the network can give one.
pub fn network(
    call: &mut Call,
    settings: &Value,
    key: &str,
    name: &str,
    region: &str,
) -> Result<Option<String>, ApiError> {
    let ip = &settings["ipConfiguration"];
    let Some(network) = ip["privateNetwork"].as_str() else { return Ok(None) };
    let project = call.project().to_owned();
    let problem = |what: &str| {
        // gcloud-facts, faults.md, and opstrace/opstrace#293.
        invalid(format!("Incorrect Service Networking config for instance: {project}:{name}:{what}"))
    };
    if !call.world.has(&format!("compute/{network}")) {
        return Err(problem("NETWORK_NOT_FOUND"));
    }
    let host = network.split('/').nth(1).unwrap_or_default();
    if !call.world.api_enabled(host, "servicenetworking.googleapis.com") {
        return Err(problem("SERVICE_NETWORKING_NOT_ENABLED"));
    }
    match private_address(call.world, network, "sql", region, key, ip["allocatedIpRange"].as_str()) {
        Ok(address) => Ok(Some(address.to_string())),
        Err(NoSpace::NotPeered) => Err(problem("NETWORK_NOT_PEERED")),
        Err(NoSpace::UnknownRange) => Err(problem("RANGE_NOT_ALLOCATED")),
        Err(NoSpace::Exhausted) => Err(invalid(
            "Failed to create subnetwork. Couldn't find free blocks in allocated IP ranges. Please allocate new ranges \
             for this service provider",
        )),
    }
}

/// What an instance gets when it is ready.
fn ready(call: &Call, instance: &Value, private: Option<String>, name: &str) -> Result<Value, ApiError> {
    let mut addresses = Vec::new();
    if instance["settings"]["ipConfiguration"]["ipv4Enabled"] == true {
        // Addresses for documentation (RFC 5737): nobody is reached there.
        let number = call.world.below("sqladmin/projects/").len() % 250;
        addresses.push(json!({"type": "PRIMARY", "ipAddress": format!("203.0.113.{}", number + 1)}));
    }
    if let Some(address) = private {
        addresses.push(json!({"type": "PRIVATE", "ipAddress": address}));
    }
    let ca = certificate::authority(&format!("Google Cloud SQL Server CA {name}"), call.world.now, 10)?;
    Ok(json!({
        "state": "RUNNABLE",
        "ipAddresses": addresses,
        "serverCaCert": {
            "kind": "sql#sslCert",
            "certSerialNumber": "0",
            "cert": ca.pem,
            "commonName": format!("C=US,O=Google\\, Inc,CN=Google Cloud SQL Server CA {name}"),
            "sha1Fingerprint": ca.sha1,
            "instance": name,
            "createTime": format!("{:.3}", ca.from),
            "expirationTime": format!("{:.3}", ca.until),
        },
    }))
}

/// What a new instance holds: its own database and its administrator.
fn contents(key: &str, project: &str, name: &str, version: &str, password: Option<Value>) -> Vec<Effect> {
    let postgres = version.starts_with("POSTGRES");
    let (database, user) = if postgres { ("postgres", "postgres") } else { ("mysql", "root") };
    let hidden =
        password.filter(Value::is_string).map_or(Value::Null, |password| json!({ "password": password }));
    let database = super::databases::object(project, name, database, "UTF8", "en_US.UTF8");
    vec![
        Effect::Put {
            key: format!("{key}/databases/{}", database["name"].as_str().unwrap_or_default()),
            data: database,
            hidden: Value::Null,
        },
        Effect::Put {
            key: format!("{key}/users/{user}"),
            data: super::users::object(project, name, user, "BUILT_IN"),
            hidden,
        },
    ]
}
