//! Making an instance.

use super::operations::{self, Change};
use super::rules::{self, refuse};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use crate::operation::Effect;
use crate::services::compute::{NoSpace, private_block};
use crate::services::{certificate, locations};
use ipnet::Ipv4Net;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Minutes of a typical creation, in seconds.
const SECONDS: f64 = 300.0;

pub fn create(call: &mut Call) -> Answer {
    let location = call.param("locationsId").to_owned();
    locations::check(call)?;
    let id = call.query("instanceId").unwrap_or_default().to_owned();
    rules::id(&id)?;
    let name = format!("projects/{}/locations/{location}/instances/{id}", call.project());
    let key = format!("redis/{name}");
    if call.world.has(&key) {
        return Err(ApiError::already_exists(format!("Resource '{name}' already exists")));
    }
    let mut instance = call.input();
    defaults(call, &mut instance, &location)?;
    rules::instance(&instance)?;
    let block = network(call, &mut instance, &key)?;
    let now = call.world.now;
    maintenance(&mut instance["maintenancePolicy"], now);
    persistence(&mut instance["persistenceConfig"], now);
    instance["name"] = json!(name);
    instance["createTime"] = json!(call.world.stamp());
    instance["state"] = json!("CREATING");
    instance["reservedIpRange"] = json!(block.to_string());
    instance["persistenceIamIdentity"] =
        json!(format!("serviceAccount:{}-compute@developer.gserviceaccount.com", call.project_number()));
    tidy(&mut instance);
    let ready = ready(call, &instance, block, &id)?;
    let auth = instance["authEnabled"] == true;
    call.world.put(&key, instance);
    if auth {
        let auth_string = call.world.uuid();
        call.world.hide(&key, json!({ "authString": auth_string }));
    }
    // A failed creation leaves nothing to describe [guess].
    let failure_effects = vec![Effect::Remove { key: key.clone() }];
    let effects = vec![Effect::Merge { key, patch: ready }];
    operations::start(
        call,
        Change { target: &name, verb: "create", seconds: SECONDS, effects, failure_effects },
    )
}

/// Fills in what Google fills in.
fn defaults(call: &Call, instance: &mut Value, location: &str) -> Result<(), ApiError> {
    let standard = instance["tier"] == "STANDARD_HA";
    let reads = instance["readReplicasMode"] == "READ_REPLICAS_ENABLED";
    let zone = instance["locationId"].as_str().unwrap_or_default().to_owned();
    if !zone.is_empty() && !zone.starts_with(&format!("{location}-")) {
        return Err(refuse("location_id", &zone, format!("Zone {zone} is not in region {location}.")));
    }
    let zone = if zone.is_empty() { format!("{location}-a") } else { zone };
    let alternative = instance["alternativeLocationId"].as_str().unwrap_or_default();
    if !alternative.is_empty() && (!standard || alternative == zone) {
        let text = "alternative_location_id is for standard tier only and must differ from location_id.";
        return Err(refuse("alternative_location_id", alternative, text));
    }
    let default = |instance: &mut Value, field: &str, value: Value| {
        let unset = instance[field].is_null()
            || instance[field].as_str().is_some_and(|text| text.ends_with("_UNSPECIFIED"));
        if unset {
            instance[field] = value;
        }
    };
    default(instance, "redisVersion", json!("REDIS_7_0"));
    default(instance, "connectMode", json!("DIRECT_PEERING"));
    default(instance, "transitEncryptionMode", json!("DISABLED"));
    default(instance, "readReplicasMode", json!("READ_REPLICAS_DISABLED"));
    default(instance, "persistenceConfig", json!({"persistenceMode": "DISABLED"}));
    default(
        instance,
        "authorizedNetwork",
        json!(format!("projects/{}/global/networks/default", call.project())),
    );
    if standard {
        default(instance, "replicaCount", json!(if reads { 2 } else { 1 }));
    }
    let nodes = 1 + instance["replicaCount"].as_u64().unwrap_or(0);
    instance["nodes"] = (0..nodes)
        .map(|n| json!({"id": format!("node-{n}"), "zone": format!("{location}-{}", ["a", "b", "c"][n as usize % 3])}))
        .collect();
    instance["nodes"][0]["zone"] = json!(zone);
    instance["currentLocationId"] = json!(zone);
    instance["locationId"] = json!(zone);
    Ok(())
}

/// The instance's block of addresses, if its network can have it there.
fn network(call: &mut Call, instance: &mut Value, key: &str) -> Result<Ipv4Net, ApiError> {
    let asked = instance["authorizedNetwork"].as_str().unwrap_or_default().to_owned();
    let network = call.world.relative_name(&asked);
    let parts: Vec<&str> = network.split('/').collect();
    if !matches!(parts[..], ["projects", _, "global", "networks", _]) {
        // Seen in hashicorp/terraform-provider-google#1571.
        let text = "invalid authorized_network format, value should be full path to network resource";
        return Err(refuse("authorized_network", &asked, text));
    }
    instance["authorizedNetwork"] = json!(network);
    let reads = instance["readReplicasMode"] == "READ_REPLICAS_ENABLED";
    let size = if reads { 28 } else { 29 };
    let range = instance["reservedIpRange"].as_str().map(str::to_owned);
    let private = instance["connectMode"] == "PRIVATE_SERVICE_ACCESS";
    if parts[1] != call.project() && !private {
        // Seen in hashicorp/terraform-provider-google#15792.
        let text = "authorized_network must exist in the same project as redis instance";
        return Err(refuse("authorized_network", &network, text));
    }
    if !call.world.has(&format!("compute/{network}")) {
        return Err(no_network(&network));
    }
    if private {
        let host = parts[1];
        if !call.world.api_enabled(host, "servicenetworking.googleapis.com") {
            return Err(not_private(NoSpace::NotPeered, &network, ""));
        }
        return private_block(call.world, &network, size, key, range.as_deref())
            .map_err(|problem| not_private(problem, &network, range.as_deref().unwrap_or_default()));
    }
    let Some(range) = range else {
        return Ipv4Net::new(
            [10, 200, (call.world.below("redis/projects/").len() % 250) as u8, 0].into(),
            size,
        )
        .map_err(|error| ApiError::invalid(error.to_string()));
    };
    let block: Option<Ipv4Net> = range.parse().ok().filter(|block: &Ipv4Net| block.prefix_len() == size);
    let Some(block) = block else {
        let text = format!("The reserved IP range must be a /{size} CIDR block.");
        return Err(refuse("reserved_ip_range", &range, text));
    };
    if touches_docker(&block) {
        let text = "The reserved IP range must not overlap with 172.17.0.0/16.";
        return Err(refuse("reserved_ip_range", &range, text));
    }
    Ok(block)
}

