//! What no two runs share: instants, ports, and names that a server or gcloud draws. What is compared is masked first.

use regex::Regex;

/// An instant, RFC 3339.
pub const INSTANT: &str = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?";
/// An address on loopback.
pub const LOOPBACK: &str = r"127\.0\.0\.1:\d+";
/// A UUID.
pub const UUID: &str = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
/// The end of an uptime check's id.
pub const UPTIME_CHECK: &str = r"-health-[A-Za-z0-9_-]{11}";
/// The end of a revision's name, with its number.
pub const REVISION: &str = r"-000(\d\d)-[a-z]{3}\b";
/// The end of a volume's name, which gcloud draws.
pub const VOLUME: &str = r"-[a-z]{3}-[a-z]{3}-[a-z]{3}\b";
/// The end of a service's older address.
pub const SERVICE_URL: &str = r"-[a-z]{10}-uc\.a\.run\.app";
/// The end of the name of Cloud SQL's agent.
pub const SQL_AGENT: &str = r"-[0-9a-z]{6}@gcp-sa-cloud-sql";
/// An image's digest.
pub const DIGEST: &str = r"digest:[0-9a-f]+";
/// A certificate.
pub const CERTIFICATE: &str = r"(?s)-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n?";

/// Rules that are applied one after the other.
pub struct Masks(Vec<(Regex, &'static str)>);

impl Masks {
    /// Each a pattern and what stands in its place.
    pub fn new(rules: &[(&str, &'static str)]) -> Self {
        Self(rules.iter().map(|(pattern, by)| (Regex::new(pattern).expect("a valid pattern"), *by)).collect())
    }

    /// The text with everything masked.
    pub fn apply(&self, text: &str) -> String {
        self.0
            .iter()
            .fold(text.to_owned(), |text, (pattern, by)| pattern.replace_all(&text, *by).into_owned())
    }
}
