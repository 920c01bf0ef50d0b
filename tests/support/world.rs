use regex::Regex;
use serde_json::Value;
use std::sync::LazyLock;

/// What a server chooses or what depends on the hour: masked before two worlds are compared.
static CHOSEN: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rule = |pattern: &str, by: &'static str| (Regex::new(pattern).expect("a valid pattern"), by);
    vec![
        rule(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?", "TIME"),
        rule(r"digest:[0-9a-f]+", "DIGEST"),
        rule(r"(?s)-----BEGIN CERTIFICATE-----.*-----END CERTIFICATE-----\n?", "CERTIFICATE"),
        rule(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID"),
        // Ends of names that are drawn: uptime checks, volumes, revisions, a service's older address, Cloud SQL's agent.
        rule(r"-health-[A-Za-z0-9_-]{11}", "-health-ID"),
        rule(r"-[a-z]{3}-[a-z]{3}-[a-z]{3}\b", "-VOLUME"),
        rule(r"-000\d\d-[a-z]{3}\b", "-REVISION"),
        rule(r"-[a-z]{10}-uc\.a\.run\.app", "-HASH-uc.a.run.app"),
        rule(r"-[0-9a-f]{6}@gcp-sa-cloud-sql", "-HEX@gcp-sa-cloud-sql"),
        rule(r"[0-9a-f]{16,}", "HEX"),
        rule(r"\d{6,}", "NUMBER"),
    ]
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
    CHOSEN.iter().fold(value.to_owned(), |value, (pattern, by)| pattern.replace_all(&value, *by).into_owned())
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
