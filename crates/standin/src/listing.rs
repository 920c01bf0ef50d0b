//! `gcloud … list`: page by page.

use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use crate::print::Answer;
use serde_json::Value;
use std::io::Write as _;

/// All pages of a list; `field` holds a page's items.
pub(crate) fn listing(call: &Call, request: &Request, field: &str) -> Result<Answer, Failure> {
    match pages(call, request, field) {
        Ok(items) => Ok(Answer::List(items)),
        Err(trouble) => Err(failed(call, trouble.into())),
    }
}

/// The items of all pages.
pub(crate) fn pages(call: &Call, request: &Request, field: &str) -> Result<Vec<Value>, Trouble> {
    let mut items = Vec::new();
    let mut next = request.clone();
    loop {
        let mut page = call.google.send(&next)?;
        if let Value::Array(found) = page[field].take() {
            items.extend(found);
        }
        match page["nextPageToken"].as_str() {
            Some(token) if !token.is_empty() => next = request.clone().with("pageToken", token),
            _ => return Ok(items),
        }
    }
}

/// gcloud prints an empty list for one that failed, then says why: its printer has begun before the first request.
pub(crate) fn failed(call: &Call, failure: Failure) -> Failure {
    if call.one("--format") == Some("json") {
        let _ = std::io::stdout().write_all(b"[]\n");
    }
    failure
}
