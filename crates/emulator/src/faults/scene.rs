//! Where a request goes: what the words of a fault name, and what an arrangement is about.

use crate::World;
use serde_json::Value;

/// Where a request goes.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// `redis.googleapis.com`
    pub host: String,
    /// The project's id; empty where the request names none.
    pub project: String,
    /// Its number.
    pub number: String,
    /// The region or zone.
    pub location: String,
    /// The path, with the project's id.
    pub path: String,
    /// The body.
    pub body: Value,
}

impl Scene {
    /// Out of a request.
    pub fn of(world: &World, host: &str, path: &str, query: &str, body: &Value) -> Self {
        let after = |words: &[&str]| {
            let parts: Vec<&str> = path.split('/').collect();
            let place = parts.iter().position(|part| words.contains(part))?;
            // `projects/p:setIamPolicy` names `p`.
            parts.get(place + 1).map(|part| part.split(':').next().unwrap_or_default().to_owned())
        };
        let asked = query.split('&').find_map(|pair| pair.strip_prefix("project=")).map(str::to_owned);
        let created = body["projectId"].as_str().map(str::to_owned);
        // A bucket is named without its project: there is rarely more than one.
        let only = || match world.list("cloudresourcemanager/projects")[..] {
            [(_, project)] => project["projectId"].as_str().map(str::to_owned),
            _ => None,
        };
        let named =
            after(&["projects", "namespaces"]).or(asked).or(created).or_else(only).unwrap_or_default();
        let project = world.project_id(&named).unwrap_or(named);
        Self {
            host: host.to_owned(),
            number: world.project_number(&project).unwrap_or_default(),
            location: after(&["locations", "regions", "zones"]).unwrap_or_default(),
            path: world.relative_name(path),
            project,
            body: body.clone(),
        }
    }

    /// The metric that the body watches.
    fn metric(&self) -> String {
        let text = self.body.to_string().replace('\\', "");
        let after = text.split("metric.type").nth(1).and_then(|rest| rest.split('"').nth(1));
        after.unwrap_or_default().to_owned()
    }

    /// Puts what is known into `{host}`, `{project}`, `{number}`, `{location}` and `{metric}`.
    pub fn fill(&self, text: &str) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        text.replace("{host}", &self.host)
            .replace("{project}", &self.project)
            .replace("{number}", &self.number)
            .replace("{location}", &self.location)
            .replace("{metric}", &self.metric())
    }

    /// The same, in all texts of a JSON value.
    pub fn fill_in(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.fill_in(item)).collect(),
            Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), self.fill_in(value))).collect(),
            other => other.clone(),
        }
    }
}
