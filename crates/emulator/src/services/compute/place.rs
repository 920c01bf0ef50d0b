//! Regions, zones, the project itself, and machines and forwarding rules, of which there are those that were arranged.

use super::{link, list, refuse};
use crate::call::{Answer, Call};
use crate::services::unserved;
use serde_json::{Value, json};

/// Regions with the second byte of their range in auto mode networks (10.X.0.0/20), and their zones.
/// From Google's tables of regions and of auto mode ranges.
pub const REGIONS: &[(&str, u8, &str)] = &[
    ("africa-south1", 218, "abc"),
    ("asia-east1", 140, "abc"),
    ("asia-east2", 170, "abc"),
    ("asia-northeast1", 146, "abc"),
    ("asia-northeast2", 174, "abc"),
    ("asia-northeast3", 178, "abc"),
    ("asia-south1", 160, "abc"),
    ("asia-south2", 190, "abc"),
    ("asia-southeast1", 148, "abc"),
    ("asia-southeast2", 184, "abc"),
    ("australia-southeast1", 152, "abc"),
    ("australia-southeast2", 192, "abc"),
    ("europe-central2", 186, "abc"),
    ("europe-north1", 166, "abc"),
    ("europe-southwest1", 204, "abc"),
    ("europe-west1", 132, "bcd"),
    ("europe-west10", 214, "abc"),
    ("europe-west12", 210, "abc"),
    ("europe-west2", 154, "abc"),
    ("europe-west3", 156, "abc"),
    ("europe-west4", 164, "abc"),
    ("europe-west6", 172, "abc"),
    ("europe-west8", 198, "abc"),
    ("europe-west9", 200, "abc"),
    ("me-central1", 212, "abc"),
    ("me-central2", 216, "abc"),
    ("me-west1", 208, "abc"),
    ("northamerica-northeast1", 162, "abc"),
    ("northamerica-northeast2", 188, "abc"),
    ("southamerica-east1", 158, "abc"),
    ("southamerica-west1", 194, "abc"),
    ("us-central1", 128, "abcf"),
    ("us-east1", 142, "bcd"),
    ("us-east4", 150, "abc"),
    ("us-east5", 202, "abc"),
    ("us-south1", 206, "abc"),
    ("us-west1", 138, "abc"),
    ("us-west2", 168, "abc"),
    ("us-west3", 180, "abc"),
    ("us-west4", 182, "abc"),
];

/// Whether Google has this region.
pub fn is_region(name: &str) -> bool {
    REGIONS.iter().any(|(region, ..)| *region == name)
}

/// Whether Google has this zone.
pub fn is_zone(name: &str) -> bool {
    name.rsplit_once('-').is_some_and(|(region, letter)| {
        letter.len() == 1 && REGIONS.iter().any(|(r, _, zones)| *r == region && zones.contains(letter))
    })
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    let project = call.project().to_owned();
    let own = |relative: &str| format!("projects/{project}/{relative}");
    match id {
        "regions.list" => {
            let rows = REGIONS.iter().map(|r| region(&project, r)).collect();
            list::reply(call, "region", &own("regions"), rows)
        }
        "regions.get" => {
            let name = call.param("region");
            let found = REGIONS.iter().find(|(region, ..)| *region == name);
            Ok(found
                .map(|r| region(&project, r))
                .ok_or_else(|| refuse::missing(&own(&format!("regions/{name}"))))?
                .into())
        }
        "zones.list" => {
            let rows = REGIONS.iter().flat_map(|r| zones(&project, r)).collect();
            list::reply(call, "zone", &own("zones"), rows)
        }
        "zones.get" => {
            let name = call.param("zone");
            let found = REGIONS.iter().flat_map(|r| zones(&project, r)).find(|z| z["name"] == name);
            Ok(found.ok_or_else(|| refuse::missing(&own(&format!("zones/{name}"))))?.into())
        }
        "projects.get" => Ok(description(call, &project).into()),
        // No project here is a Shared VPC host or is attached to one.
        "projects.getXpnHost" => Ok(json!({}).into()),
        "projects.getXpnResources" => Ok(json!({"kind": "compute#projectsGetXpnResources"}).into()),
        "instances.list" => {
            let zone = call.param("zone").to_owned();
            if !is_zone(&zone) {
                return Err(refuse::missing(&own(&format!("zones/{zone}"))));
            }
            let parent = own(&format!("zones/{zone}/instances"));
            list::reply(call, "instance", &parent, list::rows(call, &parent))
        }
        "instances.aggregatedList" => {
            let rows = list::arranged(call, &list::zones(), "instances");
            list::aggregated(call, "instance", "instances", list::zones(), rows)
        }
        "forwardingRules.list" | "globalForwardingRules.list" => {
            let scope = match call.param("region") {
                "" => "global".to_owned(),
                region if is_region(region) => format!("regions/{region}"),
                region => return Err(refuse::missing(&own(&format!("regions/{region}")))),
            };
            let parent = own(&format!("{scope}/forwardingRules"));
            list::reply(call, "forwardingRule", &parent, list::rows(call, &parent))
        }
        "forwardingRules.aggregatedList" => {
            let rows = list::arranged(call, &list::scopes(), "forwardingRules");
            list::aggregated(call, "forwardingRule", "forwardingRules", list::scopes(), rows)
        }
        _ => unserved(id),
    }
}

