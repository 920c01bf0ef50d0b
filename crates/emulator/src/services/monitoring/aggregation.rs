//! Aggregations: which aligner and which reducer fit which metric, from the description of `Aggregation`.

use super::field::Field;
use super::metrics::{Kind, Metric, Type};
use crate::error::ApiError;
use serde_json::Value;

/// Where an aggregation stands: alerting has a shorter longest period than charts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// 25 hours at most.
    Alert,
    /// Two years at most.
    Chart,
}

/// Kind and type of a series; `None` where the metric is not listed.
pub type Series = Option<(Kind, Type)>;

/// The series that a metric has.
pub fn series(metric: &Metric) -> Series {
    match metric {
        Metric::Known(kind, value_type, _) => Some((*kind, *value_type)),
        _ => None,
    }
}

/// Checks one aggregation and answers what comes out of it.
pub fn check(field: &Field, aggregation: &Value, series: Series, place: Place) -> Result<Series, ApiError> {
    let word = |name: &str, none: &str| match aggregation[name].as_str() {
        Some(word) if !word.is_empty() => word.to_owned(),
        _ => none.to_owned(),
    };
    let aligner = word("perSeriesAligner", "ALIGN_NONE");
    let reducer = word("crossSeriesReducer", "REDUCE_NONE");
    let period = &aggregation["alignmentPeriod"];
    if aligner != "ALIGN_NONE" {
        check_period(&field.below("alignment_period"), period, place)?;
    }
    if reducer != "REDUCE_NONE" && aligner == "ALIGN_NONE" {
        return Err(field.below("cross_series_reducer").invalid(
            &reducer,
            "A per-series aligner other than ALIGN_NONE must be specified if a cross-series reducer is specified.",
        ));
    }
    let grouped = aggregation["groupByFields"].as_array().is_some_and(|f| !f.is_empty());
    if grouped && reducer == "REDUCE_NONE" {
        // Google's text, from issue 16366 of terraform-provider-google.
        return Err(ApiError::invalid("An aggregation cannot have group-by fields without a reducer."));
    }
    for group in aggregation["groupByFields"].as_array().into_iter().flatten() {
        let group = group.as_str().unwrap_or("");
        let known = ["resource.label.", "resource.labels.", "metric.label.", "metric.labels.", "metadata."];
        if !matches!(group, "resource.type" | "metric.type" | "project")
            && !known.iter().any(|k| group.starts_with(k))
        {
            return Err(field
                .below("group_by_fields")
                .invalid(group, "The field is not a valid group-by field."));
        }
    }
    let aligned = align(&aligner, series)?;
    reduce(&reducer, aligned)
}

fn check_period(field: &Field, period: &Value, place: Place) -> Result<(), ApiError> {
    let Some(seconds) = super::field::seconds(period) else {
        return Err(
            field.invalid("", "An alignment period must be specified if a per-series aligner is specified.")
        );
    };
    let shown = format!("{{\"seconds\":{seconds}}}");
    let longest = if place == Place::Alert { 90_000.0 } else { 104.0 * 7.0 * 86_400.0 };
    if seconds < 60.0 || seconds > longest {
        return Err(
            field.invalid(&shown, &format!("alignment period must be between 60 and {longest} seconds"))
        );
    }
    if seconds % 60.0 != 0.0 {
        // Google's text, from pull request 10893 of terraform-provider-google.
        return Err(field.invalid(&shown, "alignment period must be in multiples of one minute"));
    }
    Ok(())
}

/// Google's text, from issue 659 of exposure-notifications-verification-server.
fn unfit(what: &str, name: &str, kind: Kind, value_type: Type) -> ApiError {
    let field = Field::new(if what == "aligner" {
        "aggregation.perSeriesAligner"
    } else {
        "aggregation.crossSeriesReducer"
    });
    let text = format!(
        "The {what} cannot be applied to metrics with kind {} and value type {}.",
        kind.name(),
        value_type.name()
    );
    field.invalid(name, &text)
}

fn align(aligner: &str, series: Series) -> Result<Series, ApiError> {
    use Kind::{Cumulative, Delta, Gauge};
    use Type::{Bool, Distribution, Double, Int64};
    let Some((kind, value)) = series else { return Ok(None) };
    let steady = kind != Cumulative;
    let (fits, out) = match aligner {
        "ALIGN_NONE" => (true, (kind, value)),
        "ALIGN_DELTA" => (kind != Gauge && (value.numeric() || value == Distribution), (Delta, value)),
        "ALIGN_RATE" => (kind != Gauge && value.numeric(), (Gauge, Double)),
        "ALIGN_INTERPOLATE" => (kind == Gauge && value.numeric(), (kind, value)),
        "ALIGN_NEXT_OLDER" => (kind == Gauge, (kind, value)),
        "ALIGN_MIN" | "ALIGN_MAX" => (steady && value.numeric(), (kind, value)),
        "ALIGN_MEAN" | "ALIGN_STDDEV" | "ALIGN_PERCENT_CHANGE" => {
            (steady && value.numeric(), (Gauge, Double))
        }
        "ALIGN_COUNT" => (steady && (value.numeric() || value == Bool), (Gauge, Int64)),
        "ALIGN_SUM" => (steady && (value.numeric() || value == Distribution), (kind, value)),
        "ALIGN_COUNT_TRUE" | "ALIGN_COUNT_FALSE" => (kind == Gauge && value == Bool, (Gauge, Int64)),
        "ALIGN_FRACTION_TRUE" => (kind == Gauge && value == Bool, (Gauge, Double)),
        _ => (steady && value == Distribution, (Gauge, Double)),
    };
    if fits { Ok(Some(out)) } else { Err(unfit("aligner", aligner, kind, value)) }
}

fn reduce(reducer: &str, series: Series) -> Result<Series, ApiError> {
    use Type::{Bool, Distribution, Double, Int64};
    let Some((kind, value)) = series else { return Ok(None) };
    let (fits, out) = match reducer {
        "REDUCE_NONE" => (true, value),
        "REDUCE_MIN" | "REDUCE_MAX" => (value.numeric(), value),
        "REDUCE_SUM" => (value.numeric() || value == Distribution, value),
        "REDUCE_COUNT" => (true, Int64),
        "REDUCE_COUNT_TRUE" | "REDUCE_COUNT_FALSE" => (value == Bool, Int64),
        "REDUCE_FRACTION_TRUE" => (value == Bool, Double),
        _ => (value.numeric() || value == Distribution, Double),
    };
    if fits { Ok(Some((kind, out))) } else { Err(unfit("reducer", reducer, kind, value)) }
}
