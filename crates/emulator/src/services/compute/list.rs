//! Lists: filter, order, pages, and the aggregated ones.

use super::{filter, link, place, refuse};
use crate::call::{Answer, Call};
use crate::error::ApiError;
use serde_json::{Value, json};

/// Rows after filter and order, the part of them that this page shows, and the next page's token.
fn page(call: &Call, mut rows: Vec<Value>) -> Result<(Vec<Value>, Option<String>), ApiError> {
    if let Some(text) = call.query("filter").filter(|f| !f.trim().is_empty()) {
        let filter = filter::parse(text)
            .ok_or_else(|| refuse::value("filter", text, "Invalid list filter expression."))?;
        rows.retain(|row| filter.matches(row));
    }
    match call.query("orderBy").unwrap_or("") {
        "" | "name" => {}
        "creationTimestamp desc" => {
            let time = |row: &Value| {
                let field =
                    if row["creationTimestamp"].is_string() { "creationTimestamp" } else { "insertTime" };
                row[field].as_str().unwrap_or_default().to_owned()
            };
            rows.sort_by_key(|row| std::cmp::Reverse(time(row)));
        }
        other => {
            let why = "Only sorting by 'name' or 'creationTimestamp desc' is supported.";
            return Err(refuse::value("orderBy", other, why));
        }
    }
    let size = match call.query("maxResults") {
        None => 500,
        Some(text) => text.parse::<usize>().ok().filter(|n| *n <= 500).ok_or_else(|| {
            refuse::value(
                "maxResults",
                text,
                "Must be greater than or equal to 0 and less than or equal to 500.",
            )
        })?,
    };
    let size = if size == 0 { 500 } else { size };
    let from = match call.query("pageToken").filter(|t| !t.is_empty()) {
        None => 0,
        Some(token) => {
            let place = token.strip_prefix("page-").and_then(|t| t.parse::<usize>().ok());
            place.ok_or_else(|| refuse::value("pageToken", token, "Invalid page token."))?
        }
    };
    let to = from.saturating_add(size).min(rows.len());
    let next = (to < rows.len()).then(|| format!("page-{to}"));
    let rows = rows.into_iter().skip(from).take(size).collect();
    Ok((rows, next))
}

/// The children of a collection, as rows.
pub fn rows(call: &Call, parent: &str) -> Vec<Value> {
    call.world.list(&link::key(parent)).into_iter().map(|(_, data)| data.clone()).collect()
}

/// Answers `list`.
pub fn reply(call: &Call, kind: &str, parent: &str, rows: Vec<Value>) -> Answer {
    let (rows, next) = page(call, rows)?;
    let mut body = json!({
        "kind": format!("compute#{kind}List"), "id": parent, "selfLink": link::url(parent),
    });
    // Compute leaves an empty list away.
    if !rows.is_empty() {
        body["items"] = Value::Array(rows);
    }
    if let Some(next) = next {
        body["nextPageToken"] = json!(next);
    }
    Ok(body.into())
}

/// `global` and every region.
pub fn scopes() -> Vec<String> {
    std::iter::once("global".to_owned()).chain(regions()).collect()
}

/// Every zone.
pub fn zones() -> Vec<String> {
    let zones = place::REGIONS
        .iter()
        .map(|(region, _, letters)| letters.chars().map(move |letter| format!("zones/{region}-{letter}")));
    zones.flatten().collect()
}

/// Everything of a kind that is in one of these places: it cannot be made here, but it can be arranged.
pub fn arranged(call: &Call, scopes: &[String], collection: &str) -> Vec<Value> {
    let parent = |scope: &String| format!("projects/{}/{scope}/{collection}", call.project());
    scopes.iter().flat_map(|scope| rows(call, &parent(scope))).collect()
}

/// Every region.
pub fn regions() -> Vec<String> {
    place::REGIONS.iter().map(|(region, ..)| format!("regions/{region}")).collect()
}

/// Answers `aggregatedList`: rows by scope, and a warning for each scope that has none.
pub fn aggregated(call: &Call, kind: &str, field: &str, scopes: Vec<String>, rows: Vec<Value>) -> Answer {
    let (rows, next) = page(call, rows)?;
    let mut items = serde_json::Map::new();
    for scope in scopes {
        let mine: Vec<&Value> = rows.iter().filter(|row| scope_of(row) == scope).collect();
        let content = if mine.is_empty() {
            json!({"warning": {
                "code": "NO_RESULTS_ON_PAGE", "message": format!("There are no results for scope '{scope}' on this page."),
                "data": [{"key": "scope", "value": scope}],
            }})
        } else {
            json!({ field: mine })
        };
        items.insert(scope, content);
    }
    let parent = format!("projects/{}/aggregated/{field}", call.project());
    let mut body = json!({
        "kind": format!("compute#{kind}AggregatedList"), "id": parent, "selfLink": link::url(&parent), "items": items,
    });
    if let Some(next) = next {
        body["nextPageToken"] = json!(next);
    }
    Ok(body.into())
}

fn scope_of(row: &Value) -> String {
    let place = |field: &str| row[field].as_str().map(|url| format!("{field}s/{}", link::last(url)));
    place("zone").or_else(|| place("region")).unwrap_or_else(|| "global".to_owned())
}
