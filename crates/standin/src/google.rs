//! Requests to Google's APIs, by way of the proxy that gcloud is pointed at.

use crate::settings::{Caller, Settings};
use serde_json::Value;
use std::time::Duration;

/// One request, as gcloud would send it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// HTTP method.
    pub method: &'static str,
    /// `compute.googleapis.com`.
    pub host: String,
    /// `/compute/v1/projects/p/global/networks`, encoded.
    pub path: String,
    /// Names and values, not encoded.
    pub query: Vec<(String, String)>,
    /// JSON.
    pub body: Option<Value>,
    /// What is sent in the place of JSON.
    pub raw: Option<Vec<u8>>,
    /// How often gcloud sends it in all when Google answers 5xx or not at all.
    pub attempts: u32,
    /// Whether 429 is repeated too (few commands do).
    pub repeats_429: bool,
}

/// Google said no.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub code: u16,
    /// Google's JSON, or the text as a string.
    pub body: Value,
    /// The whole address, as gcloud names it in some messages.
    pub url: String,
    /// The body as it came.
    pub text: String,
    /// The answer's headers.
    pub headers: Vec<(String, String)>,
    /// Who asked.
    pub caller: Box<Caller>,
    /// Whether it is one that gcloud asks again after, as often as the request allows.
    pub passing: bool,
}

/// Why there is no answer to work with.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Google said no.
    Refused(Refusal),
    /// The connection broke.
    Lost {
        /// What gcloud calls the exception that it dies of.
        class: &'static str,
        /// What the exception says.
        text: String,
    },
}

impl Refusal {
    /// `NOT_FOUND`.
    pub(crate) fn status_name(&self) -> &str {
        self.body["error"]["status"].as_str().unwrap_or_default()
    }

    /// Whether it says that the API is off in the project: gcloud looks for that before anything else.
    pub(crate) fn is_of_api(&self) -> bool {
        let details = self.body["error"]["details"].as_array();
        self.code == 403
            && details.is_some_and(|list| list.iter().any(|detail| detail["reason"] == "SERVICE_DISABLED"))
    }

    /// Google's sentence.
    pub(crate) fn message(&self) -> &str {
        self.body["error"]["message"].as_str().unwrap_or_default()
    }
}

impl Request {
    /// A request without a body. Most of gcloud's clients ask for `alt=json`.
    pub(crate) fn new(method: &'static str, host: &str, path: impl Into<String>) -> Self {
        let query = vec![("alt".to_owned(), "json".to_owned())];
        Self {
            method,
            host: host.to_owned(),
            path: path.into(),
            query,
            body: None,
            raw: None,
            attempts: 5,
            repeats_429: false,
        }
    }

