//! Google's regions, and the answers to `locations.list` and `locations.get`.

use crate::call::{Answer, Call};
use crate::error::ApiError;
use serde_json::{Value, json};

/// Every region of Google Cloud at the time of writing.
pub const REGIONS: &[&str] = &[
    "africa-south1",
    "asia-east1",
    "asia-east2",
    "asia-northeast1",
    "asia-northeast2",
    "asia-northeast3",
    "asia-south1",
    "asia-south2",
    "asia-southeast1",
    "asia-southeast2",
    "australia-southeast1",
    "australia-southeast2",
    "europe-central2",
    "europe-north1",
    "europe-north2",
    "europe-southwest1",
    "europe-west1",
    "europe-west10",
    "europe-west12",
    "europe-west2",
    "europe-west3",
    "europe-west4",
    "europe-west6",
    "europe-west8",
    "europe-west9",
    "me-central1",
    "me-central2",
    "me-west1",
    "northamerica-northeast1",
    "northamerica-northeast2",
    "northamerica-south1",
    "southamerica-east1",
    "southamerica-west1",
    "us-central1",
    "us-east1",
    "us-east4",
    "us-east5",
    "us-south1",
    "us-west1",
    "us-west2",
    "us-west3",
    "us-west4",
];

/// Whether Google has this region.
pub fn is_region(name: &str) -> bool {
    REGIONS.contains(&name)
}

/// Refuses a region that Google does not have; `*` in the list of a collection is spelled `-`.
pub fn check(call: &Call) -> Result<(), ApiError> {
    let location = call.param("locationsId");
    if is_region(location) {
        return Ok(());
    }
    // [guess] The wording differs from API to API; what gcloud prints begins with the status.
    Err(ApiError::permission_denied(format!(
        "Permission denied on 'locations/{location}' (or it may not exist)."
    )))
}

/// One location as `google.cloud.location.Location`.
pub fn show(project: &str, location: &str) -> Value {
    json!({"name": format!("projects/{project}/locations/{location}"), "locationId": location, "displayName": location,
           "labels": {"cloud.googleapis.com/region": location}})
}

/// Answers `locations.list`.
pub fn list(call: &Call) -> Answer {
    let rows = REGIONS.iter().map(|location| show(call.project(), location)).collect();
    Ok(call.page("locations", rows))
}

/// Answers `locations.get`.
pub fn get(call: &Call) -> Answer {
    check(call)?;
    Ok(show(call.project(), call.param("locationsId")).into())
}
