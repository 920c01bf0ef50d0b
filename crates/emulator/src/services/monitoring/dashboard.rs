//! Dashboards (API v1). Google names them by the project's number.

use super::field::{Field, without_nulls};
use super::{asked, found, key, widget};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use serde_json::{Value, json};

const LAYOUTS: [&str; 4] = ["gridLayout", "mosaicLayout", "rowLayout", "columnLayout"];

/// Most widgets of a dashboard (Google's quota page).
const MOST: usize = 100;

/// `Field PATH has an invalid value: WHY` is how dashboards refuse (from public issue threads).
pub fn invalid(path: &str, why: &str) -> ApiError {
    ApiError::invalid(format!("Field {path} has an invalid value: {why}"))
}

/// Whole numbers travel as strings or numbers.
fn whole(value: &Value) -> i64 {
    value.as_i64().or_else(|| value.as_str().and_then(|t| t.parse().ok())).unwrap_or(0)
}

fn check(call: &Call, dashboard: &Value) -> Result<(), ApiError> {
    if dashboard["displayName"].as_str().is_none_or(str::is_empty) {
        return Err(invalid("displayName", "A dashboard must have a display name."));
    }
    let Some(layout) = Field::new("dashboard").one_of(dashboard, "layout", &LAYOUTS)? else {
        return Err(invalid("layout", "A dashboard must have exactly one layout."));
    };
    let body = &dashboard[layout];
    let mut widgets = Vec::new();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    match layout {
        "gridLayout" => {
            let columns = whole(&body["columns"]);
            if !(0..=48).contains(&columns) {
                return Err(invalid("gridLayout.columns", "The number of columns must be between 0 and 48."));
            }
            for (index, widget) in list(&body["widgets"]).into_iter().enumerate() {
                widgets.push((format!("gridLayout.widgets[{index}]"), widget));
            }
        }
        "mosaicLayout" => {
            mosaic(body)?;
            for (index, tile) in list(&body["tiles"]).into_iter().enumerate() {
                widgets.push((format!("mosaicLayout.tiles[{index}].widget"), tile["widget"].clone()));
            }
        }
        _ => {
            let inner = if layout == "rowLayout" { "rows" } else { "columns" };
            for (line, row) in list(&body[inner]).into_iter().enumerate() {
                for (index, widget) in list(&row["widgets"]).into_iter().enumerate() {
                    widgets.push((format!("{layout}.{inner}[{line}].widgets[{index}]"), widget));
                }
            }
        }
    }
    if widgets.len() > MOST {
        return Err(invalid(layout, &format!("A dashboard can have at most {MOST} widgets.")));
    }
    for (path, widget) in &widgets {
        widget::check(call.world, call.project(), path, widget)?;
    }
    Ok(())
}

/// Tiles lie within the columns and not on each other (descriptions of `MosaicLayout` and `Tile`).
fn mosaic(layout: &Value) -> Result<(), ApiError> {
    let columns = whole(&layout["columns"]);
    if !(1..=48).contains(&columns) {
        return Err(invalid(
            "mosaicLayout.columns",
            "The number of columns must be between 1 and 48, inclusive.",
        ));
    }
    let mut taken: Vec<[i64; 4]> = Vec::new();
    for (index, tile) in layout["tiles"].as_array().into_iter().flatten().enumerate() {
        let path = format!("mosaicLayout.tiles[{index}]");
        let [x, y, width, height] = ["xPos", "yPos", "width", "height"].map(|f| whole(&tile[f]));
        if x < 0 || y < 0 || width < 1 || height < 1 {
            return Err(invalid(
                &path,
                "A tile must have a position of at least 0 and a size of at least 1.",
            ));
        }
        if x + width > columns {
            return Err(invalid(&path, "Tiles must be contained within the specified number of columns."));
        }
        if taken
            .iter()
            .any(|[x2, y2, w2, h2]| x < x2 + w2 && *x2 < x + width && y < y2 + h2 && *y2 < y + height)
        {
            return Err(invalid(&path, "Tiles must not overlap."));
        }
        if tile["widget"].is_null() {
            return Err(invalid(&path, "A tile must have a widget."));
        }
        taken.push([x, y, width, height]);
    }
    Ok(())
}

fn save(call: &mut Call, id: &str, mut dashboard: Value) -> Value {
    dashboard["name"] = json!(format!("projects/{}/dashboards/{id}", call.project_number()));
    dashboard["etag"] = json!(call.world.hex(32));
    let dry = call.query("validateOnly").is_some_and(|v| v.eq_ignore_ascii_case("true"));
    if !dry {
        let key = key(call, "dashboards", id);
        call.world.put(&key, dashboard.clone());
    }
    dashboard
}

/// `create`: a name in the body is taken as it is, else Google chooses one.
pub fn create(call: &mut Call) -> Answer {
    let dashboard = without_nulls(call.input());
    check(call, &dashboard)?;
    let id = match dashboard["name"].as_str().filter(|n| !n.is_empty()) {
        None => call.world.uuid(),
        Some(name) => {
            let relative = call.world.relative_name(name);
            let id = relative
                .strip_prefix(&format!("projects/{}/dashboards/", call.project()))
                .unwrap_or("")
                .to_owned();
            if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) {
                return Err(invalid(
                    "name",
                    "The name must be of the form projects/[PROJECT_ID_OR_NUMBER]/dashboards/[DASHBOARD_ID].",
                ));
            }
            id
        }
    };
    if call.world.has(&key(call, "dashboards", &id)) {
        return Err(ApiError::already_exists(format!("Dashboard {id} already exists.")));
    }
    Ok(save(call, &id, dashboard).into())
}

/// `patch`: replaces all of it; an etag, where given, must be the current one.
pub fn patch(call: &mut Call) -> Answer {
    let old = found(call, "dashboards")?;
    let dashboard = without_nulls(call.input());
    if let Some(etag) = dashboard["etag"].as_str().filter(|e| !e.is_empty())
        && old["etag"] != etag
    {
        return Err(ApiError::aborted(
            "The etag does not match: the dashboard was changed since it was read.",
        ));
    }
    check(call, &dashboard)?;
    let id = call.param("dashboardsId").to_owned();
    Ok(save(call, &id, dashboard).into())
}

/// `delete`
pub fn delete(call: &mut Call) -> Answer {
    found(call, "dashboards")?;
    let key = asked(call, "dashboards");
    call.world.remove(&key);
    Ok(Reply::empty())
}
