//! One request, as a service sees it.

use crate::description::Route;
use crate::error::ApiError;
use crate::schema;
use crate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One request to one method of one API.
pub struct Call<'a> {
    /// The world, locked for this request.
    pub world: &'a mut World,
    /// Where it goes.
    pub route: &'a Route,
    /// The host that was asked, `us-central1-run.googleapis.com`.
    pub host: &'a str,
    /// The body, checked against the method's schema. `{}` where there was none.
    pub body: Value,
    /// The raw body, for media.
    pub raw: &'a [u8],
    /// Headers, names in lower case.
    pub headers: &'a BTreeMap<String, String>,
    /// Query parameters in their order.
    pub query: &'a [(String, String)],
    /// Who asks: `user:...` or `serviceAccount:...`; `None` is the owner of everything.
    pub principal: Option<String>,
}

/// What a service answers.
#[derive(Clone, Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// JSON body.
    pub body: Value,
    /// A body that is not JSON, with its content type.
    pub media: Option<(String, Vec<u8>)>,
    /// Further headers.
    pub headers: Vec<(String, String)>,
}

/// A reply or a refusal.
pub type Answer = Result<Reply, ApiError>;

impl From<Value> for Reply {
    fn from(body: Value) -> Self {
        Self { status: 200, body, media: None, headers: Vec::new() }
    }
}

impl Reply {
    /// `{}`
    pub fn empty() -> Self {
        Self::from(json!({}))
    }
}

impl Call<'_> {
    /// A path parameter. Projects are ids here, also where the request had a number.
    pub fn param(&self, name: &str) -> &str {
        self.route.params.get(name).map_or("", String::as_str)
    }

    /// The project in the path: `projectsId`, `project`, `namespacesId` or `projectId`; empty where there is none.
    pub fn project(&self) -> &str {
        ["projectsId", "project", "namespacesId", "projectId"]
            .iter()
            .map(|name| self.param(name))
            .find(|p| !p.is_empty())
            .unwrap_or("")
    }

    /// The project's number; empty where the project is not known.
    pub fn project_number(&self) -> String {
        self.world.project_number(self.project()).unwrap_or_default()
    }

    /// A query parameter.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A field of the body as text; empty where it is missing.
    pub fn text(&self, field: &str) -> &str {
        self.body[field].as_str().unwrap_or("")
    }

    /// The body without the fields that only Google sets.
    pub fn input(&self) -> Value {
        let mut body = self.body.clone();
        if let Some(name) = &self.route.method.request {
            schema::strip_read_only(self.route.api, name, &mut body);
        }
        body
    }

    /// Rows as a page of a list: `items` under `field`, with `pageSize` or `maxResults` and `pageToken`.
    pub fn page(&self, field: &str, rows: Vec<Value>) -> Reply {
        let size = self
            .query("pageSize")
            .or(self.query("maxResults"))
            .and_then(|n| n.parse::<usize>().ok())
            .filter(|n| *n > 0)
            .unwrap_or(usize::MAX);
        let from = self.query("pageToken").and_then(|t| t.parse::<usize>().ok()).unwrap_or(0).min(rows.len());
        let to = from.saturating_add(size).min(rows.len());
        let mut body = json!({});
        if to > from {
            body[field] = Value::Array(rows[from..to].to_vec());
        }
        if to < rows.len() {
            body["nextPageToken"] = json!(to.to_string());
        }
        body.into()
    }
}
