//! The three ways to upload: metadata and contents in one request, contents alone, contents in parts.

use super::{bucket_for, invalid, media, object, refuse};
use crate::call::{Answer, Call, Reply};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

pub fn insert(call: &mut Call) -> Answer {
    bucket_for(call, "storage.objects.create")?;
    if let Some(id) = call.query("upload_id").map(str::to_owned) {
        return go_on(call, &id);
    }
    let kind = call.headers.get("content-type").cloned().unwrap_or_default();
    match call.query("uploadType") {
        Some("multipart") => {
            let Some((metadata, part_kind, contents)) = media::multipart(&kind, call.raw) else {
                return Err(invalid("Malformed multipart body."));
            };
            let mut metadata: Value = serde_json::from_slice(metadata)
                .map_err(|e| refuse(400, "parseError", format!("Parse Error: {e}")))?;
            if metadata["contentType"].is_null() && !part_kind.is_empty() {
                metadata["contentType"] = json!(part_kind);
            }
            let (name, contents) = (name(call, &metadata), contents.to_vec());
            object::store(call, &name, metadata, &contents)
        }
        Some("resumable") => begin(call),
        Some("media") => {
            let metadata = if kind.is_empty() { json!({}) } else { json!({ "contentType": kind }) };
            let (name, contents) = (name(call, &metadata), call.raw.to_vec());
            object::store(call, &name, metadata, &contents)
        }
        _ => Err(refuse(
            400,
            "badRequest",
            "Upload requests must include an uploadType URL parameter and a URL path beginning with /upload/",
        )),
    }
}

fn name(call: &Call, metadata: &Value) -> String {
    call.query("name").or(metadata["name"].as_str()).unwrap_or("").to_owned()
}

/// Answers where to send the contents.
fn begin(call: &mut Call) -> Answer {
    let mut metadata: Value = serde_json::from_slice(call.raw).unwrap_or_else(|_| json!({}));
    let name = name(call, &metadata);
    if metadata["contentType"].is_null()
        && let Some(kind) = call.headers.get("x-upload-content-type")
    {
        metadata["contentType"] = json!(kind);
    }
    let id = call.world.hex(32);
    let conditions: Vec<_> = call.query.iter().filter(|(key, _)| key.starts_with("if")).cloned().collect();
    let key = format!("storage/uploads/{id}");
    call.world.put(&key, json!({"name": name, "metadata": metadata, "bucket": call.param("bucket")}));
    call.world.hide(&key, json!({"content": ""}));
    let conditions: String = conditions.iter().map(|(key, value)| format!("&{key}={value}")).collect();
    let location = format!(
        "https://storage.googleapis.com/resumable/upload/storage/v1/b/{}/o?uploadType=resumable&upload_id={id}{conditions}",
        call.param("bucket")
    );
    let headers = vec![("location".to_owned(), location), ("x-guploader-uploadid".to_owned(), id)];
    Ok(Reply { status: 200, body: Value::Null, media: Some(("text/plain".to_owned(), Vec::new())), headers })
}

/// Takes a part: `Content-Range: bytes A-B/TOTAL`, `*` for a total that is not known yet; without the header, all of it.
fn go_on(call: &mut Call, id: &str) -> Answer {
    let key = format!("storage/uploads/{id}");
    let Some(session) = call.world.get(&key).cloned() else {
        return Err(refuse(404, "notFound", "No such upload."));
    };
    let mut contents =
        STANDARD.decode(call.world.hidden(&key)["content"].as_str().unwrap_or("")).unwrap_or_default();
    let total = match call
        .headers
        .get("content-range")
        .and_then(|h| h.strip_prefix("bytes "))
        .and_then(|h| h.split_once('/'))
    {
        Some((range, total)) => {
            let from = range.split('-').next().and_then(|n| n.parse::<usize>().ok());
            if let Some(from) = from {
                if from > contents.len() {
                    return Err(invalid("The part does not follow the one before it."));
                }
                contents.truncate(from);
            }
            if range != "*" {
                contents.extend_from_slice(call.raw);
            }
            total.parse::<usize>().ok()
        }
        None => {
            contents.extend_from_slice(call.raw);
            Some(contents.len())
        }
    };
    if total == Some(contents.len()) {
        call.world.take(&key);
        return object::store(
            call,
            session["name"].as_str().unwrap_or(""),
            session["metadata"].clone(),
            &contents,
        );
    }
    call.world.hide(&key, json!({"content": STANDARD.encode(&contents)}));
    let mut headers = Vec::new();
    if let Some(last) = contents.len().checked_sub(1) {
        headers.push(("range".to_owned(), format!("bytes=0-{last}")));
    }
    Ok(Reply { status: 308, body: Value::Null, media: Some(("text/plain".to_owned(), Vec::new())), headers })
}
