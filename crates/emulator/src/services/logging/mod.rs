//! Cloud Logging API, v2: buckets, sinks, log-based metrics, entries.

use super::unserved;
use crate::call::{Answer, Call};
use crate::error::ApiError;

mod buckets;
mod entries;
pub mod filter;
mod metrics;
mod sinks;

pub use metrics::{find as find_metric, visible as metric_visible};

/// The permission that a method asks for.
pub fn permission(id: &str) -> Option<&'static str> {
    Some(match id {
        "projects.locations.buckets.get" => "logging.buckets.get",
        "projects.locations.buckets.list" => "logging.buckets.list",
        "projects.locations.buckets.create" => "logging.buckets.create",
        "projects.locations.buckets.patch" => "logging.buckets.update",
        "projects.locations.buckets.delete" => "logging.buckets.delete",
        "projects.locations.buckets.undelete" => "logging.buckets.undelete",
        "projects.sinks.get" => "logging.sinks.get",
        "projects.sinks.list" => "logging.sinks.list",
        "projects.sinks.create" => "logging.sinks.create",
        "projects.sinks.patch" | "projects.sinks.update" => "logging.sinks.update",
        "projects.sinks.delete" => "logging.sinks.delete",
        "projects.metrics.get" => "logging.logMetrics.get",
        "projects.metrics.list" => "logging.logMetrics.list",
        "projects.metrics.create" => "logging.logMetrics.create",
        "projects.metrics.update" => "logging.logMetrics.update",
        "projects.metrics.delete" => "logging.logMetrics.delete",
        _ => return None,
    })
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    if !call.project().is_empty() {
        let project = call.project().to_owned();
        buckets::ensure(call.world, &project);
        sinks::ensure(call.world, &project);
    }
    match id {
        "projects.locations.buckets.get" => buckets::get(call),
        "projects.locations.buckets.list" => buckets::list(call),
        "projects.locations.buckets.create" => buckets::create(call),
        "projects.locations.buckets.patch" => buckets::patch(call),
        "projects.locations.buckets.delete" => buckets::delete(call),
        "projects.locations.buckets.undelete" => buckets::undelete(call),
        "projects.sinks.get" => sinks::get(call),
        "projects.sinks.list" => sinks::list(call),
        "projects.sinks.create" => sinks::create(call),
        "projects.sinks.patch" | "projects.sinks.update" => sinks::update(call),
        "projects.sinks.delete" => sinks::delete(call),
        "projects.metrics.get" => metrics::get(call),
        "projects.metrics.list" => metrics::list(call),
        "projects.metrics.create" => metrics::create(call),
        "projects.metrics.update" => metrics::update(call),
        "projects.metrics.delete" => metrics::delete(call),
        "entries.list" => entries::list(call),
        "entries.write" => entries::write(call),
        _ => unserved(id),
    }
}

/// Refuses a filter that Google cannot parse.
fn check_filter(filter: &str) -> Result<filter::Filter, ApiError> {
    if filter.chars().count() > filter::LONGEST {
        return Err(ApiError::invalid("The filter is too long: its maximum length is 20000 characters."));
    }
    filter::parse(filter).map_err(ApiError::invalid)
}

/// Refuses a description that is too long (descriptions of `LogSink` and `LogMetric`).
fn check_description(description: &str) -> Result<(), ApiError> {
    if description.chars().count() > 8000 {
        return Err(ApiError::invalid("The description is too long: its maximum length is 8000 characters."));
    }
    Ok(())
}

/// Identifiers of sinks and buckets: at most 100 of letters, digits, `_`, `-`, `.`, an alphanumeric one first.
fn is_identifier(name: &str) -> bool {
    name.len() <= 100
        && name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

#[cfg(test)]
mod tests;
