//! Notification channels and their descriptors.

use super::field::{Field, check_user_labels, mutation, without_nulls};
use super::{asked, found, key};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use crate::mask;
use serde_json::{Value, json};

/// Type, name, description, and its labels (`*`: must be given, `!`: Google hides the value).
const TYPES: &[(&str, &str, &str, &[&str])] = &[
    ("email", "Email", "A channel that sends notifications via email.", &["*email_address"]),
    ("sms", "SMS", "A channel that sends notifications via Short Message Service (SMS).", &["*number"]),
    ("pagerduty", "PagerDuty", "A channel that sends notifications via PagerDuty.", &["*!service_key"]),
    (
        "slack",
        "Slack",
        "A channel that sends notifications to Slack.",
        &["*channel_name", "!auth_token", "team"],
    ),
    ("google_chat", "Google Chat", "A channel that sends notifications to a Google Chat space.", &["*space"]),
    ("pubsub", "Cloud Pub/Sub", "A channel that sends notifications to a Cloud Pub/Sub topic.", &["*topic"]),
    (
        "webhook_tokenauth",
        "Webhook with Token Authentication",
        "A channel that posts to an HTTP endpoint.",
        &["*url"],
    ),
    (
        "webhook_basicauth",
        "Webhook with Basic Authentication",
        "A channel that posts to an HTTP endpoint with basic authentication.",
        &["*url", "*username", "*!password"],
    ),
];

fn describe(project: &str, of: &(&str, &str, &str, &[&str])) -> Value {
    let (kind, name, description, labels) = of;
    let labels: Vec<Value> =
        labels.iter().map(|l| json!({"key": l.trim_start_matches(['*', '!'])})).collect();
    json!({"name": format!("projects/{project}/notificationChannelDescriptors/{kind}"), "type": kind,
           "displayName": name, "description": description, "labels": labels, "launchStage": "GA"})
}

/// `notificationChannelDescriptors.list`
pub fn descriptors(call: &Call) -> Answer {
    let rows = TYPES.iter().map(|of| describe(call.project(), of)).collect();
    Ok(call.page("channelDescriptors", rows))
}

/// `notificationChannelDescriptors.get`
pub fn descriptor(call: &Call) -> Answer {
    let asked = call.param("notificationChannelDescriptorsId");
    let of = TYPES.iter().find(|(kind, ..)| *kind == asked);
    let of = of.ok_or_else(|| ApiError::not_found(format!("Unknown notification channel type: {asked}")))?;
    Ok(describe(call.project(), of).into())
}

/// Checks a channel as it would be. What Google hides is in `labels` still.
fn check(channel: &Value) -> Result<(), ApiError> {
    let field = Field::new("notification_channel");
    field.below("display_name").at_most(&channel["displayName"], 512)?;
    field.below("description").at_most(&channel["description"], 1024)?;
    check_user_labels(&field.below("user_labels"), &channel["userLabels"])?;
    let kind = channel["type"].as_str().unwrap_or("");
    let Some((.., labels)) = TYPES.iter().find(|(known, ..)| *known == kind) else {
        return Err(field.below("type").invalid(kind, "Unrecognized notification channel type."));
    };
    let given = channel["labels"].as_object().cloned().unwrap_or_default();
    for label in *labels {
        let name = label.trim_start_matches(['*', '!']);
        if label.starts_with('*') && given.get(name).and_then(Value::as_str).is_none_or(str::is_empty) {
            return Err(field.below("labels").invalid("", &format!("Missing required label \"{name}\".")));
        }
    }
    for (name, value) in &given {
        let place = field.below(&format!("labels['{name}']"));
        let value = value.as_str().unwrap_or("");
        if !labels.iter().any(|l| l.trim_start_matches(['*', '!']) == name) {
            return Err(place.invalid(value, &format!("Unrecognized label for channels of type {kind}.")));
        }
        let fits = match name.as_str() {
            "email_address" => is_email(value),
            "url" => value.starts_with("https://") || value.starts_with("http://"),
            "topic" => value.starts_with("projects/") && value.contains("/topics/"),
            _ => true,
        };
        if !fits {
            return Err(place.invalid(value, "The value is malformed."));
        }
    }
    Ok(())
}

fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && !text.contains(char::is_whitespace)
            && !domain.contains('@')
    })
}

