//! Objects: what is known of them, and their contents.

use super::{bucket_for, media, nothing, preconditions, refuse};
use crate::call::{Answer, Call, Reply};
use crate::error::ApiError;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest as _;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Where an object is kept.
pub fn key(bucket: &str, name: &str) -> String {
    format!("storage/b/{bucket}/o/{name}")
}

/// Stores contents under a name; a new generation of what was there.
pub fn store(call: &mut Call, name: &str, mut object: Value, contents: &[u8]) -> Answer {
    let bucket = call.param("bucket").to_owned();
    if name.is_empty() || name.len() > 1024 || name.contains(['\r', '\n']) {
        return Err(super::invalid(format!("Invalid object name: '{name}'")));
    }
    let key = key(&bucket, name);
    let current = call
        .world
        .get(&key)
        .map_or_else(|| "0".to_owned(), |o| o["generation"].as_str().unwrap_or("0").to_owned());
    preconditions(call, "Generation", &current)?;
    let now = format!("{:.3}", call.world.now);
    // Generations grow: microseconds, and a count for those of one instant.
    let generation = (call.world.now.as_microsecond() * 1000
        + i64::try_from(call.world.count("storage-generation") % 1000).unwrap_or(0))
    .to_string();
    let encoded = media::encode(name);
    let class =
        call.world.get(&format!("storage/b/{bucket}")).map(|b| b["storageClass"].clone()).unwrap_or_default();
    if object["contentType"].is_null() {
        object["contentType"] = json!("application/octet-stream");
    }
    for (field, value) in [
        ("kind", json!("storage#object")),
        ("id", json!(format!("{bucket}/{name}/{generation}"))),
        ("selfLink", json!(format!("https://www.googleapis.com/storage/v1/b/{bucket}/o/{encoded}"))),
        (
            "mediaLink",
            json!(format!(
                "https://storage.googleapis.com/download/storage/v1/b/{bucket}/o/{encoded}?generation={generation}&alt=media"
            )),
        ),
        ("name", json!(name)),
        ("bucket", json!(bucket)),
        ("generation", json!(generation)),
        ("metageneration", json!("1")),
        ("storageClass", class),
        ("size", json!(contents.len().to_string())),
        ("md5Hash", json!(STANDARD.encode(md5::Md5::digest(contents)))),
        ("crc32c", json!(STANDARD.encode(crc32c::crc32c(contents).to_be_bytes()))),
        ("etag", json!(STANDARD.encode(&generation.as_bytes()[..generation.len().min(12)]))),
        ("timeCreated", json!(now)),
        ("updated", json!(now)),
        ("timeStorageClassUpdated", json!(now)),
        ("timeFinalized", json!(now)),
    ] {
        object[field] = value;
    }
    call.world.put(&key, object.clone());
    call.world.hide(&key, json!({"content": STANDARD.encode(contents)}));
    Ok(object.into())
}

fn find(call: &Call, permission: &str) -> Result<(String, Value), ApiError> {
    bucket_for(call, permission)?;
    let (bucket, name) = (call.param("bucket"), call.param("object"));
    let key = key(bucket, name);
    let found = call.world.get(&key).filter(|object| {
        call.query("generation").is_none_or(|generation| object["generation"] == *generation)
    });
    match found {
        Some(found) => Ok((key.clone(), found.clone())),
        None => Err(refuse(404, "notFound", format!("No such object: {bucket}/{name}"))),
    }
}

/// Metadata, or with `alt=media` the contents.
pub fn get(call: &Call) -> Answer {
    let (key, object) = find(call, "storage.objects.get")?;
    preconditions(call, "Generation", object["generation"].as_str().unwrap_or(""))?;
    if call.query("alt") != Some("media") {
        return Ok(object.into());
    }
    let stored = call.world.hidden(&key)["content"].as_str().unwrap_or("");
    let contents = STANDARD.decode(stored).unwrap_or_default();
    let kind = object["contentType"].as_str().unwrap_or("application/octet-stream").to_owned();
    let mut reply = Reply { status: 200, body: Value::Null, media: None, headers: Vec::new() };
    let total = contents.len();
    let part = match call.headers.get("range").and_then(|r| media::range(r, total)) {
        Some((from, to)) => {
            reply.status = 206;
            reply.headers.push(("content-range".to_owned(), format!("bytes {from}-{to}/{total}")));
            contents[from..=to].to_vec()
        }
        None => contents,
    };
    for field in ["generation", "metageneration"] {
        let value = object[field].as_str().unwrap_or("").to_owned();
        reply.headers.push((format!("x-goog-{field}"), value));
    }
    reply.media = Some((kind, part));
    Ok(reply)
}

pub fn list(call: &Call) -> Answer {
    bucket_for(call, "storage.objects.list")?;
    let start = key(call.param("bucket"), "");
    let prefix = call.query("prefix").unwrap_or("");
    let delimiter = call.query("delimiter").filter(|d| !d.is_empty());
    let (mut rows, mut prefixes) = (Vec::new(), BTreeSet::new());
    for (key, object) in call.world.below(&start) {
        let name = &key[start.len()..];
        let Some(rest) = name.strip_prefix(prefix) else { continue };
        match delimiter.and_then(|d| rest.find(d).map(|at| at + d.len())) {
            Some(end) => {
                prefixes.insert(format!("{prefix}{}", &rest[..end]));
            }
            None => rows.push(object.clone()),
        }
    }
    let mut reply = call.page("items", rows);
    reply.body["kind"] = json!("storage#objects");
    if !prefixes.is_empty() {
        reply.body["prefixes"] = json!(prefixes);
    }
    Ok(reply)
}

pub fn delete(call: &mut Call) -> Answer {
    let (key, object) = find(call, "storage.objects.delete")?;
    preconditions(call, "Generation", object["generation"].as_str().unwrap_or(""))?;
    call.world.take(&key);
    Ok(nothing())
}
