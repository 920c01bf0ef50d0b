//! Alert policies.

use super::condition::{self, Context};
use super::field::{Field, check_user_labels, mutation, seconds, without_nulls};
use super::{asked, found, key};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::mask;
use serde_json::{Value, json};

/// Most policies that a project may have (Google's quota page).
const MOST: usize = 500;

/// Checks a whole policy and fills in what Google fills in.
fn settle(call: &mut Call, policy: &mut Value, name: &str) -> Result<(), ApiError> {
    let field = Field::new("alert_policy");
    if policy["displayName"].as_str().is_none_or(str::is_empty) {
        return Err(field.below("display_name").invalid("", "A policy must have a display name."));
    }
    field.below("display_name").at_most(&policy["displayName"], 512)?;
    check_user_labels(&field.below("user_labels"), &policy["userLabels"])?;
    documentation(&field.below("documentation"), &mut policy["documentation"])?;
    if policy["documentation"].is_null()
        && let Some(map) = policy.as_object_mut()
    {
        map.remove("documentation");
    }
    let count = policy["conditions"].as_array().map_or(0, Vec::len);
    if !(1..=6).contains(&count) {
        return Err(field
            .below("conditions")
            .invalid(&count.to_string(), "A policy must have from one to six conditions."));
    }
    let mut kinds = Vec::new();
    let mut conditions = policy["conditions"].as_array().cloned().unwrap_or_default();
    for (index, condition) in conditions.iter_mut().enumerate() {
        let context = Context { world: call.world, project: call.project() };
        kinds.push(condition::check(&context, &field.below("conditions").at(index), condition)?);
    }
    if count > 1 && kinds.contains(&"conditionMatchedLog") {
        // Google's text, from pull request 384 of terraform-infra-common.
        return Err(ApiError::invalid(
            "Alert policies with a log matching condition can only have a single condition.",
        ));
    }
    if count > 1 && (kinds.contains(&"conditionMonitoringQueryLanguage") || kinds.contains(&"conditionSql")) {
        return Err(ApiError::invalid(
            "Alert policies with a query language condition can only have a single condition.",
        ));
    }
    let combiner = policy["combiner"].as_str().unwrap_or("COMBINE_UNSPECIFIED");
    if combiner == "COMBINE_UNSPECIFIED" {
        return Err(field.below("combiner").invalid(combiner, "A combiner must be specified."));
    }
    strategy(&policy["alertStrategy"], kinds.contains(&"conditionMatchedLog"))?;
    let mut channels = Vec::new();
    for (index, channel) in policy["notificationChannels"].as_array().into_iter().flatten().enumerate() {
        let channel = channel.as_str().unwrap_or("");
        let relative = call.world.relative_name(channel);
        let there = relative.starts_with(&format!("projects/{}/notificationChannels/", call.project()))
            && call.world.has(&format!("monitoring/{relative}"));
        if !there {
            let field = field.below("notification_channels").at(index);
            return Err(field.invalid(channel, "The notification channel does not exist."));
        }
        channels.push(json!(relative));
    }
    if !channels.is_empty() {
        policy["notificationChannels"] = Value::Array(channels);
    }
    // A condition keeps its id where the caller names it, and gets a new one else.
    for condition in &mut conditions {
        let own = condition["name"]
            .as_str()
            .is_some_and(|n| call.world.relative_name(n).starts_with(&format!("{name}/conditions/")));
        let given = if own { condition["name"].as_str().unwrap_or("").to_owned() } else { String::new() };
        condition["name"] = if own {
            json!(call.world.relative_name(&given))
        } else {
            json!(format!("{name}/conditions/{}", call.world.digits(19)))
        };
    }
    policy["conditions"] = Value::Array(conditions);
    policy["name"] = json!(name);
    if policy["enabled"].is_null() {
        policy["enabled"] = json!(true);
    }
    Ok(())
}

