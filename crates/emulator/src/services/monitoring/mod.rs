//! Cloud Monitoring API: alert policies, notification channels, uptime checks (v3), dashboards (v1).
//!
//! Objects whose ids Google chooses are never deduplicated: a client that repeats a create gets two.

use super::unserved;
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use serde_json::Value;

mod aggregation;
mod alert;
mod channel;
mod condition;
mod dashboard;
mod field;
mod filter;
mod list;
mod metrics;
mod promql;
mod uptime;
mod widget;

/// The permission that a method asks for.
pub fn permission(id: &str) -> Option<&'static str> {
    Some(match id {
        "projects.alertPolicies.get" => "monitoring.alertPolicies.get",
        "projects.alertPolicies.list" => "monitoring.alertPolicies.list",
        "projects.alertPolicies.create" => "monitoring.alertPolicies.create",
        "projects.alertPolicies.patch" => "monitoring.alertPolicies.update",
        "projects.alertPolicies.delete" => "monitoring.alertPolicies.delete",
        "projects.notificationChannels.get" => "monitoring.notificationChannels.get",
        "projects.notificationChannels.list" => "monitoring.notificationChannels.list",
        "projects.notificationChannels.create" => "monitoring.notificationChannels.create",
        "projects.notificationChannels.patch" => "monitoring.notificationChannels.update",
        "projects.notificationChannels.delete" => "monitoring.notificationChannels.delete",
        "projects.notificationChannelDescriptors.get" => "monitoring.notificationChannelDescriptors.get",
        "projects.notificationChannelDescriptors.list" => "monitoring.notificationChannelDescriptors.list",
        "projects.uptimeCheckConfigs.get" => "monitoring.uptimeCheckConfigs.get",
        "projects.uptimeCheckConfigs.list" => "monitoring.uptimeCheckConfigs.list",
        "projects.uptimeCheckConfigs.create" => "monitoring.uptimeCheckConfigs.create",
        "projects.uptimeCheckConfigs.patch" => "monitoring.uptimeCheckConfigs.update",
        "projects.uptimeCheckConfigs.delete" => "monitoring.uptimeCheckConfigs.delete",
        "projects.dashboards.get" => "monitoring.dashboards.get",
        "projects.dashboards.list" => "monitoring.dashboards.list",
        "projects.dashboards.create" => "monitoring.dashboards.create",
        "projects.dashboards.patch" => "monitoring.dashboards.update",
        "projects.dashboards.delete" => "monitoring.dashboards.delete",
        "projects.metricDescriptors.list" | "projects.metricDescriptors.get" => {
            "monitoring.metricDescriptors.list"
        }
        "projects.metricDescriptors.create" => "monitoring.metricDescriptors.create",
        "projects.timeSeries.list" => "monitoring.timeSeries.list",
        _ => return None,
    })
}

/// Answers a method.
pub fn handle(id: &str, call: &mut Call) -> Answer {
    match id {
        "projects.alertPolicies.get" => get(call, "alertPolicies"),
        "projects.alertPolicies.list" => list(call, "alertPolicies", "alertPolicies"),
        "projects.alertPolicies.create" => alert::create(call),
        "projects.alertPolicies.patch" => alert::patch(call),
        "projects.alertPolicies.delete" => alert::delete(call),
        "projects.notificationChannels.get" => get(call, "notificationChannels"),
        "projects.notificationChannels.list" => list(call, "notificationChannels", "notificationChannels"),
        "projects.notificationChannels.create" => channel::create(call),
        "projects.notificationChannels.patch" => channel::patch(call),
        "projects.notificationChannels.delete" => channel::delete(call),
        "projects.notificationChannelDescriptors.get" => channel::descriptor(call),
        "projects.notificationChannelDescriptors.list" => channel::descriptors(call),
        "projects.uptimeCheckConfigs.get" => get(call, "uptimeCheckConfigs"),
        "projects.uptimeCheckConfigs.list" => list(call, "uptimeCheckConfigs", "uptimeCheckConfigs"),
        "projects.uptimeCheckConfigs.create" => uptime::create(call),
        "projects.uptimeCheckConfigs.patch" => uptime::patch(call),
        "projects.uptimeCheckConfigs.delete" => uptime::delete(call),
        "uptimeCheckIps.list" => uptime::ips(call),
        "projects.dashboards.get" => get(call, "dashboards"),
        "projects.dashboards.list" => list(call, "dashboards", "dashboards"),
        "projects.dashboards.create" => dashboard::create(call),
        "projects.dashboards.patch" => dashboard::patch(call),
        "projects.dashboards.delete" => dashboard::delete(call),
        "projects.metricDescriptors.list" => {
            let rows = metrics::descriptors(call.world, call.project());
            Ok(call
                .page("metricDescriptors", list::select_metrics(rows, call.query("filter").unwrap_or(""))?))
        }
        // Nothing here writes points: every series is empty.
        "projects.timeSeries.list" => {
            filter::parse(call.query("filter").unwrap_or("")).map_err(ApiError::invalid)?;
            Ok(Reply::empty())
        }
        _ => unserved(id),
    }
}

/// The key of a collection's object.
fn key(call: &Call, collection: &str, id: &str) -> String {
    format!("monitoring/projects/{}/{collection}/{id}", call.project())
}

/// The key of the object in the path.
fn asked(call: &Call, collection: &str) -> String {
    key(call, collection, call.param(&format!("{collection}Id")))
}

/// The object in the path.
fn found(call: &Call, collection: &str) -> Result<Value, ApiError> {
    call.world.get(&asked(call, collection)).cloned().ok_or_else(|| {
        let id = call.param(&format!("{collection}Id"));
        let text = match collection {
            "alertPolicies" => {
                format!("The alert policy does not exist: projects/{}/alertPolicies/{id}", call.project())
            }
            "notificationChannels" => {
                format!(
                    "Notification channel projects/{}/notificationChannels/{id} could not be found.",
                    call.project()
                )
            }
            "uptimeCheckConfigs" => format!("Uptime check config not found: {id}"),
            _ => "Requested entity was not found.".to_owned(),
        };
        ApiError::not_found(text)
    })
}

fn get(call: &Call, collection: &str) -> Answer {
    Ok(found(call, collection)?.into())
}

fn list(call: &Call, collection: &str, field: &str) -> Answer {
    let rows = call.world.list(&format!("monitoring/projects/{}/{collection}", call.project()));
    let rows = rows.into_iter().map(|(_, row)| row.clone()).collect();
    Ok(call.page(field, list::select(rows, call.query("filter").unwrap_or(""))?))
}

#[cfg(test)]
mod tests;
