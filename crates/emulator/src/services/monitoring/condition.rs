//! Conditions of alert policies.

use super::aggregation::{self, Place};
use super::field::{Field, seconds};
use super::filter::{self, Filter};
use super::metrics::{self, Metric};
use super::promql;
use crate::error::ApiError;
use crate::services::logging;
use crate::world::World;
use serde_json::{Value, json};

/// The kinds of a condition, and what Google's messages call them.
pub const KINDS: [&str; 6] = [
    "conditionThreshold",
    "conditionAbsent",
    "conditionMatchedLog",
    "conditionMonitoringQueryLanguage",
    "conditionPrometheusQueryLanguage",
    "conditionSql",
];

/// Where a condition is judged.
pub struct Context<'a> {
    /// The world, for metrics.
    pub world: &'a World,
    /// The project.
    pub project: &'a str,
}

/// Checks one condition, fills in what Google fills in, and answers its kind.
pub fn check(context: &Context, field: &Field, condition: &mut Value) -> Result<&'static str, ApiError> {
    let kind = field.one_of(condition, "condition", &KINDS)?.ok_or_else(|| {
        // Google's text, from issue 1231 of php-docs-samples.
        field.below("condition_case").invalid(
            "0",
            "Condition subtype (e.g. \"condition_absent\",\"condition_threshold\", etc.) is absent or unknown.",
        )
    })?;
    if condition["displayName"].as_str().is_none_or(str::is_empty) {
        return Err(field.below("display_name").invalid("", "A condition must have a display name."));
    }
    field.below("display_name").at_most(&condition["displayName"], 512)?;
    let body = &mut condition[kind];
    match kind {
        "conditionThreshold" => threshold(context, &field.below("condition_threshold"), body)?,
        "conditionAbsent" => absent(context, &field.below("condition_absent"), body)?,
        "conditionMatchedLog" => matched_log(&field.below("condition_matched_log"), body)?,
        "conditionPrometheusQueryLanguage" => {
            prometheus(context, &field.below("condition_prometheus_query_language"), body)?;
        }
        "conditionMonitoringQueryLanguage" => {
            let field = field.below("condition_monitoring_query_language");
            required(&field.below("query"), &body["query"])?;
            minutes(&field.below("duration"), &body["duration"], 0.0)?;
        }
        _ => required(&field.below("condition_sql").below("query"), &body["query"])?,
    }
    Ok(kind)
}

fn required(field: &Field, text: &Value) -> Result<(), ApiError> {
    if text.as_str().is_none_or(|t| t.trim().is_empty()) {
        return Err(field.invalid("", "The field is required."));
    }
    Ok(())
}

/// Whole minutes (description of `MetricThreshold.duration`).
fn minutes(field: &Field, duration: &Value, least: f64) -> Result<f64, ApiError> {
    let Some(seconds) = seconds(duration) else {
        return Err(field.invalid("", "A duration is required."));
    };
    let shown = format!("{{\"seconds\":{seconds}}}");
    if seconds % 60.0 != 0.0 {
        return Err(field.invalid(&shown, "duration must be in multiples of one minute"));
    }
    if seconds < least || seconds > 84_600.0 {
        return Err(field.invalid(&shown, &format!("duration must be between {least} and 84600 seconds")));
    }
    Ok(seconds)
}

