//! Failures in Google's shape.

use serde_json::{Value, json};

/// A refusal, as Google words it.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiError {
    /// HTTP status.
    pub code: u16,
    /// `google.rpc.Code` name, e.g. `NOT_FOUND`. Empty: it is left away.
    pub status: &'static str,
    /// The text that gcloud prints.
    pub message: String,
    /// `errors[].reason`, e.g. `notFound`: what compute, Cloud SQL and storage clients look at.
    pub reason: &'static str,
    /// `google.rpc` detail messages, with their `@type`.
    pub details: Vec<Value>,
}

impl ApiError {
    /// Any refusal.
    pub fn new(code: u16, status: &'static str, reason: &'static str, message: impl Into<String>) -> Self {
        Self { code, status, reason, message: message.into(), details: Vec::new() }
    }

    /// 400 INVALID_ARGUMENT
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "INVALID_ARGUMENT", "invalid", message)
    }

    /// 400 FAILED_PRECONDITION
    pub fn failed_precondition(message: impl Into<String>) -> Self {
        Self::new(400, "FAILED_PRECONDITION", "failedPrecondition", message)
    }

    /// 401 UNAUTHENTICATED
    pub fn unauthenticated(message: impl Into<String>) -> Self {
        Self::new(401, "UNAUTHENTICATED", "authError", message)
    }

    /// 403 PERMISSION_DENIED
    pub fn permission_denied(message: impl Into<String>) -> Self {
        Self::new(403, "PERMISSION_DENIED", "forbidden", message)
    }

    /// 404 NOT_FOUND
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "NOT_FOUND", "notFound", message)
    }

    /// 409 ALREADY_EXISTS
    pub fn already_exists(message: impl Into<String>) -> Self {
        Self::new(409, "ALREADY_EXISTS", "alreadyExists", message)
    }

    /// 409 ABORTED: a stale etag, a concurrent change.
    pub fn aborted(message: impl Into<String>) -> Self {
        Self::new(409, "ABORTED", "aborted", message)
    }

    /// 429 RESOURCE_EXHAUSTED
    pub fn exhausted(message: impl Into<String>) -> Self {
        Self::new(429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", message)
    }

    /// 403 with `ErrorInfo` SERVICE_DISABLED, as every Google API answers while it is off. The wording is the one that
    /// gcloud's own matcher looks for (`api_lib/util/api_enablement` in the SDK).
    pub fn service_disabled(title: &str, api: &str, project_number: &str) -> Self {
        let url =
            format!("https://console.developers.google.com/apis/api/{api}/overview?project={project_number}");
        let mut error = Self::permission_denied(format!(
            "{title} has not been used in project {project_number} before or it is disabled. Enable it by visiting {url} \
             then retry. If you enabled this API recently, wait a few minutes for the action to propagate to our systems \
             and retry."
        ));
        error.reason = "accessNotConfigured";
        error.details = vec![
            json!({"@type": "type.googleapis.com/google.rpc.Help",
                   "links": [{"description": "Google developers console API activation", "url": url}]}),
            json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED", "domain": "googleapis.com",
                   "metadata": {"service": api, "consumer": format!("projects/{project_number}")}}),
        ];
        error
    }

    /// Adds a detail message.
    pub fn detail(mut self, detail: Value) -> Self {
        self.details.push(detail);
        self
    }

    /// Sets `errors[].reason`.
    pub fn reason(mut self, reason: &'static str) -> Self {
        self.reason = reason;
        self
    }

    /// The body that Google sends.
    pub fn body(&self) -> Value {
        let mut error = json!({
            "code": self.code, "message": self.message,
            "errors": [{"message": self.message, "domain": "global", "reason": self.reason}],
        });
        // Compute's and Cloud Storage's own errors carry none, which changes how gcloud prints them.
        if !self.status.is_empty() {
            error["status"] = json!(self.status);
        }
        if !self.details.is_empty() {
            error["details"] = Value::Array(self.details.clone());
        }
        json!({ "error": error })
    }
}
