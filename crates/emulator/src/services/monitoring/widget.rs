//! Widgets of dashboards: what each kind must hold.

use super::aggregation::{self, Place};
use super::dashboard::invalid;
use super::field::Field;
use super::{filter, metrics, promql};
use crate::error::ApiError;
use crate::services::logging;
use crate::world::World;
use serde_json::Value;

const KINDS: [&str; 15] = [
    "xyChart",
    "scorecard",
    "text",
    "blank",
    "alertChart",
    "timeSeriesTable",
    "collapsibleGroup",
    "logsPanel",
    "incidentList",
    "pieChart",
    "errorReportingPanel",
    "sectionHeader",
    "singleViewGroup",
    "treemap",
    "filterControl",
];

/// Checks one widget.
pub fn check(world: &World, project: &str, path: &str, widget: &Value) -> Result<(), ApiError> {
    let Some(kind) = Field::new(path).one_of(widget, "content", &KINDS)? else {
        return Err(invalid(path, "A widget must have content."));
    };
    let queries = Queries { world, project };
    let body = &widget[kind];
    let path = format!("{path}.{kind}");
    match kind {
        "xyChart" => {
            queries.sets(&path, body)?;
            for (index, threshold) in body["thresholds"].as_array().into_iter().flatten().enumerate() {
                // "Color is not allowed in a XyChart." "Direction is not allowed in a XyChart."
                for field in ["color", "direction"] {
                    if threshold[field].as_str().is_some_and(|v| !v.ends_with("_UNSPECIFIED")) {
                        return Err(invalid(
                            &format!("{path}.thresholds[{index}].{field}"),
                            &format!("{field} is not allowed in a XyChart."),
                        ));
                    }
                }
            }
            Ok(())
        }
        "timeSeriesTable" | "pieChart" => queries.sets(&path, body),
        "scorecard" => {
            Field::new(&path).one_of(body, "data_view", &["gaugeView", "sparkChartView", "blankView"])?;
            for (index, threshold) in body["thresholds"].as_array().into_iter().flatten().enumerate() {
                if threshold["targetAxis"].as_str().is_some_and(|v| !v.ends_with("_UNSPECIFIED")) {
                    return Err(invalid(
                        &format!("{path}.thresholds[{index}].targetAxis"),
                        "Target axis is not allowed in a Scorecard.",
                    ));
                }
            }
            queries.query(&format!("{path}.timeSeriesQuery"), &body["timeSeriesQuery"])
        }
        "alertChart" => {
            let name = world.relative_name(body["name"].as_str().unwrap_or(""));
            if !name.contains("/alertPolicies/") {
                return Err(invalid(&format!("{path}.name"), "The name of an alert policy is required."));
            }
            Ok(())
        }
        "logsPanel" => logging::filter::parse(body["filter"].as_str().unwrap_or(""))
            .map(|_| ())
            .map_err(|why| invalid(&format!("{path}.filter"), &why)),
        _ => Ok(()),
    }
}

struct Queries<'a> {
    world: &'a World,
    project: &'a str,
}

impl Queries<'_> {
    fn sets(&self, path: &str, chart: &Value) -> Result<(), ApiError> {
        let sets = chart["dataSets"].as_array().cloned().unwrap_or_default();
        if sets.is_empty() {
            return Err(invalid(&format!("{path}.dataSets"), "At least one data set is required."));
        }
        for (index, set) in sets.iter().enumerate() {
            self.query(&format!("{path}.dataSets[{index}].timeSeriesQuery"), &set["timeSeriesQuery"])?;
        }
        Ok(())
    }

    fn query(&self, path: &str, query: &Value) -> Result<(), ApiError> {
        let sources = [
            "timeSeriesFilter",
            "timeSeriesFilterRatio",
            "timeSeriesQueryLanguage",
            "prometheusQuery",
            "opsAnalyticsQuery",
            "traceQuery",
        ];
        let Some(source) = Field::new(path).one_of(query, "source", &sources)? else {
            return Err(invalid(path, "A query is required."));
        };
        let (path, body) = (format!("{path}.{source}"), &query[source]);
        match source {
            "timeSeriesFilter" => self.part(&path, body),
            "timeSeriesFilterRatio" => {
                for side in ["numerator", "denominator"] {
                    self.part(&format!("{path}.{side}"), &body[side])?;
                }
                Ok(())
            }
            "prometheusQuery" => {
                promql::check(body.as_str().unwrap_or("")).map_err(|why| invalid(&path, &why))
            }
            _ => Ok(()),
        }
    }

    fn part(&self, path: &str, part: &Value) -> Result<(), ApiError> {
        let text = part["filter"].as_str().unwrap_or("");
        let place = format!("{path}.filter");
        let parsed = filter::parse(text).map_err(|why| invalid(&place, &why))?;
        let names = parsed.exact("metric.type");
        let Some(name) = names.first() else {
            return Err(invalid(&place, "must specify a restriction on \"metric.type\" in the filter"));
        };
        if let Some(unknown) = parsed.exact("resource.type").iter().find(|r| !metrics::is_resource(r)) {
            return Err(invalid(&place, &format!("The filter contains unknown resource type: {unknown}")));
        }
        // A chart may show a metric that does not exist yet, so an unknown one is taken as it is.
        let mut series = aggregation::series(&metrics::find(self.world, self.project, name));
        for field in ["aggregation", "secondaryAggregation"] {
            if !part[field].is_null() {
                series = aggregation::check(
                    &Field::new(&format!("{path}.{field}")),
                    &part[field],
                    series,
                    Place::Chart,
                )?;
            }
        }
        Ok(())
    }
}
