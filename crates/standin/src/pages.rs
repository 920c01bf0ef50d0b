//! Lists that Google hands out in pages.

use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use crate::print;
use serde_json::Value;

/// Asks for page after page, and puts what `field` holds together. gcloud has begun to print such a list when Google
/// refuses: an empty one stands on stdout then.
pub(crate) fn all(call: &Call, request: &Request, field: &str) -> Result<Vec<Value>, Failure> {
    let items = read(call, request, field).inspect_err(|_| print::empty_list(call))?;
    Ok(items)
}

/// The same for a surface that has its own words for a refusal.
pub(crate) fn read(call: &Call, request: &Request, field: &str) -> Result<Vec<Value>, Trouble> {
    let mut items = Vec::new();
    let mut next = request.clone();
    loop {
        let mut page = call.google.send(&next)?;
        items.extend(taken(&mut page, field));
        match page["nextPageToken"].as_str() {
            Some(token) if !token.is_empty() => next = request.clone().with("pageToken", token),
            _ => return Ok(items),
        }
    }
}

/// The list that a field holds; none where it is missing.
pub(crate) fn taken(page: &mut Value, field: &str) -> Vec<Value> {
    match page.get_mut(field).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}