/// A filter that names a metric (and, where `resource` is asked, a resource type), and the metric.
fn metric_filter(
    context: &Context,
    field: &Field,
    text: &Value,
    resource: bool,
) -> Result<(Filter, Metric), ApiError> {
    let text = text.as_str().unwrap_or("");
    let parsed = filter::parse(text).map_err(|why| field.invalid(text, &why))?;
    let Some(name) = parsed.exact("metric.type").first().map(|n| (*n).to_owned()) else {
        return Err(field.invalid(text, "must specify a restriction on \"metric.type\" in the filter"));
    };
    if resource && !parsed.restricts("resource.type") {
        // Google's text, from pull request 46 of nodejs-monitoring.
        return Err(field.invalid(
            text,
            "must specify a restriction on \"resource.type\" in the filter; see \
             \"https://cloud.google.com/monitoring/api/resources\" for a list of available resource types.",
        ));
    }
    let resources = parsed.exact("resource.type");
    if let Some(unknown) = resources.iter().find(|r| !metrics::is_resource(r)) {
        // Google's text, from issue 13349 of terraform-provider-google.
        return Err(field.invalid(text, &format!("The filter contains unknown resource type: {unknown}")));
    }
    let metric = metrics::find(context.world, context.project, &name);
    if metric == Metric::None {
        return Err(unknown_metric(&name));
    }
    if let Metric::Known(_, _, of) = &metric
        && !of.is_empty()
        && let Some(strange) = resources.iter().find(|r| !of.contains(r))
    {
        return Err(field
            .invalid(text, &format!("The metric {name} is not written for the resource type {strange}.")));
    }
    Ok((parsed, metric))
}

/// Google's text, from issue 11102 of terraform-provider-google.
fn unknown_metric(name: &str) -> ApiError {
    ApiError::not_found(format!(
        "Cannot find metric(s) that match type = \"{name}\". If a metric was created recently, it could take up to 10 \
         minutes to become available. Please try again soon."
    ))
}

/// Checks a list of aggregations, applied in order, and that a number comes out.
fn aggregations(field: &Field, list: &Value, metric: &Metric) -> Result<Vec<f64>, ApiError> {
    let list = list.as_array().cloned().unwrap_or_default();
    if list.len() > 2 {
        return Err(field.invalid(&list.len().to_string(), "At most two aggregations are supported."));
    }
    let mut series = aggregation::series(metric);
    let mut periods = Vec::new();
    for (index, one) in list.iter().enumerate() {
        series = aggregation::check(&field.at(index), one, series, Place::Alert)?;
        periods.extend(seconds(&one["alignmentPeriod"]));
    }
    if let Some((_, value)) = series
        && !value.numeric()
    {
        return Err(field.invalid(
            "",
            &format!(
                "A condition compares numbers, but the time series has the value type {}.",
                value.name()
            ),
        ));
    }
    Ok(periods)
}

fn trigger(field: &Field, body: &mut Value) -> Result<(), ApiError> {
    let field = field.below("trigger");
    match field.one_of(&body["trigger"], "type", &["count", "percent"])? {
        Some("percent") => {
            let percent = body["trigger"]["percent"].as_f64().unwrap_or(0.0);
            if !(0.0..=100.0).contains(&percent) {
                return Err(field
                    .below("percent")
                    .invalid(&percent.to_string(), "must be between 0 and 100"));
            }
        }
        Some(_) => {
            let count = body["trigger"]["count"].as_i64().unwrap_or(0);
            if count < 1 {
                return Err(field.below("count").invalid(&count.to_string(), "must be positive"));
            }
        }
        // "If not specified, then a {count: 1} trigger is used."
        None => body["trigger"] = json!({"count": 1}),
    }
    Ok(())
}