/// Seen in terraform-google-modules/terraform-google-memorystore#29.
fn no_network(network: &str) -> ApiError {
    refuse("authorized_network", network, "Network name is not valid. Specify a valid name and try again.")
}

fn not_private(problem: NoSpace, network: &str, range: &str) -> ApiError {
    match problem {
        // gcloud-facts, faults.md, from Google's troubleshooting page.
        NoSpace::NotPeered => refuse(
            "authorized_network",
            network,
            "Google private service access is not enabled. Enable privateServiceAccess and try again.",
        ),
        NoSpace::UnknownRange => {
            refuse("reserved_ip_range", range, "The IP range is not allocated to the private connection.")
        }
        NoSpace::Exhausted => ApiError::failed_precondition(problem.to_string()),
    }
}

/// Whether a range touches the one that Memorystore keeps for itself (issue 2).
fn touches_docker(range: &Ipv4Net) -> bool {
    "172.17.0.0/16".parse::<Ipv4Net>().is_ok_and(|kept| kept.contains(range) || range.contains(&kept))
}

/// Adds to a maintenance policy what only Google sets.
pub fn maintenance(policy: &mut Value, now: Timestamp) {
    if !policy.is_object() {
        return;
    }
    let now = format!("{now:.6}");
    if policy["createTime"].is_null() {
        policy["createTime"] = json!(now);
    }
    policy["updateTime"] = json!(now);
    for window in policy["weeklyMaintenanceWindow"].as_array_mut().into_iter().flatten() {
        window["duration"] = json!("3600s");
        if window["startTime"].is_null() {
            window["startTime"] = json!({});
        }
        // Google's JSON leaves zeros away.
        if let Some(start) = window["startTime"].as_object_mut() {
            start.retain(|_, value| value != 0);
        }
    }
}

/// Adds to the persistence settings what only Google sets. A day is the default period [description].
pub fn persistence(config: &mut Value, now: Timestamp) {
    if config["persistenceMode"] != "RDB" {
        *config = json!({"persistenceMode": "DISABLED"});
        return;
    }
    if !config["rdbSnapshotPeriod"].is_string()
        || config["rdbSnapshotPeriod"] == "SNAPSHOT_PERIOD_UNSPECIFIED"
    {
        config["rdbSnapshotPeriod"] = json!("TWENTY_FOUR_HOURS");
    }
    let hours = match config["rdbSnapshotPeriod"].as_str() {
        Some("ONE_HOUR") => 1,
        Some("SIX_HOURS") => 6,
        Some("TWELVE_HOURS") => 12,
        _ => 24,
    };
    if config["rdbSnapshotStartTime"].is_null() {
        config["rdbSnapshotStartTime"] = json!(format!("{now:.6}"));
    }
    let next = now.checked_add(SignedDuration::from_hours(hours)).unwrap_or(now);
    config["rdbNextSnapshotTime"] = json!(format!("{next:.6}"));
}

/// Google's JSON leaves false and empty maps away.
pub fn tidy(instance: &mut Value) {
    if let Some(map) = instance.as_object_mut() {
        map.retain(|_, value| {
            !(value.is_null() || *value == json!(false) || *value == json!({}) || *value == json!(""))
        });
    }
}

/// What an instance gets when it is ready.
fn ready(call: &Call, instance: &Value, block: Ipv4Net, id: &str) -> Result<Value, ApiError> {
    let tls = instance["transitEncryptionMode"] == "SERVER_AUTHENTICATION";
    let port = if tls { 6378 } else { 6379 };
    let mut hosts = block.hosts().skip(2);
    let host = hosts.next().unwrap_or_else(|| block.addr());
    let mut patch = json!({"state": "READY", "host": host.to_string(), "port": port});
    if instance["readReplicasMode"] == "READ_REPLICAS_ENABLED" {
        patch["readEndpoint"] = json!(hosts.next().unwrap_or(host).to_string());
        patch["readEndpointPort"] = json!(port);
    }
    if tls {
        let ca = certificate::authority(
            &format!("Google Cloud Memorystore Redis Server CA {id}"),
            call.world.now,
            10,
        )?;
        patch["serverCaCerts"] = json!([{
            "serialNumber": ca.serial,
            "cert": ca.pem,
            "createTime": format!("{:.6}", ca.from),
            "expireTime": format!("{:.6}", ca.until),
            "sha1Fingerprint": ca.sha1,
        }]);
    }
    Ok(patch)
}