/// Takes what Google hides out of the shown labels ("may truncate or omit passwords"), keeps it beside.
fn store(call: &mut Call, key: &str, mut channel: Value) -> Value {
    let kind = channel["type"].as_str().unwrap_or("").to_owned();
    let mut hidden = call.world.hidden(key).clone();
    for (.., labels) in TYPES.iter().filter(|(known, ..)| *known == kind) {
        for name in labels.iter().filter(|l| l.contains('!')).map(|l| l.trim_start_matches(['*', '!'])) {
            if let Some(secret) = channel["labels"][name].as_str()
                && !secret.chars().all(|c| c == '*')
            {
                if !hidden.is_object() {
                    hidden = json!({});
                }
                hidden[name] = json!(secret);
                channel["labels"][name] = json!("********");
            }
        }
    }
    call.world.put(key, channel.clone());
    call.world.hide(key, hidden);
    channel
}

/// `create`
pub fn create(call: &mut Call) -> Answer {
    let mut channel = without_nulls(call.input());
    if let Some(name) = channel["name"].as_str().filter(|n| !n.is_empty()) {
        let id = name.rsplit('/').next().unwrap_or("");
        // Google's text, from issue 206 of pulumi-google-native.
        return Err(
            Field::new("notification_channel.name.channel_id_part").invalid(id, "Field must be empty.")
        );
    }
    check(&channel)?;
    let id = call.world.digits(19);
    channel["name"] = json!(format!("projects/{}/notificationChannels/{id}", call.project()));
    if channel["enabled"].is_null() {
        channel["enabled"] = json!(true);
    }
    // Numbers must prove that they are theirs; other types need no proof.
    if channel["type"] == "sms" {
        channel["verificationStatus"] = json!("UNVERIFIED");
    } else if let Some(map) = channel.as_object_mut() {
        map.remove("verificationStatus");
    }
    let record = mutation(call.world, call.principal.as_deref());
    channel["creationRecord"] = record.clone();
    channel["mutationRecords"] = json!([record]);
    let key = key(call, "notificationChannels", &id);
    Ok(store(call, &key, channel).into())
}

/// `patch`: without a mask the whole channel is replaced.
pub fn patch(call: &mut Call) -> Answer {
    let old = found(call, "notificationChannels")?;
    let input = without_nulls(call.input());
    let mut channel = match call.query("updateMask").filter(|m| !m.is_empty()) {
        None => input,
        Some(mask) => {
            let mut merged = old.clone();
            mask::apply(call.route.api, "NotificationChannel", &mut merged, &input, mask)?;
            merged
        }
    };
    if channel["type"].is_null() {
        channel["type"] = old["type"].clone();
    }
    if channel["type"] != old["type"] {
        let to = channel["type"].as_str().unwrap_or("");
        return Err(
            Field::new("notification_channel.type").invalid(to, "The type of a channel cannot be changed.")
        );
    }
    check(&channel)?;
    for field in ["name", "creationRecord", "verificationStatus"] {
        if old[field].is_null() {
            if let Some(map) = channel.as_object_mut() {
                map.remove(field);
            }
        } else {
            channel[field] = old[field].clone();
        }
    }
    if channel["enabled"].is_null() {
        channel["enabled"] = json!(true);
    }
    let mut records = old["mutationRecords"].as_array().cloned().unwrap_or_default();
    records.push(mutation(call.world, call.principal.as_deref()));
    channel["mutationRecords"] = Value::Array(records);
    let key = asked(call, "notificationChannels");
    Ok(store(call, &key, channel).into())
}

/// `delete`: with `force` also out of the policies that use it.
pub fn delete(call: &mut Call) -> Answer {
    let channel = found(call, "notificationChannels")?;
    let name = channel["name"].clone();
    let uses = |policy: &Value| policy["notificationChannels"].as_array().is_some_and(|c| c.contains(&name));
    let policies = call.world.list(&format!("monitoring/projects/{}/alertPolicies", call.project()));
    let using: Vec<String> =
        policies.into_iter().filter(|(_, p)| uses(p)).map(|(key, _)| key.to_owned()).collect();
    let force = call.query("force").is_some_and(|f| f.eq_ignore_ascii_case("true"));
    if !using.is_empty() && !force {
        let names: Vec<&str> = using.iter().filter_map(|k| k.strip_prefix("monitoring/")).collect();
        return Err(ApiError::failed_precondition(format!(
            "The notification channel is referenced by alert policies and cannot be deleted without force: {}",
            names.join(", ")
        )));
    }
    for key in using {
        if let Some(list) = call.world.get_mut(&key).and_then(|p| p["notificationChannels"].as_array_mut()) {
            list.retain(|c| *c != name);
        }
    }
    let key = asked(call, "notificationChannels");
    call.world.remove(&key);
    Ok(Reply::empty())
}
