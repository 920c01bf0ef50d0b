//! Secrets: what is known of a value, without the value.

use super::events::{self, Event};
use super::{check_etag, etag, key, name, permit, rotation, rules, secret, topics};
use crate::call::{Answer, Call, Reply};
use crate::duration;
use crate::error::ApiError;
use crate::mask;
use serde_json::{Value, json};

pub fn create(call: &mut Call) -> Answer {
    let mut secret = call.input();
    rotation::read(&mut secret)?;
    let id = call.query("secretId").unwrap_or_default().to_owned();
    rules::id(&id)?;
    let key = format!("secretmanager/projects/{}/secrets/{id}", call.project());
    let name = format!("projects/{}/secrets/{id}", call.project_number());
    if call.world.has(&key) {
        return Err(ApiError::already_exists(format!("Secret [{name}] already exists.")));
    }
    let replication = &secret["replication"];
    if replication["automatic"].is_object() == replication["userManaged"].is_object() {
        return Err(ApiError::invalid("Secret.replication must be set to either automatic or user_managed."));
    }
    if replication["userManaged"].is_object()
        && replication["userManaged"]["replicas"].as_array().is_none_or(Vec::is_empty)
    {
        return Err(ApiError::invalid(
            "At least one replica must be specified for user-managed replication.",
        ));
    }
    rules::secret(&secret)?;
    rotation::check_sent(&secret["rotation"], true, true, call.world.now)?;
    rotation::check_whole(&secret)?;
    topics::reach(call.world, call.project(), &secret["topics"])?;
    expiry(call, &mut secret)?;
    tidy(&mut secret);
    secret["name"] = json!(name);
    secret["createTime"] = json!(call.world.stamp());
    secret["etag"] = etag(call.world);
    call.world.put(&key, secret.clone());
    tell(call, "TOPIC_CONFIGURED", &secret);
    tell(call, "SECRET_CREATE", &secret);
    Ok(secret.into())
}

/// Tells a secret's topics what happened to it.
fn tell(call: &mut Call, kind: &str, secret: &Value) {
    let (project, at) = (call.project().to_owned(), call.world.now);
    events::tell(call.world, &project, &Event { kind, secret, version: None, at });
}

/// `ttl` is only taken in: what is kept and shown is the time that follows from it.
fn expiry(call: &Call, secret: &mut Value) -> Result<(), ApiError> {
    let Some(ttl) = secret.as_object_mut().and_then(|map| map.remove("ttl")) else { return Ok(()) };
    let length = ttl.as_str().and_then(duration::parse).ok_or_else(|| {
        ApiError::invalid(format!(
            "Invalid value ({ttl}), Field 'ttl', Illegal duration format; duration must end with 's'"
        ))
    })?;
    let at = call.world.now.checked_add(length).map_err(|_| ApiError::invalid("ttl is out of range."))?;
    secret["expireTime"] = json!(at.to_string());
    Ok(())
}

/// Empty maps and lists are not shown.
fn tidy(secret: &mut Value) {
    if let Some(map) = secret.as_object_mut() {
        map.retain(|field, value| {
            field == "replication"
                || !(value.is_null()
                    || value.as_object().is_some_and(serde_json::Map::is_empty)
                    || value.as_array().is_some_and(Vec::is_empty))
        });
    }
}

pub fn list(call: &Call) -> Answer {
    let collection = format!("secretmanager/projects/{}/secrets", call.project());
    let mut rows: Vec<Value> = call.world.list(&collection).into_iter().map(|(_, v)| v.clone()).collect();
    rows.retain(|row| matches_filter(row, call.query("filter").unwrap_or_default()));
    // The newest first [description].
    rows.sort_by(|a, b| b["createTime"].as_str().cmp(&a["createTime"].as_str()));
    Ok(counted(call.page("secrets", rows.clone()), rows.len()))
}

/// Adds `totalSize`.
pub fn counted(mut reply: Reply, total: usize) -> Reply {
    if total > 0 {
        reply.body["totalSize"] = json!(total);
    }
    reply
}

/// The terms that are understood (`labels.KEY=VALUE`, `name:PART`, `state:STATE`) select; others do not, since gcloud filters again
/// by itself.
pub fn matches_filter(row: &Value, filter: &str) -> bool {
    filter.split_whitespace().filter(|term| *term != "AND").all(|term| {
        let Some((field, wanted)) = term.split_once(['=', ':']) else { return true };
        let wanted = wanted.trim_matches('"');
        match field.split_once('.') {
            Some(("labels", label)) => row["labels"][label] == wanted,
            _ if field == "name" => row["name"].as_str().is_some_and(|name| name.contains(wanted)),
            _ if field == "state" => row["state"] == wanted,
            _ => true,
        }
    })
}

pub fn patch(call: &mut Call) -> Answer {
    let mut body = call.input();
    rotation::read(&mut body)?;
    let key = secret(call, "secretmanager.secrets.update")?;
    let mask = call.query("updateMask").unwrap_or_default().to_owned();
    if mask.is_empty() {
        return Err(ApiError::invalid("The update_mask field is required."));
    }
    let current = call.world.get(&key).cloned().unwrap_or_default();
    check_etag(&current, call.text("etag"))?;
    expiry(call, &mut body)?;
    let mut secret = current.clone();
    let fixed = ["name", "replication", "createTime", "etag", "secretType", "tags"];
    for path in mask::paths(&mask) {
        if let Some(field) = path.first().filter(|field| fixed.contains(&field.as_str())) {
            return Err(ApiError::invalid(format!(
                "The field [{field}] is immutable or not allowed in update_mask."
            )));
        }
    }
    let mask = mask.replace("ttl", "expireTime");
    mask::apply(call.route.api, "Secret", &mut secret, &body, &mask)?;
    rules::secret(&secret)?;
    let paths = mask::paths(&mask);
    let sent = |field: &str| {
        paths.iter().any(|path| path[0] == "rotation" && path.get(1).is_none_or(|f| f == field))
    };
    rotation::check_sent(
        &secret["rotation"],
        sent("nextRotationTime"),
        sent("rotationPeriod"),
        call.world.now,
    )?;
    rotation::check_whole(&secret)?;
    if paths.iter().any(|path| path[0] == "topics") {
        topics::reach(call.world, call.project(), &secret["topics"])?;
    }
    for version in secret["versionAliases"].as_object().into_iter().flat_map(|map| map.values()) {
        let number = version.as_str().map_or_else(|| version.to_string(), str::to_owned);
        if !call.world.has(&format!("{key}/versions/{number}")) {
            return Err(ApiError::failed_precondition(format!(
                "Secret Version [{}/versions/{number}] not found.",
                name(call)
            )));
        }
    }
    tidy(&mut secret);
    secret["etag"] = etag(call.world);
    call.world.put(&key, secret.clone());
    if secret["topics"] != current["topics"] {
        tell(call, "TOPIC_CONFIGURED", &secret);
    }
    tell(call, "SECRET_UPDATE", &secret);
    Ok(secret.into())
}

pub fn delete(call: &mut Call) -> Answer {
    let key = key(call);
    permit(call, &key, &name(call), "secretmanager.secrets.delete")?;
    let Some(current) = call.world.get(&key).cloned() else {
        return Err(ApiError::not_found(format!("Secret [{}] not found.", name(call))));
    };
    check_etag(&current, call.query("etag").unwrap_or_default())?;
    call.world.remove(&key);
    tell(call, "SECRET_DELETE", &current);
    Ok(Reply::empty())
}
