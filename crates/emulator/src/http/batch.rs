//! Batch requests: `POST /batch/compute/v1` with several requests as the parts of one body. gcloud sends them when a
//! command names several objects (`firewall-rules delete A B`). Each part is served, recorded and struck by faults as
//! if it had come alone.

use super::server::{Dropped, Sent, json_response};
use super::{Shared, google};
use crate::error::ApiError;
use http_body_util::BodyExt as _;
use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use std::sync::Arc;

const BOUNDARY: &str = "batch_emulator_of_google";

/// Google's limit for compute.
const MOST: usize = 1000;

/// Whether a path takes batches. The global `/batch`, without an API, is no more.
pub(super) fn is_batch(path: &str) -> bool {
    path.starts_with("/batch/")
}

/// Serves the parts one after another.
pub(super) async fn serve(shared: &Arc<Shared>, host: Option<String>, parts: Parts, body: Bytes) -> Sent {
    let kind = parts.headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    let requests = boundary(kind).and_then(|boundary| split(&text, boundary));
    let Some(requests) = requests.filter(|requests| !requests.is_empty()) else {
        let error = ApiError::invalid("Failed to parse batch request, error: malformed multipart body.");
        return Ok(json_response(400, error.body().to_string()));
    };
    if requests.len() > MOST {
        let error = ApiError::invalid(format!("The batch request exceeds the limit of {MOST} calls."));
        return Ok(json_response(400, error.body().to_string()));
    }
    let mut answer = String::new();
    for request in requests {
        let id = request.id.clone();
        let Some((inner, body)) = request.build(&parts) else {
            let error = ApiError::invalid("Failed to parse batch request, error: malformed inner request.");
            return Ok(json_response(400, error.body().to_string()));
        };
        let response = google::serve(shared, host.clone(), inner, body).await?;
        let status = response.status();
        let bytes = response.into_body().collect().await.map_err(|_| Dropped)?.to_bytes();
        answer.push_str(&format!(
            "--{BOUNDARY}\r\nContent-Type: application/http\r\nContent-ID: <response-{id}>\r\n\r\nHTTP/1.1 {} {}\r\n\
             Content-Type: application/json; charset=UTF-8\r\nContent-Length: {}\r\n\r\n{}\r\n",
            status.as_u16(),
            status.canonical_reason().unwrap_or_default(),
            bytes.len(),
            String::from_utf8_lossy(&bytes),
        ));
    }
    answer.push_str(&format!("--{BOUNDARY}--\r\n"));
    let mut response = Response::new(Full::from(answer));
    let kind = HeaderValue::from_static("multipart/mixed; boundary=batch_emulator_of_google");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    Ok(response)
}

/// One request of a batch.
#[derive(Debug, PartialEq)]
struct Request {
    /// Its `Content-ID`, without angle brackets.
    id: String,
    method: String,
    target: String,
    body: String,
}

impl Request {
    /// As a request of its own; the outer request's authorization counts for all.
    fn build(self, outer: &Parts) -> Option<(Parts, Bytes)> {
        let mut builder = hyper::Request::builder().method(self.method.as_str()).uri(self.target);
        if let Some(authorization) = outer.headers.get(AUTHORIZATION) {
            builder = builder.header(AUTHORIZATION, authorization);
        }
        let (parts, ()) = builder.body(()).ok()?.into_parts();
        Some((parts, Bytes::from(self.body)))
    }
}

fn boundary(kind: &str) -> Option<&str> {
    let value = kind.strip_prefix("multipart/mixed")?.split("boundary=").nth(1)?;
    Some(value.split(';').next()?.trim().trim_matches('"'))
}

fn split(body: &str, boundary: &str) -> Option<Vec<Request>> {
    let unix = body.replace("\r\n", "\n");
    let delimiter = format!("--{boundary}");
    let mut parts = unix.split(&delimiter);
    parts.next()?;
    parts.take_while(|part| !part.starts_with("--")).map(part).collect()
}

fn part(text: &str) -> Option<Request> {
    let (headers, request) = text.trim_start_matches('\n').split_once("\n\n")?;
    let id = headers.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-id").then(|| value.trim().trim_matches(['<', '>']).to_owned())
    })?;
    let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
    let mut line = head.lines().next()?.split_whitespace();
    let (method, target) = (line.next()?.to_owned(), line.next()?.to_owned());
    Some(Request { id, method, target, body: body.trim_end_matches('\n').to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_as_gcloud_writes_it() {
        let body = "--===1==\nContent-Type: application/http\nMIME-Version: 1.0\nContent-Transfer-Encoding: binary\n\
                    Content-ID: <9d+0>\n\nDELETE /compute/v1/projects/p/global/firewalls/a?alt=json HTTP/1.1\n\
                    content-type: application/json\nHost: compute.googleapis.com\n\n\n--===1==\nContent-ID: <9d+1>\n\n\
                    POST /x HTTP/1.1\ncontent-length: 2\n\n{}\n--===1==--";
        assert_eq!(boundary("multipart/mixed; boundary=\"===1==\""), Some("===1=="));
        let found = split(body, "===1==").unwrap();
        assert_eq!(found[0].target, "/compute/v1/projects/p/global/firewalls/a?alt=json");
        assert_eq!(
            (found[0].method.as_str(), found[0].id.as_str(), found[0].body.as_str()),
            ("DELETE", "9d+0", "")
        );
        assert_eq!((found[1].method.as_str(), found[1].body.as_str()), ("POST", "{}"));
        assert_eq!(split("nonsense", "===1=="), Some(Vec::new()));
        assert_eq!(split("--===1==\nno head", "===1=="), None);
    }
}
