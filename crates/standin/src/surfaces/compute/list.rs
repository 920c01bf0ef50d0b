//! `gcloud compute … list`.

use super::failures::{self, Problem};
use super::{once, project};
use crate::call::Call;
use crate::failure::Failure;
use crate::google::{Request, Trouble};
use crate::pages;
use crate::print;
use serde_json::Value;

/// What a page holds at most.
const PAGE: &str = "500";

/// A list of one place that fails as a whole.
pub(super) fn of_place(call: &Call, collection: &str) -> Result<Vec<Value>, Failure> {
    no_names(call)?;
    pages::read(call, &page(call, collection)?, "items").map_err(|trouble| {
        print::empty_list(call);
        Problem::of(trouble).map_or_else(|failure| failure, failures::raise_listing)
    })
}

/// A list of one place that only warns of what it could not read, and succeeds.
pub(super) fn of_place_or_warn(call: &Call, collection: &str) -> Result<Vec<Value>, Failure> {
    no_names(call)?;
    or_warn(call, pages::read(call, &page(call, collection)?, "items"))
}

/// The list over all regions: it, too, only warns.
pub(super) fn of_all(call: &Call, kind: &str) -> Result<Vec<Value>, Failure> {
    no_names(call)?;
    let request = page(call, &format!("aggregated/{kind}"))?
        .with("includeAllScopes", "True")
        .with("returnPartialSuccess", "True");
    or_warn(call, aggregated(call, &request, kind))
}

fn page(call: &Call, collection: &str) -> Result<Request, Failure> {
    Ok(once("GET", format!("{}/{collection}", project(call)?)).with("maxResults", PAGE))
}

fn aggregated(call: &Call, request: &Request, kind: &str) -> Result<Vec<Value>, Trouble> {
    let (mut items, mut next) = (Vec::new(), request.clone());
    loop {
        let mut answer = call.google.send(&next)?;
        for scope in answer["items"].as_object_mut().into_iter().flat_map(|scopes| scopes.values_mut()) {
            if scope["warning"]["code"] == "UNREACHABLE" {
                let text = scope["warning"]["message"].as_str().unwrap_or_default().to_owned();
                failures::warn_listing(call, Problem { text });
            }
            if let Some(Value::Array(found)) = scope.get_mut(kind).map(Value::take) {
                items.extend(found);
            }
        }
        match answer["nextPageToken"].as_str() {
            Some(token) if !token.is_empty() => next = request.clone().with("pageToken", token),
            _ => return Ok(items),
        }
    }
}

fn or_warn(call: &Call, read: Result<Vec<Value>, Trouble>) -> Result<Vec<Value>, Failure> {
    match read {
        Ok(items) => Ok(items),
        Err(trouble) => {
            let problem = Problem::of(trouble).inspect_err(|_| print::empty_list(call))?;
            failures::warn_listing(call, problem);
            Ok(Vec::new())
        }
    }
}

/// Names after `list` are deprecated, and nobody uses them here.
fn no_names(call: &Call) -> Result<(), Failure> {
    match call.words("NAME") {
        [] => Ok(()),
        _ => Err(Failure::Said("gcloud-standin lists all; it does not choose by name".to_owned())),
    }
}