    /// With a query parameter.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// With a JSON body.
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

/// What Google answers: JSON, and the headers.
type Whole = (Value, Vec<(String, String)>);

/// The way to Google.
pub(crate) struct Google {
    agent: ureq::Agent,
    proxy: String,
    token: Option<String>,
    caller: Caller,
    quota_project: Option<String>,
    wait_scale: f64,
}

impl Google {
    pub(crate) fn new(settings: &Settings) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(ANSWER_SECONDS)))
            .build();
        Self {
            agent: config.into(),
            proxy: settings.proxy.clone(),
            token: settings.token.clone(),
            caller: settings.caller.clone(),
            quota_project: settings.billing_project.clone(),
            wait_scale: settings.wait_scale,
        }
    }

    /// Waits as long as gcloud would, scaled.
    pub(crate) fn pause(&self, seconds: f64) {
        std::thread::sleep(Duration::from_secs_f64(seconds * self.wait_scale));
    }

    /// Sends it, again on 5xx and lost connections as gcloud does (apitools: 2, 4, 8, 16 s, each with a quarter of
    /// jitter), and reads the answer: an empty one is an empty object.
    pub(crate) fn send(&self, request: &Request) -> Result<Value, Trouble> {
        self.send_whole(request).map(|(value, _)| value)
    }

    /// The same, where the headers of the answer matter: names in small letters.
    pub(crate) fn send_whole(&self, request: &Request) -> Result<Whole, Trouble> {
        let mut attempt = 1;
        loop {
            let trouble = match self.once(request) {
                Ok(whole) => return Ok(whole),
                Err(trouble) => trouble,
            };
            let passing = match &trouble {
                Trouble::Refused(refusal) => refusal.passing,
                Trouble::Lost { .. } => true,
            };
            if !passing || attempt >= request.attempts {
                return Err(trouble);
            }
            let wait = f64::from(1 << attempt);
            self.pause(wait + rand::random_range(-wait / 4.0..wait / 4.0));
            attempt += 1;
        }
    }

    /// Sends it once; twice where the token is refused, which gcloud takes for one that has just expired.
    fn once(&self, request: &Request) -> Result<Whole, Trouble> {
        match self.exchange(request) {
            Err(Trouble::Refused(refusal)) if refusal.code == 401 => self.exchange(request),
            other => other,
        }
    }

    fn exchange(&self, request: &Request) -> Result<Whole, Trouble> {
        let query = query(&request.query);
        let target = format!("http://{}{}{query}", self.proxy, request.path);
        let lost = |error: ureq::Error| lost(request, &query, &error);
        let mut builder =
            ureq::http::Request::builder().method(request.method).uri(&target).header("host", &request.host);
        if let Some(token) = &self.token {
            builder = builder.header("authorization", format!("Bearer {token}"));
        }
        if let Some(project) = &self.quota_project {
            builder = builder.header("x-goog-user-project", project);
        }
        let json = request.body.as_ref().map(|body| body.to_string().into_bytes());
        let kind = if json.is_some() { "application/json" } else { "application/octet-stream" };
        let response = if let Some(bytes) = json.or_else(|| request.raw.clone()) {
            let request =
                builder.header("content-type", kind).body(bytes).map_err(|e| lost(ureq::Error::Http(e)))?;
            self.agent.run(request)
        } else {
            self.agent.run(builder.body(()).map_err(|e| lost(ureq::Error::Http(e)))?)
        };
        let mut response = response.map_err(lost)?;
        let code = response.status().as_u16();
        let headers = response.headers().iter();
        let headers: Vec<(String, String)> = headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let text = response.body_mut().read_to_string().map_err(lost)?;
        let body = match serde_json::from_str(&text) {
            Ok(value) => value,
            Err(_) if text.is_empty() => Value::Object(serde_json::Map::new()),
            Err(_) => Value::String(text.clone()),
        };
        if (200..300).contains(&code) {
            return Ok((body, headers));
        }
        let url = format!("https://{}{}{query}", request.host, request.path);
        let passing = code >= 500 || (code == 429 && request.repeats_429);
        Err(Trouble::Refused(Refusal {
            code,
            body,
            url,
            text,
            headers,
            caller: Box::new(self.caller.clone()),
            passing,
        }))
    }
}

/// What Python's `urlencode` leaves as it is, besides letters and digits.
const PLAIN: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'_').remove(b'.').remove(b'-').remove(b'~').remove(b' ');
/// The exceptions of Python's `requests`, which asks by way of a proxy too.
fn lost(request: &Request, query: &str, error: &ureq::Error) -> Trouble {
    let pool = format!("HTTPSConnectionPool(host='{}', port=443)", request.host);
    let proxy = |cause: &str| Trouble::Lost {
        class: "ProxyError",
        text: format!(
            "{pool}: Max retries exceeded with url: {}{query} (Caused by ProxyError('Unable to connect to proxy', {cause}))",
            request.path
        ),
    };
    match error {
        ureq::Error::Timeout(_) => Trouble::Lost {
            class: "ReadTimeout",
            text: format!("{pool}: Read timed out. (read timeout={ANSWER_SECONDS})"),
        },
        ureq::Error::Io(e) if e.kind() == std::io::ErrorKind::ConnectionRefused => proxy(
            "NewConnectionError('<urllib3.connection.HTTPSConnection object>: Failed to establish a new connection: \
             [Errno 111] Connection refused')",
        ),
        _ => proxy("RemoteDisconnected('Remote end closed connection without response')"),
    }
}

/// gcloud's own limit for an answer.
const ANSWER_SECONDS: u64 = 300;

fn query(pairs: &[(String, String)]) -> String {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, PLAIN).to_string().replace(' ', "+");
    let pairs: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
}
