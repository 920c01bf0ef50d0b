//! Names and links of compute resources.

use crate::call::Call;
use crate::error::ApiError;
use crate::world::World;
use serde_json::{Value, json};

/// What every link begins with.
const BASE: &str = "https://www.googleapis.com/compute/v1/";

/// The link of a relative name.
pub fn url(relative: &str) -> String {
    format!("{BASE}{relative}")
}

/// The relative name of a link, or of a partial link within a project.
pub fn relative(world: &World, project: &str, link: &str) -> String {
    if link.contains("projects/") {
        world.relative_name(link)
    } else {
        format!("projects/{project}/{}", link.trim_start_matches('/'))
    }
}

/// The key in the world of a relative name.
pub fn key(relative: &str) -> String {
    format!("compute/{relative}")
}

/// The last part of a link.
pub fn last(link: &str) -> &str {
    link.rsplit('/').next().unwrap_or(link)
}

/// Whether this is a name that compute takes: its own pattern in the API description.
pub fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes[0].is_ascii_lowercase()
        && bytes.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
        && bytes[bytes.len() - 1] != b'-'
}

/// The `name` of an insert.
pub fn checked_name(call: &Call) -> Result<String, ApiError> {
    let name = call.text("name").to_owned();
    if name.is_empty() {
        return Err(super::refuse::required("resource.name"));
    }
    if !is_name(&name) {
        return Err(super::refuse::value(
            "resource.name",
            &name,
            "Must be a match of regex '(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)'",
        ));
    }
    Ok(name)
}

/// Now, as compute writes it: Pacific time with milliseconds.
pub fn stamp(world: &World) -> String {
    pacific(world.now)
}

/// An instant, as compute writes it.
pub fn pacific(instant: jiff::Timestamp) -> String {
    let pacific = jiff::tz::Offset::constant(-7);
    format!("{}-07:00", pacific.to_datetime(instant).strftime("%Y-%m-%dT%H:%M:%S%.3f"))
}

/// Fills in what Google gives to every new object.
pub fn born(world: &mut World, kind: &str, relative: &str, data: &mut Value) {
    data["kind"] = json!(format!("compute#{kind}"));
    data["id"] = json!(world.digits(19));
    data["creationTimestamp"] = json!(stamp(world));
    data["selfLink"] = json!(url(relative));
}

/// A fingerprint: eight bytes in base64, new with every change.
pub fn fingerprint(world: &mut World) -> String {
    use base64::Engine as _;
    let bytes = world.hex(16);
    base64::engine::general_purpose::URL_SAFE.encode(&bytes.as_bytes()[..8])
}