fn region(project: &str, (name, number, letters): &(&str, u8, &str)) -> Value {
    let zones: Vec<String> =
        letters.chars().map(|z| link::url(&format!("projects/{project}/zones/{name}-{z}"))).collect();
    let quotas: Vec<Value> = [("CPUS", 24.0), ("STATIC_ADDRESSES", 8.0), ("IN_USE_ADDRESSES", 8.0)]
        .iter()
        .map(|(metric, limit)| json!({"metric": metric, "limit": limit, "usage": 0.0}))
        .collect();
    json!({
        "kind": "compute#region", "id": (1000 + u32::from(*number)).to_string(), "name": name, "description": name,
        "creationTimestamp": "1969-12-31T16:00:00.000-08:00", "status": "UP", "zones": zones, "quotas": quotas,
        "selfLink": link::url(&format!("projects/{project}/regions/{name}")), "supportsPzs": false,
    })
}

fn zones(project: &str, (name, number, letters): &(&str, u8, &str)) -> Vec<Value> {
    let one = |letter: char| {
        let zone = format!("{name}-{letter}");
        json!({
            "kind": "compute#zone", "id": (2000 + 10 * u32::from(*number) + u32::from(letter as u8 - b'a')).to_string(),
            "name": zone, "description": zone, "creationTimestamp": "1969-12-31T16:00:00.000-08:00", "status": "UP",
            "region": link::url(&format!("projects/{project}/regions/{name}")),
            "selfLink": link::url(&format!("projects/{project}/zones/{zone}")),
            "availableCpuPlatforms": ["Intel Broadwell", "Intel Skylake"], "supportsPzs": false,
        })
    };
    letters.chars().map(one).collect()
}

fn description(call: &Call, project: &str) -> Value {
    let count = |part: &str| {
        let found = call.world.below(&format!("compute/projects/{project}/"));
        found.iter().filter(|(key, _)| key.contains(part)).count() as f64
    };
    let quotas = [
        ("NETWORKS", 15.0, count("/global/networks/")),
        ("FIREWALLS", 100.0, count("/global/firewalls/")),
        ("SUBNETWORKS", 100.0, count("/subnetworks/")),
        ("STATIC_ADDRESSES", 8.0, count("/global/addresses/")),
        ("ROUTES", 250.0, count("/global/routes/")),
    ];
    let quotas: Vec<Value> =
        quotas.iter().map(|(m, limit, usage)| json!({"metric": m, "limit": limit, "usage": usage})).collect();
    let number = call.project_number();
    json!({
        "kind": "compute#project", "id": number, "name": project, "selfLink": link::url(&format!("projects/{project}")),
        "creationTimestamp": "2024-01-01T00:00:00.000-07:00", "quotas": quotas,
        "commonInstanceMetadata": {"kind": "compute#metadata", "fingerprint": "AAAAAAAAAAA="},
        "defaultServiceAccount": format!("{number}-compute@developer.gserviceaccount.com"),
        "xpnProjectStatus": "UNSPECIFIED_XPN_PROJECT_STATUS", "defaultNetworkTier": "PREMIUM",
        "vmDnsSetting": "ZONAL_ONLY",
    })
}
