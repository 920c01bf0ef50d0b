//! Google's published API descriptions, and routing by them.

use crate::schema::Schema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// One version of one API.
#[derive(Debug, Deserialize)]
pub struct Api {
    /// `redis`
    pub api: String,
    /// `v1`
    pub version: String,
    /// `redis.googleapis.com`
    pub host: String,
    /// By method id, `redis.projects.locations.instances.create`.
    pub methods: BTreeMap<String, Method>,
    /// By name, `Instance`.
    pub schemas: BTreeMap<String, Schema>,
}

/// One method.
#[derive(Debug, Deserialize)]
pub struct Method {
    /// HTTP method.
    pub method: String,
    /// Template, `v1/projects/{projectsId}/locations/{locationsId}/instances`.
    pub path: String,
    /// Query parameters.
    pub parameters: BTreeMap<String, Parameter>,
    /// Schema of the request's body.
    pub request: Option<String>,
    /// Schema of the answer's body.
    pub response: Option<String>,
    /// Further paths that take media.
    #[serde(default)]
    pub upload: Vec<String>,
}

/// One query parameter.
#[derive(Debug, Deserialize)]
pub struct Parameter {
    /// `string`, `integer`, `boolean`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Allowed values.
    #[serde(rename = "enum")]
    pub values: Option<Vec<String>>,
    /// Whether it may be given more than once.
    #[serde(default)]
    pub repeated: bool,
}

/// Where a request goes.
#[derive(Clone, Debug)]
pub struct Route {
    /// The API.
    pub api: &'static Api,
    /// The method's id without the API's name: `projects.locations.instances.create`.
    pub id: &'static str,
    /// The method.
    pub method: &'static Method,
    /// Path parameters, percent-decoded.
    pub params: BTreeMap<String, String>,
}

macro_rules! descriptions {
    ($($name:literal),* $(,)?) => { &[$(include_str!(concat!("../apis/", $name, ".json"))),*] };
}

static TEXTS: &[&str] = descriptions![
    "artifactregistry.v1",
    "artifactregistry.v1beta2",
    "billingbudgets.v1",
    "cloudbilling.v1",
    "cloudbuild.v1",
    "cloudbuild.v2",
    "cloudresourcemanager.v1",
    "compute.v1",
    "iam.v1",
    "logging.v2",
    "monitoring.v1",
    "monitoring.v3",
    "orgpolicy.v2",
    "pubsub.v1",
    "redis.v1",
    "run.v1",
    "secretmanager.v1",
    "servicenetworking.v1",
    "serviceusage.v1",
    "serviceusage.v1beta1",
    "sqladmin.v1beta4",
    "storage.v1",
    "vpcaccess.v1",
];

/// All descriptions. Parsed once.
pub fn apis() -> &'static [Api] {
    static APIS: OnceLock<Vec<Api>> = OnceLock::new();
    APIS.get_or_init(|| {
        TEXTS.iter().map(|text| serde_json::from_str(text).expect("an embedded description parses")).collect()
    })
}

/// Whether an API answers under this host. Cloud Run also answers under `REGION-run.googleapis.com`, storage and
/// compute under `www.googleapis.com`.
fn serves(api: &Api, host: &str) -> bool {
    api.host == host
        || (api.api == "run" && host.ends_with("-run.googleapis.com"))
        || (host == "www.googleapis.com" && matches!(api.api.as_str(), "storage" | "compute"))
}

/// Finds the method for a request. `host` is `None` where the request came without a Google host: then every API is
/// tried, and the first whose path fits answers.
pub fn route(host: Option<&str>, method: &str, path: &str) -> Option<Route> {
    // Cloud Storage: contents are read below `/download`, and the parts of a resumable upload are PUT to the path that
    // began it; the descriptions list neither.
    let path = path.strip_prefix("/download").filter(|p| p.starts_with("/storage/")).unwrap_or(path);
    let method = if method == "PUT" && path.contains("/upload/") { "POST" } else { method };
    let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    for api in apis().iter().filter(|api| host.is_none_or(|host| serves(api, host))) {
        for (id, candidate) in &api.methods {
            if candidate.method != method {
                continue;
            }
            let templates = std::iter::once(&candidate.path).chain(&candidate.upload);
            for template in templates {
                if let Some(params) = fit(template.trim_start_matches('/'), &parts) {
                    let id = id.split_once('.').map_or(id.as_str(), |(_, rest)| rest);
                    return Some(Route { api, id, method: candidate, params });
                }
            }
        }
    }
    None
}

/// Whether any API is known under this host.
pub fn known_host(host: &str) -> bool {
    apis().iter().any(|api| serves(api, host))
}

fn fit(template: &str, parts: &[&str]) -> Option<BTreeMap<String, String>> {
    let wanted: Vec<&str> = template.split('/').collect();
    if wanted.len() != parts.len() {
        return None;
    }
    let mut params = BTreeMap::new();
    for (want, have) in wanted.iter().zip(parts) {
        let Some(open) = want.find('{') else {
            if want == have {
                continue;
            }
            return None;
        };
        // `{name}` or `{name}:verb`; a name without a verb must not swallow another method's `:verb`.
        let close = want.find('}')?;
        let (prefix, name, suffix) = (&want[..open], &want[open + 1..close], &want[close + 1..]);
        let middle = have.strip_prefix(prefix)?.strip_suffix(suffix)?;
        if middle.is_empty() || (suffix.is_empty() && has_verb(middle)) {
            return None;
        }
        let decoded = percent_encoding::percent_decode_str(middle).decode_utf8().ok()?.into_owned();
        params.insert(name.to_owned(), decoded);
    }
    Some(params)
}

/// A custom verb follows a colon and is made of letters. Ids that contain a colon (`projects/example.com:id`) are
/// followed by something else or do not occur here.
fn has_verb(segment: &str) -> bool {
    segment.rsplit_once(':').is_some_and(|(_, verb)| {
        !verb.is_empty() && verb.chars().all(|c| c.is_ascii_alphabetic()) && !segment.starts_with("sha256:")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_follow_the_descriptions() {
        let found =
            route(Some("redis.googleapis.com"), "POST", "/v1/projects/p/locations/l/instances").unwrap();
        assert_eq!(found.id, "projects.locations.instances.create");
        assert_eq!(found.params["projectsId"], "p");
        let found = route(
            Some("us-central1-run.googleapis.com"),
            "GET",
            "/apis/serving.knative.dev/v1/namespaces/p/services/s",
        );
        assert_eq!(found.unwrap().id, "namespaces.services.get");
        let found =
            route(Some("secretmanager.googleapis.com"), "POST", "/v1/projects/p/secrets/s:addVersion")
                .unwrap();
        assert_eq!((found.id, found.params["secretsId"].as_str()), ("projects.secrets.addVersion", "s"));
        let found = route(Some("storage.googleapis.com"), "GET", "/storage/v1/b/a/o/x%2Fy").unwrap();
        assert_eq!(found.params["object"], "x/y");
        assert!(
            route(Some("redis.googleapis.com"), "POST", "/v1/projects/p/locations/l/instances/i:explode")
                .is_none()
        );
        assert!(
            route(Some("sqladmin.googleapis.com"), "GET", "/sql/v1beta4/projects/p/instances/i").is_some()
        );
        assert!(
            route(Some("compute.googleapis.com"), "GET", "/compute/v1/projects/p/global/networks/n")
                .is_some()
        );
    }
}
