use crate::chance::{self, Masks};
use serde_json::Value;
use std::sync::LazyLock;

/// What a server chooses or what depends on the hour: masked before two worlds are compared.
static CHOSEN: LazyLock<Masks> = LazyLock::new(|| {
    Masks::new(&[
        (chance::INSTANT, "TIME"),
        (chance::DIGEST, "DIGEST"),
        (chance::CERTIFICATE, "CERTIFICATE"),
        (chance::UUID, "UUID"),
        (chance::UPTIME_CHECK, "-health-ID"),
        (chance::VOLUME, "-VOLUME"),
        (chance::REVISION, "-REVISION"),
        (chance::SERVICE_URL, "-HASH-uc.a.run.app"),
        (chance::SQL_AGENT, "-HEX@gcp-sa-cloud-sql"),
        (r"[0-9a-f]{16,}", "HEX"),
        (r"\d{6,}", "NUMBER"),
    ])
});

/// Fields whose values are the server's own.
const OWN: &[&str] = &[
    "etag",
    "uid",
    "id",
    "uniqueId",
    "fingerprint",
    "resourceVersion",
    "generation",
    "observedGeneration",
    "metageneration",
    "client.knative.dev/nonce",
    "sha1Fingerprint",
    "settingsVersion",
    "labelFingerprint",
    "timeCreated",
    "updated",
    "oauth2ClientId",
];

/// A world without operations, times, ids and other things of the server's choice: one line an object, sorted, so
/// that two worlds that were made in different ways can be compared.
pub fn normalised(world: &Value) -> Vec<String> {
    let objects = world["objects"].as_object().expect("a world has objects");
    let mut lines: Vec<String> = objects
        .iter()
        // An upload that was begun and not ended is no object, and Google forgets it.
        .filter(|(key, _)| !key.starts_with("storage/uploads/"))
        .map(|(key, object)| {
            let mut object = object.clone();
            mask(&mut object);
            format!("{} {object}", masked(key))
        })
        .collect();
    lines.sort();
    lines
}

/// A text without what a server chooses or what depends on the hour.
pub fn masked(value: &str) -> String {
    CHOSEN.apply(value)
}

fn mask(value: &mut Value) {
    match value {
        Value::String(string) => *string = masked(string),
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                if OWN.contains(&key.as_str()) && !value.is_object() {
                    *value = Value::from("OWN");
                } else {
                    mask(value);
                }
            }
            // The order of members and bindings means nothing.
            for list in ["members", "bindings"] {
                if let Some(Value::Array(items)) = map.get_mut(list) {
                    items.sort_by_key(Value::to_string);
                }
            }
        }
        _ => {}
    }
}