fn threshold(context: &Context, field: &Field, body: &mut Value) -> Result<(), ApiError> {
    let (_, metric) = metric_filter(context, &field.below("filter"), &body["filter"], true)?;
    let periods = aggregations(&field.below("aggregations"), &body["aggregations"], &metric)?;
    let denominator = body["denominatorFilter"].as_str().unwrap_or("");
    let below = body["denominatorAggregations"].as_array().is_some_and(|a| !a.is_empty());
    let side = field.below("denominator_aggregations");
    if denominator.is_empty() {
        if below {
            return Err(side.invalid("", "Denominator aggregations need a denominator filter."));
        }
    } else {
        let (_, metric) =
            metric_filter(context, &field.below("denominator_filter"), &body["denominatorFilter"], false)?;
        if !below {
            return Err(side.invalid(
                "",
                "Denominator aggregations must be specified if a denominator filter is specified.",
            ));
        }
        let other = aggregations(&side, &body["denominatorAggregations"], &metric)?;
        // "must use the same alignment period and produce time series that have the same periodicity and labels"
        if periods != other {
            return Err(
                side.invalid("", "The numerator and the denominator must have the same alignment period.")
            );
        }
        let groups = |list: &Value| {
            let last = list.as_array().and_then(|l| l.last()).cloned().unwrap_or_default();
            (
                last["crossSeriesReducer"].is_string(),
                last["groupByFields"].as_array().cloned().unwrap_or_default(),
            )
        };
        if groups(&body["aggregations"]) != groups(&body["denominatorAggregations"]) {
            return Err(side.invalid(
                "",
                "The numerator and the denominator must produce time series with the same labels.",
            ));
        }
    }
    match body["comparison"].as_str().unwrap_or("COMPARISON_UNSPECIFIED") {
        "COMPARISON_GT" | "COMPARISON_LT" => {}
        // "Only COMPARISON_LT and COMPARISON_GT are supported currently."
        other => {
            return Err(field
                .below("comparison")
                .invalid(other, "Only COMPARISON_LT and COMPARISON_GT are supported."));
        }
    }
    let duration = minutes(&field.below("duration"), &body["duration"], 0.0)?;
    let missing = body["evaluationMissingData"].as_str().unwrap_or("EVALUATION_MISSING_DATA_UNSPECIFIED");
    if missing != "EVALUATION_MISSING_DATA_UNSPECIFIED" && duration < 60.0 {
        // Google's text, from pull request 401 of terraform-infra-common.
        return Err(field
            .below("evaluation_missing_data")
            .invalid(missing, "Conditions setting evaluation_missing_data must have a non-zero duration."));
    }
    if body["thresholdValue"].is_null() {
        body["thresholdValue"] = json!(0);
    }
    trigger(field, body)
}

fn absent(context: &Context, field: &Field, body: &mut Value) -> Result<(), ApiError> {
    let (_, metric) = metric_filter(context, &field.below("filter"), &body["filter"], true)?;
    aggregations(&field.below("aggregations"), &body["aggregations"], &metric)?;
    minutes(&field.below("duration"), &body["duration"], 120.0)?;
    trigger(field, body)
}

fn matched_log(field: &Field, body: &Value) -> Result<(), ApiError> {
    let field = field.below("filter");
    required(&field, &body["filter"])?;
    let text = body["filter"].as_str().unwrap_or("");
    logging::filter::parse(text).map_err(|why| field.invalid(text, &why))?;
    Ok(())
}

fn prometheus(context: &Context, field: &Field, body: &mut Value) -> Result<(), ApiError> {
    let query = body["query"].as_str().unwrap_or("").to_owned();
    promql::check(&query).map_err(|why| field.below("query").invalid(&query, &why))?;
    if body["disableMetricValidation"] != true
        && let Some(name) = promql::unknown_metric(context.world, context.project, &query)
    {
        return Err(unknown_metric(&name));
    }
    // Both have defaults (description): no time, half a minute.
    for (name, default) in [("duration", "0s"), ("evaluationInterval", "30s")] {
        if body[name].is_null() {
            body[name] = json!(default);
        }
    }
    let duration = seconds(&body["duration"]);
    if duration.is_none_or(|d| d < 0.0) {
        return Err(field.below("duration").invalid("", "must be a non-negative duration"));
    }
    let interval = seconds(&body["evaluationInterval"]).unwrap_or(0.0);
    if interval <= 0.0 || interval % 30.0 != 0.0 {
        let shown = format!("{{\"seconds\":{interval}}}");
        return Err(field
            .below("evaluation_interval")
            .invalid(&shown, "must be a positive multiple of 30 seconds"));
    }
    let label = |name: &str| {
        let mut chars = name.chars();
        chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let names = body["labels"].as_object().into_iter().flat_map(|m| m.keys().cloned());
    let rule = body["alertRule"].as_str().filter(|r| !r.is_empty()).map(str::to_owned);
    if let Some(strange) = names.chain(rule).find(|n| !label(n)) {
        return Err(field.invalid(&strange, "must be a valid Prometheus label name"));
    }
    Ok(())
}