fn documentation(field: &Field, documentation: &mut Value) -> Result<(), ApiError> {
    if documentation.is_null() {
        return Ok(());
    }
    let content = documentation["content"].as_str().unwrap_or("");
    if content.chars().count() > 8192 || content.len() > 10_240 {
        return Err(field.below("content").invalid(
            "...",
            "The content may not exceed 8,192 Unicode characters and may not exceed more than 10,240 bytes.",
        ));
    }
    if documentation["subject"].as_str().is_some_and(|s| s.len() > 10_240) {
        return Err(field.below("subject").invalid("...", "The subject line may not exceed 10,240 bytes."));
    }
    if documentation["links"].as_array().is_some_and(|l| l.len() > 3) {
        return Err(field.below("links").invalid("", "There can be up to 3 links."));
    }
    match documentation["mimeType"].as_str() {
        Some("text/markdown") => Ok(()),
        None | Some("") => {
            documentation["mimeType"] = json!("text/markdown");
            Ok(())
        }
        Some(other) => Err(field.below("mime_type").invalid(other, "Only \"text/markdown\" is supported.")),
    }
}

fn strategy(strategy: &Value, log: bool) -> Result<(), ApiError> {
    let field = Field::new("alertStrategy");
    let limit = &strategy["notificationRateLimit"];
    if log && limit.is_null() {
        return Err(field
            .below("notificationRateLimit")
            .invalid("", "log-based alert policies must specify a notification rate limit"));
    }
    if !log && !limit.is_null() {
        // Google's text, from pull request 352 of terraform-infra-common.
        let shown = limit["period"].as_str().unwrap_or("");
        return Err(field
            .below("notificationRateLimit")
            .invalid(shown, "metric-based alert policies must not specify a notification rate limit"));
    }
    // 30 minutes to 7 days (Google's page on alert policies).
    if let Some(close) = seconds(&strategy["autoClose"])
        && !(1800.0..=604_800.0).contains(&close)
    {
        return Err(field
            .below("autoClose")
            .invalid(&format!("{close}s"), "must be between 30 minutes and 7 days"));
    }
    Ok(())
}

/// `create`
pub fn create(call: &mut Call) -> Answer {
    let mut policy = without_nulls(call.input());
    if policy["name"].as_str().is_some_and(|n| !n.is_empty()) {
        let id = policy["name"].as_str().unwrap_or("").rsplit('/').next().unwrap_or("");
        return Err(Field::new("alert_policy.name.alert_policy_id_part").invalid(id, "Field must be empty."));
    }
    if call.world.list(&format!("monitoring/projects/{}/alertPolicies", call.project())).len() >= MOST {
        return Err(ApiError::exhausted("The maximum number of alerting policies has been reached."));
    }
    let id = call.world.digits(19);
    let name = format!("projects/{}/alertPolicies/{id}", call.project());
    settle(call, &mut policy, &name)?;
    let record = mutation(call.world, call.principal.as_deref());
    policy["creationRecord"] = record.clone();
    policy["mutationRecord"] = record;
    let key = key(call, "alertPolicies", &id);
    call.world.put(&key, policy.clone());
    Ok(policy.into())
}

/// `patch`: without a mask the whole policy is replaced.
pub fn patch(call: &mut Call) -> Answer {
    let old = found(call, "alertPolicies")?;
    let input = without_nulls(call.input());
    let name = old["name"].as_str().unwrap_or("").to_owned();
    if input["name"].as_str().is_some_and(|n| !n.is_empty() && call.world.relative_name(n) != name) {
        return Err(ApiError::invalid("The name of the policy in the body must be the one in the path."));
    }
    let mut policy = match call.query("updateMask").filter(|m| !m.is_empty()) {
        None => input,
        Some(mask) => {
            let mut merged = old.clone();
            mask::apply(call.route.api, "AlertPolicy", &mut merged, &input, mask)?;
            merged
        }
    };
    settle(call, &mut policy, &name)?;
    policy["creationRecord"] = old["creationRecord"].clone();
    policy["mutationRecord"] = mutation(call.world, call.principal.as_deref());
    let key = asked(call, "alertPolicies");
    call.world.put(&key, policy.clone());
    Ok(policy.into())
}

/// `delete`
pub fn delete(call: &mut Call) -> Answer {
    found(call, "alertPolicies")?;
    let key = asked(call, "alertPolicies");
    call.world.remove(&key);
    Ok(Reply::empty())
}
