//! Rotation: Secret Manager makes no new values; it tells the secret's topics that it is time for one. The sentences are those
//! that public tests against Google quote, unless said otherwise.

use super::{etag, events};
use crate::duration;
use crate::error::ApiError;
use crate::world::World;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

const HOUR: SignedDuration = SignedDuration::from_hours(1);
const LONGEST: SignedDuration = SignedDuration::from_hours(876_000);
const SOONEST: SignedDuration = SignedDuration::from_mins(5);
/// No subscription keeps a message for longer than 31 days, so that nobody could see an older one.
const KEPT: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Reads the rotation that a request sends, and writes it as Google does. What is no instant or no duration is refused by
/// protobuf's parser, before anything else.
pub fn read(body: &mut Value) -> Result<(), ApiError> {
    let Some(rotation) = body.get_mut("rotation").and_then(Value::as_object_mut) else { return Ok(()) };
    rotation.retain(|_, value| !value.is_null());
    if let Some(next) = rotation.get_mut("nextRotationTime") {
        let at =
            instant(next).ok_or_else(|| malformed("nextRotationTime", "Timestamp", "Invalid time format"))?;
        *next = json!(duration::show_instant(at));
    }
    if let Some(period) = rotation.get_mut("rotationPeriod") {
        let length = period.as_str().and_then(duration::parse);
        let length = length.ok_or_else(|| {
            malformed("rotationPeriod", "Duration", "Illegal duration format; duration must end with 's'")
        })?;
        *period = json!(duration::show(length));
    }
    Ok(())
}

fn instant(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// In the words of Google's front end about any malformed field.
fn malformed(field: &str, kind: &str, text: &str) -> ApiError {
    let text = format!(
        "Invalid value at 'secret.rotation' (type.googleapis.com/google.protobuf.{kind}), Field '{field}', {text}"
    );
    let violation = json!({"field": "secret.rotation", "description": text});
    ApiError::invalid(text)
        .detail(json!({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}))
}

/// The limits of what a request sends: a time that lies there already may be past five minutes.
pub fn check_sent(rotation: &Value, next: bool, period: bool, now: Timestamp) -> Result<(), ApiError> {
    if let Some(at) = instant(&rotation["nextRotationTime"]).filter(|_| next) {
        let ahead = at.duration_since(now);
        if ahead < SOONEST {
            return Err(ApiError::invalid("Next rotation time must be at least [5m] in the future."));
        }
        if ahead > LONGEST {
            return Err(ApiError::invalid("Next rotation time cannot be more than [876000h] from now."));
        }
    }
    if let Some(length) = length(rotation).filter(|_| period) {
        if length < HOUR {
            return Err(ApiError::invalid("Rotation period cannot be shorter than [1h]."));
        }
        if length > LONGEST {
            // [description; the sentence is a guess]
            return Err(ApiError::invalid("Rotation period cannot be longer than [876000h]."));
        }
    }
    Ok(())
}

fn length(rotation: &Value) -> Option<SignedDuration> {
    rotation["rotationPeriod"].as_str().and_then(duration::parse)
}

/// What must hold for a secret as it would be after the change.
pub fn check_whole(secret: &Value) -> Result<(), ApiError> {
    let rotation = &secret["rotation"];
    let (next, period) = (rotation["nextRotationTime"].is_string(), rotation["rotationPeriod"].is_string());
    if (next || period) && secret["topics"].as_array().is_none_or(Vec::is_empty) {
        return Err(ApiError::invalid(
            "There must be at least one topic configured when a Rotation policy is set.",
        ));
    }
    if period && !next {
        return Err(ApiError::failed_precondition(
            "Next rotation time must be set while the rotation period is set.",
        ));
    }
    Ok(())
}

/// Tells the topics of all secrets whose time has come, and sets their next time.
pub fn rotate_due(world: &mut World) {
    let secrets = world.below("secretmanager/projects/");
    let now = world.now;
    let due = secrets
        .into_iter()
        .filter(|(_, secret)| instant(&secret["rotation"]["nextRotationTime"]).is_some_and(|at| at <= now));
    for key in due.map(|(key, _)| key.to_owned()).collect::<Vec<_>>() {
        rotate(world, &key);
    }
}

/// Once for each time that has passed, since nobody may have looked for long. The message has the secret as it was before its
/// next time was set [guess].
fn rotate(world: &mut World, key: &str) {
    let Some(mut secret) = world.get(key).cloned() else { return };
    let project = key.split('/').nth(2).unwrap_or_default();
    while let Some(at) = instant(&secret["rotation"]["nextRotationTime"]).filter(|at| *at <= world.now) {
        if world.now.duration_since(at) <= KEPT {
            events::tell(
                world,
                project,
                &events::Event { kind: "SECRET_ROTATE", secret: &secret, version: None, at },
            );
        }
        let next = length(&secret["rotation"])
            .filter(|period| *period >= HOUR)
            .and_then(|period| at.checked_add(period).ok());
        match next {
            Some(next) => secret["rotation"]["nextRotationTime"] = json!(duration::show_instant(next)),
            // It was for once.
            None => drop(secret.as_object_mut().and_then(|secret| secret.remove("rotation"))),
        }
    }
    secret["etag"] = etag(world);
    world.put(key, secret);
}
